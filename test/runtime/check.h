// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of the runtime share. Each is a program that is run with the
// name of the way to wake threads: "signal" or "eventfd".

#ifndef THREAD_STOP_TEST_CHECK_H
#define THREAD_STOP_TEST_CHECK_H

#include <thread_stop.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition))                                                          \
      check_fail(__FILE__, __LINE__, #condition, 0, 0);                        \
  } while (0)

#define CHECK_EQ(actual, expected)                                             \
  do {                                                                         \
    long long actual_value = (long long)(actual);                              \
    long long expected_value = (long long)(expected);                          \
    if (actual_value != expected_value)                                        \
      check_fail(__FILE__, __LINE__, #actual " == " #expected, actual_value,   \
                 expected_value);                                              \
  } while (0)

// A call that fails with -1 and this errno.
#define CHECK_ERRNO(call, expected)                                            \
  do {                                                                         \
    errno = 0;                                                                 \
    CHECK_EQ((call), -1);                                                      \
    CHECK_EQ(errno, (expected));                                               \
  } while (0)

static inline void check_fail(const char *file, int line, const char *text,
                              long long actual, long long expected) {
  fprintf(stderr, "%s:%d: not true: %s (%lld, %lld)\n", file, line, text,
          actual, expected);
  fflush(NULL);
  _Exit(1);
}

// Skips the test: the machine lacks something.
static inline void check_skip(const char *why) {
  printf("skipped: %s\n", why);
  fflush(NULL);
  _Exit(77);
}

// How often to repeat what is repeated: sanitizers are slow.
static inline int check_rounds(int rounds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return rounds / 10;
#else
  return rounds;
#endif
}

static inline bool check_is_eventfd(void) {
  return thread_stop_signal() == THREAD_STOP_EVENTFD;
}

// Every test begins with this: chooses how to wake, and ends a test that hangs.
static inline void check_begin(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "signal";
  if (strcmp(mode, "eventfd") == 0)
    CHECK_EQ(thread_stop_init(THREAD_STOP_EVENTFD), 0);
  else
    CHECK(strcmp(mode, "signal") == 0);
  alarm(100);
}

static inline double check_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void check_pause_ms(int milliseconds) {
  struct timespec pause = {milliseconds / 1000,
                           (long)(milliseconds % 1000) * 1000000};
  while (nanosleep(&pause, &pause) != 0)
    continue;
}

// Waits until the thread sleeps in the kernel (or 2 seconds): the state in
// /proc is what no test of our own could know. tid: from SYS_gettid.
static inline bool check_sleeps(pid_t tid) {
  char path[64], line[512];
  for (int i = 0; i < 2000; ++i) {
    FILE *file;
    const char *state = NULL;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    file = fopen(path, "r");
    if (!file)
      return false;
    if (fgets(line, sizeof line, file)) {
      state = strrchr(line, ')');
      if (state && strlen(state) > 2 && state[2] == 'S') {
        fclose(file);
        return true;
      }
    }
    fclose(file);
    check_pause_ms(1);
  }
  return false;
}

#endif
