#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is installed works, also after it was moved."""

import pathlib
import shutil
import tempfile
import unittest

from plugin_env import BUILD, LLVM, LOADER, MODULE, list_checks, run


class InstallTest(unittest.TestCase):
    def test_install_and_move(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            done = run("cmake", "--install", BUILD, "--prefix", folder / "a")
            self.assertEqual(done.returncode, 0, done.stderr)
            shutil.move(folder / "a", folder / "b")
            installed = folder / "b" / "lib" / "thread-stop"
            self.assertTrue((installed / MODULE.name).exists())
            done = list_checks(LLVM, installed / LOADER.name)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("thread-stop-", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
