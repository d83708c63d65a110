// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t

// Findings whose obvious fix would restore something else.
#include <pthread.h>

int cond(void);
int work(void);

// The name means another variable there.
void hidden(void) {
  int x;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &x);
  if (cond()) {
    int x = work();
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    // CHECK-MESSAGES: [[@LINE-1]]:5: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
    (void)x;
  } else {
    pthread_setcancelstate(x, NULL);
  }
}

int hidden_exit(void) {
  int o;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  for (int o = 0; o < 3; o++) {
    if (cond())
      return -1;
  }
  pthread_setcancelstate(o, NULL);
  return 0;
}

// The variable has got another value.
void reused(void) {
  int a;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &a);
  a = cond();
  if (a)
    work();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
}

int reused_exit(void) {
  int o;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  if (!cond()) {
    pthread_setcancelstate(o, NULL);
    return 0;
  }
  o = work();
  if (o < 0)
    return o;
  return 1;
}

// A way around the call would restore what was never saved.
void jumped_over(int n) {
  if (n)
    goto done;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  work();
done:
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
}
