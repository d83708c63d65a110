// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// runtime_bench [signal|eventfd] [options of Google Benchmark]. Made for
// run.py, which runs it with random interleaving and compares.

#include "bench.h"

#include <sys/resource.h>

#include <cstring>

static void raiseDescriptorLimit() {
  rlimit Limit;
  getrlimit(RLIMIT_NOFILE, &Limit);
  Limit.rlim_cur = Limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &Limit); // one eventfd for each of many threads
}

int main(int ArgumentCount, char **Arguments) {
  int Mode = 0;
  if (ArgumentCount > 1 && std::strcmp(Arguments[1], "eventfd") == 0)
    Mode = THREAD_STOP_EVENTFD;
  raiseDescriptorLimit();
  must(thread_stop_init(Mode) == 0, "thread_stop_init");
  benchmark::Initialize(&ArgumentCount, Arguments);
  registerReady();
  registerBlocked();
  registerRequest();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
