// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fixed code compiles, does what the constant says while it works, and
// leaves state and type as they were.
// RUN: %python %S/Inputs/fix_and_run.py %s thread-stop-swapped-cancel-constant %t %clang_tidy %plugin %clang gcc

#include <pthread.h>
#include <stdio.h>

static int state_inside, type_inside;
static int failures;

static void look(void) {
  int unused;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state_inside);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type_inside);
  pthread_setcanceltype(type_inside, &unused);
  pthread_setcancelstate(state_inside, &unused);
}

void disables(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old);
  look();
  pthread_setcanceltype(old, NULL);
}

void enables(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, &old);
  look();
  pthread_setcanceltype(old, &old);
}

void defers(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, &old);
  look();
  pthread_setcancelstate(old, NULL);
}

static void check(const char *name, void (*call)(void), int state, int type,
                  int state_wanted, int type_wanted) {
  int state_after, type_after, unused;
  pthread_setcancelstate(state, &unused);
  pthread_setcanceltype(type, &unused);
  call();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type_after);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state_after);
  if (state_after != state || type_after != type ||
      state_inside != state_wanted || type_inside != type_wanted) {
    printf("%s: state %d, inside %d, after %d; type %d, inside %d, after %d\n",
           name, state, state_inside, state_after, type, type_inside,
           type_after);
    ++failures;
  }
}

int main(void) {
  check("disables", disables, PTHREAD_CANCEL_ENABLE, PTHREAD_CANCEL_DEFERRED,
        PTHREAD_CANCEL_DISABLE, PTHREAD_CANCEL_DEFERRED);
  check("enables", enables, PTHREAD_CANCEL_DISABLE,
        PTHREAD_CANCEL_ASYNCHRONOUS, PTHREAD_CANCEL_ENABLE,
        PTHREAD_CANCEL_ASYNCHRONOUS);
  check("defers", defers, PTHREAD_CANCEL_DISABLE, PTHREAD_CANCEL_ASYNCHRONOUS,
        PTHREAD_CANCEL_DISABLE, PTHREAD_CANCEL_DEFERRED);
  return failures != 0;
}
