#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The loader finds its module wherever it lies, and says what is wrong."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from plugin_env import (LLVM, LOADER, MODULE, REFUSED, list_checks, llvm_root,
                        run)

STOCK = "-*,thread-stop-*,modernize-use-nullptr"

# Plays clang-tidy with another std::string: the symbol lacks the ABI tag.
OTHER_STDLIB = r"""
#include <dlfcn.h>
extern "C" {
void _ZN5clang23getClangToolFullVersionEN4llvm9StringRefE() {}
void _ZN5clang4tidy15ClangTidyModule16getModuleOptionsEv() {}
#ifdef VERSION
void LLVMGetVersion(unsigned *Major, unsigned *, unsigned *) {
  *Major = VERSION;
}
#endif
}
int main(int, char **argv) { return dlopen(argv[1], RTLD_NOW) ? 0 : 1; }
"""


class LoaderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="thread stop ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.loader = self.folder / LOADER.name
        self.module = self.folder / MODULE.name
        shutil.copy(LOADER, self.loader)
        shutil.copy(MODULE, self.module)

    def assert_works(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("thread-stop-", done.stdout)

    def assert_refused(self, done, *words):
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("error: thread-stop: "), lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def test_relative_path(self):
        self.assert_works(list_checks(LLVM, "./" + self.loader.name,
                                      cwd=self.folder))

    def test_link_to_the_loader(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        link = elsewhere / "plugin.so"
        link.symlink_to(self.loader)
        self.assert_works(list_checks(LLVM, link))

    def test_links_to_loader_and_module(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / self.loader.name).symlink_to(LOADER)
        (elsewhere / self.module.name).symlink_to(MODULE)
        self.assert_works(list_checks(LLVM, elsewhere / self.loader.name))

    def test_loaded_twice(self):
        done = run("clang-tidy-%d" % LLVM, "-load", self.loader, "-load",
                   self.loader, "-checks=-*,thread-stop-*", "-list-checks")
        self.assert_works(done)

    def test_no_module(self):
        self.module.unlink()
        self.assert_refused(list_checks(LLVM, self.loader, STOCK),
                            "LLVM %d" % LLVM, str(self.folder),
                            "no module for any LLVM",
                            "make build LLVM=%d" % LLVM)

    def test_names_all_modules(self):
        self.module.unlink()
        for name in ("9", "10", "11", "x", "12.so"):
            (self.folder / ("thread-stop-tidy-%s.so" % name)).touch()
        self.assert_refused(list_checks(LLVM, self.loader, STOCK),
                            "modules for LLVM 9, 10 and 11;")

    def test_damaged_module(self):
        whole = MODULE.read_bytes()
        other_machine = whole[:18] + b"\xb7\x00" + whole[20:]
        for what, content in (("empty", b""), ("text", b"not a library\n"),
                              ("header only", whole[:64]),
                              ("half", whole[:len(whole) // 2]),
                              ("cut short", whole[:-1]),
                              ("other machine", other_machine),
                              ("zeros", b"\0" * len(whole))):
            with self.subTest(what):
                self.module.write_bytes(content)
                self.assert_refused(list_checks(LLVM, self.loader, STOCK),
                                    str(self.module), "LLVM %d" % LLVM,
                                    "make build LLVM=%d" % LLVM)

    def test_module_is_no_file(self):
        self.module.unlink()
        self.module.mkdir()
        self.assert_refused(list_checks(LLVM, self.loader, STOCK),
                            "damaged or unreadable")

    def test_clang_is_not_clang_tidy(self):
        done = run(llvm_root(LLVM) / "bin/clang", "-fsyntax-only", "-x", "c",
                   "-fplugin=%s" % self.loader, os.devnull)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is not clang-tidy", done.stderr)

    def test_no_clang_at_all(self):
        self.assert_refused(
            run(sys.executable, "-c", "import ctypes, sys;"
                "ctypes.CDLL(sys.argv[1])", self.loader),
            "no clang in it", "for LLVM %d" % LLVM)

    def other_stdlib(self, *options):
        source = self.folder / "host.cpp"
        source.write_text(OTHER_STDLIB)
        host = self.folder / "host"
        done = run("clang++-%d" % LLVM, "-rdynamic", *options, source, "-o",
                   host, "-ldl")
        self.assertEqual(done.returncode, 0, done.stderr)
        return run(host, self.loader)

    def test_other_standard_library(self):
        self.assert_refused(self.other_stdlib("-DVERSION=%d" % LLVM),
                            "LLVM %d" % LLVM, "another C++ standard library")

    def test_unknown_version(self):
        self.assert_refused(self.other_stdlib(), "no clang")


if __name__ == "__main__":
    unittest.main(verbosity=2)
