// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a thread's own function may do, and what others may not.
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -- -- -fexceptions

#include <pthread.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

void update(void);
int more(void);

// ---- fires ----

// A helper that is called from a start routine, but in the middle of it.
static void leaves_disabled(void) {
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+4]]:1: note: this way out leaves it disabled
  // CHECK-FIXES: int old_cancel_state;
  // CHECK-FIXES-NEXT: pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_cancel_state);
  // CHECK-FIXES: pthread_setcancelstate(old_cancel_state, NULL);
}

static void *calls_a_helper(void *arg) {
  update();
  leaves_disabled();
  sleep(1);
  return arg;
}

// A start routine saves its state, and then saves another one over it: even
// there the critical section must end as it began.
static void *section_in_a_start_routine(void *arg) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(old, NULL);
  return arg;
}

// Called by the thread as well as by others: not only a start routine's.
void set_up_for_all(void) {
  sleep(1);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+4]]:1: note: this way out leaves it disabled
  // CHECK-FIXES: int old_cancel_state;
  // CHECK-FIXES-NEXT: pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_cancel_state);
  // CHECK-FIXES: pthread_setcancelstate(old_cancel_state, NULL);
}

static void *calls_set_up(void *arg) {
  set_up_for_all();
  return arg;
}

void also_calls_set_up(void) {
  update();
  set_up_for_all();
}

// ---- stays silent (a reason per case) ----

// Its own state and type at its beginning.
static void *sets_up_itself(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  while (more())
    sleep(1);
  return arg;
}

// Disabled for its whole life.
static void *never_cancelled(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  while (more())
    sleep(1);
  return arg;
}

// The window: disabled for good, enabled around single calls.
static void *windows(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  for (;;) {
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    sleep(1);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    update();
    if (!more())
      break;
  }
  return arg;
}

// Enabled by a literal: the thread began so.
static void *begins_enabled(void *arg) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  sleep(1);
  return arg;
}

// A set-up function that only start routines call, before anything blocks.
static void set_up(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
}

static void *uses_set_up(void *arg) {
  set_up();
  sleep(1);
  return arg;
}

static void enable_first(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

static void *uses_enable_first(void *arg) {
  enable_first();
  sleep(1);
  return arg;
}

// main is the main thread's own function; C11 threads have start routines too.
static int c11_thread(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  update();
  return arg != NULL;
}

// Not passed to anything here, but of the right type and its address is taken.
static void *by_address(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  update();
  return arg;
}

void *(*const routines[])(void *) = {by_address};

int main(void) {
  pthread_t t;
  thrd_t c11;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  pthread_create(&t, NULL, calls_a_helper, NULL);
  pthread_create(&t, NULL, section_in_a_start_routine, NULL);
  pthread_create(&t, NULL, calls_set_up, NULL);
  pthread_create(&t, NULL, &sets_up_itself, NULL);
  pthread_create(&t, NULL, never_cancelled, NULL);
  pthread_create(&t, NULL, windows, NULL);
  pthread_create(&t, NULL, begins_enabled, NULL);
  pthread_create(&t, NULL, uses_set_up, NULL);
  pthread_create(&t, NULL, uses_enable_first, NULL);
  thrd_create(&c11, c11_thread, NULL);
  return 0;
}
