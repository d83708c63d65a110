#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What docs/editors.md has to be copied: it is valid, and does what it says."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
LLVM = os.environ["THREAD_STOP_LLVM"]
PAGE = (SOURCE / "docs" / "editors.md").read_text(encoding="utf-8")
CODE = """#include <pthread.h>
void f(pthread_t t) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old);
  pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, &old);
  pthread_cancel(t);
  // As it should be.
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_join(t, 0);
}
"""


def blocks(language):
    return re.findall(r"^```%s\n(.*?)^```$" % language, PAGE,
                      re.MULTILINE | re.DOTALL)


class PageTest(unittest.TestCase):
    @unittest.skipIf(int(LLVM) < 22, "query checks are new in 22")
    def test_query_checks(self):
        snippet = [b for b in blocks("yaml") if "CustomChecks:" in b]
        self.assertEqual(len(snippet), 1)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / ".clang-tidy").write_text(snippet[0], encoding="utf-8")
            (folder / "f.c").write_text(CODE, encoding="utf-8")
            done = subprocess.run(
                ["clang-tidy-" + LLVM, "--experimental-custom-checks", "f.c",
                 "--"], cwd=name, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(
            re.findall(r"^\S*f\.c:(\d+):\d+: warning: .* \[(.*)\]$",
                       done.stdout, re.MULTILINE),
            [("4", "custom-thread-stop-swapped-cancel-constant"),
             ("5", "custom-thread-stop-swapped-cancel-constant-state"),
             ("6", "custom-thread-stop-pthread-cancel")])

    def test_json(self):
        for block in blocks("json"):
            json.loads(block)
        self.assertTrue(blocks("json"))

    @unittest.skipUnless(shutil.which("nvim"), "there is no nvim")
    def test_lua_and_vim(self):
        self.assertEqual(len(blocks("lua")), 4)
        self.assertEqual(len(blocks("vim")), 2)
        with tempfile.TemporaryDirectory() as name:
            for number, block in enumerate(blocks("lua") + blocks("vim")):
                lua = number < len(blocks("lua"))
                path = pathlib.Path(name) / ("a.lua" if lua else "a.vim")
                path.write_text(block, encoding="utf-8")
                # The functions of a later Neovim may lack: lua is compiled.
                command = ("lua assert(loadfile('%s'))" % path if lua
                           else "source %s" % path)
                done = subprocess.run(
                    ["nvim", "--headless", "-n", "-u", "NONE", "-c",
                     "try | %s | catch | echo v:exception | cquit | endtry"
                     % command, "-c", "qall!"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, encoding="utf-8", timeout=60,
                    check=False)
                self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
