// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-unjoined-cancel %t -std=c++17-or-later -- -- -isystem %S/Inputs/mock

#include <pthread.h>
#include <sys/socket.h>
#include <thread>

struct State {
  int Fd;
  long Seen;
};

static void *watch(void *Arg) {
  auto *S = static_cast<State *>(Arg);
  char C;
  while (recv(S->Fd, &C, 1, 0) == 1)
    ++S->Seen;
  return nullptr;
}

namespace {

// ---- fires ----

// The state dies with the object.
class Loose {
public:
  explicit Loose(int Fd) : S{Fd, 0} {
    pthread_create(&Thread, nullptr, watch, &S);
  }
  ~Loose() {
    pthread_cancel(Thread);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
    // CHECK-NOTES: [[@LINE-5]]:5: note: the thread is created here
  }

private:
  State S;
  pthread_t Thread;
};

// Deleted before the join.
class Hasty {
public:
  explicit Hasty(int Fd) : S(new State{Fd, 0}) {
    pthread_create(&Thread, nullptr, watch, S);
  }
  void stop() {
    pthread_cancel(Thread);
    delete S;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: released while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
    // CHECK-NOTES: [[@LINE-3]]:5: note: the thread is only asked to stop here
    // CHECK-NOTES: [[@LINE-7]]:5: note: it was given to the thread here
    pthread_join(Thread, nullptr);
  }

private:
  State *S;
  pthread_t Thread;
};

// ---- stays silent (a reason per case) ----

// Joined first.
class Patient {
public:
  explicit Patient(int Fd) : S(new State{Fd, 0}) {
    pthread_create(&Thread, nullptr, watch, S);
  }
  ~Patient() {
    pthread_cancel(Thread);
    pthread_join(Thread, nullptr);
    delete S;
  }

private:
  State *S;
  pthread_t Thread;
};

} // namespace

// Objects know themselves whether they were joined.
void byObject(State *S) {
  std::thread T(watch, S);
  pthread_cancel(T.native_handle());
  T.join();
  std::thread U(watch, S);
  pthread_cancel(U.native_handle());
  U.detach();
}

void uses(int Fd) {
  Loose L(Fd);
  Hasty(Fd).stop();
  Patient P(Fd);
}
