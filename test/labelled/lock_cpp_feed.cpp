// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

extern bool parse(const std::string &S);

class Feed {
public:
  explicit Feed(int Fd) : Fd(Fd) {}
  void start();
  void stop();

private:
  void run();
  void guarded();
  void scoped();
  void uniqueUnlocked();
  void plain();
  void plainAdopted();
  void conditional(bool Lock);
  void earlyReturn();
  void shared();
  void twoLocks();
  void manualUnlock();
  void byHelper();
  void relock();
  int receive() { char B[8]; return static_cast<int>(recv(Fd, B, sizeof B, 0)); }
  void lockIt() { Plain.lock(); }
  void unlockIt() { Plain.unlock(); }

  int Fd;
  std::mutex Plain, Second;
  std::shared_mutex Table;
  std::deque<std::string> Queue;
  std::thread Thread;
};

void Feed::start() { Thread = std::thread(&Feed::run, this); }

void Feed::stop() {
  pthread_cancel(Thread.native_handle()); // expect: thread-stop-pthread-cancel
  Thread.join();
}

void Feed::run() {
  for (;;) {
    guarded();
    scoped();
    uniqueUnlocked();
    plain();
    plainAdopted();
    conditional(true);
    earlyReturn();
    shared();
    twoLocks();
    manualUnlock();
    byHelper();
    relock();
  }
}

// Silent: unwinding runs the guard's destructor.
void Feed::guarded() {
  std::lock_guard<std::mutex> L(Plain);
  receive();
}

// Silent: the same for two at once.
void Feed::scoped() {
  std::scoped_lock L(Plain, Second);
  receive();
}

// Silent: unlocked before the wait, taken again by an object.
void Feed::uniqueUnlocked() {
  std::unique_lock<std::mutex> L(Plain);
  Queue.emplace_back("x");
  L.unlock();
  receive();
  L.lock();
  Queue.clear();
}

// Fires: lock() by hand.
void Feed::plain() {
  Plain.lock();
  receive(); // expect: thread-stop-lock-across-cancellation-point
  Plain.unlock();
}

// Silent: adopted by an object before the wait.
void Feed::plainAdopted() {
  Plain.lock();
  std::lock_guard<std::mutex> L(Plain, std::adopt_lock);
  receive();
}

// Silent: held on one of the paths only.
void Feed::conditional(bool Lock) {
  if (Lock)
    Plain.lock();
  receive();
  if (Lock)
    Plain.unlock();
}

// Fires: released by hand on the early way, waits on the other.
void Feed::earlyReturn() {
  Plain.lock();
  if (Queue.empty()) {
    Plain.unlock();
    return;
  }
  std::string First = Queue.front();
  send(Fd, First.data(), First.size(), 0); // expect: thread-stop-lock-across-cancellation-point
  Plain.unlock();
}

// Fires: a shared lock by hand.
void Feed::shared() {
  Table.lock_shared();
  usleep(1); // expect: thread-stop-lock-across-cancellation-point
  Table.unlock_shared();
}

// Fires: one in an object, the other by hand.
void Feed::twoLocks() {
  std::unique_lock<std::mutex> L(Plain);
  Second.lock();
  receive(); // expect: thread-stop-lock-across-cancellation-point
  Second.unlock();
}

// Fires: the object has let it go, and it is held by hand.
void Feed::manualUnlock() {
  std::unique_lock<std::mutex> L(Plain);
  L.release();
  receive(); // expect: thread-stop-lock-across-cancellation-point
  Plain.unlock();
}

// Fires: wrappers of lock and unlock.
void Feed::byHelper() {
  lockIt();
  receive(); // expect: thread-stop-lock-across-cancellation-point
  unlockIt();
}

// Silent: deferred, then locked by the object.
void Feed::relock() {
  std::unique_lock<std::mutex> L(Plain, std::defer_lock);
  receive();
  if (L.try_lock())
    receive();
}

// A template: one finding for all instances.
template <typename Mutex> class Logger {
public:
  void write(int Fd, const char *Text, size_t N) {
    M.lock();
    ::write(Fd, Text, N); // expect: thread-stop-lock-across-cancellation-point
    M.unlock();
  }
  void writeGuarded(int Fd, const char *Text, size_t N) {
    std::lock_guard<Mutex> L(M);
    ::write(Fd, Text, N);
  }

private:
  Mutex M;
};

static Logger<std::mutex> A;
static Logger<std::recursive_mutex> B;

// A lambda as start routine.
void oneShot(int Fd) {
  static std::mutex M;
  pthread_t T;
  auto Body = [](void *P) -> void * {
    int F = *static_cast<int *>(P);
    char C;
    A.write(F, "a", 1);
    B.write(F, "b", 1);
    A.writeGuarded(F, "c", 1);
    M.lock();
    read(F, &C, 1); // expect: thread-stop-lock-across-cancellation-point
    M.unlock();
    return nullptr;
  };
  if (pthread_create(&T, nullptr, Body, &Fd) != 0)
    return;
  pthread_cancel(T); // expect: thread-stop-pthread-cancel
  pthread_join(T, nullptr);
}

// std::jthread and std::thread with lambdas that capture.
void captured(int Fd) {
  std::mutex M;
  std::thread T([&] {
    char C;
    M.lock();
    read(Fd, &C, 1); // expect: thread-stop-lock-across-cancellation-point
    M.unlock();
  });
  pthread_cancel(T.native_handle()); // expect: thread-stop-pthread-cancel
  T.join();
}

// Silent: nobody cancels this one.
void notCancelled(int Fd) {
  std::mutex M;
  std::thread T([&] {
    char C;
    M.lock();
    read(Fd, &C, 1);
    M.unlock();
  });
  T.join();
}
