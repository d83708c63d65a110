# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random programs for fuzz.py: mutated ones and generated functions.

Code that does not compile is hardly analysed, so two thirds of all changes are
made such that they mostly keep it valid: whole statements, values, names.
"""

import re

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'
                       |[A-Za-z_]\w*|\d[\w.]*|\n|[ \t]+
                       |->|\+\+|--|<<=|>>=|&&|\|\||::|[-+*/%&|^=!<>]=|\#\#|.""",
                   re.S | re.X)
NAME = re.compile(r"[A-Za-z_]\w*$")
STATEMENT = re.compile(r"^[ \t]+[^#\s{}][^{}]*;[ \t]*$")

WORDS = """
pthread_setcancelstate pthread_setcanceltype pthread_cancel pthread_testcancel
pthread_cleanup_push pthread_cleanup_pop pthread_cleanup_push_defer_np
pthread_cleanup_pop_restore_np pthread_mutex_lock pthread_mutex_trylock
pthread_mutex_unlock pthread_mutex_timedlock pthread_rwlock_rdlock
pthread_rwlock_unlock pthread_cond_wait pthread_create pthread_join
pthread_exit pthread_kill pthread_self PTHREAD_CANCEL_ENABLE
PTHREAD_CANCEL_DISABLE PTHREAD_CANCEL_DEFERRED PTHREAD_CANCEL_ASYNCHRONOUS
PTHREAD_CANCELED NULL malloc free read write close fork execv longjmp setjmp
return break continue goto if else while do for switch case default static
const volatile extern inline void int long char struct union enum typedef
sizeof _Generic _Atomic __attribute__ __extension__ __builtin_expect
__typeof__ 0 1 2 -1 0x7fffffffffffffff 18446744073709551615u 1e300 'a' "s"
( ) { } [ ] ; , . -> & * + - ! ~ ? : = == != < && || ++ -- # ## \\ ...
""".split() + ["// x", "/* x */", "/*", '"', "\0", "\u00e9"]
CXX_WORDS = """
try catch throw noexcept class template typename auto [&] [=] this delete new
operator virtual override nullptr std::mutex std::lock_guard std::unique_lock
std::thread std::move decltype constexpr co_await requires namespace using
mutable friend explicit ~ :: <> typeid dynamic_cast<int*>(0)
""".split()

VALUES = ["0", "1", "-1", "2", "NULL", "PTHREAD_CANCEL_ENABLE",
          "PTHREAD_CANCEL_DISABLE", "PTHREAD_CANCEL_ASYNCHRONOUS",
          "PTHREAD_CANCEL_DEFERRED", "2147483647", "0x8000000000000000"]


# --- Mutations ---

class Mutator:
    def __init__(self, random, corpus):
        """`corpus`: a list of (suffix, text, ...)."""
        self.random = random
        self.corpus = corpus

    def make(self):
        """A new program: (suffix, text, index of its origin or None)."""
        r = self.random
        origin = r.randrange(len(self.corpus))
        suffix, text = self.corpus[origin][:2]
        cxx = suffix == ".cpp"
        # C++ headers cost a hundred times what the analysis does.
        if r.random() < (0.7 if cxx else 0.2):
            origin, text = None, ""
            for _ in range(r.randrange(1, 4)):
                text = self.add_generated(text, cxx)
        elif r.random() < 0.3:
            text = self.add_generated(text, cxx)
        gentle = r.random() < 0.75
        for _ in range(r.choice((0, 1, 1, 1, 2, 3, 5))):
            change = r.choice(GENTLE if gentle or r.random() < 0.5 else ROUGH)
            text = change(self, text, cxx) or text
        return suffix, text[:200000], origin

    def add_generated(self, text, cxx):
        made = Generator(self.random, cxx).function("made%d" %
                                                    self.random.randrange(999))
        return with_headers(text) + "\n" + made

    # Lines and statements.
    def statements(self, lines):
        return [i for i, line in enumerate(lines) if STATEMENT.match(line)]

    def statement(self, text, _):
        """Deletes, doubles, moves or replaces a statement."""
        lines = text.split("\n")
        all_ = self.statements(lines)
        if not all_:
            return text
        r = self.random
        at, other = r.choice(all_), r.choice(all_)
        kind = r.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[at])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines.insert(at, lines[other])
        elif kind == 4:
            lines.insert(at, lines.pop(min(at + 1, len(lines) - 1)))
        else:
            lines[at] = ";"
        return "\n".join(lines)

    def wrap(self, text, cxx):
        """Puts statements into a branch, a loop, a macro, ..."""
        lines = text.split("\n")
        all_ = self.statements(lines)
        if not all_:
            return text
        r = self.random
        at = r.choice(all_)
        frames = ["if (getpid()) {\n%s\n}", "while (getpid()) {\n%s\n}",
                  "do {\n%s\n} while (0);", "{\n%s\n}", "for (;;) {\n%s\n}",
                  "switch (getpid()) { case 1:\n%s\ndefault:; }",
                  "if (getpid()) return %s", "if (0) {} else {\n%s\n}",
                  "#define WRAPPED %s\nWRAPPED\n#undef WRAPPED",
                  "(void)({ %s 1; });", "#if 0\n#else\n%s\n#endif",
                  "#if 0\n%s\n#endif", "_Pragma(\"once\") %s",
                  "{ extern void none(void *);"
                  " int inner __attribute__((cleanup(none))); %s }",
                  "goto wrapped%d; wrapped%d: %%s" % ((r.randrange(99),) * 2)]
        if cxx:
            frames += ["try {\n%s\n} catch (...) { throw; }",
                       "[&] { %s }();", "try {\n%s\n} catch (int &) {}"]
        frame = r.choice(frames)
        lines[at] = frame.replace("%s", lines[at])
        return "\n".join(lines)

    def insert_snippet(self, text, cxx):
        lines = text.split("\n")
        all_ = self.statements(lines)
        if not all_:
            return text
        made = Generator(self.random, cxx)
        lines.insert(self.random.choice(all_),
                     "{ int a = 0, b = 0; static pthread_mutex_t m, n;"
                     " extern void none(void *); " +
                     made.block(2) + " none(&a); }")
        return with_headers("\n".join(lines))

    def value(self, text, _):
        """Another value for an argument or a number."""
        places = list(re.finditer(
            r"\bPTHREAD_CANCEL_[A-Z]+|\bNULL\b|(?<=[(,= ])\d+(?=[,); ])", text))
        if not places:
            return text
        m = self.random.choice(places)
        return text[:m.start()] + self.random.choice(VALUES) + text[m.end():]

    def rename(self, text, _):
        """One use of a name becomes another name of the file."""
        names = list(re.finditer(r"\b[a-zA-Z_]\w*\b", text))
        if len(names) < 2:
            return text
        r = self.random
        m, other = r.choice(names), r.choice(names).group()
        return text[:m.start()] + other + text[m.end():]

    def splice(self, text, cxx):
        """A function of another program, at the end or before a function."""
        suffix = ".cpp" if cxx else ".c"
        others = [t for s, t, *_ in self.corpus if s == suffix]
        chunks = chunks_of(self.random.choice(others))
        if not chunks:
            return text
        chunk = self.random.choice(chunks)
        own = [m.start() for m in re.finditer(r"^\}\n", text, re.M)]
        at = self.random.choice(own) + 2 if own else len(text)
        return text[:at] + "\n" + chunk + "\n" + text[at:]

    # Tokens, bytes.
    def token(self, text, cxx):
        tokens = TOKEN.findall(text)
        if not tokens:
            return text
        r = self.random
        words = WORDS + CXX_WORDS if cxx or r.random() < 0.05 else WORDS
        at = r.randrange(len(tokens))
        kind = r.randrange(6)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, tokens[at])
        elif kind == 2:
            other = r.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = r.choice(words)
        elif kind == 4:
            tokens.insert(at, " " + r.choice(words) + " ")
        else:
            del tokens[at:at + r.randrange(2, 40)]
        return "".join(tokens)

    def line(self, text, _):
        lines = text.split("\n")
        r = self.random
        at = r.randrange(len(lines))
        kind = r.randrange(4)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[at])
        elif kind == 2:
            lines.insert(at, r.choice(lines))
        else:
            end = at + r.randrange(1, 12)
            lines[at:end] = list(reversed(lines[at:end]))
        return "\n".join(lines)

    def cut(self, text, _):
        return text[:self.random.randrange(len(text) + 1)]

    def crlf(self, text, _):
        return text.replace("\n", "\r\n")

    def without_headers(self, text, _):
        return re.sub(r"(?m)^#include.*$", "", text)


GENTLE = (Mutator.statement, Mutator.statement, Mutator.wrap,
          Mutator.insert_snippet, Mutator.insert_snippet, Mutator.value,
          Mutator.value, Mutator.rename, Mutator.splice)
ROUGH = (Mutator.token, Mutator.token, Mutator.token, Mutator.line,
         Mutator.cut, Mutator.crlf, Mutator.without_headers)


def with_headers(text):
    """Declares what the generated code uses, unless the program does itself."""
    if "pthread.h>" not in text and "typedef" not in text:
        text = "#include <pthread.h>\n" + text
    return text if "unistd.h>" in text else "#include <unistd.h>\n" + text


def chunks_of(text):
    """The top-level definitions, found by their closing brace in column 1."""
    chunks, start = [], 0
    for m in re.finditer(r"^\};?\n", text, re.M):
        chunk = text[start:m.end()]
        start = m.end()
        blank = chunk.rfind("\n\n", 0, chunk.find("{"))
        chunks.append(chunk[blank + 1:])
    return chunks


# --- Generated functions ---

SIMPLE = [
    "pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &a);",
    "pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &b);",
    "pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);",
    "pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);",
    "pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &a);",
    "pthread_setcancelstate(a, NULL);", "pthread_setcancelstate(b, &b);",
    "pthread_setcancelstate(a, &a);",
    "pthread_setcancelstate(PTHREAD_CANCEL_ASYNCHRONOUS, &b);",
    "pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &b);",
    "pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);",
    "pthread_setcanceltype(b, NULL);", "pthread_setcanceltype(a ? a : b, 0);",
    "pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, 0);",
    "pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);",
    "pthread_mutex_lock(&n);", "pthread_mutex_unlock(&n);",
    "a = pthread_mutex_lock(&m);", "if (pthread_mutex_trylock(&m)) ",
    "if (pthread_mutex_lock(&m) == 0) ", "if (a) ", "if (b == 0) ",
    "if (!a && b > 1) ", "a = b;", "b = a + 1;", "a++;", "b = getpid();",
    "a = 0;", "b = 1;", "sleep(1);", "pthread_testcancel();",
    "pthread_cancel(pthread_self());", "(void)read(a, &b, 1);",
    "int *p = &a; *p = b;", "pthread_mutex_t *q = &m;"
    " pthread_mutex_lock(q);", "int c[4]; c[a & 3] = b;",
]
LEAVING = ["return;", "break;", "continue;", "goto end;", "goto again;",
           "pthread_exit(0);", "_exit(1);", "__builtin_unreachable();"]


class Generator:
    """Functions with all control flow there is, round the cancellation API."""

    def __init__(self, random, cxx):
        self.random = random
        self.cxx = cxx
        self.loops = 0
        self.labels = False

    def function(self, name):
        self.labels = True
        body = self.block(4)
        return ("static void none_%s(void *p) { (void)p; }\n"
                "static pthread_mutex_t m_%s, n_%s;\n"
                "void %s(int a, int b) {\n"
                "#define m m_%s\n#define n n_%s\n"
                "again:;\n%s\nend:;\nif (a == 77) goto again;\n"
                "if (b == 78) goto end;\n%s(a, b);\n#undef m\n#undef n\n}\n" %
                (name, name, name, name, name, name,
                 body.replace("none", "none_" + name), name))

    def block(self, depth):
        return "\n".join(self.item(depth)
                         for _ in range(self.random.randrange(1, 6)))

    def item(self, depth):
        r = self.random
        if depth == 0 or r.random() < 0.55:
            if r.random() < 0.12:
                return self.leave()
            s = r.choice(SIMPLE)
            if s.startswith(("int", "pthread_mutex_t")):
                s = "{ " + s + " }"
            return s + self.item(0) if s.endswith(" ") else s
        kind = r.randrange(12 if self.cxx else 9)
        if kind == 0:
            return "if (%s) {\n%s\n} else {\n%s\n}" % (
                self.condition(), self.block(depth - 1), self.block(depth - 1))
        if kind == 1:
            return "if (%s) {\n%s\n}" % (self.condition(),
                                         self.block(depth - 1))
        if kind in (2, 3, 4):
            self.loops += 1
            body = self.block(depth - 1)
            self.loops -= 1
            return ("while (%s) {\n%s\n}", "for (; %s; b++) {\n%s\n}",
                    "do { if (%s) {\n%s\n} } while (a > b);")[kind - 2] % (
                        self.condition(), body)
        if kind == 5:
            return "switch (a) { case 0:\n%s\ncase 1: case 2 ... 5:\n%s\n" \
                "break; default:\n%s\n}" % tuple(
                    self.block(depth - 1) for _ in range(3))
        if kind in (6, 7):
            push, pop = r.choice(
                [("pthread_cleanup_push", "pthread_cleanup_pop")] * 3 +
                [("pthread_cleanup_push_defer_np",
                  "pthread_cleanup_pop_restore_np")])
            # No C: the macros need an expression statement or a block.
            if kind == 6 and not self.cxx or push.endswith("np"):
                push, pop = "pthread_cleanup_push", "pthread_cleanup_pop"
            return "%s(none, &a);\n%s\n%s(%s);" % (
                push, self.block(depth - 1), pop, r.choice(("0", "1", "a")))
        if kind == 8:
            return "{ __attribute__((cleanup(none))) int c = a;\n%s\n}" % \
                self.block(depth - 1)
        if kind == 9:
            return "try {\n%s\n} catch (%s) {\n%s\n}" % (
                self.block(depth - 1), r.choice(("...", "int e")),
                self.block(depth - 1))
        if kind == 10:
            labels, self.labels = self.labels, False
            loops, self.loops = self.loops, 0
            body = self.block(depth - 1)
            self.labels, self.loops = labels, loops
            return "[&] {\n%s\n}();" % body
        return "if (b == 5) throw a;"

    def leave(self):
        s = self.random.choice(LEAVING)
        if s.startswith(("break", "continue")) and not self.loops or \
                s.startswith("goto") and not self.labels:
            return "return;"
        return "if (%s) %s" % (self.condition(), s) \
            if self.random.random() < 0.8 else s

    def condition(self):
        return self.random.choice((
            "a", "!b", "a == 0", "a > b", "b != 1 && a", "a || !b", "a < 3",
            "pthread_mutex_trylock(&m) == 0", "pthread_mutex_lock(&n)",
            "(a = getpid()) != 0", "1", "0", "__builtin_expect(a == 1, 0)",
            "a ? b : 1", "({ int t = a; t; })"))
