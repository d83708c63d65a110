// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -std=c++17-or-later -- -- -isystem %S/Inputs/mock
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -- -- -fno-exceptions -isystem %S/Inputs/mock

#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <thread>
#include <unistd.h>

class Station {
public:
  Station();
  void stop();

private:
  void byHand();
  void byHandShared();
  void waitsInLambda();
  void guards();
  void ownGuard();
  void unlocksFirst();
  void disabled();
  template <class L> void withLock(L &Lock);

  std::mutex M;
  std::recursive_mutex R;
  std::shared_mutex S;
  pthread_mutex_t P;
  pthread_cond_t C;
  std::thread Thread;
};

// ---- fires ----

// A lock by hand is not given back by unwinding.
void Station::byHand() {
  M.lock();
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  M.unlock();
  pthread_mutex_lock(&P);
  pthread_cond_wait(&C, &P);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'pthread_cond_wait' takes the mutex again and dies with it locked [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&P);
}

void Station::byHandShared() {
  S.lock_shared();
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  S.unlock_shared();
  R.lock();
  ::poll(nullptr, 0, -1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'poll' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  R.unlock();
}

// A lambda that is called here.
void Station::waitsInLambda() {
  auto Wait = [] { sleep(1); };
  M.lock();
  Wait();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in the call leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:20: note: the thread is cancelled here
  M.unlock();
}

// Each instantiation once, at the same place.
template <class L> void Station::withLock(L &Lock) {
  Lock.lock();
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  Lock.unlock();
}

// ---- stays silent (a reason per case) ----

// Guards: unwinding gives them back. Without exceptions their destructors are
// skipped, which is the business of another check.
void Station::guards() {
  {
    std::lock_guard<std::mutex> G(M);
    sleep(1);
  }
  {
    std::unique_lock<std::mutex> G(M);
    sleep(1);
  }
  {
    std::scoped_lock<std::mutex, std::recursive_mutex> G(M, R);
    sleep(1);
  }
  {
    std::shared_lock<std::shared_mutex> G(S);
    sleep(1);
  }
  M.lock();
  std::lock_guard<std::mutex> G(M, std::adopt_lock);
  sleep(1);
}

// The program's own guard.
class Hold {
public:
  explicit Hold(pthread_mutex_t &P) : P(P) { pthread_mutex_lock(&P); }
  ~Hold() { pthread_mutex_unlock(&P); }

private:
  pthread_mutex_t &P;
};

void Station::ownGuard() {
  Hold H(P);
  sleep(1);
}

// Given back before.
void Station::unlocksFirst() {
  std::unique_lock<std::mutex> G(M);
  G.unlock();
  sleep(1);
  M.lock();
  M.unlock();
  sleep(1);
}

// Disabled.
void Station::disabled() {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  M.lock();
  sleep(1);
  M.unlock();
  pthread_setcancelstate(Old, nullptr);
}

// A template that nobody instantiates is not followed.
template <class L> void neverInstantiated(L &Lock) {
  pthread_testcancel();
  Lock.lock();
  sleep(1);
  Lock.unlock();
}

Station::Station() : P(), C(), Thread([this] {
    byHand();
    byHandShared();
    waitsInLambda();
    withLock(M);
    withLock(R);
    guards();
    ownGuard();
    unlocksFirst();
    disabled();
  }) {}

void Station::stop() {
  pthread_cancel(Thread.native_handle());
  Thread.join();
}
