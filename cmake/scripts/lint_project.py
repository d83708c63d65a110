#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs all thread-stop checks over one project; see lint.sh."""

import argparse
import os
import signal
import sys
import time

import lint_database
import lint_report
import lint_tidy

CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130

NO_DATABASE = """\
lint: there is no compile_commands.json in '%s', its build folders or above, so
lint: the compiler's options are guessed (-I. -Iinclude), and some files may not
lint: parse. To make one:
lint:   cmake -B build -DCMAKE_EXPORT_COMPILE_COMMANDS=ON   (projects with CMake)
lint:   bear -- make                                        (any other build)
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add_tool_arguments(parser)
    parser.add_argument("folder", metavar="DIR")
    return parser.parse_args()


def add_tool_arguments(parser):
    parser.add_argument("--clang-tidy", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--timeout", type=float, default=300,
                        help="seconds for one file")


def make_tool(options):
    tool = lint_tidy.Tool(options.clang_tidy, options.plugin, options.timeout)
    problem = tool.problem()
    if problem:
        sys.stderr.write("lint: error: %s\n" % problem)
        sys.exit(FAILED)
    return tool


def run(tool, jobs, number):
    """(results, was it interrupted, seconds), with a counter for a terminal."""
    def progress(done):
        if sys.stderr.isatty():
            sys.stderr.write("\r%d of %d files" % (done, len(jobs)))
            sys.stderr.write("\n" if done == len(jobs) else "")
            sys.stderr.flush()

    # make and others end us by SIGTERM: what is known is shown then, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begin = time.monotonic()
    results, interrupted = lint_tidy.Runner(tool, number).run(jobs, progress)
    return results, interrupted, time.monotonic() - begin


def main():
    options = arguments()
    try:
        project = lint_database.load(options.folder)
    except lint_database.ProjectError as error:
        sys.stderr.write("lint: error: %s\n" % error)
        return FAILED
    tool = make_tool(options)
    if not project.database:
        sys.stderr.write(NO_DATABASE % options.folder)
    results, interrupted, seconds = run(tool, project.jobs, options.jobs)
    return report(project, results, interrupted, seconds)


def report(project, results, interrupted, seconds):
    every = lint_report.collect(results)
    findings = [finding for finding in every
                if lint_database.is_inside(finding.file, project.root)]
    out = sys.stdout
    lint_report.print_findings(findings, project.root, out)
    if interrupted:
        print("Interrupted: this is what was found until then.", file=out)
    lint_report.print_counts(findings, out)
    if len(every) != len(findings):
        print("(%d more in files outside this folder)" % (
            len(every) - len(findings)), file=out)
    lint_report.print_files(results, len(project.jobs), seconds, project.root,
                            out)
    if project.skipped:
        print("%s neither C nor C++." % lint_report.plural(
            project.skipped, "file"), file=out)
    print("Compile commands: %s" % (
        lint_report.shown(project.database, project.root) if project.database
        else "guessed, there is no compile_commands.json"), file=out)
    out.flush()
    if interrupted:
        return INTERRUPTED
    if any(result.failure for result in results):
        return FAILED
    return FINDINGS if findings else CLEAN


def guarded(function):
    """The exit code of a main function, also if a user loses interest."""
    try:
        return function()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # as by | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(guarded(main))
