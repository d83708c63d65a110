#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where reports go: whole or not at all, and a clear word if not."""

import json
import os
import pathlib
import resource
import signal
import stat
import subprocess
import tempfile
import threading
import unittest

import reports
from tool_env import INPUTS, PROGRAM, merge, write


class OutputTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.input = write(self.folder, "odd", "odd")
        self.out = self.folder / "out"
        self.out.mkdir()

    def merge(self, *outputs, **more):
        arguments = [word for out in outputs for word in ("--output", out)]
        return merge(self.input, *arguments, **more)

    def refused(self, *outputs, why):
        done = self.merge(*outputs)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertIn("thread-stop: error: ", done.stderr)
        self.assertIn(why, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_several_at_once(self):
        done = self.merge("text", "json=%s/a" % self.out,
                          "html=%s/b" % self.out)
        self.assertEqual(done.returncode, 1)
        self.assertIn("src/hostile.c:5:16: warning: ", done.stdout)
        self.assertEqual(sorted(os.listdir(self.out)), ["a", "b"])
        json.loads((self.out / "a").read_text())

    def test_command_line(self):
        self.refused("sarfi", why="unknown output format 'sarfi'; did you mean "
                     "'sarif'? (formats: text, json, sarif, github, gitlab, "
                     "junit, html)")
        self.refused("checkstyle", why="(formats: text, ")
        self.refused("json=", why="names no file after '='")

    def test_refused_before_the_work(self):
        self.input = self.folder / "is not read"
        out = self.out
        self.refused("text", "json", why="two reports on the standard output")
        self.refused("json", "sarif=-", why="two reports on the standard output")
        self.refused("json=%s/x" % out, "sarif=%s/../out/x" % out,
                     why="two reports in one file")
        self.refused("json=%s/no/x" % out, why="there is no folder")
        self.refused("json=%s" % out, why="it is a folder")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_no_permission(self):
        self.out.chmod(0o500)
        self.refused("json=%s/x" % self.out, why="no permission")

    def test_permissions_are_those_of_umask(self):
        merge(self.input, "--output", "json=%s/x" % self.out,
              preexec_fn=lambda: os.umask(0o027))
        mode = stat.S_IMODE((self.out / "x").stat().st_mode)
        self.assertEqual(mode, 0o640)

    def test_a_link_stays_one(self):
        (self.out / "real").write_text("old")
        (self.out / "link").symlink_to("real")
        self.merge("json=%s/link" % self.out)
        self.assertTrue((self.out / "link").is_symlink())
        json.loads((self.out / "real").read_text())

    def test_file_too_large_leaves_nothing(self):
        """As a disk that is full, in the middle of the report."""
        (self.out / "old.html").write_text("old")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

        done = self.merge("html=%s/new.html" % self.out,
                          "html=%s/old.html" % self.out, preexec_fn=limit)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(os.listdir(self.out), ["old.html"])
        self.assertEqual((self.out / "old.html").read_text(), "old")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2, done.stderr)
        for line in lines:
            self.assertRegex(line, r"^thread-stop: error: cannot write '.*': "
                             r"File too large; no part of the report was kept$")

    def test_small_disk(self):
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(self.out)],
            stderr=subprocess.DEVNULL, check=False)
        if mounted.returncode:
            self.skipTest("no right to mount a small disk")
        try:
            done = self.merge("html=%s/x" % self.out)
            self.assertEqual(done.returncode, 2)
            self.assertIn("No space left on device; no part of the report",
                          done.stderr)
            self.assertEqual(os.listdir(self.out), [])
        finally:
            subprocess.run(["umount", str(self.out)], check=True)

    def test_full_standard_output(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [str(PROGRAM), "merge", str(self.input)], stdout=full,
                stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, "thread-stop: error: cannot write to the "
                         "standard output: No space left on device\n")

    def test_full_device(self):
        done = self.merge("json=/dev/full")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, "thread-stop: error: cannot write "
                         "'/dev/full': No space left on device\n")

    def test_special_files(self):
        done = self.merge("json=/dev/stdout")
        json.loads(done.stdout)
        fifo = self.out / "fifo"
        os.mkfifo(fifo)
        got = []
        reader = threading.Thread(
            target=lambda: got.append(fifo.read_text(encoding="utf-8")))
        reader.start()
        self.merge("json=%s" % fifo)
        reader.join(60)
        json.loads(got[0])
        self.assertTrue(stat.S_ISFIFO(fifo.stat().st_mode))

    def test_reader_that_goes_away(self):
        """Quiet, whether the signal ends the program or is ignored; files are
        written all the same."""
        big = write(self.folder, "big", reports.report(
            [reports.finding("pthread-cancel",
                             reports.at(reports.LOG, 51, "pthread_cancel"),
                             "message %d" % i) for i in range(3000)]))
        for ignored in (False, True):
            def choose():
                signal.signal(signal.SIGPIPE,
                              signal.SIG_IGN if ignored else signal.SIG_DFL)

            process = subprocess.Popen(
                [str(PROGRAM), "merge", str(big), "--output", "text",
                 "--output", "json=%s/x%d" % (self.out, ignored)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                cwd=str(INPUTS), restore_signals=False, preexec_fn=choose)
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()
            process.stderr.close()
            code = process.wait()
            self.assertEqual(errors, b"")
            self.assertEqual(code, 1)
            json.loads((self.out / ("x%d" % ignored)).read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
