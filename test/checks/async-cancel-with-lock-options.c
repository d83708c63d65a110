// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -- -config="{CheckOptions: [{key: thread-stop-async-cancel-with-lock.LockFunctions, value: 'db_enter=db_leave; big_lock = big_unlock'}]}"
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -- -config="{CheckOptions: [{key: LockFunctions, value: 'db_enter=db_leave;big_lock=big_unlock'}]}"
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -silent -check-suffix=NONE
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -check-suffix=WRONG -- -config="{CheckOptions: [{key: thread-stop-async-cancel-with-lock.LockFunctions, value: 'a=b=c;=x;y='}]}"

#include <pthread.h>

struct db;
void db_enter(struct db *);
void db_leave(struct db *);
void big_lock(void);
void big_unlock(void);
void compute(void);

// CHECK-NOTES-WRONG: warning: '=x' in option 'LockFunctions' is no pair 'open=close'; it is ignored [clang-tidy-config]
// CHECK-NOTES-WRONG: warning: 'a=b=c' in option 'LockFunctions' is no pair 'open=close'; it is ignored [clang-tidy-config]
// CHECK-NOTES-WRONG: warning: 'y=' in option 'LockFunctions' is no pair 'open=close'; it is ignored [clang-tidy-config]

// ---- fires ----

void inside(struct db *d) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
  db_enter(d);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  compute();
  db_leave(d);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, 0);
}

void held(struct db *d) {
  db_enter(d);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, 0);
  db_leave(d);
}

void one_big_lock(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
  big_lock();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  compute();
  big_unlock();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, 0);
}

// ---- stays silent (a reason per case) ----

// Given back.
void left(struct db *d) {
  db_enter(d);
  db_leave(d);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, 0);
}

void big_left(void) {
  big_lock();
  big_unlock();
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, 0);
}
