#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The Debian packages: what they say, what is in them, and lintian."""

import hashlib
import itertools
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

from packages_env import BUILD, LLVM, MODULE, NAMES, SOURCE, packages, run

BAZEL = {"usr/share/thread-stop/bazel/" + file.name
         for file in (SOURCE / "tool/bazel").iterdir()}
PAGES = {"usr/share/doc/thread-stop/checks/" + page.name
         for page in (SOURCE / "docs/checks").glob("*.md")}
# What every C++ program needs, and what of it is needed depends on the compiler.
BASE = {"libc6", "libstdc++6", "libgcc-s1"}
# Severities below error that were looked at, see docs/packages.md.
KNOWN_TAGS = {"no-manual-page", "initial-upload-closes-no-bugs"}


def library_folder():
    return "usr/lib/" + run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()


def upstream_version():
    return packages()["libthread-stop0"].fields["Version"].rpartition("-")[0]


def expected_files():
    libs = library_folder()
    files = {
        "thread-stop-tidy": {"usr/lib/thread-stop/libthread-stop-tidy.so"},
        MODULE: {"usr/lib/thread-stop/%s.so" % MODULE},
        "thread-stop": {"usr/bin/thread-stop"} | BAZEL,
        "thread-stop-clangd": {"usr/bin/thread-stop-clangd"} | PAGES,
        "libthread-stop0": {libs + "/libthread_stop.so.0",
                            libs + "/libthread_stop.so." + upstream_version()},
        "libthread-stop-dev": {
            "usr/include/thread_stop.h", "usr/include/thread_stop.hpp",
            libs + "/libthread_stop.so", libs + "/libthread_stop.a",
            libs + "/pkgconfig/thread_stop.pc",
            libs + "/cmake/ThreadStop/ThreadStopConfig.cmake",
            libs + "/cmake/ThreadStop/ThreadStopConfigVersion.cmake",
            libs + "/cmake/ThreadStop/ThreadStopLint.cmake",
            libs + "/cmake/ThreadStop/ThreadStopTargets.cmake",
            libs + "/cmake/ThreadStop/ThreadStopTargets-release.cmake",
            "usr/share/thread-stop/vendor/thread_stop.c",
            "usr/share/thread-stop/vendor/thread_stop.h"},
    }
    for name in files:
        files[name] |= {"usr/share/doc/%s/%s" % (name, each) for each in (
            "copyright", "changelog.gz", "changelog.Debian.gz")}
    return {name: files[name] for name in NAMES}


class ControlTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.packages = packages()

    def depends(self, name):
        return self.packages[name].relations("Depends")

    def test_names(self):
        self.assertEqual(NAMES, set(self.packages))

    def test_fields(self):
        version = self.packages["thread-stop"].fields["Version"]
        architecture = run("dpkg", "--print-architecture").strip()
        sections = {"libthread-stop0": "libs", "libthread-stop-dev": "libdevel"}
        for name, package in self.packages.items():
            with self.subTest(name):
                self.assertEqual(version, package.fields["Version"])
                self.assertEqual(architecture, package.fields["Architecture"])
                self.assertEqual(sections.get(name, "devel"),
                                 package.fields["Section"])
                self.assertRegex(package.fields["Maintainer"], r"^.+ <.+@.+>$")
                self.assertLess(len(package.fields["Description"]), 80)

    def test_loader_needs_no_llvm(self):
        self.assertLessEqual(set(self.depends("thread-stop-tidy")), BASE)
        self.assertIn("thread-stop-tidy-22 | thread-stop-tidy-21 |",
                      self.packages["thread-stop-tidy"].fields["Recommends"])

    def test_module_needs_its_clang_tidy(self):
        depends = self.depends(MODULE)
        version = self.packages[MODULE].fields["Version"]
        self.assertLessEqual(set(depends), BASE | {"clang-tidy-" + LLVM,
                                                   "thread-stop-tidy"})
        self.assertEqual("= " + version, depends["thread-stop-tidy"])
        self.assertRegex(depends["clang-tidy-" + LLVM],
                         r"^>= 1:%s\.[0-9.]+~$" % LLVM)

    def test_programs_need_libraries_and_headers(self):
        for name in NAMES & {"thread-stop", "thread-stop-clangd"}:
            with self.subTest(name):
                llvm = {"libclang-cpp" + LLVM, "libllvm" + LLVM,
                        "libclang-common-%s-dev" % LLVM}
                if name == "thread-stop":
                    llvm.add("libsqlite3-0")
                self.assertLessEqual(llvm, set(self.depends(name)))
                self.assertFalse([n for n in self.depends(name)
                                  if n.startswith(("clang-", "libthread"))])

    def test_library(self):
        package = self.packages["libthread-stop0"]
        self.assertEqual({"libc6"}, set(self.depends("libthread-stop0")))
        self.assertEqual("libthread_stop 0 libthread-stop0 (>= %s)" %
                         upstream_version(),
                         (package.control_file("shlibs") or "").strip())
        self.assertEqual("activate-noawait ldconfig",
                         (package.control_file("triggers") or "").strip())
        self.assertEqual("= " + package.fields["Version"],
                         self.depends("libthread-stop-dev")["libthread-stop0"])

    def test_nothing_runs_at_installation(self):
        for name, package in self.packages.items():
            for script in ("preinst", "postinst", "prerm", "postrm"):
                self.assertIsNone(package.control_file(script), name)


class FilesTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.packages = packages()

    def test_files(self):
        for name, files in expected_files().items():
            with self.subTest(name):
                self.assertEqual(sorted(files), sorted(self.packages[name].files))

    def test_no_file_twice(self):
        for one, other in itertools.combinations(self.packages.values(), 2):
            self.assertEqual(set(), one.files & other.files,
                             (one.name, other.name))

    def test_owners_and_modes(self):
        for package in self.packages.values():
            for mode, owner, path in package.entries:
                self.assertEqual("root/root", owner, path)
                executable = mode[0] == "d" or path.startswith("usr/bin/") \
                    or path.endswith(".sh")
                if mode[0] != "l":
                    self.assertIn(mode[1:], ["rwxr-xr-x"] if executable else
                                  ["rw-r--r--"], path)

    def test_binaries(self):
        """Stripped, and with no path of the build in them."""
        binaries = 0
        with tempfile.TemporaryDirectory() as folder:
            for package in self.packages.values():
                run("dpkg-deb", "--extract", package.path, folder)
            for path in sorted(pathlib.Path(folder).rglob("*")):
                if path.is_symlink() or not path.is_file():
                    continue
                content = path.read_bytes()
                self.assertNotIn(os.fsencode(str(BUILD)), content, path)
                if content[:4] != b"\x7fELF":
                    continue
                binaries += 1
                self.assertNotRegex(run("readelf", "-SW", path),
                                    r" \.(symtab|debug_\w+) ", path)
                self.assertNotRegex(run("readelf", "-dW", path),
                                    r"\((RPATH|RUNPATH)\)", path)
        # One in each package, but in -dev.
        self.assertEqual(len(NAMES) - 1, binaries)

    def test_licence(self):
        with tempfile.TemporaryDirectory() as folder:
            for package in self.packages.values():
                run("dpkg-deb", "--extract", package.path, folder)
                path = "%s/usr/share/doc/%s/copyright" % (folder, package.name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                self.assertIn("/usr/share/common-licenses/Apache-2.0", text)
                self.assertIn("LLVM Exceptions to the Apache 2.0", text)


class LintianTest(unittest.TestCase):
    @unittest.skipUnless(shutil.which("lintian"), "there is no lintian")
    def test_lintian(self):
        paths = [package.path for package in packages().values()]
        _, out = run("lintian", "--allow-root", "--no-cfg",
                     "--tag-display-limit=0", *paths, check=False)
        print(out)
        errors = [line for line in out.splitlines() if line.startswith("E: ")]
        self.assertEqual([], errors)
        tags = {match.group(1) for match in
                re.finditer(r"^W: [^:]+: (\S+)", out, re.M)}
        self.assertLessEqual(tags, KNOWN_TAGS)


class ReproducibleTest(unittest.TestCase):
    def test_twice(self):
        def digests(folder):
            return {name: hashlib.sha256(package.path.read_bytes()).hexdigest()
                    for name, package in packages(folder).items()}
        self.assertEqual(digests("debs"), digests("again"))


if __name__ == "__main__":
    for program in ("dpkg-deb", "dpkg-shlibdeps", "cpack", "file", "readelf"):
        if not shutil.which(program):
            print("skipped: there is no " + program)
            sys.exit(77)
    unittest.main(verbosity=2)
