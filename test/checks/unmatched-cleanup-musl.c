// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// musl's macros are others: one hidden loop, one frame on the stack.
// REQUIRES: musl
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -- -- %musl_flags

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>

void undo(void *);
int next(void);
static void unlock(void *m) { pthread_mutex_unlock(m); }

// ---- fires ----

int returns(void *p, void *q) {
  pthread_cleanup_push(undo, p);
  pthread_cleanup_push(undo, q);
  if (next())
    return -1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-4]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
  return 0;
}

void breaks(void *p) {
  while (next()) {
    pthread_cleanup_push(undo, p);
    if (next())
      break;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'break' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    if (next())
      continue;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'continue' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-9]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    pthread_cleanup_pop(1);
  }
}

void goes(void *p) {
  if (next())
    goto inside;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' jumps past 'pthread_cleanup_push': there is no handler to pop [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE+1]]:3: note: the handler is pushed here
  pthread_cleanup_push(undo, p);
inside:
  if (next())
    goto out;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C and musl: the handler stays and runs at a later cancel; glibc C++ and -fexceptions: it runs here
  pthread_cleanup_pop(1);
out:;
}

static jmp_buf elsewhere;

void jumps(void *p) {
  pthread_cleanup_push(undo, p);
  longjmp(elsewhere, 1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'longjmp' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the handler is pushed here
  // CHECK-NOTES: [[@LINE-3]]:3: note: POSIX leaves this undefined: the handler may run later, on a dead stack frame, or not at all
  pthread_cleanup_pop(1);
}

void stays_locked(pthread_mutex_t *m) {
  pthread_mutex_lock(m);
  pthread_cleanup_push(unlock, m);
  next();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

// ---- stays silent (a reason per case) ----

void in_pairs(void *p) {
  pthread_cleanup_push(undo, p);
  while (next())
    break;
  if (next())
    pthread_exit(NULL);
  if (next())
    abort();
  pthread_cleanup_pop(1);
}
