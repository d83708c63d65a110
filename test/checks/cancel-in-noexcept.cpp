// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-cancel-in-noexcept %t -std=c++17-or-later
// RUN: %check_tidy %s thread-stop-cancel-in-noexcept %t -check-suffixes=,STRICT -- -config="{CheckOptions: [{key: thread-stop-cancel-in-noexcept.StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-cancel-in-noexcept %t -check-suffixes=,POINTS -- -config="{CheckOptions: [{key: thread-stop-cancel-in-noexcept.CancellationPoints, value: waitElsewhere}]}"
// RUN: %check_tidy %s thread-stop-cancel-in-noexcept %t -check-suffixes=,ASSUME -- -config="{CheckOptions: [{key: thread-stop-cancel-in-noexcept.AssumeCancellable, value: true}]}"
// RUN: %check_tidy %s thread-stop-cancel-in-noexcept %t -silent -check-suffix=NONE -- -- -fno-exceptions

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void waitElsewhere();

// ---- fires ----

// A noexcept function.
static int next(int Fd) noexcept {
  char C;
  return read(Fd, &C, 1) == 1 ? C : -1;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: a thread cancelled in 'read' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES: [[@LINE-4]]:12: note: this function is noexcept
}

static int older(int Fd) throw() {
  return fsync(Fd);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: a thread cancelled in 'fsync' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES: [[@LINE-3]]:12: note: this function is noexcept
}

static int condition(int Fd) noexcept(sizeof Fd > 1) {
  return fsync(Fd);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: a thread cancelled in 'fsync' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES: [[@LINE-3]]:12: note: this function is noexcept
}

// Once for a function, at the first point.
static void several(int Fd) noexcept {
  fsync(Fd);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'fsync' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES: [[@LINE-3]]:13: note: this function is noexcept
  sleep(1);
}

// A destructor is noexcept by itself.
class Connection {
public:
  explicit Connection(int Fd) : Fd(Fd) {}
  ~Connection() {
    send(Fd, "QUIT", 4, 0);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: a thread cancelled in 'send' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
    // CHECK-NOTES: [[@LINE-3]]:3: note: a destructor is noexcept
  }

private:
  int Fd;
};

// A lambda.
static void inLambda(int Fd) {
  auto Wait = [&]() noexcept {
    return fsync(Fd);
    // CHECK-NOTES: [[@LINE-1]]:12: warning: a thread cancelled in 'fsync' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
    // CHECK-NOTES: [[@LINE-3]]:15: note: this lambda is noexcept
  };
  Wait();
}

// A member function.
struct Reader {
  int Fd;
  int get() const noexcept;
};
int Reader::get() const noexcept {
  return fsync(Fd);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: a thread cancelled in 'fsync' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES: [[@LINE-3]]:13: note: this function is noexcept
}

// A callee that may be unwound, called from one that may not.
static bool ready(int Fd) {
  pollfd P{Fd, POLLIN, 0};
  return poll(&P, 1, -1) == 1;
}
static bool calls(int Fd) noexcept {
  return ready(Fd);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: a thread cancelled in 'ready' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES: [[@LINE-3]]:13: note: this function is noexcept
  // CHECK-NOTES: [[@LINE-6]]:10: note: the thread is cancelled here
}

// pthread_exit unwinds, too.
static void leaves(int Fd) noexcept {
  if (Fd < 0)
    pthread_exit(nullptr);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_exit' unwinds out of a noexcept function: the program is terminated [thread-stop-cancel-in-noexcept]
    // CHECK-NOTES: [[@LINE-4]]:13: note: this function is noexcept
}

static void leave() { pthread_exit(nullptr); }
static void callsLeave(int Fd) noexcept {
  if (Fd < 0)
    leave();
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'leave' unwinds out of a noexcept function: the program is terminated [thread-stop-cancel-in-noexcept]
    // CHECK-NOTES: [[@LINE-4]]:13: note: this function is noexcept
    // CHECK-NOTES: [[@LINE-6]]:23: note: the thread ends here
}

// Two that glibc declares to throw nothing.
static int reaps(pid_t Child) {
  int Status = 0;
  wait4(Child, &Status, 0, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'wait4' is declared to throw nothing, but a cancel unwinds out of it [thread-stop-cancel-in-noexcept]
  wait3(&Status, 0, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'wait3' is declared to throw nothing, but a cancel unwinds out of it [thread-stop-cancel-in-noexcept]
  return Status;
}

// Enabled again.
static void enabled(int Fd) noexcept {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &Old);
  fsync(Fd);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'fsync' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES: [[@LINE-5]]:13: note: this function is noexcept
  pthread_setcancelstate(Old, nullptr);
}

// StrictPoints: close and stdio.
class File {
public:
  explicit File(int Fd) : Fd(Fd) {}
  ~File() {
    close(Fd);
    // CHECK-NOTES-STRICT: [[@LINE-1]]:5: warning: a thread cancelled in 'close' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
    // CHECK-NOTES-STRICT: [[@LINE-3]]:3: note: a destructor is noexcept
  }

private:
  int Fd;
};

static void prints() noexcept {
  puts("text");
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread cancelled in 'puts' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:13: note: this function is noexcept
}

// CancellationPoints: functions of other files.
static void waits() noexcept {
  waitElsewhere();
  // CHECK-NOTES-POINTS: [[@LINE-1]]:3: warning: a thread cancelled in 'waitElsewhere' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES-POINTS: [[@LINE-3]]:13: note: this function is noexcept
}

// AssumeCancellable: code that no thread of this file runs.
int somewhere(int Fd) noexcept {
  return fsync(Fd);
  // CHECK-NOTES-ASSUME: [[@LINE-1]]:10: warning: a thread cancelled in 'fsync' unwinds into noexcept code: the program is terminated [thread-stop-cancel-in-noexcept]
  // CHECK-NOTES-ASSUME: [[@LINE-3]]:5: note: this function is noexcept
}

// ---- stays silent (a reason per case) ----

// May be unwound.
static int ordinary(int Fd) { return fsync(Fd); }
static int outspoken(int Fd) noexcept(false) { return fsync(Fd); }

class Loose {
public:
  ~Loose() noexcept(false) { sleep(1); }
};

// No point in it.
static int scale(int Value) noexcept { return Value * 100 / 255; }
static int scaled(int Value) noexcept { return scale(scale(Value)); }

// Disabled, here or in the callee.
static void disabled(int Fd) noexcept {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  fsync(Fd);
  pthread_setcancelstate(Old, nullptr);
}

static void disables(int Fd) {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  fsync(Fd);
  pthread_setcancelstate(Old, nullptr);
}
static void calleeDisables(int Fd) noexcept { disables(Fd); }

// Unreachable.
static void dead(int Fd) noexcept {
  if (false)
    fsync(Fd);
}

// pthread_exit where unwinding may pass.
static void exits(int Fd) {
  if (Fd < 0)
    pthread_exit(nullptr);
}

// waitpid is declared without the promise of wait4.
static int reapsWell(pid_t Child) {
  int Status = 0;
  waitpid(Child, &Status, 0);
  return Status;
}

// Silenced by hand.
static int accepted(int Fd) noexcept {
  return fsync(Fd); // NOLINT(thread-stop-cancel-in-noexcept)
}

static void *worker(void *Arg) {
  int Fd = *static_cast<int *>(Arg);
  next(Fd), older(Fd), condition(Fd), several(Fd), inLambda(Fd), calls(Fd);
  Connection C(Fd);
  Reader{Fd}.get();
  leaves(Fd), callsLeave(Fd), reaps(Fd), enabled(Fd), prints(), waits();
  File F(Fd);
  Loose L;
  ordinary(Fd), outspoken(Fd), scaled(Fd), disabled(Fd), calleeDisables(Fd);
  dead(Fd), exits(Fd), reapsWell(Fd), accepted(Fd);
  return nullptr;
}

void run(int *Fd) {
  pthread_t Thread;
  pthread_create(&Thread, nullptr, worker, Fd);
  pthread_cancel(Thread);
  pthread_join(Thread, nullptr);
}
