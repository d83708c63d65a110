#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""thread-stop-clangd in Neovim: a finding is shown, its fix is applied, and
the screen has the message."""

import os
import re
import shutil
import subprocess
import sys
import time
import unittest

import lsp
from clangd_env import INPUTS, PROGRAM, SOURCE, ServerTest

MESSAGE = "'PTHREAD_CANCEL_DISABLE' is no cancellation type"
PATIENCE = 60

for needed in ("nvim", "tmux"):
    if not shutil.which(needed):
        print("there is no " + needed)
        sys.exit(77)


SETTINGS = 'vim.o.swapfile = false\nvim.o.signcolumn = "yes"\n'
INSTALLED = 'cmd = { "/usr/local/bin/thread-stop-clangd" }'


def configuration():
    """What docs/editors.md says for this version, with our program."""
    page = (SOURCE / "docs" / "editors.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```lua\n(.*?)^```$", page, re.M | re.S)
    # Of 0.11, 0.8 and 0.7; and the keys.
    assert [INSTALLED in block for block in blocks] == [True] * 3 + [False]
    return blocks[2].replace(INSTALLED, INSTALLED.replace(
        '"/usr/local/bin/thread-stop-clangd"', '"%s", "--log=error", '
        '"--background-index=0"' % PROGRAM)) + blocks[3]


class NvimTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.env = lsp.environment(
            self.folder, THREAD_STOP_CLANGD=str(PROGRAM), LC_ALL="C.UTF-8",
            TERM="screen", XDG_DATA_HOME=str(self.folder / "data"),
            XDG_STATE_HOME=str(self.folder / "state"))
        self.env.pop("TMUX", None)
        self.init = self.folder / "init.lua"
        self.init.write_text(SETTINGS + configuration(), encoding="utf-8")

    def test_fix(self):
        done = subprocess.run(
            ["nvim", "--headless", "-n", "-u", str(self.init),
             str(self.source), "-c", "luafile " + str(INPUTS / "fix.lua")],
            env=self.env, cwd=str(self.folder), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            encoding="utf-8", timeout=3 * PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("11:3: " + MESSAGE, done.stdout)
        self.assertIn("29:3: 'pthread_cancel' stops a thread by force",
                      done.stdout)
        self.assertEqual(self.source.read_text(encoding="utf-8"),
                         self.text.replace("pthread_setcanceltype",
                                           "pthread_setcancelstate"))

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(self.folder / "tmux"),
             *arguments], env=self.env, cwd=str(self.folder), check=True,
            stdout=subprocess.PIPE, encoding="utf-8").stdout

    def screen_with(self, text):
        """The screen, as soon as the text is on it."""
        end = time.monotonic() + PATIENCE
        while True:
            screen = self.tmux("capture-pane", "-p")
            if text in screen:
                return screen
            self.assertLess(time.monotonic(), end,
                            "%r is not on the screen:\n%s" % (text, screen))
            time.sleep(0.2)

    def test_screen(self):
        self.tmux("new-session", "-d", "-x", "160", "-y", "45",
                  "nvim -n -u '%s' log.c" % self.init)
        self.addCleanup(self.tmux, "kill-server")
        screen = self.screen_with(MESSAGE)
        line = next(l for l in screen.splitlines() if MESSAGE in l)
        self.assertRegex(line, r"^W\s.*pthread_setcanceltype"
                         r"\(PTHREAD_CANCEL_DISABLE, &old\);")
        # Neovim marks notes of the path and warnings; nothing else is there.
        marked = [l for l in screen.splitlines() if l[:2] == "W "]
        self.assertEqual(len(marked), 2, screen)
        self.tmux("send-keys", "11Ggl")
        shown = self.screen_with("asynchronous cancellation on (fix available)")
        self.tmux("send-keys", "Escape")
        self.tmux("send-keys", "j", "k", "0", "w", "ga")
        menu = self.screen_with("this turns asynchronous cancellation on\n")
        if "-v" in sys.argv or os.environ.get("THREAD_STOP_SHOW"):
            print(screen, shown, menu, sep="\n" + "-" * 72 + "\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
