#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The options of each check: what is stored is what is read, and each stands
in the page of its check."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
BUILD = pathlib.Path(os.environ["THREAD_STOP_BUILD"])
LLVM = os.environ["THREAD_STOP_LLVM"]
sys.path.insert(0, str(SOURCE / "cmake" / "scripts"))
import checks_def  # noqa: E402

CHECKS = checks_def.load(SOURCE)


def unquote(text):
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return json.loads(text)
    return text


def dump(options=None):
    """The options that clang-tidy has for our checks, with these set."""
    config = {"Checks": "-*,thread-stop-*", "CheckOptions": [
        {"key": key, "value": value} for key, value in (options or {}).items()]}
    done = subprocess.run(
        ["clang-tidy-" + LLVM, "-load",
         str(BUILD / "lib" / "libthread-stop-tidy.so"), "--dump-config",
         "-config=" + json.dumps(config)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    # A list of "- key: K" and "value: V" up to LLVM 14, "K: V" after it.
    text = re.sub(r"- key: *(\S+)\n *value: *", r"\1: ", done.stdout)
    return {key: unquote(value) for key, value in re.findall(
        r"^ *'?(thread-stop-[\w-]+\.\w+)'?: *(.*)$", text, re.MULTILINE)}


def other_value(value):
    """A value that a sound check reads and stores unchanged."""
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    if re.fullmatch(r"-?\d+", value):
        return str(int(value) + 1)
    return "First;Second"


class OptionsTest(unittest.TestCase):
    def test_round_trip(self):
        default = dump()
        self.assertEqual(dump(default), default)
        changed = {k: other_value(v) for k, v in default.items()}
        after = dump(changed)
        for key in changed:
            with self.subTest(key):
                self.assertEqual(after.get(key), changed[key])

    def test_for_all_checks(self):
        """An option without the name of a check is meant for all that have
        it. `Migrate` rewrites programs, and is asked for by its whole name."""
        default = dump()
        changed = {key: other_value(value) for key, value in default.items()
                   if not key.endswith(".Migrate")}
        after = dump({key.split(".")[1]: value
                      for key, value in changed.items()})
        for key in changed:
            with self.subTest(key):
                self.assertEqual(after.get(key), changed[key])

    def test_pages(self):
        names = {}
        for key in dump():
            check, name = key[len(checks_def.PREFIX):].split(".")
            names.setdefault(check, []).append(name)
        for check in CHECKS:
            with self.subTest(check.id):
                path = SOURCE / "docs/checks" / (check.id + ".md")
                self.assertTrue(path.exists(), path)
                page = path.read_text(encoding="utf-8")
                found = re.search(r"^## Options\n(.*?)(?=^## |\Z)", page,
                                  re.MULTILINE | re.DOTALL)
                section = found.group(1) if found else ""
                stored = names.get(check.id, [])
                for name in stored:
                    self.assertIn("`%s`" % name, section)
                self.assertEqual(bool(found), bool(stored),
                                 "a heading Options, but no option")

    def test_every_check_is_registered(self):
        done = subprocess.run(
            ["clang-tidy-" + LLVM, "-load",
             str(BUILD / "lib" / "libthread-stop-tidy.so"),
             "-checks=-*,thread-stop-*", "-list-checks"],
            stdout=subprocess.PIPE, encoding="utf-8", check=True)
        self.assertEqual(
            sorted(re.findall(r"^ +(thread-stop-\S+)$", done.stdout,
                              re.MULTILINE)),
            sorted(checks_def.PREFIX + c.id for c in CHECKS))


if __name__ == "__main__":
    if not CHECKS:
        print("skipped: no check yet")
        sys.exit(77)
    unittest.main()
