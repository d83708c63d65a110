#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--depfile: what a run depends on, in the language of make."""

import subprocess

from project_env import (BAD, CLEAN, FAILED, FINDINGS, IRRELEVANT, ToolTest,
                         main)


class DepfileTest(ToolTest):
    def dependencies(self, *arguments, code=CLEAN, name="d"):
        """The target and its prerequisites, as make itself reads them."""
        done = self.run_tool(*arguments, "--depfile=" + name)
        self.assertEqual(code, done.code, done.all)
        text = (self.root / name).read_text()
        # The first rule; those after it have neither prerequisites nor recipes.
        rule = text.replace("\\\n", "").split("\n")[0]
        target, _, rest = rule.partition(":")
        made = subprocess.run(
            ["make", "-s", "--no-print-directory", "-f", "-"],
            input=".PHONY: show\nshow: ; @true\n" + text, cwd=str(self.root),
            encoding="utf-8", check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.assertEqual((0, ""), (made.returncode, made.stdout))
        parts = rest.replace("\\ ", "\0").split()
        return target, [part.replace("\0", " ") for part in parts]

    def own(self, *arguments, **more):
        """Those of the project."""
        found = self.dependencies(*arguments, **more)[1]
        return [path for path in found if not path.startswith("/usr")]

    def test_headers(self):
        self.write("inc/direct.h", '#include "behind.h"\n')
        self.write("inc/behind.h", "#define X 1\n")
        self.write("inc/other.h", "#define Y 1\n")
        self.write("a.c", '#include "direct.h"\n' + BAD)
        arguments = ("a.c", "-o", "json=out.json")
        flags = ("--", "-Iinc")
        done = self.run_tool(*arguments, "--depfile=d", *flags)
        self.assertEqual(FINDINGS, done.code, done.all)
        first = (self.root / "d").read_text()
        self.assertIn("out.json: ", first)
        for name in ("a.c", "inc/direct.h", "inc/behind.h",
                     "/usr/include/pthread.h"):
            self.assertIn(" %s \\\n" % name, first.split("a.c:\n")[0] + " \\\n")
            self.assertIn("\n%s:\n" % name, first)
        self.assertNotIn("other.h", first)
        # From the cache the same.
        self.run_tool(*arguments, "--depfile=e", *flags)
        self.assertEqual(first, (self.root / "e").read_text())

    def test_not_concerned(self):
        self.write("plain.h", "#define X 1\n")
        self.write("a.c", '#include "plain.h"\n' + IRRELEVANT)
        self.assertEqual(["a.c", "plain.h"],
                         self.own("a.c", "--depfile-target=t"))

    def test_included_by_a_macro(self):
        self.write("chosen.h", "#define X 1\n")
        self.write("a.c", '#define NAME "chosen.h"\n#include NAME\n' +
                   IRRELEVANT)
        self.assertEqual(["a.c", "chosen.h"],
                         self.own("a.c", "--depfile-target=t"))

    def test_configuration(self):
        self.write(".clang-tidy", "Checks: 'thread-stop-*'\n")
        self.write("own", "Checks: 'thread-stop-*'\n")
        self.write("src/a.c", IRRELEVANT)
        target = "--depfile-target=t"
        self.assertEqual([".clang-tidy", "src/a.c"],
                         self.own("src/a.c", target))
        self.assertEqual(["own", "src/a.c"],
                         self.own("src/a.c", target, "--config-file=own"))
        self.assertEqual(["src/a.c"],
                         self.own("src/a.c", target, "--no-config"))
        self.write("known", "")
        self.run_tool("src/a.c", "--write-baseline=known")
        self.assertEqual([".clang-tidy", "known", "src/a.c"],
                         self.own("src/a.c", target, "--baseline=known"))

    def test_absolute(self):
        self.write("h.h", "#define X 1\n")
        self.write("a.c", '#include "h.h"\n' + IRRELEVANT)
        found = self.dependencies(self.root / "a.c", "--depfile-target=t")
        self.assertEqual(("t", ["%s/%s" % (self.root, name)
                                for name in ("a.c", "h.h")]), found)

    def test_odd_names(self):
        self.write("a b.h", "#define X 1\n")
        self.write("c#d$e.h", "#define X 1\n")
        self.write("a.c", '#include "a b.h"\n#include "c#d$e.h"\n' + IRRELEVANT)
        self.assertEqual(
            ("t\\ t", ["a b.h", "a.c", "c\\#d$$e.h"]),
            self.dependencies("a.c", "--depfile-target=t t"))

    def test_several_files(self):
        for name in ("a", "b"):
            self.write(name + ".h", "#define X 1\n")
            self.write(name + ".c", '#include "%s.h"\n' % name + IRRELEVANT)
        self.assertEqual(["a.c", "a.h", "b.c", "b.h"],
                         self.own("a.c", "b.c", "--depfile-target=t"))

    def test_does_not_compile(self):
        self.write("h.h", "int x = ;\n")
        self.write("a.c", '#include "h.h"\n' + BAD)
        self.assertEqual(["a.c", "h.h"],
                         self.own("a.c", "--depfile-target=t", code=FAILED))

    def test_misuse(self):
        self.write("a.c", IRRELEVANT)
        for arguments, message in (
                (("--depfile=d",), "--depfile needs a target"),
                (("--depfile=d", "-o", "text"), "--depfile needs a target"),
                (("--depfile-target=t",), "is for --depfile=FILE"),
                (("--depfile=no/d", "--depfile-target=t"),
                 "there is no folder 'no'")):
            done = self.run_tool("a.c", *arguments)
            self.assertEqual(FAILED, done.code, done.all)
            self.assertIn(message, done.err)
        done = self.run_tool("merge", "x.json", "--depfile=d",
                             "--depfile-target=t")
        self.assertIn("--depfile is for a check", done.err)

    def test_no_summary(self):
        self.write("a.c", BAD)
        done = self.run_tool("a.c", "--no-summary", "--", "-I.")
        self.assertIn("a.c:3:3: warning:", done.out)
        self.assertEqual("", done.err)
        forced = self.run_tool("a.c", env={"CLICOLOR_FORCE": "1"})
        self.assertIn("\033[", forced.out)
        for name, value in (("CLICOLOR_FORCE", "0"), ("NO_COLOR", "1")):
            plain = self.run_tool(
                "a.c", env={"CLICOLOR_FORCE": "1", name: value})
            self.assertNotIn("\033[", plain.out)


if __name__ == "__main__":
    main()
