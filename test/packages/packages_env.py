# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the packages share: making them, and reading them."""

import functools
import os
import pathlib
import re
import subprocess

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
LLVM = os.environ["THREAD_STOP_LLVM"]
# Downloads and packages are kept: apt and debootstrap check what they find.
SCRATCH = BUILD / "package-test"

MODULE = "thread-stop-tidy-" + LLVM
NAMES = {"thread-stop-tidy", MODULE, "thread-stop", "libthread-stop0",
         "libthread-stop-dev"}
if (BUILD / "bin/thread-stop-clangd").exists():
    NAMES.add("thread-stop-clangd")


def run(*command, check=True, **more):
    """The output, both streams; other exit codes than 0 are errors."""
    done = subprocess.run([str(word) for word in command],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8",
                          errors="replace", check=False, **more)
    if check and done.returncode:
        raise AssertionError("%s: exit code %d\n%s" % (
            " ".join(map(str, command)), done.returncode, done.stdout[-6000:]))
    return done.stdout if check else (done.returncode, done.stdout)


class Package:
    def __init__(self, path):
        self.path = path
        self.fields = {}
        for line in run("dpkg-deb", "--field", path).splitlines():
            if not line.startswith(" "):
                name, _, value = line.partition(": ")
                self.fields[name] = value
        self.name = self.fields["Package"]
        # mode, owner, path; ./usr/bin/x is told as usr/bin/x
        self.entries = [
            (words[0], words[1], words[5].partition(" -> ")[0][2:])
            for words in (line.split(None, 5) for line in run(
                "dpkg-deb", "--contents", path).splitlines())]
        self.folders = {e[2].rstrip("/") for e in self.entries
                        if e[0][0] == "d"} - {""}
        self.files = {e[2] for e in self.entries if e[0][0] != "d"}

    def relations(self, field):
        """{name: version} of Depends and its like; alternatives are one name."""
        found = {}
        for part in self.fields.get(field, "").split(", "):
            match = re.fullmatch(r"([^(]+?)(?: \((.*)\))?", part)
            if match:
                found[match.group(1)] = match.group(2)
        return found

    def control_file(self, name):
        code, text = run("dpkg-deb", "--info", self.path, name, check=False)
        return None if code else text


@functools.lru_cache(maxsize=None)
def packages(folder="debs"):
    """{name: Package}, made from what is built, without building it. Tests that
    may run at the same time need a folder each."""
    folder = SCRATCH / folder
    run("cmake", "-E", "rm", "-rf", folder)
    # A date that no file here has: it comes from nowhere else.
    run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder,
        env=dict(os.environ, SOURCE_DATE_EPOCH="1700000000"), cwd=BUILD)
    found = [Package(path) for path in sorted(folder.glob("*.deb"))]
    return {package.name: package for package in found}
