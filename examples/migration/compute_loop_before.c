// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that computes, and is cancelled.
//
// There is no cancellation point in its loop: the request stays pending and
// the join would hang. See docs/runtime/migration.md.
//
// Build: cc -pthread compute_loop_before.c

#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static volatile unsigned long longest;

static unsigned long steps(unsigned long number) {
  unsigned long count = 0;
  for (; number > 1; ++count)
    number = number % 2 ? 3 * number + 1 : number / 2;
  return count;
}

static void *search(void *argument) {
  for (unsigned long number = 1;; ++number) {
    unsigned long count = steps(number);
    if (count > longest)
      longest = count;
  }
  return argument;
}

static int stop(pthread_t thread, const struct timespec *until) {
  int error = pthread_cancel(thread);
  return error ? error : pthread_timedjoin_np(thread, NULL, until);
}

int main(void) {
  struct timespec until;
  pthread_t thread;
  if (pthread_create(&thread, NULL, search, NULL) != 0)
    return 2;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 300 * 1000 * 1000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    ++until.tv_sec;
  }
  int running = stop(thread, &until) != 0;
  printf("%s\n", running ? "still running" : "stopped");
  return running ? 1 : 0;
}
