#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The packages in a system that has nothing else: apt installs what they say they
need, they work, and when they are removed nothing is left."""

import os
import shutil
import sys
import unittest

import chroot
from packages_env import LLVM, MODULE, NAMES, SCRATCH, SOURCE, packages

LOADER = "/usr/lib/thread-stop/libthread-stop-tidy.so"
CHECK = "thread-stop-swapped-cancel-constant"
# stdatomic.h is one of clang's own headers.
SAMPLE = """\
#include <pthread.h>
#include <stdatomic.h>
atomic_int calls;
void shield(void) {
  int old;
  atomic_fetch_add(&calls, 1);
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old);
  pthread_setcanceltype(old, 0);
}
"""
FINDING = "sample.c:7:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type"
USER = """\
#include <thread_stop.h>
#include <errno.h>
static void *work(void *argument) {
  return thread_stop_sleep(1000) > 0 && errno == ECANCELED ? argument : 0;
}
int main(void) {
  pthread_t thread;
  void *result = 0;
  if (thread_stop_create(&thread, 0, work, &thread) != 0)
    return 2;
  return thread_stop_join(thread, &result) == 0 && result == &thread ? 0 : 1;
}
"""
CXX_USER = """\
#include <thread_stop.hpp>
int main() {
  bool stopped = false;
  { thread_stop::thread thread([&] { stopped = thread_stop_sleep(1000) > 0; }); }
  return stopped ? 0 : 1;
}
"""
PROJECT = """\
cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES C CXX)
find_package(ThreadStop 0.1 REQUIRED)
add_executable(shared user.c)
target_link_libraries(shared PRIVATE ThreadStop::thread_stop)
add_executable(static user.c)
target_link_libraries(static PRIVATE ThreadStop::thread_stop_static)
add_executable(cxx user.cpp)
set_target_properties(cxx PROPERTIES CXX_STANDARD 17)
target_link_libraries(cxx PRIVATE ThreadStop::thread_stop)
add_executable(vendored user.c vendor/thread_stop.c)
target_include_directories(vendored PRIVATE vendor)
set_target_properties(vendored PROPERTIES C_STANDARD 11)
find_package(Threads REQUIRED)
target_link_libraries(vendored PRIVATE Threads::Threads)
"""


class InstalledTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.packages = packages("debs-installed")
        cls.system = chroot.Chroot(SCRATCH)
        cls.addClassCleanup(cls.system.remove)
        cls.system.make()
        cls.debs = cls.system.root / "work/debs"
        cls.debs.mkdir()
        for package in cls.packages.values():
            shutil.copy(package.path, cls.debs)
        for name, text in (("sample.c", SAMPLE), ("user.c", USER),
                           ("user.cpp", CXX_USER), ("CMakeLists.txt", PROJECT)):
            (cls.system.root / "work" / name).write_text(text)
        shutil.copy(SOURCE / "test/clangd/findings.test",
                    cls.system.root / "work")

    def deb(self, name):
        return "/work/debs/" + self.packages[name].path.name

    def install(self, *names):
        self.system.apt("install", *map(self.deb, names))

    def run_in(self, script, **more):
        return self.system.run("sh", "-ec", script, **more)

    def test_all(self):
        """In this order: each stage has only what the ones before it need."""
        system = self.system
        # What users have who compile programs; nothing of LLVM.
        system.apt("install", "gcc", "g++", "libc6-dev", "pkg-config", "cmake",
                   "make")
        self.assertNotIn("llvm", system.run("dpkg-query", "-W"))
        before = system.files()
        for stage in (self.refused, self.runtime, self.program, self.clangd,
                      self.plugin, self.all_installed):
            print(stage.__name__, flush=True)
            stage()
        system.apt("purge", *sorted(NAMES))
        self.check_gone(before)

    def refused(self):
        """Alone, these lack something that only we have."""
        for name, needed in (("libthread-stop-dev", "libthread-stop0"),
                             (MODULE, "thread-stop-tidy")):
            code, out = self.system.apt("install", "--simulate", "-q=0",
                                        self.deb(name), check=False)
            self.assertNotEqual(0, code, out)
            self.assertIn("Depends: " + needed, out)

    def runtime(self):
        self.install("libthread-stop-dev", "libthread-stop0")
        self.assertIn("libthread_stop.so.0", self.run_in("ldconfig -p"))
        out = self.run_in(
            "flags=$(pkg-config --cflags --libs thread_stop)\n"
            "gcc -Wall -Werror user.c $flags -o user\n./user\nldd user\n"
            "g++ -std=c++17 user.cpp $flags -o user\n./user\n")
        self.assertRegex(out, r"libthread_stop\.so\.0 => /(usr/)?lib/")
        self.run_in(
            "cp -r /usr/share/thread-stop/vendor .\n"
            "gcc -std=c11 -pthread -Ivendor user.c vendor/thread_stop.c -o two\n"
            "./two\n! ldd two | grep thread_stop\n")
        self.run_in(
            "cmake -S . -B build\ncmake --build build\nfor program in shared"
            " static cxx vendored; do build/$program; done\n"
            "ldd build/shared | grep 'libthread_stop.so.0 => /'\n"
            "! ldd build/vendored | grep thread_stop\n")

    def program(self):
        self.install("thread-stop")
        code, out = self.run_in("thread-stop sample.c --", check=False)
        self.assertEqual(1, code, out)
        self.assertIn(FINDING, out)
        self.assertIn("1 finding in 1 file", out)
        self.assertIn("## Example", self.run_in(
            "thread-stop explain " + CHECK.replace("thread-stop-", "", 1)))

    def clangd(self):
        if "thread-stop-clangd" not in NAMES:
            return
        self.install("thread-stop-clangd")
        out = self.run_in("thread-stop-clangd --check=sample.c --check-warnings"
                          " --log=error 2>&1")
        self.assertIn(CHECK, out)
        out = self.run_in("thread-stop-clangd -lit-test < findings.test")
        page = "/usr/share/doc/thread-stop/checks/pthread-cancel.md"
        self.assertIn('"href": "file://%s"' % page, out)
        self.run_in("test -s " + page)

    def plugin(self):
        self.install("thread-stop-tidy", MODULE)
        command = ("clang-tidy-%s -load %s '-checks=-*,thread-stop-*' "
                   "-warnings-as-errors=%s sample.c --" % (LLVM, LOADER, CHECK))
        code, out = self.run_in(command, check=False)
        self.assertEqual(1, code, out)
        self.assertIn(FINDING.replace("warning", "error"), out)
        # What removes the module is seen, and not passed over.
        self.system.apt("remove", MODULE)
        code, out = self.run_in(command, check=False)
        self.assertEqual(3, code, out)
        self.assertIn("has no module for any LLVM", out)
        self.install(MODULE)

    def all_installed(self):
        out = self.system.run("dpkg", "--verify", *sorted(NAMES))
        self.assertEqual("", out)
        self.system.apt("check")
        states = self.system.run("dpkg-query", "-W", "-f=${Package} ${Status}\n",
                                 *sorted(NAMES))
        self.assertEqual(["%s install ok installed" % n for n in sorted(NAMES)],
                         sorted(states.splitlines()))

    def check_gone(self, before):
        left = self.system.files() - before
        ours = set()
        for package in self.packages.values():
            ours |= package.files | package.folders
        self.assertEqual(set(), left & ours)
        self.assertEqual([], sorted(
            path for path in left if not path.startswith("work")
            and ("thread-stop" in path or "thread_stop" in path)))
        self.assertNotIn("thread_stop", self.run_in("ldconfig -p"))
        self.assertNotIn("thread-stop", self.system.run("dpkg-query", "-W"))
        code, out = self.run_in("./user", check=False)
        self.assertEqual(127, code, out)


if __name__ == "__main__":
    reason = chroot.why_not()
    if reason:
        print("skipped: " + reason)
        sys.exit(77)
    for program in ("dpkg-deb", "dpkg-shlibdeps", "cpack", "file"):
        if not shutil.which(program):
            print("skipped: there is no " + program)
            sys.exit(77)
    os.umask(0o022)
    unittest.main(verbosity=2)
