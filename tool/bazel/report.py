# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Make one report of what the aspect thread_stop has found in a build.

  bazel build ... --build_event_json_file=events.json //...
  report.py events.json -o text -o sarif=all.sarif

What follows the file of events is for `thread-stop merge`, as is the exit code:
0, 1 with findings, 2 if something is missing. What an earlier build has left
beside the reports of this one is not in the result.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

GROUP = "lint"
ASPECT = "%thread_stop"
MISSING = 2


class Build:
    """What the events of a build say."""

    def __init__(self, lines):
        self.sets = {}  # names of files, and of further sets
        self.wanted = []
        self.failed = []
        self.ended = False
        for line in lines:
            self.read(json.loads(line))

    def read(self, event):
        name = event["id"]
        if "namedSet" in name:
            content = event.get("namedSetOfFiles", {})
            self.sets[name["namedSet"]["id"]] = (
                [file["uri"] for file in content.get("files", [])],
                [part["id"] for part in content.get("fileSets", [])])
        elif name.get("targetCompleted", {}).get("aspect", "").endswith(ASPECT):
            target = event.get("completed", {})
            if not target.get("success"):
                self.failed.append(name["targetCompleted"]["label"])
            for group in target.get("outputGroup", []):
                if group["name"] == GROUP:
                    self.wanted += [s["id"] for s in group.get("fileSets", [])]
        elif "buildFinished" in name:
            self.ended = True

    def files(self):
        """Each once, in the order of their names."""
        found, seen, left = set(), set(), list(self.wanted)
        while left:
            part = left.pop()
            if part not in seen:
                seen.add(part)
                files, parts = self.sets[part]
                found.update(files)
                left += parts
        return sorted(found)


def path_of(uri):
    parts = urllib.parse.urlsplit(uri)
    if parts.scheme != "file":
        sys.exit("report.py: %s is not on this machine: build with "
                 "--remote_download_outputs=all" % uri)
    return urllib.request.url2pathname(parts.path)


def merge(program, paths, arguments):
    return subprocess.run([program, "merge", *arguments, *paths],
                          check=False).returncode


def merge_all(program, paths, arguments, at_once):
    """In parts, for a command can be only so long."""
    with tempfile.TemporaryDirectory() as folder:
        count = 0
        while len(paths) > at_once:
            parts = []
            for begin in range(0, len(paths), at_once):
                parts.append(os.path.join(folder, "%d.sarif" % count))
                count += 1
                merge(program, paths[begin:begin + at_once],
                      ["--output=sarif=" + parts[-1]])
            paths = parts
        return merge(program, paths, arguments)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", default="thread-stop",
                        help="default: thread-stop")
    parser.add_argument("--at-once", type=int, default=2000, metavar="N",
                        help="reports to merge at a time; default: 2000")
    parser.add_argument("events", help="of --build_event_json_file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER,
                        help="for thread-stop merge")
    args = parser.parse_args()
    with open(args.events, encoding="utf-8") as file:
        build = Build(file)
    paths = [path_of(uri) for uri in build.files()]
    code = 0
    if paths:
        code = merge_all(args.program, paths, args.arguments,
                         max(2, args.at_once))
    for label in sorted(set(build.failed)):
        print("report.py: error: not in the report: " + label, file=sys.stderr)
    if not build.ended or not build.wanted:
        print("report.py: error: %s: %s" % (
            args.events, "the build has no reports" if build.ended else
            "the build has not ended"), file=sys.stderr)
        code = MISSING
    sys.exit(MISSING if build.failed else code)


if __name__ == "__main__":
    main()
