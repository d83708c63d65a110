#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The labelled programs of this folder: every warning where a label says so,
and none anywhere else. README.md describes the labels."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ["THREAD_STOP_BUILD"])
LLVM = os.environ["THREAD_STOP_LLVM"]
STANDARD = {".c": "-std=gnu11", ".cpp": "-std=gnu++17"}
MARK = re.compile(r"(?://|/\*)\s*(expect|also-ok|missed):\s*([\w\s,-]+)")
REPORT = re.compile(r"(.+?):(\d+):\d+: (?:warning|error): .*\[([\w.,-]+)\]$")


def directives(lines):
    """The flags of each run, and the options, from the head of a file."""
    runs, options = [], []
    for line in lines:
        match = re.match(r"//\s*(flags|options|broken|SPDX)\b\S*\s*(.*)", line)
        if not match:
            break
        if match.group(1) == "flags":
            runs.append(match.group(2).split())
        elif match.group(1) == "options":
            options += [dict(zip(("key", "value"), o.split("=", 1)))
                        for o in match.group(2).split()]
    return runs or [[]], options


def marks(lines):
    """(line, check) -> count, for each kind of label."""
    found = {"expect": Counter(), "also-ok": Counter(), "missed": Counter()}
    for number, line in enumerate(lines, 1):
        for match in MARK.finditer(line):
            for check in re.split(r"[,\s]+", match.group(2).strip()):
                found[match.group(1)][number, check] += 1
    return found


def judge(path):
    """Complaints about one file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    runs, options = directives(lines)
    return [c for flags in runs for c in judge_run(path, lines, flags, options)]


def judge_run(path, lines, flags, options):
    broken = any(line.startswith("// broken") for line in lines[:5])
    command = ["clang-tidy-" + LLVM, "-quiet",
               "-load", str(BUILD / "lib/libthread-stop-tidy.so"),
               "-checks=-*,thread-stop-*",
               "-config=" + json.dumps({"Checks": "-*",
                                        "CheckOptions": options}),
               str(path), "--", STANDARD[path.suffix], *flags]
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8",
                          errors="replace", timeout=300, check=False)
    if done.returncode not in (0, 1):
        return ["%s: clang-tidy ended with %d" % (path.name, done.returncode)]
    seen = Counter()
    for line in done.stdout.splitlines():
        match = REPORT.match(line)
        if match and ": error: " in line and not broken:
            return ["%s does not parse: %s" % (path.name, line)]
        if match and match.group(3).startswith("thread-stop-") and \
                os.path.realpath(match.group(1)) == str(path):
            for check in match.group(3).split(","):
                if check.startswith("thread-stop-"):
                    seen[int(match.group(2)), check] += 1
    label = marks(lines)
    out = []
    for key in sorted(set(seen) | set(label["expect"]) | set(label["missed"])):
        count, wanted = seen[key], label["expect"][key]
        where = "%s:%d: %s" % (path.name, *key)
        if label["missed"][key]:
            if count:
                out.append(where + " is found now: make its label an expect")
        elif count != wanted and not (label["also-ok"][key] and count <= 1):
            out.append("%s: expected %d, found %d" % (where, wanted, count))
    return out


def main():
    files = sorted(p for p in HERE.iterdir() if p.suffix in STANDARD)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        complaints = [c for out in pool.map(judge, files) for c in out]
    print("\n".join(complaints))
    print("%d files, %d complaints" % (len(files), len(complaints)))
    return 1 if complaints or not files else 0


if __name__ == "__main__":
    sys.exit(main())
