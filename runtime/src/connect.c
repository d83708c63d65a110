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
  thread_stop_i_block *block;
  struct sockaddr *address;
  socklen_t *length;
  int flags;
} thread_stop_i_accept_op;

static int thread_stop_i_plain_accept(const thread_stop_i_accept_op *accept_op,
                                      int fd) {
  return accept4(fd, accept_op->address, accept_op->length, accept_op->flags);
}

/* With a signal. Another process may have taken the connection that poll() has
 * seen, and then this blocks; but a stop ends it. */
static ssize_t
thread_stop_i_lent_accept(const thread_stop_i_accept_op *accept_op) {
  int copy = fcntl(accept_op->op.fd, F_DUPFD_CLOEXEC, 0), result, saved;
  sigset_t old;
  if (copy < 0)
    return thread_stop_i_plain_accept(accept_op, accept_op->op.fd);
  if (thread_stop_i_lend(accept_op->block, copy, &old)) {
    result = thread_stop_i_plain_accept(accept_op, copy);
    saved = errno;
    thread_stop_i_take_back(accept_op->block, &old);
    errno = saved;
    if (result == -1 && thread_stop_i_stopped(accept_op->block))
      errno = ECANCELED;
  } else {
    result = errno == ECANCELED
                 ? -1
                 : thread_stop_i_plain_accept(accept_op, accept_op->op.fd);
  }
  thread_stop_i_close(copy);
  return result;
}

static ssize_t thread_stop_i_own_accept(thread_stop_i_op *op) {
  return thread_stop_i_plain_accept((thread_stop_i_accept_op *)op, op->fd);
}

static ssize_t thread_stop_i_run_accept(thread_stop_i_op *op) {
  return thread_stop_i_signal() == THREAD_STOP_EVENTFD
             ? thread_stop_i_own_accept(op)
             : thread_stop_i_lent_accept((thread_stop_i_accept_op *)op);
}

static ssize_t thread_stop_i_attempt_accept(thread_stop_i_op *op) {
  return thread_stop_i_polled(op, thread_stop_i_own_accept,
                              thread_stop_i_run_accept);
}

static int thread_stop_i_socket_value(int fd, int option) {
  int value;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/* Whether accept() would fail without waiting. Other families do not say right
 * whether they listen. */
static bool thread_stop_i_never_accepts(int fd) {
  int family = thread_stop_i_socket_value(fd, SO_DOMAIN);
  return family == -1 ||
         ((family == AF_UNIX || family == AF_INET || family == AF_INET6) &&
          thread_stop_i_socket_value(fd, SO_ACCEPTCONN) == 0);
}

static int thread_stop_i_accept(thread_stop_i_accept_op *accept_op) {
  ssize_t result;
  /* Not left to libc: musl then calls accept(), which blocks. */
  if (accept_op->flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) {
    if (fcntl(accept_op->op.fd, F_GETFL) != -1)
      errno = EINVAL;
    return -1;
  }
  result = thread_stop_i_attempt_accept(&accept_op->op);
  if (result == -1 && errno == EAGAIN) {
    if (thread_stop_i_never_accepts(accept_op->op.fd))
      return thread_stop_i_plain_accept(accept_op, accept_op->op.fd);
    result = thread_stop_i_retry(accept_op->block, &accept_op->op);
  }
  return (int)result;
}

int thread_stop_accept4(int fd, struct sockaddr *address, socklen_t *length,
                        int flags) {
  thread_stop_i_block *block = thread_stop_i_self();
  thread_stop_i_accept_op accept_op = {
      .op = {.attempt = thread_stop_i_attempt_accept,
             .fd = fd,
             .events = POLLIN,
             .timeout_option = SO_RCVTIMEO},
      .block = block,
      .address = address,
      .length = length,
      .flags = flags};
  int result, state;
  if (!block)
    return accept4(fd, address, length, flags);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = thread_stop_i_accept(&accept_op);
  thread_stop_i_leave(state);
  return (int)thread_stop_i_ended(block, result);
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
  state = thread_stop_i_enter();
  flags = fcntl(fd, F_GETFL);
  if (flags == -1 || (flags & O_NONBLOCK) ||
      getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &timeout_length) != 0)
    result = connect(fd, address, length);
  else
    result = thread_stop_i_connect_wait(block, fd, address, length, &timeout);
  thread_stop_i_leave(state);
  return (int)thread_stop_i_ended(block, result);
}
