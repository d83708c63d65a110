#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every check in Checks.def is complete: class, tests, page, entries; and
nothing is left of a check that is gone."""

import os
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("THREAD_STOP_SOURCE") or
                      pathlib.Path(__file__).resolve().parents[2])
sys.path.insert(0, str(SOURCE / "cmake" / "scripts"))
import checks_def  # noqa: E402
import gen_docs  # noqa: E402

CHECKS = checks_def.load(SOURCE)
# "Options" only where there are some; test_options.py compares them.
HEADINGS = ["What it finds", "Why it matters", "Example", "Instead", "Fix",
            "Options", "Limitations", "Silencing", "See also"]


def read(path):
    path = SOURCE / path
    return path.read_text(encoding="utf-8") if path.exists() else ""


def tests_of(check_id):
    """<id>.c, <id>.cpp, <id>-theme.c; not those of a longer id."""
    longer = [c.id for c in CHECKS
              if c.id.startswith(check_id) and c.id != check_id]
    return [p for p in sorted((SOURCE / "test/checks").glob(check_id + "*"))
            if p.suffix in (".c", ".cpp")
            and not any(p.stem.startswith(other) for other in longer)]


def each_check(test):
    """Run a test for every check, also after one failed."""
    def run(self):
        for check in CHECKS:
            with self.subTest(check.id):
                test(self, check)
    return run


class EachCheckTest(unittest.TestCase):
    @each_check
    def test_class(self, check):
        self.assertEqual(check.class_name, checks_def.class_of(check.id))
        # A class that only names its kind needs no .cpp.
        path = "checks/" + check.class_name + ".h"
        self.assertTrue((SOURCE / path).exists(), path)
        self.assertRegex(read("checks/%s.h" % check.class_name),
                         r"class %s\b" % check.class_name)

    @each_check
    def test_test(self, check):
        tests = tests_of(check.id)
        self.assertTrue(tests, "no test/checks/%s.{c,cpp}" % check.id)
        text = "".join(t.read_text(encoding="utf-8") for t in tests)
        self.assertIn("%check_tidy %s thread-stop-" + check.id, text)
        self.assertRegex(text, r"// -+ fires\b")
        self.assertRegex(text, r"// -+ stays silent\b")
        self.assertIn("[thread-stop-%s]" % check.id, text,
                      "no whole message")

    @each_check
    def test_page(self, check):
        page = read("docs/checks/%s.md" % check.id)
        self.assertTrue(page, "no docs/checks/%s.md" % check.id)
        start = "# thread-stop-%s\n\n%s\n" % (check.id, check.summary)
        self.assertTrue(page.startswith(start),
                        "must start with:\n" + start)
        self.assertIn("\n| %s | %s | %s | %s |\n" % (
            check.severity, check.fix, check.safety, check.since), page)
        code_free = re.sub(r"^```.*?^```", "", page,
                           flags=re.MULTILINE | re.DOTALL)
        headings = re.findall(r"^## (.*)$", code_free, re.MULTILINE)
        wanted = [h for h in HEADINGS
                  if h != "Options" or "Options" in headings]
        self.assertEqual(headings, wanted)

    @each_check
    def test_changelog(self, check):
        changelog = read("CHANGELOG.md")
        self.assertRegex(changelog, r"thread-stop-%s(?![\w-])" % check.id)

    @each_check
    def test_summary(self, check):
        self.assertRegex(check.summary, r"^[A-Z`'].*\.$")
        self.assertNotIn("this check", check.summary.lower())

    @each_check
    def test_attributes(self, check):
        self.assertIn(check.fix.lower(), ("none", "sometimes", "always"))
        self.assertIn(check.safety.lower(), ("safe", "unsafe"))
        self.assertRegex(check.since, r"^\d+\.\d+(\.\d+)?$")

    @each_check
    def test_messages(self, check):
        # As the tests quote them: lower case, no full stop.
        for path in tests_of(check.id):
            for kind, text in re.findall(
                    r"CHECK-(?:NOTES|MESSAGES)[\w-]*:.*?: "
                    r"(warning|note): (.*)",
                    path.read_text(encoding="utf-8")):
                text = re.sub(r"\s*\[thread-stop-[\w,-]*\].*$", "", text)
                self.assertNotRegex(text, r"^[A-Z][a-z]", path.name)
                self.assertFalse(re.search(r"[^.]\.$", text),
                                 "%s: full stop: %s" % (path.name, text))


class AllChecksTest(unittest.TestCase):
    def test_sorted_and_unique(self):
        ids = [c.id for c in CHECKS]
        self.assertEqual(ids, sorted(set(ids)))

    def test_index_is_generated(self):
        self.assertEqual(read("docs/checks/index.md"), gen_docs.index(CHECKS),
                         "run make docs")

    def test_nothing_is_left_over(self):
        ids = {c.id for c in CHECKS}
        pages = {p.stem for p in (SOURCE / "docs/checks").glob("*.md")}
        self.assertEqual(pages - ids - {"index"}, set(), "pages")
        classes = {p.stem for p in (SOURCE / "checks").glob("*Check.h")}
        known = {c.class_name for c in CHECKS} \
            | {"ThreadStopCheck", "GatedCheck"}  # the bases
        self.assertEqual(classes - known, set(), "classes")
        for path in (SOURCE / "test/checks").glob("*.c*"):
            self.assertTrue(any(path.stem.startswith(i) for i in ids),
                            "%s tests no check" % path.name)


if __name__ == "__main__":
    if not CHECKS:
        print("skipped: no check yet")
        sys.exit(77)
    unittest.main()
