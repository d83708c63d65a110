#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The aspect for Bazel, offline: one workspace alone, and two that share a
remote cache.

What ran is taken from Bazel's log of executions: which sources, and whether the
report came from the cache.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import bazel_env
from bazel_env import PROGRAM, SOURCES, Cache, Workspace


class BazelTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="thread-stop-")
        self.addCleanup(self.remove, holder)
        self.holder = pathlib.Path(holder.name).resolve()

    @staticmethod
    def remove(holder):
        # Bazel makes its folders read-only.
        subprocess.run(["chmod", "-R", "u+w", holder.name], check=False)
        holder.cleanup()

    def workspace(self, name):
        made = Workspace(self.holder, name)
        self.addCleanup(made.shutdown)
        return made

    def built(self, work, *arguments, ran, hits=(), code=0, **more):
        """Builds; says which sources were checked, and which not."""
        done = work.build(*arguments, **more)
        self.assertEqual(code, done.code, done.text)
        self.assertEqual(set(ran), done.ran, done.text)
        self.assertEqual(set(hits), done.hits, done.text)
        return done

    def direct(self, work):
        """The findings of the program alone, without Bazel."""
        flags = ["-Ilog/include", "-Ipool", "-I.", "-DTWO", "-DWORDS",
                 "-DSHARED", '-DTEXT="a b"', '-DPLACE="x"',
                 "-isystem", str(work.holder / "one/other"),
                 "-isystem", str(work.holder / "one/other/far")]
        (generated,) = [
            str(p.relative_to(work.root)) for p in
            (work.root / "bazel-out").glob("*/bin/app/generated.c")]
        entries = [{"directory": str(work.root), "file": name,
                    "arguments": ["cc", *flags, "-c", name, "-DONLY_C" if
                                  name.endswith(".c") else "-DONLY_CXX"]}
                   for name in sorted(SOURCES - {"app/generated.c"})
                   + [generated]]
        (self.holder / "compile_commands.json").write_text(json.dumps(entries))
        done = subprocess.run(
            [str(PROGRAM), "-p", str(self.holder), "--no-cache", "-o", "json"],
            cwd=work.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False)
        self.assertEqual(1, done.returncode, done.stderr)
        return json.loads(done.stdout)["findings"]

    def test_alone(self):
        work = self.workspace("one")
        done = self.built(work, ran=SOURCES)
        self.assertNotIn("WARNING", done.text)
        self.check_report(work)
        self.built(work, ran=())
        self.check_what_a_change_costs(work)
        self.check_failing(work)
        self.check_settings(work)

    def check_report(self, work):
        """All findings, once, with names relative to the workspace."""
        done = work.merged("-o", "json", "-o", "sarif=all.sarif")
        self.assertEqual(1, done.returncode, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(len(SOURCES), report["counts"]["files"])
        findings = report["findings"]
        (generated,) = {f["location"]["file"] for f in findings
                        if f["location"]["file"].endswith("generated.c")}
        self.assertEqual(
            [("app/server.cc", 5, "pthread-cancel"),
             ("app/tool.c", 2, "pthread-cancel"),
             (generated, 2, "pthread-cancel"),
             ("log/include/log/log.h", 3, "pthread-cancel"),
             ("log/log.c", 9, "process-killing-signal"),
             ("log/private.h", 3, "swapped-cancel-constant"),
             ("pool/pool.cc", 6, "pthread-cancel"),
             ("pool/pool.h", 5, "swapped-cancel-constant")],
            [(f["location"]["file"], f["location"]["line"],
              f["check"][len("thread-stop-"):]) for f in findings])
        self.assertEqual(self.direct(work), findings)
        self.assertEqual([], report["failures"])
        self.assertEqual(
            report, json.loads(work.merged("-o", "json", at_once=2).stdout))
        for name, text in work.reports().items():
            self.assertNotIn(str(self.holder).encode(), text, name)
            self.assertNotIn(b"file:", text, name)
            self.assertIn(b'"executionSuccessful": true', text, name)

    def check_what_a_change_costs(self, work):
        work.edit("pool/pool.cc", "stop()", "cancel()")
        self.built(work, ran=["pool/pool.cc"])
        # What has it among its headers.
        work.edit("pool/pool.h", "struct pool {", "struct pool { int n;")
        self.built(work, ran=["pool/pool.cc", "app/server.cc"])
        work.edit("log/include/log/log.h", "log_stop", "log_end")
        self.built(work, ran=SOURCES - {"pool/pool.cc", "fine/fine.c"})
        work.install("2")
        self.built(work, ran=SOURCES)

    def check_failing(self, work):
        """What cannot be analysed fails the build, and is in no report."""
        work.edit("app/tool.c", "int main", "#error so\nint main")
        done = self.built(work, "--keep_going", ran=["app/tool.c"], code=1)
        self.assertIn("thread-stop: error: app/tool.c: it does not compile",
                      done.text)
        done = work.merged("-o", "json")
        self.assertEqual(2, done.returncode, done.stderr)
        self.assertIn("not in the report: //app:tool", done.stderr)
        self.assertEqual({"app/server.cc", "log/include/log/log.h",
                          "log/log.c", "log/private.h", "pool/pool.cc",
                          "pool/pool.h"},
                         {f["location"]["file"]
                          for f in json.loads(done.stdout)["findings"]})
        work.edit("app/tool.c", "#error so\n", "")
        # Nor does one that is left from before get in.
        self.built(work, ran=["app/tool.c"])
        work.edit("app/BUILD", '"generated.c", ', "")
        self.built(work, ran=())
        self.assertIn("app/tool.thread-stop/app/generated.c.sarif",
                      work.reports())
        self.assertNotIn("generated.c", work.merged("-o", "text").stdout)

    def check_settings(self, work):
        """lint_check, and what @thread_stop//: has to be set."""
        check = "--output_groups=lint_check"
        self.built(work, check, ran=(), targets=["//fine"])
        done = self.built(work, check, ran=(), code=1, targets=["//pool"])
        self.assertIn("pool/pool.cc:6:19: warning: ", done.text)
        # A long command goes through a file.
        done = self.built(
            work, check, "--@thread_stop//:checks=swapped-cancel-constant",
            "--min_param_file_size=1", ran=["log/log.c"], code=1,
            targets=["//log"])
        self.assertIn("log/private.h:3:3: warning: ", done.text)
        self.assertNotIn("log/log.c:9:", done.text)
        config = "Checks: '-*,thread-stop-pthread-cancel'\n"
        (work.root / ".clang-tidy").write_text(config)
        self.built(work, check, ran=["log/log.c"], targets=["//log"],
                   code=0 if int(bazel_env.LLVM) < 22 else 1)

    def test_remote_cache(self):
        cache = Cache(self.holder / "cache")
        self.addCleanup(cache.stop)
        remote = "--remote_cache=" + cache.url
        one = self.workspace("one")
        self.built(one, remote, ran=SOURCES)
        self.assertGreaterEqual(cache.entries(), len(SOURCES))
        first = one.reports()
        self.assertEqual(len(SOURCES), len(first))
        one.shutdown()

        two = self.workspace("two/elsewhere")
        self.built(two, remote, ran=(), hits=SOURCES)
        two.edit("app/tool.c", "main(void)", "main()")
        self.built(two, remote, ran=["app/tool.c"])
        two.edit("pool/pool.h", "struct pool {", "struct pool { int n;")
        self.built(two, remote, ran=["pool/pool.cc", "app/server.cc"])
        two.install("2")
        self.built(two, remote, ran=SOURCES)
        # Back again: all of it is known.
        two.install("1")
        two.edit("app/tool.c", "main()", "main(void)")
        two.edit("pool/pool.h", "struct pool { int n;", "struct pool {")
        self.built(two, remote, ran=(), hits=SOURCES)
        # What it makes itself is the same, byte for byte.
        two.bazel("clean")
        self.built(two, ran=SOURCES)
        self.assertEqual(first, two.reports())


if __name__ == "__main__":
    for what, there in (("bazel", shutil.which("bazel")),
                        ("nginx", bazel_env.NGINX),
                        (str(bazel_env.JAVA_RULES),
                         bazel_env.JAVA_RULES.exists())):
        if not there:
            print("skipped: there is no " + what)
            sys.exit(77)
    unittest.main(verbosity=2)
