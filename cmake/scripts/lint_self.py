#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs all thread-stop checks over our examples and over the thread tests of
glibc, and compares what they find with the lists in test/real; see lint.sh."""

import argparse
import glob
import os
import sys

import lint_expected
import lint_glibc
import lint_project
import lint_report
from lint_tidy import Job

MATCHES, DIFFERS, FAILED = 0, 1, 2


def example_jobs(source):
    """Without a database: all that our examples need is -pthread."""
    folder = os.path.join(source, "examples")
    return [Job(name, [{"directory": folder, "arguments": [
        "cc", "-std=gnu11", "-pthread", "-c", name]}])
            for name in sorted(glob.glob(os.path.join(folder, "*.c")))]


class Corpus:
    """Some code, the list of findings in it and that of unparsable files."""

    def __init__(self, name, root, jobs, expected, unparsed=None):
        self.name = name
        self.root = os.path.realpath(root)
        self.jobs = jobs
        self.expected = expected
        self.unparsed = {row["file"] for row in lint_expected.rows(unparsed)
                         } if unparsed else set()

    def run(self, options, tool):
        self.results, self.interrupted, self.seconds = lint_project.run(
            tool, self.jobs, options.jobs)
        # What a file with errors shows differs between versions of clang.
        self.findings = lint_report.collect(
            result for result in self.results if not result.failure)
        failed = {lint_report.shown(result.file, self.root)
                  for result in self.results if result.failure}
        self.failures = sorted(failed - self.unparsed)
        self.parses_now = sorted(self.unparsed - failed)
        self.differences = lint_expected.differences(
            lint_expected.keys(self.expected),
            lint_expected.found(self.findings, self.root))

    def matches(self):
        return not (self.differences or self.failures or self.parses_now)

    def report(self, out):
        print("== %s" % self.name, file=out)
        if self.interrupted:
            print("Interrupted: this is what was found until then.", file=out)
        lint_report.print_counts(self.findings, out)
        lint_report.print_files(self.results, len(self.jobs), self.seconds,
                                self.root, out)
        if self.interrupted:
            return
        if self.matches():
            print("As listed in %s." % os.path.relpath(self.expected),
                  file=out)
            return
        print("Not as listed in %s:" % os.path.relpath(self.expected),
              file=out)
        for line in self.complaints():
            print("  " + line, file=out)

    def complaints(self):
        return (
            [lint_expected.describe(difference)
             for difference in self.differences] +
            ["failed   %s" % name for name in self.failures] +
            ["parses   %s (but is listed as unparsable)" % name
             for name in self.parses_now])


def examples(source):
    return Corpus("examples", os.path.join(source, "examples"),
                  example_jobs(source),
                  os.path.join(source, "test/real/examples.tsv"))


def glibc(source):
    """The tests of glibc; raises lint_glibc.Unavailable."""
    path = lint_glibc.archive()
    version = lint_glibc.version(path)
    if version != lint_glibc.LISTED_VERSION:
        raise lint_glibc.Unavailable(
            "the list is for glibc %s, and %s is %s" % (
                lint_glibc.LISTED_VERSION, lint_glibc.PACKAGE, version))
    folder = lint_glibc.unpack(path, os.path.join(source, "build"))
    return Corpus("thread tests of glibc " + version, folder,
                  lint_glibc.jobs(folder),
                  os.path.join(source, "test/real/glibc-nptl.tsv"),
                  os.path.join(source, "test/real/glibc-nptl-unparsed.tsv"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    lint_project.add_tool_arguments(parser)
    options = parser.parse_args()
    tool = lint_project.make_tool(options)
    source = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.realpath(__file__))))
    code = MATCHES
    for load in (examples, glibc):
        try:
            corpus = load(source)
        except lint_glibc.Unavailable as reason:
            print("== thread tests of glibc: left out, %s" % reason)
            continue
        corpus.run(options, tool)
        corpus.report(sys.stdout)
        print(flush=True)
        if corpus.interrupted:
            return lint_project.INTERRUPTED
        if corpus.failures:
            code = FAILED
        elif not corpus.matches():
            code = max(code, DIFFERS)
    print("Findings here are expected: the examples and tests show them on "
          "purpose." if code == MATCHES else
          "The lists say why each finding is there; test/real/README.md says "
          "how to update them.")
    return code


if __name__ == "__main__":
    sys.exit(lint_project.guarded(main))
