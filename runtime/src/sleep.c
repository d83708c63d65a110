/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * nanosleep(), clock_nanosleep(), sleep().
 */

#include "internal.h"

#include <sys/timerfd.h>

enum { EXACT_NS = 10000000, LONGEST_MARGIN_NS = 120000000 };

/* ppoll() may be late by a thousandth of its timeout (nice: 5), at most 100 ms.
 * So all but a last short part ends early, by more than that. */
static int64_t thread_stop_i_next_part(int64_t deadline) {
  int64_t now, left;
  if (deadline == THREAD_STOP_I_FOREVER)
    return deadline;
  now = thread_stop_i_now();
  left = deadline - now;
  if (left <= EXACT_NS)
    return deadline;
  return deadline -
         (left / 128 < LONGEST_MARGIN_NS ? left / 128 : LONGEST_MARGIN_NS);
}

/* Until a deadline. 0, or ECANCELED, EINTR. */
static int thread_stop_i_sleep_until(thread_stop_i_block *block,
                                     int64_t deadline) {
  int saved = errno, state = thread_stop_i_enter(), error;
  int64_t until;
  do {
    until = thread_stop_i_next_part(deadline);
    thread_stop_i_wait_stop(block, until);
    error = errno;
  } while (error == EAGAIN && until < deadline);
  thread_stop_i_leave(state);
  errno = saved;
  return error == EAGAIN ? 0 : error;
}

static int thread_stop_i_sleep_for(thread_stop_i_block *block,
                                   const struct timespec *duration,
                                   struct timespec *remaining) {
  int64_t deadline;
  int error;
  if (!thread_stop_i_valid(duration))
    return EINVAL;
  deadline = thread_stop_i_deadline(duration);
  error = thread_stop_i_sleep_until(block, deadline);
  if (error && remaining)
    thread_stop_i_left(deadline, remaining);
  return error;
}

/* The stop was there before: nothing of the duration has passed. */
static int thread_stop_i_no_sleep(const struct timespec *duration,
                                  struct timespec *remaining) {
  if (remaining && thread_stop_i_valid(duration))
    *remaining = *duration;
  return ECANCELED;
}

int thread_stop_nanosleep(const struct timespec *duration,
                          struct timespec *remaining) {
  thread_stop_i_block *block = thread_stop_i_self();
  int error;
  if (!block)
    return nanosleep(duration, remaining);
  error = thread_stop_i_stopped(block)
              ? thread_stop_i_no_sleep(duration, remaining)
              : thread_stop_i_sleep_for(block, duration, remaining);
  if (error == 0)
    return 0;
  errno = error;
  return -1;
}

unsigned thread_stop_sleep(unsigned seconds) {
  thread_stop_i_block *block = thread_stop_i_self();
  struct timespec duration = {.tv_sec = (time_t)seconds, .tv_nsec = 0}, left;
  int error;
  if (!block)
    return sleep(seconds);
  left = duration;
  error = thread_stop_i_stopped(block)
              ? ECANCELED
              : thread_stop_i_sleep_for(block, &duration, &left);
  if (error == 0)
    return 0;
  errno = error;
  return (unsigned)left.tv_sec + (left.tv_nsec > 0);
}

/* --- Other clocks --------------------------------------------------------- */

/* A timer of that clock, so that setting the clock counts. */
static int thread_stop_i_sleep_timer(thread_stop_i_block *block, int timer,
                                     int flags, const struct timespec *time,
                                     struct timespec *remaining) {
  struct itimerspec setting = {.it_value = *time};
  int error = 0, state;
  if (time->tv_sec == 0 && time->tv_nsec == 0)
    setting.it_value.tv_nsec = 1; /* 0 would mean: never */
  if (timerfd_settime(timer, (flags & TIMER_ABSTIME) ? TFD_TIMER_ABSTIME : 0,
                      &setting, NULL) != 0)
    return errno;
  state = thread_stop_i_enter();
  if (thread_stop_i_wait_fd(block, timer, POLLIN, THREAD_STOP_I_FOREVER) != 0)
    error = errno;
  thread_stop_i_leave(state);
  if (error && remaining && !(flags & TIMER_ABSTIME) &&
      timerfd_gettime(timer, &setting) == 0)
    *remaining = setting.it_value;
  return error;
}

static int64_t thread_stop_i_nanoseconds(const struct timespec *time) {
  return time->tv_sec >= INT64_MAX / 1000000000 - 1
             ? INT64_MAX
             : (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* Of the clock until end: nanoseconds, 0 if it has come. */
static int64_t thread_stop_i_clock_left(clockid_t clock, int64_t end) {
  struct timespec now;
  int64_t left;
  if (clock_gettime(clock, &now) != 0) /* the process of that clock ended */
    return 0;
  left = end - thread_stop_i_nanoseconds(&now);
  return left > 0 ? left : 0;
}

/* Clocks without such timers (of CPU time, or no descriptor is left): look at
 * the clock again and again. */
static int thread_stop_i_sleep_slices(thread_stop_i_block *block,
                                      clockid_t clock, int flags,
                                      const struct timespec *time,
                                      struct timespec *remaining) {
  struct timespec now;
  int64_t left, end = thread_stop_i_nanoseconds(time);
  if (clock_gettime(clock, &now) != 0)
    return errno;
  if (!(flags & TIMER_ABSTIME)) {
    int64_t begin = thread_stop_i_nanoseconds(&now);
    end = end > INT64_MAX - begin ? INT64_MAX : begin + end;
  }
  while ((left = thread_stop_i_clock_left(clock, end)) > 0) {
    int error = thread_stop_i_sleep_until(
        block, thread_stop_i_now() + (left < EXACT_NS ? left : EXACT_NS));
    if (error) {
      if (remaining && !(flags & TIMER_ABSTIME)) {
        left = thread_stop_i_clock_left(clock, end);
        remaining->tv_sec = (time_t)(left / 1000000000);
        remaining->tv_nsec = (long)(left % 1000000000);
      }
      return error;
    }
  }
  return 0;
}

/* 0 if libc's clock_nanosleep() can sleep by that clock. The time asked for is
 * long past. */
static int thread_stop_i_ask_clock(clockid_t clock) {
  static const struct timespec past = {0, 0};
  int state = thread_stop_i_enter(), error;
  do
    error = clock_nanosleep(clock, TIMER_ABSTIME, &past, NULL);
  while (error == EINTR);
  thread_stop_i_leave(state);
  return error;
}

static int thread_stop_i_sleep_clock(thread_stop_i_block *block,
                                     clockid_t clock, int flags,
                                     const struct timespec *time,
                                     struct timespec *remaining) {
  int timer, error = thread_stop_i_ask_clock(clock);
  if (error)
    return error;
  timer = timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0)
    return thread_stop_i_sleep_slices(block, clock, flags, time, remaining);
  error = thread_stop_i_sleep_timer(block, timer, flags, time, remaining);
  thread_stop_i_close(timer);
  return error;
}

int thread_stop_clock_nanosleep(clockid_t clock, int flags,
                                const struct timespec *time,
                                struct timespec *remaining) {
  thread_stop_i_block *block = thread_stop_i_self();
  int error, saved = errno;
  if (!block)
    return clock_nanosleep(clock, flags, time, remaining);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_no_sleep(time,
                                  (flags & TIMER_ABSTIME) ? NULL : remaining);
  if (!thread_stop_i_valid(time))
    return EINVAL;
  /* A duration of the wall clock is not changed by setting it. */
  if (!(flags & TIMER_ABSTIME) &&
      (clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME))
    return thread_stop_i_sleep_for(block, time, remaining);
  if (clock == CLOCK_MONOTONIC) /* whose largest value is "for ever" */
    return thread_stop_i_sleep_until(block, thread_stop_i_nanoseconds(time));
  error = thread_stop_i_sleep_clock(block, clock, flags, time, remaining);
  errno = saved;
  return error;
}
