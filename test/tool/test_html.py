#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The HTML report: safe whatever is in a source, whole without its script, and
in a browser with arrows and filters."""

import html.parser
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import zlib

import reports
from tool_env import BUILD, render, run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VOID = {"meta", "input", "br"}


class Page(html.parser.HTMLParser):
    """The elements, checked to be nested, with their texts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements = [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open[-1]["tag"] == tag, \
                (tag, [e["tag"] for e in self.open], self.getpos())
            self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def find(self, tag, **attributes):
        def fits(element):
            return element["tag"] == tag and all(
                value in (element.get(key) or "").split()
                for key, value in attributes.items())
        return [e for e in self.elements if fits(e)]


def kinds(page, name):
    return [e for e in page.elements
            if name in (e.get("class") or "").split()]


class StaticTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def page(self, name):
        self.text = render(self.folder, name, "html")
        return Page(self.text)

    def test_nested_and_alone(self):
        for name in ("daemon", "odd", "clean", "equal"):
            page = self.page(name)
            for element in page.elements:
                for key in ("src", "srcset", "data", "action"):
                    self.assertNotIn(key, element)
            self.assertFalse(page.find("link") + page.find("img"))
            self.assertNotIn("url(", self.text)
            ids = [e["id"] for e in page.elements if "id" in e]
            self.assertEqual(len(ids), len(set(ids)))
            # Every link within the page leads somewhere.
            for link in page.find("a"):
                if link["href"].startswith("#") and "ours" not in link["href"]:
                    self.assertIn(link["href"][1:], ids)

    def test_hostile_sources(self):
        page = self.page("odd")
        self.assertEqual(len(page.find("script")), 1)
        self.assertNotIn("alert", page.find("script")[0]["text"])
        for element in page.elements:
            self.assertFalse([key for key in element if key.startswith("on")])
        self.assertEqual(len(page.find("b")), len(
            [e for e in page.elements if e["tag"] == "b"
             and re.fullmatch(r"\d+", e["text"])]))
        self.assertIn("</script><b>&\"'%0A::error::x</b>]]>, 100%, a:b",
                      [e["text"] for e in page.find("h2")])
        for character in "\0\x01\x1b":
            self.assertNotIn(character, self.text)

    def test_without_script(self):
        page = self.page("daemon")
        self.assertEqual(len(page.find("article")),
                         len(reports.daemon()["findings"]))
        messages = [e["text"] for e in kinds(page, "b")]
        for found in reports.daemon()["findings"]:
            for message in [found["message"]] + [
                    n["message"] for n in found["notes"]]:
                self.assertTrue([m for m in messages if message in m], message)
        self.assertFalse([e for e in page.find("article") if "hidden" in e])
        marks = [m["text"] for m in page.find("mark", **{"class": "sink"})]
        self.assertEqual(marks, ["pthread_kill", "return", "int written",
                                 "return", "pthread_cancel"])

    def test_source_is_shown_around_the_steps(self):
        page = self.page("daemon")
        folds = [e["text"].splitlines()[0]
                 for e in page.find("details", **{"class": "gap"})]
        self.assertIn("25 lines", folds)
        self.assertIn("Writes one record.", self.text)
        self.page("odd")
        self.assertEqual(
            self.text.count("the source is not there, or has changed"), 3)

    def test_order_of_the_steps(self):
        """Notes keep their order; the finding stands where the path ends, and
        advice behind it."""
        article = self.page("daemon").find("article")[1]["text"]
        labels = [int(n) if n != "!" else n for n in re.findall(
            r"(?m)^([1-3!])(?=the |this |glibc)", article)]
        self.assertEqual(labels, [1, 2, "!", 3])

    def test_diffs(self):
        page = self.page("daemon")
        self.assertIn("18+  pthread_kill(pool->thread, SIGUSR1);\n",
                      [e["text"] for e in page.find("span", **{"class": "ins"})])
        self.assertEqual(len(page.find("figure", **{"class": "diff"})), 4)

    def test_pages_of_the_checks(self):
        page = self.page("daemon")
        about = [e for e in page.find("details")
                 if e.get("id") == "about-unmatched-cleanup"][0]
        self.assertIn("Why it matters", about["text"])
        self.assertNotIn("|---", about["text"])
        self.assertNotIn("```", about["text"])
        self.assertNotIn("**", about["text"])
        self.assertTrue(page.find("table"))

    def test_nothing_found(self):
        self.assertIn("Nothing was found.", self.page("clean") and self.text)


def pixels(png):
    """Width, height and the set of the pixels' values of an image."""
    data = png.read_bytes()
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    assert data[:4] == b"\x89PNG" and depth == 8 and color in (2, 6)
    packed, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    rows = zlib.decompress(packed)
    step = width * (3 if color == 2 else 4) + 1
    return width, height, len({rows[i:i + step]
                               for i in range(0, len(rows), step)})


class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keep = BUILD / "html-screenshots"
        cls.keep.mkdir(exist_ok=True)
        cls.folder = tempfile.TemporaryDirectory()
        cls.pages = {}
        for name in ("daemon", "odd"):
            render(cls.folder.name, name, "html")
            cls.pages[name] = (pathlib.Path(cls.folder.name) /
                               (name + ".html")).as_uri()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def chromium(self, *arguments):
        done = run(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
                   "--hide-scrollbars", "--virtual-time-budget=3000",
                   "--user-data-dir=" + self.folder.name + "/profile",
                   *arguments, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def dom(self, name, fragment=""):
        return Page(self.chromium("--window-size=1280,900", "--dump-dom",
                                  self.pages[name] + fragment))

    def shown(self, page):
        return [e for e in page.find("article") if "hidden" not in e]

    def test_arrows(self):
        page = self.dom("daemon")
        # One fewer than steps: 4, none, none, 3 and 5 steps.
        self.assertEqual(len(page.find("g", **{"class": "arrow"})), 3 + 2 + 4)
        self.assertEqual(len(page.find("svg", **{"class": "arrows"})), 3)
        for path in page.find("path"):
            self.assertNotIn("NaN", path["d"])
        self.assertEqual(len(page.find("g", **{"class": "sink"})), 3)

    def test_filter_from_the_address(self):
        self.assertEqual(len(self.shown(self.dom("daemon"))), 5)
        for fragment, expected in (
                ("#check=thread-stop-pthread-cancel", 2),
                ("#check=thread-stop-pthread-cancel"
                 "&check=thread-stop-unmatched-cleanup", 3),
                ("#file=include%2Fpool.h", 1),
                ("#file=include%2Fpool.h&check=thread-stop-pthread-cancel", 0),
                ("#q=SKIPS+pop", 1)):
            page = self.dom("daemon", fragment)
            self.assertEqual(len(self.shown(page)), expected, fragment)
            self.assertIn("%d of 5 shown" % expected,
                          [e["text"] for e in page.find("output")])
            none = kinds(page, "none")[0]
            self.assertEqual("hidden" in none, expected > 0)
        name = urllib.parse.quote_plus("src/wörk er,1.c")
        self.assertEqual(len(self.shown(self.dom("odd", "#file=" + name))), 5)

    def test_hostile_sources_run_nothing(self):
        page = self.dom("odd")
        self.assertEqual(len(self.shown(page)), len(reports.odd()["findings"]))
        self.assertEqual(len(page.find("script")), 1)

    def test_link_to_a_page_opens_it(self):
        page = self.dom("daemon", "#about-pthread-cancel")
        about = [e for e in page.find("details")
                 if e.get("id") == "about-pthread-cancel"]
        self.assertIn("open", about[0])
        self.assertEqual(len(self.shown(page)), 5)

    def test_screenshots(self):
        seen = {}
        for name, width, height, more in (
                ("light", 1280, 2600, ()),
                ("dark", 1280, 2600,
                 ("--blink-settings=preferredColorScheme=0",)),
                ("narrow", 600, 1400, ())):
            image = self.keep / (name + ".png")
            self.chromium("--window-size=%d,%d" % (width, height),
                          "--screenshot=%s" % image, *more,
                          self.pages["daemon"])
            found = pixels(image)
            self.assertEqual(found[:2], (width, height))
            # Rows of text differ from each other, those of a blank page not.
            self.assertGreater(found[2], height // 4)
            seen[name] = image.read_bytes()
        self.assertNotEqual(seen["light"], seen["dark"])


if __name__ == "__main__":
    if not CHROMIUM:
        print("no chromium (apt install chromium): its tests are left out")
        result = unittest.main(defaultTest="StaticTest", verbosity=2,
                               exit=False).result
        sys.exit(77 if result.wasSuccessful() else 1)
    unittest.main(verbosity=2)
