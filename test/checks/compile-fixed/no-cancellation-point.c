// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fixed code compiles, and the cancelled threads end.
// RUN: %python %S/Inputs/fix_and_run.py %s thread-stop-no-cancellation-point %t %clang_tidy %plugin %clang gcc

#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

static volatile unsigned long ticks;

static void *with_braces(void *arg) {
  for (;;) {
    ticks++;
  }
  return arg;
}

static void *without_braces(void *arg) {
  while (1)
    ticks++;
  return arg;
}

static void *with_do(void *arg) {
  do
    ticks++;
  while (1);
  return arg;
}

/* Ends within a second, or never. */
static int ends(pthread_t thread) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 1;
  return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

int main(void) {
  pthread_t first, second, third;
  if (pthread_create(&first, NULL, with_braces, NULL) != 0 ||
      pthread_create(&second, NULL, without_braces, NULL) != 0 ||
      pthread_create(&third, NULL, with_do, NULL) != 0)
    return 1;
  pthread_cancel(first);
  pthread_cancel(second);
  pthread_cancel(third);
  return ends(first) && ends(second) && ends(third) ? 0 : 2;
}
