#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures what the runtime costs, against the plain calls. Only prints;
nothing is tested.

    python3 bench/runtime/run.py [--mode signal|eventfd] [--repetitions N]

Both sides run in one process, in random turns, so that a change of the machine's
load meets both. The time of a side is the median of its turns; next to it, the
least, which is what a quiet machine would come near to. Calls that do not wait
are measured in CPU time, the others in real time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# What, first and second benchmark, the ratio that is to be reached (None: for
# information), which time.
ROWS = [
    ("recv, data ready", "recv ready", 1.05, "cpu_time"),
    ("read socket, data ready", "read ready socket", 1.05, "cpu_time"),
    ("read pipe, 1 byte ready", "read ready pipe", 1.05, "cpu_time"),
    ("read pipe, 4 KiB ready", "read ready pipe 4 KiB", None, "cpu_time"),
    ("read pipe, 64 KiB ready", "read ready pipe 64 KiB", None, "cpu_time"),
    ("send, room", "send ready", None, "cpu_time"),
    ("write pipe, room", "write ready pipe", None, "cpu_time"),
    ("poll, ready", "poll ready", None, "cpu_time"),
    ("accept, one there", "accept ready", None, "cpu_time"),
    ("accept, O_NONBLOCK, one there", "accept ready nonblocking", None,
     "cpu_time"),
    ("recv, ping-pong", "recv ping-pong", 1.5, "real_time"),
    ("read pipe, ping-pong", "read ping-pong", 1.5, "real_time"),
    ("request + join, pthread_cancel + join", "stop and join", 1.0,
     "real_time"),
]
GROWTH = [
    ("request, the same thread", "request one", 1.5, "cpu_time"),
    ("request, all threads in turn", "request each", None, "cpu_time"),
    ("pthread_kill, all threads in turn", "pthread_kill each", None,
     "cpu_time"),
]
SCALE = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def build(folder):
    subprocess.run(["cmake", "-S", HERE, "-B", folder,
                    "-DCMAKE_BUILD_TYPE=Release"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "-j", "2"], check=True,
                   stdout=subprocess.DEVNULL)
    return os.path.join(folder, "runtime_bench")


# Ten thousand threads leave traces in a process: they have one of their own.
PROCESSES = ("ready|ping-pong|join", "request|pthread_kill")


def measure(program, pattern, arguments):
    """Name of each benchmark -> its times in nanoseconds, by kind of time."""
    command = [program, arguments.mode, "--benchmark_format=json",
               "--benchmark_repetitions=%d" % arguments.repetitions,
               "--benchmark_enable_random_interleaving=true",
               "--benchmark_min_time=%g" % arguments.min_time,
               "--benchmark_filter=" + pattern]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True).stdout
    times = {}
    for run in json.loads(output)["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        name = "/".join(run["run_name"].split("/")[:2])
        scale = SCALE[run["time_unit"]] / run.get("calls", 1)
        times.setdefault(name, []).append(
            {kind: run[kind] * scale for kind in ("cpu_time", "real_time")})
    return times


def print_rows(rows, times, sides, titles):
    print("\n%-38s %17s %17s %8s %8s  %s" % (
        (titles[0],) + tuple(side + " ns (least)" for side in titles[1:])
        + ("ratio", "(least)", "goal")))
    for what, name, goal, kind in rows:
        values = [[t[kind] for t in times.get(name + "/" + side, [])]
                  for side in sides]
        if not all(values):
            continue
        medians = [statistics.median(v) for v in values]
        least = [min(v) for v in values]
        ratio = medians[0] / medians[1]
        verdict = ""
        if goal:
            verdict = "<= %.2f %s" % (goal, "met" if ratio <= goal else "MISSED")
        print("%-38s %17s %17s %8.3f %8.3f  %s" % (
            what, "%.0f (%.0f)" % (medians[0], least[0]),
            "%.0f (%.0f)" % (medians[1], least[1]), ratio,
            least[0] / least[1], verdict))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mode", default="signal",
                        choices=["signal", "eventfd"])
    parser.add_argument("--repetitions", type=int, default=21)
    parser.add_argument("--min-time", type=float, default=0.05)
    parser.add_argument("--filter", default="")
    parser.add_argument("--build", default=os.path.join(
        ROOT, "build", "bench-runtime"))
    arguments = parser.parse_args()
    program = build(arguments.build)
    times = {}
    for pattern in [arguments.filter] if arguments.filter else PROCESSES:
        times.update(measure(program, pattern, arguments))
    print("mode %s, %d repetitions, load %.1f" % (
        arguments.mode, arguments.repetitions, os.getloadavg()[0]))
    print_rows(ROWS, times, ("ours", "raw"), ("what", "ours", "raw"))
    print_rows(GROWTH, times, ("10000", "10"),
               ("what", "10,000 threads", "10 threads"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
