#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measure what the thread-stop checks cost. Only prints; nothing is tested.

overhead  CPU and wall time of clang-tidy with one cheap check (plain), with
          the plugin loaded but none of its checks on (loaded), and with all
          thread-stop checks on (all), over four kinds of files
file      the same for one file of yours, --file, with the compiler's own time
          (clang -fsyntax-only) besides; compiler options come after --
growth    time of the thread-stop checks alone (all - plain) for programs of
          growing size, and the exponent between two sizes: 1 is linear

All variants run in turns and the median is printed, so that a change of the
machine's load meets all of them. CPU is user + system time.

The cheap check is bugprone-suspicious-include: it looks at #include lines only
and has no AST matcher, so that what is left is nearly all parsing, which every
user of clang-tidy pays. Any dearer one would flatter our share.
"""

import argparse
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import inputs
import programs

CHEAP = "-*,bugprone-suspicious-include"
VARIANTS = ("plain", "loaded", "all")


def sizes(*values):
    return values


# name -> (sizes, generator, flags)
GROWTH = {
    "one function, statements": (
        sizes(1000, 2500, 5000, 10000, 20000), inputs.one_function, ()),
    "functions": (
        sizes(500, 1250, 2500, 5000, 10000), inputs.many_functions, ()),
    "if (x_i) lock(&m_i)": (
        sizes(50, 100, 200, 400, 800), inputs.conditional_locks, ()),
    "if (x_i) disable(&o_i)": (
        sizes(50, 100, 200, 400, 800), inputs.conditional_saves, ()),
    "tested variables": (
        sizes(250, 500, 1000, 2000, 4000), inputs.tested_variables, ()),
    "nested loops": (sizes(30, 60, 120, 240), inputs.nested_loops,
                     ("-fbracket-depth=1000",)),
    "switch cases with gotos": (
        sizes(250, 500, 1000, 2000), inputs.switch_with_gotos, ()),
    "call chain": (sizes(1250, 2500, 5000, 10000), inputs.call_chain, ()),
    "call cycle": (sizes(125, 250, 500, 1000, 2000), inputs.call_cycle, ()),
    "callees of one function": (
        sizes(1250, 2500, 5000, 10000), inputs.many_callees, ()),
    "table of handlers": (
        sizes(1250, 2500, 5000, 10000), inputs.handler_table, ()),
    "findings in one function": (
        sizes(125, 250, 500, 1000, 2000), inputs.lost_states, ()),
    "findings, one per function": (
        sizes(500, 1000, 2000, 4000), inputs.cancels, ()),
    "early returns": (
        sizes(250, 500, 1000, 2000, 4000), inputs.early_returns, ()),
    "cleanup regions with gotos": (
        sizes(125, 250, 500, 1000, 2000), inputs.cleanup_regions, ()),
    "pairs of wrappers": (
        sizes(250, 500, 1000, 2000), inputs.wrapper_pairs, ()),
    "handlers never run": (
        sizes(250, 500, 1000, 2000), inputs.dropped_handlers, ()),
    "locks held at once": (
        sizes(250, 500, 1000, 2000), inputs.locks_at_once, ()),
    "states saved at once": (
        sizes(250, 500, 1000, 2000), inputs.saves_at_once, ()),
    "locks across branches": (
        sizes(500, 1000, 2000, 4000), inputs.locks_across_branches, ()),
    "gotos to a ladder of unlocks": (
        sizes(500, 1000, 2000, 4000), inputs.unlock_ladder, ()),
    "locks given to calls": (
        sizes(500, 1000, 2000, 4000), inputs.escaping_locks, ()),
    "asynchronous sections": (
        sizes(500, 1000, 2000, 4000), inputs.asynchronous_sections, ()),
    "lost states with returns": (
        sizes(500, 1000, 2000, 4000), inputs.lost_states_with_returns, ()),
    "lost saves": (sizes(500, 1000, 2000, 4000), inputs.lost_saves, ()),
    "returns that enable": (
        sizes(500, 1000, 2000, 4000), inputs.enabling_returns, ()),
    "swapped constants": (
        sizes(500, 1000, 2000, 4000), inputs.swapped_constants, ()),
    "handlers dropped, one function": (
        sizes(250, 500, 1000, 2000), inputs.dropped_handlers_at_once, ()),
    "created and cancelled": (
        sizes(1000, 2000, 4000, 8000), inputs.created_and_cancelled, ()),
    "handles joined, one function": (
        sizes(250, 500, 1000, 2000), inputs.handles_joined, ()),
    "resources held at once": (
        sizes(250, 500, 1000, 2000), inputs.resources_at_once, ()),
    "resources in turn": (
        sizes(500, 1000, 2000, 4000), inputs.resources_in_turn, ()),
    "if (x == i) p_i = malloc()": (
        sizes(50, 100, 200, 400, 800), inputs.conditional_resources, ()),
    "gotos to a ladder of releases": (
        sizes(250, 500, 1000, 2000), inputs.release_ladder, ()),
    "waits in callees of a thread": (
        sizes(1000, 2000, 4000, 8000), inputs.points_in_callees, ()),
    "classes with paired methods": (
        sizes(500, 1000, 2000, 4000), inputs.paired_methods, ("-xc++",)),
    "operators of one expression": (
        sizes(500, 1000, 2000, 4000), inputs.shift_operators, ("-xc++",)),
    "skipped ranges, broken code": (
        sizes(500, 1000, 2000, 4000), inputs.skipped_ranges, ()),
    "terms of a sum": (sizes(2500, 5000, 10000, 20000),
                       lambda n: inputs.expression(n, " + "), ()),
    # From 13,000 on clang itself overflows its stack.
    "terms of a conjunction": (sizes(1250, 2500, 5000, 10000),
                               lambda n: inputs.expression(n, " && "), ()),
    "terms of a disjunction": (sizes(1250, 2500, 5000, 10000),
                               lambda n: inputs.expression(n, " || "), ()),
    "else if": (sizes(250, 500, 1000, 2000), inputs.else_ifs, ()),
    "nested blocks": (sizes(75, 150, 300), inputs.nested_blocks,
                      ("-fbracket-depth=1000",)),
    "bytes of a table": (
        sizes(1250000, 2500000, 5000000), inputs.data_table, ()),
}

# clang-tidy says so with its status.
DOES_NOT_COMPILE = {"skipped ranges, broken code"}

OVERHEAD = {
    "C, a daemon": (programs.daemon, ".c"),
    "C, 5,000 functions": (lambda: inputs.many_functions(5000), ".c"),
    "C++, many headers, irrelevant": (lambda: programs.cxx(False), ".cpp"),
    "C++, many headers, relevant": (lambda: programs.cxx(True), ".cpp"),
}


class Run:
    """One run of clang-tidy: what it took, and how it ended."""

    def __init__(self, command, limit, expected):
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        killer = threading.Timer(limit, child.kill)
        killer.start()
        _, status, usage = os.wait4(child.pid, 0)
        killer.cancel()
        child.returncode = 0  # reaped above
        self.wall = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024
        self.problem = ""
        if os.WIFSIGNALED(status):
            signal = os.WTERMSIG(status)
            self.problem = "over %d s" % limit if signal == 9 \
                else "signal %d" % signal
        elif os.WEXITSTATUS(status) != expected:
            self.problem = "status %d" % os.WEXITSTATUS(status)


class Bench:
    def __init__(self, args, folder):
        self.args = args
        self.folder = pathlib.Path(folder)

    def command(self, variant, path, flags):
        tidy = [self.args.clang_tidy, "-quiet", "--config="]
        if variant != "plain":
            tidy += ["-load", self.args.plugin]
        checks = CHEAP + (",thread-stop-*" if variant == "all" else "")
        return tidy + ["-checks=" + checks, str(path), "--", *flags]

    def measure(self, text, suffix, variants, runs, flags=(), expected=0):
        """variant -> its runs, taken in turns."""
        path = self.folder / ("input" + suffix)
        path.write_text(text)
        result = {v: [] for v in variants}
        for _ in range(runs):
            for v in variants:
                result[v].append(Run(self.command(v, path, flags),
                                     self.args.limit, expected))
                if result[v][-1].problem:
                    return result
        return result

    def overhead(self):
        print("overhead, median of %d runs in turns" % self.args.runs)
        print("%-31s %-7s %8s %8s %9s %7s" % (
            "", "", "CPU s", "wall s", "CPU +%", "MB"))
        for name, (generate, suffix) in OVERHEAD.items():
            if not self.wanted(name):
                continue
            runs = self.measure(generate(), suffix, VARIANTS, self.args.runs)
            base = median(runs["plain"], "cpu")
            for v in VARIANTS:
                print("%-31s %-7s %8.3f %8.3f %s %7.0f%s" % (
                    name if v == "plain" else "", v, median(runs[v], "cpu"),
                    median(runs[v], "wall"),
                    "%9s" % "" if v == "plain" else "%+9.1f" % (
                        100 * (median(runs[v], "cpu") / base - 1)),
                    median(runs[v], "memory"), problem(runs[v])))
        print()

    def one_file(self):
        path, flags = pathlib.Path(self.args.file), self.args.flags
        program = shutil.which(self.args.clang_tidy)
        clang = pathlib.Path(program).resolve().with_name("clang")
        runs = {"clang": [], **{v: [] for v in VARIANTS}}
        for _ in range(self.args.runs):
            runs["clang"].append(Run(
                [str(clang), "-fsyntax-only", "-w", *flags, str(path)],
                self.args.limit, 0))
            for v in VARIANTS:
                runs[v].append(Run(self.command(v, path, flags),
                                   self.args.limit, 0))
        print("%s, median of %d runs in turns" % (path.name, self.args.runs))
        print("%-7s %8s %8s %8s" % ("", "CPU s", "of clang", "of plain"))
        for v, each in runs.items():
            cpu = median(each, "cpu")
            print("%-7s %8.3f %8.2f %8.2f%s" % (
                v, cpu, cpu / median(runs["clang"], "cpu"),
                cpu / median(runs["plain"], "cpu"), problem(each)))

    def growth(self):
        print("growth, median of %d runs in turns; time of the checks alone" %
              self.args.growth_runs)
        print("%-30s %9s %9s %9s %7s %7s" % (
            "", "size", "plain s", "checks s", "growth", "MB"))
        for name, (steps, generate, flags) in GROWTH.items():
            if self.wanted(name):
                self.grow(name, steps, generate, flags)

    def grow(self, name, steps, generate, flags):
        before = None
        expected = int(name in DOES_NOT_COMPILE)
        for size in steps:
            runs = self.measure(generate(size), ".c", ("plain", "all"),
                                self.args.growth_runs, flags,
                                expected)
            wrong = problem(runs["plain"] + runs["all"])
            plain = median(runs["plain"], "cpu")
            alone = median(runs["all"], "cpu") - plain if runs["all"] else 0
            exponent = ""
            # Below some hundredths of a second it is all noise.
            if before and before[1] > 0.04 and alone > 0 and not wrong:
                exponent = "%7.2f" % (math.log(alone / before[1]) /
                                      math.log(size / before[0]))
            print("%-30s %9d %9.3f %9.3f %7s %7.0f%s" % (
                name, size, plain, alone, exponent,
                median(runs["all"], "memory"), wrong), flush=True)
            before = (size, alone)
            name = ""
            if wrong:
                break

    def wanted(self, name):
        return not self.args.only or self.args.only in name


def median(runs, what):
    return statistics.median([getattr(r, what) for r in runs] or [0])


def problem(runs):
    found = [r.problem for r in runs if r.problem]
    return "  FAILED: " + found[0] if found else ""


def split_arguments(arguments):
    """Before "--", it, and after it."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at:at + 1], arguments[at + 1:]


def default_plugin():
    """The newest that is built."""
    root = pathlib.Path(__file__).resolve().parent.parent / "build"
    built = [p for p in root.glob("[0-9]*/lib/libthread-stop-tidy.so")
             if p.parent.parent.name.isdigit()]
    return str(max(built, key=lambda p: int(p.parent.parent.name))) \
        if built else None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("part", nargs="*",
        help="overhead, growth; default: both. Or file")
    add("--file", help="for file: what to measure")
    add("--plugin", default=default_plugin(),
        help="default: the newest in build/")
    add("--clang-tidy", help="default: the one that the plugin is for")
    add("--runs", type=int, default=9, help="for overhead; default: 9")
    add("--growth-runs", type=int, default=3, help="for growth; default: 3")
    add("--limit", type=int, default=120,
        help="seconds for one run; default: 120")
    add("--only", metavar="TEXT", help="only what has TEXT in its name")
    add("--keep", metavar="DIR",
        help="write all inputs there instead of measuring them")
    own, _, flags = split_arguments(sys.argv[1:])
    args = parser.parse_args(own)
    args.flags = flags
    if not set(args.part) <= {"overhead", "growth", "file"}:
        parser.error("no such part: " + " ".join(args.part))
    if ("file" in args.part) != bool(args.file):
        parser.error("the part 'file' needs --file, and only that does")
    if args.file and not pathlib.Path(args.file).is_file():
        sys.exit("run.py: no file " + args.file)
    if args.keep:
        keep(pathlib.Path(args.keep))
        return
    if not args.plugin:
        sys.exit("run.py: no plugin in build/: run make build, or --plugin")
    if not args.clang_tidy:
        module = next(pathlib.Path(args.plugin).resolve().parent.glob(
            "thread-stop-tidy-*.so"))
        args.clang_tidy = "clang-tidy-" + module.stem.rsplit("-", 1)[1]
    with tempfile.TemporaryDirectory(prefix="thread-stop-bench-") as folder:
        bench = Bench(args, folder)
        print("%s, %s, load %.1f on %d processors" % (
            args.clang_tidy, args.plugin, os.getloadavg()[0], os.cpu_count()))
        parts = args.part or ["overhead", "growth"]
        if "file" in parts:
            bench.one_file()
        if "overhead" in parts:
            bench.overhead()
        if "growth" in parts:
            bench.growth()


def keep(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (generate, suffix) in OVERHEAD.items():
        (folder / (slug(name) + suffix)).write_text(generate())
    for name, (steps, generate, _) in GROWTH.items():
        for size in steps:
            path = folder / ("%s-%d.c" % (slug(name), size))
            path.write_text(generate(size))


def slug(name):
    return "-".join("".join(c if c.isalnum() else " " for c in name).split())


if __name__ == "__main__":
    main()
