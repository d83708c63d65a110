#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Test one check on one file: its diagnostics, its fixes, and the fixed code.

Usage, in a lit RUN line (lit adds the tools, see --help):

  %check_tidy FILE CHECK TEMP [option]... [-- clang-tidy args [-- flags]]

Expectations are comments of FILE, matched by FileCheck:

  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: <text> [CHECK]
  // CHECK-NOTES:    the same, but every note must be listed too
  // CHECK-FIXES:    a line of the code after --fix

"[[@LINE-1]]:3:" stands for a place in FILE, the whole number; a diagnostic in
another file starts with its base name. A diagnostic that is not listed fails
the test, and so does a fix without a CHECK-FIXES. Then clang-tidy runs on the
fixed code: it must compile, and what was fixed must not be found again.
"""

import argparse
import collections
import os
import re
import shutil
import subprocess
import sys

DEFAULT_STANDARD = {".c": "gnu11", ".cpp": "gnu++17"}
# In the order of their age, for "c++17-or-later".
STANDARDS = [["c99", "c11", "c17", "c2x"],
             ["c++11", "c++14", "c++17", "c++20", "c++2b"]]
KINDS = ("MESSAGES", "NOTES", "FIXES")

DIRECTIVE = r"\bCHECK-%s(?:-(?:NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?:"
# A comment with a directive, up to the end of the line.
COMMENT = re.compile(r"//[ \t]*CHECK-[A-Z][\w-]*:[^\r\n]*")
MESSAGE = r"(?P<kind>warning|error|fatal error|note): (?P<text>.*)"
GLOBAL = re.compile(MESSAGE)
DIAGNOSTIC = re.compile(
    r"(?P<file>[^\s:][^:]*):(?P<line>\d+):(?P<column>\d+): " + MESSAGE)
# Anchored: FILE's own comments hold "warning:" too.
UNLISTED = r"{{^[^ ]*:[0-9]+:[0-9]+: (%s):|^(%s):}}"
FIX_APPLIED = "FIX-IT applied suggested code changes"


class Failure(Exception):
    """The test failed; the text says why."""


def parse_arguments(argv):
    # The first "--" begins what clang-tidy gets, the second the compiler.
    own, tidy, flags = (split_at_dashes(argv) + [[], []])[:3]
    parser = argparse.ArgumentParser(
        description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("file")
    add("check", help="what to give to clang-tidy's -checks, after '-*,'")
    add("temp", help="prefix of the temporary files")
    add("-std", help="language standards, such as c11,c17 or c++17-or-later;"
        " default: gnu11, gnu++17")
    add("-check-suffix", "-check-suffixes", dest="suffixes", default="",
        help="use CHECK-NOTES-A and so on instead; A,B uses both, an empty"
        " one between commas is the plain name")
    add("-check-note-fixes", "-fix-notes", "--fix-notes", dest="fix_notes",
        action="store_true", help="also apply fixes that notes offer")
    add("-expect-clang-tidy-error", dest="broken", action="store_true",
        help="FILE is broken on purpose: errors are expected like warnings")
    add("-silent", action="store_true",
        help="FILE has no expectations of its own: nothing must be found")
    add("-no-recheck", action="store_true",
        help="do not run the check on the fixed code")
    add("--clang-tidy", default="clang-tidy")
    add("--filecheck", default="FileCheck")
    add("--plugin", help="given to clang-tidy -load")
    args = parser.parse_args(own)
    args.tidy_args, args.flags = tidy, flags
    args.extension = os.path.splitext(args.file)[1]
    if args.extension not in DEFAULT_STANDARD:
        parser.error("%s is neither .c nor .cpp" % args.file)
    return args


def split_at_dashes(argv):
    parts = [[]]
    for word in argv:
        if word == "--" and len(parts) < 3:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def standards(args):
    """The language standards to run with."""
    if not args.std:
        return [DEFAULT_STANDARD[args.extension]]
    later = "-or-later"
    if not args.std.endswith(later):
        return args.std.split(",")
    first = args.std[:-len(later)]
    for family in STANDARDS:
        plain = first.replace("gnu", "c")
        if plain in family:
            rest = family[family.index(plain):]
            return [s.replace("c", "gnu", 1) for s in rest] \
                if first.startswith("gnu") else rest
    raise Failure("unknown standard: " + first)


def used_prefixes(text, suffixes):
    """The directives of each kind that this run is to use."""
    for name in re.findall(r"\bCHECK-([A-Z]+)[\w-]*:", text):
        if name not in KINDS:
            raise Failure("CHECK-%s: unknown kind of expectation" % name)
    used = {}
    for kind in KINDS:
        names = [kind + ("-" + s if s else "") for s in suffixes.split(",")]
        used[kind] = ["CHECK-" + name for name in names
                      if re.search(DIRECTIVE % re.escape(name), text)]
    if used["MESSAGES"] and used["NOTES"]:
        raise Failure("CHECK-NOTES lists all notes, CHECK-MESSAGES some: use"
                      " one of them")
    return used


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8",
                          errors="replace", check=False)
    return done.returncode, done.stdout


class Diagnostic:
    def __init__(self, match, source):
        groups = match.groupdict()
        self.kind, self.text = groups["kind"], groups["text"]
        self.place = ""
        if "file" in groups:
            name = os.path.basename(groups["file"])
            if os.path.realpath(groups["file"]) == os.path.realpath(source):
                name = ""
            self.place = "%s:%s:%s: " % (name, groups["line"],
                                         groups["column"])

    def __str__(self):
        return "%s%s: %s" % (self.place, self.kind, self.text)

    def is_note(self):
        return self.kind == "note"

    def is_error(self):
        # -warnings-as-errors says "error" as well.
        return self.kind.endswith("error") and (
            not self.text.endswith("]")
            or "[clang-diagnostic-error" in self.text)


def parse_output(output, source):
    """The diagnostics; the code that clang-tidy echoes below them is left."""
    found = []
    for line in output.splitlines():
        match = DIAGNOSTIC.fullmatch(line)
        if match and not os.path.exists(match.group("file")):
            match = None
        match = match or GLOBAL.fullmatch(line)
        if match:
            found.append(Diagnostic(match, source))
    return found


class Test:
    """A run of FILE with one language standard."""

    def __init__(self, args, standard):
        self.args = args
        self.standard = standard
        with open(args.file, encoding="utf-8") as file:
            self.text = file.read()
        self.prefixes = used_prefixes(self.text, args.suffixes)
        # In a folder of its own, with what it includes: fixes to headers must
        # not reach the source tree.
        self.folder = args.temp + ".dir"
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        here = os.path.dirname(os.path.abspath(args.file))
        name = os.path.splitext(os.path.basename(args.file))[0]
        inputs = os.path.join(here, "Inputs", name)
        if os.path.isdir(inputs):
            shutil.copytree(inputs, os.path.join(self.folder, "Inputs", name))
        self.flags = ["-std=" + standard, "-I" + self.folder, "-I" + here]
        self.flags += args.flags

    def path(self, name):
        return os.path.join(self.folder, name + self.args.extension)

    def write(self, path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def tidy(self, source, *more):
        """Run clang-tidy; its diagnostics."""
        command = [self.args.clang_tidy, source]
        if self.args.plugin:
            command.append("-load=" + self.args.plugin)
        command.append("-checks=-*," + self.args.check)
        if not any(a.lstrip("-").startswith("config") for a in
                   self.args.tidy_args):
            command.append("-config={}")
        command += [*more, *self.args.tidy_args, "--", *self.flags]
        status, output = run(command)
        found = parse_output(output, source)
        if status not in (0, 1) or (
                status == 1 and not any(d.kind.endswith("error")
                                        for d in found)):
            raise Failure("clang-tidy ended with status %d:\n$ %s\n%s" % (
                status, " ".join(command), output))
        return found

    def file_check(self, prefixes, expectations, checked, *more):
        command = [self.args.filecheck, "-input-file=" + checked,
                   "-check-prefixes=" + ",".join(prefixes), *more,
                   expectations]
        status, output = run(command)
        if status:
            raise Failure("$ %s\n%s" % (" ".join(command), output))

    def check_messages(self, found):
        kind = "NOTES" if self.prefixes["NOTES"] else "MESSAGES"
        listed = self.prefixes[kind]
        shown = "\n".join(map(str, found)) + "\n"
        if not listed:
            if any(not d.is_note() for d in found):
                raise Failure("nothing was expected, but found:\n" + shown)
            return
        severities = "warning|error|fatal error"
        if kind == "NOTES":
            severities += "|note"
        expectations = self.write(self.path("expected"),
                                  anchor_places(self.text))
        output = self.write(os.path.join(self.folder, "messages"), shown)
        unlisted = UNLISTED % (severities, severities)
        try:
            self.file_check(listed, expectations, output,
                            "-implicit-check-not=" + unlisted)
        except Failure as failure:
            raise Failure("%s\nThe diagnostics were:\n%s" % (failure, shown))

    def check_fixes(self, fixed):
        """Compare the fixed code; true if there is any."""
        with open(fixed, encoding="utf-8") as file:
            changed = file.read() != strip_expectations(self.text)
        listed = self.prefixes["FIXES"]
        if changed and not listed:
            raise Failure("fixed, but without CHECK-FIXES:\n" +
                          self.difference(fixed))
        if listed and not changed:
            raise Failure("there are CHECK-FIXES, but nothing was fixed")
        if listed:
            self.file_check(listed, self.args.file, fixed,
                            "-strict-whitespace")
        return changed

    def difference(self, fixed):
        return run(["diff", "-u", self.path("original"), fixed])[1]

    def check_again(self, before, fixed):
        """The fixed code compiles, and keeps only what had no fix."""
        found = self.tidy(fixed)
        errors = [str(d) for d in found if d.is_error()]
        if errors and not self.args.broken:
            raise Failure("the fixed code does not compile:\n%s\n%s" % (
                "\n".join(errors), self.difference(fixed)))
        left = collections.Counter(
            d.text for d in found if not d.is_note() and not d.is_error())
        left -= unfixed(before)
        if left:
            raise Failure("still found in the fixed code:\n%s\n%s" % (
                "\n".join(map(str, found)), self.difference(fixed)))

    def execute(self):
        expected = any(self.prefixes.values())
        if expected == self.args.silent:
            raise Failure("-silent is for files without expectations"
                          if expected else "no expectations (CHECK-NOTES, "
                          "CHECK-MESSAGES, CHECK-FIXES), and no -silent")
        code = strip_expectations(self.text)
        original = self.write(self.path("original"), code)
        found = self.tidy(original)
        if any(d.is_error() for d in found) != self.args.broken:
            raise Failure(
                "no error, but -expect-clang-tidy-error" if self.args.broken
                else "does not compile:\n" + "\n".join(map(str, found)))
        self.check_messages(found)
        if self.args.broken and not self.prefixes["FIXES"]:
            return
        fixed = self.write(self.path("fixed"), code)
        fix = "-fix-notes" if self.args.fix_notes else "-fix"
        more = ["-fix-errors"] if self.args.broken else []
        applied = self.tidy(fixed, fix, *more)
        if self.check_fixes(fixed) and not self.args.no_recheck:
            self.check_again(applied, fixed)


def strip_expectations(text):
    """Without the expectations, but with the same lines: CHECK-FIXES must not
    match itself."""
    return COMMENT.sub("//", text)


def anchor_places(text):
    """Let "[[@LINE-1]]:3:" match a whole line number at a line's start."""
    return re.sub(
        r"(CHECK-(?:MESSAGES|NOTES)[\w-]*:[ \t]*):?(?=\[\[#?@LINE)",
        r"\1{{^:}}", text)


def unfixed(found):
    """The warnings of a run with --fix that it did not fix."""
    left, last = collections.Counter(), None
    for diagnostic in found:
        if not diagnostic.is_note():
            last = diagnostic.text
            left[last] += 1
        elif diagnostic.text == FIX_APPLIED and last:
            left[last] -= 1
            last = None
    return left


def main():
    args = parse_arguments(sys.argv[1:])
    try:
        for standard in standards(args):
            try:
                Test(args, standard).execute()
            except Failure as failure:
                raise Failure("with -std=%s: %s" % (standard, failure))
    except Failure as failure:
        sys.exit("%s: error: %s" % (args.file, failure))


if __name__ == "__main__":
    main()
