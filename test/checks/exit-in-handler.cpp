// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-exit-in-handler %t -std=c++17-or-later

#include <csignal>
#include <mutex>
#include <pthread.h>
#include <stdexcept>

static std::mutex mutex;
static int count;

// ---- fires ----

static void throws(int) { throw std::runtime_error("stopped"); }
// CHECK-NOTES: [[@LINE-1]]:27: warning: a signal handler throws: the interrupted code is not prepared for it, the process may end [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+13]]:3: note: 'throws' becomes a handler of SIGUSR2 here

struct Server {
  static void onSignal(int) {
    std::lock_guard<std::mutex> hold(mutex);
// CHECK-NOTES: [[@LINE-1]]:5: warning: a signal handler takes a lock: if the interrupted code holds it, the thread hangs [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+3]]:18: note: 'onSignal' becomes a handler of SIGUSR1 here
    ++count;
  }
  void start() { std::signal(SIGUSR1, &Server::onSignal); }
};

void install() {
  std::signal(SIGUSR2, throws);
  struct sigaction action {};
  action.sa_handler = [](int) { pthread_exit(nullptr); };
// CHECK-NOTES: [[@LINE-1]]:33: warning: a signal handler ends its thread: locks and memory of the interrupted code are lost [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+1]]:3: note: the handler is installed of SIGALRM here
  sigaction(SIGALRM, &action, nullptr);
}

// ---- stays silent ----

// The exception does not leave the handler.
static void catches(int) {
  try {
    throw 1;
  } catch (int) {
  }
}

// Deferred and try locks do not wait.
static void tries(int) {
  std::unique_lock<std::mutex> hold(mutex, std::try_to_lock);
  if (hold.owns_lock())
    ++count;
}

void silent_ones() {
  std::signal(SIGINT, catches);
  std::signal(SIGTERM, tries);
}
