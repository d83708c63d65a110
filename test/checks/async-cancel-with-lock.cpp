// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -std=c++17-or-later -- -- -isystem %S/Inputs/mock
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -- -- -fno-exceptions -isystem %S/Inputs/mock

#include <mutex>
#include <pthread.h>
#include <thread>

std::mutex M;
std::recursive_mutex R;
std::timed_mutex T;
std::shared_mutex S;

void compute();

static void goAsync() {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
}
static void goDeferred() {
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

// ---- fires ----

void locks() {
  goAsync();
  M.lock();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  M.unlock();
  R.lock();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-7]]:3: note: asynchronous cancellation is switched on here
  R.unlock();
  T.lock();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-11]]:3: note: asynchronous cancellation is switched on here
  T.unlock();
  S.lock();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-15]]:3: note: asynchronous cancellation is switched on here
  S.unlock();
  S.lock_shared();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-19]]:3: note: asynchronous cancellation is switched on here
  S.unlock_shared();
  goDeferred();
}

// Guards; unwinding does not help either, the cancel may come anywhere.
void guards() {
  goAsync();
  {
    std::lock_guard<std::mutex> G(M);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
    compute();
  }
  {
    std::unique_lock<std::mutex> G(M);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-10]]:3: note: asynchronous cancellation is switched on here
    compute();
  }
  {
    std::scoped_lock<std::mutex, std::recursive_mutex> G(M, R);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-16]]:3: note: asynchronous cancellation is switched on here
    compute();
  }
  {
    std::shared_lock<std::shared_mutex> G(S);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-22]]:3: note: asynchronous cancellation is switched on here
    compute();
  }
  goDeferred();
}

void guard_held() {
  std::lock_guard<std::mutex> G(M);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
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

// Adopted: it was held before.
void adopted() {
  M.lock();
  std::lock_guard<std::mutex> G(M, std::adopt_lock);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

void several_at_once() {
  goAsync();
  std::lock(M, R);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  M.unlock();
  R.unlock();
  goDeferred();
}

// A guard of the file, by its constructor and destructor.
class Guard {
  pthread_mutex_t &Mutex;

public:
  explicit Guard(pthread_mutex_t &M) : Mutex(M) { pthread_mutex_lock(&Mutex); }
  ~Guard() { pthread_mutex_unlock(&Mutex); }
};

pthread_mutex_t Plain = PTHREAD_MUTEX_INITIALIZER;

void own_guard() {
  goAsync();
  Guard G(Plain);
  // CHECK-NOTES: [[@LINE-1]]:9: warning: call takes a lock under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  // CHECK-NOTES: [[@LINE-11]]:51: note: the lock is taken here
  compute();
  goDeferred();
}

// Attributes.
struct __attribute__((capability("mutex"))) Lock {
  void acquire() __attribute__((acquire_capability()));
  void release() __attribute__((release_capability()));
};

void by_attribute(Lock &L) {
  goAsync();
  L.acquire();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  L.release();
  goDeferred();
}

// A function that must be called with a lock held.
Lock Required;
void with_lock_held() __attribute__((requires_capability(Required)));
void with_lock_held() {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

// ---- stays silent (a reason per case) ----

// Not locked yet, or not any more, or perhaps not.
void not_locked() {
  std::unique_lock<std::mutex> G(M, std::defer_lock);
  goAsync();
  compute();
  goDeferred();
}

void unlocked() {
  std::unique_lock<std::mutex> G(M);
  G.unlock();
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

void out_of_scope() {
  {
    std::lock_guard<std::mutex> G(M);
  }
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

void untested() {
  std::unique_lock<std::mutex> G(M, std::try_to_lock);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

void failed() {
  std::unique_lock<std::mutex> G(M, std::try_to_lock);
  if (G.owns_lock())
    return;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

// Classes of the program that only look like guards.
namespace mine {
template <class T> struct lock_guard {
  explicit lock_guard(T &);
};
} // namespace mine

void looks_like_a_guard() {
  goAsync();
  mine::lock_guard<std::mutex> G(M);
  compute();
  goDeferred();
}

// ---- macros, templates, lambdas ----

template <class L> void locked(L &Lock) {
  goAsync();
  Lock.lock();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  compute();
  Lock.unlock();
  goDeferred();
}

void instantiate() {
  locked(M);
  locked(R);
}

auto InALambda = [] {
  goAsync();
  std::lock_guard<std::mutex> G(M);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  compute();
  goDeferred();
};

// A lambda that runs elsewhere does not hold what is held where it is made.
void made_under_a_lock() {
  std::lock_guard<std::mutex> G(M);
  auto F = [] {
    goAsync();
    compute();
    goDeferred();
  };
  std::thread Worker(F);
  Worker.detach();
}

void *start(void *Arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  std::lock_guard<std::mutex> G(M);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  return Arg;
}
