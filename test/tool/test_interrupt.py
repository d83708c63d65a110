#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SIGINT and its like end a run soon, with a report of what is known."""

import json
import os
import signal
import subprocess
import time

from project_env import (BAD, CLEAN, FAILED, FIXABLE, LIMIT, PROGRAM, ToolTest,
                      environment, main)

SOON = 10  # seconds, on a machine that has other things to do
# Takes a while to parse, in many pieces.
SLOW = "#include <regex>\n#include <thread>\n" + BAD + "".join(
    "template <class T> struct S%d { std::regex r{\"a\"}; }; S%d<int> s%d;\n" %
    (i, i, i) for i in range(4000))


class InterruptTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.write("a.c", FIXABLE)
        self.names = ["slow%02d.cpp" % i for i in range(30)]
        for name in self.names:
            self.write(name, SLOW)
        self.database(["a.c"] + self.names)

    def start(self, *arguments, wait=b"/31 files"):
        """Running, and done with the first file."""
        run = subprocess.Popen(
            [PROGRAM, "-j2", "--progress=always", *arguments], cwd=self.root,
            env=environment(self.folder), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        seen = b""
        while wait not in seen:
            more = os.read(run.stderr.fileno(), 4096)
            self.assertTrue(more, seen)
            seen += more
        return run

    def end(self, run, number):
        run.send_signal(number)
        begin = time.monotonic()
        out, err = run.communicate(timeout=LIMIT)
        self.assertLess(time.monotonic() - begin, SOON)
        return out.decode(), err.decode()

    def check_report(self, report):
        self.assertTrue(report["interrupted"])
        counts = report["counts"]
        self.assertEqual(31, counts["files"])
        self.assertGreater(counts["notReached"], 20)
        self.assertEqual(31, sum(counts[name] for name in (
            "analysed", "irrelevant", "cached", "notReached")))
        self.assertIn("a.c", {f["location"]["file"]
                              for f in report["findings"]})
        self.assertTrue(any("interrupted" in f["reason"]
                            for f in report["failures"]))

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                run = self.start("--output=json", "--no-cache")
                out, err = self.end(run, number)
                self.assertEqual(FAILED, run.returncode, err)
                self.check_report(json.loads(out))
                self.assertIn("interrupted: ", err)

    def test_report_files(self):
        run = self.start("-ojson=r.json", "-osarif=r.sarif", "-ojunit=r.xml",
                         "--no-cache")
        self.end(run, signal.SIGINT)
        self.assertEqual(FAILED, run.returncode)
        self.check_report(json.loads(self.read("r.json")))
        sarif = json.loads(self.read("r.sarif"))
        invocation = sarif["runs"][0]["invocations"][0]
        self.assertFalse(invocation["executionSuccessful"])
        self.assertIn("</testsuite", self.read("r.xml"))
        self.assertEqual([], [p.name for p in self.root.iterdir()
                              if p.name.endswith(".tmp")])

    def test_what_was_done_is_kept(self):
        run = self.start("-q")
        self.end(run, signal.SIGINT)
        done = self.json("a.c")
        self.assertEqual(1, done.counts["cached"], done.all)

    def test_second_signal(self):
        run = self.start("--no-cache")
        run.send_signal(signal.SIGINT)
        time.sleep(0.05)
        self.end(run, signal.SIGINT)
        self.assertIn(run.returncode, (FAILED, -signal.SIGINT))

    def test_nothing_is_fixed(self):
        run = self.start("--fix", "--no-cache")
        self.end(run, signal.SIGINT)
        self.assertEqual(FIXABLE, self.read("a.c"))

    def test_baseline_is_not_lost(self):
        self.write("base", "# thread-stop baseline 1\n# mine\n# end\n")
        run = self.start("--no-cache", "--write-baseline=base")
        _, err = self.end(run, signal.SIGINT)
        self.assertEqual(FAILED, run.returncode)
        self.assertIn("# mine", self.read("base"))
        self.assertIn("base was not written", err)

    def test_baseline_counts_all_the_same(self):
        self.assertEqual(1, self.run_tool("a.c", "--write-baseline=base",
                                          "--no-cache").err.count("wrote 1"))
        for arguments in ((), ("--fix",)):
            run = self.start("--output=json", "--no-cache", "--baseline=base",
                             *arguments)
            out, _ = self.end(run, signal.SIGINT)
            self.assertNotIn("a.c", {f["location"]["file"] for f in
                                     json.loads(out)["findings"]})

    def test_ignored_from_the_start(self):
        """As a shell starts what is to run on in the background."""
        self.database(["a.c"] + self.names[:2])
        run = subprocess.Popen(
            ["sh", "-c", "trap '' INT; exec \"$0\" --progress=always "
             "--no-cache", PROGRAM], cwd=self.root,
            env=environment(self.folder), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.read(run.stderr.fileno(), 10)
        run.send_signal(signal.SIGINT)
        err = run.communicate(timeout=LIMIT)[1].decode()
        self.assertNotIn("interrupted", err)

    def test_other_commands(self):
        """What waits for its input ends as any program does."""
        run = subprocess.Popen([PROGRAM, "merge", "-"], cwd=self.root,
                               env=environment(self.folder),
                               stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(1)
        run.send_signal(signal.SIGINT)
        try:
            self.assertNotEqual(CLEAN, run.wait(timeout=SOON))
        finally:
            run.kill()
            run.communicate()

    def test_reader_that_does_not_read(self):
        """A pipe is full, and nobody will ever empty it."""
        self.database(["a.c"])
        self.write("a.c", BAD.replace("  pthread_cancel(t);\n",
                                      "  pthread_cancel(t);\n" * 2000))
        run = subprocess.Popen([PROGRAM, "--no-cache"], cwd=self.root,
                               env=environment(self.folder),
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
        time.sleep(4)
        run.send_signal(signal.SIGINT)
        try:
            self.assertNotEqual(CLEAN, run.wait(timeout=SOON))
        finally:
            run.kill()
            run.communicate()


if __name__ == "__main__":
    main()
