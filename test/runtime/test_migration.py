#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/migration: the programs build, run, and end as their page says; the
guide quotes all of them as they are."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("THREAD_STOP_SOURCE") or
                      pathlib.Path(__file__).resolve().parents[2])
EXAMPLES = SOURCE / "examples" / "migration"
GUIDE = SOURCE / "docs" / "runtime" / "migration.md"
LIMIT = 20  # seconds; they need less than one
ROW = re.compile(r"^\| `(\w+)_(before|after)\.(c|cpp)` \| (\d) \| `([^`]+)` \|$",
                 re.MULTILINE)
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"]

sys.path.insert(0, str(SOURCE / "docs"))
import check_examples  # noqa: E402


def programs():
    """File name -> exit code, output."""
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    return {"%s_%s.%s" % row[:3]: (int(row[3]), row[4] + "\n")
            for row in ROW.findall(page)}


def run(*command):
    return subprocess.run([str(part) for part in command], timeout=LIMIT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8",
                          check=False)


class MigrationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        done = run(sys.executable, SOURCE / "runtime" / "amalgamate.py",
                   cls.folder)
        if done.returncode != 0:
            raise RuntimeError(done.stdout)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def library(self, compiler, *options):
        """The two-file form, compiled."""
        out = self.folder / "library.o"
        self.build(compiler, "-std=c11", *options, "-c",
                   self.folder / "thread_stop.c", "-o", out)
        return out

    def build(self, *command):
        done = run(*command, *WARNINGS)
        self.assertEqual((0, ""), (done.returncode, done.stdout), command)

    def check_program(self, compiler, standard, name, *library):
        expected = programs()[name]
        program = self.folder / "program"
        self.build(compiler, standard, EXAMPLES / name,
                   "-I%s" % (SOURCE / "runtime/include"), *library, "-o",
                   program)
        done = run(program)
        self.assertEqual(expected, (done.returncode, done.stdout))

    def check_all(self, compiler, standard, suffix, library):
        names = [name for name in sorted(programs()) if name.endswith(suffix)]
        self.assertTrue(names)
        for name in names:
            with self.subTest(compiler=compiler, name=name):
                self.check_program(compiler, standard, name,
                                   *(library if "_after" in name else ()))

    @unittest.skipUnless(shutil.which("gcc"), "no gcc")
    def test_c(self):
        self.check_all("gcc", "-std=gnu11", ".c", [self.library("gcc")])

    @unittest.skipUnless(shutil.which("gcc"), "no gcc")
    def test_c_eventfd(self):
        self.check_all("gcc", "-std=gnu11", "_after.c",
                       [self.library("gcc", "-DTHREAD_STOP_NO_SIGNAL")])

    @unittest.skipUnless(shutil.which("musl-gcc"), "no musl-gcc")
    def test_c_musl(self):
        self.check_all("musl-gcc", "-std=gnu11", ".c",
                       [self.library("musl-gcc")])

    @unittest.skipUnless(shutil.which("gcc") and shutil.which("g++"), "no g++")
    def test_cxx(self):
        for standard in ("-std=c++17", "-std=c++20"):
            self.check_all("g++", standard, ".cpp", [self.library("gcc")])

    def test_pairs(self):
        """Each program is listed; before loses something, after nothing."""
        listed = programs()
        files = {path.name for path in EXAMPLES.glob("*.c*")}
        self.assertEqual(files, set(listed))
        for name, (code, _) in listed.items():
            self.assertEqual(int("_before" in name), code, name)
            other = name.replace("_before", "_after") if code else \
                name.replace("_after", "_before")
            self.assertIn(other, files)

    def test_guide(self):
        """It shows a part of each program, word for word."""
        quoted = set()
        for example in check_examples.examples(GUIDE):
            self.assertTrue(example.whole, example.where)
            self.assertTrue(example.is_part, "%s: not a part of %s" % (
                example.where, example.whole))
            quoted.add(example.whole)
        self.assertEqual(quoted, {"examples/migration/" + name
                                  for name in programs()})


if __name__ == "__main__":
    unittest.main()
