#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The recipes for Make and Meson, as they stand in the docs."""

import shutil
import unittest

from builds_env import BAD, GOOD, BuildTest, main, needs, recipe

needs("make")


class RecipeTest:
    """A project of two sources: lint() is the exit code and the sources that
    were looked at."""

    def prepare(self):
        self.write("common.h", "#define COMMON 1\n")
        self.write("one.c", GOOD % "one")
        self.write("sub/two.c", GOOD.replace("common", "../common") % "two")

    def check_lint(self, fine, *sources):
        code, checked, out = self.lint()
        self.assertEqual((fine, sorted(sources)), (code == 0, sorted(checked)),
                         out)
        return out

    def test_incremental(self):
        self.check_lint(True, "one.c", "sub/two.c")
        self.check_lint(True)
        self.touch_new("sub/two.c",
                       BAD.replace("common", "../common") % "two")
        out = self.check_lint(False, "sub/two.c")
        self.assertIn("two.c:4:3: warning: 'pthread_cancel'", out)
        self.assertIn("two.c:4:3: warning", self.check_lint(False, "sub/two.c"))
        self.touch_new("sub/two.c", GOOD.replace("common", "../common") % "two")
        self.check_lint(True, "sub/two.c")
        self.touch_new("common.h", "#define COMMON 2\n")
        self.check_lint(True, "one.c", "sub/two.c")

    def test_header_is_gone(self):
        self.check_lint(True, "one.c", "sub/two.c")
        (self.root / "common.h").rename(self.root / "other.h")
        self.touch_new("one.c", GOOD.replace("common", "other") % "one")
        self.touch_new("sub/two.c", GOOD.replace("common", "../other") % "two")
        self.check_lint(True, "one.c", "sub/two.c")


class MakeTest(RecipeTest, BuildTest):
    def setUp(self):
        super().setUp()
        self.prepare()
        self.write("Makefile", "SOURCES := one.c sub/two.c\n"
                   "CPPFLAGS := -I.\n" + recipe("builds.md", "make"))

    def lint(self):
        code, out = self.call("make", "-k", "lint")
        words = [line.split() for line in out.replace("\\\n", " ").splitlines()
                 if line.startswith("thread-stop --no-summary")]
        return code, [line[line.index("--") - 1] for line in words], out

    def test_tidy_configuration_is_an_input(self):
        self.write(".clang-tidy", "Checks: 'thread-stop-*'\n")
        self.check_lint(True, "one.c", "sub/two.c")
        self.touch_new(".clang-tidy", "Checks: '-*,thread-stop-*'\n")
        self.check_lint(True, "one.c", "sub/two.c")


@unittest.skipUnless(shutil.which("meson"), "no meson")
class MesonTest(RecipeTest, BuildTest):
    def setUp(self):
        super().setUp()
        self.prepare()
        self.write("meson.build", "project('demo', 'c')\n"
                   "sources = ['one.c', 'sub/two.c']\n"
                   "library('demo', sources)\n" + recipe("builds.md", "meson"))
        self.checked_call("meson", "setup", "build")

    def lint(self):
        code, out = self.call("ninja", "-v", "-k", "0", "-C", "build", "lint")
        return code, [name for name in ("one.c", "sub/two.c")
                      if " ../%s\n" % name in out or " ../%s " % name in out
                      or "../%s'" % name in out], out


if __name__ == "__main__":
    main()
