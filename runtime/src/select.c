/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * select() and pselect(). In eventfd mode they become a poll(), because the
 * thread's eventfd may not fit into the caller's sets.
 */

#include "internal.h"

enum { BITS = CHAR_BIT * sizeof(unsigned long) };

/* The sets may be larger than fd_set, as the kernel allows; so FD_ISSET, which
 * may check that, is not used. */
static bool thread_stop_i_in_set(const fd_set *set, int fd) {
  const unsigned long *words = (const unsigned long *)(const void *)set;
  return set && (words[(size_t)fd / BITS] >> ((size_t)fd % BITS) & 1);
}

static void thread_stop_i_keep(fd_set *set, int fd, bool keep) {
  unsigned long *words = (unsigned long *)(void *)set;
  if (set && !keep)
    words[(size_t)fd / BITS] &= ~(1UL << ((size_t)fd % BITS));
}

/* The events of the kernel's select(). */
#define READ_EVENTS (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define WRITE_EVENTS (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)

struct thread_stop_i_sets {
  fd_set *read, *write, *except;
};

static size_t thread_stop_i_to_poll(int nfds,
                                    const struct thread_stop_i_sets *sets,
                                    struct pollfd *fds) {
  size_t count = 0;
  for (int fd = 0; fd < nfds; ++fd) {
    int events = 0;
    if (thread_stop_i_in_set(sets->read, fd))
      events |= POLLIN | POLLRDNORM | POLLRDBAND;
    if (thread_stop_i_in_set(sets->write, fd))
      events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    if (thread_stop_i_in_set(sets->except, fd))
      events |= POLLPRI;
    if (events && fds)
      fds[count] = (struct pollfd){.fd = fd, .events = (short)events};
    count += events != 0;
  }
  return count;
}

static int thread_stop_i_from_poll(const struct thread_stop_i_sets *sets,
                                   const struct pollfd *fds, size_t count) {
  int ready = 0;
  for (size_t i = 0; i < count; ++i)
    if (fds[i].revents & POLLNVAL) {
      errno = EBADF;
      return -1;
    }
  for (size_t i = 0; i < count; ++i) {
    int fd = fds[i].fd;
    bool in =
        thread_stop_i_in_set(sets->read, fd) && (fds[i].revents & READ_EVENTS);
    bool out = thread_stop_i_in_set(sets->write, fd) &&
               (fds[i].revents & WRITE_EVENTS);
    bool urgent =
        thread_stop_i_in_set(sets->except, fd) && (fds[i].revents & POLLPRI);
    thread_stop_i_keep(sets->read, fd, in);
    thread_stop_i_keep(sets->write, fd, out);
    thread_stop_i_keep(sets->except, fd, urgent);
    ready += in + out + urgent;
  }
  return ready;
}

/* A descriptor in the except set only that hangs up ends poll(), but is not
 * ready for select(): it is left out of the next round. */
static bool thread_stop_i_leave_out(struct pollfd *fds, size_t count) {
  bool changed = false;
  for (size_t i = 0; i < count; ++i)
    if (fds[i].revents && fds[i].events == POLLPRI &&
        !(fds[i].revents & POLLPRI)) {
      fds[i].fd = ~fds[i].fd;
      changed = true;
    }
  return changed;
}

static int thread_stop_i_select_eventfd(thread_stop_i_block *block, int nfds,
                                        const struct thread_stop_i_sets *sets,
                                        int64_t deadline,
                                        const sigset_t *mask) {
  struct pollfd few[THREAD_STOP_I_CHUNK], *fds = few;
  size_t count = thread_stop_i_to_poll(nfds, sets, NULL);
  int ready, saved;
  if (count > THREAD_STOP_I_CHUNK) {
    fds = malloc(count * sizeof *fds);
    if (!fds)
      return -1;
  }
  thread_stop_i_to_poll(nfds, sets, fds);
  do
    ready = thread_stop_i_ppoll(block, fds, (nfds_t)count, deadline, mask);
  while (ready > 0 && thread_stop_i_leave_out(fds, count));
  for (size_t i = 0; i < count; ++i)
    if (fds[i].fd < 0) {
      fds[i].fd = ~fds[i].fd;
      fds[i].revents = 0;
    }
  if (ready >= 0)
    ready = thread_stop_i_from_poll(sets, fds, count);
  saved = errno;
  if (fds != few)
    free(fds);
  errno = saved;
  return ready;
}

static int thread_stop_i_select_signal(thread_stop_i_block *block, int nfds,
                                       const struct thread_stop_i_sets *sets,
                                       const struct timespec *timeout,
                                       const sigset_t *mask) {
  sigset_t open;
  thread_stop_i_wait_mask(mask, &open);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  return pselect(nfds, sets->read, sets->write, sets->except, timeout, &open);
}

static int thread_stop_i_select(thread_stop_i_block *block, int nfds,
                                const struct thread_stop_i_sets *sets,
                                const struct timespec *timeout,
                                int64_t deadline, const sigset_t *mask) {
  int ready, state;
  if (nfds < 0) {
    errno = EINVAL;
    return -1;
  }
  state = thread_stop_i_enter();
  ready = thread_stop_i_signal() == THREAD_STOP_EVENTFD
              ? thread_stop_i_select_eventfd(block, nfds, sets, deadline, mask)
              : thread_stop_i_select_signal(block, nfds, sets, timeout, mask);
  thread_stop_i_leave(state);
  return thread_stop_i_stopped(block) ? thread_stop_i_canceled() : ready;
}

int thread_stop_pselect(int nfds, fd_set *readfds, fd_set *writefds,
                        fd_set *exceptfds, const struct timespec *timeout,
                        const sigset_t *mask) {
  thread_stop_i_block *block = thread_stop_i_self();
  const struct thread_stop_i_sets sets = {readfds, writefds, exceptfds};
  if (!block)
    return pselect(nfds, readfds, writefds, exceptfds, timeout, mask);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  if (timeout && !thread_stop_i_valid(timeout)) {
    errno = EINVAL;
    return -1;
  }
  return thread_stop_i_select(block, nfds, &sets, timeout,
                              thread_stop_i_deadline(timeout), mask);
}

int thread_stop_select(int nfds, fd_set *readfds, fd_set *writefds,
                       fd_set *exceptfds, struct timeval *timeout) {
  thread_stop_i_block *block = thread_stop_i_self();
  const struct thread_stop_i_sets sets = {readfds, writefds, exceptfds};
  struct timespec duration = {0, 0}, left;
  int64_t deadline = THREAD_STOP_I_FOREVER;
  int ready, saved;
  if (!block)
    return select(nfds, readfds, writefds, exceptfds, timeout);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  if (timeout) {
    if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
      errno = EINVAL;
      return -1;
    }
    duration.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
    duration.tv_nsec = timeout->tv_usec % 1000000 * 1000;
    deadline = thread_stop_i_deadline(&duration);
  }
  ready = thread_stop_i_select(block, nfds, &sets, timeout ? &duration : NULL,
                               deadline, NULL);
  if (timeout && deadline != THREAD_STOP_I_FOREVER) {
    saved = errno;
    thread_stop_i_left(deadline, &left);
    timeout->tv_sec = left.tv_sec;
    timeout->tv_usec = (suseconds_t)(left.tv_nsec / 1000);
    errno = saved;
  }
  return ready;
}
