#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is wrong is said clearly, ends in 2, and hides nothing else."""

import json
import os

from project_env import (BAD, CLEAN, FAILED, FINDINGS, IRRELEVANT, ToolTest,
                         main, needs_rights_to_matter, without_rights)

CANCEL = "pthread-cancel"


class BadInputTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.write("a.c", BAD)

    def check_error(self, *arguments, said=(), **more):
        """Nothing to begin with: one line, and no report."""
        done = self.run_tool(*arguments, **more)
        self.assertEqual(FAILED, done.code, done.all)
        self.assertEqual("", done.out)
        self.assertEqual(1, len(done.err.splitlines()), done.err)
        self.assertTrue(done.err.startswith("thread-stop: error: "), done.err)
        self.check_says(done, *said)

    def check_rest(self, *said, arguments=(), **more):
        """a.c is reported all the same."""
        done = self.json(*arguments, code=FAILED, **more)
        self.assertIn(("a.c", 3, CANCEL), done.keys, done.all)
        self.assertTrue(done.report["failures"])
        self.check_says(done, *said)
        self.check_no_crash(done)
        return done

    def entry(self, name="a.c", **more):
        result = {"directory": str(self.root), "file": name,
                  "arguments": ["cc", "-c", name]}
        result.update(more)
        return {key: value for key, value in result.items()
                if value is not None}


class DatabaseTest(BadInputTest):
    def test_none(self):
        self.check_error(said=["there is no compile_commands.json in %s or "
                               "above" % self.root, "-p"])

    def test_named_but_missing(self):
        self.check_error("-p", "none", said=["none"])
        self.check_error("-p", "a.c", said=["a.c"])

    def test_not_one(self):
        for text in ("", "[", "{}", "[1]", "[{}]", "nonsense", '"x"',
                     b"\xff\xfe\x00", b"\0" * 100,
                     '[{"directory": "/", "file": "x.c"}]'):
            with self.subTest(text):
                self.raw_database(text)
                self.check_error(said=["compile_commands.json"])

    def test_cut_off(self):
        path = self.raw_database([self.entry(), self.entry()])
        self.raw_database(path.read_bytes()[:-20])
        self.check_error(said=["compile_commands.json cannot be read: "])

    def test_no_commands(self):
        self.raw_database([])
        self.check_error(said=["has no commands"])

    def test_folder(self):
        (self.root / "compile_commands.json").mkdir()
        self.check_error(said=["compile_commands.json"])

    @needs_rights_to_matter
    def test_unreadable(self):
        self.raw_database([self.entry()]).chmod(0)
        self.check_error("--no-cache", said=["compile_commands.json", "ermi"],
                         **without_rights())

    def test_missing_files(self):
        self.database(["a.c", "none.c", "gone/too.c"])
        done = self.check_rest("none.c: cannot be read: No such file",
                               "gone/too.c: cannot be read: No such file",
                               "out of date")
        self.assertEqual(2, done.counts["failed"])

    def test_missing_directory(self):
        self.write("b.c", BAD)
        self.raw_database([self.entry(), self.entry(
            str(self.root / "b.c"), directory=str(self.root / "gone"))])
        self.check_rest("b.c: its command runs in %s/gone, which is not "
                        "there" % self.root)

    def test_broken_commands(self):
        self.write("b.c", BAD)
        for command in ("", " ", "cc", "cc -c", "cc -o b.o", "''",
                        "cc -c 'b.c", "cc -c other.c", "cc -E -x none b.c",
                        "cc @none.rsp -c b.c", "cc -c b.c \\", "ld -o x b.o",
                        "cc -I -c b.c", "cc -include", "cc -x -c b.c",
                        "cc --target=none -c b.c", "cc -march=none -c b.c",
                        "cc -std=none -c b.c", "\x01"):
            with self.subTest(command):
                self.raw_database([self.entry(), self.entry(
                    "b.c", arguments=None, command=command)])
                done = self.json()
                self.assertIn(("a.c", 3, CANCEL), done.keys, done.all)
                self.check_no_crash(done)
                self.assertTrue(("b.c", 3, CANCEL) in done.keys or
                                done.report["failures"], done.all)

    def test_no_arguments(self):
        self.write("b.c", BAD)
        self.raw_database([self.entry(), self.entry("b.c", arguments=[])])
        done = self.json()
        self.assertIn(("a.c", 3, CANCEL), done.keys)

    def test_options_of_gcc(self):
        flags = ["-fconserve-stack", "-fno-allow-store-data-races",
                 "-mindirect-branch=thunk-extern", "-fplugin=./x.so",
                 "-fplugin-arg-x-y=z", "-mpreferred-stack-boundary=4",
                 "-fanalyzer", "-Wno-maybe-uninitialized", "-fno-ipa-sra",
                 "--param=ssp-buffer-size=4", "-mrecord-mcount", "-fopenacc",
                 "-fno-var-tracking-assignments", "-Wimplicit-fallthrough=5",
                 "-Werror", "-Wall", "-specs=/none", "-fcallgraph-info",
                 "-ftree-parallelize-loops=2", "-fno-tree-loop-im", "-ggdb3",
                 "-Wa,--noexecstack", "-Wp,-MD,x.d", "-MMD", "-MF", "y.d",
                 "-fdump-tree-all", "-save-temps", "-fprofile-use=none",
                 "-flto=auto", "-pipe", "-fbranch-target-load-optimize"]
        for flag in flags:
            if flag in ("-MF",):
                continue
            with self.subTest(flag):
                self.database(["a.c"], [flag] if flag != "y.d" else [])
                self.assertEqual([("a.c", 3, CANCEL)],
                                 self.json(code=FINDINGS).keys)
        self.database(["a.c"], flags)
        done = self.json(code=FINDINGS)
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.check_says(done, "clang ", "-fno-ipa-sra")
        self.assertEqual({"a.c", "compile_commands.json"},
                         {path.name for path in self.root.iterdir()})

    def test_deep_folders(self):
        name = "/".join(["d" * 50] * 20) + "/b.c"
        self.write(name, BAD)
        self.database(["a.c", name])
        self.assertEqual(2, len(self.json(code=FINDINGS).keys))

    def test_name_with_control_characters(self):
        name = "a\x1b[31m\n\t.c"
        self.write(name, BAD + "int x = ;\n")
        self.database(["a.c", name])
        done = self.run_tool()
        self.assertEqual(FAILED, done.code)
        self.assertNotIn("\x1b", done.err + done.out)


class FilesTest(BadInputTest):
    def test_missing_path(self):
        done = self.json("none.c", "a.c", code=FAILED)
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.check_says(done, "none.c: cannot be read: No such file")

    def test_does_not_compile(self):
        self.write("b.c", "int x = ;\nint y = z;\n" + BAD)
        self.database(["a.c", "b.c"])
        done = self.check_rest("b.c: it does not compile: 2 errors",
                               "b.c:1:9: error: expected expression")
        self.assertIn(("b.c", 5, CANCEL), done.keys)

    def test_missing_header(self):
        self.write("b.c", "#include <none.h>\n" + BAD)
        self.database(["a.c", "b.c"])
        self.check_rest("'none.h' file not found")

    def test_folder_instead(self):
        (self.root / "b.c").mkdir()
        self.database(["a.c", "b.c"])
        self.check_rest("b.c")

    def test_link_to_nothing(self):
        (self.root / "b.c").symlink_to("none")
        (self.root / "c.c").symlink_to("c.c")
        self.database(["a.c", "b.c", "c.c"])
        self.check_rest("b.c: cannot be read", "c.c: cannot be read")
        (self.root / "compile_commands.json").unlink()
        self.json(".")

    @needs_rights_to_matter
    def test_unreadable_file(self):
        self.write("b.c", BAD).chmod(0)
        self.database(["a.c", "b.c"])
        self.check_rest("b.c: cannot be read: Permission denied",
                        arguments=["--no-cache"], **without_rights())

    @needs_rights_to_matter
    def test_unreadable_header(self):
        self.write("x.h", "").chmod(0)
        self.write("b.c", '#include "x.h"\n' + BAD)
        self.database(["a.c", "b.c"])
        self.check_rest("x.h", arguments=["--no-cache"], **without_rights())

    @needs_rights_to_matter
    def test_unreadable_folder(self):
        self.write("no/b.c", BAD)
        self.write("z/c.c", BAD)
        (self.root / "no").chmod(0)
        done = self.check_rest("no: cannot be read: Permission denied",
                               arguments=["--no-cache", "."],
                               **without_rights())
        self.assertEqual(2, len(done.keys))
        (self.root / "no").chmod(0o755)

    def test_empty_files(self):
        self.write("b.c", "")
        self.write("c.cpp", "")
        self.database(["a.c", "b.c", "c.cpp"])
        self.assertEqual(1, len(self.json(code=FINDINGS).keys))

    def test_device(self):
        done = self.run_tool("/dev/null")
        self.assertIn(done.code, (CLEAN, FAILED))
        self.check_no_crash(done)


class ConfigurationTest(BadInputTest):
    def test_broken_file(self):
        self.write("sub/.clang-tidy", "Checks: [\n")
        self.write("sub/b.c", BAD)
        self.database(["a.c", "sub/b.c"])
        done = self.check_rest("sub/.clang-tidy: cannot be read as a "
                               "configuration: line ")
        self.assertEqual(2, len(done.keys))

    def test_unknown_key(self):
        self.write(".clang-tidy", "Chekcs: '*'\n")
        self.database(["a.c"])
        self.check_rest(".clang-tidy", "Chekcs")

    def test_bad_option(self):
        self.database(["a.c"])
        self.check_error("--config={", said=["--config: line 1"])
        self.check_error("--config-file=none", said=["none cannot be read"])
        self.check_error("--checks=none", said=["'none' fits no check"])
        self.check_error("--checks=pthread-cancle",
                         said=["did you mean 'thread-stop-pthread-cancel'"])

    def test_bad_regex(self):
        self.database(["a.c"])
        done = self.run_tool("--header-filter=(")
        self.check_no_crash(done)


class OutputTest(BadInputTest):
    def setUp(self):
        super().setUp()
        self.database(["a.c"])

    def test_full(self):
        for name in ("text", "json", "sarif", "html"):
            done = self.run_tool("--output=%s=/dev/full" % name)
            self.assertEqual(FAILED, done.code)
            self.check_says(done, "cannot write '/dev/full': No space left")
            self.check_no_crash(done)
            done = self.shell("$T --output=%s > /dev/full" % name)
            self.assertEqual(FAILED, done.code)
            self.check_says(done, "cannot write to the standard output")

    def test_full_for_other_commands(self):
        for words in ("list", "--help", "--version", "explain pthread-cancel"):
            done = self.shell("$T %s > /dev/full" % words)
            self.assertEqual(FAILED, done.code, words)
            self.check_no_crash(done)
            self.check_says(done, "thread-stop: error: cannot write")

    def test_reader_that_goes_away(self):
        for words in ("list", "--help", "explain pthread-cancel", "a.c"):
            done = self.shell("$T %s | head -c 1 > /dev/null; exit "
                              "${PIPESTATUS[0]}" % words)
            self.check_no_crash(done)
            self.assertNotIn("error", done.err)

    def test_no_part_of_a_file(self):
        old = self.write("r.json", "old")
        for number in range(60):
            self.write("f%02d.c" % number, BAD)
        self.database(["f%02d.c" % number for number in range(60)])
        done = self.shell("ulimit -f 8; $T --no-cache -q -ojson=r.json "
                          "2>&1 >/dev/null | cat; exit ${PIPESTATUS[0]}")
        self.assertEqual(FAILED, done.code, done.all)
        self.assertEqual(b"old", old.read_bytes())
        self.assertIn("r.json", done.out)
        self.assertEqual([], [path.name for path in self.root.iterdir()
                              if ".tmp" in path.name])

    def test_said_before_the_work(self):
        self.check_error("--output=json=none/r.json",
                         said=["there is no folder 'none'"])
        self.check_error("--output=xml", said=["unknown output format 'xml'"])
        self.check_error("--output=json", "--output=text",
                         said=["two reports on the standard output"])


class CommandLineTest(BadInputTest):
    def test_mistakes(self):
        for words, said in (
                (["--chekcs=x"], "did you mean '--checks'?"),
                (["--nonsense"], "see thread-stop --help"),
                (["-Z"], "there is no option '-Z'"),
                (["-j"], "'-j' needs a value"), (["-j", "x"], "-j takes"),
                (["-j0"], "-j takes"), (["-j", "-1"], "-j takes"),
                (["--shard=3/2"], "--shard takes I/N"),
                (["--shard=x"], "--shard takes I/N"),
                (["--color=blue"], "auto, always or never"),
                (["--quiet=1"], "'--quiet' takes no value"),
                (["--fix", "--shard=1/2"], "--fix is for a whole run"),
                (["--config=x", "--config-file=y"], "give one"),
                (["-p.", "a.c", "--", "-c"], "give one"),
                (["--", "-c"], "name the files"),
                (["explain"], "name a check"),
                (["explain", "pthread-cancl"], "did you mean"),
                (["merge"], "name the reports"),
                (["merge", "none.json"], "none.json")):
            with self.subTest(words):
                done = self.run_tool(*words)
                self.assertEqual(FAILED, done.code, done.all)
                self.assertTrue(any(said in line
                                    for line in done.err.splitlines()),
                                done.all)
                self.check_no_crash(done)

    def test_commands(self):
        done = self.run_tool("list")
        self.assertEqual(CLEAN, done.code)
        self.assertIn("thread-stop-pthread-cancel", done.out)
        for name in ("pthread-cancel", "thread-stop-pthread-cancel"):
            done = self.run_tool("explain", name)
            self.assertIn("# thread-stop-pthread-cancel", done.out)
        for word in ("--help", "-h", "help"):
            self.assertIn("Usage: thread-stop", self.run_tool(word).out)
        for word in ("--version", "-V"):
            self.assertTrue(self.run_tool(word).out.startswith("thread-stop "))

    def test_exit_zero(self):
        self.database(["a.c", "none.c"])
        self.assertEqual(CLEAN, self.run_tool("a.c", "--exit-zero").code)
        self.assertEqual(FAILED, self.run_tool("--exit-zero").code)

    def test_closed_streams(self):
        self.database(["a.c"])
        for redirection in ("<&-", "2>&-", ">&-", "<&- >&- 2>&-"):
            done = self.shell("$T -q --no-cache -o json=r.json %s" %
                              redirection)
            self.assertEqual(FINDINGS, done.code, redirection + done.all)
            self.assertEqual(1, len(json.loads(self.read("r.json"))[
                "findings"]))
            os.unlink(self.root / "r.json")

    def test_working_directory_gone(self):
        done = self.shell("mkdir x; cd x; rmdir ../x; $T ../a.c; $T")
        self.check_no_crash(done)
        self.assertEqual(FAILED, done.code)

    def test_irrelevant(self):
        self.write("a.c", IRRELEVANT)
        self.database(["a.c"])
        done = self.run_tool()
        self.assertEqual((CLEAN, ""), (done.code, done.out))
        self.check_says(done, "no findings (1 file: 0 analysed, 1 not "
                        "concerned")


if __name__ == "__main__":
    main()
