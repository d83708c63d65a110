#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The cache: a warm run analyses nothing, every change is seen, and a cache
that cannot be used costs time and no finding."""

import os
import re
import shutil
import sqlite3
import subprocess
import unittest

from project_env import (AGE, BAD, BUILD, CLEAN, FINDINGS, FINE, FIXABLE,
                      IRRELEVANT, LLVM, PROGRAM, ToolTest, environment, main,
                      needs_rights_to_matter, without_rights)

CANCEL = "pthread-cancel"
# Where a result came from is all that may differ.
COUNT = re.compile(r'"?(analysed|cached)"?:? *"?\d+"?|\d+ (analysed|'
                   r'from the cache)')
HEADER = "#define STOP(t) ((void)(t))\n"
HEADER_BAD = "#define STOP(t) pthread_cancel(t)\n"
USER = """#include "stop.h"
#include <pthread.h>
void stop(pthread_t t) { STOP(t); }
int make(pthread_t *t, void *(*f)(void *)) { return pthread_create(t, 0, f, 0); }
"""


class CacheTest(ToolTest):
    def file(self):
        """The database of the cache."""
        return self.folder / "xdg/thread-stop/cache-1.sqlite"

    def check_warm(self, *arguments, **more):
        """Nothing is parsed, and all is as it was."""
        cold = self.json(*arguments, **more)
        self.assertEqual(0, cold.counts["cached"], cold.all)
        self.assertNotEqual(0, cold.counts["analysed"], cold.all)
        warm = self.json(*arguments, **more)
        self.assertEqual((0, cold.counts["analysed"]),
                         (warm.counts["analysed"], warm.counts["cached"]),
                         warm.all)
        self.assertEqual(cold.counts["irrelevant"],
                         warm.counts["irrelevant"])
        self.assertEqual(cold.report["findings"], warm.report["findings"])
        self.assertEqual(cold.report["failures"], warm.report["failures"])
        self.assertEqual(cold.code, warm.code)
        self.assertEqual("", "".join(line for line in warm.err.splitlines()
                                     if "warning" in line))
        return warm

    def check_seen(self, found, *arguments, **more):
        """A change is seen: the run agrees with one without a cache."""
        done = self.json(*arguments, **more)
        self.assertEqual(found, done.keys, done.all)
        self.assertEqual(self.json("--no-cache", *arguments, **more).keys,
                         done.keys)
        return done


class WarmTest(CacheTest):
    def test_all_kinds_of_files(self):
        self.write("bad.c", BAD)
        self.write("fix.c", FIXABLE)
        self.write("fine.c", FINE)
        self.write("other.c", IRRELEVANT)
        self.write("broken.c", BAD + "int x = ;\n")
        self.write("cpp.cpp", "#include <thread>\n" + BAD)
        self.database(["bad.c", "fix.c", "fine.c", "other.c", "broken.c",
                       "cpp.cpp"])
        self.check_warm()
        self.check_warm("--checks=-swapped-cancel-constant")

    def test_all_formats(self):
        self.write("fix.c", FIXABLE)
        self.database(["fix.c"])
        for name in ("text", "sarif", "github", "gitlab", "junit", "html"):
            cold = self.run_tool("--output=" + name, "--no-cache")
            self.run_tool()
            warm = self.run_tool("--output=" + name)
            self.assertEqual(*(COUNT.sub("", each.out)
                               for each in (cold, warm)))

    def test_text_that_is_not_unicode(self):
        """What is kept is what was there, byte for byte."""
        self.write("a.c", FIXABLE.replace("&old);", "&old); // \xe4\xf6")
                   .encode("latin-1"))
        self.database(["a.c"])
        self.check_warm()
        self.run_tool("--fix")
        self.assertIn(b"pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old); "
                      b"// \xe4\xf6", (self.root / "a.c").read_bytes())

    def test_name_that_is_not_unicode(self):
        name = b"\xe4.c".decode("utf-8", "surrogateescape")
        try:
            self.write(name, FIXABLE)
        except OSError:
            self.skipTest("the file system wants Unicode")
        self.check_warm(name, "--", "-DX")

    def test_computed_include(self):
        self.write("stop.h", HEADER_BAD)
        self.write("a.c", USER.replace('"stop.h"', "NAME"))
        self.database(["a.c"], ['-DNAME="stop.h"'])
        self.check_warm()

    def test_missing_header_that_is_not_needed(self):
        self.write("a.c", "#if 0\n#include <none.h>\n#endif\n" + BAD)
        self.database(["a.c"])
        self.check_warm()

    def test_from_another_folder(self):
        self.write("a.c", BAD)
        self.write("sub/b.c", BAD)
        self.database(["a.c", "sub/b.c"])
        self.run_tool()
        self.assertEqual([(str(self.root / "a.c"), 3, CANCEL),
                          ("b.c", 3, CANCEL)],
                         self.json(cwd=self.root / "sub").keys)

    def test_own_folder(self):
        self.write("a.c", BAD)
        self.database(["a.c"])
        self.check_warm("--cache-dir=here/and there")
        self.assertTrue((self.root / "here/and there").is_dir())
        self.assertFalse((self.folder / "xdg").exists())

    def test_none(self):
        self.write("a.c", BAD)
        self.database(["a.c"])
        for _ in range(2):
            self.assertEqual(1, self.json("--no-cache").counts["analysed"])
        self.assertFalse((self.folder / "xdg").exists())


class ChangeTest(CacheTest):
    """Each kind of change, after a run that has filled the cache."""

    def setUp(self):
        super().setUp()
        self.write("inc/stop.h", HEADER)
        self.write("a.c", USER)
        self.flags = ["-Ifront", "-Iinc"]
        (self.root / "front").mkdir()
        self.database(["a.c"], self.flags)
        self.json(code=CLEAN)
        self.assertEqual(1, self.json(code=CLEAN).counts["cached"])
        self.bad = [("a.c", 3, CANCEL)]

    def test_source(self):
        self.write("a.c", USER.replace("STOP", "pthread_cancel"))
        self.check_seen(self.bad)

    def test_header(self):
        self.write("inc/stop.h", HEADER_BAD)
        self.check_seen(self.bad)
        self.write("inc/stop.h", HEADER)
        self.check_seen([])

    def test_same_size_and_time(self):
        """Put back by hand, as some programs for archives and copies do."""
        path = self.root / "a.c"
        before = path.stat()
        text = USER.replace("pthread_create(t, 0, f, 0)",
                            "pthread_cancel(*t) | f==0 ")
        self.assertEqual(len(USER), len(text))
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.check_seen([("a.c", 4, CANCEL)])

    def test_new_time_alone(self):
        """The same content is no change."""
        self.write("a.c", USER, age=AGE * 2)
        self.assertEqual(1, self.json(code=CLEAN).counts["cached"])

    def test_header_that_comes_in_front(self):
        self.write("front/stop.h", HEADER_BAD)
        self.check_seen(self.bad)

    def test_header_that_goes(self):
        (self.root / "inc/stop.h").unlink()
        done = self.json(code=2)
        self.assertIn("stop.h", done.report["failures"][0]["details"][0])

    def test_header_beside_the_source(self):
        self.write("stop.h", HEADER_BAD)
        self.check_seen(self.bad)

    def test_flag(self):
        self.write("inc/stop.h", "#ifdef HARD\n" + HEADER_BAD + "#else\n" +
                   HEADER + "#endif\n")
        self.json(code=CLEAN)
        self.database(["a.c"], self.flags + ["-DHARD"])
        self.check_seen(self.bad)

    def test_flag_in_a_response_file(self):
        self.write("inc/stop.h", "#ifdef HARD\n" + HEADER_BAD + "#else\n" +
                   HEADER + "#endif\n")
        self.write("flags.rsp", "-Iinc")
        self.database(["a.c"], ["@flags.rsp"])
        self.json(code=CLEAN)
        self.write("flags.rsp", "-Iinc -DHARD")
        self.check_seen(self.bad)

    @unittest.skipIf(int(LLVM) < 16, "clang wants it in another form")
    def test_flag_in_a_configuration_of_clang(self):
        self.write("inc/stop.h", "#ifdef HARD\n" + HEADER_BAD + "#else\n" +
                   HEADER + "#endif\n")
        self.write("clang.cfg", "-DSOFT\n")
        self.database(["a.c"], self.flags +
                      ["--config=" + str(self.root / "clang.cfg")])
        self.json(code=CLEAN)
        self.write("clang.cfg", "-DHARD\n")
        self.check_seen(self.bad)

    def test_folder_in_the_environment(self):
        self.write("env/stop.h", HEADER_BAD)
        self.database(["a.c"])
        done = self.json(env={"CPATH": self.root / "inc"})
        self.assertEqual([], done.keys, done.all)
        self.check_seen(self.bad, env={"CPATH": self.root / "env"})

    def test_options(self):
        for text, found in (("Checks: '-thread-stop-pthread-cancel'", []),
                            ("Checks: '-*,thread-stop-pthread-cancel'",
                             self.bad), ("", self.bad)):
            self.write("inc/stop.h", HEADER_BAD)
            self.write(".clang-tidy", text + "\n")
            self.check_seen(found)
        self.check_seen([], "--checks=-pthread-cancel")
        self.check_seen([], "--config=Checks: '-thread-stop-pthread-cancel'")
        self.check_seen(self.bad)

    def test_option_of_a_check(self):
        self.write("inc/stop.h", HEADER_BAD)
        plain = self.json()
        self.write(".clang-tidy", "WarningsAsErrors: '*'\n")
        hard = self.json()
        self.assertEqual(("warning", "error"), tuple(
            each.report["findings"][0]["severity"] for each in (plain, hard)))

    def test_header_filter(self):
        self.write("inc/stop.h", "#include <pthread.h>\nstatic inline void "
                   "h(pthread_t t) { pthread_cancel(t); }\n" + HEADER)
        self.check_seen([], "--header-filter=none")
        self.check_seen([("inc/stop.h", 2, CANCEL)], "--header-filter=.*")
        self.check_seen([], "--header-filter=none")

    def test_probe_for_a_header(self):
        """Nothing includes it: it is enough that it is there."""
        self.write("inc/stop.h", '#if __has_include("hard.h")\n' + HEADER_BAD +
                   "#else\n" + HEADER + "#endif\n")
        self.json(code=CLEAN)
        self.write("inc/hard.h", "")
        self.check_seen(self.bad)

    def test_computed_header_that_comes_in_front(self):
        self.database(["a.c"], self.flags + ['-DNAME="stop.h"'])
        self.write("a.c", USER.replace('"stop.h"', "NAME"))
        self.json(code=CLEAN)
        self.write("front/stop.h", HEADER_BAD)
        self.check_seen(self.bad)

    @unittest.skipIf(int(LLVM) < 19, "clang has no #embed")
    def test_embedded_file(self):
        self.write("data.txt", "0")
        self.write("a.c", "#include <pthread.h>\nenum { X =\n#embed "
                   '"data.txt"\n};\n_Static_assert(X == 48, "");\n' +
                   BAD[BAD.index("void"):])
        self.database(["a.c"], ["-std=c23"])
        first = self.json()
        self.write("data.txt", "1")
        self.assertEqual((1, 2), (first.code, self.json().code))

    def test_another_build_of_the_program(self):
        copy = self.folder / "copy" / "bin" / "thread-stop"
        copy.parent.mkdir(parents=True)
        shutil.copy2(PROGRAM, copy)
        os.utime(copy, (1, 1))
        (self.folder / "copy/lib").symlink_to(BUILD / "lib")
        self.assertEqual(1, self.json(program=copy).counts["analysed"])
        self.assertEqual(1, self.json(program=copy).counts["cached"])
        self.assertEqual(1, self.json().counts["cached"])


class BadCacheTest(CacheTest):
    def setUp(self):
        super().setUp()
        self.write("a.c", BAD)
        self.write("b.c", FINE)
        self.database(["a.c", "b.c"])

    def check_rebuilt(self, *said):
        """All is found and said, and the next run is warm."""
        done = self.json(code=FINDINGS)
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.check_no_crash(done)
        self.check_says(done, *said)
        again = self.json(code=FINDINGS)
        self.assertEqual(2, again.counts["cached"], again.all)
        self.assertNotIn("cache", again.err.replace("from the cache", ""))

    def put(self, data):
        self.file().parent.mkdir(parents=True, exist_ok=True)
        self.file().write_bytes(data)

    def test_text(self):
        self.put(b"this is no database\n" * 100)
        self.check_rebuilt("is damaged", "a new one was begun")
        self.assertTrue(self.file().with_name("cache-1.sqlite.bad").exists())

    def test_empty(self):
        self.put(b"")
        self.json(code=FINDINGS)
        self.assertEqual(2, self.json(code=FINDINGS).counts["cached"])

    def test_truncated(self):
        self.json(code=FINDINGS)
        for size in (10, 100, 4096, 6000):
            with self.subTest(size):
                data = self.file().read_bytes()
                self.put(data[:size])
                done = self.json(code=FINDINGS)
                self.assertEqual([("a.c", 3, CANCEL)], done.keys)
                self.check_no_crash(done)
                self.json()
                self.assertEqual(2, self.json().counts["cached"])

    def test_every_page_overwritten(self):
        self.json(code=FINDINGS)
        data = self.file().read_bytes()
        for start in range(0, len(data), 1024):
            broken = data[:start] + b"\xff" * 512 + data[start + 512:]
            self.put(broken)
            done = self.json(code=FINDINGS)
            self.assertEqual([("a.c", 3, CANCEL)], done.keys, start)
            self.check_no_crash(done)

    def test_result_overwritten(self):
        """SQLite does not see it."""
        self.json(code=FINDINGS)
        with sqlite3.connect(self.file()) as cache:
            cache.execute("UPDATE results SET data = substr(data, 1, 30)")
            cache.execute("UPDATE files SET data = x'00'")
        cache.close()
        done = self.json(code=FINDINGS)
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.assertEqual(2, done.counts["analysed"])

    def test_foreign(self):
        self.file().parent.mkdir(parents=True)
        with sqlite3.connect(self.file()) as cache:
            cache.execute("CREATE TABLE photos(name)")
        cache.close()
        self.check_rebuilt("is not a cache of thread-stop")
        kept = sqlite3.connect(self.file().with_name("cache-1.sqlite.bad"))
        self.assertEqual([], kept.execute("SELECT * FROM photos").fetchall())
        kept.close()

    def test_table_of_another_shape(self):
        self.json(code=FINDINGS)
        with sqlite3.connect(self.file()) as cache:
            cache.execute("DROP TABLE results")
            cache.execute("CREATE TABLE results(photo)")
        cache.close()
        done = self.json(code=FINDINGS)
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.check_says(done, "cache")
        again = self.json(code=FINDINGS)
        self.assertEqual(2, again.counts["cached"], "not rebuilt\n" + done.err)

    def test_folder_instead(self):
        self.file().mkdir(parents=True)
        done = self.json(code=FINDINGS)
        self.check_says(done, "no cache")
        self.check_no_crash(done)

    def test_file_instead_of_the_folder(self):
        self.write("file", "")
        done = self.json("--cache-dir=file", code=FINDINGS)
        self.check_says(done, "no cache: ")
        self.assertIn("--no-cache", done.err)

    def test_no_home(self):
        done = self.json(env={"HOME": "", "XDG_CACHE_HOME": ""},
                         code=FINDINGS)
        self.check_no_crash(done)
        shutil.rmtree(self.root / ".cache", ignore_errors=True)

    @needs_rights_to_matter
    def test_read_only(self):
        cache = self.folder / "cache"
        self.json("--cache-dir", cache)
        for path in (cache, *cache.iterdir()):
            path.chmod(0o555 if path.is_dir() else 0o444)
        done = self.json("--cache-dir", cache, code=FINDINGS,
                         **without_rights())
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.check_no_crash(done)
        cache.chmod(0o755)

    @needs_rights_to_matter
    def test_unreadable(self):
        cache = self.folder / "cache"
        self.json("--cache-dir", cache)
        cache.chmod(0)
        done = self.json("--cache-dir", cache, code=FINDINGS,
                         **without_rights())
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.check_says(done, "no cache")
        cache.chmod(0o755)


class FullDiskTest(CacheTest):
    def setUp(self):
        super().setUp()
        for number in range(20):
            self.write("a%02d.c" % number, BAD)
        self.files = ["a%02d.c" % number for number in range(20)]
        self.database(self.files)

    def check_all_found(self, done):
        self.assertEqual(FINDINGS, done.code, done.all)
        self.assertEqual(20, len(done.keys), done.all)
        self.check_no_crash(done)

    def test_limit_of_file_size(self):
        for blocks in (1, 8, 40):
            with self.subTest(blocks):
                cache = "--cache-dir=cache%d" % blocks
                done = self.shell("ulimit -f %d; $T -o json %s | cat; exit "
                                  "${PIPESTATUS[0]}" % (blocks, cache))
                self.check_all_found(done)
                if blocks == 1:
                    self.check_says(done, "no cache")
                self.check_all_found(self.json(cache))

    def test_small_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs",
                           disk], check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("mount is not allowed")
        try:
            for _ in range(2):
                done = self.json("--cache-dir", disk / "cache")
                self.check_all_found(done)
            try:
                (disk / "fill").write_bytes(b"x" * 65536)
            except OSError:
                pass  # as meant
            self.check_all_found(self.json("--cache-dir", disk / "cache"))
        finally:
            subprocess.run(["umount", disk], check=True)


class SharedTest(CacheTest):
    def test_several_runs_at_once(self):
        for number in range(30):
            self.write("a%02d.c" % number, BAD)
        self.database(["a%02d.c" % number for number in range(30)])
        runs = [subprocess.Popen(
            [PROGRAM, "-o", "json=report%d.json" % i, "-o", "text", "-q",
             "-j2"], cwd=self.root, env=environment(self.folder),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8") for i in range(4)]
        outputs = [run.communicate()[0] for run in runs]
        self.assertEqual([FINDINGS] * 4, [run.returncode for run in runs],
                         outputs)
        self.assertEqual(1, len(set(outputs)), outputs)
        self.assertNotIn("cache", outputs[0])
        self.assertEqual(30, self.json().counts["cached"])

    def test_locked_by_another_program(self):
        """It waits, and then goes on without."""
        self.write("a.c", BAD)
        self.database(["a.c"])
        self.json()
        self.write("b.c", FINE)
        self.database(["a.c", "b.c"])
        cache = sqlite3.connect(self.file(), isolation_level=None)
        cache.execute("BEGIN EXCLUSIVE")
        try:
            done = self.json()
        finally:
            cache.execute("ROLLBACK")
            cache.close()
        self.assertEqual([("a.c", 3, CANCEL)], done.keys)
        self.check_says(done, "no cache")


if __name__ == "__main__":
    main()
