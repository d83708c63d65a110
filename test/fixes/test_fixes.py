#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the fixes of the checks of flags and signals do to a program that runs.

Each program in programs/ says which check has a fix for it. As it stands, its
thread does not stop; after the fix it compiles without a warning, stops, each
time, and the check has nothing more to say.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

SOURCE = pathlib.Path(os.environ.get("THREAD_STOP_SOURCE") or
                      pathlib.Path(__file__).resolve().parents[2])
LLVM = os.environ.get("THREAD_STOP_LLVM", "19")
BUILD = pathlib.Path(os.environ.get("THREAD_STOP_BUILD") or
                     SOURCE / "build" / LLVM)
RUNTIME = SOURCE / "runtime"
PROGRAMS = sorted((SOURCE / "test/fixes/programs").glob("*.c"))
CHECKS = {"thread-stop-check-then-block", "thread-stop-eintr-retry",
          "thread-stop-restarting-handler", "thread-stop-reserved-signal"}
INCLUDE = ["-I", str(RUNTIME / "include"),
           "-I", str(SOURCE / "test/fixes/programs")]
TIMES = 3
SKIPPED = 77


def run(*command, timeout=120):
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", timeout=timeout,
                          check=False)
    return done.returncode, done.stdout


def check_of(path):
    return re.search(r"^// fixes: (\S+)$", path.read_text(encoding="utf-8"),
                     re.MULTILINE).group(1)


class FixesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        sources = [str(path) for path in sorted((RUNTIME / "src").glob("*.c"))]
        cls.library = str(cls.folder / "libthread_stop.so")
        status, output = run("gcc", "-std=c11", "-O1", "-fPIC", "-shared",
                             "-pthread", *INCLUDE, *sources, "-o", cls.library)
        if status:
            raise RuntimeError(output)

    def build(self, source):
        program = str(source) + ".exe"
        status, output = run("gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
                             "-pthread", *INCLUDE, str(source), self.library,
                             "-o", program)
        self.assertEqual(0, status, output)
        return program

    def tidy(self, source, check, *options):
        status, output = run(
            "clang-tidy-" + LLVM, "-quiet", "-load",
            str(BUILD / "lib/libthread-stop-tidy.so"), "-config={}",
            "-checks=-*," + check, *options, str(source), "--", "-std=gnu11",
            *INCLUDE)
        self.assertIn(status, (0, 1), output)
        self.assertNotIn(" error: ", output)
        return output

    def fixed(self, path):
        """The program before and after; both are built."""
        check = check_of(path)
        source = self.folder / path.name
        shutil.copy(path, source)
        before = self.build(source)
        os.rename(before, before + ".before")
        # The note of check-then-block is no fix that is applied unasked.
        option = "-fix-notes" if check.endswith("-check-then-block") else "-fix"
        self.assertIn("[%s]" % check, self.tidy(source, check, option))
        self.assertNotIn("warning:", self.tidy(source, check))
        return before + ".before", self.build(source)

    def test_programs(self):
        self.assertEqual(CHECKS, {check_of(path) for path in PROGRAMS})
        for path in PROGRAMS:
            with self.subTest(path.name):
                before, after = self.fixed(path)
                with ThreadPoolExecutor(TIMES + 1) as pool:
                    runs = list(pool.map(run, [before] + TIMES * [after]))
                self.assertEqual([(1, "")] + TIMES * [(0, "")], runs)


if __name__ == "__main__":
    if not shutil.which("gcc"):
        print("skipped: no gcc")
        sys.exit(SKIPPED)
    unittest.main()
