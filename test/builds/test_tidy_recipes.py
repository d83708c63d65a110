#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The recipes of docs/usage.md for run-clang-tidy, clang-tidy-diff and CMake,
as they stand there, with the clang-tidy of this LLVM."""

import json
import os
import re
import shlex

from builds_env import BAD, BUILD, BuildTest, main, needs, recipe, shell_lines

LLVM = os.environ["THREAD_STOP_LLVM"]
PLUGIN = BUILD / "lib" / "libthread-stop-tidy.so"
needs("run-clang-tidy-" + LLVM, "clang-tidy-diff-%s.py" % LLVM, "git")

OLD = LLVM == "14"  # its scripts have no -load
INSTALLED = "/usr/local/lib/thread-stop/libthread-stop-tidy.so"


def filled_in(line):
    """What stands for our plugin and version in the page is put in."""
    line = line.replace("-N", "-" + LLVM)
    return line.replace("-load P", "-load " + shlex.quote(str(PLUGIN))).replace(
        "-load=P", "-load=%s" % PLUGIN)


class RecipesTest(BuildTest):
    def setUp(self):
        super().setUp()
        self.write("common.h", "#define COMMON 1\n")
        self.write("src/daemon.c", BAD.replace("common", "../common") % "stop")
        self.write("src/fine.c", "int fine(void) { return 0; }\n")
        (self.root / "build").mkdir()
        (self.root / "build/compile_commands.json").write_text(json.dumps([
            {"directory": str(self.root), "file": "src/" + name,
             "command": "cc -c src/" + name}
            for name in ("daemon.c", "fine.c")]))
        if OLD:
            wrapper = self.root / "clang-tidy-with-plugin"
            wrapper.write_text(recipe("usage.md", "sh").replace(
                INSTALLED, str(PLUGIN)))
            wrapper.chmod(0o755)

    def sh(self, line):
        """The exit code and output of a line of the page."""
        code, out = self.call("bash", "-o", "pipefail", "-c", filled_in(line))
        # That of LLVM 14 prints in colour, whoever reads it.
        return code, re.sub("\033\\[[0-9;]*m", "", out)

    def check_found(self, done, line=4):
        self.assertEqual(0, done[0], done[1])
        self.assertIn("src/daemon.c:%d:3: warning: 'pthread_cancel'" % line,
                      done[1])

    def test_run_clang_tidy(self):
        lines = shell_lines("usage.md", "## run-clang-tidy")
        self.assertEqual(2, len(lines), lines)
        self.check_found(self.sh(lines[1 if OLD else 0]))

    def git(self, *arguments):
        self.checked_call("git", "-c", "user.name=test", "-c",
                          "user.email=test@example.org", *arguments)

    def test_clang_tidy_diff(self):
        self.git("init", "-q", "-b", "main")
        self.git("add", "common.h", "src")
        self.git("commit", "-qm", "before")
        self.git("checkout", "-q", "-b", "work")
        path = self.root / "src/daemon.c"
        path.write_text(path.read_text() +
                        "void again(pthread_t t) {\n  pthread_cancel(t);\n}\n")
        line, = shell_lines("usage.md", "## Only what changed")
        if OLD:
            line = line.replace("clang-tidy-N ", "./clang-tidy-with-plugin ")
            line = line.replace("-load P", "")
        done = self.sh(line)
        self.check_found(done, line=7)
        self.assertNotIn("src/daemon.c:4:", done[1])

    def test_cmake(self):
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\n"
                   "project(demo C CXX)\n"
                   "add_library(demo src/daemon.c src/fine.c)\n")
        line, = shell_lines("usage.md", "## CMake")
        self.assertEqual(0, self.sh(line)[0])
        self.check_found(self.call("cmake", "--build", "build"))
        # And as the page says to fail the build.
        failing = line.replace("thread-stop-*", "thread-stop-*;"
                               "-warnings-as-errors=thread-stop-*")
        self.assertEqual(0, self.sh(failing)[0])
        code, out = self.call("cmake", "--build", "build", "--clean-first")
        self.assertNotEqual(0, code, out)
        self.assertIn("error: 'pthread_cancel'", out)


if __name__ == "__main__":
    main()
