# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the built libraries share: paths, tools, other LLVMs.

A test of all LLVMs needs a module for each. One from build/<major> is taken if
it is there, else a tiny one is built from VersionGuard.cpp and one check.
"""

import os
import pathlib
import shutil
import subprocess

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
LLVM = int(os.environ["THREAD_STOP_LLVM"])
LOADER = BUILD / "lib" / "libthread-stop-tidy.so"
REFUSED = 3

HERE = pathlib.Path(__file__).resolve().parent


def module_name(major):
    return "thread-stop-tidy-%d.so" % major


MODULE = BUILD / "lib" / module_name(LLVM)


def run(*command, **more):
    return subprocess.run([str(word) for word in command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", errors="replace", check=False,
                          **more)


def clang_tidy(major):
    return "clang-tidy-%d" % major


def llvm_root(major):
    return pathlib.Path("/usr/lib/llvm-%d" % major)


def installed_majors():
    """Those that can build a module and run it."""
    return [major for major in range(14, 23)
            if shutil.which(clang_tidy(major))
            and shutil.which("clang++-%d" % major)
            and (llvm_root(major) / "include/clang-tidy/ClangTidyCheck.h")
            .exists()]


def tiny_module(major):
    """A module for that LLVM with one check; kept for the next run."""
    shared = SOURCE / "build"
    folder = (shared if BUILD.parent == shared else BUILD) / "tiny-modules"
    folder.mkdir(parents=True, exist_ok=True)
    sources = [SOURCE / "checks/loader/VersionGuard.cpp",
               HERE / "Inputs/Tiny.cpp"]
    result = folder / module_name(major)
    newest = max(s.stat().st_mtime for s in sources)
    if result.exists() and result.stat().st_mtime > newest:
        return result
    part = result.with_suffix(".%d.tmp" % os.getpid())
    done = run("clang++-%d" % major, "-std=c++17", "-fPIC", "-O0", "-shared",
               "-fno-exceptions", "-fvisibility=hidden", "-D_GNU_SOURCE",
               "-isystem", llvm_root(major) / "include", "-o", part, *sources)
    if done.returncode:
        raise RuntimeError("cannot build a module for LLVM %d:\n%s" %
                           (major, done.stderr))
    part.rename(result)
    return result


def module_for(major):
    """The module of that LLVM, ours if it was built."""
    built = SOURCE / "build" / str(major) / "lib" / module_name(major)
    if major == LLVM:
        return MODULE
    return built if built.exists() else tiny_module(major)


def list_checks(major, library, checks="-*,thread-stop-*", **more):
    return run(clang_tidy(major), "-load", library, "-checks=" + checks,
               "-list-checks", **more)
