#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measure what docs/scale.md reckons with: one process for each file, as the
actions of Bazel are. Only prints; nothing is tested.

start     the program alone, and on a file of one line
glibc     files of glibc's thread tests: C, relevant
cxx       generated header-heavy C++, relevant and irrelevant
merge     thread-stop merge of many reports

CPU is user + system time, the least of the rounds for each file, then the mean.
"In" is what the compiler reads: source and headers of the project, and headers
of the system (clang -M). "Out" is the SARIF report, and gzip -6 of it.
"""

import argparse
import gzip
import json
import os
import shlex
import subprocess
import tempfile

import databases
import run

GAP = 10  # one in ten of the generated files is relevant


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


class Costs:
    """Of one file, or the mean of many."""

    def __init__(self, cpu, syntax, memory, own, system, out, packed):
        self.values = (cpu, syntax, memory, own, system, out, packed)

    @staticmethod
    def of_many(all_costs):
        return Costs(*(mean(c) for c in zip(*(c.values for c in all_costs))))

    def print(self, name, count):
        cpu, syntax, memory, own, system, out, packed = self.values
        print("  %-24s %3d files: %6.3f s CPU (clang -fsyntax-only %6.3f), "
              "%4.0f MiB, in %6.1f kB + %7.1f kB of the system, "
              "out %5.1f kB (%4.1f packed)" % (
                  name, count, cpu, syntax, memory / 1024, own / 1000,
                  system / 1000, out / 1000, packed / 1000))


def files_read(clang, entry):
    """Bytes of the project, and of the system. Not all of glibc's tests find
    all of their headers."""
    done = subprocess.run(
        [clang, "-M", "-MG", "-w", *entry["arguments"][1:]], cwd=entry["directory"],
        stdout=subprocess.PIPE, encoding="utf-8", check=True)
    names = shlex.split(done.stdout.replace("\\\n", " ").split(":", 1)[1])
    own = system = 0
    for name in set(names):
        path = os.path.join(entry["directory"], name)
        if not os.path.exists(path):
            continue
        if os.path.realpath(path).startswith("/usr/"):
            system += os.path.getsize(path)
        else:
            own += os.path.getsize(path)
    return own, system


def without_output(arguments):
    """clang -M writes to where -o says."""
    out = list(arguments)
    if "-o" in out:
        at = out.index("-o")
        del out[at:at + 2]
    return out


def costs_of(args, entry, report):
    entry = dict(entry, arguments=without_output(entry["arguments"]))
    file, flags = entry["file"], [
        word for word in entry["arguments"][1:] if word not in (
            "-c", entry["file"])]
    ours = [args.program, "-q", "-j", "1", "--no-cache", "--no-config",
            "--exit-zero", "-o", "sarif=" + report, file, "--", *flags]
    clang = args.clang + ("++" if entry["arguments"][0] == "c++" else "")
    syntax = [clang, "-fsyntax-only", "-w", *flags, file]
    one, other = run.in_turns([ours, syntax], entry["directory"], args.rounds)
    with open(report, "rb") as written:
        text = written.read()
    own, system = files_read(clang, entry)
    return Costs(one.cpu, other.cpu, one.memory, own, system, len(text),
                 len(gzip.compress(text, 6)))


def measure(args, folder, name, wanted=lambda file: True):
    with open(os.path.join(folder, "compile_commands.json"),
              encoding="utf-8") as file:
        entries = [e for e in json.load(file) if wanted(e["file"])]
    entries = entries[::max(1, len(entries) // args.files)][:args.files]
    report = os.path.join(folder, "report.sarif")
    Costs.of_many([costs_of(args, e, report) for e in entries]).print(
        name, len(entries))


def start(args, scratch):
    file = os.path.join(scratch, "one.c")
    databases.write(file, "int one;\n")
    for name, command in (
            ("--version", [args.program, "--version"]),
            ("a file of one line", [args.program, "-q", "--no-cache",
                                    "--no-config", "-j", "1", file, "--"])):
        least = run.in_turns([command], scratch, 10 * args.rounds)[0]
        print("  %-24s %6.3f s CPU, %4.0f MiB" % (
            name, least.cpu, least.memory / 1024))


def glibc(args, scratch):
    measure(args, databases.glibc(os.path.join(scratch, "glibc")), "glibc, C")


def cxx(args, scratch):
    folder = databases.heavy_cxx(os.path.join(scratch, "cxx"),
                                 args.files * GAP, GAP)
    measure(args, folder, "C++, relevant", run.is_relevant)
    measure(args, folder, "C++, irrelevant",
            lambda file: not run.is_relevant(file))


def merge(args, scratch):
    """Reports as they are in a big project: one in a hundred has findings."""
    for count in (1000, 4000):
        folder = os.path.join(scratch, "reports%d" % count)
        os.mkdir(folder)
        databases.write(os.path.join(folder, "a.c"), "int one;\n")
        databases.write(os.path.join(folder, "b.c"), "#include <pthread.h>\n"
                        "void f(pthread_t t) { pthread_cancel(t); }\n")
        texts = []
        for name in ("a.c", "b.c"):
            subprocess.run([args.program, "-q", "--no-cache", "--exit-zero",
                            "-o", "sarif=r", name, "--"], cwd=folder,
                           check=True)
            with open(os.path.join(folder, "r"), encoding="utf-8") as file:
                texts.append(file.read())
        names = []
        for n in range(count):
            text = texts[n % 100 == 0].replace('"b.c"', '"b%d.c"' % n)
            names.append("r%d" % n)
            databases.write(os.path.join(folder, names[-1]), text)
        done = run.in_turns([[args.program, "merge", "-o", "sarif=all",
                              *names]], folder, args.rounds)[0]
        print("  %d reports, %.1f and %.1f kB: %.2f s CPU, %.0f MiB" % (
            count, len(texts[0]) / 1000, len(texts[1]) / 1000, done.cpu,
            done.memory / 1024))


MODES = {"start": start, "glibc": glibc, "cxx": cxx, "merge": merge}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("modes", nargs="*", metavar="MODE",
                        help="of " + ", ".join(MODES) + "; default: all")
    parser.add_argument("--program", required=True)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=30)
    args = parser.parse_args()
    for mode in args.modes:
        if mode not in MODES:
            parser.error("there is no mode %s" % mode)
    args.program = os.path.abspath(args.program)
    with tempfile.TemporaryDirectory(prefix="thread-stop-bench-") as scratch:
        for mode in args.modes or MODES:
            print(mode, flush=True)
            MODES[mode](args, scratch)


if __name__ == "__main__":
    main()
