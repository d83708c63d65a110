#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each module with each clang-tidy: the right pair works, a wrong one ends
with one line that names both versions, even if other checks are on.

By itself, clang-tidy says "-load request ignored" and exits with 0.
"""

import shutil
import tempfile
import pathlib
import unittest

import plugin_env
from plugin_env import (LLVM, LOADER, REFUSED, installed_majors, list_checks,
                        module_for, module_name, tiny_module)

STOCK = "-*,thread-stop-*,modernize-use-nullptr"


class PairsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.majors = installed_majors()
        print("LLVM installed: %s" % cls.majors)
        missing = sorted({14, 16, 19, 22} - set(cls.majors))
        if missing:
            print("not tested, as not installed: LLVM %s" % missing)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.loader = self.folder / LOADER.name
        shutil.copy(LOADER, self.loader)

    def add_module(self, major, name=None, module=None):
        shutil.copy(module or module_for(major),
                    self.folder / (name or module_name(major)))

    def assert_works(self, major, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("thread-stop-", done.stdout)
        self.assertNotIn("rror", done.stderr)

    def assert_refused(self, done, *words):
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_every_pair(self):
        for built in self.majors:
            for host in self.majors:
                with self.subTest(module=built, clang_tidy=host):
                    for module in self.folder.glob("thread-stop-tidy-*"):
                        module.unlink()
                    self.add_module(built)
                    for checks in ("-*,thread-stop-*", STOCK):
                        done = list_checks(host, self.loader, checks)
                        if built == host:
                            self.assert_works(host, done)
                        else:
                            self.assert_refused(
                                done, "LLVM %d" % host, "LLVM %d" % built,
                                "make build LLVM=%d" % host)

    def test_one_folder_serves_all(self):
        for major in self.majors:
            self.add_module(major)
        for major in self.majors:
            with self.subTest(clang_tidy=major):
                self.assert_works(major, list_checks(major, self.loader, STOCK))

    def test_loaders_of_all_builds_are_alike(self):
        self.add_module(LLVM)
        for major in self.majors:
            loader = (plugin_env.SOURCE / "build" / str(major) / "lib" /
                      LOADER.name)
            if loader.exists():
                with self.subTest(loader=major):
                    shutil.copy(loader, self.loader)
                    self.assert_works(LLVM, list_checks(LLVM, self.loader))

    def test_renamed_module(self):
        for built in self.majors:
            for host in self.majors:
                if built == host:
                    continue
                with self.subTest(module=built, clang_tidy=host):
                    # The small module gets as far as its version guard.
                    self.add_module(host, module=tiny_module(built))
                    self.assert_refused(list_checks(host, self.loader, STOCK),
                                        "LLVM %d" % host, "LLVM %d" % built)
                    # A large one may fail to link before that.
                    self.add_module(host, module=module_for(built))
                    self.assert_refused(list_checks(host, self.loader, STOCK),
                                        "LLVM %d" % host)

    def test_module_without_loader(self):
        for built in self.majors:
            for host in self.majors:
                with self.subTest(module=built, clang_tidy=host):
                    done = list_checks(host, tiny_module(built), STOCK)
                    if built == host:
                        self.assert_works(host, done)
                    else:
                        self.assert_refused(done, "LLVM %d" % host,
                                            "LLVM %d" % built,
                                            "libthread-stop-tidy.so")


if __name__ == "__main__":
    unittest.main(verbosity=2)
