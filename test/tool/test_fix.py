#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--fix and --fix-notes change what they should, whole or not at all."""

import os
import pathlib
import stat
import subprocess
import time

from project_env import (BAD, CLEAN, FAILED, FINDINGS, FIXABLE, FIXED,
                      IRRELEVANT, NOBODY, PROGRAM, ToolTest, environment,
                      main, needs_rights_to_matter, without_rights)


class FixTest(ToolTest):
    def fix(self, *arguments, code=CLEAN, **more):
        return self.json("--fix", *arguments, code=code, **more)

    def no_leftovers(self):
        """Nothing but the files of the project."""
        for path in self.root.rglob("*"):
            self.assertNotIn("thread-stop-", path.name)
            self.assertNotIn(".tmp", path.name)


class WholeTest(FixTest):
    def test_fixed_and_clean(self):
        self.write("a.c", FIXABLE)
        self.database(["a.c"])
        done = self.fix()
        self.assertEqual(FIXED, self.read("a.c"))
        self.assertEqual(1, done.counts["fixed"])
        self.check_says(done, "changed a.c")
        self.assertEqual([], self.json(code=CLEAN).keys)
        self.no_leftovers()

    def test_from_a_warm_cache(self):
        self.write("a.c", FIXABLE)
        self.database(["a.c"])
        self.json(code=FINDINGS)
        self.fix()
        self.assertEqual(FIXED, self.read("a.c"))

    def test_what_is_left_is_told(self):
        self.write("a.c", FIXABLE + BAD)
        self.database(["a.c"])
        done = self.fix(code=FINDINGS)
        self.assertEqual([("a.c", 8, "pthread-cancel")], done.keys)
        self.assertEqual(FIXED + BAD, self.read("a.c"))

    def test_notes_only_when_asked(self):
        self.write("a.c", BAD)
        self.database(["a.c"])
        self.fix(code=FINDINGS)
        self.assertEqual(BAD, self.read("a.c"))
        self.json("--fix-notes")
        text = self.read("a.c")
        self.assertEqual(1, text.count("#include <thread_stop.h>\n"), text)
        self.assertIn("  thread_stop_request(t);\n", text)

    def test_notes_of_several_findings(self):
        """One include for all."""
        self.write("a.c", BAD.replace("  pthread_cancel(t);\n",
                                      "  pthread_cancel(t);\n" * 5))
        self.database(["a.c"])
        self.json("--fix-notes")
        text = self.read("a.c")
        self.assertEqual(1, text.count("#include <thread_stop.h>\n"), text)
        self.assertEqual(5, text.count("thread_stop_request(t);"), text)

    def test_header_of_two_units_once(self):
        self.write("x.h", "#pragma once\n" + FIXABLE.replace(
            "void calm", "static inline void calm"))
        for name in "ab":
            self.write(name + ".c", '#include "x.h"\n')
        self.database(["a.c", "b.c"])
        self.fix("--header-filter=.*")
        self.assertEqual(1, self.read("x.h").count("setcanceltype"))

    def test_two_commands_of_one_file(self):
        self.write("a.c", FIXABLE)
        self.database([("a.c", ["-DX"]), ("a.c", ["-DY"])])
        self.fix()
        self.assertEqual(FIXED, self.read("a.c"))

    def test_many_files(self):
        names = ["f%02d.c" % i for i in range(20)]
        for name in names:
            self.write(name, FIXABLE)
        self.database(names)
        self.assertEqual(20, self.fix("-j4").counts["fixed"])
        for name in names:
            self.assertEqual(FIXED, self.read(name))

    def test_with_checks(self):
        self.write("a.c", FIXABLE)
        self.database(["a.c"])
        self.fix("--checks=pthread-cancel")
        self.assertEqual(FIXABLE, self.read("a.c"))

    def test_nolint(self):
        text = FIXABLE.replace("&old);", "&old); // NOLINT")
        self.write("a.c", text)
        self.database(["a.c"])
        self.fix()
        self.assertEqual(text, self.read("a.c"))

    def test_overlap_of_two_commands(self):
        """The same words, to be replaced by two different ones."""
        self.write("a.c", "#include <pthread.h>\n#ifdef X\n#define W "
                   "pthread_setcancelstate\n#else\n#define W "
                   "pthread_setcanceltype\n#endif\n" + FIXABLE)
        self.database([("a.c", ["-DX"]), ("a.c", ["-DY"])])
        self.fix()
        self.assertIn("pthread_setcanceltype(PTHREAD", self.read("a.c"))

    def test_baseline(self):
        """Known ones are left alone, and are not said to be gone."""
        self.write("a.c", FIXABLE)
        self.database(["a.c"])
        self.run_tool("--write-baseline=base")
        done = self.fix("--baseline=base")
        self.assertEqual(FIXABLE, self.read("a.c"))
        self.assertEqual(1, done.counts["baselined"])
        self.assertNotIn("no longer", done.err)


class FormTest(FixTest):
    """What the file is stays."""

    def check_bytes(self, before, after, name="a.c"):
        self.write(name, before)
        self.database([name])
        self.fix()
        self.assertEqual(after, (self.root / name).read_bytes())

    def test_crlf(self):
        self.check_bytes(FIXABLE.replace("\n", "\r\n").encode(),
                         FIXED.replace("\n", "\r\n").encode())

    def test_crlf_with_new_lines(self):
        self.write("a.c", BAD.replace("\n", "\r\n"))
        self.database(["a.c"])
        self.json("--fix-notes")
        data = (self.root / "a.c").read_bytes()
        self.assertIn(b"thread_stop_request", data)
        self.assertEqual(data.count(b"\n"), data.count(b"\r\n"), data)

    def test_byte_order_mark(self):
        mark = b"\xef\xbb\xbf"
        self.check_bytes(mark + FIXABLE.encode(), mark + FIXED.encode())

    def test_no_end_of_the_last_line(self):
        self.check_bytes(FIXABLE.rstrip().encode(), FIXED.rstrip().encode())

    def test_not_unicode(self):
        extra = b"/* \xe4\xf6\xfc */ "
        line = b"  pthread_setcancel"
        self.check_bytes(FIXABLE.encode().replace(line, b"  " + extra +
                                                  line.lstrip()),
                         FIXED.encode().replace(line, b"  " + extra +
                                                line.lstrip()))

    def test_name(self):
        self.check_bytes(FIXABLE.encode(), FIXED.encode(),
                         name="größe und mehr/a b.c")

    def test_style_of_the_rest_is_not_touched(self):
        ugly = "\nint  f( void ){return 1 ;}\n"
        self.write(".clang-format", "BasedOnStyle: LLVM\n")
        self.check_bytes((FIXABLE + ugly).encode(), (FIXED + ugly).encode())

    def test_permissions(self):
        path = self.write("a.c", FIXABLE)
        path.chmod(0o751)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        before = path.stat()
        self.database(["a.c"])
        self.fix()
        after = path.stat()
        self.assertEqual(FIXED, self.read("a.c"))
        self.assertEqual(stat.S_IMODE(before.st_mode),
                         stat.S_IMODE(after.st_mode))
        self.assertEqual((before.st_uid, before.st_gid),
                         (after.st_uid, after.st_gid))

    def test_link_stays_a_link(self):
        self.write("real/a.c", FIXABLE)
        (self.root / "a.c").symlink_to("real/a.c")
        self.database(["a.c"])
        self.fix()
        self.assertTrue((self.root / "a.c").is_symlink())
        self.assertEqual(FIXED, self.read("real/a.c"))

    def test_two_names_of_one_file(self):
        self.write("a.c", FIXABLE)
        (self.root / "b.c").symlink_to("a.c")
        self.database(["a.c", "b.c"])
        self.fix()
        self.assertEqual(FIXED, self.read("a.c"))

    def test_file_above_a_linked_folder(self):
        """'here/..' is not this folder: nothing here is changed."""
        text = FIXABLE.replace("void calm", "static inline void calm")
        self.write("there/deep/x.h", '#include "../y.h"\n')
        self.write("there/y.h", text)
        self.write("y.h", text)
        (self.root / "here").symlink_to("there/deep")
        self.write("a.c", '#include "here/x.h"\n')
        self.database(["a.c"])
        self.fix("--header-filter=.*")
        self.assertEqual(text, self.read("y.h"))
        self.assertIn("setcanceltype", self.read("there/y.h"))


class NotChangedTest(FixTest):
    def test_broken_file(self):
        text = FIXABLE + "int x = ;\n"
        self.write("a.c", text)
        self.write("b.c", FIXABLE)
        self.database(["a.c", "b.c"])
        done = self.fix(code=FAILED)
        self.assertEqual(text, self.read("a.c"))
        self.assertEqual(FIXED, self.read("b.c"))
        self.assertEqual([("a.c", 4, "swapped-cancel-constant")], done.keys)

    def test_header_of_a_broken_file(self):
        text = FIXABLE.replace("void calm", "static inline void calm")
        self.write("x.h", text)
        self.write("a.c", '#include "x.h"\nint x = ;\n')
        self.database(["a.c"])
        self.fix("--header-filter=.*", code=FAILED)
        self.assertEqual(text, self.read("x.h"))

    @needs_rights_to_matter
    def test_read_only_file(self):
        path = self.write("a.c", FIXABLE)
        self.write("b.c", FIXABLE)
        self.database(["a.c", "b.c"])
        path.chmod(0o444)
        self.root.chmod(0o777)
        (self.root / "b.c").chmod(0o666)
        done = self.fix("--no-cache", code=FAILED, **without_rights())
        self.assertEqual(FIXABLE, self.read("a.c"))
        self.assertEqual(FIXED, self.read("b.c"))
        self.assertEqual(1, done.counts["fixed"])
        self.check_says(done, "a.c: its fixes were not applied: Permission "
                        "denied")
        self.no_leftovers()

    @needs_rights_to_matter
    def test_read_only_folder(self):
        self.write("a.c", FIXABLE).chmod(0o666)
        self.database(["a.c"])
        self.root.chmod(0o555)
        done = self.fix("--no-cache", code=FAILED, **without_rights())
        self.root.chmod(0o755)
        self.assertEqual(FIXABLE, self.read("a.c"))
        self.check_says(done, "a.c: its fixes were not applied")

    def test_full_disk(self):
        text = FIXABLE + "/* %s */\n" % ("x" * 5000)
        self.write("a.c", text)
        self.database(["a.c"])
        done = self.shell("ulimit -f 2; $T --fix --no-cache -o json | cat; "
                          "exit ${PIPESTATUS[0]}")
        self.assertEqual(FAILED, done.code, done.all)
        self.assertEqual(text, self.read("a.c"))
        self.no_leftovers()

    def test_changed_meanwhile(self):
        """While another file is still being analysed."""
        self.write("a.c", FIXABLE)
        self.write("z.cpp", "#include <regex>\n" + BAD + "".join(
            "struct S%d {}; std::regex r%d(\"a\");\n" % (i, i)
            for i in range(2000)))
        self.database(["a.c", "z.cpp"])
        mine = FIXABLE.replace("  pthread_setcancelstate",
                               "  /* mine */ pthread_setcancelstate")
        run = subprocess.Popen(
            [PROGRAM, "--fix", "-j1", "--progress=always", "--no-cache"],
            cwd=self.root, env=environment(self.folder),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        seen = b""
        while b"1/2" not in seen:
            more = os.read(run.stderr.fileno(), 4096)
            self.assertTrue(more, seen)
            seen += more
        self.write("a.c", mine)
        rest = run.communicate(timeout=100)[1].decode()
        self.assertEqual(mine, self.read("a.c"))
        self.assertIn("it has changed since it was analysed", rest)
        self.assertEqual(FAILED, run.returncode)

    def test_gone_meanwhile(self):
        self.write("a.c", IRRELEVANT)
        self.write("b.c", FIXABLE)
        self.database(["a.c", "b.c"])
        (self.root / "a.c").unlink()
        self.fix(code=FAILED)
        self.assertEqual(FIXED, self.read("b.c"))

    def test_shard(self):
        self.write("a.c", FIXABLE)
        self.database(["a.c"])
        done = self.run_tool("--fix", "--shard=1/2")
        self.assertEqual(FAILED, done.code)
        self.assertEqual(FIXABLE, self.read("a.c"))


if __name__ == "__main__":
    main()
