#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""cmake/scripts/lint.sh over small projects made here."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

import real

LINT = real.SCRIPTS / "lint.sh"
CANCEL = """\
#include <pthread.h>
void stop(pthread_t thread) {
  pthread_cancel(thread);
}
"""
CLEAN = "int one(void) { return 1; }\n"
BROKEN = "#include <no_such_header.h>\nint one(void) { return 1; }\n"
HEADER = """\
#pragma once
#include <pthread.h>
static inline void stop(pthread_t thread) {
  pthread_cancel(thread);
}
"""
USES_HEADER = '#include "stop.h"\n'
CHECK = "[thread-stop-pthread-cancel]"
CLEAN_CODE, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


class LintTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="thread-stop-lint-")
        self.addCleanup(holder.cleanup)
        # Nothing above it is a project.
        self.root = pathlib.Path(holder.name).resolve() / "project"
        self.root.mkdir()

    def write(self, **files):
        """a__b_c stands for a/b.c"""
        for name, text in files.items():
            self.file(re.sub("_(c|cpp|h)$", r".\1",
                             name.replace("__", "/")), text)

    def file(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def database(self, where, *names, options=()):
        entries = [{"directory": str(self.root), "file": name, "arguments": [
            "cc", *options, "-c", name]} for name in names]
        return self.file(where + "compile_commands.json", json.dumps(entries))

    def environment(self, **more):
        return dict(os.environ, LLVM=real.LLVM, PLUGIN=str(real.PLUGIN),
                    JOBS="2", **more)

    def lint(self, *arguments, **more):
        done = subprocess.run(
            [str(LINT), *(str(word) for word in arguments or [self.root])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", check=False,
            env=self.environment(**more), timeout=300)
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stdout, done.stderr

    def fails(self, *parts, arguments=()):
        """Nothing could be done, and the one-line error has these parts."""
        code, out, err = self.lint(*arguments)
        self.assertEqual((FAILED, ""), (code, out))
        self.assertEqual(1, err.count("error:"), err)
        for part in parts:
            self.assertIn(part, err)

    def fake_tool(self, body):
        """A clang-tidy that knows our checks, and does something odd."""
        path = self.root.parent / "fake-clang-tidy"
        path.write_text(
            "#!/bin/sh\ncase \"$*\" in\n"
            "*-list-checks*) echo thread-stop-x; exit 0 ;;\nesac\n" + body,
            encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    # ---- Nothing to analyse ----

    def test_no_such_folder(self):
        missing = self.root / "missing"
        self.fails("there is no folder '%s'" % missing, arguments=[missing])

    def test_file_for_folder(self):
        self.write(a_c=CLEAN)
        self.fails("is not a folder", arguments=[self.root / "a.c"])

    def test_empty_folder(self):
        self.fails("there is no C or C++ file", str(self.root))

    def test_too_many_arguments(self):
        self.fails("usage:", arguments=[self.root, self.root])

    def test_no_plugin(self):
        self.write(a_c=CLEAN)
        done = subprocess.run(
            [str(LINT), str(self.root)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", check=False,
            env=dict(os.environ, LLVM=real.LLVM, PLUGIN="/no/such.so"))
        self.assertEqual(FAILED, done.returncode)
        self.assertIn("there is no plugin '/no/such.so'", done.stderr)

    # ---- Databases ----

    def test_broken_databases(self):
        self.write(a_c=CLEAN)
        for text, message in (
                ("[{", "is not valid JSON"),
                ("{}", "is not a list of compile commands"),
                ('[{"file": "a.c"}]', "entry 1 of"),
                ('[{"file": 1, "directory": "/", "command": "cc"}]',
                 "entry 1 of"),
                ("[]", "is empty")):
            with self.subTest(text=text):
                path = self.file("build/compile_commands.json", text)
                self.fails("'%s'" % path, message, "CMAKE_EXPORT")

    @unittest.skipIf(os.geteuid() == 0, "root can read all files")
    def test_unreadable_database(self):
        self.write(a_c=CLEAN)
        path = self.database("", "a.c")
        path.chmod(0)
        self.fails("cannot read '%s'" % path)

    def test_database_that_is_a_folder(self):
        self.write(a_c=CLEAN)
        (self.root / "compile_commands.json").mkdir()
        self.fails("cannot read '%s'" % (self.root / "compile_commands.json"))

    def test_where_databases_are_found(self):
        self.write(src__a_c="#ifdef WANTED\n" + CANCEL + "#endif\n")
        for where in ("", "build/", "build-debug/", "build/19/"):
            with self.subTest(where=where):
                path = self.database(where, "src/a.c", options=["-DWANTED"])
                code, out, err = self.lint()
                self.assertEqual((FINDINGS, ""), (code, err))
                self.assertIn("Compile commands: %scompile_commands.json" %
                              where, out)
                path.unlink()

    def test_database_further_up(self):
        self.write(src__a_c="#ifdef WANTED\n" + CANCEL + "#endif\n",
                   other__b_c=CANCEL)
        self.database("build/", "src/a.c", "other/b.c", options=["-DWANTED"])
        code, out, _ = self.lint(self.root / "src")
        self.assertEqual(FINDINGS, code)
        # Only what is in the folder, relative to it.
        self.assertIn("\na.c:", "\n" + out)
        self.assertNotIn("b.c", out)

    def test_build_folder_outside_the_sources(self):
        self.write(src__a_c=CANCEL)
        self.database("out/", "src/a.c")
        code, out, _ = self.lint(self.root / "out")
        self.assertEqual(FINDINGS, code)
        self.assertIn("\na.c:3:3: warning: ", "\n" + out)

    def test_options_of_other_compilers(self):
        self.write(a_c=CANCEL)
        self.database("", "a.c", options=[
            "-fno-such-gcc-option", "-Werror", "-Wall", "-Wno-such-warning"])
        code, out, _ = self.lint()
        self.assertEqual(FINDINGS, code, out)

    def test_no_database(self):
        self.write(a_c=CANCEL, include__b_h="", b_cpp="#include <b.h>\n" + CLEAN)
        code, out, err = self.lint()
        self.assertEqual(FINDINGS, code)
        self.assertIn("-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", err)
        self.assertIn("bear", err)
        self.assertIn("2 of 2 files analysed", out)
        self.assertIn("Compile commands: guessed", out)

    # ---- Reports ----

    def test_clean(self):
        self.write(a_c=CLEAN)
        self.database("", "a.c")
        code, out, err = self.lint()
        self.assertEqual((CLEAN_CODE, ""), (code, err))
        self.assertIn("No findings.", out)
        self.assertIn("1 of 1 file analysed", out)

    def test_header_seen_twice(self):
        self.write(stop_h=HEADER, a_c=USES_HEADER, b_c=USES_HEADER, c_c=CLEAN)
        self.database("", "a.c", "b.c", "c.c")
        code, out, _ = self.lint()
        self.assertEqual(FINDINGS, code)
        self.assertEqual(1, out.count(CHECK), out)
        self.assertIn("stop.h:4:3: warning: ", out)
        self.assertIn("stop.h:4:3: note: ", out)
        self.assertIn("1 finding in 1 file:\n"
                      "     1  thread-stop-pthread-cancel\n", out)
        self.assertIn("3 of 3 files analysed", out)

    def test_sorted_by_file_and_line(self):
        two = CANCEL + CANCEL.replace("stop", "stop2").split("\n", 1)[1]
        self.write(b_c=two, a_c=CANCEL)
        self.database("", "b.c", "a.c")
        _, out, _ = self.lint()
        self.assertEqual(["a.c:3", "b.c:3", "b.c:6"],
                         re.findall(r"^(\S+:\d+):\d+: warning", out, re.M))

    def test_finding_outside_the_folder(self):
        self.write(lib__stop_h=HEADER, src__a_c='#include "../lib/stop.h"\n')
        self.database("", "src/a.c")
        code, out, _ = self.lint(self.root / "src")
        self.assertEqual(CLEAN_CODE, code)
        self.assertIn("(1 more in files outside this folder)", out)

    def test_file_with_spaces(self):
        self.file("with space/my file.c", CANCEL)
        self.database("", "with space/my file.c")
        code, out, _ = self.lint()
        self.assertEqual(FINDINGS, code)
        self.assertIn("with space/my file.c:3:3: warning: ", out)

    # ---- Files that fail: the others are still reported ----

    def test_file_that_does_not_parse(self):
        self.write(a_c=CANCEL, b_c=BROKEN)
        self.database("", "a.c", "b.c")
        code, out, _ = self.lint()
        self.assertEqual(FAILED, code)
        self.assertIn("a.c:3:3: warning: ", out)
        self.assertIn("1 of 2 files analysed", out)
        self.assertIn("\n  b.c: does not parse: b.c:1:10: "
                      "'no_such_header.h' file not found\n", out)

    def test_file_that_is_gone(self):
        self.write(a_c=CANCEL)
        self.database("", "a.c", "gone.c")
        code, out, _ = self.lint()
        self.assertEqual(FAILED, code)
        self.assertIn("  gone.c: there is no such file", out)
        self.assertIn(CHECK, out)

    def test_crash(self):
        self.write(a_c=CLEAN)
        self.database("", "a.c")
        tool = self.fake_tool("kill -SEGV $$\n")
        code, out, _ = self.lint(CLANG_TIDY=tool)
        self.assertEqual(FAILED, code)
        self.assertIn("  a.c: clang-tidy crashed: SIGSEGV", out)

    def test_failure_without_a_word(self):
        self.write(a_c=CLEAN)
        self.database("", "a.c")
        code, out, _ = self.lint(CLANG_TIDY=self.fake_tool("exit 3\n"))
        self.assertEqual(FAILED, code)
        self.assertIn("  a.c: clang-tidy failed: exit code 3", out)

    def test_time_out(self):
        self.write(a_c=CLEAN, b_c=CLEAN)
        self.database("", "a.c", "b.c")
        tool = self.fake_tool("case \"$*\" in *a.c) sleep 60 ;; esac\n")
        begin = time.monotonic()
        code, out, _ = self.lint(CLANG_TIDY=tool, TIMEOUT="1")
        self.assertLess(time.monotonic() - begin, 30)
        self.assertEqual(FAILED, code)
        self.assertIn("  a.c: took more than 1 seconds", out)
        self.assertIn("1 of 2 files analysed", out)

    def test_interrupt(self):
        self.write(a_c=CLEAN, b_c=CLEAN)
        self.database("", "a.c", "b.c")
        mark = self.root.parent / "started"
        tool = self.fake_tool(
            "case \"$*\" in *b.c) echo $$ >'%s'; exec sleep 60 ;; esac\n"
            "echo '%s/a.c:1:1: warning: bad %s'\ntouch '%s.a'\n" % (
                mark, self.root, CHECK, mark))
        other = mark.with_suffix(".a")
        # In a group of its own, as a shell would start it.
        with subprocess.Popen(
                [str(LINT), str(self.root)], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, encoding="utf-8",
                env=self.environment(CLANG_TIDY=tool),
                start_new_session=True) as child:
            for _ in range(600):
                if (other.exists() and mark.exists()
                        and mark.read_text(encoding="utf-8")):
                    break
                time.sleep(0.1)
            time.sleep(1)  # until the end of a.c is noticed, too
            os.killpg(child.pid, signal.SIGINT)
            out, err = child.communicate(timeout=60)
        self.assertNotIn("Traceback", err)
        self.assertEqual(INTERRUPTED, child.returncode)
        self.assertIn("Interrupted: this is what was found until then.", out)
        self.assertIn("a.c:1:1: warning: bad " + CHECK, out)
        self.assertIn("1 of 2 files analysed", out)
        # What was running has ended.
        pid = int(mark.read_text(encoding="utf-8"))
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)


if __name__ == "__main__":
    unittest.main()
