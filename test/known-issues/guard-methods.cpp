// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the methods of locks and guards take is not followed.
// XFAIL: *
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -- -- -isystem %S/../checks/Inputs/mock

#include <mutex>
#include <pthread.h>

std::mutex M;

void compute();

static void goAsync() {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
}
static void goDeferred() {
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

// Deferred, and locked later.
void locked_later() {
  std::unique_lock<std::mutex> G(M, std::defer_lock);
  goAsync();
  G.lock();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  compute();
  goDeferred();
}

// Held where the guard says so.
void tried() {
  std::unique_lock<std::mutex> G(M, std::try_to_lock);
  if (!G.owns_lock())
    return;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

void tried_by_conversion() {
  std::unique_lock<std::mutex> G(M, std::try_to_lock);
  if (G) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
    compute();
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
  }
}

void tried_by_method() {
  if (M.try_lock()) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-3]]:7: note: the lock is taken here
    compute();
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
    M.unlock();
  }
}
