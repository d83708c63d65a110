/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Time, and the wait that all others are made of.
 */

#include "internal.h"

#include <stdio.h>

/* --- Time ----------------------------------------------------------------- */

#define SECOND INT64_C(1000000000)

INTERNAL int64_t thread_stop_i_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

INTERNAL bool thread_stop_i_valid(const struct timespec *time) {
  return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < SECOND;
}

static int64_t thread_stop_i_after(int64_t duration) {
  int64_t now = thread_stop_i_now();
  return duration >= THREAD_STOP_I_FOREVER - now ? THREAD_STOP_I_FOREVER
                                                 : now + duration;
}

INTERNAL int64_t thread_stop_i_deadline(const struct timespec *duration) {
  if (!duration || duration->tv_sec >= THREAD_STOP_I_FOREVER / SECOND - 1)
    return THREAD_STOP_I_FOREVER;
  return thread_stop_i_after((int64_t)duration->tv_sec * SECOND +
                             duration->tv_nsec);
}

INTERNAL int64_t thread_stop_i_deadline_ms(int milliseconds) {
  return milliseconds < 0 ? THREAD_STOP_I_FOREVER
                          : thread_stop_i_after(milliseconds * (SECOND / 1000));
}

INTERNAL void thread_stop_i_left(int64_t deadline, struct timespec *left) {
  int64_t duration = deadline - thread_stop_i_now();
  if (duration < 0)
    duration = 0;
  left->tv_sec = (time_t)(duration / SECOND);
  left->tv_nsec = (long)(duration % SECOND);
}

/* --- The mask ------------------------------------------------------------- */

static void thread_stop_i_complain(void) {
  static const char text[] =
      "thread_stop: the stop signal is not blocked in a thread that is "
      "attached; something has changed the thread's signal mask\n";
  ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
  (void)written;
  abort();
}

/* One call reads the mask and blocks the signal again, if a library or the
 * user has unblocked it. A signal that came while it was not blocked is gone;
 * the test of the flag after this makes up for it. */
INTERNAL void thread_stop_i_wait_mask(const sigset_t *mask, sigset_t *result) {
  int signo = thread_stop_i_signal();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signo);
  pthread_sigmask(SIG_BLOCK, &set, result);
  if (UNLIKELY(thread_stop_i_global->debug) && !sigismember(result, signo))
    thread_stop_i_complain();
  if (mask)
    *result = *mask;
  sigdelset(result, signo);
}

/* --- Waits ---------------------------------------------------------------- */

static int thread_stop_i_ppoll_signal(thread_stop_i_block *block,
                                      struct pollfd *fds, nfds_t count,
                                      int64_t deadline, const sigset_t *mask) {
  struct timespec left;
  sigset_t open;
  thread_stop_i_wait_mask(mask, &open);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  if (deadline != THREAD_STOP_I_FOREVER)
    thread_stop_i_left(deadline, &left);
  return ppoll(fds, count, deadline == THREAD_STOP_I_FOREVER ? NULL : &left,
               &open);
}

enum { SLICE_NS = 10000000 };

/* As many descriptors as a process may have, so that there is no room for one
 * more: looks for a stop every 10 ms. */
static int thread_stop_i_ppoll_slices(const thread_stop_i_block *block,
                                      struct pollfd *fds, nfds_t count,
                                      int64_t deadline, const sigset_t *mask) {
  for (;;) {
    int64_t end = thread_stop_i_now() + SLICE_NS;
    struct timespec left;
    int ready;
    thread_stop_i_left(end < deadline ? end : deadline, &left);
    ready = ppoll(fds, count, &left, mask);
    if (ready != 0 || end >= deadline || thread_stop_i_stopped(block))
      return ready;
  }
}

/* The caller's array is copied, with the thread's eventfd added. */
static int thread_stop_i_ppoll_eventfd(thread_stop_i_block *block,
                                       struct pollfd *fds, nfds_t count,
                                       int64_t deadline, const sigset_t *mask) {
  struct pollfd few[THREAD_STOP_I_CHUNK], *all = few;
  struct timespec left;
  int ready;
  if (count >= THREAD_STOP_I_CHUNK) {
    all = count < SIZE_MAX / sizeof *all - 1
              ? malloc(((size_t)count + 1) * sizeof *all)
              : NULL;
    if (!all) {
      errno = ENOMEM;
      return -1;
    }
  }
  if (count)
    memcpy(all, fds, (size_t)count * sizeof *all);
  all[count] = (struct pollfd){.fd = block->eventfd, .events = POLLIN};
  if (deadline != THREAD_STOP_I_FOREVER)
    thread_stop_i_left(deadline, &left);
  ready = ppoll(all, count + 1,
                deadline == THREAD_STOP_I_FOREVER ? NULL : &left, mask);
  for (nfds_t i = 0; ready >= 0 && i < count; ++i)
    fds[i].revents = all[i].revents;
  if (ready > 0 && all[count].revents)
    --ready;
  if (all != few) {
    int saved = errno;
    free(all);
    errno = saved;
  }
  if (ready == -1 && errno == EINVAL)
    return thread_stop_i_ppoll_slices(block, fds, count, deadline, mask);
  return ready;
}

INTERNAL int thread_stop_i_ppoll(thread_stop_i_block *block, struct pollfd *fds,
                                 nfds_t count, int64_t deadline,
                                 const sigset_t *mask) {
  int ready;
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  ready = thread_stop_i_signal() == THREAD_STOP_EVENTFD
              ? thread_stop_i_ppoll_eventfd(block, fds, count, deadline, mask)
              : thread_stop_i_ppoll_signal(block, fds, count, deadline, mask);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  return ready;
}

INTERNAL int thread_stop_i_wait_fd(thread_stop_i_block *block, int fd,
                                   short events, int64_t deadline) {
  struct pollfd poll_fd = {.fd = fd, .events = events, .revents = 0};
  int ready = thread_stop_i_ppoll(block, &poll_fd, 1, deadline, NULL);
  if (ready == 0) {
    errno = EAGAIN;
    return -1;
  }
  return ready < 0 ? -1 : 0;
}

INTERNAL void thread_stop_i_wait_stop(thread_stop_i_block *block,
                                      int64_t deadline) {
  if (thread_stop_i_ppoll(block, NULL, 0, deadline, NULL) == 0)
    errno = EAGAIN;
}
