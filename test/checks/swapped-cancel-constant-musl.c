// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// musl's constants are plain macros, and it has a third state.
// REQUIRES: musl
// RUN: %check_tidy %s thread-stop-swapped-cancel-constant %t -- -- %musl_flags

#include <pthread.h>

// ---- fires ----

void disable_as_type(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void disable_as_type(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);{{$}}

void asynchronous_as_state(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_ASYNCHRONOUS' is no cancellation state: this disables cancellation [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-2]]:3: note: for asynchronous cancellation call 'pthread_setcanceltype'
  // CHECK-NOTES: [[@LINE-3]]:3: note: to disable cancellation pass 'PTHREAD_CANCEL_DISABLE'
}

void masked_as_type(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_MASKED, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_MASKED' is no cancellation type: this changes no type [thread-stop-swapped-cancel-constant]
}

void number_as_type(void) {
  pthread_setcanceltype(2, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 2 is no cancellation type: the call fails with EINVAL and changes nothing [thread-stop-swapped-cancel-constant]
}

void number_as_state(void) {
  pthread_setcancelstate(3, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 3 is no cancellation state: the call fails with EINVAL and changes nothing [thread-stop-swapped-cancel-constant]
}

// ---- stays silent (a reason per case) ----

void masked(void) { pthread_setcancelstate(PTHREAD_CANCEL_MASKED, NULL); }

void masked_by_number(void) { pthread_setcancelstate(2, NULL); }

void right(void) {
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  pthread_setcancelstate(state, NULL);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

// ---- macros, templates, lambdas ----

#define NO_CANCEL PTHREAD_CANCEL_DISABLE

void constant_by_macro(void) {
  pthread_setcanceltype(NO_CANCEL, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void constant_by_macro(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(NO_CANCEL, NULL);{{$}}
