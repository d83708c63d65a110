#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The built libraries: what they export, and trap 12, thread-local storage."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
SHARED = BUILD / "lib" / "libthread_stop.so"
STATIC = BUILD / "lib" / "libthread_stop.a"
CONTROL = "thread_stop_control_1"


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

    def test_many_libraries_with_such_storage_load(self):
        """The reserve of static storage also holds other libraries' needs."""
        code = ("import ctypes, sys\n"
                "lib = ctypes.CDLL(sys.argv[1])\n"
                "assert lib.thread_stop_attach() == 0\n"
                "assert lib.thread_stop_detach() == 0\n")
        subprocess.run([sys.executable, "-c", code, SHARED], check=True)


if __name__ == "__main__":
    unittest.main()
