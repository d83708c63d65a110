#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The built libraries: what they export, and trap 12, thread-local storage."""

import errno
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
SHARED = BUILD / "lib" / "libthread_stop.so"
STATIC = BUILD / "lib" / "libthread_stop.a"
CONTROL = "thread_stop_control_1"

USE_COPIES = """\
import ctypes, sys
copies = [ctypes.CDLL(path) for path in sys.argv[1:]]
for copy in copies:
    assert copy.thread_stop_attach() == 0
for copy in copies:
    assert copy.thread_stop_detach() == 0
"""
STOP_ACROSS = """\
import ctypes, sys, threading
first, second = [ctypes.CDLL(path) for path in sys.argv[1:]]
assert first.thread_stop_attach() == 0
print(second.thread_stop_request(ctypes.c_ulong(threading.get_ident())))
"""


def run(*command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def declared():
    """The functions that the header declares."""
    text = (SOURCE / "runtime/include/thread_stop.h").read_text()
    names = set(re.findall(r"^THREAD_STOP_API [^;(]*?(\w+)\(", text, re.M))
    assert len(names) > 30, names
    return names


class Libraries(unittest.TestCase):
    def test_shared_exports_what_the_header_declares(self):
        exported = {line.split()[-1] for line in
                    run("nm", "-D", "--defined-only", SHARED).splitlines()}
        names = {name.split("@@")[0] for name in exported}
        self.assertEqual(names - {"THREAD_STOP_0"}, declared() | {CONTROL})
        for name in declared():
            self.assertIn(f"{name}@@THREAD_STOP_0", exported)

    def test_static_defines_nothing_else(self):
        """Names without our prefix could clash with a program's."""
        names = {line.split()[-1] for line in
                 run("nm", "-g", "--defined-only", STATIC).splitlines()
                 if len(line.split()) == 3}
        self.assertTrue(declared() <= names)
        self.assertEqual({name for name in names
                          if not name.startswith("thread_stop_")}, set())

    def test_shared_stays_and_has_a_name(self):
        dynamic = run("readelf", "-dW", SHARED)
        self.assertIn("Library soname: [libthread_stop.so.0]", dynamic)
        self.assertIn("NODELETE", dynamic)

    def test_thread_local_storage(self):
        """8 bytes, and no call of the dynamic linker that might allocate."""
        sizes = [int(line.split()[5], 16) for line in
                 run("readelf", "-lW", SHARED).splitlines()
                 if line.split()[:1] == ["TLS"]]
        self.assertEqual(sizes, [8])
        self.assertIn("STATIC_TLS", run("readelf", "-dW", SHARED))
        self.assertNotIn("__tls_get_addr", run("nm", "-D", SHARED))
        self.assertNotIn("__tls_get_addr", run("nm", STATIC))

    def test_no_executable_stack(self):
        lines = [line for line in run("readelf", "-lW", SHARED).splitlines()
                 if "GNU_STACK" in line]
        self.assertEqual(len(lines), 1)
        self.assertNotIn("E", lines[0].split()[6])

    def load_copies(self, count, flags=(), code=USE_COPIES, meet=True):
        """Loads that many libraries, each with a copy of its own, and runs
        the code: the process that did. Without meet, the copies do not share
        the symbol at which they find each other."""
        with tempfile.TemporaryDirectory() as folder:
            vendor = BUILD / "vendor"
            objects = os.path.join(folder, "copy.o")
            run("cc", "-O1", "-fPIC", "-pthread", *flags, "-c",
                vendor / "thread_stop.c", "-o", objects)
            copies = [os.path.join(folder, f"copy{i}.so")
                      for i in range(count)]
            for path in copies:
                if not meet:
                    number = copies.index(path)
                    run("objcopy", "--redefine-sym",
                        f"{CONTROL}=own_{number}", objects, path + ".o")
                run("cc", "-shared", "-pthread",
                    objects if meet else path + ".o", "-o", path)
            return subprocess.run([sys.executable, "-c", code, *copies],
                                  capture_output=True, text=True)

    def test_many_copies_fit_in_the_static_reserve(self):
        """50 libraries, 8 bytes each; also when others need some."""
        result = self.load_copies(50)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_copies_find_each_others_threads(self):
        """Trap 11; without the common symbol they do not."""
        for meet, error in ((True, 0), (False, errno.ESRCH)):
            result = self.load_copies(2, code=STOP_ACROSS, meet=meet)
            self.assertEqual(result.stdout, f"{error}\n", result.stderr)

    def test_larger_storage_does_not_fit(self):
        """The naive way: a buffer for each thread, of the same kind."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "large.h")
            with open(path, "w", encoding="utf-8") as file:
                file.write("__thread char large[256] __attribute__(("
                           "tls_model(\"initial-exec\"), used));\n")
            result = self.load_copies(50, ["-include", path])
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("static TLS block", result.stderr)


if __name__ == "__main__":
    unittest.main()
