// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two functions that do work of their own, share neither a name nor storage,
// and are taken for the halves of a pair: nothing is found.
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t

#include <pthread.h>

int work;

void leaves_disabled(void) {
  int old_left;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_left);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+3]]:1: note: this way out leaves it disabled
  // CHECK-FIXES: {{^}}  pthread_setcancelstate(old_left, NULL);
  ++work;
}

void enables(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled here, not by who disabled it: the caller can be cancelled [thread-stop-cancel-state-not-restored]
  // CHECK-FIXES: {{^}}  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old_cancel_state);
  ++work;
}
