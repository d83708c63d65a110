// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the programs of this folder share. A thread that does not end in time is
// left behind: then the exit status is 1.

#ifndef THREAD_STOP_TEST_FIXES_STOPPER_H
#define THREAD_STOP_TEST_FIXES_STOPPER_H

#include <pthread.h>
#include <time.h>
#include <unistd.h>

/// Long enough for a thread to come to its wait.
static inline void let_it_wait(void) { usleep(300 * 1000); }

static inline int ends_in_time(pthread_t thread) {
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 2;
  return pthread_timedjoin_np(thread, NULL, &limit) == 0 ? 0 : 1;
}

#endif
