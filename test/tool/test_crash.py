#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A file on which clang dies costs that file, and no other."""

import subprocess

from project_env import BAD, FAILED, PROGRAM, ToolTest, environment, main


class CrashTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.others = ["a.c", "m.c", "z.c"]
        for name in self.others:
            self.write(name, BAD)

    def check_crash(self, text, *flags, name="crash.c"):
        """The others are all there; the file is named; it is so twice."""
        self.write(name, text)
        self.database([*self.others, name], flags)
        for workers in (1, 4):
            for _ in range(2):
                done = self.json("-j%d" % workers, code=FAILED)
                files = [key[0] for key in done.keys]
                self.assertEqual(self.others,
                                 [f for f in files if f != name], done.all)
                self.assertEqual([name], [f["file"] for f in
                                          done.report["failures"]], done.all)
                self.assertEqual(1, done.counts["failed"])
        return done

    def check_crashed(self, text, *flags, **more):
        done = self.check_crash(text, *flags, **more)
        self.check_says(done, "clang crashed while it parsed")
        self.assertNotIn("Stack dump", done.err)

    def test_in_the_parser(self):
        self.check_crashed(BAD + "#pragma clang __debug parser_crash\n")

    def test_without_stack(self):
        depth = 200000
        self.check_crashed(BAD + "int deep = %s1%s;\n" % ("(" * depth, ")" * depth),
                           "-fbracket-depth=1000000")

    def test_in_the_preprocessor(self):
        self.check_crashed(BAD + "#pragma clang __debug crash\n")

    def test_while_includes_are_looked_for(self):
        self.write("x.h", "")
        self.check_crashed('#define NAME "x.h"\n#include NAME\n' + BAD +
                           "#pragma clang __debug crash\n")

    def test_fatal_error_of_llvm(self):
        self.check_crashed(BAD + "#pragma clang __debug llvm_fatal_error\n")

    def test_unreachable(self):
        self.check_crash(BAD + "#pragma clang __debug llvm_unreachable\n"
                         "int x = ;\n")

    def test_several_at_once(self):
        names = ["crash%d.c" % i for i in range(8)]
        for name in names:
            self.write(name, BAD + "#pragma clang __debug crash\n")
        self.database(self.others + names)
        done = self.json("-j8", code=FAILED)
        self.assertEqual(self.others, [key[0] for key in done.keys])
        self.assertEqual(names, [f["file"] for f in done.report["failures"]])

    def test_other_reports_are_whole(self):
        self.write("crash.c", BAD + "#pragma clang __debug crash\n")
        self.database(self.others + ["crash.c"])
        self.run_tool("-o", "sarif=r.sarif", "-o", "junit=r.xml")
        self.assertIn("crash.c", self.read("r.sarif"))
        self.assertTrue(self.read("r.xml").rstrip().endswith(">"))

    def test_nothing_is_fixed_there(self):
        from project_env import FIXABLE
        text = FIXABLE + "#pragma clang __debug crash\n"
        self.write("crash.c", text)
        self.database(["crash.c"])
        self.json("--fix", code=FAILED)
        self.assertEqual(text, self.read("crash.c"))


class DeepTest(CrashTest):
    """Deep nesting is no crash, or one of that file only."""

    def check_survives(self, text, name="deep.c"):
        self.write(name, text)
        self.database([*self.others, name])
        done = self.json("-j4")
        self.assertEqual(self.others, [key[0] for key in done.keys
                                       if key[0] != name], done.all)
        self.check_no_crash(done)

    def test_sum(self):
        self.check_survives(BAD + "int x = 0" + " + 1" * 20000 + ";\n")

    def test_else_if(self):
        self.check_survives(
            "#include <pthread.h>\nvoid f(pthread_t t, int i) {\n" +
            "  if (i) pthread_cancel(t); else\n" * 5000 + "  i = 1;\n}\n")

    def test_calls(self):
        self.check_survives(BAD + "int f(int); int x(void) { return " +
                            "f(" * 250 + "1" + ")" * 250 + "; }\n")

    def test_blocks(self):
        self.check_survives(
            "#include <pthread.h>\nvoid f(pthread_t t) " + "{" * 250 +
            "pthread_cancel(t);" + "}" * 250 + "\n")

    def test_small_stack(self):
        """The workers have a stack of their own."""
        self.write("deep.c", "#include <pthread.h>\nvoid f(pthread_t t) " +
                   "{" * 250 + "pthread_cancel(t);" + "}" * 250 + "\n")
        self.database(self.others + ["deep.c"])
        done = self.shell("ulimit -s 512; $T -q")
        self.assertEqual(4, done.out.count("pthread-cancel]"), done.all)

    def test_little_memory(self):
        """What cannot be had for one file ends in an error, or not at all."""
        run = subprocess.run(
            ["bash", "-c", 'ulimit -v 900000; "$0" -q -j2', PROGRAM],
            cwd=self.root, env=environment(self.folder), check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertIn(run.returncode, (1, 2), run.stderr)


if __name__ == "__main__":
    main()
