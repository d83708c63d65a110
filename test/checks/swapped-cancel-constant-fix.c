// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A saved value goes back to the function that saved it: a note's fix, for the
// call may also stand where another variable was meant.
// RUN: %check_tidy %s thread-stop-swapped-cancel-constant %t -check-note-fixes

#include <pthread.h>

void work(void);

// ---- fires ----

void saved_type_as_state(void) {
  int type;
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  work();
  pthread_setcancelstate(type, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a saved cancellation type is given to 'pthread_setcancelstate' [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the type is saved here
  // CHECK-NOTES: [[@LINE-3]]:3: note: restore it with 'pthread_setcanceltype'
}
// CHECK-FIXES-LABEL: {{^}}void saved_type_as_state(void) {
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(type, NULL);{{$}}

void saved_state_as_type(void) {
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  work();
  pthread_setcanceltype(state, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a saved cancellation state is given to 'pthread_setcanceltype' [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the state is saved here
  // CHECK-NOTES: [[@LINE-3]]:3: note: restore it with 'pthread_setcancelstate'
}
// CHECK-FIXES-LABEL: {{^}}void saved_state_as_type(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(state, NULL);{{$}}

// ---- stays silent (a reason per case) ----

// As the fix leaves it.
void restored(void) {
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  work();
  pthread_setcancelstate(state, NULL);
}
