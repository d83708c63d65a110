#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--diff: findings on lines that have changed, and no others."""

import shutil

from project_env import (BAD, CLEAN, FAILED, FINDINGS, FIXABLE, FIXED,
                      IRRELEVANT, ToolTest, git, main, needs)

CANCEL = "pthread-cancel"
LINE = "void more(pthread_t t) { pthread_cancel(t); }\n"


@needs("git")
class DiffTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.git("init", "-q")
        self.commit("a.c", BAD)
        self.database(["a.c"])

    def git(self, *arguments):
        return git(self.root, *arguments, home=self.folder)

    def commit(self, name, text):
        self.write(name, text)
        self.git("add", name)
        self.git("commit", "-q", "-m", "x")

    def check_diff(self, expected, *arguments, revision="HEAD", **more):
        done = self.json("--diff=" + revision, *arguments, **more)
        self.assertEqual([(*key, CANCEL) for key in expected], done.keys,
                         done.all)
        self.assertEqual(FINDINGS if expected else CLEAN, done.code, done.all)
        return done


class LinesTest(DiffTest):
    def test_nothing_changed(self):
        done = self.check_diff([])
        self.assertEqual(0, done.counts["analysed"], done.all)

    def test_new_line(self):
        self.write("a.c", BAD + LINE)
        done = self.check_diff([("a.c", 5)])
        self.assertEqual(1, done.counts["unchanged"])

    def test_in_the_middle(self):
        self.write("a.c", BAD.replace("void stop", LINE + "\n\nvoid stop"))
        self.check_diff([("a.c", 2)])

    def test_changed_line(self):
        self.write("a.c", BAD.replace("pthread_cancel", " pthread_cancel"))
        self.check_diff([("a.c", 3)])

    def test_staged_and_committed(self):
        self.write("a.c", BAD + LINE)
        self.git("add", "a.c")
        self.check_diff([("a.c", 5)])
        self.git("commit", "-q", "-m", "x")
        self.check_diff([])
        self.check_diff([("a.c", 5)], revision="HEAD~1")

    def test_deleted_lines(self):
        self.write("a.c", BAD.replace("#include <pthread.h>\n", "int "
                   "pthread_cancel(unsigned long);\n#define pthread_t unsigned"
                   " long\n"))
        self.check_diff([])

    def test_lines_that_look_like_heads(self):
        """'++ b/x' becomes '+++ b/x' in a diff."""
        self.commit("a.c", BAD + "int x;\n")
        self.write("a.c", "void f(int i, int b) {\n++ b;\n++ i;\n-- i;\n}\n" +
                   BAD + "int x;\n" + LINE)
        self.check_diff([("a.c", 11)])

    def test_removed_lines_that_look_like_heads(self):
        self.commit("a.c", BAD + "void f(int i) {\n-- i;\n-- i;\n}\n" + LINE)
        self.write("a.c", BAD + "void f(int i) {\n}\n" + LINE + LINE.replace(
            "more", "most"))
        self.check_diff([("a.c", 8)])

    def test_no_end_of_the_last_line(self):
        self.commit("a.c", BAD + "int x;")
        self.write("a.c", BAD + "int x;\n" + LINE.rstrip())
        self.check_diff([("a.c", 6)])

    def test_only_units_that_include_it(self):
        self.commit("x.h", "int x;\n")
        self.commit("b.c", '#include "x.h"\n' + BAD)
        self.database(["a.c", "b.c"])
        self.write("x.h", "#include <pthread.h>\nstatic inline " + LINE)
        done = self.check_diff([("x.h", 2)], "--header-filter=.*")
        self.assertEqual(1, done.counts["analysed"])


class FilesTest(DiffTest):
    NAMES = ["with space.c", "über/größe.c", "quo\"te.c", "tab\there.c",
             "back\\slash.c", "b/+++ b.c", "new\nline.c"]

    def test_names(self):
        for name in self.NAMES:
            self.commit(name, BAD)
        self.database(self.NAMES)
        for name in self.NAMES:
            self.write(name, BAD + LINE)
        self.check_diff(sorted((name, 5) for name in self.NAMES))

    def test_new_files(self):
        names = self.NAMES[:3]
        for name in names:
            self.write(name, BAD)
        self.database(["a.c"] + names)
        self.check_diff(sorted((name, 3) for name in names))
        self.git("add", ".")
        self.check_diff(sorted((name, 3) for name in names))

    def test_renamed(self):
        self.commit("long.c", BAD + "/* %s */\n" % ("x\n" * 50))
        self.git("mv", "long.c", "moved.c")
        self.write("moved.c", BAD + "/* %s */\n" % ("x\n" * 50) + LINE)
        self.database(["moved.c"])
        self.check_diff([("moved.c", 56)])

    def test_deleted(self):
        (self.root / "a.c").unlink()
        self.write("b.c", IRRELEVANT)
        self.database(["b.c"])
        self.check_diff([])

    def test_not_a_text_for_git(self):
        """Attributes say so: git shows no lines unless it is told to."""
        self.commit(".gitattributes", "*.c binary\n")
        self.write("a.c", BAD + LINE)
        self.check_diff([("a.c", 5)])

    def test_configuration_of_git(self):
        for name, value in (("diff.noprefix", "true"),
                            ("diff.mnemonicPrefix", "true"),
                            ("diff.external", "false"),
                            ("color.ui", "always"),
                            ("diff.interHunkContext", "9"),
                            ("core.pager", "false")):
            with self.subTest(name):
                self.git("config", name, value)
                self.write("a.c", "\n" + BAD + LINE)
                self.check_diff([("a.c", 6)])

    def test_from_a_folder_below(self):
        self.commit("sub/b.c", BAD)
        self.write("sub/b.c", BAD + LINE)
        self.write("a.c", BAD + LINE)
        self.database(["a.c", "sub/b.c"])
        done = self.json("--diff=HEAD", cwd=self.root / "sub")
        self.assertEqual(2, len(done.keys), done.all)

    def test_in_a_linked_folder(self):
        link = self.folder / "link"
        link.symlink_to(self.root)
        self.write("a.c", BAD + LINE)
        for directory in (self.root, link):
            self.database(["a.c"], directory=directory)
            self.check_diff([("a.c", 5)], cwd=link, env={"PWD": link})

    def test_linked_file(self):
        (self.root / "link.c").symlink_to("a.c")
        self.git("add", "link.c")
        self.git("commit", "-q", "-m", "x")
        self.write("a.c", BAD + LINE)
        self.database(["link.c"])
        self.assertEqual(1, len(self.json("--diff=HEAD").keys))
        self.assertEqual(5, self.json("--diff=HEAD").keys[0][1])

    def test_code_in_another_folder(self):
        """What the repository of this folder does not know is not passed over
        in silence."""
        self.write("a.c", BAD + LINE)
        other = self.folder / "other"
        other.mkdir()
        git(other, "init", "-q", home=self.folder)
        git(other, "commit", "-q", "--allow-empty", "-m", "x",
            home=self.folder)
        done = self.run_tool("--diff=HEAD", self.root / "a.c", cwd=other)
        self.assertEqual(FAILED, done.code, done.all)
        self.check_says(done, "none of the files is in %s" % other)

    def test_fix(self):
        self.commit("a.c", FIXABLE)
        more = FIXABLE.split("\n", 1)[1].replace("calm", "calm2")
        self.assertNotEqual(FIXABLE, more)
        self.write("a.c", FIXABLE + more)
        self.json("--diff=HEAD", "--fix", code=CLEAN)
        self.assertEqual(FIXABLE + FIXED.split("\n", 1)[1].replace(
            "calm", "calm2"), self.read("a.c"))


class WrongTest(DiffTest):
    def check_wrong(self, revision, *said):
        done = self.run_tool("--diff=" + revision)
        self.assertEqual(FAILED, done.code, done.all)
        self.assertEqual("", done.out)
        self.check_says(done, *said)

    def test_unknown_revision(self):
        self.check_wrong("nowhere", "--diff: ", "nowhere")

    def test_option_instead(self):
        self.check_wrong("--output=x", "'--output=x' is no revision")
        self.assertFalse((self.root / "x").exists())

    def test_empty(self):
        self.check_wrong("", "is no revision")

    def test_no_repository(self):
        shutil.rmtree(self.root / ".git")
        self.check_wrong("HEAD", "not a git repository")

    def test_no_git(self):
        done = self.run_tool("--diff=HEAD", env={"PATH": "/nowhere"})
        self.assertEqual(FAILED, done.code)
        self.check_says(done, "there is no git")

    def test_no_commit(self):
        shutil.rmtree(self.root / ".git")
        self.git("init", "-q")
        self.check_wrong("HEAD", "HEAD")


if __name__ == "__main__":
    main()
