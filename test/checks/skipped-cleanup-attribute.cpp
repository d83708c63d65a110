// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t -std=c++17-or-later -- -- -fno-exceptions -isystem %S/Inputs/mock
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t -silent -check-suffix=NONE -- -- -isystem %S/Inputs/mock

#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

class Gauge {
public:
  explicit Gauge(int &Level) : Level(Level) { ++Level; }
  ~Gauge() { --Level; }

private:
  int &Level;
};

// Has a destructor because of its member.
struct Holder {
  explicit Holder(int &Level) : G(Level) {}
  Gauge G;
};

struct Plain {
  int Length;
};

static int Level;
static std::mutex M;

// ---- fires ----

static void own() {
  Gauge G(Level);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without exceptions: a thread cancelled in 'sleep' skips the destructor [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:9: note: the variable is declared here
}

static void byMember() {
  Holder H(Level);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without exceptions: a thread cancelled in 'sleep' skips the destructor [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:10: note: the variable is declared here
}

static void guard() {
  std::lock_guard<std::mutex> G(M);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without exceptions: a thread cancelled in 'sleep' skips the destructor [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:31: note: the variable is declared here
}

static bool rest(int Fd) {
  pollfd P{Fd, POLLIN, 0};
  return poll(&P, 1, -1) == 1;
}

static void calleeWaits(int Fd) {
  Gauge G(Level);
  rest(Fd);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without exceptions: a thread cancelled in 'rest' skips the destructor [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:9: note: the variable is declared here
  // CHECK-NOTES: [[@LINE-8]]:10: note: the thread is cancelled here
}

// ---- stays silent (a reason per case) ----

// Its scope ends before the point.
static void before() {
  {
    Gauge G(Level);
  }
  sleep(1);
}

// Nothing to run: trivial, a reference, a pointer, of static duration.
static void nothingToRun(Gauge &Given) {
  Plain P{1};
  Gauge &Reference = Given;
  Gauge *Pointer = &Reference;
  static Gauge Static(Level);
  sleep(P.Length + (Pointer == &Static));
}

// Disabled.
static void disabled() {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  {
    Gauge G(Level);
    sleep(1);
  }
  pthread_setcancelstate(Old, nullptr);
}

static void *worker(void *Arg) {
  own(), byMember(), guard(), calleeWaits(1), before();
  nothingToRun(*static_cast<Gauge *>(Arg)), disabled();
  return nullptr;
}

void run(Gauge *G) {
  pthread_t Thread;
  pthread_create(&Thread, nullptr, worker, G);
  pthread_cancel(Thread);
  pthread_join(Thread, nullptr);
}
