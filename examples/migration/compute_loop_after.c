// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that computes, and is asked to stop.
//
// It looks at the request in its loop, which costs no system call.
// See docs/runtime/migration.md.
//
// Build: cc -pthread compute_loop_after.c -lthread_stop

#include <pthread.h>
#include <stdio.h>
#include <thread_stop.h>
#include <time.h>

static volatile unsigned long longest;

static unsigned long steps(unsigned long number) {
  unsigned long count = 0;
  for (; number > 1; ++count)
    number = number % 2 ? 3 * number + 1 : number / 2;
  return count;
}

static void *search(void *argument) {
  for (unsigned long number = 1; !thread_stop_requested(); ++number) {
    unsigned long count = steps(number);
    if (count > longest)
      longest = count;
  }
  return argument;
}

static int stop(pthread_t thread, const struct timespec *until) {
  return thread_stop_timedjoin(thread, NULL, until);
}

int main(void) {
  struct timespec until;
  pthread_t thread;
  if (thread_stop_create(&thread, NULL, search, NULL) != 0)
    return 2;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 10; // it does not take that long
  int running = stop(thread, &until) != 0;
  printf("%s\n", running ? "still running" : "stopped");
  return running ? 1 : 0;
}
