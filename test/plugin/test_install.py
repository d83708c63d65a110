#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is installed works, also after it was moved."""

import os
import pathlib
import shutil
import tempfile
import unittest

from plugin_env import BUILD, LLVM, LOADER, MODULE, SOURCE, list_checks, run

CODE = ("#include <pthread.h>\n#include <stdatomic.h>\n"
        "void stop(pthread_t t) { pthread_cancel(t); }\n")


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        done = run("cmake", "--install", BUILD, "--prefix", cls.folder / "a")
        assert done.returncode == 0, done.stderr
        cls.prefix = cls.folder / "b"
        shutil.move(cls.folder / "a", cls.prefix)

    def test_plugin(self):
        installed = self.prefix / "lib" / "thread-stop"
        self.assertTrue((installed / MODULE.name).exists())
        done = list_checks(LLVM, installed / LOADER.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("thread-stop-", done.stdout)

    def test_program(self):
        (self.folder / "t.c").write_text(CODE)
        done = run(self.prefix / "bin/thread-stop", "--no-cache", "--no-config",
                   "t.c", "--", cwd=self.folder)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("t.c:3:26: warning: 'pthread_cancel'", done.stdout)

    def test_clangd(self):
        """Its links lead to the pages that moved with it."""
        program = self.prefix / "bin/thread-stop-clangd"
        if not (BUILD / "bin" / program.name).exists():
            self.skipTest("LLVM %d has no clangd to link" % LLVM)
        with open(SOURCE / "test/clangd/findings.test", "rb") as requests:
            done = run(program, "-lit-test", stdin=requests,
                       env=dict(os.environ, HOME=str(self.folder)))
        self.assertEqual(done.returncode, 0, done.stderr)
        page = (self.prefix.resolve() /
                "share/doc/thread-stop/checks/pthread-cancel.md")
        self.assertTrue(page.exists())
        self.assertIn('"href": "%s"' % page.as_uri(), done.stdout)

    def test_nothing_for_packages_only(self):
        """Debian's files are no part of it, and no folder is named after the
        machine that it was built on."""
        names = {str(path.relative_to(self.prefix))
                 for path in self.prefix.rglob("*")}
        self.assertIn("lib/libthread_stop.so.0", names)
        self.assertFalse([name for name in names if "linux-gnu" in name
                          or name.endswith(("copyright", ".gz"))])


if __name__ == "__main__":
    unittest.main(verbosity=2)
