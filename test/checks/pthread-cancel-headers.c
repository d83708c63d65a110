// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// System headers are silent in all checks; those of the program are not, if
// clang-tidy is to show them.
// RUN: %check_tidy %s thread-stop-* %t -- -header-filter=.* -system-headers -- -isystem %S/Inputs/pthread-cancel-headers/system -I%S/Inputs/pthread-cancel-headers/own

#include <library.h>
#include <stop.h>

// ---- fires ----

// A library's macro that is used here counts as the program's code.
void by_a_library_macro(pthread_t t) {
  LIBRARY_STOP(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// In a header of the program; found last.
// CHECK-NOTES: stop.h:5:44: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
// CHECK-NOTES: stop.h:5:44: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')

// ---- stays silent (a reason per case) ----

// The library's functions are called, not judged.
void uses_the_library(pthread_t t, void *p) {
  library_stop(t);
  library_enable(0);
  library_lock();
  library_region(p);
}
