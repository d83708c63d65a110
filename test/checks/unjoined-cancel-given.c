// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file that neither creates nor cancels a thread, but uses handles.
// RUN: %check_tidy %s thread-stop-unjoined-cancel %t

#include <pthread.h>
#include <signal.h>

// ---- fires ----

int alive(pthread_t t) {
  pthread_join(t, NULL);
  return pthread_kill(t, 0);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: handle used after its thread was joined: it may be invalid or another thread's [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: joined here
}

// ---- stays silent (a reason per case) ----

// Used before.
int asks(pthread_t t) {
  pthread_kill(t, SIGUSR1);
  return pthread_join(t, NULL);
}
