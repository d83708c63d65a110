# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the program share: a project in a folder of its own, and
runs of the program in it, with a cache of its own.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
LLVM = os.environ["THREAD_STOP_LLVM"]
PROGRAM = BUILD / "bin" / "thread-stop"

CLEAN, FINDINGS, FAILED = 0, 1, 2
LIMIT = 120  # seconds for one run
NOBODY = 65534
# The index of a file that was written a moment ago is not kept: it may be
# written again within one tick of the clock of its file system.
AGE = 60

CANCEL = "thread-stop-pthread-cancel"
SWAPPED = "thread-stop-swapped-cancel-constant"

# One finding, without a fix.
BAD = """#include <pthread.h>
void stop(pthread_t t) {
  pthread_cancel(t);
}
"""
# One finding, in line 4, with a fix.
FIXABLE = """#include <pthread.h>
void calm(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, &old);
}
"""
FIXED = FIXABLE.replace("setcancelstate", "setcanceltype")
# Mentions nothing that a check needs.
IRRELEVANT = "int add(int a, int b) { return a + b; }\n"
# Relevant, and fine.
FINE = """#include <pthread.h>
int make(pthread_t *t, void *(*f)(void *)) {
  return pthread_create(t, 0, f, 0);
}
"""


def environment(folder, **more):
    """Nothing of the user's: no cache, configuration of git, or colours."""
    result = {key: value for key, value in os.environ.items()
              if not key.startswith(("GIT_", "CPATH", "C_INCLUDE", "CPLUS_"))}
    for name in ("NO_COLOR", "PWD", "OLDPWD", "CCC_OVERRIDE_OPTIONS"):
        result.pop(name, None)
    result.update(HOME=str(folder / "home"), LC_ALL="C.UTF-8",
                  XDG_CACHE_HOME=str(folder / "xdg"), TERM="xterm",
                  XDG_CONFIG_HOME=str(folder / "home"),
                  GIT_CONFIG_NOSYSTEM="1")
    result.update({key: str(value) for key, value in more.items()})
    return result


class Done:
    """A run that has ended."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def report(self):
        return json.loads(self.out)

    @property
    def counts(self):
        return self.report["counts"]

    @property
    def keys(self):
        return keys(self.report)

    @property
    def all(self):
        return "exit code %d\n%s%s" % (self.code, self.out, self.err)


def keys(report):
    """(file, line, check without its prefix) of each finding."""
    return [(f["location"]["file"], f["location"]["line"],
             f["check"][len("thread-stop-"):]) for f in report["findings"]]


class ToolTest(unittest.TestCase):
    """One project in self.root, which is the working directory."""
    maxDiff = None

    def setUp(self):
        # Not below a folder of ours that has a database, or is a repository.
        holder = tempfile.TemporaryDirectory(prefix="thread-stop-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(os.path.realpath(holder.name))
        self.folder.chmod(0o755)
        self.root = self.folder / "project"
        self.root.mkdir()
        (self.folder / "home").mkdir()

    def write(self, name, text="", age=AGE):
        """A file of the project, as if it were `age` seconds old."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        path.write_bytes(data)
        then = time.time() - age
        os.utime(path, (then, then))
        return path

    def read(self, name):
        return (self.root / name).read_bytes().decode()

    def database(self, files, flags=(), folder=".", directory=None):
        """`files`: names, or (name, flags) where they differ."""
        entries = []
        for file in files:
            name, own = (file, ()) if isinstance(file, str) else file
            entries.append({
                "directory": str(directory or self.root), "file": str(name),
                "arguments": ["cc", *flags, *own, "-c", str(name)]})
        return self.raw_database(entries, folder)

    def raw_database(self, entries, folder="."):
        text = entries if isinstance(entries, (str, bytes)) else \
            json.dumps(entries, ensure_ascii=False, indent=1)
        return self.write(folder + "/compile_commands.json", text)

    def run_tool(self, *arguments, cwd=None, program=PROGRAM, env=None,
                 **more):
        done = subprocess.run(
            [str(word) for word in (program, *arguments)],
            cwd=cwd or self.root, env=environment(self.folder, **(env or {})),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8",
            errors="surrogateescape", check=False, timeout=LIMIT, **more)
        return Done(done)

    def json(self, *arguments, code=None, **more):
        done = self.run_tool("--output=json", *arguments, **more)
        if code is not None:
            self.assertEqual(code, done.code, done.all)
        try:
            done.report
        except ValueError:
            self.fail("no report:\n" + done.all)
        return done

    def shell(self, command, **more):
        """In a shell; `$T` is the program."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.root,
            env=environment(self.folder, T=PROGRAM), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            errors="surrogateescape", check=False, timeout=LIMIT, **more)
        return Done(done)

    def check_says(self, done, *parts):
        """All on one line of the standard error each."""
        for part in parts:
            self.assertTrue(any(part in line for line in
                                done.err.splitlines()),
                            "not said: %r\n%s" % (part, done.all))

    def check_no_crash(self, done):
        self.assertIn(done.code, (CLEAN, FINDINGS, FAILED), done.all)
        for word in ("LLVM ERROR", "Stack dump", "PLEASE submit",
                     "terminate called", "Assertion"):
            self.assertNotIn(word, done.err)

    def same_as_parse_all(self, *arguments, found=None):
        """What is found by looking everywhere is found by looking where it
        may be. `found`: the keys that are expected, if given."""
        whole = self.json("--parse-all", "--no-cache", *arguments)
        quick = self.json("--no-cache", *arguments)
        self.assertEqual(whole.keys, quick.keys, quick.all)
        self.assertEqual(whole.report["findings"], quick.report["findings"])
        self.assertEqual(whole.code, quick.code)
        if found is not None:
            self.assertEqual(found, quick.keys, quick.all)
        return quick


def without_rights():
    """For run_tool: as somebody whom permissions bind."""
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def needs_rights_to_matter(test):
    """Skips where a user without rights cannot even start the program."""
    try:
        done = subprocess.run([str(PROGRAM), "--version"], check=False,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, **without_rights())
    except OSError:
        done = None
    return test if done and done.returncode == 0 else \
        unittest.skip("no user without rights can run the program")(test)


def git(folder, *arguments, home=None):
    done = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org",
         "-c", "init.defaultBranch=main", "-c", "commit.gpgSign=false",
         *arguments], cwd=folder, env=environment(home or folder),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        check=False)
    if done.returncode:
        raise RuntimeError("git %s\n%s" % (shlex.join(arguments), done.stdout))
    return done.stdout


def needs(program):
    return unittest.skipUnless(shutil.which(program), "no " + program)


def main():
    sys.exit(not unittest.main(verbosity=2, exit=False).result.wasSuccessful())
