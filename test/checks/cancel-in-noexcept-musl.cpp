// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// musl ends a cancelled thread without unwinding: no exception specification
// and no handler gets in its way.
// REQUIRES: musl
// RUN: %check_tidy %s thread-stop-cancel-in-noexcept %t -silent -- -- %musl_flags
// RUN: %check_tidy %s thread-stop-swallowed-unwind %t -silent -- -- %musl_flags
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t -silent -- -- %musl_flags

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- stays silent (a reason per case) ----

static int next(int Fd) noexcept { return fsync(Fd); }

struct File {
  int Fd;
  ~File() { fsync(Fd); }
};

static void swallows(int Fd) {
  File F{Fd};
  try {
    fsync(Fd);
  } catch (...) {
  }
}

static void *worker(void *Arg) {
  int Fd = *static_cast<int *>(Arg);
  next(Fd);
  swallows(Fd);
  return nullptr;
}

void run(int *Fd) {
  pthread_t Thread;
  pthread_create(&Thread, nullptr, worker, Fd);
  pthread_cancel(Thread);
  pthread_join(Thread, nullptr);
}
