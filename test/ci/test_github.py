#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The GitHub action, run as GitHub runs it, and its problem matcher."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
PROGRAM = pathlib.Path(os.environ["THREAD_STOP_BUILD"]) / "bin/thread-stop"
MATCHER = SOURCE / ".github/thread-stop-matcher.json"
BAD = "#include <pthread.h>\nvoid f(pthread_t t) { pthread_cancel(t); }\n"
FINE = "int fine;\n"

try:
    import yaml
except ImportError:
    yaml = None


def substituted(text, inputs):
    """`${{ inputs.x }}`, the only expressions that the steps have."""
    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}",
                  lambda match: inputs[match.group(1)], text)


@unittest.skipUnless(yaml, "there is no python3-yaml")
class ActionTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "my project"
        self.root.mkdir()
        self.action = yaml.safe_load((SOURCE / "action.yml").read_text())

    def run_action(self, **inputs):
        """Exit code and output of all steps that would run."""
        given = {name: item["default"]
                 for name, item in self.action["inputs"].items()}
        given.update({name.replace("_", "-"): value
                      for name, value in inputs.items()})
        given["program"] = str(PROGRAM)
        out, code = "", 0
        for step in self.action["runs"]["steps"]:
            if step.get("if") == "inputs.program == ''":
                continue
            self.assertNotIn("if", step)
            env = dict(os.environ, GITHUB_ACTION_PATH=str(SOURCE),
                       GITHUB_OUTPUT=str(self.root / "output"),
                       XDG_CACHE_HOME=str(self.root / "cache"))
            env.update({name: substituted(value, given)
                        for name, value in step["env"].items()})
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=self.root, env=env, encoding="utf-8", check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            out, code = out + done.stdout, code or done.returncode
        return code, out

    def write(self, name, text):
        (self.root / name).write_text(text)

    def test_findings(self):
        self.write("a b.c", BAD)
        code, out = self.run_action(paths="a b.c\n")
        self.assertEqual(1, code, out)
        self.assertIn("::add-matcher::%s\n" % MATCHER, out)
        self.assertIn("a b.c:2:23: warning: ", out)
        report = json.loads((self.root / "thread-stop.sarif").read_text())
        self.assertEqual(1, len(report["runs"][0]["results"]))
        self.assertEqual("sarif=thread-stop.sarif\n",
                         (self.root / "output").read_text())

    def test_paths(self):
        """They may come from a pull request: nothing in them is run."""
        for name in ("a.c", "b.c", "$(touch ran).c", "-q.c"):
            self.write(name, BAD)
        for paths in ("a.c b.c", "a.c\nb.c", "a.c\nb.c\n",
                      "$(touch ran).c\n-q.c"):
            code, out = self.run_action(paths=paths, args="--no-summary")
            self.assertEqual(1, code, out)
            self.assertEqual(2, out.count(": warning: "), out)
        self.assertFalse((self.root / "ran").exists())

    def test_clean(self):
        self.write("a.c", FINE)
        code, out = self.run_action(paths="a.c", sarif="x.sarif")
        self.assertEqual(0, code, out)
        self.assertTrue((self.root / "x.sarif").exists())

    def test_options(self):
        self.write("a.c", BAD)
        code, out = self.run_action(
            paths=".", args="--checks=-pthread-cancel --exit-zero")
        self.assertEqual(0, code, out)

    def test_baseline_and_build_path(self):
        self.write("a.c", BAD)
        (self.root / "out").mkdir()
        (self.root / "out/compile_commands.json").write_text(json.dumps(
            [{"directory": str(self.root), "file": "a.c",
              "arguments": ["cc", "-c", "a.c"]}]))
        subprocess.run([str(PROGRAM), "-p", "out", "--no-cache", "-q",
                        "--write-baseline=known"], cwd=self.root, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(1, self.run_action(build_path="out")[0])
        self.assertEqual(
            0, self.run_action(build_path="out", baseline="known")[0])

    def test_program_that_was_built(self):
        """Where make build leaves it, beside the action."""
        own = self.root / "the action"
        shutil.copytree(SOURCE / ".github", own / ".github")
        for major in ("19", "22"):
            (own / "build" / major / "bin").mkdir(parents=True)
        (own / "build/22/bin/thread-stop").symlink_to(PROGRAM)
        self.write("a.c", BAD)
        for llvm in ("", "22"):
            done = subprocess.run(
                ["bash", str(own / ".github/run-action.sh")], cwd=self.root,
                env=dict(os.environ, LLVM=llvm, SARIF="x", PATHS="a.c",
                         XDG_CACHE_HOME=str(self.root)),
                stdout=subprocess.PIPE, encoding="utf-8", check=False)
            self.assertEqual(1, done.returncode, done.stdout)

    def test_no_program(self):
        action = self.action["inputs"]
        self.assertIn("program", action)
        done = subprocess.run(
            ["bash", str(SOURCE / ".github/run-action.sh")], cwd=self.root,
            env=dict(os.environ, PROGRAM="/nowhere/thread-stop", SARIF="x"),
            stdout=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("::error::thread-stop: there is no program", done.stdout)


class MatcherTest(unittest.TestCase):
    """With JavaScript's regular expressions, which GitHub's runner uses."""

    def match(self, lines):
        node = shutil.which("node") or shutil.which("nodejs")
        if not node:
            self.skipTest("there is no node")
        script = ("const m = JSON.parse(require('fs').readFileSync(process."
                  "argv[1])).problemMatcher[0].pattern[0];"
                  "const r = new RegExp(m.regexp);"
                  "console.log(JSON.stringify(JSON.parse(process.argv[2])"
                  ".map(l => { const x = r.exec(l); return x && "
                  "[m.file, m.line, m.column, m.severity, m.message, m.code]"
                  ".map(i => x[i]); })))")
        done = subprocess.run([node, "-e", script, str(MATCHER),
                               json.dumps(lines)], check=True,
                              stdout=subprocess.PIPE, encoding="utf-8")
        return json.loads(done.stdout)

    def test_output(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "a.c")
            pathlib.Path(name).write_text(BAD)
            for option, kind in (("", "warning"), ("thread-stop-*", "error")):
                done = subprocess.run(
                    [str(PROGRAM), "--no-cache", "--color=never",
                     "--config={WarningsAsErrors: '%s'}" % option, "a.c"],
                    cwd=folder, stdout=subprocess.PIPE, encoding="utf-8",
                    stderr=subprocess.DEVNULL, check=False)
                found = [m for m in self.match(done.stdout.split("\n")) if m]
                self.assertEqual(1, len(found), done.stdout)
                self.assertEqual(
                    ["a.c", "2", "23", kind], found[0][:4])
                self.assertEqual("thread-stop-pthread-cancel", found[0][5])

    def test_other_lines(self):
        self.assertEqual([None] * 3, self.match([
            "a.c:2:3: note: the thread is created here",
            "   11 |   pthread_cancel(t);",
            "a.c:2:3: warning: unused variable 'x' [-Wunused-variable]"]))


if __name__ == "__main__":
    if not PROGRAM.exists():
        sys.exit("there is no %s: make build" % PROGRAM)
    unittest.main(verbosity=2)
