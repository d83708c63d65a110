// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -- -config="{CheckOptions: [{key: thread-stop-unmatched-cleanup.LockFunctions, value: 'db_enter=db_leave'}]}"
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -- -config="{CheckOptions: [{key: LockFunctions, value: 'db_enter=db_leave'}]}"
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -silent -check-suffix=NONE

#include <pthread.h>

struct db;
void db_enter(struct db *);
void db_leave(struct db *);
void work(void);

static void leave(void *d) { db_leave(d); }

// ---- fires ----

void stays_locked(struct db *d) {
  db_enter(d);
  pthread_cleanup_push(leave, d);
  work();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

// ---- stays silent (a reason per case) ----

void released(struct db *d) {
  db_enter(d);
  pthread_cleanup_push(leave, d);
  work();
  pthread_cleanup_pop(0);
  db_leave(d);
}
