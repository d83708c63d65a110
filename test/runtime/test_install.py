#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is installed can be used: through CMake, pkg-config, and as two files;
also after the folder was moved."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])

PROGRAM = """\
#include <thread_stop.h>
#include <errno.h>
static void *work(void *argument) {
  (void)argument;
  return thread_stop_sleep(1000) > 0 && errno == ECANCELED ? &errno : 0;
}
int main(void) {
  pthread_t thread;
  void *result = 0;
  if (thread_stop_create(&thread, 0, work, 0) != 0)
    return 2;
  if (thread_stop_signal() == THREAD_STOP_EVENTFD)
    return 3;
  return thread_stop_join(thread, &result) == 0 && result ? 0 : 1;
}
"""
CXX_PROGRAM = """\
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
"""
VENDORING = """\
cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES C)
find_package(Threads REQUIRED)
add_library(stop STATIC vendor/thread_stop.c)
target_include_directories(stop PUBLIC vendor)
target_link_libraries(stop PUBLIC Threads::Threads)
set_target_properties(stop PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
target_compile_options(stop PRIVATE -Wall -Wextra -pedantic -Werror)
add_executable(user user.c)
target_link_libraries(user PRIVATE stop)
"""


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True,
                          capture_output=True, text=True, timeout=200,
                          **options).stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        run("cmake", "--install", BUILD, "--component", "runtime", "--prefix",
            cls.folder / "first")
        (cls.folder / "first").rename(cls.folder / "moved")
        cls.prefix = cls.folder / "moved"
        (cls.folder / "user.c").write_text(PROGRAM)
        (cls.folder / "user.cpp").write_text(CXX_PROGRAM)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def library_folder(self):
        return next(self.prefix.rglob("libthread_stop.so")).parent

    def compile_and_run(self, compiler, *options):
        program = self.folder / "program"
        run(compiler, "-std=c11", self.folder / "user.c", *options, "-pthread",
            "-o", program)
        environment = dict(os.environ)
        environment["LD_LIBRARY_PATH"] = str(self.library_folder())
        run(program, env=environment)

    def test_cmake(self):
        (self.folder / "CMakeLists.txt").write_text(PROJECT)
        build = self.folder / "build"
        run("cmake", "-S", self.folder, "-B", build,
            f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        for program in ("shared", "static", "cxx"):
            run(build / program)
        self.assertIn("libthread_stop.so.0", run("readelf", "-d",
                                                 build / "shared"))
        self.assertNotIn("libthread_stop", run("readelf", "-d",
                                               build / "static"))
        self.assertIn("thread_stop_control_1",
                      run("nm", "-D", build / "static"))

    def test_subdirectory(self):
        """In a tree that has no version, and other names."""
        tree = self.folder / "tree"
        tree.mkdir()
        for name in ("user.c", "user.cpp"):
            shutil.copy(self.folder / name, tree)
        (tree / "CMakeLists.txt").write_text(PROJECT.replace(
            "find_package(ThreadStop 0.1 REQUIRED)",
            f"add_subdirectory({SOURCE / 'runtime'} runtime)"))
        run("cmake", "-S", tree, "-B", tree / "build")
        run("cmake", "--build", tree / "build")
        for program in ("shared", "static", "cxx"):
            run(tree / "build" / program)

    def test_vendored(self):
        """The two files in a project that CMake builds, strictly."""
        tree = self.folder / "vendoring"
        shutil.copytree(self.prefix / "share/thread-stop/vendor",
                        tree / "vendor")
        shutil.copy(self.folder / "user.c", tree)
        (tree / "CMakeLists.txt").write_text(VENDORING)
        run("cmake", "-S", tree, "-B", tree / "build")
        run("cmake", "--build", tree / "build")
        run(tree / "build/user")
        self.assertNotIn("libthread_stop", run("readelf", "-d",
                                               tree / "build/user"))

    @unittest.skipUnless(shutil.which("pkg-config"), "no pkg-config")
    def test_pkg_config(self):
        environment = dict(os.environ)
        environment["PKG_CONFIG_PATH"] = str(self.library_folder()
                                             / "pkgconfig")
        flags = run("pkg-config", "--cflags", "--libs", "thread_stop",
                    env=environment).split()
        self.assertNotIn("first", " ".join(flags))
        self.compile_and_run("cc", *flags)
        # Statically, as building.md says.
        flags = run("pkg-config", "--cflags", "--libs-only-L", "thread_stop",
                    env=environment).split()
        self.compile_and_run(
            "cc", *flags, "-l:libthread_stop.a", "-Wl,-z,nodelete",
            "-Wl,--export-dynamic-symbol=thread_stop_control_1")
        self.assertNotIn("libthread_stop", run("readelf", "-d",
                                               self.folder / "program"))

    def test_two_files(self):
        vendor = self.prefix / "share/thread-stop/vendor"
        self.assertEqual({path.name for path in vendor.iterdir()},
                         {"thread_stop.c", "thread_stop.h"})
        for compiler in ("gcc", "clang", "musl-gcc"):
            if not shutil.which(compiler):
                continue
            for options in ((), ("-O2",), ("-O2", "-flto")):
                if "-flto" in options and compiler != "gcc":
                    continue
                with self.subTest(compiler=compiler, options=options):
                    self.compile_and_run(compiler, "-pedantic", "-Wall",
                                         "-Wextra", "-Werror", *options,
                                         f"-I{vendor}",
                                         vendor / "thread_stop.c")

    def test_no_signal(self):
        """With THREAD_STOP_NO_SIGNAL, eventfds are the default."""
        vendor = self.prefix / "share/thread-stop/vendor"
        with self.assertRaises(subprocess.CalledProcessError) as raised:
            self.compile_and_run("cc", "-DTHREAD_STOP_NO_SIGNAL",
                                 f"-I{vendor}", vendor / "thread_stop.c")
        self.assertEqual(raised.exception.returncode, 3)

    def test_header_alone(self):
        """It needs no feature macro, in C11 and in C++17."""
        for compiler, standard, name in (("cc", "c11", "user.c"),
                                         ("c++", "c++17", "user.cpp")):
            run(compiler, f"-std={standard}", "-pedantic", "-Wall", "-Wextra",
                "-Werror", f"-I{self.prefix / 'include'}", "-fsyntax-only",
                self.folder / name)


if __name__ == "__main__":
    unittest.main()
