#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The thread tests of glibc: what is found in them, and whether it is true."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import real

import lint_expected
import lint_glibc
import lint_project
import lint_self

LIST = real.SOURCE / "test/real/glibc-nptl.tsv"
UNPARSED = real.SOURCE / "test/real/glibc-nptl-unparsed.tsv"
AT_LEAST = 100
TRUE_SHARE = 0.9


class ListTest(unittest.TestCase):
    def test_every_row_is_judged(self):
        for row in lint_expected.rows(LIST):
            self.assertIn(row["verdict"], ("true", "false"), row)
            self.assertTrue(row["why"].strip(), row)
        for row in lint_expected.rows(UNPARSED):
            self.assertTrue(row["why"].strip(), row)

    def test_findings_are_true(self):
        rows = lint_expected.rows(LIST)
        true = sum(row["verdict"] == "true" for row in rows)
        self.assertGreaterEqual(true, TRUE_SHARE * len(rows))


class GlibcTest(unittest.TestCase):
    def test_findings(self):
        corpus = lint_self.glibc(str(real.SOURCE))
        corpus.run(real.OPTIONS, lint_project.make_tool(real.OPTIONS))
        analysed = sum(not result.failure for result in corpus.results)
        print("%d of %d files analysed, %d findings" % (
            analysed, len(corpus.jobs), len(corpus.findings)))
        self.assertGreaterEqual(analysed, AT_LEAST)
        self.assertEqual([], corpus.complaints(), real.HOW_TO_UPDATE)
        self.assertEqual(as_printed(corpus), by_program(corpus))


def as_printed(corpus):
    """What clang-tidy says, with the steps."""
    root = os.path.realpath(corpus.root)

    def place(of):
        return (os.path.relpath(os.path.realpath(of.file), root), of.line,
                of.column)

    return sorted({(place(f), f.check, f.text,
                    tuple((place(n), n.text) for n in f.notes))
                   for f in corpus.findings})


def by_program(corpus):
    """The same from the program thread-stop."""
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "compile_commands.json")
        with open(database, "w", encoding="utf-8") as file:
            json.dump([dict(command, file=job.file) for job in corpus.jobs
                       for command in job.commands], file)
        done = subprocess.run(
            [str(real.BUILD / "bin/thread-stop"), "-p", folder, "--no-cache",
             "--no-config", "--header-filter=.*", "-o", "json"],
            cwd=corpus.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            check=False)
    # Some of the files need headers that only a configured glibc has.
    assert done.returncode == 2, done.returncode
    report = json.loads(done.stdout)
    unparsed = {row["file"] for row in lint_expected.rows(UNPARSED)}
    failed = {each["file"]: each for each in report["failures"]}
    assert set(failed) <= unparsed, [
        failed[name] for name in sorted(set(failed) - unparsed)[:5]]

    def place(of):
        at = of["location"]
        return (at["file"], at["line"], at["column"])

    return sorted((place(f), f["check"], f["message"],
                   tuple((place(n), n["message"]) for n in f["notes"]))
                  for f in report["findings"])


if __name__ == "__main__":
    try:
        lint_self.glibc(str(real.SOURCE))
    except lint_glibc.Unavailable as reason:
        print("skipped: %s" % reason)
        sys.exit(real.SKIPPED)
    unittest.main()
