// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-join-under-lock %t -std=c++17-or-later -- -- -isystem %S/Inputs/mock
// RUN: %check_tidy %s thread-stop-join-under-lock %t -- -- -fno-exceptions -isystem %S/Inputs/mock

#include <mutex>
#include <thread>

class Pool {
public:
  Pool() : Thread([this] { run(); }) {}
  void stop();
  void stopByHand();
  void stopUnique();
  void stopScoped();
  void stopUnlocked();
  void stopOther();

private:
  void run();

  std::mutex M, Once;
  bool Stopping = false;
  std::thread Thread;
};

void Pool::run() {
  for (;;) {
    std::lock_guard<std::mutex> G(M);
    if (Stopping)
      return;
  }
}

// ---- fires ----

// The thread cannot see the flag while the mutex is held here.
void Pool::stop() {
  std::lock_guard<std::mutex> G(M);
  Stopping = true;
  Thread.join();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-15]]:5: note: the thread waits for it here
}

void Pool::stopByHand() {
  M.lock();
  Stopping = true;
  Thread.join();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-24]]:5: note: the thread waits for it here
  M.unlock();
}

void Pool::stopUnique() {
  std::unique_lock<std::mutex> G(M);
  Stopping = true;
  Thread.join();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-34]]:5: note: the thread waits for it here
}

// ---- stays silent (a reason per case) ----

// The guard's scope ends before.
void Pool::stopScoped() {
  {
    std::lock_guard<std::mutex> G(M);
    Stopping = true;
  }
  Thread.join();
}

void Pool::stopUnlocked() {
  std::unique_lock<std::mutex> G(M);
  Stopping = true;
  G.unlock();
  Thread.join();
}

// The thread never takes it.
void Pool::stopOther() {
  std::lock_guard<std::mutex> G(Once);
  Thread.join();
}
