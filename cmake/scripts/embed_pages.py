#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Write the pages of the checks as initialisers of a C++ array.

  embed_pages.py --source FOLDER --out FILE

One line for each check of Checks.def: {"<id>", "<docs/checks/<id>.md>"},
"""

import argparse
import os

import checks_def


def literal(text):
    """A C++ string literal, in pieces: long ones are not portable."""
    lines = text.splitlines(True) or [""]
    escape = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return "\n    ".join(
        '"%s"' % "".join(
            escape.get(c, c) if c.isascii() else
            "".join("\\%03o" % b for b in c.encode()) for c in line)
        for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    out = []
    for check in checks_def.load(args.source):
        page = os.path.join(args.source, "docs", "checks", check.id + ".md")
        with open(page, encoding="utf-8") as file:
            out.append('{"%s",\n    %s},\n' % (check.id, literal(file.read())))
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    with open(args.out, "w", encoding="utf-8") as file:
        file.write("".join(out))


if __name__ == "__main__":
    main()
