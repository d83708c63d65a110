// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fixed code compiles, and after each call the thread's state and type are
// what they were before.
// RUN: %python %S/Inputs/fix_and_run.py %s thread-stop-cancel-state-not-restored %t %clang_tidy %plugin %clang gcc

#include <pthread.h>
#include <stdio.h>

static volatile int work;
int choice;

static void step(void) { ++work; }

int literal_close(void) {
  int old_literal;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_literal);
  step();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old_literal);
  return 0;
}

int literal_close_unsaved(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  step();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  return 0;
}

int enables(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  step();
  return 0;
}

void leaves_disabled(void) {
  int old_left;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_left);
  step();
}

int returns_early(void) {
  int old_early;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_early);
  if (choice)
    return -1;
  if (work < 0) {
    return -2;
  }
  step();
  pthread_setcancelstate(old_early, NULL);
  return 0;
}

int restores_the_wrong_one(void) {
  int old_outer, old_inner;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_outer);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_inner);
  step();
  pthread_setcancelstate(old_inner, NULL);
  step();
  pthread_setcancelstate(old_inner, NULL);
  return 0;
}

int type_literal_close(void) {
  int old_type;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_type);
  step();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  return 0;
}

int type_literal_close_unsaved(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  step();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  return 0;
}

int type_left(void) {
  int old_async;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_async);
  if (choice)
    return -1;
  step();
  pthread_setcanceltype(old_async, NULL);
  return 0;
}

static void call(int which) {
  switch (which) {
  case 0:
    literal_close();
    break;
  case 1:
    literal_close_unsaved();
    break;
  case 2:
    enables();
    break;
  case 3:
    leaves_disabled();
    break;
  case 4:
    returns_early();
    break;
  case 5:
    restores_the_wrong_one();
    break;
  case 6:
    type_literal_close();
    break;
  case 7:
    type_literal_close_unsaved();
    break;
  case 8:
    type_left();
    break;
  }
}

static int failures;

static void check(const char *name, int which) {
  for (int i = 0; i < 8; ++i) {
    const int state = i & 1 ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
    const int type =
        i & 2 ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
    int state_after, type_after, unused;
    choice = i & 4;
    pthread_setcancelstate(state, &unused);
    pthread_setcanceltype(type, &unused);
    call(which);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type_after);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state_after);
    if (state_after != state || type_after != type) {
      printf("%s: state %d -> %d, type %d -> %d\n", name, state, state_after,
             type, type_after);
      ++failures;
    }
  }
}

int main(void) {
  check("literal_close", 0);
  check("literal_close_unsaved", 1);
  check("enables", 2);
  check("leaves_disabled", 3);
  check("returns_early", 4);
  check("restores_the_wrong_one", 5);
  check("type_literal_close", 6);
  check("type_literal_close_unsaved", 7);
  check("type_left", 8);
  return failures != 0;
}
