#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compare what the pages quote with what the checks say.

Every block marked ```c or ```cpp is a whole source file. All thread-stop
checks run on it. The next block, if it is marked ```text and shows diagnostics
("example.c:3:5: warning: ..."), is what they must report, word for word; the
echo of source lines, which depends on LLVM's version, is left out. Without
such a block they must report nothing.

A line "..." in the quoted block stands for what the compiler itself reports;
it is meant for code that does not compile. Words after ```c are arguments:
"-config=..." goes to clang-tidy, "part=FILE" is below, all others go to the
compiler, which finds the headers of the runtime.

A block with "part=FILE" shows a part of a file of the project, word for word.
The checks run on the whole file, and only their warnings are compared.
"""

import argparse
import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap

SOURCE = pathlib.Path(os.environ.get("THREAD_STOP_SOURCE") or
                      pathlib.Path(__file__).resolve().parents[1])
LLVM = os.environ.get("THREAD_STOP_LLVM", "")
BUILD = pathlib.Path(os.environ.get("THREAD_STOP_BUILD") or
                     SOURCE / "build" / (LLVM or "19"))
SKIPPED = 77

FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)"
                   r"^(?P=indent)```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
PART = "part="
DIAGNOSTIC = re.compile(r"^(?P<file>[^\s:]+):\d+:\d+: "
                        r"(?P<kind>warning|error|fatal error|note): ")


class Example:
    """A source file in a page, and what must be found in it."""

    def __init__(self, page, line, section, arguments, code):
        self.where = "%s:%d" % (page, line)
        self.section = section
        self.language = arguments[0]
        self.arguments = [a for a in arguments[1:] if not a.startswith(PART)]
        self.whole = next((a[len(PART):] for a in arguments[1:]
                           if a.startswith(PART)), None)
        self.code = code
        self.is_part = True
        self.expected = []
        self.broken = False
        if self.whole:
            path = SOURCE / self.whole
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            self.is_part = "\n%s" % code in "\n%s" % text
            self.code = text

    def expect(self, quoted):
        for line in quoted.splitlines():
            if DIAGNOSTIC.match(line):
                self.expected.append(line)
            self.broken |= line.strip() == "..."

    @property
    def file(self):
        if self.whole:
            return pathlib.Path(self.whole).name
        if self.expected:
            return DIAGNOSTIC.match(self.expected[0]).group("file")
        return "example." + self.language


def section_at(text, offset):
    found = [m.group(1) for m in HEADING.finditer(text) if m.start() < offset]
    return found[-1] if found else ""


def examples(path):
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(SOURCE) if SOURCE in path.parents else path
    last = None
    for block in FENCE.finditer(text):
        info = shlex.split(block.group("info"))
        code = textwrap.dedent(block.group("text"))
        if info and info[0] in ("c", "cpp"):
            if last:
                yield last
            last = Example(name, text.count("\n", 0, block.start()) + 1,
                           section_at(text, block.start()), info, code)
        elif last:
            if info == ["text"]:
                last.expect(code)
            yield last
            last = None
    if last:
        yield last


def diagnostics(example, tidy, plugin, folder):
    """The lines that clang-tidy prints, and its words if it fails."""
    source = pathlib.Path(folder, example.file)
    source.write_text(example.code, encoding="utf-8")
    config = [a for a in example.arguments if a.startswith("-config")]
    flags = [a for a in example.arguments if a not in config]
    done = subprocess.run(
        [tidy, "-load", str(plugin), "-checks=-*,thread-stop-*",
         *(config or ["-config={}"]), example.file, "--",
         "-I%s" % (SOURCE / "runtime" / "include"), *flags],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", check=False)
    found, ours = [], True
    for line in done.stdout.splitlines():
        line = line.replace(str(folder) + os.sep, "")
        match = DIAGNOSTIC.match(line)
        if not match:
            continue
        if match.group("kind") != "note":
            ours = "[thread-stop-" in line or not example.broken
        elif example.whole:
            continue
        if ours:
            found.append(line)
    failure = done.stderr if done.returncode not in (0, 1) else ""
    return found, failure


def check_page(path, tidy, plugin):
    """The number of examples, and what is wrong with them."""
    problems, sections, count = [], set(), 0
    for example in examples(path):
        count += 1
        if example.expected or example.section != "Example":
            sections.add(example.section)
        if not example.is_part:
            problems.append("%s: not a part of %s" % (
                example.where, example.whole))
        with tempfile.TemporaryDirectory() as folder:
            folder = os.path.realpath(folder)
            found, failure = diagnostics(example, tidy, plugin, folder)
        if failure:
            problems.append("%s: clang-tidy failed:\n%s" % (
                example.where, failure))
        elif found != example.expected:
            problems.append("%s: in section '%s'\n%s" % (
                example.where, example.section, "\n".join(difflib.unified_diff(
                    example.expected, found, "the page", "the checks",
                    lineterm=""))))
    if path.parent.name == "checks":
        for section in ("Example", "Instead"):
            if section not in sections:
                problems.append("%s: no example under '%s'" % (path, section))
    return count, problems


def pages():
    yield SOURCE / "README.md"
    for path in sorted((SOURCE / "docs").rglob("*.md")):
        if path != SOURCE / "docs" / "checks" / "index.md":
            yield path


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clang-tidy", default="clang-tidy-" + LLVM
                        if LLVM else "clang-tidy-19")
    parser.add_argument("--plugin", type=pathlib.Path,
                        default=BUILD / "lib" / "libthread-stop-tidy.so")
    parser.add_argument("page", nargs="*", type=lambda p:
                        pathlib.Path(p).resolve(), help="default: all pages")
    args = parser.parse_args()
    if not shutil.which(args.clang_tidy) or not args.plugin.exists():
        print("skipped: no %s, or no %s" % (args.clang_tidy, args.plugin))
        return SKIPPED
    plugin = args.plugin.resolve()
    total, failed = 0, []
    for page in args.page or pages():
        count, problems = check_page(page, args.clang_tidy, plugin)
        total += count
        failed += problems
    for problem in failed:
        print(problem)
    print("%d examples, %d problems" % (total, len(failed)))
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
