# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what was found, and a summary of it."""

import collections
import os


def plural(count, word):
    return "%d %s%s" % (count, word, "" if count == 1 else "s")


def shown(path, root):
    """The path relative to the root, if it is in there."""
    real = os.path.realpath(path)
    if real == root or real.startswith(os.path.join(root, "")):
        return os.path.relpath(real, root)
    return path


def collect(results):
    """The findings of all files, each once, sorted by place.

    A header is seen from many files: its findings count once.
    """
    once = {}
    for result in results:
        for finding in result.findings:
            key = (os.path.realpath(finding.file), finding.line,
                   finding.column, finding.check, finding.text)
            once.setdefault(key, finding)
    return [once[key] for key in sorted(once)]


def print_findings(findings, root, out):
    for finding in findings:
        print("%s:%d:%d: warning: %s [%s]" % (
            shown(finding.file, root), finding.line, finding.column,
            finding.text, finding.check), file=out)
        for note in finding.notes:
            print("%s:%d:%d: note: %s" % (
                shown(note.file, root), note.line, note.column, note.text),
                  file=out)
    if findings:
        print(file=out)


def print_counts(findings, out):
    files = {finding.file for finding in findings}
    if not findings:
        print("No findings.", file=out)
        return
    print("%s in %s:" % (plural(len(findings), "finding"),
                         plural(len(files), "file")), file=out)
    counts = collections.Counter(finding.check for finding in findings)
    for check, count in sorted(counts.items()):
        print("%6d  %s" % (count, check), file=out)


def print_files(results, wanted, seconds, root, out):
    """How many files were analysed; which could not be, and why."""
    failed = [result for result in results if result.failure]
    print("%s of %s analysed in %.1f s." % (
        len(results) - len(failed), plural(wanted, "file"), seconds), file=out)
    if failed:
        print("%s could not be analysed, or not fully:" %
              plural(len(failed), "file"), file=out)
    for result in sorted(failed, key=lambda result: result.file):
        reason = result.failure.replace(os.path.join(root, ""), "")
        print("  %s: %s" % (shown(result.file, root), reason), file=out)
