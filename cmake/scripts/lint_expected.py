# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lists of expected findings, and how a run differs from one.

A list is a table: tab-separated, its first line names the columns, and the
columns file, line and check say what is expected. Lines with # are comments.
"""

import collections
import os

Key = collections.namedtuple("Key", "file line check")


def rows(path):
    """The rows as dictionaries; none if there is no such file."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file
                 if line.strip() and not line.startswith("#")]
    names = lines[0].split("\t")
    result = []
    for line in lines[1:]:
        cells = line.split("\t")
        if len(cells) != len(names):
            raise ValueError("%s: '%s' has %d columns, not %d" % (
                path, line, len(cells), len(names)))
        result.append(dict(zip(names, cells)))
    return result


def keys(path):
    return collections.Counter(
        Key(row["file"], int(row["line"]), row["check"]) for row in rows(path))


def found(findings, root):
    return collections.Counter(
        Key(os.path.relpath(os.path.realpath(finding.file),
                            os.path.realpath(root)), finding.line,
            finding.check) for finding in findings)


def differences(expected, actual):
    """[(new or missing, key)], sorted."""
    return sorted([(key, "new") for key in (actual - expected).elements()] +
                  [(key, "missing") for key in (expected - actual).elements()])


def describe(difference):
    key, kind = difference
    return "%-8s %s:%d %s" % (kind, *key)
