/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Random numbers, time, waiting for the other side, failing.
 */

#include "stress.h"

#include <limits.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>

/* From <linux/futex.h>, which musl-gcc does not see. */
#ifndef FUTEX_WAIT_PRIVATE
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129
#endif

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

void publish(atomic_uint *value, unsigned number) {
  atomic_store(value, number);
  syscall(SYS_futex, value, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Spins for a moment, to be close behind the other side; then sleeps, because
 * on a loaded machine all else would only be in the other side's way. */
int await(atomic_uint *value, unsigned number, int64_t limit_ns) {
  const struct timespec slice = {0, 100000000};
  int64_t end = now_ns() + limit_ns;
  for (unsigned i = 0;; ++i) {
    unsigned now = atomic_load(value);
    if (now >= number)
      return 1;
    if (i < 500)
      continue;
    if (now_ns() > end)
      return 0;
    syscall(SYS_futex, value, FUTEX_WAIT_PRIVATE, now, &slice, NULL, 0);
  }
}
