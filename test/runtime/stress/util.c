/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Random numbers, time, waiting for the other side, failing.
 */

#include "stress.h"

#include <sched.h>
#include <stdarg.h>
#include <time.h>

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  fflush(NULL);
  _exit(1); /* other threads may hang: run nothing of theirs */
}

/* splitmix64 */
uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void spin_ns(int64_t duration) {
  int64_t end = now_ns() + duration;
  while (now_ns() < end)
    continue;
}

/* Mostly it is only microseconds, so sleeping comes last. */
int await(atomic_uint *value, unsigned number, int64_t limit_ns) {
  int64_t end = now_ns() + limit_ns;
  for (unsigned i = 0; atomic_load(value) < number; ++i) {
    if (i < 100)
      continue;
    if (i < 1000) {
      sched_yield();
      continue;
    }
    if (now_ns() > end)
      return 0;
    usleep(i < 2000 ? 20 : 1000);
  }
  return 1;
}
