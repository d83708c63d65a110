# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tests of glibc's threads as real code to analyse.

They come from Debian's package glibc-source, are unpacked into the build
folder, and are compiled against the C library that is installed. Headers that
only a configured glibc has are replaced by small ones of our own.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from lint_tidy import Job

PACKAGE = "glibc-source"
ARCHIVES = "/usr/src/glibc/glibc-*.tar.xz"
# The version test/real/glibc-nptl.tsv was written for.
LISTED_VERSION = "2.36"
TESTS = ("nptl/tst-*.c", "sysdeps/pthread/tst-*.c")
WANTED = ("nptl/*.c", "nptl/*.h", "sysdeps/pthread/*.c", "sysdeps/pthread/*.h",
          "sysdeps/nptl/*.h", "support/*.c", "support/*.h", "test-skeleton.c",
          "posix/tst-vfork*.c", "argp/tst-argp1.c", "include/array_length.h",
          "include/libc-diag.h", "include/libc-pointer-arith.h")
# Those of WANTED that the tests include without their folder.
LATE_HEADERS = "include"
INCLUDES = (".", "support", "nptl", "sysdeps/pthread", "sysdeps/nptl")
STUBS = {
    "config.h": "",
    "atomic.h": """\
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#define atomic_load_relaxed(memory) __atomic_load_n (memory, __ATOMIC_RELAXED)
#define atomic_store_relaxed(memory, value) \\
  __atomic_store_n (memory, value, __ATOMIC_RELAXED)
#define atomic_exchange_relaxed(memory, value) \\
  __atomic_exchange_n (memory, value, __ATOMIC_RELAXED)
#define atomic_fetch_add_relaxed(memory, value) \\
  __atomic_fetch_add (memory, value, __ATOMIC_RELAXED)
#define atomic_compare_and_exchange_bool_acq(memory, new, old) \\
  !__sync_bool_compare_and_swap (memory, old, new)
""",
    # Old versions of symbols matter to the linker only.
    "shlib-compat.h": """\
#define TEST_COMPAT(library, introduced, obsoleted) 0
#define compat_symbol_reference(library, local, symbol, version) \\
  extern int thread_stop_stub
""",
    "internal-signals.h": "#include <signal.h>\n#define SIGCANCEL 32\n",
    "elf/dl-tunables.h": "#define HAVE_TUNABLES 0\n",
}


class Unavailable(Exception):
    """Says why there is nothing to analyse."""


def archive():
    """The newest archive; installs the package if there is none."""
    found = sorted(glob.glob(ARCHIVES))
    if not found:
        install()
        found = sorted(glob.glob(ARCHIVES))
    if not found:
        raise Unavailable("the package %s brought no %s" % (PACKAGE, ARCHIVES))
    return found[-1]


def install():
    if not shutil.which("apt-get"):
        raise Unavailable("the package %s is not installed, and there is no "
                          "apt-get to install it with" % PACKAGE)
    root = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise Unavailable("the package %s is not installed, and there is "
                              "no sudo to install it with" % PACKAGE)
        # Nobody is there to be asked when a test runs.
        root = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    sys.stderr.write("lint: installing %s\n" % PACKAGE)
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    # An unreachable source of many is no reason to stop.
    subprocess.run(root + ["apt-get", "update", "-qq"], stdout=sys.stderr,
                   check=False)
    done = subprocess.run(
        root + environment + ["apt-get", "install", "-y", "-qq",
                              "--no-install-recommends", PACKAGE],
        stdout=sys.stderr, check=False)
    if done.returncode:
        raise Unavailable("apt-get could not install %s" % PACKAGE)


def version(path):
    match = re.search(r"glibc-(\d+\.\d+)", os.path.basename(path))
    return match.group(1) if match else "unknown"


def unpack(path, build):
    """The folder with the sources; unpacked anew if anything has changed."""
    state = os.stat(path)
    stamp = repr((path, state.st_size, int(state.st_mtime), WANTED,
                  sorted(STUBS.items())))
    folder = os.path.join(build, "glibc-nptl")
    if read(os.path.join(folder, "stamp")) == stamp:
        return folder
    os.makedirs(build, exist_ok=True)
    # Whoever else does the same now finishes with the same folder.
    fresh = tempfile.mkdtemp(prefix="glibc-nptl-", dir=build)
    try:
        os.chmod(fresh, 0o755)
        subprocess.run(
            ["tar", "-xJf", path, "-C", fresh, "--strip-components=1",
             "--wildcards", "--no-wildcards-match-slash"] +
            ["*/" + pattern for pattern in WANTED], check=True,
            stdin=subprocess.DEVNULL)
        for name, text in STUBS.items():
            stub = os.path.join(fresh, "stubs", name)
            os.makedirs(os.path.dirname(stub), exist_ok=True)
            with open(stub, "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(fresh, "stamp"), "w", encoding="utf-8") as file:
            file.write(stamp)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            os.rename(fresh, folder)
        except OSError:
            if read(os.path.join(folder, "stamp")) != stamp:
                raise
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable("cannot unpack %s: %s" % (path, error)) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def jobs(folder):
    """One for each test.

    A missing declaration is an error for newer versions of clang only; the
    lists are the same for all.
    """
    options = ["cc", "-std=gnu11", "-D_GNU_SOURCE", "-pthread",
               "-Wno-implicit-function-declaration", "-Istubs",
               "-Dattribute_hidden="]
    options += ["-I" + include for include in INCLUDES]
    options += ["-idirafter", LATE_HEADERS, "-c"]
    names = []
    for pattern in TESTS:
        names += sorted(glob.glob(os.path.join(glob.escape(folder), pattern)))
    return [Job(name, [{"directory": folder, "arguments": options + [name]}])
            for name in names]
