/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * accept(), accept4() and connect(). Neither can be asked per call not to
 * block.
 */

#include "internal.h"

#include <fcntl.h>

/* --- accept --------------------------------------------------------------- */

typedef struct thread_stop_i_accept_op {
  thread_stop_i_op op;
  struct sockaddr *address;
  socklen_t *length;
  int flags;
} thread_stop_i_accept_op;

static ssize_t thread_stop_i_plain_accept(thread_stop_i_op *op) {
  thread_stop_i_accept_op *accept_op = (thread_stop_i_accept_op *)op;
  return accept4(op->fd, accept_op->address, accept_op->length,
                 accept_op->flags);
}

static ssize_t thread_stop_i_attempt_accept(thread_stop_i_op *op) {
  return thread_stop_i_polled(op, thread_stop_i_plain_accept);
}

int thread_stop_accept4(int fd, struct sockaddr *address, socklen_t *length,
                        int flags) {
  thread_stop_i_block *block = thread_stop_i_self();
  thread_stop_i_accept_op accept_op = {
      .op = {.attempt = thread_stop_i_attempt_accept,
             .fd = fd,
             .events = POLLIN,
             .timeout_option = SO_RCVTIMEO},
      .address = address,
      .length = length,
      .flags = flags};
  ssize_t result;
  if (!block)
    return accept4(fd, address, length, flags);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  result = thread_stop_i_attempt_accept(&accept_op.op);
  if (result == -1 && errno == EAGAIN)
    result = thread_stop_i_retry(block, &accept_op.op);
  return (int)result;
}

int thread_stop_accept(int fd, struct sockaddr *address, socklen_t *length) {
  return thread_stop_accept4(fd, address, length, 0);
}

/* --- connect -------------------------------------------------------------- */

/* connect() with the shortest timeout that there is, about a clock tick. */
static int thread_stop_i_connect_briefly(int fd, const struct sockaddr *address,
                                         socklen_t length,
                                         const struct timeval *timeout) {
  struct timeval shortest = {0, 1};
  int result, saved;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &shortest, sizeof shortest);
  result = connect(fd, address, length);
  saved = errno;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, timeout, sizeof *timeout);
  errno = saved;
  return result;
}

/* The connection is being made: wait for its end, and get the result. */
static int thread_stop_i_connect_finish(thread_stop_i_block *block, int fd,
                                        int64_t deadline) {
  int error = 0;
  socklen_t length = sizeof error;
  if (thread_stop_i_wait_fd(block, fd, POLLOUT, deadline) != 0) {
    if (errno == EAGAIN)
      errno = EINPROGRESS; /* as connect() says after SO_SNDTIMEO */
    return -1;
  }
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
    return -1;
  errno = error;
  return error ? -1 : 0;
}

static int thread_stop_i_connect_wait(thread_stop_i_block *block, int fd,
                                      const struct sockaddr *address,
                                      socklen_t length,
                                      const struct timeval *timeout) {
  struct timespec duration = {.tv_sec = timeout->tv_sec,
                              .tv_nsec = timeout->tv_usec * 1000};
  int64_t deadline = THREAD_STOP_I_FOREVER, pause = 1000000;
  if (timeout->tv_sec != 0 || timeout->tv_usec != 0)
    deadline = thread_stop_i_deadline(&duration);
  for (;;) {
    int64_t until;
    int result = thread_stop_i_connect_briefly(fd, address, length, timeout);
    if (result == 0 ||
        (errno != EINPROGRESS && errno != EALREADY && errno != EAGAIN))
      return result;
    if (errno != EAGAIN)
      return thread_stop_i_connect_finish(block, fd, deadline);
    /* A local socket whose queue is full, which cannot be waited for. */
    until = thread_stop_i_now() + pause;
    if (until >= deadline)
      until = deadline;
    thread_stop_i_wait_stop(block, until);
    if (errno != EAGAIN)
      return -1;
    if (until == deadline)
      return -1; /* EAGAIN */
    pause = pause < 16000000 ? pause * 2 : pause;
  }
}

int thread_stop_connect(int fd, const struct sockaddr *address,
                        socklen_t length) {
  thread_stop_i_block *block = thread_stop_i_self();
  struct timeval timeout;
  socklen_t timeout_length = sizeof timeout;
  int flags, result, state;
  if (!block)
    return connect(fd, address, length);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  flags = fcntl(fd, F_GETFL);
  if (flags == -1 || (flags & O_NONBLOCK) ||
      getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &timeout_length) != 0)
    return connect(fd, address, length);
  state = thread_stop_i_enter();
  result = thread_stop_i_connect_wait(block, fd, address, length, &timeout);
  thread_stop_i_leave(state);
  return result;
}
