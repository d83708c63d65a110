// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-nonatomic-flag %t -std=c++17-or-later -- -config="{CheckOptions: [{key: thread-stop-nonatomic-flag.StrictFlags, value: true}]}"

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

void work();

// ---- fires ----

class Volatile {
public:
  Volatile() : thread([this] { run(); }) {}
  ~Volatile() {
    stop = true;
    thread.join();
  }

private:
  void run() {
    while (!stop)
// CHECK-NOTES: [[@LINE-1]]:13: warning: 'stop' is set by another thread without atomic or lock: the loop may never end [thread-stop-nonatomic-flag]
// CHECK-NOTES: [[@LINE+4]]:17: note: 'stop' is declared here; 'std::atomic<bool>' is what such a flag needs
// CHECK-NOTES: [[@LINE-9]]:5: note: it is set here
      work();
  }
  volatile bool stop = false;
  std::thread thread;
};

class Plain {
public:
  void start() { thread = std::thread(&Plain::run, this); }
  void finish() {
    stop = true;
    thread.join();
  }

private:
  bool stopped() const { return stop; }
  void run() {
    while (!stopped())
// CHECK-NOTES: [[@LINE-1]]:12: warning: 'stop' is set by another thread without atomic or lock: the loop may never end [thread-stop-nonatomic-flag]
// CHECK-NOTES: [[@LINE+4]]:8: note: 'stop' is declared here; 'std::atomic<bool>' is what such a flag needs
// CHECK-NOTES: [[@LINE-10]]:5: note: it is set here
      work();
  }
  bool stop = false;
  std::thread thread;
};

// ---- stays silent ----

class Atomic {
public:
  Atomic() : thread([this] { run(); }) {}
  ~Atomic() {
    stop = true;
    {
      std::lock_guard<std::mutex> hold(mutex);
      closed = true;
    }
    thread.join();
  }

private:
  void run() {
    while (!stop.load())
      work();
    for (;;) {
      std::unique_lock<std::mutex> hold(mutex);
      if (closed)
        return;
    }
  }
  std::mutex mutex;
  bool closed = false;
  std::atomic<bool> stop{false};
  std::thread thread;
};

void all() {
  Volatile v;
  Plain p;
  p.start();
  p.finish();
  Atomic a;
}
