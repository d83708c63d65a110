/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * select() and pselect(). In eventfd mode the thread's eventfd is added to
 * copies of the sets, which are made as long as that needs.
 */

#include "internal.h"

#include <fcntl.h>

enum {
  BITS = CHAR_BIT * sizeof(unsigned long),
  STACK_WORDS = 3 * FD_SETSIZE / BITS
};

struct thread_stop_i_sets {
  fd_set *read, *write, *except;
};

/* How many descriptors the kernel's table has room for. It looks at no more
 * bits than that, so with a larger nfds the sets may be shorter than nfds. */
static int thread_stop_i_table_size(int nfds) {
  char text[1024];
  const char *line;
  ssize_t length;
  int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return nfds;
  length = read(file, text, sizeof text - 1);
  close(file);
  text[length > 0 ? length : 0] = '\0';
  line = strstr(text, "\nFDSize:");
  if (line) {
    long size = strtol(line + 8, NULL, 10);
    if (size > 0 && size < nfds)
      nfds = (int)size;
  }
  return nfds;
}

static void thread_stop_i_copy_set(unsigned long *copy, const fd_set *set,
                                   int nfds) {
  size_t count = (size_t)nfds / BITS, rest = (size_t)nfds % BITS;
  if (!set)
    return;
  memcpy(copy, set, count * sizeof *copy);
  if (rest)
    copy[count] =
        ((const unsigned long *)(const void *)set)[count] & ((1UL << rest) - 1);
}

static void thread_stop_i_copy_back(fd_set *set, const unsigned long *copy,
                                    int nfds) {
  if (set)
    memcpy(set, copy, ((size_t)nfds + BITS - 1) / BITS * sizeof *copy);
}

/* words: room for three sets, 0. */
static int thread_stop_i_select_copies(thread_stop_i_block *block, int nfds,
                                       const struct thread_stop_i_sets *sets,
                                       unsigned long *words, size_t size,
                                       int64_t deadline, const sigset_t *mask) {
  unsigned long *in = words, *out = words + size, *except = words + 2 * size;
  unsigned long *word = &in[(size_t)block->eventfd / BITS];
  const unsigned long bit = 1UL << ((size_t)block->eventfd % BITS);
  struct timespec left;
  int ready, most = block->eventfd < nfds ? nfds : block->eventfd + 1;
  thread_stop_i_copy_set(in, sets->read, nfds);
  thread_stop_i_copy_set(out, sets->write, nfds);
  thread_stop_i_copy_set(except, sets->except, nfds);
  *word |= bit;
  if (deadline != THREAD_STOP_I_FOREVER)
    thread_stop_i_left(deadline, &left);
  ready = pselect(most, (fd_set *)(void *)in, (fd_set *)(void *)out,
                  (fd_set *)(void *)except,
                  deadline == THREAD_STOP_I_FOREVER ? NULL : &left, mask);
  if (ready < 0)
    return ready;
  ready -= (*word & bit) != 0;
  *word &= ~bit;
  thread_stop_i_copy_back(sets->read, in, nfds);
  thread_stop_i_copy_back(sets->write, out, nfds);
  thread_stop_i_copy_back(sets->except, except, nfds);
  return ready;
}

static int thread_stop_i_select_eventfd(thread_stop_i_block *block, int nfds,
                                        const struct thread_stop_i_sets *sets,
                                        int64_t deadline,
                                        const sigset_t *mask) {
  unsigned long few[STACK_WORDS] = {0}, *words = few;
  size_t size;
  int ready, saved;
  if (nfds > FD_SETSIZE)
    nfds = thread_stop_i_table_size(nfds);
  size = (size_t)(block->eventfd < nfds ? nfds : block->eventfd + 1);
  size = (size + BITS - 1) / BITS;
  if (3 * size > STACK_WORDS) {
    words = calloc(3 * size, sizeof *words);
    if (!words)
      return -1;
  }
  ready = thread_stop_i_select_copies(block, nfds, sets, words, size, deadline,
                                      mask);
  saved = errno;
  if (words != few)
    free(words);
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
