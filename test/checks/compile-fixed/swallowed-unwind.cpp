// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fixed code compiles, and a cancelled thread ends without the program.
// RUN: %python %S/Inputs/fix_and_run.py %s thread-stop-swallowed-unwind %t %clang_tidy %plugin %clangxx g++

#include <pthread.h>
#include <unistd.h>

static int Released;

struct Resource {
  ~Resource() { ++Released; }
};

static void *serve(void *Arg) {
  Resource Outer;
  for (;;) {
    try {
      Resource Inner;
      pause();
    } catch (...) {
      Released += 100;
    }
  }
  return Arg;
}

static void *leave(void *Arg) {
  Resource Outer;
  try {
    Resource Inner;
    pthread_exit(Arg);
  } catch (...) {
    Released += 100;
  }
  return nullptr;
}

int main() {
  pthread_t Thread;
  void *Result = nullptr;
  if (pthread_create(&Thread, nullptr, serve, nullptr) != 0)
    return 1;
  usleep(10000);
  pthread_cancel(Thread);
  if (pthread_join(Thread, &Result) != 0 || Result != PTHREAD_CANCELED)
    return 2;
  if (pthread_create(&Thread, nullptr, leave, &Released) != 0)
    return 1;
  pthread_cancel(Thread); // too late, or as good as what it does itself
  if (pthread_join(Thread, &Result) != 0 ||
      (Result != &Released && Result != PTHREAD_CANCELED))
    return 3;
  return Released == 4 ? 0 : 4;
}
