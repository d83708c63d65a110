#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Apply a check's fixes to a program, compile it and run it.

Usage: fix_and_run.py FILE CHECK TEMP CLANG-TIDY PLUGIN COMPILER...

The program ends with 0 if all is as it should be. It must fail before the
fixes, and with them succeed with every compiler that is installed; the fixed
code must be clean under the check.
"""

import os
import shutil
import subprocess
import sys


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8",
                          timeout=60, check=False)
    print("$", " ".join(command), "\n" + done.stdout, flush=True)
    return done.returncode


def compile_and_run(compiler, source, program):
    if run(compiler, "-Wall", "-Wextra", "-Werror", "-pthread", source, "-o",
           program):
        sys.exit("does not compile: " + source)
    return run(program)


def main():
    source, check, temp, clang_tidy, plugin, *compilers = sys.argv[1:]
    extension = os.path.splitext(source)[1]
    fixed, program = temp + ".fixed" + extension, temp + ".exe"
    shutil.copy(source, fixed)
    tidy = [clang_tidy, "-load=" + plugin, "-checks=-*," + check, "-config={}"]
    if run(*tidy, "-fix", fixed, "--") != 0:
        sys.exit("the fixes were not applied")
    if run(*tidy, "-warnings-as-errors=*", fixed, "--") != 0:
        sys.exit("the fixed code is not clean")
    installed = [c for c in compilers if shutil.which(c)]
    if not installed:
        sys.exit("no compiler: " + " ".join(compilers))
    for compiler in installed:
        if compile_and_run(compiler, source, program) == 0:
            sys.exit("the program shows nothing: it succeeds without fixes")
        if compile_and_run(compiler, fixed, program) != 0:
            sys.exit("the fixed program fails, built by " + compiler)


if __name__ == "__main__":
    main()
