# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads checks/Checks.def, the list of all checks."""

import collections
import os
import re

PREFIX = "thread-stop-"

Check = collections.namedtuple(
    "Check", "class_name id summary severity fix safety since")

STRING = r'"((?:[^"\\]|\\.)*)"'
LINE = re.compile(r"^THREAD_STOP_CHECK\(\s*(\w+)" +
                  (r",\s*" + STRING) * 6 + r"\s*\)", re.MULTILINE)


def path(source):
    return os.path.join(source, "checks", "Checks.def")


def load(source):
    """The checks in the order of the file; none if there is no such file."""
    if not os.path.exists(path(source)):
        return []
    with open(path(source), encoding="utf-8") as file:
        return parse(file.read())


def parse(text):
    checks = [Check(*match.groups()) for match in LINE.finditer(text)]
    lines = re.findall(r"^THREAD_STOP_CHECK\(", text, re.MULTILINE)
    if len(lines) != len(checks):
        raise ValueError("Checks.def: %d of %d entries are malformed" % (
            len(lines) - len(checks), len(lines)))
    return [c._replace(summary=c.summary.replace('\\"', '"')) for c in checks]


def class_of(check_id):
    """The class of a check: pthread-cancel -> PthreadCancelCheck."""
    return "".join(w.capitalize() for w in check_id.split("-")) + "Check"
