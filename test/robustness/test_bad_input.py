#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Broken and strange input: no crash, no hang, nothing invented.

Inputs/intact.* compile and have findings of every kind. What is found in a
broken copy must be found at the same place of the intact file as well. Two
exceptions: the line that was broken on purpose, and unmatched-cleanup, which
is to report a push without its pop when the broken code has one.

An exit status is sane if it is 1 with, and 0 without, a compiler's error.
"""

import os
import pathlib
import re
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fuzz"))
import tidy

BUILD = os.environ.get("THREAD_STOP_BUILD", str(HERE.parents[1] / "build"))
PREFIXES = 200
BATCH = 40
UNMATCHED = "thread-stop-unmatched-cleanup"

DIAGNOSTIC = re.compile(
    r"^(\S+?):(\d+):(\d+): (warning|error|fatal error): (.*?)"
    r"(?: \[([\w.,-]+)\])?$", re.M)
ERROR = re.compile(r"^(?:\S+:\d+:\d+: )?(?:fatal )?error: ", re.M)
MARK = re.compile(r"/\* BREAK[^*]*\*/")

FRAGMENTS = """
}|{|)|(|]|;|,|=|}}}}|{{{{|int|int x = ;|int x[|int x[-1];|return|case 1:
default:|break;|continue;|goto nowhere;|goto|nowhere:|if (|if (1)|else|while (
for (;|do {|do|switch (|#if 1|#if|#else|#endif|#elif 1|#error no|#include
#include "missing.h"|#include <missing.h>|#include <pthread.h|#define|#define F(
#undef|#pragma|#line 0|#line 4000000000|#|##|_Pragma(|_Pragma("x|"open|'|'ab'|'a
"\\|\\|/*|//\\|@|`|$|\x00|\x01|\x1a|\xff|\xc3\x28|\u200b|\u00fcber|struct;|struct {
struct log {|union|enum {|typedef|typedef x y|static|extern "C" {|int f(int, {
void f(void) {|int main() {|undeclared x;|undeclared();|sizeof|_Generic(1,
_Alignas(|_Static_assert(0);|__attribute__((|__attribute__((cleanup(none))) int c;
__attribute__((cleanup)) int c;|__asm__(|asm volatile ("|__builtin_choose_expr(
__extension__|({|({ 1; })|({ int x; }|x ? :|1 +|*|&|!|->|.|...|::|<|>|template <
template <class|class|class X : public|namespace|namespace {|using|try {|catch (
catch (...) {|throw|noexcept|operator|co_await 1;|[|[&|[&] {|[=]() {|new|delete
pthread_cleanup_push|pthread_cleanup_push(|pthread_cleanup_push(0|
pthread_cleanup_push();|pthread_cleanup_push(unlock);|pthread_cleanup_push(unlock, 0);
pthread_cleanup_push(1, 2, 3);|pthread_cleanup_push(none, none);
pthread_cleanup_pop|pthread_cleanup_pop(|pthread_cleanup_pop();
pthread_cleanup_pop(0);|pthread_cleanup_pop(none);|pthread_cleanup_pop(0, 0);
pthread_setcancelstate|pthread_setcancelstate(|pthread_setcancelstate();
pthread_setcancelstate(0);|pthread_setcancelstate(none, none);
pthread_setcancelstate("x", 1.5);|pthread_setcancelstate(0, 0, 0);
pthread_setcanceltype(PTHREAD_CANCEL_DISABLE|pthread_setcanceltype(none, 0);
int pthread_setcancelstate;|int pthread_cancel(void);|int pthread_mutex_lock = 1;
void pthread_setcancelstate(int a) { }|pthread_cancel|pthread_cancel(
pthread_cancel();|pthread_cancel(none);|pthread_cancel(1, 2);|pthread_create(
pthread_create();|pthread_create(0, 0, none, 0);|pthread_create(0, 0, 0);
pthread_mutex_lock();|pthread_mutex_lock(none);|pthread_mutex_lock(&none.x);
pthread_mutex_lock(1, 2);|pthread_mutex_unlock(*none);|longjmp();|longjmp(none);
return none;|return none();|return (;|#define pthread_cleanup_pop(x)
#define pthread_cleanup_push(x, y) {|#define pthread_setcancelstate(x, y) none
#define unlock|#define int none|#define return|#define NULL none
auto x = x;|int x = x + none;|int a[none]; a[0] = none;|int y = ({ none; });
struct log l = {.none = 1};|struct unknown u; u.x = 1;|l->none = pthread_cancel;
((void (*)(none))0)();|(*none)();|none->x();|this->x();|&&none;|goto *none;
"""

STRANGE = {  # name -> (suffix, bytes, flags)
    "empty": (".c", b"", ()),
    "empty C++": (".cpp", b"", ()),
    "one newline": (".c", b"\n", ()),
    "only comments": (".c", b"// one\n/* two\n*/\n", ()),
    "open comment": (".c", b"/* one", ()),
    "one brace": (".c", b"}", ()),
    "zeros": (".c", b"\0" * 4096, ()),
    "all bytes": (".c", bytes(range(256)), ()),
    "not UTF-8": (".c", b"int \xff\xfe\x80;\nchar *s = \"\xe4\xf6\";\n", ()),
    "UTF-16": (".c", "int x;\n".encode("utf-16"), ()),
    "backslash at the end": (".c", b"int x;\\", ()),
    "open directive": (".c", b"#define F(x", ()),
    "open string": (".c", b'char *s = "', ()),
    "includes itself": (".c", b'#include __FILE__\n', ()),
    "many errors": (".c", b"int f( { x y z }\n" * 500, ()),
    "deep brackets": (".c", b"int x = " + b"(" * 300, ()),
    "deep blocks": (".c", b"void f(void) " + b"{" * 300, ()),
    "K&R": (".c", b"""#include <pthread.h>
int old();
save(l, n, f) pthread_mutex_t *l; int (*f)(); {
  int o;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
  pthread_mutex_lock(l);
  n = f(n, l) + old(1, 2, 3) + later();
  pthread_mutex_unlock(l);
  pthread_setcancelstate(o, 0);
  return n;
}
int old(a) char a; { return save(0, a, old); }
main(argc, argv) char **argv; { return save(); }
""", ("-std=gnu89", "-w")),
    "no prototypes": (".c", b"""
f(t) { int o; pthread_setcancelstate(1, &o); pthread_cancel(t);
  pthread_mutex_lock(t); pthread_cleanup_push(f, 0); pthread_cleanup_pop(0);
  pthread_setcanceltype(o, 0, 1); pthread_setcanceltype(); }
""", ("-std=gnu89", "-w")),
}


def fragments():
    """`|` and a newline part them; the escapes are Python's."""
    for f in re.split(r"\|(?!\|)|\n", FRAGMENTS):
        if f:
            yield f.encode("latin-1" if max(f) < "\u0100" else "utf-8")


class Found:
    """The diagnostics of one file."""

    def __init__(self, output, path):
        self.findings, self.error = set(), False
        for m in DIAGNOSTIC.finditer(output):
            if os.path.basename(m.group(1)) != path.name:
                continue
            if "error" in m.group(4):
                self.error = True
            for check in (m.group(6) or "").split(","):
                if check.startswith("thread-stop-"):
                    self.findings.add((int(m.group(2)), int(m.group(3)),
                                       check, m.group(5)))


class BadInputTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.tidy = tidy.Tidy(os.path.join(BUILD, "lib/libthread-stop-tidy.so"),
                             limit=60)
        cls.folder = tempfile.TemporaryDirectory(prefix="thread-stop-")
        cls.root = pathlib.Path(cls.folder.name)
        cls.intact = {}
        for suffix in (".c", ".cpp"):
            data = (HERE / "Inputs" / ("intact" + suffix)).read_bytes()
            path = cls.root / ("intact" + suffix)
            path.write_bytes(data)
            result = cls.tidy.run([path])
            found = Found(result.output, path)
            cls.intact[suffix] = (data, found.findings)
            assert result.status == 0, result.output
            assert len({f[2] for f in found.findings}) >= 5, found.findings

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_well(self, files, flags=()):
        """Runs all of them at once, and singly only if that went wrong."""
        result = self.tidy.run(files, flags=flags)
        if result.wrong and len(files) > 1:
            for path in files:
                self.run_well([path], flags)
        if result.wrong:
            # What clang cannot take without us either is not our failure.
            alone = self.tidy.run(files, plugin=False, flags=flags)
            if alone.wrong != result.wrong:
                text = files[-1].read_bytes()[-2000:]
                self.fail("%s: %s\n%r\n%s" % (files, result.wrong, text,
                                              result.output[-3000:]))
        elif result.status != bool(ERROR.search(result.output)):
            self.fail("status %d of %s:\n%s" % (result.status, files,
                                                result.output[-3000:]))
        return result

    def check_broken(self, inputs, suffix):
        """`inputs`: (content, the broken line or 0). All are run, and then
        all that was invented is reported."""
        known = {f[:3] for f in self.intact[suffix][1]}
        wrong, errors = [], 0
        for start in range(0, len(inputs), BATCH):
            batch = []
            for i, (data, line) in enumerate(inputs[start:start + BATCH]):
                path = self.root / ("broken%d%s" % (start + i, suffix))
                path.write_bytes(data)
                batch.append((path, data, line))
            output = self.run_well([b[0] for b in batch]).output
            for path, data, line in batch:
                found = Found(output, path)
                errors += found.error
                for f in sorted(found.findings):
                    if f[:3] not in known and f[2] != UNMATCHED and \
                            f[0] != line:
                        wrong.append("%s\nin a file broken by %r" % (
                            f, data.split(b"\n")[line - 1] if line
                            else data[-60:]))
                path.unlink()
        self.assertFalse(wrong, "invented:\n" + "\n".join(wrong))
        return errors

    def test_fragments(self):
        for suffix, (data, _) in self.intact.items():
            text = data.decode()
            inputs = []
            # Every fragment at every other mark.
            for number, mark in enumerate(MARK.finditer(text)):
                line = text.count("\n", 0, mark.start()) + 1
                for fragment in list(fragments())[number % 2::2]:
                    inputs.append((data[:mark.start()] + fragment +
                                   data[mark.end():], line))
            errors = self.check_broken(inputs, suffix)
            # Else the fragments would test nothing.
            self.assertGreater(errors, len(inputs) // 2)

    def test_prefixes(self):
        for suffix, (data, _) in self.intact.items():
            self.check_broken([(data[:len(data) * i // PREFIXES], 0)
                               for i in range(PREFIXES)], suffix)

    def test_deleted_lines(self):
        for suffix, (data, _) in self.intact.items():
            lines = data.split(b"\n")
            inputs = []
            for i in range(0, len(lines), 2):
                # A line that is emptied may change what is right elsewhere;
                # only where it makes the code invalid do we know.
                if lines[i].strip() in (b"}", b"};", b"#endif") or \
                        lines[i].endswith(b"{"):
                    inputs.append((b"\n".join(lines[:i] + [b""] +
                                              lines[i + 1:]), i + 1))
            self.check_broken(inputs, suffix)

    def test_missing_headers(self):
        for suffix, (data, _) in self.intact.items():
            without = re.sub(rb"(?m)^#include.*$", b"", data)
            renamed = data.replace(b"<pthread.h>", b"<missing/pthread.h>")
            self.check_broken([(without, 0), (renamed, 0)], suffix)

    def same_findings(self, data, suffix, flags=(), name=None):
        path = self.root / (name or "same" + suffix)
        path.write_bytes(data)
        result = self.run_well([path], flags)
        found = {(f[0], f[2]) for f in Found(result.output, path).findings}
        self.assertEqual(found, {(f[0], f[2]) for f in self.intact[suffix][1]},
                         result.output)

    def test_unusual_but_valid(self):
        for suffix, (data, _) in self.intact.items():
            with self.subTest(suffix):
                self.same_findings(data.replace(b"\n", b"\r\n"), suffix)
                self.same_findings(b"\xef\xbb\xbf" + data, suffix)
                self.same_findings(data.rstrip(b"\n"), suffix)
                self.same_findings(data + b"// \xff\xfe\x80 not UTF-8\n",
                                   suffix)

    def test_header_as_main_file(self):
        self.same_findings(self.intact[".c"][0], ".c", ("-xc-header",),
                           name="main.h")
        self.same_findings(self.intact[".cpp"][0], ".cpp", ("-xc++-header",),
                           name="main.hpp")

    def test_strange(self):
        for name, (suffix, data, flags) in STRANGE.items():
            with self.subTest(name):
                path = self.root / ("strange" + suffix)
                path.write_bytes(data)
                result = self.run_well([path], flags)
                if name != "no prototypes":
                    self.assertEqual(Found(result.output, path).findings,
                                     set())

    def test_no_such_file(self):
        result = self.tidy.run([self.root / "missing.c"])
        self.assertEqual(result.wrong, "")
        self.assertEqual(result.status, 1)

    def test_large_file(self):
        """5 MB of table, and 2 MB of functions."""
        row = b"  " + b", ".join(b"%d" % (i * 37 % 256)
                                 for i in range(20)) + b",\n"
        table = b"\nstatic const unsigned char table[] = {\n" + \
            row * (5000000 // len(row)) + b"};\n"
        function = b"int f%d(int x) {\n  int old;\n" \
            b"  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);\n" \
            b"  x += table[x];\n  pthread_setcancelstate(old, NULL);\n" \
            b"  return x;\n}\n"
        data = self.intact[".c"][0] + table + \
            b"".join(function % i for i in range(12000))
        self.same_findings(data, ".c")
        self.check_broken([(data[:6000000], 0)], ".c")


if __name__ == "__main__":
    unittest.main()
