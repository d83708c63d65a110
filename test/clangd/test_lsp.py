#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Conversations with thread-stop-clangd, as an editor has them."""

import pathlib
import re
import shutil
import subprocess
import unittest
import urllib.parse

import lsp
from clangd_env import LLVM, PROGRAM, SOURCE, ServerTest

SWAPPED = "thread-stop-swapped-cancel-constant"
CANCEL = "thread-stop-pthread-cancel"


class FindingsTest(ServerTest):
    def found(self, server):
        found = server.open(self.source)
        self.assertEqual(lsp.names(found), [CANCEL, SWAPPED])
        return {d["code"]: d for d in found}

    def test_shown_without_configuration(self):
        with self.server() as server:
            swapped = self.found(server)[SWAPPED]
        self.assertEqual(
            swapped["message"].splitlines()[0],
            "'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns "
            "asynchronous cancellation on (fix available)")
        self.assertEqual(swapped["range"]["start"],
                         {"line": 10, "character": 2})
        self.assertEqual(swapped["severity"], 2)
        self.assertEqual(swapped["source"], "clang-tidy")

    def test_path_is_related_information(self):
        with self.server() as server:
            related = self.found(server)[CANCEL]["relatedInformation"]
        created = related[0]
        self.assertEqual(created["message"], "The thread is created here")
        self.assertEqual(created["location"]["uri"], lsp.uri(self.source))
        self.assertEqual(created["location"]["range"]["start"],
                         {"line": 25, "character": 6})

    def test_link_is_our_page(self):
        with self.server() as server:
            for name, found in self.found(server).items():
                link = urllib.parse.urlsplit(found["codeDescription"]["href"])
                self.assertEqual(link.scheme, "file")
                page = pathlib.Path(urllib.parse.unquote(link.path))
                self.assertEqual(page.read_text().splitlines()[0], "# " + name)

    def test_links_of_stock_checks_are_kept(self):
        self.write(".clang-tidy", "Checks: 'bugprone-sizeof-expression'\n")
        with self.server() as server:
            found = server.open(self.source,
                                "int f(int *p) { return sizeof(sizeof(p)); }\n")
        self.assertEqual(lsp.names(found), ["bugprone-sizeof-expression"])
        self.assertIn("/bugprone/sizeof-expression.html",
                      found[0]["codeDescription"]["href"])

    def test_fix(self):
        with self.server() as server:
            found = self.found(server)[SWAPPED]
            fixes = [a for a in server.actions(self.source, found["range"],
                                               [found], "quickfix")
                     if "pthread_setcancelstate" in str(a.get("edit"))]
            self.assertEqual(len(fixes), 1)
            self.assertEqual(fixes[0]["kind"], "quickfix")
            fixed = server.result(self.source, self.text, fixes[0])
            self.assertEqual(fixed, self.text.replace(
                "pthread_setcanceltype", "pthread_setcancelstate"))
            left = server.change(self.source, 2, fixed)
            self.assertEqual(lsp.names(left), [CANCEL])

    def test_note_fix(self):
        with self.server() as server:
            found = self.found(server)[CANCEL]
            fixes = [a for a in server.actions(self.source, found["range"],
                                               [found], "quickfix")
                     if "sk it with 'thread_stop_request'" in a["title"]]
            self.assertEqual(len(fixes), 1)
            fixed = server.result(self.source, self.text, fixes[0])
            links = [d.get("codeDescription", {}).get("href", "")
                     for d in fixes[0].get("diagnostics", [])]
            for link in links:
                self.assertNotIn("clang.llvm.org", link)
        wanted = self.text.replace("pthread_cancel(", "thread_stop_request(")
        self.assertIn("#include <thread_stop.h>\n", fixed)
        self.assertEqual(fixed.replace("#include <thread_stop.h>\n", ""),
                         wanted)

    def test_migration_is_offered_if_named(self):
        self.write(".clang-tidy", "Checks: 'thread-stop-migrate'\n")
        with self.server() as server:
            found = server.open(self.source)
        self.assertEqual(lsp.names(found), ["thread-stop-migrate"])

    def test_nolint(self):
        with self.server() as server:
            found = server.open(self.source, self.text.replace(
                "pthread_cancel(thread);",
                "pthread_cancel(thread); // NOLINT(%s)" % CANCEL))
        self.assertEqual(lsp.names(found), [SWAPPED])

    def test_stock_refactorings_are_there(self):
        text = "int f(int a, int b) {\n  return a - b * 2;\n}\n"
        path = self.write("tweak.cpp", text)
        part = {"start": {"line": 1, "character": 13},
                "end": {"line": 1, "character": 18}}
        with self.server() as server:
            server.open(path)
            titles = {a["title"]: a for a in server.actions(path, part)}
            self.assertIn("Extract subexpression to variable", titles)
            changed = server.result(
                path, text, titles["Extract subexpression to variable"])
        self.assertRegex(changed, r"auto placeholder = b \* 2;\s+"
                         r"return a - placeholder;")


class ConfigurationTest(ServerTest):
    """What the files .clang-tidy and .clangd say, and what is found then."""

    CASES = (
        ("Checks: '-*,bugprone-*'", None, []),
        ("Checks: '-*'", None, []),
        ("Checks: 'thread-stop-*'", None, [CANCEL, SWAPPED]),
        ("Checks: '-*,%s'" % CANCEL, None, [CANCEL]),
        ("Checks: 'thread-stop-*,-%s'" % CANCEL, None, [SWAPPED]),
        ("Checks: '-%s'" % CANCEL, None, [SWAPPED]),
        (None, "Diagnostics: {ClangTidy: {Add: '%s'}}" % CANCEL, [CANCEL]),
        (None, "Diagnostics: {ClangTidy: {Add: ['thread-stop-*']}}",
         [CANCEL, SWAPPED]),
        (None, "Diagnostics: {ClangTidy: {Remove: '%s'}}" % SWAPPED, [CANCEL]),
        (None, "Diagnostics: {ClangTidy: {Remove: 'thread-stop-*'}}", []),
        (None, "Diagnostics: {ClangTidy: {Remove: '*'}}", []),
        (None, "Diagnostics: {ClangTidy: {Add: 'bugprone-*'}}", []),
        (None, "Diagnostics: {ClangTidy: {FastCheckFilter: Strict}}",
         [CANCEL, SWAPPED]),
        (None, "Diagnostics: {ClangTidy: {FastCheckFilter: None}}",
         [CANCEL, SWAPPED]),
        (None, "Diagnostics: {Suppress: '%s'}" % CANCEL, [SWAPPED]),
        (None, "Diagnostics: {Suppress: '*'}", []),
        (None, "CompileFlags: {Add: [-DX]}", [CANCEL, SWAPPED]),
        ("Checks: 'thread-stop-*'",
         "Diagnostics: {ClangTidy: {Remove: '%s'}}" % CANCEL, [SWAPPED]),
        ("Checks: '-*,bugprone-*'",
         "Diagnostics: {ClangTidy: {Add: '%s'}}" % CANCEL, [CANCEL]),
    )

    def test_cases(self):
        with self.server() as server:
            for number, (tidy, clangd, wanted) in enumerate(self.CASES):
                with self.subTest(tidy=tidy, clangd=clangd):
                    # A folder each: clangd remembers the files for seconds.
                    folder = "case%d/" % number
                    if tidy:
                        self.write(folder + ".clang-tidy", tidy + "\n")
                    if clangd:
                        self.write(folder + ".clangd", clangd + "\n")
                    path = self.write(folder + "log.c", self.text)
                    found = [d for d in server.open(path)
                             if str(d.get("code")).startswith("thread-stop")]
                    self.assertEqual(lsp.names(found), wanted)

    def test_options(self):
        self.write(".clangd", "Diagnostics: {ClangTidy: {CheckOptions: "
                   "{%s.ForcedStopFunctions: write_line}}}\n" % CANCEL)
        with self.server() as server:
            found = server.open(self.source)
        self.assertEqual(lsp.names(found), [CANCEL, CANCEL, SWAPPED])

    def test_users_own_file(self):
        self.write("config/clangd/config.yaml",
                   "Diagnostics: {ClangTidy: {Remove: '%s'}}\n" % CANCEL)
        with self.server() as server:
            self.assertEqual(lsp.names(server.open(self.source)), [SWAPPED])


class HeadersTest(ServerTest):
    """Which folder clang's own headers come from."""

    TEXT = "#include <stddef.h>\nsize_t n;\n"

    def stddef(self, *arguments, **more):
        path = self.write("headers.c", self.TEXT)
        with self.server(*arguments, **more) as server:
            server.open(path)
            links = server.request("textDocument/documentLink", {
                "textDocument": {"uri": lsp.uri(path)}})
        return links[0]["target"] if links else None

    def test_ours(self):
        wanted = subprocess.run(
            [str(pathlib.Path("/usr/lib/llvm-%s/bin/clang" % LLVM)),
             "-print-resource-dir"], stdout=subprocess.PIPE, encoding="utf-8",
            check=True).stdout.strip()
        # By the link of the distribution, or by the folder itself.
        target = urllib.parse.unquote(
            urllib.parse.urlsplit(self.stddef()).path)
        self.assertTrue(pathlib.Path(target).samefile(
            wanted + "/include/stddef.h"), target)

    def test_the_users_come_first(self):
        own = self.write("own/include/stddef.h", "typedef unsigned size_t;\n")
        folder = str(self.folder / "own")
        for name, arguments, more in (
                ("argument", ["--resource-dir=" + folder], {}),
                ("one dash", ["-resource-dir=" + folder], {}),
                ("two words", ["--resource-dir", folder], {}),
                ("variable", [], {"CLANGD_FLAGS": "--resource-dir=" + folder})):
            with self.subTest(name):
                self.assertEqual(self.stddef(*arguments, **more), lsp.uri(own))


def refactorings(path):
    """The classes of clangd's refactorings that a file has."""
    done = subprocess.run(
        ["/usr/lib/llvm-%s/bin/llvm-nm" % LLVM, "-C", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
        check=True)
    return set(re.findall(
        r"vtable for (clang::clangd::\(anonymous namespace\)::\w+)$",
        done.stdout, re.MULTILINE))


class ProgramTest(ServerTest):
    def test_all_refactorings_are_linked_in(self):
        stock = refactorings("/usr/lib/llvm-%s/lib/libclangDaemonTweaks.a"
                             % LLVM)
        self.assertGreater(len(stock), 15)
        self.assertEqual(stock - refactorings(PROGRAM), set())

    def test_links_follow_the_program(self):
        moved = self.folder / "a b" / "bin" / PROGRAM.name
        moved.parent.mkdir(parents=True)
        shutil.copy(PROGRAM, moved)
        with self.server(program=moved) as server:
            for found in server.open(self.source):
                self.assertNotIn("codeDescription", found)
        pages = self.folder / "a b" / "share/doc/thread-stop/checks"
        pages.parent.mkdir(parents=True)
        pages.symlink_to(SOURCE / "docs" / "checks")
        with self.server(program=moved) as server:
            links = {d["codeDescription"]["href"]
                     for d in server.open(self.source)}
        self.assertEqual(links, {
            (pages / (name[len("thread-stop-"):] + ".md")).as_uri()
            for name in (CANCEL, SWAPPED)})

    def test_no_grpc(self):
        done = subprocess.run(["ldd", str(PROGRAM)], stdout=subprocess.PIPE,
                              encoding="utf-8", check=True)
        self.assertIn("libclang-cpp", done.stdout)
        self.assertNotRegex(done.stdout, "grpc|protobuf|absl|not found")

    def test_remote_index_is_refused(self):
        self.write("config/clangd/config.yaml", "Index: {External: {Server: 'localhost:1', "
                   "MountPoint: '%s'}}\n" % self.folder)
        with self.server() as server:
            self.assertEqual(lsp.names(server.open(self.source)),
                             [CANCEL, SWAPPED])
            # Only what asks the index connects.
            server.request("textDocument/references", {
                "textDocument": {"uri": lsp.uri(self.source)},
                "position": {"line": 8, "character": 7},
                "context": {"includeDeclaration": True}})
            self.assertIn("no remote index: localhost:1",
                          server.last_words())


if __name__ == "__main__":
    unittest.main(verbosity=2)
