#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""new_check.py: what it writes is complete by our own rules, and compiles."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
LLVM = os.environ["THREAD_STOP_LLVM"]
SUMMARY = "A test of the script."


class NewCheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.copy = pathlib.Path(folder.name)
        for name in ("checks", "cmake", "docs", "test/checks", "test/meta",
                     "CMakeLists.txt", "CHANGELOG.md"):
            if (SOURCE / name).is_dir():
                shutil.copytree(SOURCE / name, self.copy / name)
            elif (SOURCE / name).exists():
                shutil.copy(SOURCE / name, self.copy / name)

    def new_check(self, *arguments):
        return subprocess.run(
            [sys.executable, str(self.copy / "cmake/scripts/new_check.py"),
             *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", check=False)

    def meta_test(self, name):
        return subprocess.run(
            [sys.executable, str(self.copy / "test/meta" / name)],
            env=dict(os.environ, THREAD_STOP_SOURCE=str(self.copy)),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", check=False)

    def test_complete(self):
        # First and last of the list, and one between.
        for check_id in ("zz-late-script", "aa-early-script", "mm-script"):
            done = self.new_check(check_id, SUMMARY)
            self.assertEqual(done.returncode, 0, done.stdout)
        done = self.meta_test("test_checks.py")
        self.assertRegex(done.stdout, r"Ran \d+ tests")
        for line in done.stdout.splitlines():
            if line.startswith(("FAIL:", "ERROR:")):
                self.assertNotRegex(line, r"script\]|AllChecksTest")
        done = self.meta_test("test_sources.py")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_compiles(self):
        done = self.new_check("stub-script", SUMMARY)
        self.assertEqual(done.returncode, 0, done.stdout)
        done = subprocess.run(
            ["clang++-" + LLVM, "-std=c++17", "-fsyntax-only", "-Wall",
             "-Wextra", "-D_GNU_SOURCE", "-I", str(self.copy / "checks"),
             "-isystem", "/usr/lib/llvm-%s/include" % LLVM,
             str(self.copy / "checks" / "StubScriptCheck.cpp")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", check=False)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.returncode, 0)

    def test_refuses(self):
        for arguments, reason in (
                (("Bad_Id", SUMMARY), "kebab case"),
                (("good-id", "No full stop"), "full stop")):
            done = self.new_check(*arguments)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(reason, done.stdout)
        self.assertEqual(self.new_check("twice", SUMMARY).returncode, 0)
        done = self.new_check("twice", SUMMARY)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("already", done.stdout)


if __name__ == "__main__":
    unittest.main()
