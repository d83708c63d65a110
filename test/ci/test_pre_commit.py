#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The pre-commit hook, run by pre-commit itself on a repository of its own."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
PROGRAM = pathlib.Path(os.environ["THREAD_STOP_BUILD"]) / "bin/thread-stop"
BAD = "#include <pthread.h>\nvoid f(pthread_t t) { pthread_cancel(t); }\n"


class HookTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # What pre-commit needs of us is one file in a repository.
        self.hooks = self.repository("hooks")
        shutil.copy(SOURCE / ".pre-commit-hooks.yaml", self.hooks)
        self.git(self.hooks, "add", "-A")
        self.git(self.hooks, "commit", "-qm", "hooks")
        revision = self.git(self.hooks, "rev-parse", "HEAD").strip()
        self.work = self.repository("work")
        (self.work / ".pre-commit-config.yaml").write_text(
            "repos:\n- repo: %s\n  rev: %s\n  hooks:\n  - id: thread-stop\n" %
            (self.hooks, revision))

    def repository(self, name):
        path = self.folder / name
        path.mkdir()
        self.git(path, "init", "-q")
        return path

    def environment(self):
        return dict(os.environ, HOME=str(self.folder),
                    PRE_COMMIT_HOME=str(self.folder / "cache"),
                    PATH="%s:%s" % (PROGRAM.parent, os.environ["PATH"]),
                    GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="test",
                    GIT_AUTHOR_EMAIL="test@example.org",
                    GIT_COMMITTER_NAME="test",
                    GIT_COMMITTER_EMAIL="test@example.org")

    def git(self, folder, *arguments):
        return subprocess.run(
            ["git", *arguments], cwd=folder, env=self.environment(),
            stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout

    def run_hook(self, **files):
        for name, text in files.items():
            (self.work / name.replace("_", ".")).write_text(text)
        self.git(self.work, "add", "-A")
        done = subprocess.run(
            ["pre-commit", "run"], cwd=self.work, env=self.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", check=False)
        return done.returncode, done.stdout

    def test_finding_stops_the_commit(self):
        code, out = self.run_hook(a_c=BAD)
        self.assertEqual(1, code, out)
        self.assertIn("a.c:2:23: warning: ", out)
        self.assertIn("thread-stop-pthread-cancel", out)

    def test_fine(self):
        code, out = self.run_hook(a_c="int fine;\n")
        self.assertEqual(0, code, out)
        self.assertIn("Passed", out)

    def test_other_files_are_not_looked_at(self):
        code, out = self.run_hook(readme_txt="pthread_cancel(t);\n")
        self.assertEqual(0, code, out)
        self.assertIn("Skipped", out)


if __name__ == "__main__":
    if not shutil.which("pre-commit"):
        print("skipped: there is no pre-commit")
        sys.exit(77)
    unittest.main(verbosity=2)
