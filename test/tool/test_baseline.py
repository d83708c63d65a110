#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--baseline leaves out what is known, and nothing else."""

from project_env import (BAD, CLEAN, FAILED, FINDINGS, FIXABLE, FIXED,
                         IRRELEVANT, ToolTest, main)

CANCEL = "pthread-cancel"
LINE = "void more(pthread_t t) { pthread_cancel(t); }\n"


class BaselineTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.write("a.c", BAD)
        self.write("b.c", FIXABLE)
        self.database(["a.c", "b.c"])

    def write_baseline(self, *arguments):
        done = self.run_tool("--write-baseline=base", *arguments)
        self.assertEqual(CLEAN, done.code, done.all)
        return done

    def check_new(self, expected, *arguments):
        done = self.json("--baseline=base", *arguments,
                         code=FINDINGS if expected else CLEAN)
        self.assertEqual([(*key, CANCEL) for key in expected], done.keys,
                         done.all)
        return done


class KnownTest(BaselineTest):
    def test_all_known(self):
        done = self.write_baseline()
        self.check_says(done, "wrote 2 findings to base")
        self.assertEqual(2, self.check_new([]).counts["baselined"])

    def test_moved_lines(self):
        self.write_baseline()
        self.write("a.c", "\n/* more */\n\n" + BAD.replace("{", "{\n\n"))
        self.write("b.c", FIXABLE.replace("  pthread", "\tpthread"))
        self.assertEqual(2, self.check_new([]).counts["baselined"])

    def test_new_one(self):
        self.write_baseline()
        self.write("a.c", LINE.join(BAD.split("\n", 1)[:0]) + BAD + LINE)
        self.check_new([("a.c", 5)])

    def test_same_line_twice(self):
        """One is known; which of the two equal ones is new nobody can say."""
        self.write_baseline()
        self.write("a.c", BAD + BAD.split("\n", 1)[1].replace("stop", "halt"))
        self.assertEqual(1, len(self.json("--baseline=base").keys))

    def test_duplicates_are_all_known(self):
        self.write("a.c", BAD.replace("  pthread_cancel(t);\n",
                                      "  pthread_cancel(t);\n" * 4))
        self.write_baseline()
        self.assertEqual(5, self.check_new([]).counts["baselined"])

    def test_new_file(self):
        self.write_baseline()
        self.write("c.c", BAD)
        self.database(["a.c", "b.c", "c.c"])
        self.check_new([("c.c", 3)])

    def test_changed_line_is_new(self):
        self.write_baseline()
        self.write("a.c", BAD.replace("(t);", "(t); /* really */"))
        self.check_new([("a.c", 3)])

    def test_stale(self):
        self.write_baseline()
        self.write("b.c", FIXED)
        done = self.check_new([])
        self.check_says(done, "1 finding of base can no longer be found")

    def test_not_stale_if_not_looked_at(self):
        self.write_baseline()
        self.assertNotIn("no longer", self.check_new([], "a.c").err)
        self.assertNotIn("no longer", self.check_new(
            [], "--checks=pthread-cancel").err)

    def test_not_stale_if_broken(self):
        self.write_baseline()
        self.write("b.c", "#error\n" + FIXED)
        done = self.json("--baseline=base", code=FAILED)
        self.assertNotIn("no longer", done.err)

    def test_written_anew(self):
        self.write_baseline()
        self.write("a.c", IRRELEVANT)
        done = self.run_tool("--baseline=base", "--write-baseline")
        self.assertEqual(CLEAN, done.code, done.all)
        self.assertNotIn("a.c", self.read("base"))
        self.assertIn("b.c", self.read("base"))

    def test_same_text_for_same_findings(self):
        self.write_baseline()
        first = self.read("base")
        self.write_baseline("-j1", "--no-cache")
        self.assertEqual(first, self.read("base"))

    def test_cold_and_warm(self):
        """Bytes that are no Unicode are part of the fingerprint, too."""
        self.write("a.c", BAD.replace("(t);", "(t); // \xe4").encode("latin-1"))
        self.write_baseline("--no-cache")
        self.check_new([])
        self.check_new([])

    def test_written_with_failures(self):
        self.write("a.c", "int x = ;\n" + FIXED)
        done = self.run_tool("--write-baseline=base")
        self.assertEqual(FAILED, done.code)
        self.check_says(done, "what is new in files that could not be "
                        "analysed is not in base")

    def test_known_of_a_file_that_fails_stays_known(self):
        self.write_baseline()
        self.write("a.c", IRRELEVANT)
        self.write("b.c", FIXABLE + "int x = ;\n")
        done = self.run_tool("--baseline=base", "--write-baseline")
        self.assertEqual(FAILED, done.code, done.all)
        self.assertNotIn("a.c", self.read("base"))
        self.write("b.c", FIXABLE)
        self.check_new([])


class WrongTest(BaselineTest):
    def check_wrong(self, text, *said):
        self.write("base", text)
        done = self.run_tool("--baseline=base")
        self.assertEqual(FAILED, done.code, done.all)
        self.assertEqual("", done.out)
        self.check_says(done, *said)

    def test_foreign(self):
        self.check_wrong("hello\n", "base:1: not a baseline")

    def test_empty(self):
        self.check_wrong("", "base:1: the file is empty")

    def test_cut_off(self):
        self.write_baseline()
        self.check_wrong(self.read("base").replace("# end\n", ""), "cut off")

    def test_newer(self):
        self.check_wrong("# thread-stop baseline 99\n# end\n", "newer")

    def test_bad_line(self):
        self.check_wrong("# thread-stop baseline 1\nxyz\n# end\n", "base:2: ")

    def test_missing(self):
        done = self.run_tool("--baseline=none")
        self.assertEqual(FAILED, done.code)
        self.check_says(done, "none: cannot read the baseline: No such file "
                        "or directory; write one with --write-baseline")

    def test_no_name(self):
        done = self.run_tool("--write-baseline")
        self.assertEqual(FAILED, done.code)
        self.check_says(done, "--write-baseline needs a file")

    def test_full_disk(self):
        self.write_baseline()
        before = self.read("base")
        done = self.shell("ulimit -f 0; $T --no-cache -q "
                          "--write-baseline=base 2>&1 | cat; "
                          "exit ${PIPESTATUS[0]}")
        self.assertEqual(FAILED, done.code, done.all)
        self.assertEqual(before, self.read("base"))

    def test_parts(self):
        for extra in ("--shard=1/2", "--diff=HEAD"):
            done = self.run_tool("--write-baseline=base", extra)
            self.assertEqual(FAILED, done.code)
            self.check_says(done, "--write-baseline is for a whole run")


if __name__ == "__main__":
    main()
