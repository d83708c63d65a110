#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Run all checks over random programs; nothing may crash, hang or go wrong.

The programs are mutations of the test inputs, the examples and the labelled
cases, and generated functions; see mutate.py. A round gives clang-tidy a batch
of them at once, so that starting it does not cost more than the analysis.

A failure is
  - a signal, a sanitizer's report, an exit status other than 0 and 1, or a run
    over the time limit, unless clang-tidy without the plugin does the same
  - a fix after which a program that had compiled does not
Each is minimised and written to --out, and the exit status is 1.

For a plugin with sanitizers configure with
  -DTHREAD_STOP_SANITIZE='address;undefined'
clang-tidy itself is not instrumented, so the runtime is preloaded; it is in
libclang-rt-<LLVM>-dev. --seed N repeats a run; the programs depend on it alone,
how many there are on --seconds or --rounds.
"""

import argparse
import os
import pathlib
import random
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import minimize
import mutate
import tidy

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ["test/checks", "test/robustness/Inputs", "examples",
          os.environ.get("THREAD_STOP_CASES") or "../shared/cases"]
FINDING = re.compile(r"^([^\s:]+):\d+:\d+: (warning|error|fatal error): (.*)$",
                     re.M)
CHECK = re.compile(r"\[(thread-stop-[\w-]+)")


class Fuzzer:
    def __init__(self, args, runner, folder):
        self.args, self.tidy = args, runner
        self.folder = pathlib.Path(folder)
        self.random = random.Random(args.seed)
        self.corpus = read_corpus(args.corpus)
        if not self.corpus:
            sys.exit("fuzz.py: no inputs in " + ", ".join(args.corpus))
        self.mutator = mutate.Mutator(self.random, self.corpus)
        self.inputs = self.compiled = self.fixed = self.clangs_own = 0
        self.findings = {}
        self.failures = {}

    def loop(self):
        end = time.monotonic() + self.args.seconds
        rounds = 0
        while time.monotonic() < end and rounds != self.args.rounds:
            self.round(self.random.choice((".c", ".c", ".c", ".cpp")))
            rounds += 1

    def round(self, suffix):
        batch = []
        while len(batch) < self.args.batch:
            made, text, origin = self.mutator.make()
            if made == suffix:
                path = self.folder / ("in%d%s" % (len(batch), suffix))
                write(path, text)
                batch.append((path, text, origin))
        result = self.tidy.run([b[0] for b in batch])
        self.inputs += len(batch)
        if result.wrong:
            self.single_out(batch)
            return
        good = self.count(result.output, batch)
        self.check_fixes(good)

    def count(self, output, batch):
        """Notes the findings; returns what compiles and has some."""
        broken, found = set(), set()
        for m in FINDING.finditer(output):
            name = os.path.basename(m.group(1))
            check = CHECK.search(m.group(3))
            if check:
                found.add(name)
                self.findings[check.group(1)] = \
                    self.findings.get(check.group(1), 0) + 1
            elif m.group(2) != "warning":
                broken.add(name)
        self.compiled += sum(b[0].name not in broken for b in batch)
        return [b for b in batch
                if b[0].name in found and b[0].name not in broken]

    def check_fixes(self, batch):
        if not batch:
            return
        self.tidy.run([b[0] for b in batch], "--fix")
        for path, text, origin in batch:
            after = read(path)
            if after == text:
                continue
            self.fixed += 1
            if self.tidy.compiles(path):
                continue
            write(path, text)
            if self.tidy.compiles(path):  # else: broken in a header, say
                self.fail("fix breaks the code", path.suffix, text, origin)

    def single_out(self, batch):
        for path, text, origin in batch:
            wrong = self.tidy.run([path]).wrong
            if not wrong:
                continue
            if self.tidy.run([path], plugin=False).wrong:
                self.clangs_own += 1
            else:
                self.fail(wrong, path.suffix, text, origin)

    def fail(self, what, suffix, text, origin):
        if what in self.failures:
            self.failures[what] += 1
            return
        self.failures[what] = 1
        print("FAILURE: %s, %s" % (what, "generated" if origin is None else
                                   "from %s" % self.corpus[origin][2]),
              flush=True)
        out = pathlib.Path(self.args.out)
        out.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "-", what)[:60] + "-%d" % self.args.seed
        write(out / (name + "-full" + suffix), text)
        path = self.folder / ("small" + suffix)

        def still(candidate):
            write(path, candidate)
            if what == "fix breaks the code":
                if not self.tidy.compiles(path):
                    return False
                self.tidy.run([path], "--fix")
                return read(path) != candidate and not self.tidy.compiles(path)
            return self.tidy.run([path]).wrong == what

        small = minimize.minimize(text, still, self.args.minimize)
        write(out / (name + suffix), small)
        write(path, small)
        log = self.tidy.run([path]).output
        write(out / (name + ".log"), log)
        print(small)
        print("(%s)" % (out / (name + suffix)), flush=True)

    def report(self):
        print("%d inputs, %d of them compile, %d had fixes applied" % (
            self.inputs, self.compiled, self.fixed))
        print("findings: " + (", ".join(
            "%s %d" % item for item in sorted(self.findings.items())) or "0"))
        if self.clangs_own:
            print("clang-tidy alone also failed on %d" % self.clangs_own)
        for what, count in sorted(self.failures.items()):
            print("FAILED %d times: %s" % (count, what))
        if not self.failures:
            print("no failures")


def read(path):
    return path.read_bytes().decode("utf-8", "surrogateescape")


def write(path, text):
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def read_corpus(folders):
    """(suffix, text, path) of each."""
    corpus = []
    for folder in folders:
        for path in sorted((SOURCE / folder).rglob("*.c*")):
            # Some Python and CMake files match as well.
            if path.suffix in (".c", ".cpp") and path.stat().st_size < 65536:
                corpus.append((path.suffix, read(path), path))
    return corpus


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--plugin", default=os.environ.get("THREAD_STOP_BUILD", "build") +
        "/lib/libthread-stop-tidy.so")
    add("--clang-tidy", help="default: the one that the plugin is for")
    add("--seconds", type=float, default=30)
    add("--rounds", type=int, default=-1, help="stop after so many batches")
    add("--seed", type=int, help="default: a new one; printed")
    add("--batch", type=int, default=24, help="programs per run of clang-tidy")
    add("--limit", type=float, default=20, help="seconds for one program")
    add("--minimize", type=float, default=60,
        help="seconds to spend on making a failure smaller")
    add("--corpus", action="append", help="folders, instead of: " +
        " ".join(CORPUS))
    add("--out", default="fuzz-failures", help="where failures are written")
    add("--require-sanitizers", action="store_true",
        help="fail if the plugin has no AddressSanitizer")
    add("flags", nargs="*", help="for the compiler, after --")
    args = parser.parse_args()
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(1 << 31)
    args.corpus = args.corpus or CORPUS
    args.plugin = os.path.abspath(args.plugin)
    if not os.path.exists(args.plugin):
        sys.exit("fuzz.py: no plugin %s: see --plugin" % args.plugin)
    return args


def main():
    args = arguments()
    runner = tidy.Tidy(args.plugin, args.clang_tidy, args.limit, args.flags)
    if args.require_sanitizers and not runner.sanitized:
        sys.exit("fuzz.py: %s is built without AddressSanitizer" % args.plugin)
    print("seed %d, %s, %s%s" % (
        args.seed, runner.program, args.plugin,
        " with AddressSanitizer" if runner.sanitized else ""), flush=True)
    with tempfile.TemporaryDirectory(prefix="thread-stop-fuzz-") as folder:
        fuzzer = Fuzzer(args, runner, folder)
        print("%d inputs to start from" % len(fuzzer.corpus), flush=True)
        try:
            fuzzer.loop()
        except KeyboardInterrupt:
            pass
        fuzzer.report()
    return 1 if fuzzer.failures else 0


if __name__ == "__main__":
    sys.exit(main())
