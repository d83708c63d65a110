// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// musl's constants are plain numbers behind macros. The other files of the
// checks have nothing that is glibc's and run again here.
// REQUIRES: musl
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -- -- %musl_flags
// RUN: %check_tidy %S/cancel-state-not-restored.c thread-stop-cancel-state-not-restored %t -- -- %musl_flags
// RUN: %check_tidy %S/cancel-state-not-restored-pairs.c thread-stop-cancel-state-not-restored %t -- -- %musl_flags
// RUN: %check_tidy %S/pthread-cancel.c thread-stop-pthread-cancel %t -- -- %musl_flags
// RUN: %check_tidy %S/async-cancel-with-lock.c thread-stop-async-cancel-with-lock %t -- -- %musl_flags
// RUN: %check_tidy %S/unmatched-cleanup-locks.c thread-stop-unmatched-cleanup %t -- -- %musl_flags

#include <pthread.h>

void update(void);

// ---- fires ----

void literal_close(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}void literal_close(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old, NULL);{{$}}

// ---- stays silent (a reason per case) ----

// musl's third state: a point then fails instead of ending the thread. It is
// saved and restored like the others.
void masked(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_MASKED, &old);
  update();
  pthread_setcancelstate(old, NULL);
}

void restored(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(old, NULL);
}
