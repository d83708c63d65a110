#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""gen_model.py: what it writes, and that each mistake in a table is named
with its file and line.

Each test copies the real tables, spoils one line and runs the script.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "cmake" / "scripts" / "gen_model.py"
DATA = ROOT / "checks" / "model" / "data"


class GenModelTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = pathlib.Path(folder.name) / "data"
        self.out = pathlib.Path(folder.name) / "out"
        shutil.copytree(DATA, self.data)

    def run_script(self):
        return subprocess.run(
            [sys.executable, str(SCRIPT), "--data", str(self.data),
             "--out", str(self.out)],
            capture_output=True, text=True, check=False)

    def lines(self, table):
        return (self.data / table).read_text().split("\n")

    def write(self, table, lines):
        (self.data / table).write_text("\n".join(lines))

    def spoil(self, table, function, change):
        """Apply change to the row of function; returns its line number."""
        lines = self.lines(table)
        at = next(i for i, line in enumerate(lines)
                  if line.split("\t")[0] == function)
        lines[at] = change(lines[at])
        self.write(table, lines)
        return at + 1

    def expect_error(self, table, line, message):
        result = self.run_script()
        self.assertEqual(1, result.returncode, result.stderr)
        self.assertEqual([f"{self.data / table}:{line}: {message}"],
                         result.stderr.splitlines())
        self.assertFalse(self.out.exists(), "nothing is written on error")

    # ---- good tables ----

    def test_real_tables_are_accepted(self):
        result = self.run_script()
        self.assertEqual((0, "", ""),
                         (result.returncode, result.stdout, result.stderr))
        self.assertEqual(
            ["ac_safety.inc", "cancel_api.inc", "cancel_constants.inc",
             "cancellation_points.inc", "descriptors.inc", "keepers.inc",
             "lock_guards.inc", "locks.inc", "point_arguments.inc",
             "releases.inc", "resources.inc", "signal_api.inc",
             "signals.inc", "waits.inc", "wakers.inc"],
            sorted(path.name for path in self.out.iterdir()))

    def test_output_does_not_depend_on_the_run(self):
        self.run_script()
        first = {p.name: p.read_bytes() for p in self.out.iterdir()}
        self.run_script()
        self.assertEqual(first,
                         {p.name: p.read_bytes() for p in self.out.iterdir()})

    def test_row(self):
        self.run_script()
        rows = (self.out / "locks.inc").read_text().splitlines()
        self.assertIn('    {"mtx_trylock", LockOp::Try, LockKind::C11Mutex, 0,'
                      " LockSuccess::ThrdSuccess, ApiForm::Function},", rows)

    def test_quotes_and_backslashes_are_escaped(self):
        self.spoil("ac_safety.tsv", "abs",
                   lambda row: row.rsplit("\t", 1)[0] + '\ta "b" \\c')
        self.assertEqual(0, self.run_script().returncode)
        self.assertIn(r'"a \"b\" \\c"',
                      (self.out / "ac_safety.inc").read_text())

    # ---- shape of a table ----

    def test_duplicate_row(self):
        line = self.spoil("locks.tsv", "mtx_lock", lambda row: row + "\n" + row)
        self.expect_error("locks.tsv", line + 1, "duplicate row 'mtx_lock'")

    def test_not_sorted(self):
        lines = self.lines("cancellation_points.tsv")
        lines[2], lines[3] = lines[3], lines[2]
        self.write("cancellation_points.tsv", lines)
        self.expect_error("cancellation_points.tsv", 4,
                          "not sorted: 'accept4' stands after 'access'")

    def test_missing_column(self):
        line = self.spoil("cancellation_points.tsv", "read",
                          lambda row: row.rsplit("\t", 1)[0])
        self.expect_error("cancellation_points.tsv", line,
                          "10 columns instead of 11")

    def test_extra_column(self):
        line = self.spoil("locks.tsv", "mtx_lock", lambda row: row + "\tx")
        self.expect_error("locks.tsv", line, "7 columns instead of 6")

    def test_empty_line(self):
        line = self.spoil("locks.tsv", "mtx_lock", lambda row: "\n" + row)
        self.expect_error("locks.tsv", line, "1 columns instead of 6")

    def test_wrong_header(self):
        lines = self.lines("cancel_constants.tsv")
        lines[0] = lines[0].replace("setting", "sort")
        self.write("cancel_constants.tsv", lines)
        self.expect_error(
            "cancel_constants.tsv", 1, "wrong header, expected: "
            "constant setting glibc236_value musl123_value")

    def test_no_final_newline(self):
        lines = self.lines("cancel_constants.tsv")
        self.write("cancel_constants.tsv", lines[:-1])
        self.expect_error("cancel_constants.tsv", len(lines) - 1,
                          "no newline at the end of the file")

    def test_missing_file(self):
        (self.data / "locks.tsv").unlink()
        result = self.run_script()
        self.assertEqual(1, result.returncode)
        self.assertTrue(result.stderr.startswith(
            f"{self.data / 'locks.tsv'}:1: cannot read: "), result.stderr)

    # ---- cells ----

    def test_unknown_status(self):
        line = self.spoil("cancellation_points.tsv", "read",
                          lambda row: row.replace("required", "sometimes", 1))
        self.expect_error(
            "cancellation_points.tsv", line, "column status: unknown value "
            "'sometimes', expected one of: never, optional, required")

    def test_unknown_acts(self):
        line = self.spoil("cancellation_points.tsv", "read",
                          lambda row: row.replace("\tyes", "\tmaybe", 1))
        self.expect_error(
            "cancellation_points.tsv", line, "column glibc236_acts: unknown "
            "value 'maybe', expected one of: -, no, yes")

    def test_unknown_reason(self):
        line = self.spoil("ac_safety.tsv", "accept",
                          lambda row: row.replace("\tfd\t", "\tfd,spoon\t"))
        self.expect_error("ac_safety.tsv", line,
                          "column ac_reasons: unknown reason 'spoon'")

    def test_bad_position(self):
        line = self.spoil("locks.tsv", "mtx_lock",
                          lambda row: row.replace("\t0\t", "\tfirst\t"))
        self.expect_error(
            "locks.tsv", line, "column lock_arg: 'first' is not an argument "
            "position: use 0 to 9, -1 (the object), -3 (all) or - (none)")

    def test_bad_name(self):
        line = self.spoil("locks.tsv", "mtx_unlock",
                          lambda row: row.replace("mtx_unlock", "mtx_unlock()"))
        self.expect_error("locks.tsv", line,
                          "column function: 'mtx_unlock()' is not a name")

    def test_bad_place_of_a_resource(self):
        line = self.spoil("resources.tsv", "pipe",
                          lambda row: row.replace("array0", "args"))
        self.expect_error("resources.tsv", line, "column place: 'args' is no "
                          "place: use return, arg0 or array0")

    def test_one_of_several_kinds_unknown(self):
        line = self.spoil("releases.tsv", "close",
                          lambda row: row.replace("message-queue", "spoon"))
        result = self.run_script()
        self.assertEqual(1, result.returncode)
        self.assertIn(f"releases.tsv:{line}: column kinds: unknown value "
                      "'spoon', expected one of: address-list, ",
                      result.stderr)

    def test_resource_rows(self):
        self.run_script()
        rows = (self.out / "resources.inc").read_text().splitlines()
        self.assertIn('    {"socketpair", ResourceKind::Descriptor, '
                      "ResourcePlace::Array, 3, ResourceFailure::Negative, "
                      "NoArgument, true},", rows)

    def test_rule_without_function(self):
        line = self.spoil("point_rules.tsv", "close",
                          lambda row: row.replace("close", "closeness", 1))
        self.expect_error("point_rules.tsv", line, "closeness has no row in "
                          "cancellation_points.tsv")

    def test_all_mistakes_are_reported(self):
        self.spoil("locks.tsv", "mtx_lock", lambda row: row + "\tx")
        self.spoil("locks.tsv", "flockfile", lambda row: row + "\tx")
        self.spoil("ac_safety.tsv", "abs", lambda row: "abs")
        self.assertEqual(3, len(self.run_script().stderr.splitlines()))


if __name__ == "__main__":
    unittest.main()
