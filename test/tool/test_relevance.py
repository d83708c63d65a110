#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files that cannot have a finding are not parsed, and no finding is lost.

Each hard case is a file that has a finding, and hides that it may: it is
compared with a run that parses everything.
"""

import os

from project_env import (BAD, CLEAN, FINDINGS, FINE, IRRELEVANT, ToolTest, main)

CANCEL = "pthread-cancel"
# Uses STOP, wherever that comes from.
USES_STOP = "void stop(unsigned long t) { STOP(t); }\n"
DECLARES = "int pthread_cancel(unsigned long);\n"
MACRO = DECLARES + "#define STOP(t) pthread_cancel(t)\n"


class RelevanceTest(ToolTest):
    def check(self, *flags, file="a.c", line=None, arguments=()):
        """The finding is there, both ways."""
        self.database([file], flags)
        done = self.same_as_parse_all(*arguments)
        self.assertEqual([CANCEL], [key[2] for key in done.keys], done.all)
        self.assertEqual(FINDINGS, done.code, done.all)
        if line:
            self.assertEqual(line, done.keys[0][1])


class ReviewTest(RelevanceTest):
    """What the index and clang saw in different ways."""

    def test_comment_that_begins_in_a_pragma_mark(self):
        self.write("a.c", "#pragma mark src/*.c\n" + BAD + "/* */\n")
        self.check()

    def test_comment_that_begins_in_a_warning(self):
        self.write("a.c", "#warning see src/*.c\n" + BAD + "/* */\n")
        self.check()

    def test_folder_of_user_and_system(self):
        """clang looks where the system's folder stands."""
        self.write("x/stop.h", "#define STOP(t) (void)t\n")
        self.write("y/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-Ix", "-Iy", "-isystem", "x")

    def test_folder_of_another_language(self):
        self.write("c/stop.h", "#define STOP(t) (void)t\n")
        self.write("cxx/stop.h", 'extern "C" ' + MACRO)
        self.write("a.cpp", "#include <stop.h>\n" + USES_STOP)
        self.check("-Xclang", "-c-isystem", "-Xclang", "c", "-Xclang",
                   "-cxx-isystem", "-Xclang", "cxx", file="a.cpp")

    def test_macro_of_the_system_by_a_pasted_name(self):
        self.write("sys/lib.h", DECLARES + "#define CALL(x) LIB_##x\n"
                   "#define LIB_end pthread_cancel\n")
        self.write("a.c", "#include <lib.h>\n"
                   "void stop(unsigned long t) { CALL(end)(t); }\n")
        self.check("-isystem", "sys")

    def test_name_of_an_option_that_is_not_ascii(self):
        self.write(".clang-tidy", "CheckOptions:\n"
                   "  - key: thread-stop-pthread-cancel.ForcedStopFunctions\n"
                   "    value: 'töte'\n")
        self.write("a.c", "void töte(int);\nvoid f(void) { töte(1); }\n")
        self.check()

    def test_modules_are_on_but_not_used(self):
        """As they are with each C++20."""
        self.write("a.cpp", "#include <vector>\n" + IRRELEVANT)
        self.database(["a.cpp"], ["-std=c++20"])
        self.assertEqual(1, self.json(code=CLEAN).counts["irrelevant"])
        self.write("b.cpp", 'extern "C" ' + MACRO + USES_STOP)
        self.database(["b.cpp"], ["-std=c++20"])
        self.json(code=FINDINGS)
        self.assertEqual(1, self.json(code=FINDINGS).counts["cached"])

    def test_class_with_another_name(self):
        self.write("sys/lib.h", "#include <thread>\n"
                   "namespace lib { using Worker = std::thread; }\n")
        self.write("a.cpp", "#include <lib.h>\nstatic bool done;\n"
                   "static void run() { while (!done) {} }\n"
                   "int main() { lib::Worker t(run); done = true; "
                   "t.join(); }\n")
        self.database(["a.cpp"], ["-isystem", "sys"])
        done = self.same_as_parse_all()
        self.assertEqual(["nonatomic-flag"], [key[2] for key in done.keys])


class IrrelevantTest(RelevanceTest):
    def test_counted(self):
        self.write("a.c", BAD)
        self.write("b.c", IRRELEVANT)
        self.write("c.c", "#include <stdio.h>\n#include <stdlib.h>\n" +
                   IRRELEVANT)
        self.write("d.cpp", "#include <vector>\n#include <string>\n" +
                   IRRELEVANT)
        self.database(["a.c", "b.c", "c.c", "d.cpp"])
        counts = self.json(code=FINDINGS).counts
        self.assertEqual((4, 1, 3), (counts["files"], counts["analysed"],
                                     counts["irrelevant"]))

    def test_words_in_comments_and_strings(self):
        self.write("a.c", "/* pthread_cancel */ // pthread_cancel\n"
                   'const char *s = "pthread_cancel(t)";\n')
        self.database(["a.c"])
        self.assertEqual(1, self.json(code=CLEAN).counts["irrelevant"])

    def test_header_of_threads_alone(self):
        """Including <pthread.h> is nothing yet."""
        self.write("a.c", "#include <pthread.h>\n" + IRRELEVANT)
        self.database(["a.c"])
        self.assertEqual(1, self.json(code=CLEAN).counts["irrelevant"])

    def test_missing_header_in_a_branch_not_taken(self):
        self.write("a.c", "#ifdef _WIN32\n#include <windows.h>\n#endif\n" +
                   IRRELEVANT)
        self.database(["a.c"])
        self.assertEqual(1, self.json(code=CLEAN).counts["irrelevant"])

    def test_checks_that_do_not_need_it(self):
        """Only some of them look at the creation of threads."""
        self.write("a.c", FINE)
        self.database(["a.c"])
        done = self.json("--checks=swapped-cancel-constant", code=CLEAN)
        self.assertEqual(1, done.counts["irrelevant"], done.all)


class MacroTest(RelevanceTest):
    def test_of_own_header(self):
        self.write("stop.h", MACRO)
        self.write("a.c", '#include "stop.h"\n' + USES_STOP)
        self.check()

    def test_of_system_header(self):
        self.write("sys/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-isystem", "sys")

    def test_of_system_header_over_two(self):
        self.write("sys/stop.h", MACRO.replace("STOP", "STOP1") +
                   "#define STOP2 STOP1\n#define STOP STOP2\n")
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-isystem", "sys")

    def test_of_command_line(self):
        self.write("a.c", DECLARES.replace("pthread_cancel", "STOP") +
                   USES_STOP)
        self.check("-DSTOP=pthread_cancel")

    def test_of_command_line_with_parameter(self):
        self.write("sys/stop.h", DECLARES)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-isystem", "sys", "-DSTOP(x)=pthread_cancel(x)")

    def test_of_command_line_pasting(self):
        self.write("sys/stop.h", DECLARES)
        self.write("a.c", "#include <stop.h>\n"
                   "void stop(unsigned long t) { CAT(pthread_, cancel)(t); }\n")
        self.check("-isystem", "sys", "-DCAT(a,b)=a##b")

    def test_renamed_by_command_line(self):
        self.write("a.c", "int my(unsigned long);\n"
                   "void stop(unsigned long t) { my(t); }\n")
        self.check("-Dmy=pthread_cancel")

    def test_pasted(self):
        self.write("sys/stop.h", DECLARES)
        self.write("a.c", "#include <stop.h>\n#define P(x) pthread_##x\n"
                   "void stop(unsigned long t) { P(cancel)(t); }\n")
        self.check("-isystem", "sys")

    def test_pasted_by_a_macro_of_the_system(self):
        self.write("sys/stop.h", DECLARES)
        self.write("sys/cat.h", "#define CAT(a, b) a##b\n")
        self.write("a.c", "#include <stop.h>\n#include <cat.h>\n"
                   "void stop(unsigned long t) { CAT(pthread_, cancel)(t); }\n")
        self.check("-isystem", "sys")

    def test_pasted_by_cdefs(self):
        """Every system has this one."""
        self.write("sys/stop.h", DECLARES)
        self.write("a.c", "#include <stop.h>\n#include <sys/cdefs.h>\n"
                   "void stop(unsigned long t)"
                   " { __CONCAT(pthread_, cancel)(t); }\n")
        self.check("-isystem", "sys")

    def test_piece_in_a_macro_of_the_system(self):
        self.write("sys/stop.h", DECLARES + "#define END cancel\n"
                   "#define CAT1(a, b) a##b\n#define CAT(a, b) CAT1(a, b)\n")
        self.write("a.c", "#include <stop.h>\n"
                   "void stop(unsigned long t) { CAT(pthread_, END)(t); }\n")
        self.check("-isystem", "sys")

    def test_prefix_in_a_macro_of_the_system(self):
        self.write("sys/stop.h", DECLARES + "#define P(x) pthread_##x\n")
        self.write("a.c", "#include <stop.h>\n"
                   "void stop(unsigned long t) { P(cancel)(t); }\n")
        self.check("-isystem", "sys")

    def test_over_two_lines(self):
        self.write("sys/stop.h", DECLARES)
        self.write("a.c", "#include <stop.h>\n"
                   "void stop(unsigned long t) { pthread_can\\\ncel(t); }\n")
        self.check("-isystem", "sys")

    def test_trigraphs(self):
        self.write("sys/stop.h", DECLARES)
        self.write("a.c", "??=include <stop.h>\n"
                   "void stop(unsigned long t) { pthread_can??/\ncel(t); }\n")
        self.check("-isystem", "sys", "-std=c99", "-w")

    def test_digraphs(self):
        self.write("sys/stop.h", MACRO)
        self.write("a.c", "%:include <stop.h>\n" + USES_STOP)
        self.check("-isystem", "sys")


class LexerTest(RelevanceTest):
    """What looks like the end of a file is not."""

    def check_hidden_by(self, text, *flags, file="a.cpp"):
        self.write(file, text + "\n" + BAD)
        self.check(*flags, file=file)

    def test_comment_in_raw_string(self):
        self.check_hidden_by('const char *s = R"(\n/* not a comment\n)";')

    def test_quote_in_raw_string(self):
        self.check_hidden_by('const char *s = R"x(\n" don\'t )" " \n)x";')

    def test_raw_string_is_none_in_c(self):
        self.check_hidden_by('#define R ""\nconst char *s = R"(";', "-std=c99",
                             file="a.c")

    def test_line_comment_is_none_in_old_c(self):
        self.write("sys/stop.h", DECLARES)
        self.write("a.c", "#include <stop.h>\nint f(unsigned long t) "
                   "{ return 4 //**/ pthread_cancel(t)\n; }\n")
        self.check("-isystem", "sys", "-std=c89")

    def test_apostrophe_in_skipped_text(self):
        self.check_hidden_by("#if 0\ndon't /* do ' this */ \"\n#endif\n"
                             "#define X(a) #a\n#pragma it's\n", "-w")

    def test_digit_separator(self):
        self.check_hidden_by("int x = 1'000; int y = 0x1'0;")

    def test_nul_in_the_text(self):
        self.check_hidden_by("int x; \0 // \0\n", "-w", file="a.c")

    def test_assembler_name(self):
        self.write("a.c", "int halt(unsigned long) "
                   '__asm__("pthread_cancel");\n'
                   "void stop(unsigned long t) { halt(t); }\n")
        self.database(["a.c"])
        self.same_as_parse_all()


class IncludeTest(RelevanceTest):
    def test_forced(self):
        self.write("stop.h", MACRO)
        self.write("a.c", USES_STOP)
        self.check("-include", "stop.h")

    def test_forced_found_by_search(self):
        self.write("inc/stop.h", MACRO)
        self.write("a.c", USES_STOP)
        self.check("-Iinc", "-include", "stop.h")

    def test_forced_macros(self):
        self.write("stop.h", "#define STOP(t) pthread_cancel(t)\n")
        self.write("sys/declared.h", DECLARES)
        self.write("a.c", "#include <declared.h>\n" + USES_STOP)
        self.check("-isystem", "sys", "-imacros", "stop.h")

    def test_computed(self):
        self.write("stop.h", BAD)
        self.write("a.c", '#define NAME "stop.h"\n#include NAME\n' +
                   IRRELEVANT)
        self.check("-DX", arguments=("--header-filter=.*",))

    def test_computed_by_command_line(self):
        self.write("stop.h", BAD)
        self.write("a.c", "#include NAME\n" + IRRELEVANT)
        self.check('-DNAME="stop.h"', arguments=("--header-filter=.*",))

    def test_computed_below_a_linked_folder(self):
        """What '..' means depends on where the link goes."""
        self.write("there/deep/x.h", '#include "../stop.h"\n')
        self.write("there/stop.h", MACRO)
        (self.root / "here").symlink_to("there/deep")
        self.write("a.c", '#define NAME "here/x.h"\n#include NAME\n' +
                   USES_STOP)
        self.check("-I.")

    def test_next(self):
        self.write("one/stop.h", "#include_next <stop.h>\n")
        self.write("two/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-Ione", "-Itwo")

    def test_next_from_a_neighbour(self):
        """A file that was found beside its includer."""
        self.write("two/stop.h", MACRO)
        self.write("one/outer.h", '#include "inner.h"\n')
        self.write("one/inner.h", "#include_next <stop.h>\n")
        self.write("a.c", "#include <outer.h>\n" + USES_STOP)
        self.check("-Ione", "-Itwo", "-w")

    def test_next_in_the_main_file(self):
        self.write("one/stop.h", MACRO)
        self.write("a.c", "#include_next <stop.h>\n" + USES_STOP)
        self.check("-Ione", "-w")

    def test_next_over_three(self):
        for name in ("one", "two"):
            self.write(name + "/stop.h", "#include_next <stop.h>\n")
        self.write("three/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-Ione", "-Itwo", "-isystem", "three")

    def test_header_without_guard_twice(self):
        self.write("stop.h", "#ifdef SECOND\n" + MACRO + "#endif\n")
        self.write("a.c", '#include "stop.h"\n#define SECOND\n'
                   '#include "stop.h"\n' + USES_STOP)
        self.check()

    def test_in_any_branch(self):
        self.write("stop.h", MACRO)
        self.write("a.c", '#if __has_include("stop.h")\n#include "stop.h"\n'
                   "#endif\n" + USES_STOP)
        self.check()

    def test_system_header_of_the_user(self):
        """A header says of itself that it belongs to the system."""
        self.write("stop.h", "#pragma GCC system_header\n" + MACRO)
        self.write("a.c", '#include "stop.h"\n' + USES_STOP)
        self.check()

    def test_prefix_makes_it_the_users(self):
        self.write("sys/own/stop.h", "#pragma once\n" + DECLARES +
                   "static inline void s(unsigned long t)"
                   " { pthread_cancel(t); }\n")
        self.write("a.c", "#include <own/stop.h>\n" + IRRELEVANT)
        self.check("-isystem", "sys", "--no-system-header-prefix=own/",
                   arguments=("--header-filter=.*",))

    def test_includes_over_lines_and_comments(self):
        self.write("stop.h", MACRO)
        self.write("a.c", '/* */ # /* */ inc\\\nlude /* */ "stop.h" // x\n' +
                   USES_STOP)
        self.check()

    def test_import(self):
        self.write("stop.h", MACRO)
        self.write("a.c", '#import "stop.h"\n' + USES_STOP)
        self.check("-w")

    def test_quoted_only_folder(self):
        self.write("inc/stop.h", MACRO)
        self.write("a.c", '#include "stop.h"\n' + USES_STOP)
        self.check("-iquote", "inc")

    def test_folder_for_last(self):
        self.write("inc/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-idirafter", "inc")

    def test_prefixed_folder(self):
        self.write("inc/x/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-iprefix", str(self.root) + "/inc/", "-iwithprefix", "x")

    def test_root_of_the_system(self):
        self.write("root/usr/include/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("--sysroot=" + str(self.root / "root"))

    def test_remapped_file(self):
        self.write("real.h", MACRO)
        self.write("a.c", '#include "none.h"\n' + USES_STOP)
        self.write("map.yaml", '{"version": 0, "roots": [{"type": "file", '
                   '"name": "%s/none.h", "external-contents": "%s/real.h"}]}' %
                   (self.root, self.root))
        self.database(["a.c"], ["-ivfsoverlay", "map.yaml"])
        self.same_as_parse_all()

    def test_environment_names_folders(self):
        self.write("inc/stop.h", MACRO)
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.database(["a.c"])
        done = self.json(env={"CPATH": self.root / "inc"}, code=FINDINGS)
        self.assertEqual([("a.c", 1 + 1, CANCEL)], done.keys)


class LinkTest(RelevanceTest):
    """A file of several names: what it includes depends on the name."""

    def check_two_names(self, make):
        """Each folder has its own stop.h, and the same common.h."""
        self.write("b/stop.h", MACRO)
        self.write("a/stop.h", "#define STOP(t) (void)t\n")
        self.write("b/common.h", '#include "stop.h"\n')
        make(self.root / "b/common.h", self.root / "a/common.h")
        for folder in "ab":
            self.write(folder + "/x.c", '#include "common.h"\n' + USES_STOP)
        for files in (["a/x.c", "b/x.c"], ["b/x.c", "a/x.c"]):
            self.database(files)
            self.same_as_parse_all("-j1", found=[("b/x.c", 2, CANCEL)])

    def test_hard_link(self):
        self.check_two_names(os.link)

    def test_symbolic_link(self):
        self.check_two_names(
            lambda old, new: new.symlink_to(os.path.relpath(old, new.parent)))

    def test_linked_main_file(self):
        self.write("a/x.c", '#include "stop.h"\n' + USES_STOP)
        self.write("a/stop.h", "#define STOP(t) (void)t\n")
        self.write("b/stop.h", MACRO)
        os.link(self.root / "a/x.c", self.root / "b/x.c")
        self.database(["a/x.c", "b/x.c"])
        self.same_as_parse_all("-j1", found=[("b/x.c", 2, CANCEL)])

    def test_linked_folder(self):
        self.write("shared/stop.h", MACRO)
        (self.root / "src").mkdir()
        (self.root / "src/inc").symlink_to("../shared")
        self.write("src/a.c", '#include "inc/stop.h"\n' + USES_STOP)
        self.check(file="src/a.c")

    def test_parent_of_a_linked_folder(self):
        self.write("there/deep/x.h", '#include "../stop.h"\n')
        self.write("there/stop.h", BAD)
        self.write("stop.h", "\n\n" + IRRELEVANT)
        (self.root / "here").symlink_to("there/deep")
        self.write("a.c", '#include "here/x.h"\n' + IRRELEVANT)
        self.check(arguments=("--header-filter=.*",), line=3)
        self.assertEqual("there/stop.h", self.json(
            "--header-filter=.*").keys[0][0])

    def test_folder_of_search_path_is_a_link(self):
        self.write("there/deep/y.h", "")
        self.write("there/stop.h", MACRO)
        (self.root / "here").symlink_to("there/deep")
        self.write("a.c", "#include <stop.h>\n" + USES_STOP)
        self.check("-Ihere/..")


class OptionsTest(RelevanceTest):
    def test_names_by_configuration(self):
        """.clang-tidy says which functions cancel."""
        self.write(".clang-tidy", "CheckOptions:\n"
                   "  - key: thread-stop-no-cancellation-point."
                   "CancellationPoints\n"
                   "    value: my_wait\n")
        self.write("a.c", "void my_wait(void);\nvoid f(void) { my_wait(); }\n")
        self.write("b/b.c", "void your_wait(void);\n" + IRRELEVANT)
        self.database(["a.c", "b/b.c"])
        done = self.same_as_parse_all()
        self.assertEqual(1, done.counts["irrelevant"], done.all)

    def test_options_of_one_folder(self):
        self.write("a/a.c", BAD)
        self.write("b/b.c", BAD)
        self.write("b/.clang-tidy", "Checks: '-thread-stop-pthread-cancel'\n")
        self.database(["a/a.c", "b/b.c"])
        self.same_as_parse_all(found=[("a/a.c", 3, CANCEL)])

    def test_extra_arguments_of_configuration(self):
        self.write(".clang-tidy", "ExtraArgs: ['-DSTOP=pthread_cancel']\n")
        self.write("a.c", DECLARES.replace("pthread_cancel", "STOP") +
                   USES_STOP)
        self.check()

    def test_relevant_and_fine(self):
        self.write("a.c", FINE)
        self.database(["a.c"])
        self.same_as_parse_all(found=[])


if __name__ == "__main__":
    main()
