#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measure the program thread-stop. Only prints; nothing is tested.

glibc    glibc's thread tests, C, nearly all of them relevant: wall time as a
         part of run-clang-tidy's with its own checks concurrency-*, with the
         same number of jobs; CPU as a part of clang -fsyntax-only of each file
cxx      300 generated files of header-heavy C++, one in ten relevant: the same
         as a whole, and CPU for relevant and irrelevant files apart
warm     a second run on each as a part of the first
memory   most memory of one worker as a part of the most that clang
         -fsyntax-only takes, and what each further worker adds
growth   the generated files in growing number, and the exponent between two
         numbers: 1 is linear

What is compared runs in turns (A B A B ...), the least time of each counts.
CPU is user + system time of the process and its children.
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import databases


class Measured:
    def __init__(self, wall, cpu, memory):
        self.wall, self.cpu, self.memory = wall, cpu, memory


def measure(command, cwd, allowed=(0, 1, 2)):
    """Wall and CPU time in seconds, most memory of any process in KiB."""
    # wait4 knows of one child only, which is all there is for us; what
    # run-clang-tidy starts is waited for by it, and so is counted.
    start = time.monotonic()
    child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in allowed:
        sys.exit("%s: exit code %d" % (" ".join(command), child.returncode))
    return Measured(time.monotonic() - start, usage.ru_utime + usage.ru_stime,
                    usage.ru_maxrss)


def least(runs):
    return Measured(min(r.wall for r in runs), min(r.cpu for r in runs),
                    min(r.memory for r in runs))


def in_turns(commands, cwd, rounds):
    """The least of each."""
    all_runs = [[] for _ in commands]
    for _ in range(rounds):
        for runs, command in zip(all_runs, commands):
            runs.append(measure(command, cwd))
    return [least(runs) for runs in all_runs]


class Bench:
    def __init__(self, args, scratch):
        self.args, self.scratch = args, scratch
        self.cache = os.path.join(scratch, "cache")
        self.projects = {}

    def project(self, name):
        if name not in self.projects:
            folder = os.path.join(self.scratch, name)
            self.projects[name] = (
                databases.glibc(folder) if name == "glibc" else
                databases.heavy_cxx(folder, self.args.files))
        return self.projects[name]

    def ours(self, *more, jobs=None):
        return [self.args.program, "-j", str(jobs or self.args.jobs), "-q",
                *more]

    def tidy(self):
        return [self.args.run_clang_tidy, "-p", ".", "-quiet", "-j",
                str(self.args.jobs), "-clang-tidy-binary",
                self.args.clang_tidy, "-checks=-*,concurrency-*"]

    def syntax(self, folder, wanted=lambda name: True, most=None):
        """clang -fsyntax-only of each file, one after the other."""
        with open(os.path.join(folder, "compile_commands.json"),
                  encoding="utf-8") as file:
            entries = [e for e in json.load(file) if wanted(e["file"])][:most]
        runs = []
        for entry in entries:
            words = entry["arguments"]
            clang = self.args.clang + ("++" if words[0] == "c++" else "")
            runs.append(measure([clang, "-fsyntax-only", "-w"] + words[1:],
                                entry["directory"]))
        return Measured(sum(r.wall for r in runs), sum(r.cpu for r in runs),
                        max(r.memory for r in runs)), len(runs)


def row(name, value, goal=None):
    if goal is None:
        print("  %-58s %8s" % (name, value))
    else:
        print("  %-58s %8.3f   goal %.2f  %s" % (
            name, value, goal, "met" if value <= goal else "MISSED"))


def seconds(of):
    return "%.2f s" % of


def compare(bench, name, title, wall_goal):
    folder = bench.project(name)
    ours, tidy = in_turns([bench.ours("--no-cache"), bench.tidy()], folder,
                          bench.args.rounds)
    print("%s, %d jobs" % (title, bench.args.jobs))
    row("thread-stop, wall", seconds(ours.wall))
    row("run-clang-tidy concurrency-*, wall", seconds(tidy.wall))
    row("wall: thread-stop / run-clang-tidy", ours.wall / tidy.wall, wall_goal)
    return folder, ours


def glibc(bench):
    folder, ours = compare(bench, "glibc", "glibc's thread tests", 0.25)
    syntax, count = bench.syntax(folder)
    row("files", count)
    row("CPU: thread-stop / clang -fsyntax-only", ours.cpu / syntax.cpu, 0.5)


def is_relevant(name):
    return int(name[-8:-4]) % 10 == 0


def cxx(bench):
    folder, _ = compare(bench, "cxx", "generated C++, %d files, one in ten "
                        "relevant" % bench.args.files, 0.10)
    names = sorted(os.listdir(os.path.join(folder, "src")))
    names = ["src/" + name for name in names if name.endswith(".cpp")]
    for what, wanted, goal in (("relevant", is_relevant, 0.5),
                               ("irrelevant",
                                lambda name: not is_relevant(name), 0.10)):
        some = [name for name in names if wanted(name)][:30]
        ours = least([measure(bench.ours("--no-cache", "-p", ".", *some),
                              folder) for _ in range(bench.args.rounds)])
        syntax, _ = bench.syntax(folder, lambda name: name in some)
        row("CPU of %d %s files: thread-stop / -fsyntax-only" % (
            len(some), what), ours.cpu / syntax.cpu, goal)


def warm(bench):
    print("warm runs, %d jobs" % bench.args.jobs)
    for name in ("glibc", "cxx"):
        folder = bench.project(name)
        cold_runs, warm_runs = [], []
        for _ in range(bench.args.rounds):
            shutil.rmtree(bench.cache, ignore_errors=True)
            command = bench.ours("--cache-dir", bench.cache)
            cold_runs.append(measure(command, folder))
            warm_runs.append(measure(command, folder))
        cold, again = least(cold_runs), least(warm_runs)
        row("%s: cold, wall" % name, seconds(cold.wall))
        row("%s: warm, wall" % name, seconds(again.wall))
        row("%s: wall of warm / cold" % name, again.wall / cold.wall, 0.02)


def memory(bench):
    print("memory")
    for name in ("glibc", "cxx"):
        folder = bench.project(name)
        syntax, _ = bench.syntax(folder, most=40)
        one = measure(bench.ours("--no-cache", jobs=1), folder).memory
        four = measure(bench.ours("--no-cache", jobs=4), folder).memory
        row("%s: most of clang -fsyntax-only" % name,
            "%.0f MiB" % (syntax.memory / 1024))
        row("%s: each further worker adds" % name,
            "%.0f MiB" % ((four - one) / 3 / 1024))
        row("%s: one worker / clang -fsyntax-only" % name,
            one / syntax.memory, 1.2)
        row("%s: per worker of four / clang -fsyntax-only" % name,
            four / 4 / syntax.memory, 1.2)


def growth(bench):
    print("growth: generated C++, one in ten relevant, cold")
    before = None
    for files in (300, 1000, 3000):
        folder = databases.heavy_cxx(
            os.path.join(bench.scratch, "cxx%d" % files), files)
        shutil.rmtree(bench.cache, ignore_errors=True)
        command = bench.ours("--cache-dir", bench.cache)
        cold, again = measure(command, folder), measure(command, folder)
        text = "%d files: cold %.1f s, warm %.2f s, %.0f MiB" % (
            files, cold.cpu, again.cpu, cold.memory / 1024)
        exponent = ("" if before is None else "%.2f" % (
            math.log(cold.cpu / before[1]) / math.log(files / before[0])))
        row(text, exponent)
        before = files, cold.cpu
        shutil.rmtree(folder)


MODES = {"glibc": glibc, "cxx": cxx, "warm": warm, "memory": memory,
         "growth": growth}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("modes", nargs="*", metavar="MODE",
                        help="of " + ", ".join(MODES) + "; default: all")
    parser.add_argument("--program", required=True)
    parser.add_argument("--llvm", required=True, help="major version")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=300)
    args = parser.parse_args()
    for mode in args.modes:
        if mode not in MODES:
            parser.error("there is no mode %s" % mode)
    args.program = os.path.abspath(args.program)
    args.clang = shutil.which("/usr/lib/llvm-%s/bin/clang" % args.llvm) or \
        "clang"
    args.clang_tidy = "clang-tidy-" + args.llvm
    args.run_clang_tidy = "run-clang-tidy-" + args.llvm
    for program in (args.program, args.clang, args.clang_tidy,
                    args.run_clang_tidy):
        if not shutil.which(program):
            sys.exit("there is no %s" % program)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="thread-stop-bench-") as scratch:
        bench = Bench(args, scratch)
        for mode in args.modes or MODES:
            MODES[mode](bench)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
