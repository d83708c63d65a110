#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measure what our checks cost while someone types. Only prints.

A file of 3,000 lines is open in three thread-stop-clangd: with no checks at
all, with clangd's default checks, and with these and ours. The same keystrokes
go to each in turns, in the middle of the file; the time is that from didChange
to publishDiagnostics, without clangd's own wait for more keystrokes. Medians
are compared: what ours add, as a part of the rebuild without any checks.

daemon      C with threads, locks and cancellation: all analyses run
plain       the same headers, and code that does not concern us
complete    after each keystroke the code compiles
half-typed  a statement is typed character by character
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "test" / "clangd")]

import lsp  # noqa: E402
import programs  # noqa: E402

LINES = 3000
GOAL = 0.10
#: What clangd runs by default.
STOCK = ("-*,readability-misleading-indentation,readability-deleted-default,"
         "bugprone-integer-division,bugprone-sizeof-expression,"
         "bugprone-suspicious-missing-comma,bugprone-unused-raii,"
         "bugprone-unused-return-value,misc-unused-using-decls,"
         "misc-unused-alias-decls,misc-definitions-in-headers")
STATEMENT = "  if (typed_here() > 42) typed_here();\n"

PLAIN_PART = """
struct row@ {
    struct row@ *next;
    char key[32], value[96];
    unsigned used, width;
};

static const struct row@ *find@(const struct row@ *rows, const char *key)
{
    for (; rows; rows = rows->next)
        if (strcmp(rows->key, key) == 0)
            return rows;
    return NULL;
}

static unsigned hash@(const char *text, size_t len)
{
    unsigned h = 2166136261u;

    for (size_t i = 0; i < len; i++) {
        h ^= (unsigned char)text[i];
        h *= 16777619u;
    }
    return h % 1024;
}

int parse@(struct row@ *into, const char *line)
{
    const char *equals = strchr(line, '=');
    size_t len;

    if (!equals)
        return -1;
    len = (size_t)(equals - line);
    if (len >= sizeof into->key)
        len = sizeof into->key - 1;
    memcpy(into->key, line, len);
    into->key[len] = 0;
    snprintf(into->value, sizeof into->value, "%s", equals + 1);
    switch (line[0]) {
    case '#':
        return 0;
    case ' ':
        into->width++;
        break;
    default:
        into->used = hash@(line, len);
    }
    return find@(into->next, into->key) != NULL;
}
"""


def source(name):
    """A program as users have it, and where one types in it."""
    one = PLAIN_PART if name == "plain" else programs.DAEMON_PART
    parts = []
    while sum(part.count("\n") for part in parts) < LINES:
        parts.append(one.replace("@", str(len(parts))))
    half = len(parts) // 2
    text = [programs.DAEMON_HEAD + "".join(parts[:half]) +
            "int typed_here(void);\nint typed(void) {\n",
            "  return 0;\n}\n" + "".join(parts[half:])]
    return text[0], text[1], sum(t.count("\n") for t in text)


def keystrokes(kind, count):
    if kind == "complete":
        return ["  typed_here();\n" * (i % 3 + 1) for i in range(count)]
    return [STATEMENT[:i % len(STATEMENT) + 1] for i in range(count)]


class Editor:
    def __init__(self, args, scratch, name, checks):
        self.home = pathlib.Path(scratch) / name
        self.home.mkdir()
        (self.home / ".clang-tidy").write_text("Checks: '%s'\n" % checks,
                                               encoding="utf-8")
        self.path = self.home / "typed.c"
        self.server = lsp.Server(args.program, self.home)
        self.version = 1
        self.times = []
        self.found = 0

    def type(self, text):
        self.version += 1
        start = time.monotonic()
        found = self.server.change(self.path, self.version, text)
        self.times.append(time.monotonic() - start)
        self.found = len([d for d in found if str(d.get("code")).startswith(
            "thread-stop")])


def measure(args, program, kind):
    head, tail, lines = source(program)
    with tempfile.TemporaryDirectory(prefix="thread-stop-bench-") as scratch:
        editors = [Editor(args, scratch, name, checks) for name, checks in (
            ("none", "-*"), ("stock", STOCK),
            ("ours", STOCK + ",thread-stop-*"))]
        with editors[0].server, editors[1].server, editors[2].server:
            for editor in editors:
                editor.server.open(editor.path, head + tail)
                for text in keystrokes(kind, 3):  # warms up
                    editor.type(head + text + tail)
                editor.times.clear()
            for number, text in enumerate(keystrokes(kind, args.keystrokes)):
                for turn in range(3):  # who comes last finds the caches warm
                    editors[(number + turn) % 3].type(head + text + tail)
    none, stock, ours = (statistics.median(e.times) for e in editors)
    part = (ours - stock) / none
    print("  %-7s %-10s %5d lines %7.1f ms %7.1f ms %7.1f ms %6.1f %%   "
          "goal %d %%  %s" % (
              program, kind, lines, none * 1000, stock * 1000, ours * 1000,
              part * 100, GOAL * 100, "met" if part < GOAL else "MISSED"))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--keystrokes", type=int, default=40)
    args = parser.parse_args()
    args.program = os.path.abspath(args.program)
    if not os.path.exists(args.program):
        print("thread-stop-clangd is not built for this LLVM")
        return
    print("a keystroke in thread-stop-clangd: no checks, clangd's, and ours; "
          "ours / no checks")
    for program in ("daemon", "plain"):
        for kind in ("complete", "half-typed"):
            measure(args, program, kind)


if __name__ == "__main__":
    main()
