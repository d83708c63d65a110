// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// System headers are silent in all checks that look at cancellable code.
// RUN: %check_tidy %s thread-stop-*,-thread-stop-pthread-cancel,-thread-stop-migrate %t -- -header-filter=.* -system-headers -- -isystem %S/Inputs/lock-across-cancellation-point-headers/system

#include <station.h>

// ---- fires ----

// A library's macro that is used here counts as the program's code.
static void by_a_library_macro() {
  STATION_LOCKED(sleep(1));
  // CHECK-NOTES: [[@LINE-1]]:18: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-2]]:3: note: the lock is taken here
}

// ---- stays silent (a reason per case) ----

// The library's functions are called, not judged.
static void *worker(void *arg) {
  by_a_library_macro();
  station_waits();
  station_leaks();
  station_async();
  station_noexcept();
  station_swallows();
  return station_main(arg);
}

void run(void *p) {
  pthread_t thread;
  pthread_create(&thread, nullptr, worker, p);
  pthread_cancel(thread);
  pthread_join(thread, nullptr);
  station_start();
  station_stop(p);
}
