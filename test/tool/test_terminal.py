#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is shown on a terminal, and what is not in a pipe."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from project_env import BAD, FINDINGS, FIXABLE, PROGRAM, ToolTest, environment, \
    main

ESCAPE = "\x1b["


class TerminalTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.names = ["a%d.c" % i for i in range(6)]
        for name in self.names:
            self.write(name, BAD)
        self.database(self.names)

    def in_terminal(self, *arguments, env=None, width=80, out=True, err=True):
        """What a terminal gets; pipes for what is not to be one."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, width, 0, 0))
        run = subprocess.Popen(
            [str(word) for word in (PROGRAM, "--no-cache", *arguments)],
            cwd=self.root, env=environment(self.folder, **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=slave if out else subprocess.DEVNULL,
            stderr=slave if err else subprocess.DEVNULL)
        os.close(slave)
        data = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            data += more
        os.close(master)
        self.assertEqual(FINDINGS, run.wait())
        return data.decode()


def shown(text):
    """The lines that are on the screen in the end."""
    lines = []
    for line in re.sub(r"\x1b\[[0-9;]*[mK]", "", text).split("\n"):
        cells = []
        at = 0
        for c in line:
            if c == "\r":
                at = 0
                continue
            cells[at:at + 1] = [c]
            at += 1
        lines.append("".join(cells).rstrip())
    return lines


class ProgressTest(TerminalTest):
    def test_drawn_and_erased(self):
        text = self.in_terminal()
        # Those that end together are counted together.
        self.assertRegex(text, r"\r    Checking \[=*>? *\] [1-6]/6 files")
        self.assertIn("6/6 files", text)
        self.assertNotIn("files]", "\n".join(shown(text)))
        self.assertFalse([line for line in shown(text)
                          if "Checking [" in line])
        self.assertTrue(any(line.startswith("a0.c:3:3: warning")
                            for line in shown(text)), text)

    def test_erased_before_messages(self):
        self.write("a3.c", "int x = ;\n" + BAD)
        lines = shown(self.in_terminal_failing())
        self.assertTrue(any(line.startswith("thread-stop: error: a3.c")
                            for line in lines), lines)

    def in_terminal_failing(self):
        try:
            return self.in_terminal()
        except AssertionError:
            done = self.run_tool("--no-cache", "--progress=always")
            return done.err

    def test_narrow(self):
        for width in (10, 20, 40):
            text = self.in_terminal(width=width)
            for part in re.findall("\r(    Checking[^\r\n]*)", text):
                self.assertLess(len(part), width + 1, part)

    def test_width_unknown(self):
        self.assertIn("6/6 files", self.in_terminal(width=0))

    def test_not_in_pipes(self):
        done = self.run_tool("--no-cache")
        self.assertNotIn("\r", done.err + done.out)
        self.assertNotIn("files]", done.err)

    def test_report_in_a_pipe(self):
        self.assertIn("6/6 files", self.in_terminal(out=False))

    def test_messages_in_a_pipe(self):
        self.assertNotIn("6/6 files", self.in_terminal(err=False))

    def test_quiet(self):
        self.assertNotIn("Checking", self.in_terminal("-q"))

    def test_asked_for(self):
        self.assertIn("6/6", self.run_tool("--progress=always",
                                           "--no-cache").err)
        self.assertNotIn("6/6", self.in_terminal("--progress=never"))

    def test_dumb(self):
        self.assertNotIn("\r    ", self.in_terminal(env={"TERM": "dumb"}))


class ColorTest(TerminalTest):
    def test_terminal(self):
        self.assertIn(ESCAPE, self.in_terminal())

    def test_pipe(self):
        done = self.run_tool()
        self.assertNotIn(ESCAPE, done.out + done.err)

    def test_no_color(self):
        self.assertNotIn(ESCAPE, self.in_terminal(env={"NO_COLOR": "1"}))
        self.assertIn(ESCAPE, self.in_terminal(env={"NO_COLOR": ""}))

    def test_dumb_terminal(self):
        self.assertNotIn(ESCAPE, self.in_terminal(env={"TERM": "dumb"}))

    def test_asked_for(self):
        self.assertIn(ESCAPE, self.run_tool("--color=always").out)
        self.assertIn(ESCAPE, self.run_tool("--color=always",
                                            env={"NO_COLOR": "1"}).out)
        self.assertNotIn(ESCAPE, self.in_terminal("--color=never"))

    def test_each_stream_for_itself(self):
        """The report of a file has none, whatever the terminal."""
        self.in_terminal("-otext=r.txt")
        self.assertNotIn(ESCAPE, self.read("r.txt"))
        self.in_terminal("-otext=r.txt", "--color=always")
        self.assertNotIn(ESCAPE, self.read("r.txt"))

    def test_machine_formats(self):
        for name in ("json", "sarif", "github", "gitlab", "junit", "html"):
            done = self.run_tool("--color=always", "--output=" + name)
            self.assertNotIn(ESCAPE, done.out, name)

    def test_code_with_escapes(self):
        """What the code has does not reach the terminal."""
        self.write("a0.c", BAD.replace("(t);", "(t); /* \x1b[31m \x07 */"))
        text = self.in_terminal(env={"NO_COLOR": "1"})
        self.assertNotIn(ESCAPE, text)
        self.assertNotIn("\x07", text)

    def test_names_with_escapes(self):
        name = "\x1b[31m\r.c"
        self.write(name, "int x = ;\n" + FIXABLE)
        self.database([name])
        done = self.run_tool()
        self.assertNotIn("\x1b", done.out + done.err)


if __name__ == "__main__":
    main()
