# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of thread-stop-clangd share."""

import os
import pathlib
import sys
import tempfile
import unittest

import lsp

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
LLVM = os.environ["THREAD_STOP_LLVM"]
PROGRAM = BUILD / "bin" / "thread-stop-clangd"
INPUTS = SOURCE / "test" / "clangd" / "Inputs"

if not pathlib.Path("/usr/lib/llvm-%s/lib/libclangdMain.a" % LLVM).exists():
    print("LLVM %s has no libclangdMain.a" % LLVM)
    sys.exit(77)


class ServerTest(unittest.TestCase):
    """A folder of its own for each test, far from any configuration."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="thread-stop-clangd-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.source = self.folder / "log.c"
        self.text = (INPUTS / "log.c").read_text(encoding="utf-8")
        self.source.write_text(self.text, encoding="utf-8")

    def server(self, *arguments, program=PROGRAM, **more):
        return lsp.Server(program, self.folder, *arguments,
                          env=lsp.environment(self.folder, **more))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path
