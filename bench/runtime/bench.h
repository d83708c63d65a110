// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the benchmarks share. Each thing is measured with the library ("ours")
// and with the plain call ("raw") under names that differ only in that; run.py
// puts the two side by side.

#ifndef THREAD_STOP_BENCH_H
#define THREAD_STOP_BENCH_H

#include "thread_stop.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>

inline void must(bool Condition, const char *What) {
  if (Condition)
    return;
  std::perror(What);
  std::abort();
}

// Attached while it lives: else the calls would be the plain ones.
class Attached {
public:
  explicit Attached(bool Wanted = true) : Wanted(Wanted) {
    must(!Wanted || thread_stop_attach() == 0, "thread_stop_attach");
  }
  ~Attached() {
    if (Wanted)
      thread_stop_detach();
  }
  Attached(const Attached &) = delete;
  Attached &operator=(const Attached &) = delete;

private:
  bool Wanted;
};

void registerReady();
void registerBlocked();
void registerRequest();

#endif // THREAD_STOP_BENCH_H
