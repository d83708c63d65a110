#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every symbol the module needs is there in clang-tidy, and the loader needs
none of LLVM's.

The linker cannot tell: clang-tidy's symbols must be left open. A missing one
would show only when the code that uses it runs.
"""

import re
import shutil
import unittest

from plugin_env import BUILD, LLVM, LOADER, MODULE, clang_tidy, run


def symbols(path, *options):
    done = run("nm", "-D", *options, path)
    if done.returncode:
        raise RuntimeError(done.stderr)
    # "00001234 T name@@VERSION", or "         U name".
    for line in done.stdout.splitlines():
        kind, name = line.split()[-2:]
        yield kind, name.split("@")[0]


def needed(path):
    """Undefined and not weak: those may stay undefined."""
    return {n for kind, n in symbols(path, "--undefined-only") if kind == "U"}


def libraries(path):
    """Path and all the libraries it loads."""
    done = run("ldd", path)
    return [path] + re.findall(r"=> (/\S+)", done.stdout)


def provided(*programs):
    return {name for program in programs for library in libraries(program)
            for _, name in symbols(library, "--defined-only")}


class SymbolsTest(unittest.TestCase):
    def test_clang_tidy_has_all_the_module_needs(self):
        host = provided(shutil.which(clang_tidy(LLVM)), MODULE)
        self.assertGreater(len(host), 10000)
        missing = needed(MODULE) - host
        if "__asan_init" in missing:
            self.skipTest("built with a sanitizer")
        self.assertFalse(missing, "clang-tidy-%d lacks:\n%s" % (
            LLVM, run("c++filt", *sorted(missing)).stdout if missing else ""))

    def test_module_links_no_llvm(self):
        # A second copy of the libraries would register everything twice.
        dynamic = run("readelf", "-d", MODULE).stdout
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
            self.assertNotRegex(name, "clang-cpp|LLVM")

    def test_module_exports_nothing(self):
        ours = [n for _, n in symbols(MODULE, "--defined-only")
                if "thread_stop" in n]
        self.assertEqual(ours, [])

    def test_loader_is_free_of_llvm(self):
        for name in needed(LOADER):
            self.assertNotRegex(run("c++filt", name).stdout, "clang|llvm|LLVM")

    def test_loader_exports_nothing(self):
        names = {n for kind, n in symbols(LOADER, "--defined-only")
                 if kind not in "wWVvu"}
        self.assertEqual(names - {"_init", "_fini"}, set())

    def test_where_the_libraries_are(self):
        self.assertEqual(sorted(p.name for p in (BUILD / "lib").iterdir()
                                if "thread-stop-tidy" in p.name),
                         [LOADER.name, MODULE.name])


if __name__ == "__main__":
    unittest.main(verbosity=2)
