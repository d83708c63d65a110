#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`thread-stop merge`: shards, doubles, what cannot be read; baselines."""

import json
import pathlib
import tempfile
import unittest

import reports
from reports import LOG, POOL, at, finding, report
from tool_env import merge, write


class MergeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def shard(self, number, of, findings, **more):
        return write(self.folder, "shard-%d" % number,
                     report(findings, counts={"files": 2, "analysed": 2},
                            shard=number, shards=of, **more))

    def merged(self, *inputs, code):
        done = merge(*inputs, "--output", "json")
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout), done.stderr

    def in_header(self, line=18, text="pthread_kill"):
        return finding("process-killing-signal", at(POOL, line, text),
                       "signal 9 ends the process, not the thread")

    def test_shards(self):
        one = self.shard(1, 2, [self.in_header()])
        other = finding("pthread-cancel", at(LOG, 51, "pthread_cancel"), "x")
        two = self.shard(2, 2, [other, self.in_header()])
        both, errors = self.merged(one, two, code=1)
        self.assertEqual(errors, "")
        # The header's finding once, sorted, the counts added.
        self.assertEqual([f["location"]["file"] for f in both["findings"]],
                         [POOL, LOG])
        self.assertEqual(both["counts"]["files"], 4)
        self.assertNotIn("shard", both)
        self.assertEqual(both, self.merged(two, one, code=1)[0])

    def test_json_and_sarif_together(self):
        one = write(self.folder, "one", report([self.in_header()]))
        other = finding("pthread-cancel", at(LOG, 51, "pthread_cancel"), "x")
        two = write(self.folder, "two", report([self.in_header(), other]))
        sarif = self.folder / "two.sarif"
        merge(two, "--output", "sarif=%s" % sarif)
        both, errors = self.merged(one, sarif, code=1)
        self.assertEqual((len(both["findings"]), errors), (2, ""))

    def test_missing_shard(self):
        both, errors = self.merged(self.shard(1, 3, []), self.shard(3, 3, []),
                                   code=2)
        self.assertIn("thread-stop: error: the report of shard 2/3 is missing",
                      errors)
        self.assertIn("--shard 2/3", errors)
        self.assertEqual(len(both["failures"]), 1)

    def test_shards_of_two_runs(self):
        _, errors = self.merged(self.shard(1, 2, []), self.shard(2, 3, []),
                                code=2)
        self.assertIn("different numbers of shards (2 and 3)", errors)

    def test_bad_inputs_are_named_and_the_rest_merged(self):
        good = self.shard(1, 1, [self.in_header()])
        text = good.read_text()
        deep = json.loads(text)
        deep["findings"][0]["location"]["line"] = "18"
        newer = dict(json.loads(text), formatVersion=2)
        bad = {
            "cut.json": (text[:len(text) // 2], "not a report, or cut off"),
            "empty.json": ("", "the file is empty"),
            "text.json": ("no JSON", "not valid JSON"),
            "foreign.json": ('{"a": 1}', "not a report of thread-stop"),
            "foreign.sarif": (
                '{"version": "2.1.0", "runs": [{"tool": {"driver": '
                '{"name": "other"}}}]}', "a report of another program"),
            "wrong.json": (json.dumps(deep),
                           "report.findings[0].location.line"),
            "newer.json": (json.dumps(newer), "a newer thread-stop"),
        }
        for name, (content, why) in bad.items():
            path = self.folder / name
            path.write_text(content)
            both, errors = self.merged(good, path, code=2)
            self.assertEqual(len(both["findings"]), 1)
            self.assertIn("thread-stop: error: %s" % path, errors)
            self.assertIn(why, errors)
        missing = self.folder / "missing.json"
        _, errors = self.merged(good, missing, code=2)
        self.assertIn("%s: No such file" % missing, errors)

    def test_every_cut_is_seen(self):
        text = self.shard(1, 1, [self.in_header()]).read_text()
        sarif = merge(self.folder / "shard-1.json", "--output", "sarif").stdout
        path = self.folder / "cut"
        for whole in (text, sarif.rstrip()):
            for size in range(0, len(whole), max(1, len(whole) // 23)):
                path.write_text(whole[:size])
                self.assertEqual(merge(path).returncode, 2, size)

    def test_clean(self):
        both, errors = self.merged(self.shard(1, 1, []), code=0)
        self.assertEqual((both["findings"], errors), ([], ""))

    def test_failures_of_reports_fail(self):
        done = merge(write(self.folder, "daemon", "daemon"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("thread-stop: error: src/gone.c: 2 errors in the code\n"
                      "  src/gone.c:1:10: error: 'gone.h' file not found\n"
                      "  = help: build it first: a header is missing\n",
                      done.stderr)


class FingerprintTest(unittest.TestCase):
    def prints(self, given):
        with tempfile.TemporaryDirectory() as folder:
            done = merge(write(folder, "r", given), "--output", "json")
            return [f["fingerprint"]
                    for f in json.loads(done.stdout)["findings"]]

    def test_lines_may_move_and_be_indented_anew(self):
        place = at(LOG, 51, "pthread_cancel")
        moved = dict(place, line=900, endLine=900, offset=9999, column=9,
                     snippet="  \t " + place["snippet"] + "  ")
        first = self.prints(report([finding("pthread-cancel", place, "m")]))
        self.assertEqual(
            first, self.prints(report([finding("pthread-cancel", moved, "m")])))
        for other in (finding("pthread-cancel", place, "other"),
                      finding("eintr-retry", place, "m"),
                      finding("pthread-cancel", dict(place, file="x.c"), "m"),
                      finding("pthread-cancel", dict(place, snippet="x"), "m")):
            self.assertNotEqual(first, self.prints(report([other])))

    def test_equal_ones_are_told_apart(self):
        prints = self.prints(reports.equal())
        self.assertEqual(len(set(prints)), 3)
        # The line is the same text three times: one more at the end changes
        # nothing for the others.
        shorter = reports.equal()
        shorter["findings"].pop()
        self.assertEqual(self.prints(shorter), prints[:2])


class BaselineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.baseline = self.folder / "baseline"

    def write_it(self, name):
        return merge(write(self.folder, name, name),
                     "--write-baseline=%s" % self.baseline)

    def use_it(self, name, given=None):
        done = merge(write(self.folder, name, given or name), "--baseline",
                     self.baseline, "--output", "json")
        return (json.loads(done.stdout) if done.stdout else None), done

    def test_known_findings_are_not_told(self):
        self.assertEqual(self.write_it("odd").returncode, 0)
        read, done = self.use_it("odd")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(read["findings"], [])
        self.assertEqual(read["counts"]["baselined"],
                         len(reports.odd()["findings"]))

    def test_format(self):
        self.write_it("odd")
        lines = self.baseline.read_text(encoding="utf-8").splitlines()
        self.assertEqual(lines[0], "# thread-stop baseline 1")
        self.assertEqual(lines[-1], "# end")
        places = [line.split(" ", 2)[2] for line in lines[2:-1]]
        self.assertEqual([p.encode() for p in places],
                         sorted(p.encode() for p in places))
        self.assertIn("src/wörk er,1.c: behind tabs", places)

    def test_new_and_gone(self):
        self.write_it("equal")
        new = reports.equal()
        new["findings"][2]["message"] = "a new one"
        read, done = self.use_it("new", new)
        self.assertEqual(done.returncode, 1)
        self.assertEqual([f["message"] for f in read["findings"]],
                         ["a new one"])
        self.assertIn("1 entry has no finding any more", done.stderr)

    def test_lines_may_be_deleted(self):
        self.write_it("odd")
        lines = self.baseline.read_text(encoding="utf-8").splitlines(True)
        deleted = lines.pop(5)
        self.baseline.write_text("".join(lines), encoding="utf-8")
        read, done = self.use_it("odd")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([f["fingerprint"] for f in read["findings"]],
                         [deleted.split()[0]])

    def test_bad_files(self):
        self.write_it("odd")
        whole = self.baseline.read_text(encoding="utf-8")
        lines = whole.splitlines(True)
        for content, where, why in (
                ("", ":1:", "the file is empty"),
                ('{"a": 1}\n', ":1:", "not a baseline of thread-stop"),
                (whole.replace("baseline 1", "baseline 9", 1), ":1:",
                 "a newer thread-stop"),
                ("".join(lines[:-2]), ":%d:" % (len(lines) - 2), "cut off"),
                (whole.replace(lines[3], "<<<<<<< HEAD\n"), ":4:",
                 "mend or delete this line"),
                (whole[:-1 - len(lines[-1]) - 20], ":", "cut off")):
            self.baseline.write_text(content, encoding="utf-8")
            read, done = self.use_it("odd")
            self.assertIsNone(read)
            self.assertEqual(done.returncode, 2)
            self.assertIn("thread-stop: error: %s%s" % (self.baseline, where),
                          done.stderr)
            self.assertIn(why, done.stderr)
        self.baseline.unlink()
        _, done = self.use_it("odd")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--write-baseline", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
