// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ways into a region that skip the push. Only glibc's C form compiles: with
// -fexceptions and in C++ the jump passes an initialisation.
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t

#include <pthread.h>

void undo(void *);
int next(void);
void use(int);

// ---- fires ----

// A goto or a case that jumps past the push.
void goto_in(void *p) {
  if (next())
    goto inside;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' jumps past 'pthread_cleanup_push': there is no handler to pop [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE+1]]:3: note: the handler is pushed here
  pthread_cleanup_push(undo, p);
inside:
  use(1);
  pthread_cleanup_pop(1);
}

void case_in(void *p, int what) {
  switch (what) {
  case 0:
    pthread_cleanup_push(undo, p);
    use(0);
  case 1:
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this 'case' jumps past 'pthread_cleanup_push': there is no handler to pop [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
    use(1);
    pthread_cleanup_pop(1);
    break;
  }
}

void default_in(void *p, int what) {
  switch (what) {
  case 0:
    use(0);
    pthread_cleanup_push(undo, p);
  default:
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this 'default' jumps past 'pthread_cleanup_push': there is no handler to pop [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-3]]:5: note: the handler is pushed here
    use(1);
    pthread_cleanup_pop(1);
  }
}

// Into the inner one of two, from the outer one and from outside of both.
void into_the_inner_one(void *p, void *q) {
  if (next())
    goto inside;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' jumps past 'pthread_cleanup_push': there is no handler to pop [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE+2]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE+6]]:3: note: the handler is pushed here
  pthread_cleanup_push(undo, p);
  if (next())
    goto inside;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' jumps past 'pthread_cleanup_push': there is no handler to pop [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE+1]]:3: note: the handler is pushed here
  pthread_cleanup_push(undo, q);
inside:
  use(1);
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
}

// Out of one region and into another: one way, one finding.
void from_one_into_another(void *p, void *q) {
  pthread_cleanup_push(undo, p);
  if (next())
    goto inside;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'goto' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C and musl: the handler stays and runs at a later cancel; glibc C++ and -fexceptions: it runs here
  pthread_cleanup_pop(1);
  pthread_cleanup_push(undo, q);
inside:
  use(1);
  pthread_cleanup_pop(1);
}

// ---- stays silent (a reason per case) ----

// To a label right before the push, which then happens.
void before_the_push(void *p) {
  if (next())
    goto push;
  use(1);
push:
  pthread_cleanup_push(undo, p);
  use(2);
  pthread_cleanup_pop(1);
}

// A whole region in each case, a switch wholly inside.
void cases_with_regions(void *p, int what) {
  switch (what) {
  case 0:
    pthread_cleanup_push(undo, p);
    switch (next()) {
    case 1:
      use(1);
    default:
      break;
    }
    pthread_cleanup_pop(1);
    break;
  case 1:
    use(2);
  }
}

// ---- control flow ----

// Never taken.
void dead(void *p) {
  if (0)
    goto inside;
  pthread_cleanup_push(undo, p);
inside:
  use(1);
  pthread_cleanup_pop(1);
}
