# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs clang-tidy with the plugin over many files, several at a time.

A Job is one file with its compile commands. Each gets a run of its own, with a
database that holds nothing else: a large one need not be read again for each
file, and what clang does not know can be left out of the commands.
"""

import collections
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

CHECKS = "-*,thread-stop-*"
PREFIX = "thread-stop-"

# commands: a list of {"directory": ..., "arguments": [...]}, for one file.
Job = collections.namedtuple("Job", "file commands")
Note = collections.namedtuple("Note", "file line column text")
Finding = collections.namedtuple("Finding",
                                 "file line column check text notes")
# failure: None, or one line that says why the file was not analysed (fully).
Result = collections.namedtuple("Result", "file findings failure")

DIAGNOSTIC = re.compile(
    r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):(?P<column>\d+): "
    r"(?P<level>warning|error|fatal error|note): (?P<text>.*)$")
NO_PLACE = re.compile(r"^(?:fatal )?error: (?P<text>.*)$", re.MULTILINE)
CHECK_NAME = re.compile(r"^(?P<text>.*) \[(?P<checks>[\w.,+-]+)\]$")
# What other compilers take and clang does not.
UNKNOWN = re.compile(
    r"(?:unknown argument|unsupported option|unsupported argument)"
    r":? '(?P<option>[^']+)'")
CRASH = re.compile(r"PLEASE (?:submit|ATTACH)|^Stack dump:|symbol lookup error",
                   re.MULTILINE)


class Tool:
    """A clang-tidy with the plugin loaded."""

    def __init__(self, clang_tidy, plugin, timeout=300):
        self.clang_tidy = clang_tidy
        self.plugin = plugin
        self.timeout = timeout

    def problem(self):
        """What keeps this tool from working at all, or None."""
        if not shutil.which(self.clang_tidy):
            return "there is no '%s': make build installs it" % self.clang_tidy
        if not os.path.exists(self.plugin):
            return "there is no plugin '%s': run make build" % self.plugin
        # A plugin that does not fit can stay silent, so ask for its checks.
        done = subprocess.run(
            self.start() + ["-list-checks"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", check=False)
        if done.returncode or PREFIX not in done.stdout:
            return "%s cannot load '%s':\n%s" % (
                self.clang_tidy, self.plugin, done.stdout.strip())
        return None

    def start(self):
        return [self.clang_tidy, "-load=" + self.plugin, "-checks=" + CHECKS]

    def command(self, job, folder):
        # -w: a -Werror of the project's must not make errors of warnings that
        # only clang gives.
        return self.start() + [
            "-quiet", "-header-filter=.*", "-warnings-as-errors=-*",
            "-extra-arg=-w", "-p", folder, job.file]


class Runner:
    """Runs jobs in parallel; stop() may be called from another thread."""

    def __init__(self, tool, jobs):
        self.tool = tool
        self.jobs = max(1, jobs)
        self.lock = threading.Lock()
        self.children = set()
        self.stopped = False

    def run(self, jobs, progress=lambda done: None):
        """(results in the order of the jobs, was it interrupted)."""
        results = [None] * len(jobs)
        pool = concurrent.futures.ThreadPoolExecutor(self.jobs)
        futures = {pool.submit(self.run_one, job): number
                   for number, job in enumerate(jobs)}
        interrupted = False
        try:
            for count, future in enumerate(
                    concurrent.futures.as_completed(futures), 1):
                results[futures[future]] = future.result()
                progress(count)
        except KeyboardInterrupt:
            interrupted = True
            self.stop()
        finally:
            for future in futures:
                future.cancel()
            pool.shutdown(wait=True)
        return [result for result in results if result], interrupted

    def stop(self):
        with self.lock:
            self.stopped = True
            for child in self.children:
                kill(child)

    def run_one(self, job):
        if not os.path.exists(job.file):
            return Result(job.file, [], "there is no such file")
        with tempfile.TemporaryDirectory(prefix="thread-stop-") as folder:
            for _ in range(4):
                write_database(job, folder)
                code, out, err = self.execute(job, folder)
                if self.stopped:
                    return None
                unknown = {match.group("option")
                           for match in UNKNOWN.finditer(out + err)}
                known = without(job, unknown)
                if known == job:
                    break
                job = known
        return read_result(job, code, out, err, self.tool.timeout)

    def execute(self, job, folder):
        with self.lock:
            if self.stopped:
                return 0, "", ""
            # A session of its own: Ctrl-C is ours to hand on.
            child = subprocess.Popen(
                self.tool.command(job, folder), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                encoding="utf-8", errors="replace", start_new_session=True)
            self.children.add(child)
        try:
            out, err = child.communicate(timeout=self.tool.timeout)
            return child.returncode, out, err
        except subprocess.TimeoutExpired:
            kill(child)
            out, err = child.communicate()
            return None, out, err
        finally:
            with self.lock:
                self.children.discard(child)


def kill(child):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def write_database(job, folder):
    entries = [{"directory": command["directory"], "file": job.file,
                "arguments": command["arguments"]} for command in job.commands]
    with open(os.path.join(folder, "compile_commands.json"), "w",
              encoding="utf-8") as file:
        json.dump(entries, file)


def without(job, options):
    """The job without these arguments."""
    if not options:
        return job
    return job._replace(commands=[
        dict(command, arguments=[argument for argument in command["arguments"]
                                 if argument not in options])
        for command in job.commands])


def read_result(job, code, out, err, timeout):
    findings, error = parse(out, job.commands[0]["directory"])
    if code is None:
        failure = "took more than %g seconds" % timeout
    elif code < 0 or CRASH.search(err) or code >= 128:
        failure = "clang-tidy crashed: " + crash_line(code, err)
    elif error:
        failure = "does not parse: " + error
    elif code:
        match = NO_PLACE.search(err) or NO_PLACE.search(out)
        lines = [line for line in err.splitlines() if line.strip()]
        failure = "clang-tidy failed: " + (
            match.group("text") if match
            else lines[0] if lines else "exit code %d" % code)
    else:
        failure = None
    return Result(job.file, findings, failure)


def crash_line(code, err):
    if code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return "signal %d" % -code
    lines = [line for line in err.splitlines() if line.strip()]
    return lines[0] if lines else "exit code %d" % code


def parse(out, directory):
    """(findings of our checks, the first error) in what clang-tidy printed."""
    findings = []
    first_error = None
    other_error = None  # without a place, such as "too many errors"
    current = None
    for line in out.splitlines():
        match = DIAGNOSTIC.match(line)
        if not match:
            placeless = NO_PLACE.match(line)
            if placeless:
                other_error = CHECK_NAME.sub(r"\1", placeless.group("text"))
            continue
        file = os.path.normpath(os.path.join(directory, match.group("file")))
        where = file, int(match.group("line")), int(match.group("column"))
        if match.group("level") == "note":
            if current is not None:
                current.notes.append(Note(*where, match.group("text")))
            continue
        current = None
        named = CHECK_NAME.match(match.group("text"))
        checks = named.group("checks").split(",") if named else [""]
        ours = [check for check in checks if check.startswith(PREFIX)]
        text = named.group("text") if named else match.group("text")
        if ours:
            current = Finding(*where, ours[0], text, [])
            findings.append(current)
        elif match.group("level") != "warning" and not first_error:
            first_error = "%s:%d:%d: %s" % (*where, text)
    return findings, first_error or other_error
