// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file that only joins: what the thread does is not known, so only
// StrictJoin speaks of it.
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-join-under-lock %t -silent -check-suffix=NONE
// RUN: %check_tidy %s thread-stop-join-under-lock %t -- -config="{CheckOptions: [{key: thread-stop-join-under-lock.StrictJoin, value: true}]}"
// RUN: %check_tidy %s thread-stop-join-under-lock %t -- -config="{CheckOptions: [{key: StrictJoin, value: true}]}"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ---- fires ----

void finish(pthread_t thread) {
  pthread_mutex_lock(&lock);
  pthread_join(thread, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

// ---- stays silent (a reason per case) ----

// No lock is held.
void finish_later(pthread_t thread) {
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
  pthread_join(thread, NULL);
}
