#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ctest runs a lit for each file, several at once: they share no folder, where
lit keeps how long tests took and ends if that file was written by two."""

import json
import os
import re
import subprocess
import unittest

BUILD = os.environ["THREAD_STOP_BUILD"]


def lit_commands():
    """{name of the test: its command}, of the first few in infra/."""
    out = subprocess.run(
        ["ctest", "--show-only=json-v1", "-R", r"^lit\.infra/[bm]"], cwd=BUILD,
        stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    return {test["name"]: test["command"] for test in json.loads(out)["tests"]}


def exec_root(command):
    out = subprocess.run(command + ["--show-suites"], stdout=subprocess.PIPE,
                         encoding="utf-8", check=True).stdout
    return re.search(r"Exec Root *: *(.*)", out).group(1)


class LitTest(unittest.TestCase):
    def test_no_shared_folder(self):
        commands = lit_commands()
        self.assertGreater(len(commands), 2)
        roots = {name: exec_root(command)
                 for name, command in commands.items()}
        self.assertEqual(len(set(roots.values())), len(roots), roots)
        for name, root in roots.items():
            self.assertTrue(root.startswith(BUILD + os.sep), name)


if __name__ == "__main__":
    unittest.main()
