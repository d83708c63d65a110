#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Code that is being typed: prefixes of the tests of the checks are shown to
one thread-stop-clangd, one after the other. It has to answer each in time and
to stay alive.

--every=N    one prefix in N tokens (default: what fits the --budget)
--budget=S   seconds for all files
--all        every prefix of every file, as many hours as it takes
FILE...      instead of test/checks
"""

import argparse
import pathlib
import re
import shutil
import sys
import tempfile
import time

import lsp
from clangd_env import LLVM, PROGRAM, SOURCE

#: A prefix is ready after milliseconds; also on a loaded machine this is a
#: hang.
HANG = 60
#: Where typing can pause: after each word, sign and line.
TOKEN = re.compile(r"\w+|[^\w\s]|\n")
COMMENT = re.compile(r"//[^\n]*")


def pauses(text):
    """Where the text can end so that something has changed: not in comments,
    which the expectations of the tests are."""
    comments = [m.span() for m in COMMENT.finditer(text)]
    found, at = [], 0
    for token in TOKEN.finditer(text):
        while at < len(comments) and comments[at][1] <= token.start():
            at += 1
        if at < len(comments) and comments[at][0] <= token.start():
            continue
        found.append(token.end())
    return found


def spread(places, count):
    """`count` of the places, the last one among them."""
    if count >= len(places):
        return places
    return [places[(i + 1) * len(places) // count - 1] for i in range(count)]


class Typing:
    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.prefixes = self.findings = 0
        self.slowest = 0, ""

    def type(self, source, ends):
        text = source.read_text(encoding="utf-8", errors="replace")
        path = self.folder / source.name
        before = time.monotonic()
        self.server.open(path, "\n", HANG)
        for version, end in enumerate(ends, 2):
            try:
                found = self.server.change(path, version, text[:end], HANG)
            except lsp.Died as died:
                sys.exit("%s, %d characters of it: %s" % (source, end, died))
            now = time.monotonic()
            if now - before > self.slowest[0]:
                self.slowest = now - before, "%s:%d" % (source.name, end)
            before = now
            self.prefixes += 1
            self.findings += any(
                str(d.get("code")).startswith("thread-stop") for d in found)
        self.server.close(path)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--budget", type=float, default=150)
    parser.add_argument("--every", type=int)
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    files = [f.resolve() for f in args.files] or sorted(
        f for f in (SOURCE / "test" / "checks").iterdir()
        if f.suffix in (".c", ".cpp"))
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="thread-stop-clangd-") as name:
        with lsp.Server(PROGRAM, name, env=lsp.environment(name)) as server:
            # Far from our own .clang-tidy, with the headers of the tests.
            folder = pathlib.Path(name) / "checks"
            shutil.copytree(SOURCE / "test" / "checks" / "Inputs",
                            folder / "Inputs")
            typing = Typing(server, folder)
            for number, file in enumerate(files):
                ends = pauses(file.read_text(encoding="utf-8",
                                             errors="replace"))
                if args.every:
                    ends = ends[::args.every] + ends[-1:]
                elif not args.all:
                    # The rest of the time, shared by the rest of the files;
                    # how long one prefix takes shows as we go.
                    left = args.budget - (time.monotonic() - start)
                    each = ((time.monotonic() - start + 1) /
                            (typing.prefixes + 10))
                    ends = spread(ends, max(2, int(
                        left / (len(files) - number) / each)))
                typing.type(file, ends)
                if args.all:
                    print("%s: %d prefixes" % (file.name, len(ends)),
                          flush=True)
            memory = pathlib.Path("/proc/%d/status" % server.child.pid)
            peak = re.search(r"VmHWM:\s*(\d+)", memory.read_text()).group(1)
    print("LLVM %s: %d prefixes of %d files, %d with findings, %.0f s; the "
          "slowest %.2f s: %s; %d MiB" % (
              LLVM, typing.prefixes, len(files), typing.findings,
              time.monotonic() - start, *typing.slowest, int(peak) // 1024))
    # With none, nothing has been tested.
    if typing.findings < len(files) // 2:
        sys.exit("too few prefixes have findings")


if __name__ == "__main__":
    main()
