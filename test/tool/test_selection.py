#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which files are looked at: paths, databases, lone files, parts."""

import json
import os

from project_env import (BAD, CLEAN, FAILED, FINDINGS, FIXABLE, IRRELEVANT,
                      ToolTest, keys, main)

CANCEL = "pthread-cancel"


class SelectionTest(ToolTest):
    def check_files(self, expected, *arguments, **more):
        """One finding in each of the files."""
        done = self.json(*arguments, **more)
        self.assertEqual(sorted((name, 3, CANCEL) for name in expected),
                         done.keys, done.all)
        self.assertEqual(FINDINGS if expected else CLEAN, done.code, done.all)
        return done


class DatabaseTest(SelectionTest):
    def setUp(self):
        super().setUp()
        for name in ("a.c", "src/b.c", "src/sub/c.c", "tests/d.c"):
            self.write(name, BAD)
        self.all = ["a.c", "src/b.c", "src/sub/c.c", "tests/d.c"]

    def test_all(self):
        self.database(self.all)
        self.check_files(self.all)

    def test_found_above(self):
        self.database(self.all)
        found = self.json(cwd=self.root / "src/sub")
        self.assertEqual(4, len(found.keys), found.all)
        self.check_files(["c.c"], "c.c", cwd=self.root / "src/sub")

    def test_found_in_build(self):
        self.database(self.all, folder="build")
        self.check_files(self.all)

    def test_found_from_elsewhere(self):
        self.database(self.all)
        done = self.json(self.root / "src/b.c", cwd=self.folder)
        self.assertEqual([("project/src/b.c", 3, CANCEL)], done.keys)
        self.assertEqual("", done.err.split("thread-stop: 1 finding")[0])

    def test_named(self):
        self.database(self.all, folder="out/debug")
        self.check_files(self.all, "-p", "out/debug")
        self.check_files(self.all, "-pout/debug/")
        self.check_files(self.all, "--build-path=out/debug/"
                         "compile_commands.json")

    def test_paths(self):
        self.database(self.all)
        self.check_files(["src/b.c", "src/sub/c.c"], "src")
        self.check_files(["src/b.c", "src/sub/c.c"], "./src/")
        self.check_files(["a.c"], "tests/../a.c")
        self.check_files(["src/b.c", "tests/d.c"], "src/b.c", "tests", "src/b.c")
        self.check_files(self.all, ".")
        self.check_files(self.all, self.root)

    def test_folder_with_the_same_beginning(self):
        self.write("src2/e.c", BAD)
        self.database(self.all + ["src2/e.c"])
        self.check_files(["src/b.c", "src/sub/c.c"], "src")

    def test_linked_paths(self):
        self.database(self.all)
        (self.root / "link").symlink_to("src")
        (self.root / "link.c").symlink_to("src/b.c")
        done = self.json("link/b.c")
        self.assertEqual((FINDINGS, 1), (done.code, len(done.keys)), done.all)
        done = self.json("link.c")
        self.assertEqual((FINDINGS, 1), (done.code, len(done.keys)), done.all)
        done = self.json("link")
        self.assertEqual((FINDINGS, 2), (done.code, len(done.keys)), done.all)

    def test_in_a_linked_folder(self):
        """As a shell goes there: its PWD has the link."""
        self.database(self.all)
        link = self.folder / "link"
        link.symlink_to(self.root)
        for arguments in ((), ("src", "a.c", "tests")):
            done = self.json(*arguments, cwd=link, env={"PWD": link})
            self.assertEqual((FINDINGS, 4), (done.code, len(done.keys)),
                             done.all)

    def test_header_like_its_neighbours(self):
        self.write("src/x.h", "#ifdef FLAG\n\n" + BAD + "#endif\n")
        self.database(self.all, ["-DFLAG"])
        done = self.json("src/x.h")
        self.assertEqual([("src/x.h", 5, CANCEL)], done.keys, done.all)
        self.check_says(done, "1 file is not in compile_commands.json")

    def test_several_commands(self):
        self.write("a.c", "#ifdef A\n\n" + BAD + "#else\n\n" + BAD +
                   "#endif\n")
        self.database([("a.c", ["-DA"]), "a.c", "a.c"])
        done = self.json()
        self.assertEqual([("a.c", 5, CANCEL), ("a.c", 11, CANCEL)], done.keys)
        self.assertEqual(2, done.counts["files"])

    def test_same_finding_of_several_commands(self):
        self.database([("a.c", ["-DA"]), ("a.c", ["-DB"])])
        self.check_files(["a.c"])

    def test_finding_of_a_header_once(self):
        self.write("x.h", "#pragma once\n#include <pthread.h>\nstatic void "
                   "s(pthread_t t) { pthread_cancel(t); }\n")
        self.write("e.c", '#include "x.h"\n')
        self.write("f.c", '#include "x.h"\n')
        self.database(["e.c", "f.c"])
        self.check_files(["x.h"], "--header-filter=.*")

    def test_what_is_no_source(self):
        self.write("boot.S", "nop\n")
        self.raw_database([{"directory": str(self.root), "file": "boot.S",
                            "command": "cc -c boot.S"},
                           {"directory": str(self.root), "file": "a.c",
                            "command": "cc -c a.c"}])
        self.check_files(["a.c"])

    def test_language_by_option(self):
        self.write("part.inl", BAD)
        for number, flags in enumerate((["-x", "c"], ["-xc++"])):
            self.database([("part.inl", flags)])
            with self.subTest(number):
                self.check_files(["part.inl"])

    def test_gcc_makes_cpp_of_c(self):
        self.write("a.c", BAD + "class C { };\n")
        self.raw_database([{"directory": str(self.root), "file": "a.c",
                            "arguments": ["/usr/bin/g++", "-c", "a.c"]}])
        self.check_files(["a.c"])

    def test_cross_compiler(self):
        """Its name says what it compiles for."""
        self.write("a.c", "#ifdef __aarch64__\n\n\nint pthread_cancel(unsigned"
                   " long);\nvoid f(void) { pthread_cancel(1); }\n#endif\n")
        self.raw_database([{
            "directory": str(self.root), "file": "a.c",
            "arguments": ["aarch64-linux-gnu-gcc", "-c", "a.c"]}])
        done = self.json()
        self.assertEqual([("a.c", 5, CANCEL)], done.keys, done.all)

    def test_launcher(self):
        self.raw_database([{"directory": str(self.root), "file": "a.c",
                            "arguments": ["ccache", "gcc", "-c", "a.c"]}])
        self.check_files(["a.c"])


class FormsTest(SelectionTest):
    """How commands and names can be written."""

    def test_spaces_and_unicode(self):
        names = ["with space/a b.c", "über/größe – 日本.c", "quo'te/a\"b.c",
                 "$HOME/`x`.c", "a&b;c/(d).c", "tab\there.c", "-dash.c",
                 "100%/%s.c", "back\\slash.c"]
        for name in names:
            self.write(name, BAD)
        self.database(names)
        self.raw_database([{"directory": str(self.root), "file": name,
                            "arguments": ["cc", "-c", str(self.root / name)]}
                           for name in names])
        self.check_files(names)
        for name in names[:3]:
            self.check_files([name], name)

    def test_command_line_as_a_shell_reads_it(self):
        self.write("a b.c", '#include "x y.h"\n' + BAD.split("\n", 1)[1])
        self.write("in c/x y.h", "#include <pthread.h>\n")
        self.raw_database([{
            "directory": str(self.root), "file": "a b.c", "command":
            'cc -I"in c" -DX=\\"s\\" -D\'Y=a b\' -c a\\ b.c -o a\\ b.o'}])
        self.check_files(["a b.c"])

    def test_relative_directory(self):
        """It is relative to where the database is."""
        self.write("src/a.c", '#include "x.h"\n' + BAD.split("\n", 1)[1])
        self.write("inc/x.h", "#include <pthread.h>\n")
        for directory, name in ((".", "src/a.c"), ("src", "a.c")):
            flags = ["-I" + os.path.relpath(self.root / "inc",
                                            self.root / directory)]
            self.database([(name, flags)], directory=directory)
            self.check_files(["src/a.c"])
            self.check_files(["src/a.c"], "src/a.c")
            self.check_files(["a.c"], "a.c", cwd=self.root / "src")
            done = self.json(cwd=self.root / "inc")
            self.assertEqual(1, len(done.keys), done.all)

    def test_file_through_a_link(self):
        """The database has one name, and the command another."""
        self.write("real/a.c", BAD)
        (self.root / "link").symlink_to("real")
        for file, spelled in (("real/a.c", "link/a.c"),
                              ("link/a.c", "real/a.c"),
                              ("link/a.c", "link/a.c")):
            self.raw_database([{"directory": str(self.root),
                                "file": str(self.root / file),
                                "arguments": ["cc", "-c", spelled]}])
            done = self.json()
            self.assertEqual((FINDINGS, 1), (done.code, len(done.keys)),
                             done.all)

    def test_directory_through_a_link(self):
        self.write("real/a.c", BAD)
        (self.root / "link").symlink_to("real")
        self.raw_database([{"directory": str(self.root / "link"),
                            "file": str(self.root / "real/a.c"),
                            "arguments": ["cc", "-c", "../real/a.c"]}])
        done = self.json()
        self.assertEqual((FINDINGS, 1), (done.code, len(done.keys)), done.all)

    def test_response_files(self):
        self.write("a.c", '#include "x.h"\n' + BAD.split("\n", 1)[1])
        self.write("in c/x.h", "#include <pthread.h>\n")
        self.write("build/outer.rsp", "@inner.rsp -DX\n")
        self.write("build/inner.rsp", '-I"../in c"\n')
        self.raw_database([{
            "directory": str(self.root / "build"), "file": "../a.c",
            "command": "cc @outer.rsp -c ../a.c"}])
        self.check_files(["a.c"])

    def test_response_file_after_dashes(self):
        self.write("a.c", '#include "x.h"\n' + BAD.split("\n", 1)[1])
        self.write("inc/x.h", "#include <pthread.h>\n")
        self.write("flags.rsp", "-Iinc")
        self.check_files(["a.c"], "a.c", "--", "@flags.rsp")

    def test_two_sources_in_a_command(self):
        """As some build systems write it, once for each."""
        self.write("a.c", BAD)
        self.write("b.c", BAD)
        self.raw_database([{"directory": str(self.root), "file": name,
                            "command": "cc -c a.c b.c"}
                           for name in ("a.c", "b.c")])
        done = self.json()
        self.assertEqual(["a.c", "b.c"], [key[0] for key in done.keys],
                         done.all)

    def test_byte_order_mark(self):
        self.write("a.c", BAD)
        entries = [{"directory": str(self.root), "file": "a.c",
                    "command": "cc -c a.c"}]
        self.raw_database(b"\xef\xbb\xbf" + json.dumps(entries).encode())
        done = self.run_tool()
        self.assertIn(done.code, (FINDINGS, FAILED))
        self.check_no_crash(done)


class LoneTest(SelectionTest):
    def test_file(self):
        self.write("a.c", BAD)
        done = self.check_files(["a.c"], "a.c")
        self.check_says(done, "there is no compile_commands.json", "after --")

    def test_flags(self):
        self.write("a.c", "#ifdef X\n" + BAD.replace("\n", " \\\n", 0) +
                   "#endif\n")
        self.assertEqual([], self.json("a.c").keys)
        done = self.json("a.c", "--", "-DX")
        self.assertEqual([("a.c", 4, CANCEL)], done.keys)
        self.assertNotIn("compile_commands", done.err)

    def test_headers_of_the_project(self):
        (self.root / ".git").mkdir()
        self.write("include/own/x.h", "#include <pthread.h>\n")
        self.write("src/deep/a.c", "#include <own/x.h>\n" +
                   BAD.split("\n", 1)[1])
        self.check_files(["src/deep/a.c"], "src/deep/a.c")

    def test_languages(self):
        for name in ("a.c", "b.cpp", "c.cc", "d.cxx", "e.c++", "f.C", "g.h",
                     "h.hpp"):
            self.write(name, BAD)
            self.check_files([name], name)

    def test_gnu_extensions(self):
        self.write("a.c", "#include <sched.h>\n\nint f(void) { cpu_set_t s; "
                   "CPU_ZERO(&s); return sched_getcpu(); }\n" + BAD)
        self.assertEqual(FINDINGS, self.json("a.c").code)

    def test_folder(self):
        self.write("a.c", BAD)
        self.write("sub/b.cpp", BAD)
        self.write("x.h", BAD)
        self.write(".hidden/c.c", BAD)
        self.write("read.me", BAD)
        self.check_files(["a.c", "sub/b.cpp"], ".")

    def test_folder_with_a_pipe(self):
        """Nobody will ever write to it."""
        self.write("a.c", BAD)
        os.mkfifo(self.root / "b.c")
        done = self.json(".")
        self.assertEqual([("a.c", 3, CANCEL)], done.keys, done.all)

    def test_pipe(self):
        done = self.shell("$T -q <(printf '#include <pthread.h>\\nvoid f("
                          "pthread_t t) { pthread_cancel(t); }\\n') -- -xc")
        self.assertEqual(FINDINGS, done.code, done.all)

    def test_no_source(self):
        self.write("read.me", "")
        done = self.run_tool(".")
        self.assertEqual(FAILED, done.code)
        self.check_says(done, "there is nothing to analyse in .")


class ShardTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.write("x.h", "#include <pthread.h>\nstatic inline void "
                   "s(pthread_t t) { pthread_cancel(t); }\n")
        names = []
        for number in range(7):
            names.append("a%d.c" % number)
            self.write(names[-1], '#include "x.h"\n' +
                       (FIXABLE if number % 2 else IRRELEVANT))
        self.write("broken.c", BAD + "int x = ;\n")
        self.database(names + ["broken.c", "missing.c"])

    def check_merged(self, shards, *formats):
        whole = self.json("--header-filter=.*", code=FAILED)
        parts = []
        for number in range(1, shards + 1):
            name = "part%d" % number
            self.run_tool("--header-filter=.*", "--shard=%d/%d" %
                          (number, shards), "-o", "%s=%s" %
                          (formats[number % len(formats)], name))
            parts.append(name)
        merged = self.json("merge", *reversed(parts), code=FAILED)
        self.assertEqual(whole.report["findings"], merged.report["findings"])
        self.assertEqual(whole.report["failures"], merged.report["failures"])
        for name in ("files", "irrelevant", "failed", "notReached"):
            self.assertEqual(whole.counts[name], merged.counts[name], name)
        return parts

    def test_json(self):
        for shards in (1, 2, 3, 20):
            with self.subTest(shards):
                self.check_merged(shards, "json")

    def test_sarif_and_json(self):
        self.check_merged(3, "sarif", "json")

    def test_one_missing(self):
        parts = self.check_merged(3, "json")
        done = self.json("merge", *parts[:2], code=FAILED)
        self.check_says(done, "the report of shard 3/3 is missing")

    def test_with_baseline(self):
        """What merge is given it uses, or it says that it does not."""
        self.run_tool("--write-baseline=base", "--header-filter=.*")
        parts = self.check_merged(2, "json")
        done = self.run_tool("merge", "--baseline=base", *parts)
        self.assertTrue("--baseline" in done.err or
                        "in the baseline" in done.err or not
                        self.json("merge", "--baseline=base", *parts).keys,
                        done.all)


class OrderTest(ToolTest):
    def test_same_whatever_the_number_of_workers(self):
        self.write("x.h", "#include <pthread.h>\nstatic inline void "
                   "s(pthread_t t) { pthread_cancel(t); }\n")
        names = ["f%02d.c" % i for i in range(24)]
        for name in names:
            self.write(name, '#include "x.h"\n' + FIXABLE + BAD)
        self.write("broken.c", "int x = ;\n" + BAD)
        self.database(names + ["broken.c"])
        outputs = set()
        for workers in (1, 2, 5, 24):
            for extra in ((), ("--no-cache",)):
                done = self.json("-j%d" % workers, "--header-filter=.*",
                                 *extra, code=FAILED)
                report = done.report
                del report["counts"]
                outputs.add(json.dumps(report))
        self.assertEqual(1, len(outputs))
        self.assertEqual(24 * 2 + 2, len(keys(json.loads(outputs.pop()))))


if __name__ == "__main__":
    main()
