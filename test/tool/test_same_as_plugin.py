#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The program finds exactly what the plugin finds in clang-tidy.

In all labelled cases, examples and tests of checks: place, message, check,
notes with their places, and fixes. One database has all the files.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from project_env import (BUILD, LLVM, PROGRAM, SOURCE, environment, main)

LOADER = BUILD / "lib" / "libthread-stop-tidy.so"
TIDY = "clang-tidy-" + LLVM
# Not on unless it is named.
OFF = "thread-stop-migrate"
BATCH = 30
DIAGNOSTIC = re.compile(
    r"^(/.*?):(\d+):(\d+): (warning|note|error|fatal error): (.*?)"
    r"(?: \[([\w.,-]+)\])?$", re.M)


def sources():
    for folder in ("test/labelled", "examples", "examples/migration",
                   "test/checks"):
        for path in sorted((SOURCE / folder).glob("*")):
            if path.suffix in (".c", ".cpp"):
                yield path


def flags_of(path):
    standard = re.search(r"-std=(\S+)", path.read_text(encoding="utf-8",
                                                       errors="replace"))
    if standard:
        yield "-std=" + standard.group(1)
    else:
        yield "-std=gnu11" if path.suffix == ".c" else "-std=c++20"
    yield from ("-D_GNU_SOURCE", "-w", "-I", str(SOURCE / "runtime/include"),
                "-I", str(path.parent / "Inputs"))


def tidy_run(folder, files, *arguments):
    """What clang-tidy prints; its fixes are in a file."""
    with tempfile.TemporaryDirectory() as name:
        fixes = pathlib.Path(name) / "fixes.yaml"
        done = subprocess.run(
            [TIDY, "-load", LOADER, "-p", folder, "-quiet",
             "-header-filter=.*", "-export-fixes=%s" % fixes, *arguments,
             *files], env=environment(folder), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace",
            check=False)
        text = fixes.read_text(encoding="utf-8", errors="replace") \
            if fixes.exists() else ""
    return done.stdout, text


def unquoted(text):
    """A scalar of YAML on one line, as LLVM writes it."""
    text = text.strip()
    if text.startswith("'"):
        # A newline is written as two.
        return re.sub(r"\n\n *", "\n", text[1:-1]).replace("''", "'")
    if text.startswith('"'):
        return json.loads(re.sub(r"\\x([0-9A-F]{2})", r"\\u00\1", text))
    return text


class Yaml:
    """Just enough of it: the diagnostics that -export-fixes writes."""

    def __init__(self, text):
        self.found = []
        for part in re.split(r"^  - DiagnosticName: +", text, flags=re.M)[1:]:
            name = part.split("\n", 1)[0].strip()
            body, _, rest = part.partition("\n    Notes:")
            notes = re.split(r"^      - Message: ", rest, flags=re.M)[1:]
            self.found.append((name, self.place(body), self.edits(body),
                               [self.edits(note) for note in notes]))

    @staticmethod
    def field(text, name):
        found = re.search(r"^ *(?:- )?%s: +('(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*"
                          r"\"|\S+) *$" % name, text, re.M)
        return unquoted(found.group(1)) if found else ""

    def place(self, text):
        return self.field(text, "FilePath"), int(self.field(text,
                                                            "FileOffset"))

    def edits(self, text):
        part = re.split(r"\n *Ranges:", text.partition("Replacements:")[2])[0]
        result = []
        for each in re.split(r"^ *- FilePath: ", part, flags=re.M)[1:]:
            each = "FilePath: " + each
            result.append((self.field(each, "FilePath"),
                           int(self.field(each, "Offset")),
                           int(self.field(each, "Length")),
                           self.field(each, "ReplacementText")))
        return tuple(sorted(result))


def tidy_findings(text):
    """(place, check, message, notes); each once."""
    result, last = set(), None
    for match in DIAGNOSTIC.finditer(text):
        path, line, column, kind, message, check = match.groups()
        place = (path, int(line), int(column))
        if kind != "note":
            if last:
                result.add((*last[0], tuple(last[1])))
            own = (check or "").split(",")[0]
            last = [(place, own, message), []] \
                if own.startswith("thread-stop-") else None
        elif last:
            last[1].append((place, message))
    if last:
        result.add((*last[0], tuple(last[1])))
    return result


def place_of(report, location):
    if "file" not in location:
        return ("", 0, 0)
    path = pathlib.PurePath(report["root"], location["file"])
    return (str(path), location["line"], location["column"])


def edits_of(report, edits):
    return tuple(sorted(
        (place_of(report, e["location"])[0], e["location"]["offset"],
         e["location"]["length"], e["text"]) for e in edits))


class SameTest(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="thread-stop-")
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name).resolve()
        cls.files = list(sources())
        assert len(cls.files) > 250, len(cls.files)
        (cls.folder / "compile_commands.json").write_text(json.dumps([
            {"directory": str(cls.folder), "file": str(path),
             "arguments": ["cc", *flags_of(path), "-c", str(path)]}
            for path in cls.files]), encoding="utf-8")

    def tidy(self, files, *arguments):
        """Printed findings, and the exported ones."""
        count = len(files) // BATCH + 1
        batches = [files[i::count] for i in range(count)]
        printed, exported = set(), []
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for text, fixes in pool.map(
                    lambda batch: tidy_run(self.folder, batch, *arguments),
                    batches):
                printed |= tidy_findings(text)
                exported += Yaml(fixes).found
        return printed, exported

    def tool(self, *arguments):
        done = subprocess.run(
            [PROGRAM, "-p", self.folder, "--output=json", "--no-cache", "-j2",
             "--header-filter=.*", *arguments], cwd=self.folder,
            env=environment(self.folder), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertTrue(done.stdout, done.stderr)
        return json.loads(done.stdout)

    def compare(self, report, printed, exported):
        mine = {(place_of(report, f["location"]), f["check"], f["message"],
                 tuple((place_of(report, n.get("location", {})), n["message"])
                       for n in f["notes"])) for f in report["findings"]}
        # Two units may reach a finding of a header in different ways: one of
        # them is shown.
        self.assertEqual({f[:3] for f in printed}, {f[:3] for f in mine})
        self.assertEqual(set(), mine - printed)
        self.assertEqual(self.fixes_of(report), {
            (name, path, offset, fix, tuple(n for n in notes if n))
            for name, (path, offset), fix, notes in exported
            if name.startswith("thread-stop-") and (fix or any(notes))})

    def fixes_of(self, report):
        result = set()
        for f in report["findings"]:
            fix = edits_of(report, f.get("fix", []))
            notes = tuple(n for n in (edits_of(report, n.get("edits", []))
                                      for n in f["notes"]) if n)
            if fix or notes:
                result.add((f["check"], place_of(report, f["location"])[0],
                            f["location"]["offset"], fix, notes))
        return result

    def test_all_checks(self):
        report = self.tool()
        self.assertGreater(len(report["findings"]), 500)
        self.compare(report, *self.tidy(self.files,
                                          "-checks=-*,thread-stop-*"))

    def test_migration(self):
        files = [path for path in self.files
                 if "migrat" in str(path.relative_to(SOURCE))]
        report = self.tool("--checks=migrate", *files)
        self.assertGreater(len(report["findings"]), 50)
        self.compare(report, *self.tidy(files, "-checks=-*," + OFF))


if __name__ == "__main__":
    main()
