// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The brace that a fix opens must not end up in a comment.
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t

#include <pthread.h>

void update(void);
int busy(void);

int comment_after_the_condition(void) {
  int old_a;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_a);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function
  if (busy()) // why
    return -1;
  update();
  pthread_setcancelstate(old_a, NULL);
  return 0;
}

int comment_on_its_own_line(void) {
  int old_b;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_b);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function
  if (busy())
    // why
    return -1;
  else // otherwise
    update();
  pthread_setcancelstate(old_b, NULL);
  return 0;
}

int conditional_code(int x) {
  int old_c;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_c);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function
  if (x)
#ifndef OTHER
    return -1;
#else
    return -2;
#endif
  pthread_setcancelstate(old_c, NULL);
  return 0;
}
// The check compiles what the fixes leave.
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_a, NULL);
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_b, NULL);
