#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rules for all sources: where LLVM's version may be asked, what includes
what, how long a file may be."""

import os
import pathlib
import re
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ.get("THREAD_STOP_SOURCE") or
                      pathlib.Path(__file__).resolve().parents[2])
CODE = (".h", ".hpp", ".c", ".cpp", ".def")
SCRIPTS = (".py", ".sh", ".cmake")
MAX_LINES = 600

VERSION_MACRO = re.compile(r"\b(?:LLVM|CLANG)_VERSION_(?:MAJOR|MINOR|STRING)\b"
                           r"|\b__clang_major__\b")
MAY_ASK_VERSION = ("checks/support/LlvmCompat.h", "checks/loader/", "cmake/")


def files():
    """All files of the project, as relative paths; not what is built."""
    done = subprocess.run(
        ["git", "-C", str(SOURCE), "ls-files", "-co", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
        check=False)
    if done.returncode == 0 and done.stdout:
        names = done.stdout.splitlines()
    else:  # a copy without git
        names = [str(p.relative_to(SOURCE)) for p in SOURCE.rglob("*")
                 if p.relative_to(SOURCE).parts[0] not in ("build", ".git")]
    return [n for n in sorted(names) if (SOURCE / n).is_file()]


def lines(name):
    return (SOURCE / name).read_text(encoding="utf-8").splitlines()


class SourcesTest(unittest.TestCase):
    def test_version_is_asked_in_one_place(self):
        for name in files():
            if not name.endswith(CODE) or name.startswith(MAY_ASK_VERSION):
                continue
            for number, line in enumerate(lines(name), 1):
                self.assertNotRegex(
                    line, VERSION_MACRO, "%s:%d: belongs into %s" % (
                        name, number, MAY_ASK_VERSION[0]))

    def test_length(self):
        for name in files():
            if name.endswith(CODE + SCRIPTS) or name.endswith("CMakeLists.txt"):
                self.assertLessEqual(len(lines(name)), MAX_LINES, name)

    def test_includes_point_one_way(self):
        # tool, clangd -> checks -> flow -> model -> support -> clang.
        forbidden = {
            "checks/flow/": r"(clang-tidy/|\w+Check\.h)",
            "checks/model/": r"(clang-tidy/|flow/|\w+Check\.h)",
            "checks/loader/Loader.cpp": r"(clang|llvm)",
            "runtime/": r"(clang|llvm|flow/|model/|support/)",
        }
        for name in files():
            for folder, what in forbidden.items():
                if not name.startswith(folder) or not name.endswith(CODE):
                    continue
                for number, line in enumerate(lines(name), 1):
                    self.assertNotRegex(
                        line, r'^\s*#\s*include\s*["<]' + what,
                        "%s:%d" % (name, number))


if __name__ == "__main__":
    unittest.main()
