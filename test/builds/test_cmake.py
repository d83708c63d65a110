#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""thread_stop_lint() in CMake projects, with Ninja and with make: what is
checked, when it is checked again, and what fails."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from builds_env import (BAD, BUILD, GOOD, LLVM, PROGRAM, BuildTest, main,
                        needs, recipe, shell_lines)

needs("cmake", "ninja", "make")

HEAD = """cmake_minimum_required(VERSION 3.20)
project(demo C CXX)
list(APPEND CMAKE_PREFIX_PATH "%s")
find_package(ThreadStop REQUIRED)
"""
LIBRARY = """add_library(lib STATIC one.c)
thread_stop_lint(lib %s)
target_sources(lib PRIVATE "deep/two 2.cpp")
target_include_directories(lib PUBLIC include)
target_compile_definitions(lib PRIVATE "NAME=\\"a b\\"")
"""


class CMakeTest(BuildTest):
    generator = "Ninja"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prefix = tempfile.mkdtemp(prefix="thread-stop-")
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        subprocess.run(["cmake", "--install", str(BUILD), "--prefix",
                        cls.prefix], check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        super().setUp()
        self.write("include/common.h", "#define COMMON 1\n")
        self.write("one.c", GOOD % "one")
        self.write("deep/two 2.cpp", GOOD % "two")

    def project(self, text, *arguments):
        self.touch_new("CMakeLists.txt", HEAD % self.prefix + text)
        self.checked_call("cmake", "-G", self.generator, "-S", ".", "-B",
                          "build", *arguments)

    def build(self, target="thread-stop-lint", keep_going=True):
        """Exit code, the sources that were checked, and all output."""
        more = ["--", "-k"] + (["0"] if self.generator == "Ninja" else [])
        code, out = self.call("cmake", "--build", "build", "--target", target,
                              *(more if keep_going else []))
        return code, sorted(re.findall(r"Checking (.*)$", out, re.M)), out

    def check_build(self, code, *sources, target="thread-stop-lint"):
        found, checked, out = self.build(target)
        self.assertEqual((code == 0, sorted(sources)), (found == 0, checked),
                         out)
        return out

    def report(self, name):
        path = self.root / "build/thread-stop" / name
        return json.loads(path.read_text())["findings"]

    def test_incremental(self):
        self.project(LIBRARY % "")
        self.check_build(0, "one.c", "deep/two 2.cpp")
        self.check_build(0)
        # The same again changes no options.
        self.checked_call("cmake", "build")
        self.check_build(0)
        self.touch_new("one.c", GOOD % "again")
        self.check_build(0, "one.c")
        self.touch_new("include/common.h", "#define COMMON 2\n")
        self.check_build(0, "one.c", "deep/two 2.cpp")
        self.touch_new(".clang-tidy", "Checks: '-*,thread-stop-*'\n")
        self.touch_new("one.c", GOOD % "third")
        self.check_build(0, "one.c")
        self.touch_new(".clang-tidy", "Checks: 'thread-stop-*'\n")
        self.check_build(0, "one.c")

    def test_finding(self):
        self.project(LIBRARY % "")
        self.check_build(0, "one.c", "deep/two 2.cpp")
        self.touch_new("one.c", BAD % "one")
        out = self.check_build(1, "one.c")
        self.assertIn("one.c:4:3: warning: 'pthread_cancel'", out)
        self.assertEqual(1, len(self.report("lib/one.c.json")))
        # It is not forgotten.
        self.assertIn("one.c:4:3: warning", self.check_build(1, "one.c"))
        self.touch_new("one.c", GOOD % "one")
        self.check_build(0, "one.c")
        self.assertEqual([], self.report("lib/one.c.json"))

    def test_finding_by_a_header(self):
        self.project(LIBRARY % "")
        self.check_build(0, "one.c", "deep/two 2.cpp")
        self.touch_new("include/common.h", "#include <pthread.h>\n"
                       "#define COMMON pthread_cancel(pthread_self())\n")
        out = self.check_build(1, "one.c", "deep/two 2.cpp")
        self.assertEqual(2, out.count("warning:"), out)

    def test_options_change(self):
        self.write("one.c", '#include <pthread.h>\n#include "common.h"\n'
                   "#ifdef STOP\nvoid f(pthread_t t) { pthread_cancel(t); }\n"
                   "#endif\n")
        self.project(LIBRARY % "")
        self.check_build(0, "one.c", "deep/two 2.cpp")
        self.project(LIBRARY % "" +
                     "target_compile_definitions(lib PRIVATE STOP)\n")
        out = self.check_build(1, "one.c", "deep/two 2.cpp")
        self.assertIn("one.c:4:", out)

    def test_does_not_compile(self):
        self.write("one.c", BAD % "one" + "int f( { }\n")
        self.project(LIBRARY % "")
        self.assertIn("does not compile",
                      self.check_build(1, "one.c", "deep/two 2.cpp"))
        self.check_build(1, "one.c")

    def test_warn_only(self):
        self.write("one.c", BAD % "one")
        self.project(LIBRARY % "WARN_ONLY")
        out = self.check_build(0, "one.c", "deep/two 2.cpp")
        self.assertIn("one.c:4:3: warning", out)
        self.assertNotIn("warning", self.check_build(0))

    def test_all(self):
        self.write("one.c", BAD % "one")
        self.project(LIBRARY % "ALL")
        self.check_build(1, "one.c", "deep/two 2.cpp", target="all")

    def test_not_all(self):
        self.write("one.c", BAD % "one")
        self.project(LIBRARY % "")
        self.check_build(0, target="all")

    def test_checks_and_files(self):
        self.write("one.c", BAD % "one")
        self.project(LIBRARY % "CHECKS nonatomic-flag unmatched-cleanup")
        self.check_build(0, "one.c", "deep/two 2.cpp")
        self.checked_call("thread-stop", "one.c", "-p", "build",
                          "--write-baseline=known", "--exit-zero")
        self.project(LIBRARY % "BASELINE known")
        self.check_build(0, "one.c", "deep/two 2.cpp")
        (self.root / "known").unlink()
        self.write("strict", "Checks: '-*,thread-stop-pthread-cancel'\n")
        self.project(LIBRARY % "CONFIG_FILE strict")
        self.check_build(1, "one.c", "deep/two 2.cpp")

    def test_generated(self):
        self.write("made.c.in", GOOD % "made")
        self.write("three.c", BAD % "three")
        self.write("gen.h.in", "#define GEN 1\n")
        self.write("one.c", "#include <gen.h>\nint one = GEN;\n")
        self.project(
            "add_custom_command(OUTPUT made.c COMMAND ${CMAKE_COMMAND} -E copy"
            " ${CMAKE_SOURCE_DIR}/made.c.in made.c)\n"
            "add_custom_command(OUTPUT gen.h COMMAND ${CMAKE_COMMAND} -E copy"
            " ${CMAKE_SOURCE_DIR}/gen.h.in gen.h)\n"
            "add_custom_target(gen DEPENDS gen.h)\n"
            "add_library(lib OBJECT one.c ${CMAKE_BINARY_DIR}/made.c\n"
            "  $<$<BOOL:1>:${CMAKE_SOURCE_DIR}/three.c>)\n"
            "target_include_directories(lib PRIVATE include"
            " ${CMAKE_BINARY_DIR})\nadd_dependencies(lib gen)\n"
            "thread_stop_lint(lib)\n")
        self.check_build(0, "one.c", "build/made.c")

    def test_generated_headers(self):
        """Those of the target itself, and of what it is linked with."""
        self.write("own.h.in", "#define OWN 1\n")
        self.write("made.h.in", "#define MADE 1\n")
        self.write("one.c", "#include <own.h>\n#include <made.h>\n"
                   "#include <late.h>\nint one = OWN + MADE + LATE;\n"
                   "#if OWN\n" + BAD.replace('"common.h"', "<own.h>") % "f" +
                   "#endif\n")
        self.write("two.c", "int two;\n")
        copy = ("add_custom_command(OUTPUT %s.h COMMAND ${CMAKE_COMMAND} -E "
                "copy ${CMAKE_SOURCE_DIR}/%s.h.in %s.h)\n")
        self.write("late.h.in", "#define LATE 1\n")
        self.write("sub/CMakeLists.txt", copy % (("made",) * 3) +
                   "add_library(below STATIC ../two.c made.h)\n"
                   "target_include_directories(below PUBLIC "
                   "${CMAKE_CURRENT_BINARY_DIR})\n")
        self.project(
            "add_subdirectory(sub)\n" + copy % (("own",) * 3) +
            copy % (("late",) * 3) + "add_custom_target(late DEPENDS late.h)\n"
            "add_library(middle INTERFACE)\n"
            "target_link_libraries(middle INTERFACE below)\n"
            "add_dependencies(middle late)\n"
            "add_library(alias ALIAS middle)\n"
            "add_library(lib STATIC one.c own.h)\n"
            "target_include_directories(lib PRIVATE ${CMAKE_BINARY_DIR})\n"
            "target_link_libraries(lib PRIVATE alias)\nthread_stop_lint(lib)\n")
        self.assertIn("one.c:9:3: warning", self.check_build(1, "one.c"))

    def test_sources_of_an_interface(self):
        self.write("given.c", BAD % "given")
        self.write("main.c", "int main(void) { return 0; }\n")
        self.project("add_library(giver INTERFACE)\n"
                     "target_sources(giver INTERFACE "
                     "${CMAKE_SOURCE_DIR}/given.c)\n"
                     "target_include_directories(giver INTERFACE include)\n"
                     "add_executable(lib main.c)\n"
                     "target_link_libraries(lib giver)\n"
                     "thread_stop_lint(lib)\n")
        self.check_build(1, "main.c", "given.c")

    def test_sources_kept_private(self):
        """What a library is linked with inside is not for its users."""
        self.write("given.c", BAD % "given")
        self.write("main.c", "int main(void) { return 0; }\n")
        self.project("add_library(giver INTERFACE)\n"
                     "target_sources(giver INTERFACE "
                     "${CMAKE_SOURCE_DIR}/given.c)\n"
                     "target_include_directories(giver INTERFACE include)\n"
                     "add_library(between STATIC one.c)\n"
                     "target_include_directories(between PRIVATE include)\n"
                     "target_link_libraries(between PRIVATE giver)\n"
                     "add_executable(lib main.c)\n"
                     "target_link_libraries(lib between)\n"
                     "thread_stop_lint(lib)\n")
        self.check_build(0, "main.c")

    def test_source_of_two_targets(self):
        """Each with its own options, and what only the other needs."""
        self.write("one.c", "#ifdef OTHER\n#include <gen.h>\n" +
                   BAD % "f" + "#endif\n")
        self.project("add_library(lib one.c)\nadd_library(other one.c)\n"
                     "target_compile_definitions(other PRIVATE OTHER)\n"
                     "thread_stop_lint(lib)\n",
                     "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        self.check_build(0, "one.c")

    def test_linked_library_changes(self):
        """It comes first, but is not what is checked."""
        self.write("below.c", "int below;\n")
        self.write("made.h.in", "#define MADE 1\n")
        self.write("one.c", "#include <made.h>\nint one = MADE;\n")
        self.project("add_custom_command(OUTPUT made.h COMMAND ${CMAKE_COMMAND}"
                     " -E copy ${CMAKE_SOURCE_DIR}/made.h.in made.h)\n"
                     "add_library(below STATIC below.c made.h)\n"
                     "target_include_directories(below PUBLIC "
                     "${CMAKE_BINARY_DIR})\n"
                     "add_library(lib STATIC one.c)\n"
                     "target_link_libraries(lib below)\n"
                     "thread_stop_lint(lib)\n")
        self.check_build(0, "one.c")
        self.touch_new("below.c", "int below = 1;\n")
        self.check_build(0)

    def test_target_of_another_folder(self):
        self.write("sub/own.h.in", "#define OWN 1\n")
        self.write("sub/own.c", "#include <own.h>\nint own = OWN;\n")
        self.write("sub/CMakeLists.txt", "add_custom_command(OUTPUT own.h "
                   "COMMAND ${CMAKE_COMMAND} -E copy "
                   "${CMAKE_CURRENT_SOURCE_DIR}/own.h.in own.h)\n"
                   "add_library(lib STATIC own.c own.h)\n"
                   "target_include_directories(lib PRIVATE "
                   "${CMAKE_CURRENT_BINARY_DIR})\n")
        self.project("add_subdirectory(sub)\nthread_stop_lint(lib)\n")
        self.check_build(0, "sub/own.c")

    def test_made_once(self):
        """Also if two targets want it at the same time."""
        self.write("make.sh", "echo begin >>log; sleep 0.5; cp $1 $2\n")
        self.write("own.h.in", "#define OWN 1\n")
        self.write("one.c", "#include <own.h>\nint one = OWN;\n")
        self.project("add_custom_command(OUTPUT own.h COMMAND sh "
                     "${CMAKE_SOURCE_DIR}/make.sh "
                     "${CMAKE_SOURCE_DIR}/own.h.in own.h)\n"
                     "add_library(lib STATIC one.c own.h)\n"
                     "target_include_directories(lib PRIVATE "
                     "${CMAKE_BINARY_DIR})\nthread_stop_lint(lib ALL)\n")
        self.checked_call("cmake", "--build", "build", "-j", "4")
        self.assertEqual("begin\n", (self.root / "build/log").read_text())

    def test_found_beside_the_module(self):
        """Also from a folder that was not the first to look for it."""
        for name in "xy":
            self.write(name + "/s.c", GOOD.replace('"common.h"', "<limits.h>")
                       .replace("COMMON", "1") % name)
            self.write(name + "/CMakeLists.txt", "find_package(ThreadStop)\n" +
                       ("add_library(y s.c)\nthread_stop_lint(y)\n"
                        if name == "y" else ""))
        self.touch_new("CMakeLists.txt",
                       "cmake_minimum_required(VERSION 3.20)\n"
                       "project(demo C)\nadd_subdirectory(x)\n"
                       "add_subdirectory(y)\n")
        package = next(pathlib.Path(self.prefix).glob("lib*/**/cmake/ThreadStop"))
        self.path = os.environ["PATH"]
        out = self.checked_call("cmake", "-G", self.generator, "-S", ".", "-B",
                                "build", "-DThreadStop_DIR=%s" % package)
        self.assertNotIn("not found", out)
        self.check_build(0, "y/s.c")

    def test_one_name_twice(self):
        self.write("one.c.in", GOOD % "other")
        (self.root.parent / "out").mkdir()
        self.touch_new("CMakeLists.txt", HEAD % self.prefix +
                       "add_custom_command(OUTPUT one.c COMMAND "
                       "${CMAKE_COMMAND} -E copy "
                       "${CMAKE_SOURCE_DIR}/one.c.in one.c)\n"
                       "add_library(lib one.c ${CMAKE_BINARY_DIR}/one.c)\n"
                       "target_include_directories(lib PRIVATE include)\n"
                       "thread_stop_lint(lib)\n")
        self.checked_call("cmake", "-G", self.generator, "-S", ".", "-B",
                          "../out")
        out = self.checked_call("cmake", "--build", "../out", "--target",
                                "thread-stop-lint")
        self.assertEqual(2, out.count("Checking "), out)

    def test_precompiled_header(self):
        """It need not have been built."""
        self.write("pch.h", "#include <pthread.h>\n")
        self.write("one.c", "void f(pthread_t t) { pthread_cancel(t); }\n")
        for compiler in ("gcc", "clang-" + LLVM):
            with self.subTest(compiler):
                shutil.rmtree(self.root / "build", ignore_errors=True)
                self.project("add_library(lib one.c)\n"
                             "target_precompile_headers(lib PRIVATE pch.h)\n"
                             "thread_stop_lint(lib)\n",
                             "-DCMAKE_C_COMPILER=" + compiler)
                self.assertIn("one.c:1:23: warning",
                              self.check_build(1, "one.c"))
                # And when it has been.
                self.checked_call("cmake", "--build", "build")
                (self.root / "one.c").touch()
                self.assertIn("one.c:1:23: warning",
                              self.check_build(1, "one.c"))

    def test_several_folders(self):
        self.write("sub/main.c", BAD % "stop" + "int main(void) { return 0; }\n")
        self.write("sub/CMakeLists.txt", "add_executable(program main.c)\n"
                   "target_link_libraries(program lib)\n"
                   "thread_stop_lint(program)\n")
        self.project(LIBRARY % "" + "add_subdirectory(sub)\n")
        self.check_build(1, "one.c", "deep/two 2.cpp", "sub/main.c")
        self.check_build(0, target="thread-stop-lint-lib")
        self.check_build(1, "sub/main.c", target="thread-stop-lint-program")
        line, = [line for line in shell_lines("builds.md", "## CMake")
                 if line.startswith("find ")]
        done = self.call("sh", "-c", line)
        self.assertEqual(1, done[0], done[1])
        self.assertNotIn("error", done[1])
        results = json.loads((self.root / "all.sarif").read_text())
        self.assertEqual(1, len(results["runs"][0]["results"]))
        self.touch_new("sub/main.c", "int main(void) { return 0; }\n")
        self.check_build(0, "sub/main.c")
        self.checked_call("sh", "-c", line)

    def test_another_program(self):
        own = self.folder / "own-thread-stop"
        shutil.copy2(PROGRAM, own)
        self.project(LIBRARY % "", "-DTHREAD_STOP_PROGRAM=%s" % own)
        self.check_build(0, "one.c", "deep/two 2.cpp")
        self.check_build(0)
        own.touch()
        self.check_build(0, "one.c", "deep/two 2.cpp")

    def test_misuse(self):
        for text, message in (
                ("thread_stop_lint()\n", "name a target"),
                ("thread_stop_lint(nothing)\n", "no target 'nothing'"),
                (LIBRARY % "" + "thread_stop_lint(lib)\n", "checked already"),
                ("add_library(i INTERFACE IMPORTED)\nthread_stop_lint(i)\n",
                 "imported"),
                (LIBRARY % "BASELINE", "BASELINE needs a value")):
            with self.subTest(message):
                self.touch_new("CMakeLists.txt", HEAD % self.prefix + text)
                code, out = self.call("cmake", "-S", ".", "-B", "other")
                self.assertNotEqual(0, code)
                self.assertIn(message, " ".join(out.split()))

    def test_recipe(self):
        for name in ("src/main.c", "src/worker.c"):
            self.write(name, "int %s(void) { return 0; }\n" % name[4:8])
        self.project(recipe("builds.md", "cmake"))
        self.check_build(0, "src/main.c", "src/worker.c")


class MakefilesTest(CMakeTest):
    generator = "Unix Makefiles"


if __name__ == "__main__":
    main()
