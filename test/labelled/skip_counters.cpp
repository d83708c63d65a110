// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// flags: -fno-exceptions
#include <cstdlib>
#include <memory>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

struct Counter { int &N; explicit Counter(int &N) : N(N) { ++N; } ~Counter() { --N; } };
struct Plain { int A, B; };
struct Holder { Counter C; };

static std::mutex M;
static int Active;

// Fires: a guard.
static long guarded(int Fd) {
  char B[4];
  std::lock_guard<std::mutex> L(M);
  return recv(Fd, B, 4, 0); // expect: thread-stop-skipped-cleanup-attribute
}

// Fires: a container, a pointer.
static long buffered(int Fd) {
  std::vector<char> B(100);
  return recv(Fd, B.data(), B.size(), 0); // expect: thread-stop-skipped-cleanup-attribute
}

// Silent: trivial.
static long trivial(int Fd) {
  Plain P{1, 2};
  return recv(Fd, &P, sizeof P, 0);
}

// Silent: its scope has ended.
static long ended(int Fd) {
  {
    Counter C(Active);
  }
  char B[4];
  return recv(Fd, B, 4, 0);
}

// Fires: a member with a destructor.
static void member() {
  Holder H{Counter(Active)};
  sleep(1); // expect: thread-stop-skipped-cleanup-attribute
}

// Silent: disabled.
static void disabled() {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  {
    Counter C(Active);
    sleep(1);
  }
  pthread_setcancelstate(Old, nullptr);
}

static void *work(void *P) {
  int Fd = *static_cast<int *>(P);
  for (;;) {
    guarded(Fd);
    buffered(Fd);
    trivial(Fd);
    ended(Fd);
    member();
    disabled();
  }
}

void run(int Fd) {
  pthread_t T;
  if (pthread_create(&T, nullptr, work, &Fd) != 0)
    return;
  pthread_cancel(T); // expect: thread-stop-pthread-cancel
  pthread_join(T, nullptr);
}
