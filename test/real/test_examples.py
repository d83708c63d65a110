#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The examples: what is found in them, and that they compile and run."""

import re
import shutil
import subprocess
import tempfile
import unittest

import real

import lint_expected
import lint_project
import lint_self

EXAMPLES = real.SOURCE / "examples"
LIST = real.SOURCE / "test/real/examples.tsv"
# What each program says at its end.
SAYS = {
    "bank_transfer.c": "lost 0",
    "bank_transfer_wrong.c": "lost 5",
    "file_writers.c": "folder empty",
    "file_writers_wrong.c": "folder empty",
    "lost_wakeup.c": "stopped 1000 times",
    "signal_reader.c": "lock free",
    "signal_reader_wrong.c": "lock lost",
}
# What hangs at its first stop, and which variant of it does not with the same
# delay.
HANGS = {"lost_wakeup_wrong.c": "lost_wakeup.c"}
HANGS_FOR = 5
DELAY = "20000"
ROW = re.compile(r"^\| `([\w.]+)` \| (\d+) \| `(thread-stop-[\w-]+)` \|",
                 re.MULTILINE)


class ExamplesTest(unittest.TestCase):
    def test_findings(self):
        corpus = lint_self.examples(str(real.SOURCE))
        corpus.run(real.OPTIONS, lint_project.make_tool(real.OPTIONS))
        self.assertEqual(len(SAYS) + len(HANGS), len(corpus.jobs))
        self.assertEqual([], corpus.complaints(), real.HOW_TO_UPDATE)

    def test_page_and_list_agree(self):
        page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
        rows = [(file, int(line), check)
                for file, line, check in ROW.findall(page)]
        self.assertEqual(sorted(lint_expected.keys(LIST).elements()),
                         sorted(rows))

    def test_head_names_checks(self):
        for name in [*SAYS, *HANGS]:
            head = (EXAMPLES / name).read_text(
                encoding="utf-8").split("#include")[0]
            expected = {key.check for key in lint_expected.keys(LIST)
                        if key.file == name}
            self.assertIn("Expected:", head, name)
            for check in expected:
                self.assertIn(check[len("thread-stop-"):], head, name)

    def test_compile_and_run(self):
        compilers = [name for name in ("gcc", "clang-" + real.LLVM)
                     if shutil.which(name)]
        self.assertTrue(compilers)
        for compiler in compilers:
            for name in SAYS:
                with self.subTest(compiler=compiler, name=name):
                    self.compile_and_run(compiler, name)

    def build(self, compiler, name, folder):
        program = folder + "/" + name + ".program"
        done = subprocess.run(
            [compiler, "-std=gnu11", "-Wall", "-Wextra", "-O1", "-pthread",
             str(EXAMPLES / name), "-o", program],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", check=False)
        self.assertEqual((0, ""), (done.returncode, done.stdout))
        return program

    def test_lost_signal_hangs(self):
        for wrong, right in HANGS.items():
            with tempfile.TemporaryDirectory() as folder:
                program = self.build("gcc", wrong, folder)
                with self.assertRaises(subprocess.TimeoutExpired) as hung:
                    subprocess.run(
                        [program, "50", DELAY], stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, timeout=HANGS_FOR, check=False)
                said = (hung.exception.stdout or b"").decode()
                self.assertIn("stop 1\n", said)
                self.assertNotIn("stopped", said)
                done = subprocess.run(
                    [self.build("gcc", right, folder), "50", DELAY],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    encoding="utf-8", timeout=60, check=False)
                self.assertEqual((0, "stopped 50 times\n"),
                                 (done.returncode, done.stdout))

    def compile_and_run(self, compiler, name):
        with tempfile.TemporaryDirectory() as folder:
            program = self.build(compiler, name, folder)
            done = subprocess.run(
                [program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                encoding="utf-8", timeout=60, check=False)
            self.assertEqual(0, done.returncode)
            self.assertIn(SAYS[name], done.stdout)


if __name__ == "__main__":
    unittest.main()
