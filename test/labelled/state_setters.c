// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that set what they are told, and restores written as tests.
#include <pthread.h>

void work(void);
int fail(void);

// Silent: sets what its caller says.
void set_cancelable(int yes) {
  if (yes)
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  else
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

// Fires: one that works in between is no setter.
void sometimes(int quiet) {
  if (quiet) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); // expect: thread-stop-cancel-state-not-restored
    work();
  }
}

// Silent: what was not disabled was enabled.
void restored_by_test(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  work();
  if (old != PTHREAD_CANCEL_DISABLE)
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

// Silent: the same with an early way out.
void restored_by_return(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  work();
  if (old == PTHREAD_CANCEL_DISABLE)
    return;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

// Fires: the test is the wrong way round.
void restored_wrongly(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // also-ok: thread-stop-cancel-state-not-restored
  work();
  if (old == PTHREAD_CANCEL_DISABLE)
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-cancel-state-not-restored
}

// One cause, one finding: the saved state goes to the other function.
void misplaced(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  work();
  pthread_setcanceltype(old, NULL); // expect: thread-stop-swapped-cancel-constant
}

// Fires: nobody restores from `kept`; that another function sets some state is
// no restore.
static int kept;
void quiet(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &kept); // expect: thread-stop-cancel-state-not-restored
}
void set_state(int state) { pthread_setcancelstate(state, NULL); }
void by_wrapper(void) {
  set_state(PTHREAD_CANCEL_DISABLE);
  work();
  set_state(PTHREAD_CANCEL_ENABLE); // expect: thread-stop-cancel-state-not-restored
}
