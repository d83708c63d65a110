#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the models of the stop protocol with spin.

Each row of CASES is one exhaustive run. Some must hold; the naive protocols
must fail, and in the way that is written there: a model that cannot fail proves
nothing. Rows with "reached" ask spin for a state that must be possible.

Exit code: 0 all as expected, 1 something was not, 77 spin or gcc is missing.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

HOLDS = "holds"
CYCLE = "acceptance cycle"
ASSERT = "assertion violated"
STUCK = "invalid end state"
REACHED = "reached"

# Model, what is switched on, which ltl formula (None: assertions and invalid
# end states), what spin has to say.
CASES = [
    # The wait on a descriptor.
    ("stop", "", None, HOLDS),
    ("stop", "", "stops", HOLDS),
    ("stop", "", "returns", HOLDS),
    ("stop", "", "never_canceled", REACHED),
    ("stop", "", "no_stop_while_asleep", REACHED),
    ("stop", "ALWAYS_READY", "stops", HOLDS),
    ("stop", "ALWAYS_READY", "never_canceled", REACHED),
    ("stop", "NEVER_READY", "stops", HOLDS),
    ("stop", "NEVER_READY", "never_canceled", REACHED),
    ("stop", "EVENTFD", None, HOLDS),
    ("stop", "EVENTFD", "stops", HOLDS),
    ("stop", "EVENTFD", "returns", HOLDS),
    ("stop", "EVENTFD ALWAYS_READY", "stops", HOLDS),
    ("stop", "EVENTFD NEVER_READY", "stops", HOLDS),
    ("stop", "EARLY NEVER_READY", "stops", HOLDS),
    ("stop", "EARLY EVENTFD NEVER_READY", "stops", HOLDS),
    ("stop", "EARLY NEVER_READY NAIVE_WAIT_FIRST", "stops", CYCLE),
    # The same flag in the handler is enough while nothing is ready: that is
    # why it survives tests.
    ("stop", "NAIVE_HANDLER_FLAG NEVER_READY", "stops", HOLDS),
    ("stop", "NAIVE_HANDLER_FLAG ALWAYS_READY", "stops", CYCLE),
    ("stop", "NAIVE_HANDLER_FLAG", "stops", CYCLE),
    ("stop", "NAIVE_KILL_FIRST NEVER_READY", "stops", CYCLE),
    ("stop", "NAIVE_CHECK_READ NEVER_READY", "stops", CYCLE),
    ("stop", "NAIVE_UNBLOCK_READ NEVER_READY", "stops", CYCLE),
    ("stop", "NAIVE_POLL_READ", "stops", CYCLE),
    # Threads that end, and ids that come back.
    ("lifetime", "", None, HOLDS),
    ("lifetime", "", "returns", HOLDS),
    ("lifetime", "", "stops", HOLDS),
    ("lifetime", "", "entry_goes_first", HOLDS),
    ("lifetime", "", "no_leak", HOLDS),
    ("lifetime", "", "no_request_to_second", REACHED),
    ("lifetime", "", "never_ends_first", REACHED),
    ("lifetime", "IN_HANDLER", None, HOLDS),
    ("lifetime", "IN_HANDLER", "returns", HOLDS),
    ("lifetime", "NAIVE_KILL_UNLOCKED", None, ASSERT),
    ("lifetime", "NAIVE_INSERT_DEAD", None, ASSERT),
    ("lifetime", "NAIVE_SELF_INSERT", None, ASSERT),
    ("lifetime", "NAIVE_UNCOUNTED", None, ASSERT),
    ("lifetime", "NAIVE_LOCK_UNMASKED IN_HANDLER", None, STUCK),
    # Descriptors that can only be polled first.
    ("fdlock", "", None, HOLDS),
    ("fdlock", "", "stops", HOLDS),
    ("fdlock", "", "both_stop", HOLDS),
    ("fdlock", "", "never_all_read", REACHED),
    ("fdlock", "NAIVE_NO_LOCK", "both_stop", CYCLE),
    # accept() on a copy of the descriptor.
    ("lend", "", None, HOLDS),
    ("lend", "", "stops", HOLDS),
    ("lend", "", "never_accepted", REACHED),
    ("lend", "", "never_failed", REACHED),
    ("lend", "NAIVE_ONLY_SIGNAL", "stops", CYCLE),
    ("lend", "NAIVE_KILL_FIRST", "stops", CYCLE),
    ("lend", "NAIVE_TEST_FIRST", "stops", CYCLE),
    ("lend", "NAIVE_NO_HANDSHAKE", None, ASSERT),
    # cond_wait.
    ("cond", "", None, HOLDS),
    ("cond", "", "stops", HOLDS),
    ("cond", "", "returns", HOLDS),
    ("cond", "", "never_canceled", REACHED),
    ("cond", "", "never_busy_after_ready", REACHED),
    ("cond", "TWO", "stops", HOLDS),
    ("cond", "TWO", "returns", HOLDS),
    ("cond", "TWO", "never_canceled", REACHED),
    ("cond", "NAIVE_BROADCAST_UNLOCKED", "stops", CYCLE),
    ("cond", "NAIVE_TEST_FIRST", "stops", CYCLE),
    ("cond", "NAIVE_NOT_BUSY", None, ASSERT),
    ("cond", "NAIVE_POINTER_OUTSIDE", None, ASSERT),
    ("cond", "NAIVE_REQUESTER_LOCKS TWO", "returns", CYCLE),
    ("cond", "NAIVE_IN_ORDER TWO", "stops", CYCLE),
    # sem_wait.
    ("sem", "", None, HOLDS),
    ("sem", "", "stops", HOLDS),
    ("sem", "", "returns", HOLDS),
    ("sem", "", "never_canceled", REACHED),
    ("sem", "", "never_got_after_stop", REACHED),
    ("sem", "NAIVE_ONE_SIGNAL", "stops", CYCLE),
    ("sem", "NAIVE_SEND_LATER", None, ASSERT),
    ("sem", "NAIVE_STAY_LISTED", None, ASSERT),
    # The waker's own life.
    ("waker", "", None, HOLDS),
    ("waker", "", "all_served", HOLDS),
    ("waker", "", "ends", HOLDS),
    ("waker", "", "never_restarted", REACHED),
    ("waker", "", "never_two", REACHED),
    ("waker", "NAIVE_LOOK_FIRST", "all_served", CYCLE),
]


def run(command, folder):
    """Runs a command, gives its output, and ends the program if it fails."""
    result = subprocess.run(command, cwd=folder, text=True, timeout=300,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise RuntimeError("%s\n%s" % (" ".join(command), result.stdout))
    return result.stdout


def pan_of(model, switches, claims, folder):
    """Compiles the verifier of one model. Partial-order reduction is not sound
    together with the 'provided' clause of IN_HANDLER."""
    run(["spin", "-a"] + ["-D" + switch for switch in switches.split()]
        + [os.path.join(HERE, model + ".pml")], folder)
    mode = ["-DNFAIR=3"] if claims else ["-DSAFETY", "-DNOCLAIM"]
    if "IN_HANDLER" in switches:
        mode.append("-DNOREDUCE")
    # Only the largest model takes longer to run than to compile.
    optimize = "-O1" if "TWO" in switches else "-O0"
    # A second run finds the verifiers of the first again.
    compiler = ["ccache", "gcc"] if shutil.which("ccache") else ["gcc"]
    run(compiler + [optimize, "-w", "-DMEMLIM=1024"] + mode + ["-c", "pan.c"],
        folder)
    run(["gcc", "-o", "pan", "pan.o"], folder)
    return os.path.join(folder, "pan")


def verdict_of(output, claims):
    """What pan found: HOLDS, or the first violation. A formula that only says
    what is never reached is violated like an assertion. Incomplete searches are
    errors, not results."""
    if re.search(r"max search depth too small|Search not completed|"
                 r"reached -DMEMLIM|out of memory", output):
        if "errors: 0" in output:
            raise RuntimeError("incomplete search\n" + output)
    errors = re.search(r"errors: (\d+)", output)
    if not errors:
        raise RuntimeError("pan said nothing\n" + output)
    if errors.group(1) == "0":
        return HOLDS
    for kind in (CYCLE, STUCK):
        if kind in output.replace("invalid end states", ""):
            return kind
    if "assertion violated" in output:
        return REACHED if claims else ASSERT
    raise RuntimeError("unknown verdict\n" + output)


def states_in(output):
    found = re.search(r"(\d+) states, stored", output)
    return int(found.group(1)) if found else 0


def check(cases, keep_trace=False):
    """Runs cases that need the same verifier. Gives for each: verdict, number
    of states, trace."""
    model, switches, formula, _ = cases[0]
    results = []
    with tempfile.TemporaryDirectory(prefix="thread-stop-model-") as folder:
        pan = pan_of(model, switches, formula is not None, folder)
        for case in cases:
            formula = case[2]
            command = [pan, "-m1000000"]
            if formula:
                command += ["-a", "-f", "-N", formula]
            output = run_pan(command, folder)
            trace = trace_of(case, folder) if keep_trace else ""
            results.append((verdict_of(output, formula is not None),
                            states_in(output), trace))
    return results


def groups_of(cases):
    """Cases that differ only in the formula share a verifier."""
    groups = {}
    for case in cases:
        key = (case[0], case[1], case[2] is not None)
        groups.setdefault(key, []).append(case)
    return list(groups.values())


def run_pan(command, folder):
    # pan's exit code says nothing about the verdict.
    return subprocess.run(command, cwd=folder, text=True, timeout=300,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout


def trace_of(case, folder):
    """The counterexample, step by step."""
    name = case[0] + ".pml"
    trail = [f for f in os.listdir(folder) if f.endswith(".trail")]
    if not trail:
        return "no counterexample\n"
    command = ["spin", "-k", trail[0], "-t", "-p", "-g"]
    command += ["-D" + switch for switch in case[1].split()]
    command += [os.path.join(HERE, name)]
    trace = run_pan(command, folder)
    os.remove(os.path.join(folder, trail[0]))
    return trace


def name_of(case):
    return "%s [%s] %s" % (case[0], case[1], case[2] or "safety")


def report(case, result):
    verdict, states, _ = result
    good = verdict == case[3]
    print("%-4s %-58s %-18s %8d states%s" % (
        "ok" if good else "FAIL", name_of(case), verdict, states,
        "" if good else "  expected: " + case[3]))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only the cases whose name has TEXT in it")
    parser.add_argument("--trace", action="store_true",
                        help="print the counterexamples")
    arguments = parser.parse_args()
    for program in ("spin", "gcc"):
        if not shutil.which(program):
            print("skipped: no " + program)
            return 77
    cases = [case for case in CASES if arguments.only in name_of(case)]
    if not cases:
        print("no such case: " + arguments.only)
        return 1
    good = True
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        groups = groups_of(cases)
        jobs = [pool.submit(check, group, arguments.trace) for group in groups]
        for group, job in zip(groups, jobs):
            for case, result in zip(group, job.result()):
                good = report(case, result) and good
                if arguments.trace:
                    print(result[2])
    print("%d cases, %s" % (len(cases), "all as expected" if good else "FAILED"))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
