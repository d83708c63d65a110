# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the program share: where it is, how reports get into it."""

import json
import os
import pathlib
import subprocess

import reports

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
PROGRAM = BUILD / "bin" / "thread-stop"
INPUTS = reports.INPUTS


def run(*command, cwd=INPUTS, **more):
    return subprocess.run([str(word) for word in command], cwd=str(cwd),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False, **more)


def merge(*arguments, **more):
    return run(PROGRAM, "merge", *arguments, **more)


def write(folder, name, report):
    """A report of reports.py, or one's own, as a file."""
    if isinstance(report, str):
        report = reports.REPORTS[report]()
    path = pathlib.Path(folder) / (name + ".json")
    path.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    return path


def render(folder, name, form, *more):
    """A report in a format, as text; what else is printed has to be errors of
    the report itself."""
    out = pathlib.Path(folder) / (name + "." + form)
    done = merge(write(folder, name, name), "--output", form + "=" + str(out),
                 *more)
    assert done.stdout == "", done.stdout
    assert done.returncode in (0, 1, 2), (done.returncode, done.stderr)
    return out.read_text(encoding="utf-8")
