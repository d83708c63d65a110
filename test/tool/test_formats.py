#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each format says what it is to say, byte for byte.

  test_formats.py --update      writes Inputs/golden anew: look at the diff
"""

import json
import os
import re
import sys
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

import reports
from tool_env import INPUTS, SOURCE, merge, render, write

GOLDEN = INPUTS / "golden"
UPDATE = "--update" in sys.argv
LLVM = int(os.environ["THREAD_STOP_LLVM"])
#: Where a caret stands below its line.
CARET = re.compile(r"(?m)^( +\|) +\^~*")

#: What is compared: report, name of the golden file, arguments.
CASES = [(name, name + "." + ending, ["--output", form])
         for name in ("daemon", "odd", "clean")
         for form, ending in (("text", "txt"), ("github", "github"),
                              ("gitlab", "gitlab.json"),
                              ("junit", "junit.xml"))] + [
    ("daemon", "daemon.brief.txt", ["--quiet"]),
    ("daemon", "daemon.color.txt", ["--color=always"]),
    ("daemon", "daemon.json", ["--output", "json"]),
    ("daemon", "daemon.sarif", ["--output", "sarif"]),
    ("clean", "clean.sarif", ["--output", "sarif"]),
]


def without_pages(text):
    """SARIF without the pages of the checks, which have tests of their own."""
    log = json.loads(text)
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        for key in rule.get("help", {}):
            rule["help"][key] = "..."
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def test_golden(self):
        for name, golden, arguments in CASES:
            with self.subTest(golden), tempfile.TemporaryDirectory() as folder:
                done = merge(write(folder, name, name), *arguments)
                text = done.stdout
                if golden.endswith(".sarif"):
                    text = without_pages(text)
                if UPDATE:
                    (GOLDEN / golden).write_text(text, encoding="utf-8")
                wanted = (GOLDEN / golden).read_text(encoding="utf-8")
                if LLVM < 15:
                    # Its tables know fewer of the wide characters.
                    text, wanted = (CARET.sub(r"\1^", each)
                                    for each in (text, wanted))
                self.assertEqual(text, wanted)

    def test_same_again(self):
        with tempfile.TemporaryDirectory() as folder:
            for form in ("text", "json", "sarif", "github", "gitlab", "junit",
                         "html"):
                self.assertEqual(render(folder, "odd", form),
                                 render(folder, "odd", form), form)


class RoundTripTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def through(self, name, *forms):
        """The report as JSON, after it was each of these."""
        path = write(self.folder.name, name, name)
        for number, form in enumerate(forms + ("json",)):
            out = path.parent / ("%s-%d.%s" % (name, number, form))
            merge(path, "--output", "%s=%s" % (form, out))
            path = out
        return json.loads(path.read_text(encoding="utf-8"))

    def test_json_says_what_was_read(self):
        for name in ("daemon", "odd", "clean"):
            given = reports.REPORTS[name]()
            read = self.through(name)
            for key in ("version", "root", "interrupted"):
                self.assertEqual(read[key], given[key])
            for key, value in given["counts"].items():
                self.assertEqual(read["counts"][key], value)
            for f in read["findings"]:
                self.assertRegex(f.pop("fingerprint"), "^[0-9a-f]{16}$")

            def order(found):
                place = found.get("location", {})
                return (place.get("file", "").encode(), place.get("line", 0),
                        place.get("column", 0), found["check"])
            self.assertEqual(read["findings"],
                             sorted(given["findings"], key=order))
            self.assertEqual(read["failures"],
                             sorted(given["failures"],
                                    key=lambda f: f["file"]))

    def test_nothing_is_lost(self):
        for name in ("daemon", "odd", "clean"):
            once = self.through(name)
            self.assertEqual(once, self.through(name, "json"))
            self.assertEqual(once, self.through(name, "sarif"))
            self.assertEqual(once, self.through(name, "sarif", "json", "sarif"))

    def test_interrupted_run(self):
        path = write(self.folder.name, "cut",
                     reports.report(interrupted=True, counts={"notReached": 3}))
        for form in ("sarif", "json"):
            out = path.parent / ("cut." + form)
            self.assertEqual(
                merge(path, "--output", "%s=%s" % (form, out)).returncode, 2)
            path = out
        read = json.loads(path.read_text())
        self.assertTrue(read["interrupted"])
        self.assertEqual(read["counts"]["notReached"], 3)


class SarifTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_of(self, name):
        return json.loads(render(self.folder.name, name, "sarif"))["runs"][0]

    def test_columns_count_utf16(self):
        """The region and the text that it is said to be agree."""
        run = self.run_of("odd")
        self.assertEqual(run["columnKind"], "utf16CodeUnits")
        seen = 0
        for result in run["results"]:
            places = result["locations"] + result.get("relatedLocations", [])
            for place in places:
                physical = place.get("physicalLocation", {})
                if "contextRegion" not in physical:
                    continue
                region = physical["region"]
                line = physical["contextRegion"]["snippet"]["text"]
                units = line.encode("utf-16-le")
                part = units[2 * (region["startColumn"] - 1):
                             2 * (region["endColumn"] - 1)]
                self.assertEqual(part.decode("utf-16-le"),
                                 region["snippet"]["text"])
                seen += not line.isascii()
        self.assertGreater(seen, 2)

    def test_bytes_are_those_of_the_file(self):
        for result in self.run_of("odd")["results"]:
            for place in result["locations"]:
                physical = place["physicalLocation"]
                uri = physical["artifactLocation"]["uri"]
                path = INPUTS / urllib.parse.unquote(uri)
                region = physical["region"]
                if uri.startswith("file:") or not path.exists():
                    continue
                begin = region["byteOffset"]
                text = path.read_bytes()[begin:begin + region["byteLength"]]
                self.assertEqual(text.decode(), region["snippet"]["text"])

    def test_end_of_a_range_of_lines(self):
        for result in self.run_of("odd")["results"]:
            for note in result.get("relatedLocations", []):
                if note["message"]["text"] == "over two lines":
                    region = note["physicalLocation"]["region"]
                    self.assertEqual((region["endLine"], region["endColumn"]),
                                     (3, 21))
                    return
        self.fail("no such note")

    def test_uris(self):
        uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                for r in self.run_of("odd")["results"] if r["locations"]}
        self.assertIn("src/w%C3%B6rk%20er,1.c", uris)
        self.assertIn("file:///usr/include/a%20b.h", uris)

    def test_path_ends_at_the_finding(self):
        for result in self.run_of("daemon")["results"]:
            for flow in result.get("codeFlows", []):
                steps = flow["threadFlows"][0]["locations"]
                self.assertEqual(
                    steps[-1]["location"]["physicalLocation"],
                    result["locations"][0]["physicalLocation"])
                self.assertEqual(len(steps) - 1,
                                 len(result["relatedLocations"]))

    def test_help_is_the_page(self):
        for rule in self.run_of("daemon")["tool"]["driver"]["rules"]:
            page = SOURCE / "docs/checks" / (rule["id"][12:] + ".md")
            summary = page.read_text(encoding="utf-8").splitlines()[2]
            self.assertEqual(rule["shortDescription"]["text"], summary)
            self.assertIn("## Why it matters", rule["help"]["markdown"])
            # A link to another page would lead nowhere.
            self.assertNotRegex(rule["help"]["markdown"], r"\]\([\w-]+\.md\)")

    def test_failures(self):
        invocation = self.run_of("daemon")["invocations"][0]
        self.assertFalse(invocation["executionSuccessful"])
        self.assertEqual(len(invocation["toolExecutionNotifications"]), 2)
        self.assertTrue(
            self.run_of("clean")["invocations"][0]["executionSuccessful"])


class OtherFormatsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_junit_is_well_formed(self):
        for name in ("daemon", "odd", "clean", "equal"):
            suite = ElementTree.fromstring(
                render(self.folder.name, name, "junit")).find("testsuite")
            cases = suite.findall("testcase")
            given = reports.REPORTS[name]()
            for tag, key, expected in (
                    ("failure", "failures", len(given["findings"])),
                    ("error", "errors", len(given["failures"]))):
                self.assertEqual(len(suite.findall("testcase/" + tag)),
                                 expected)
                self.assertEqual(int(suite.get(key)), expected)
            self.assertEqual(int(suite.get("tests")), len(cases))
            self.assertTrue(cases)
            names = [(c.get("classname"), c.get("name")) for c in cases]
            self.assertEqual(len(names), len(set(names)), names)

    def test_gitlab_has_what_is_asked_for(self):
        for name in ("daemon", "odd", "equal"):
            entries = json.loads(render(self.folder.name, name, "gitlab"))
            given = reports.REPORTS[name]()
            self.assertEqual(len(entries), len(given["findings"]) +
                             len(given["failures"]))
            prints = [entry["fingerprint"] for entry in entries]
            self.assertEqual(len(prints), len(set(prints)))
            for entry in entries:
                self.assertTrue(entry["description"])
                self.assertTrue(entry["check_name"])
                self.assertIn(entry["severity"],
                              ("info", "minor", "major", "critical", "blocker"))
                self.assertTrue(entry["location"]["path"])
                self.assertGreater(entry["location"]["lines"]["begin"], 0)

    def test_github_is_undone_by_the_runner(self):
        """As the runner reads it: no property ends early, no line is lost."""
        lines = render(self.folder.name, "odd", "github").splitlines()
        self.assertEqual(len(lines), len(reports.odd()["findings"]))
        hostile = [l for l in lines if "hostile.c" in l]
        self.assertEqual(len(hostile), 1)
        head, message = hostile[0][2:].split("::", 1)
        command, properties = head.split(" ", 1)
        self.assertEqual(command, "warning")
        found = dict(p.split("=", 1) for p in properties.split(","))
        self.assertEqual(found, {"file": "src/hostile.c", "line": "5",
                                 "endLine": "5", "col": "16",
                                 "endColumn": "22",
                                 "title": "thread-stop-pthread-cancel"})
        text = message.replace("%0A", "\n").replace("%25", "%")
        self.assertTrue(text.startswith(
            "</script><b>&\"'%0A::error::x</b>]]>, 100%, a:b\n"), text)
        comma = [l for l in lines if "rk er%2C1.c" in l]
        self.assertEqual(len(comma), 5)


if __name__ == "__main__":
    sys.argv = [a for a in sys.argv if a != "--update"]
    unittest.main(verbosity=2)
