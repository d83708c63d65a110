#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole programs are migrated, built against the runtime and run.

Each program in programs/ and examples/ works when its threads are cancelled,
and says by its exit status whether all threads ended, handlers ran and locks
are free. It must do so as well after thread-stop-migrate has changed it, with
nothing leaked; and there must be nothing left to migrate then.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("THREAD_STOP_SOURCE") or
                      pathlib.Path(__file__).resolve().parents[2])
LLVM = os.environ.get("THREAD_STOP_LLVM", "19")
BUILD = pathlib.Path(os.environ.get("THREAD_STOP_BUILD") or
                     SOURCE / "build" / LLVM)
# The runtime's folder, if it is not beside the checks.
RUNTIME = pathlib.Path(os.environ.get("THREAD_STOP_RUNTIME") or
                       SOURCE / "runtime")
PLUGIN = BUILD / "lib" / "libthread-stop-tidy.so"
TIDY = ["clang-tidy-" + LLVM, "-load", str(PLUGIN), "-config={}",
        "-checks=-*,thread-stop-migrate"]
PROGRAMS = sorted((SOURCE / "test/migrate/programs").glob("*.c*"))
# What the examples say at their end. A wrong one may be right afterwards.
EXAMPLES = {
    "bank_transfer.c": "lost 0",
    "bank_transfer_wrong.c": "lost 5",
    "file_writers.c": "folder empty",
    "signal_reader_wrong.c": "lock free",
}
# What programs say only when the thread leaves by its own way.
ALSO = {
    "capture.c": "unmapped 4",
    "closed_input.c": "freed 1 and 1",
    "mail_poller.c": "given back 1",
    "record_writer.c": "next descriptor 3",
}
# A cancel loses memory there, or leaves a stack that AddressSanitizer does not
# take for an empty one: they run without it before they are migrated.
LOSES = {"capture.c", "closed_input.c", "mail_poller.c", "serial_port.c"}
# Cannot be migrated, and is left as it is.
LEFT = {"file_writers_wrong.c": "cancelled at any instruction"}
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-error=unused-result"]
SANITIZE = ["-fsanitize=address", "-fno-omit-frame-pointer", "-g", "-O1"]
SKIPPED = 77
FORBIDDEN = ("pthread_cancel(", "pthread_create(", "pthread_testcancel(")


def run(*command, timeout=120):
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", timeout=timeout,
                          check=False)
    return done.returncode, done.stdout


def compiler(path):
    return ["g++", "-std=c++17"] if path.suffix == ".cpp" \
        else ["gcc", "-std=gnu11"]


class MigrateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        objects = []
        for source in sorted((RUNTIME / "src").glob("*.c")):
            objects.append(str(cls.folder / (source.stem + ".o")))
            status, output = run(
                "gcc", "-std=c11", *SANITIZE, "-pthread", "-c", str(source),
                "-I", str(RUNTIME / "include"), "-o", objects[-1])
            if status:
                raise RuntimeError(output)
        cls.library = str(cls.folder / "libthread_stop.a")
        status, output = run("ar", "rcs", cls.library, *objects)
        if status:
            raise RuntimeError(output)

    def build(self, source, sanitize=True):
        program = str(source) + ".exe"
        options = [*SANITIZE, self.library] if sanitize else ["-O1"]
        status, output = run(*compiler(source), *WARNINGS, "-pthread", "-I",
                             str(RUNTIME / "include"), str(source), *options,
                             "-o", program)
        self.assertEqual(0, status, output)
        return program

    def migrate(self, source):
        """clang-tidy's words; the code is changed."""
        status, output = run(*TIDY, "-fix", str(source), "--", "-pthread",
                             "-I", str(RUNTIME / "include"))
        self.assertEqual(0, status, output)
        self.assertNotIn("error:", output)
        return output

    def is_done(self, source):
        code = source.read_text(encoding="utf-8")
        for call in FORBIDDEN:
            self.assertNotIn(call, code)
        self.assertEqual(1, code.count("#include <thread_stop.h>"))
        output = self.migrate(source)
        self.assertNotIn("[thread-stop-migrate]", output)
        self.assertEqual(code, source.read_text(encoding="utf-8"))

    def copy(self, path):
        source = self.folder / path.name
        shutil.copy(path, source)
        return source

    def check_run(self, source, says="", sanitize=True):
        # Several times: the request comes at other moments.
        program = self.build(source, sanitize)
        for _ in range(5):
            status, output = run(program, timeout=60)
            self.assertEqual(0, status, output)
            self.assertIn(says, output)
            self.assertNotIn("Sanitizer", output)

    def check_clang(self, source):
        """clang has other warnings."""
        name, standard = compiler(source)
        clang = "clang++" if name == "g++" else "clang"
        status, output = run(
            clang + "-" + LLVM, standard, *WARNINGS, "-pthread",
            "-fsyntax-only", "-I", str(RUNTIME / "include"), str(source))
        self.assertEqual(0, status, output)

    def test_programs(self):
        self.assertGreaterEqual(len(PROGRAMS), 5)
        for path in PROGRAMS:
            with self.subTest(path.name):
                source = self.copy(path)
                self.check_run(source, sanitize=path.name not in LOSES)
                self.assertIn("[thread-stop-migrate]", self.migrate(source))
                self.is_done(source)
                self.check_run(source, ALSO.get(path.name, ""))
                self.check_clang(source)

    def test_examples(self):
        for name, says in EXAMPLES.items():
            with self.subTest(name):
                source = self.copy(SOURCE / "examples" / name)
                self.assertIn("[thread-stop-migrate]", self.migrate(source))
                self.is_done(source)
                self.check_run(source, says)

    def test_what_is_left(self):
        for name, reason in LEFT.items():
            with self.subTest(name):
                original = SOURCE / "examples" / name
                source = self.copy(original)
                self.assertIn(reason, self.migrate(source))
                self.assertEqual(original.read_text(encoding="utf-8"),
                                 source.read_text(encoding="utf-8"))

    def test_note_of_pthread_cancel(self):
        """What thread-stop-pthread-cancel offers compiles."""
        for name in ("stop.c", "stop.cpp"):
            source = self.folder / name
            source.write_text("#include <pthread.h>\n"
                              "int stop(pthread_t t) {\n"
                              "  return pthread_cancel(t);\n}\n",
                              encoding="utf-8")
            status, output = run(
                *TIDY[:-1], "-checks=-*,thread-stop-pthread-cancel",
                "-fix-notes", str(source), "--")
            self.assertEqual(0, status, output)
            code = source.read_text(encoding="utf-8")
            self.assertIn("return thread_stop_request(t);", code)
            self.assertIn("#include <thread_stop.h>", code)
            status, output = run(
                *compiler(source), "-Wall", "-Wextra", "-Werror", "-c", "-I",
                str(RUNTIME / "include"), str(source), "-o",
                str(source) + ".o")
            self.assertEqual(0, status, output)


if __name__ == "__main__":
    if not (RUNTIME / "include/thread_stop.h").exists() or \
            not shutil.which("gcc"):
        print("skipped: no runtime, or no gcc")
        sys.exit(SKIPPED)
    unittest.main()
