/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * poll(), ppoll(), epoll_wait().
 */

#include "internal.h"

/* All of these try first without waiting: one system call if there is
 * something, and a wait for no time needs no wake-up. */

int thread_stop_poll(struct pollfd *fds, nfds_t count, int timeout_ms) {
  thread_stop_i_block *block = thread_stop_i_self();
  int ready, state;
  if (!block)
    return poll(fds, count, timeout_ms);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  ready = poll(fds, count, 0);
  if (ready == 0 && timeout_ms != 0)
    ready = thread_stop_i_ppoll(block, fds, count,
                                thread_stop_i_deadline_ms(timeout_ms), NULL);
  else if (thread_stop_i_stopped(block))
    ready = thread_stop_i_canceled();
  thread_stop_i_leave(state);
  return ready;
}

int thread_stop_ppoll(struct pollfd *fds, nfds_t count,
                      const struct timespec *timeout, const sigset_t *mask) {
  thread_stop_i_block *block = thread_stop_i_self();
  int ready, state;
  if (!block)
    return ppoll(fds, count, timeout, mask);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  if (timeout && !thread_stop_i_valid(timeout)) {
    errno = EINVAL;
    return -1;
  }
  state = thread_stop_i_enter();
  ready = poll(fds, count, 0);
  /* For EINTR too: the signal may be one that the mask blocks. And for no time
   * too: the mask may let in one that is pending. */
  if (ready == 0 || (ready == -1 && errno == EINTR))
    ready = thread_stop_i_ppoll(block, fds, count,
                                thread_stop_i_deadline(timeout), mask);
  else if (thread_stop_i_stopped(block))
    ready = thread_stop_i_canceled();
  thread_stop_i_leave(state);
  return ready;
}

/* An epoll descriptor can itself be polled. Another thread may take the events
 * in between; then the wait goes on. */
static int thread_stop_i_epoll_eventfd(thread_stop_i_block *block, int epfd,
                                       struct epoll_event *events,
                                       int maxevents, int64_t deadline) {
  for (;;) {
    int ready = epoll_wait(epfd, events, maxevents, 0);
    if (ready != 0)
      return ready;
    if (thread_stop_i_wait_fd(block, epfd, POLLIN, deadline) != 0)
      return errno == EAGAIN ? 0 : -1;
  }
}

static int thread_stop_i_epoll_signal(thread_stop_i_block *block, int epfd,
                                      struct epoll_event *events, int maxevents,
                                      int timeout_ms) {
  sigset_t open;
  int ready = epoll_wait(epfd, events, maxevents, 0);
  if (ready != 0 || timeout_ms == 0)
    return ready;
  thread_stop_i_wait_mask(NULL, &open);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  return epoll_pwait(epfd, events, maxevents, timeout_ms, &open);
}

int thread_stop_epoll_wait(int epfd, struct epoll_event *events, int maxevents,
                           int timeout_ms) {
  thread_stop_i_block *block = thread_stop_i_self();
  int ready, state;
  if (!block)
    return epoll_wait(epfd, events, maxevents, timeout_ms);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  ready =
      thread_stop_i_signal() == THREAD_STOP_EVENTFD
          ? thread_stop_i_epoll_eventfd(block, epfd, events, maxevents,
                                        thread_stop_i_deadline_ms(timeout_ms))
          : thread_stop_i_epoll_signal(block, epfd, events, maxevents,
                                       timeout_ms);
  /* Events that were fetched are the caller's: they may be the last ones. */
  if (ready <= 0 && thread_stop_i_stopped(block))
    ready = thread_stop_i_canceled();
  thread_stop_i_leave(state);
  return ready;
}
