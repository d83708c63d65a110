// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -check-suffix=DECLARED -- -config="{CheckOptions: [{key: thread-stop-cancel-state-not-restored.DisableFunctions, value: 'stay=go ; vendor_hold=vendor_free'}, {key: thread-stop-cancel-state-not-restored.ThreadCreateFunctions, value: 'fiber_spawn;pool_run'}]}"
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -silent -check-suffix=NONE -- -config="{CheckOptions: [{key: DisableFunctions, value: 'stay=go'}, {key: ThreadCreateFunctions, value: 'fiber_spawn;pool_run'}]}"

#include <pthread.h>

void update(void);
int busy(void);

// ---- fires ----

// DisableFunctions: halves that neither names nor storage tell.
void stay(void) {
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+1]]:1: note: this way out leaves it disabled
}
void go(void) {
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled here, not by who disabled it: the caller can be cancelled [thread-stop-cancel-state-not-restored]
}
// CHECK-FIXES-LABEL: {{^}}void go(void) {
// CHECK-FIXES: {{^ *}}int old_cancel_state;{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old_cancel_state);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_cancel_state, NULL);{{$}}

// ThreadCreateFunctions: what is given to these is a start routine.
int fiber_spawn(int (*run)(int), int flags);
int pool_run(const char *name, void (*job)(void *), void *data);

static int fiber(int x) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:3: note: this way out leaves it disabled
  update();
  return x;
}

static void job(void *data) {
  (void)data;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:1: note: this way out leaves it disabled
  update();
}

// Called by others as well: not what only a thread runs.
int again(int x, void *data) {
  job(data);
  return fiber(x);
}

void create(void) {
  fiber_spawn(fiber, 0);
  pool_run("job", &job, 0);
}

// Declared elsewhere: only the option tells what they do.
void vendor_hold(void);
void vendor_free(void);

int early(void) {
  vendor_hold();
  // CHECK-NOTES-DECLARED: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES-DECLARED: [[@LINE+2]]:5: note: this way out leaves it disabled
  if (busy())
    return 1;
  vendor_free();
  return 0;
}

// ---- stays silent (a reason per case) ----

void in_order(void) {
  vendor_hold();
  update();
  vendor_free();
}
