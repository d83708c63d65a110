// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -std=gnu99,gnu17

#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

void undo(void *);
int next(void);
void use(int);

// ---- fires ----

int returns(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    return -1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  return 0;
}

void returns_nothing(void *p) {
  pthread_cleanup_push(undo, p);
  return;
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the handler is pushed here
  // CHECK-NOTES: [[@LINE-3]]:3: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(0);
}

// One warning per way out.
int returns_twice(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    return 1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  if (next())
    return 2;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-9]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  return 0;
}

// Out of two regions: one warning, a note at each push.
int returns_from_two(void *p, void *q) {
  pthread_cleanup_push(undo, p);
  pthread_cleanup_push(undo, q);
  if (next())
    return 1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-4]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
  return 0;
}

void goto_out(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    goto out;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C and musl: the handler stays and runs at a later cancel; glibc C++ and -fexceptions: it runs here
  use(1);
  pthread_cleanup_pop(1);
out:
  use(2);
}

void goto_back(void *p) {
again:
  pthread_cleanup_push(undo, p);
  if (next())
    goto again;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C and musl: the handler stays and runs at a later cancel; glibc C++ and -fexceptions: it runs here
  pthread_cleanup_pop(1);
}

// From the inner region into the outer one: the inner pop is skipped.
void goto_one_level(void *p, void *q) {
  pthread_cleanup_push(undo, p);
  pthread_cleanup_push(undo, q);
  if (next())
    goto inside;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C and musl: the handler stays and runs at a later cancel; glibc C++ and -fexceptions: it runs here
  pthread_cleanup_pop(1);
inside:
  use(1);
  pthread_cleanup_pop(1);
}

// A reader takes it for the outer loop's, but it binds to the macro's.
void breaks(void *p) {
  while (next()) {
    pthread_cleanup_push(undo, p);
    if (next())
      break;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'break' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    pthread_cleanup_pop(1);
  }
}

void continues(void *p) {
  for (int i = 0; i < 3; ++i) {
    pthread_cleanup_push(undo, p);
    if (next())
      continue;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'continue' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    pthread_cleanup_pop(0);
  }
}

void breaks_of_switch(void *p, int what) {
  switch (what) {
  case 1:
    pthread_cleanup_push(undo, p);
    if (next())
      break;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'break' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    pthread_cleanup_pop(1);
    break;
  default:
    use(what);
  }
}

// No loop of the program around it: it still skips the pop.
void breaks_of_nothing(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    break;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'break' ends the loop hidden in 'pthread_cleanup_push' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
  use(1);
  pthread_cleanup_pop(1);
}

static jmp_buf elsewhere;
static sigjmp_buf signalled;

void jumps(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    longjmp(elsewhere, 1);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'longjmp' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: POSIX leaves this undefined: the handler may run later, on a dead stack frame, or not at all
  if (next())
    siglongjmp(signalled, 1);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'siglongjmp' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-9]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: POSIX leaves this undefined: the handler may run later, on a dead stack frame, or not at all
  pthread_cleanup_pop(1);
}

// The non-portable pair saves the type and puts it back.
void variants_mixed(void *p) {
  pthread_cleanup_push_defer_np(undo, p);
  use(1);
  pthread_cleanup_pop(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cleanup_push_defer_np' ends in 'pthread_cleanup_pop': the type stays deferred [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
}

void variants_mixed_too(void *p) {
  pthread_cleanup_push(undo, p);
  use(1);
  pthread_cleanup_pop_restore_np(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cleanup_pop_restore_np' without a push that saved the type [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
}

int returns_from_the_variant(void *p) {
  pthread_cleanup_push_defer_np(undo, p);
  if (next())
    return 1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop_restore_np(1);
  return 0;
}

// A pop(0) takes the only protection off a lock that stays held.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void unlock(void *m) { pthread_mutex_unlock(m); }

void stays_locked(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  use(next());
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

// ---- stays silent (a reason per case) ----

// In pairs, nested, one after the other, in a block of their own.
void in_pairs(void *p, void *q) {
  pthread_cleanup_push(undo, p);
  pthread_cleanup_push(undo, q);
  use(1);
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(0);
  {
    pthread_cleanup_push(undo, p);
    pthread_cleanup_pop(1);
  }
  pthread_cleanup_push_defer_np(undo, p);
  use(2);
  pthread_cleanup_pop_restore_np(1);
}

// Loops and switches wholly inside.
void loops_inside(void *p, int what) {
  pthread_cleanup_push(undo, p);
  while (next()) {
    if (next())
      break;
    if (next())
      continue;
  }
  do {
    if (next())
      break;
  } while (next());
  for (;;)
    break;
  switch (what) {
  case 0:
    break;
  default:
    use(what);
    break;
  }
  pthread_cleanup_pop(1);
}

// The handlers run: that is what they are for.
void ends(void *p, int how) {
  pthread_cleanup_push(undo, p);
  if (how == 1)
    exit(1);
  if (how == 2)
    abort();
  if (how == 3)
    pthread_exit(NULL);
  if (how == 4)
    _Exit(4);
  pthread_cleanup_pop(1);
}

_Noreturn void give_up(void);

void gives_up(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    give_up();
  pthread_cleanup_pop(1);
}

// Within the region.
void goto_inside(void *p) {
  pthread_cleanup_push(undo, p);
again:
  if (next())
    goto again;
  if (next())
    goto end;
  use(1);
end:;
  pthread_cleanup_pop(1);
}

// The lock is given back after the pop(0), or by the handler.
void unlocked_after(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  use(next());
  pthread_cleanup_pop(0);
  pthread_mutex_unlock(&mutex);
}

void unlocked_by_the_handler(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  use(next());
  pthread_cleanup_pop(1);
}

// Back to a setjmp in the same region.
void setjmp_inside(void *p) {
  jmp_buf here;
  pthread_cleanup_push(undo, p);
  if (setjmp(here) == 0 && next())
    longjmp(here, 1);
  pthread_cleanup_pop(1);
}

// Silenced by hand.
int accepted(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    return 1; // NOLINT(thread-stop-unmatched-cleanup)
  pthread_cleanup_pop(1);
  return 0;
}

// ---- control flow ----

// Never reached.
int dead(void *p) {
  pthread_cleanup_push(undo, p);
  if (0)
    return 1;
  if (next()) {
    exit(1);
    return 2;
  }
  pthread_cleanup_pop(1);
  return 0;
}

// Behind an inner loop; the return is the function's in any case.
int returns_from_a_loop(void *p) {
  pthread_cleanup_push(undo, p);
  for (;;) {
    if (next())
      break;
    switch (next()) {
    case 1:
      return 1;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-8]]:3: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
    }
  }
  pthread_cleanup_pop(1);
  return 0;
}

// A region in a loop in a region: the break leaves no region but the loop.
void nested_loops(void *p, void *q) {
  pthread_cleanup_push(undo, p);
  while (next()) {
    pthread_cleanup_push(undo, q);
    if (next())
      break;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'break' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    pthread_cleanup_pop(1);
    if (next())
      break;
  }
  pthread_cleanup_pop(1);
}

// Old style definitions.
int old_style(p, n)
void *p;
int n;
{
  pthread_cleanup_push(undo, p);
  if (n)
    return n;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  return 0;
}

// ---- macros, templates, lambdas ----

#define PROTECT(f, p) pthread_cleanup_push(f, p)
#define UNPROTECT() pthread_cleanup_pop(1)
#define FAIL_IF(c)                                                             \
  do {                                                                         \
    if (c)                                                                     \
      return -1;                                                               \
  } while (0)

int by_macros(void *p) {
  PROTECT(undo, p);
  if (next())
    return 1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  UNPROTECT();
  return 0;
}

int return_in_a_macro(void *p) {
  pthread_cleanup_push(undo, p);
  FAIL_IF(next());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the handler is pushed here
  // CHECK-NOTES: [[@LINE-3]]:3: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  return 0;
}

// A whole region in a macro.
#define WITH(f, p, code)                                                       \
  do {                                                                         \
    pthread_cleanup_push(f, p);                                                \
    code;                                                                      \
    pthread_cleanup_pop(1);                                                    \
  } while (0)

int code_in_a_macro(void *p) {
  WITH(undo, p, use(1));
  WITH(undo, p, if (next()) return 1);
  // CHECK-NOTES: [[@LINE-1]]:29: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-2]]:3: note: the handler is pushed here
  // CHECK-NOTES: [[@LINE-3]]:29: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  return 0;
}
