#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write docs/checks/index.md, the table of all checks, from Checks.def.

  gen_docs.py [--check] [--source FOLDER]

--check writes nothing, shows what would change, and fails if that is anything.
"""

import argparse
import difflib
import os
import sys

import checks_def

INTRO = """\
<!-- Generated from checks/Checks.def by cmake/scripts/gen_docs.py. -->
# Checks

| Check | What it finds | Severity | Fix | Safe | Since |
|---|---|---|---|---|---|
"""


def escaped(text):
    return text.replace("|", "\\|")


def index(checks):
    return INTRO + "".join(
        "| [%s%s](%s.md) | %s | %s | %s | %s | %s |\n" % (
            checks_def.PREFIX, c.id, c.id, escaped(c.summary), c.severity,
            c.fix, c.safety, c.since) for c in checks)


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--source", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    args = parser.parse_args()
    path = os.path.join(args.source, "docs", "checks", "index.md")
    old, new = read(path), index(checks_def.load(args.source))
    if old == new:
        return
    if args.check:
        sys.stdout.writelines(difflib.unified_diff(
            old.splitlines(True), new.splitlines(True), path, "generated"))
        sys.exit("docs/checks/index.md is out of date: run make docs")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(new)


if __name__ == "__main__":
    main()
