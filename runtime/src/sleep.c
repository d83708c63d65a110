/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * nanosleep(), clock_nanosleep(), sleep().
 */

#include "internal.h"

#include <sys/timerfd.h>

/* Until a deadline. 0, or ECANCELED, EINTR. */
static int thread_stop_i_sleep_until(thread_stop_i_block *block,
                                     int64_t deadline) {
  int saved = errno, state = thread_stop_i_enter(), error;
  thread_stop_i_wait_stop(block, deadline);
  error = errno;
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

int thread_stop_nanosleep(const struct timespec *duration,
                          struct timespec *remaining) {
  thread_stop_i_block *block = thread_stop_i_self();
  int error;
  if (!block)
    return nanosleep(duration, remaining);
  error = thread_stop_i_sleep_for(block, duration, remaining);
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
  error = thread_stop_i_sleep_for(block, &duration, &left);
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

/* Clocks without such timers (of CPU time, or no descriptor is left): look at
 * the clock again and again. */
static int thread_stop_i_sleep_slices(thread_stop_i_block *block,
                                      clockid_t clock, int flags,
                                      const struct timespec *time,
                                      struct timespec *remaining) {
  struct timespec now;
  int64_t left, end = 0;
  if (clock_gettime(clock, &now) != 0)
    return errno;
  if (!(flags & TIMER_ABSTIME))
    end = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
  end += (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
  for (;;) {
    int error;
    clock_gettime(clock, &now);
    left = end - ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
    if (left <= 0)
      return 0;
    error = thread_stop_i_sleep_until(
        block, thread_stop_i_now() + (left < 10000000 ? left : 10000000));
    if (error) {
      if (remaining && !(flags & TIMER_ABSTIME)) {
        remaining->tv_sec = (time_t)(left / 1000000000);
        remaining->tv_nsec = (long)(left % 1000000000);
      }
      return error;
    }
  }
}

static int thread_stop_i_sleep_clock(thread_stop_i_block *block,
                                     clockid_t clock, int flags,
                                     const struct timespec *time,
                                     struct timespec *remaining) {
  int timer, error;
  struct timespec resolution;
  if (clock == CLOCK_THREAD_CPUTIME_ID || clock_getres(clock, &resolution) != 0)
    return EINVAL;
  timer = timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0)
    return thread_stop_i_sleep_slices(block, clock, flags, time, remaining);
  error = thread_stop_i_sleep_timer(block, timer, flags, time, remaining);
  close(timer);
  return error;
}

int thread_stop_clock_nanosleep(clockid_t clock, int flags,
                                const struct timespec *time,
                                struct timespec *remaining) {
  thread_stop_i_block *block = thread_stop_i_self();
  int error, saved = errno;
  if (!block)
    return clock_nanosleep(clock, flags, time, remaining);
  if (!thread_stop_i_valid(time))
    return EINVAL;
  /* A duration of the wall clock is not changed by setting it. */
  if (!(flags & TIMER_ABSTIME) &&
      (clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME))
    return thread_stop_i_sleep_for(block, time, remaining);
  if (clock == CLOCK_MONOTONIC)
    return thread_stop_i_sleep_until(
        block, time->tv_sec >= INT64_MAX / 1000000000 - 1
                   ? THREAD_STOP_I_FOREVER
                   : (int64_t)time->tv_sec * 1000000000 + time->tv_nsec);
  if (thread_stop_i_stopped(block))
    return ECANCELED;
  error = thread_stop_i_sleep_clock(block, clock, flags, time, remaining);
  errno = saved;
  return error;
}
