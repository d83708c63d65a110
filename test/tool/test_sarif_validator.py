#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Microsoft's validator has nothing to say about our SARIF, with the rules of
the standard and of GitHub."""

import os
import re
import shutil
import sys
import tempfile
import unittest

import reports
from tool_env import BUILD, merge, run, write

FOLDER = BUILD / "npm"
PACKAGE = "@microsoft/sarif-multitool"
PROGRAM = (FOLDER / "node_modules" / "@microsoft" /
           "sarif-multitool-linux" / "Sarif.Multitool")

#: What is meant: the project has no address that would stay.
EXPECTED = ("SARIF2005",)


def install():
    """Why there is no validator, or nothing."""
    if PROGRAM.exists():
        return ""
    npm = shutil.which("npm")
    if not npm:
        return "no npm (apt install npm)"
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = run(npm, "install", "--no-audit", "--no-fund", "--prefix", FOLDER,
               PACKAGE, cwd=FOLDER)
    if done.returncode or not PROGRAM.exists():
        return "npm cannot install %s:\n%s" % (PACKAGE, done.stderr[-2000:])
    return ""


class ValidatorTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def complaints(self, path):
        # npm may leave out the package's own script that does this.
        os.chmod(PROGRAM, 0o755)
        done = run(PROGRAM, "validate", path, "--rule-kind", "Sarif;Gh")
        # The exit code says nothing; what is not analysed has no complaint.
        self.assertIn("Analysis completed successfully", done.stdout)
        return [line for line in done.stdout.splitlines()
                if re.search(r"\b(error|warning|note)\b.*\b(SARIF|GH)\d+", line)
                and not any(rule in line for rule in EXPECTED)]

    def check(self, name, report):
        source = write(self.folder, name, report)
        sarif = "%s/%s.sarif" % (self.folder, name)
        merge(source, "--output", "sarif=" + sarif)
        self.assertEqual(self.complaints(sarif), [])

    def test_daemon(self):
        self.check("daemon", "daemon")

    def test_clean(self):
        self.check("clean", "clean")

    def test_odd(self):
        given = reports.odd()
        # GitHub wants a place for each finding.
        given["findings"] = [f for f in given["findings"] if "location" in f]
        self.check("odd", given)

    def test_it_would_complain(self):
        path = "%s/bad.sarif" % self.folder
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"version": "2.1.0", "runs": [{"tool": {"driver": '
                       '{"name": "x"}}, "results": [{"message": {}}]}]}')
        self.assertTrue(self.complaints(path))


if __name__ == "__main__":
    reason = install()
    if reason:
        print("skipped: " + reason)
        sys.exit(77)
    unittest.main(verbosity=2)
