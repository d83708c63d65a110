# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs of any size for run.py: each function returns a source text.

They have no random parts, so that two runs on two versions measure the same.
"""

C_HEAD = """#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern int input(void);
extern void work(int);
"""


# --- Growth: one function ----------------------------------------------------

BODY_PARTS = [  # (statements, text)
    (3, "  pthread_mutex_lock(&m[@ % 16]);\n  x += @;\n"
        "  pthread_mutex_unlock(&m[@ % 16]);\n"),
    (3, "  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);\n"
        "  work(x);\n  pthread_setcancelstate(old, NULL);\n"),
    (4, "  if (x > @)\n    work(@);\n  else\n    x = input();\n  y ^= x;\n"),
    (3, "  while (y < @) {\n    y += input();\n    work(y);\n  }\n"),
    (4, "  pthread_cleanup_push(undo, &y);\n  y = (int)read(x, buffer, 16);\n"
        "  work(y);\n  pthread_cleanup_pop(0);\n"),
    (3, "  if (pthread_mutex_trylock(&m[@ % 16]) == 0) {\n    work(@);\n"
        "    pthread_mutex_unlock(&m[@ % 16]);\n  }\n"),
    (2, "  x = helper(x + @);\n  work(x);\n"),
]


def one_function(size):
    text = [C_HEAD, """
static pthread_mutex_t m[16];
static void undo(void *p) { *(int *)p = 0; }
static int helper(int a) {
  pthread_mutex_lock(&m[0]);
  work(a);
  pthread_mutex_unlock(&m[0]);
  return a + 1;
}
int big(int x, int y) {
  int old;
  char buffer[16];
"""]
    done = i = 0
    while done < size:
        statements, part = BODY_PARTS[i % len(BODY_PARTS)]
        text.append(part.replace("@", str(i)))
        done += statements
        i += 1
    text.append("  return x + y;\n}\n")
    return "".join(text)


# --- Growth: many functions --------------------------------------------------

GROUP = """
struct s@ { pthread_mutex_t lock; int old, n; };
static void take@(struct s@ *s) { pthread_mutex_lock(&s->lock); }
static void give@(struct s@ *s) { pthread_mutex_unlock(&s->lock); }
static int enter@(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  return old;
}
static void leave@(int old) { pthread_setcancelstate(old, NULL); }
static int odd@(int n);
static int even@(int n) { return n == 0 ? 1 : odd@(n - 1); }
static int odd@(int n) {
  if (n == 0)
    return 0;
  int old = enter@();
  work(n);
  leave@(old);
  return even@(n - 1);
}
int plain@(int a, int b) {
  for (int i = 0; i < a; ++i)
    b += i & 3 ? a : b / 2;
  return b;
}
int step@(struct s@ *s, int fd) {
  char buffer[64];
  take@(s);
  s->n += %s;
  give@(s);
  int old = enter@();
  s->n += (int)write(fd, buffer, sizeof buffer);
  leave@(old);
  return even@(s->n);
}
int run@(struct s@ *s) {
  if (pthread_mutex_trylock(&s->lock) != 0)
    return -1;
  s->n = step@(s, 1) + plain@(s->n, 2);
  pthread_mutex_unlock(&s->lock);
  return s->n;
}
"""
GROUP_FUNCTIONS = 9


def many_functions(size):
    text = [C_HEAD]
    for i in range(size // GROUP_FUNCTIONS + 1):
        call = "run%d((void *)s)" % (i - 1) if i % 20 else "1"
        text.append((GROUP % call).replace("@", str(i)))
    return "".join(text)


# --- Growth: nasty shapes ----------------------------------------------------

def _inside(body, before=""):
    """A function in which the checks have something to solve."""
    return "%s%s\nint f(int x, int y) {\n  int old;\n" \
        "  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);\n%s" \
        "  pthread_setcancelstate(old, NULL);\n  return x + y;\n}\n" % (
            C_HEAD, before, body)


def _each(size, text):
    return "".join(text.replace("@", str(i)) for i in range(size))


def conditional_locks(size):
    return _inside(
        _each(size, "  if (x@) pthread_mutex_lock(&m@);\n") +
        _each(size, "  if (x@) pthread_mutex_unlock(&m@);\n"),
        _each(size, "extern int x@; static pthread_mutex_t m@;\n"))


def conditional_saves(size):
    return _inside(
        _each(size, "  if (x@) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE,"
                    " &o@);\n"),
        _each(size, "extern int x@, o@;\n"))


def tested_variables(size):
    return _inside(
        _each(size, "  int v@ = input();\n  if (v@ > 3) return v@;\n"
                    "  if (v@ == 1) work(v@);\n"))


def nested_loops(size):
    return _inside(
        _each(size, "while (x > @) if (y != @) {\n") +
        "pthread_mutex_lock(&m); work(x++); pthread_mutex_unlock(&m);\n" +
        _each(size, "y = input(); }\n"), "static pthread_mutex_t m;\n")


def switch_with_gotos(size):
    cases = "".join(
        "  case %d: L%d: pthread_mutex_lock(&m); work(x);"
        " pthread_mutex_unlock(&m); x = input();\n"
        "    if (x == %d) goto L%d;\n%s" % (
            i, i, i + 1, (i * 7 + 3) % size, "    break;\n" if i % 3 else "")
        for i in range(size))
    return _inside("  for (;;) switch (x) {\n%s  default: if (y) goto out;\n"
                   "  }\nout:;\n" % cases, "static pthread_mutex_t m;\n")


def call_chain(size):
    return C_HEAD + "void f0(void) { int old; pthread_setcancelstate(" \
        "PTHREAD_CANCEL_DISABLE, &old); work(0); pthread_setcancelstate(old," \
        " NULL); }\n" + "".join(
            "void f%d(void) { work(%d); f%d(); }\n" % (i, i, i - 1)
            for i in range(1, size))


def call_cycle(size):
    return C_HEAD + _each(size, "void f@(int n);\n") + "".join(
        "void f%d(int n) { int old; if (n == %d) return;"
        " pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);"
        " f%d(n + 1); pthread_setcancelstate(old, NULL); }\n" % (
            i, i, (i + 1) % size) for i in range(size))


def many_callees(size):
    """One function calls all others, which all call one."""
    return C_HEAD + "static void low(void) { int o; pthread_setcancelstate(" \
        "PTHREAD_CANCEL_DISABLE, &o); work(1);" \
        " pthread_setcancelstate(o, NULL); }\n" + \
        _each(size, "static void f@(void) { low(); }\n") + \
        "void all(void) {\n" + _each(size, "  f@();\n") + "}\n"


def handler_table(size):
    return C_HEAD + \
        _each(size, "static int h@(int x) { pthread_setcancelstate("
                    "PTHREAD_CANCEL_ENABLE, NULL); return x; }\n") + \
        "int (*const table[])(int) = {\n" + _each(size, "  h@,\n") + "};\n"


def lost_states(size):
    """Each call is a finding of its own, with a fix."""
    return C_HEAD + "void f(int x) {\n" + _each(
        size, "  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);\n"
        "  work(x);\n  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);\n"
    ) + "}\n"


def early_returns(size):
    return _inside(_each(size, "  if (input() == @) return @;\n"))


def cleanup_regions(size):
    return C_HEAD + "static void undo(void *p) { *(int *)p = 0; }\n" \
        "int f(int x) {\n" + _each(
            size, "  pthread_cleanup_push(undo, &x);\n  x = input();\n"
            "  if (x == @) goto out;\n  pthread_cleanup_pop(1);\n") + \
        "out:\n  return x;\n}\n"


def cancels(size):
    return C_HEAD + _each(size, "void stop@(pthread_t t) {"
                                " pthread_cancel(t); pthread_join(t, 0); }\n")


def wrapper_pairs(size):
    return C_HEAD + _each(size, """
int quiet@(void) { int o; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
  return o; }
void loud@(int o) { pthread_setcancelstate(o, NULL); }
""")


def dropped_handlers(size):
    return C_HEAD + "static void undo(void *m) { pthread_mutex_unlock(m); }" \
        + _each(size, """
static pthread_mutex_t m@;
void f@(void) {
  pthread_mutex_lock(&m@);
  pthread_cleanup_push(undo, &m@);
  work(@);
  pthread_cleanup_pop(0);
}
""")


def locks_at_once(size):
    return _inside(_each(size, "  pthread_mutex_lock(&m@);\n") +
                   _each(size, "  pthread_mutex_unlock(&m@);\n"),
                   _each(size, "static pthread_mutex_t m@;\n"))


def saves_at_once(size):
    return _inside(
        _each(size, "  pthread_setcancelstate(x, &o@); work(x);\n") +
        _each(size, "  pthread_setcancelstate(o@, NULL);\n"),
        _each(size, "static int o@;\n"))


def locks_across_branches(size):
    """As locks_at_once, but each is taken in a block of its own."""
    return _inside(
        _each(size, "  pthread_mutex_lock(&m@); if (x == @) work(x);\n") +
        _each(size, "  pthread_mutex_unlock(&m@);\n"),
        _each(size, "static pthread_mutex_t m@;\n"))


def unlock_ladder(size):
    """Each failure jumps to where what has been taken so far is given back."""
    rungs = "".join("e%d: pthread_mutex_unlock(&m%d);\n" % (i, i)
                    for i in reversed(range(size)))
    return _inside(
        _each(size, "  if (pthread_mutex_lock(&m@)) goto e@;\n") + rungs,
        _each(size, "static pthread_mutex_t m@;\n"))


def escaping_locks(size):
    return _inside(
        _each(size, "  pthread_mutex_lock(&s@.m);\n") +
        _each(size, "  use(&s@); if (x == @) work(x);\n"),
        "struct s { pthread_mutex_t m; };\nvoid use(struct s *);\n" +
        _each(size, "static struct s s@;\n"))


def asynchronous_sections(size):
    return _inside(
        _each(size, "  pthread_mutex_lock(&m@);\n") +
        _each(size, "  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS,"
                    " &old);\n  work(x);\n"
                    "  pthread_setcanceltype(old, NULL);\n"),
        _each(size, "static pthread_mutex_t m@;\n"))


def lost_states_with_returns(size):
    return C_HEAD + "void f(int x) {\n" + _each(
        size, "  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);\n"
        "  work(x);\n  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);\n"
        "  if (x == @) return;\n") + "}\n"


def lost_saves(size):
    return C_HEAD + "void f(int x) {\n" + _each(
        size, "  { int old;\n"
        "  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);\n"
        "  work(x);\n"
        "  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); }\n") + "}\n"


def enabling_returns(size):
    return C_HEAD + "void f(int x) {\n" + _each(
        size, "  if (x == @) { pthread_setcancelstate("
        "PTHREAD_CANCEL_ENABLE, NULL); return; }\n") + "}\n"


def swapped_constants(size):
    return C_HEAD + "void f(int x) {\n" + _each(
        size, "  { int old;\n"
        "  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old);\n"
        "  work(x);\n  pthread_setcanceltype(old, NULL); }\n") + "}\n"


def dropped_handlers_at_once(size):
    return C_HEAD + \
        "static void undo(void *m) { pthread_mutex_unlock(m); }\n" + \
        _each(size, "static pthread_mutex_t m@;\n") + \
        "int f(int x) {\n" + _each(
            size, "  pthread_mutex_lock(&m@);\n"
            "  pthread_cleanup_push(undo, &m@);\n  if (x == @) work(@);\n"
            "  pthread_cleanup_pop(0);\n") + \
        _each(size, "  if (x == @) return @;\n") + "  return 0;\n}\n"


def created_and_cancelled(size):
    return C_HEAD + "void *body(void *);\n" + _each(
        size, "pthread_t t@;\n"
        "void start@(void) { pthread_create(&t@, NULL, body, NULL); }\n"
        "void stop@(void) { pthread_cancel(t@); pthread_join(t@, NULL); }\n")


def _thread(body, before=""):
    """The body of the routine of a thread that is cancelled."""
    return C_HEAD + before + "void *thread(void *a) { int x = a != NULL;\n" + body + """
  return a; }
pthread_t t;
void start(void) { pthread_create(&t, NULL, thread, NULL); }
void stop(void) { pthread_cancel(t); pthread_join(t, NULL); }
"""


def resources_at_once(size):
    return _thread(
        _each(size, "  char *p@ = malloc(@ + 1); if (!p@) return a;\n") +
        "  sleep(1);\n" + _each(size, "  free(p@);\n"))


def resources_in_turn(size):
    return _thread(_each(size, """
  { char *p = malloc(@ + 1); if (!p) return a; sleep(1); free(p); }
"""))


def conditional_resources(size):
    return _thread(
        _each(size, "  char *p@ = NULL; if (x == @) p@ = malloc(8);\n") +
        "  sleep(1);\n" + _each(size, "  free(p@);\n"))


def release_ladder(size):
    """Each failure jumps to where what has been acquired so far is released."""
    return _thread(
        _each(size, "  char *p@;\n") +
        _each(size, "  if (!(p@ = malloc(@ + 1))) goto u@;\n") +
        "  sleep(1);\n" +
        "".join("  free(p%d); u%d:;\n" % (i, i)
                for i in reversed(range(size))))


def points_in_callees(size):
    """Each of the functions that the thread runs owns something and waits."""
    return _thread(_each(size, "  f@(x);\n"), _each(size, """static pthread_mutex_t m@;
static void f@(int x) {
  pthread_mutex_lock(&m@); char *p = malloc(x); if (p) sleep(x); free(p);
  pthread_mutex_unlock(&m@); }
"""))


def handles_joined(size):
    """Threads that are created, cancelled and joined in one function."""
    return C_HEAD + "void *body(void *);\nvoid f(void) {\n" + _each(
        size, "  pthread_t t@; pthread_create(&t@, NULL, body, NULL);\n") + \
        _each(size, "  pthread_cancel(t@); pthread_join(t@, NULL);\n") + "}\n"


def paired_methods(size):
    """C++: all classes use the same names for the halves."""
    return C_HEAD + _each(size, """
struct s@ {
  int old;
  void enter() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); }
  void leave() { pthread_setcancelstate(old, 0); }
  void run() { enter(); work(old); leave(); }
};
""")


def shift_operators(size):
    """C++: one expression, each call of which is the object of the next."""
    return _inside("  out" + " << x\n" * size + ";\n",
                   "struct stream { stream &operator<<(int); };\n"
                   "extern stream out;\n")


def skipped_ranges(size):
    """Does not compile: the macros are paired by the tokens."""
    return C_HEAD + "static void undo(void *p) { *(int *)p = 0; }\n" + _each(
        size, "#if 0\nint skipped@;\n#endif\nint f@(int x) { return x; }\n"
    ) + "void g(int x) { pthread_cleanup_push(undo, &x); }\n"


def expression(size, operator):
    """A chain of `size` operands, among them calls."""
    terms = operator.join(
        "input()" if i % 10 == 0 else "x" for i in range(size))
    return _inside("  y = %s;\n" % terms)


def else_ifs(size):
    return _inside("  " + " else ".join(
        "if (x == %d) { pthread_mutex_lock(&m); work(%d);"
        " pthread_mutex_unlock(&m); }\n" % (i, i) for i in range(size)),
        "static pthread_mutex_t m;\n")


def nested_blocks(size):
    return _inside(_each(size, "{ int b@ = x; if (b@ > @)\n") + "work(x);\n" +
                   _each(size, "work(@); }\n"))


def data_table(size):
    """A table of about `size` bytes, as generators write them."""
    row = "  " + ", ".join("0x%02x" % (i * 37 % 256) for i in range(16))
    return _inside("  x = table[y];\n", "static const unsigned char table[] "
                   "= {\n%s\n};\n" % (",\n".join([row] * (size // 98))))
