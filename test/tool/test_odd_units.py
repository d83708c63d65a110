#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Code and commands that are read otherwise than they look: nothing is lost in
them, and nothing is said to be fine that could not be read."""

import os
import unittest

from project_env import (BAD, CLEAN, FAILED, FINDINGS, LLVM, ToolTest, git,
                         main)

THREADS = "#include <pthread.h>\n"
STOP = "void f(pthread_t t) { pthread_cancel(t); }\n"
CANCEL = "pthread-cancel"


class NotLoadedTest(ToolTest):
    """What a command reads before the file, and cannot."""

    def check_failed(self, *flags):
        self.write("a.c", BAD)
        done = self.json("a.c", "--", *flags)
        self.assertEqual(FAILED, done.code, done.all)
        self.assertIn("it does not compile", done.err)

    def test_missing_precompiled_header(self):
        self.check_failed("-include-pch", "none.pch")
        self.check_failed("-Xclang", "-include-pch", "-Xclang", "none.pch")

    def test_broken_precompiled_header(self):
        self.write("broken.pch", "this is none")
        self.check_failed("-include-pch", "broken.pch")

    def test_missing_module(self):
        self.write("a.cpp", BAD)
        done = self.json("a.cpp", "--", "-std=c++20", "-fmodule-file=none.pcm")
        self.assertEqual(FAILED, done.code, done.all)

    def test_of_cmake(self):
        """The header beside it says the same, and can be read."""
        self.write("cmake_pch.h", THREADS)
        self.write("a.c", "void f(pthread_t t) { pthread_cancel(t); }\n")
        for flags in (["-include", "cmake_pch.h"],
                      ["-Xclang", "-include-pch", "-Xclang", "cmake_pch.h.pch",
                       "-Xclang", "-include", "-Xclang", "cmake_pch.h"]):
            done = self.json("a.c", "--", *flags)
            self.assertEqual([("a.c", 1, CANCEL)], done.keys, done.all)
            self.assertEqual(FINDINGS, done.code)


class FilterTest(ToolTest):
    """Found with the filter as without, and a second time."""

    def check_found(self, *arguments, name="a.c"):
        found = self.same_as_parse_all(name, *arguments)
        self.assertEqual(1, len(found.keys), found.all)
        for _ in range(2):
            self.assertEqual(found.keys, self.json(name, *arguments).keys)

    def test_include_next_of_the_main_file(self):
        self.write("inc/x.h", "\n")
        self.write("src/x.h", THREADS + "static inline " + STOP)
        self.write("src/a.c", '#include_next "x.h"\n')
        self.check_found("--header-filter=.*", "--", "-Iinc", name="src/a.c")

    def test_include_next_beside_a_header(self):
        self.write("inc/x.h", "\n")
        self.write("sub/x.h", THREADS + "static inline " + STOP)
        self.write("sub/w.h", '#include_next "x.h"\n')
        self.write("a.c", '#include "sub/w.h"\n')
        self.check_found("--header-filter=.*", "--", "-Iinc")

    def test_line_marker_in_a_system_header(self):
        self.write("sys/g.h", THREADS + '# 1 "gram.y"\nstatic inline ' + STOP)
        self.write("a.c", "#include <g.h>\n")
        self.check_found("--header-filter=.*", "--", "-isystem", "sys")

    def test_universal_character_name(self):
        self.write(".clang-tidy", "CheckOptions:\n"
                   "  thread-stop-pthread-cancel.ForcedStopFunctions: töte\n"
                   if LLVM != "14" else "CheckOptions:\n"
                   "- key: thread-stop-pthread-cancel.ForcedStopFunctions\n"
                   "  value: töte\n")
        self.write("a.c", "void töte(int);\nvoid f(void) { töte(1); }\n")
        self.check_found()
        self.write("a.c", "void t\\u00f6te(int);\n"
                   "void f(void) { t\\u00f6te(1); }\n")
        self.check_found()

    def test_pasted_number_with_letters(self):
        self.write("sys/s.h", "#define API(x) pthread_c##x\n"
                   "void pthread_c2ancel(int);\n")
        self.write(".clang-tidy", "CheckOptions:\n"
                   "- key: thread-stop-pthread-cancel.ForcedStopFunctions\n"
                   "  value: pthread_c2ancel\n")
        self.write("a.c", "#include <s.h>\nvoid f(void) { API(2ancel)(1); }\n")
        self.check_found("--", "-isystem", "sys")

    def test_suffix_of_a_string(self):
        self.write("sys/s.h", THREADS +
                   "#include <stdio.h>\n#define _STOP(t) ), pthread_cancel(t\n")
        self.write("a.c", '#include <s.h>\n'
                   'void f(pthread_t t) { puts("x"_STOP(t)); }\n')
        self.check_found("--", "-std=c11", "-isystem", "sys")

    def test_comment_that_begins_in_an_error(self):
        self.write("a.c", "#if 0\n#error /*\n/*/\n#endif\n" + THREADS + STOP +
                   "/* */\n")
        self.check_found("--", "-std=c11")

    def test_raw_string_and_trigraph(self):
        self.write("a.c", THREADS + '#define R\nconst char *s = R"(";\n'
                   "void f(pthread_t t) { pthread_can??/\ncel(t); }\n")
        self.check_found("--", "-std=c11")

    def test_name_of_a_header_in_two_lines(self):
        self.write("sys/outer.h", "#include <x\\\n.h>\n")
        self.write("sys/x.h", THREADS + "#define STOP(t) pthread_cancel(t)\n")
        self.write("a.c", "#include <outer.h>\n"
                   "void f(pthread_t t) { STOP(t); }\n")
        self.check_found("--", "-isystem", "sys")

    def test_folders_of_all_includers(self):
        self.write("inc/y.h", "\n")
        self.write("inc/x.h", '#include "y.h"\n')
        self.write("sub/x.h", '#include "y.h"\n')
        self.write("m/y.h", THREADS + "static inline " + STOP)
        self.write("m/a.c", '#include "../sub/x.h"\n')
        self.check_found("--header-filter=.*", "--", "-fms-compatibility",
                         "-Iinc", name="m/a.c")


class CommandTest(ToolTest):
    def test_file_is_also_included(self):
        """What one file includes is not what the next does."""
        self.write("a.c", "#define FROM_A 1\n")
        self.write("b.c", "#ifdef FROM_A\n" + BAD + "#endif\n")
        self.database([("a.c", ["-include", "a.c"]),
                       ("b.c", ["-include", "b.c"])])
        done = self.json("--no-cache", "-j1")
        self.assertEqual(([], CLEAN), (done.keys, done.code), done.all)
        self.database([("a.c", ["-include", "a.c"]),
                       ("b.c", ["-include", "a.c"])])
        self.assertEqual([("b.c", 4, CANCEL)], self.json("--no-cache").keys)

    def test_folder_above_a_link(self):
        self.write("deep/a.c", BAD)
        (self.root / "deep/in").mkdir()
        (self.root / "l").symlink_to("deep/in")
        self.write("a.c", "int nothing;\n")
        self.database(["l/../a.c"])
        done = self.json()
        self.assertEqual([("deep/a.c", 3, CANCEL)], done.keys, done.all)
        (self.root / "a.c").unlink()
        self.assertEqual([("deep/a.c", 3, CANCEL)], self.json().keys)


    def test_one_of_several_commands(self):
        self.write("a.c", "#ifdef ONE\n" + BAD + "#endif\n")
        for named in (True, False):  # not every generator names it by itself
            self.raw_database([
                {"directory": str(self.root), "file": "a.c",
                 **({"output": out} if named else {}),
                 "arguments": ["cc", *flags, "-o", out, "-c", "a.c"]}
                for out, flags in (("one.dir/a.o", ["-DONE"]),
                                   ("two.dir/a.o", []))])
            for folder, found in (("one.dir", 1), ("two.dir", 0), ("x", 1)):
                done = self.json("a.c", "--outputs-below=" + folder)
                self.assertEqual(found, len(done.keys), done.all)

    def test_header_compiled_by_gcc(self):
        """Which clang cannot read."""
        self.write("p.h", THREADS)
        self.write("p.h.gch", "gpch")
        self.write("a.c", STOP)
        done = self.json("a.c", "--", "-include", "p.h")
        self.assertEqual([("a.c", 1, CANCEL)], done.keys, done.all)
        self.assertEqual(FINDINGS, done.code)


class AskedForTest(ToolTest):
    """Headers that code asks for behind a macro."""

    def check_followed(self, *lines, name="opt.h", flags=(), found="present"):
        """The same from the cache as without, with and without the header."""
        self.write("a.c", THREADS + "".join(line + "\n" for line in lines) +
                   STOP + "#endif\n")
        path = self.root / name
        for exists in (False, True, False, True):
            if exists:
                self.write(name, "")
            elif path.exists():
                path.unlink()
            fresh = self.json("a.c", "--no-cache", *flags)
            self.assertEqual(fresh.keys, self.json("a.c", *flags).keys,
                             "there: %s\n%s" % (exists, fresh.all))
            self.assertEqual(exists == (found == "present"),
                             bool(fresh.keys), fresh.all)

    def test_by_a_macro(self):
        self.check_followed('#define HAS __has_include("opt.h")', "#if HAS")

    def test_by_a_macro_with_a_name(self):
        self.check_followed("#define HAS(x) __has_include(x)",
                            '#if HAS("opt.h")')

    def test_by_a_macro_of_the_system(self):
        self.write("sys/s.h", "#define HAS(x) __has_include(x)\n"
                   "#define KNOWS(x) HAS(x)\n")
        for name in ("HAS", "KNOWS"):
            self.check_followed("#include <s.h>", '#if %s("opt.h")' % name,
                                flags=("--", "-isystem", "sys"))

    def test_on_the_command_line(self):
        self.check_followed("#if HAS", flags=(
            "--", '-DHAS=__has_include("opt.h")'))

    def test_directly(self):
        self.check_followed('#if !__has_include("opt.h")', found="absent")

    @unittest.skipIf(int(LLVM) < 19, "no __has_embed")
    def test_embedded(self):
        for folder in ("with", "without"):
            with self.subTest(folder):
                flags = ("--", "-std=c23") + (
                    ("--embed-dir=e",) if folder == "with" else ())
                name = "e/e.bin" if folder == "with" else "e.bin"
                sign = "<>" if folder == "with" else '""'
                self.check_followed("#if __has_embed(%se.bin%s)" % tuple(sign),
                                    name=name, flags=flags)


class DiffTest(ToolTest):
    def test_does_not_compile(self):
        """A unit that cannot be looked into may include what has changed."""
        git(self.root, "init", "-q")
        self.write("x.h", "\n")
        self.write("a.c", '#define H "x.h"\n#include H\n#error no\n')
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", "one")
        self.write("x.h", THREADS + "static inline " + STOP)
        done = self.json("--diff=HEAD", "--header-filter=.*", "a.c")
        self.assertEqual(FAILED, done.code, done.all)
        self.assertEqual([("x.h", 2, CANCEL)], done.keys, done.all)

    def test_only_a_commit(self):
        git(self.root, "init", "-q")
        self.write("a.c", BAD)
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", "one")
        git(self.root, "commit", "-qm", "two", "--allow-empty")
        for wrong in ("HEAD~1..HEAD", "HEAD^{tree}", "nothing"):
            done = self.run_tool(".", "--diff=" + wrong)
            self.assertEqual(FAILED, done.code, done.all)
            self.assertIn(wrong, done.err)
        git(self.root, "tag", "-a", "-m", "t", "v1", "HEAD~1")
        self.assertEqual(CLEAN, self.run_tool(".", "--diff=v1").code)


class FixTest(ToolTest):
    def test_two_names_with_different_fixes(self):
        self.write("a.c", THREADS + "#ifdef ONE\nvoid f(void) {\n  int o;\n"
                   "  pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, &o);\n}\n"
                   "#else\nvoid g(void) {\n  int o;\n"
                   "  pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, &o);\n}\n"
                   "#endif\n")
        os.symlink("a.c", self.root / "b.c")
        self.database([("a.c", ["-DONE"]), "b.c"])
        checks = "--checks=swapped-cancel-constant"
        before = self.json(checks)
        self.assertEqual(2, len(before.keys), before.all)
        done = self.json(checks, "--fix")
        self.assertEqual(([], CLEAN), (done.keys, done.code), done.all)
        self.assertEqual(2, done.counts["fixed"])
        self.assertIn("setcanceltype(PTHREAD_CANCEL_DEFERRED", self.read("a.c"))
        self.assertIn("setcancelstate(PTHREAD_CANCEL_ENABLE", self.read("a.c"))


if __name__ == "__main__":
    main()
