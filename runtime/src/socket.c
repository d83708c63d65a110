/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * recv(), send() and their relatives: MSG_DONTWAIT asks not to block in this
 * one call.
 */

#include "internal.h"

/* These do not wait, also without MSG_DONTWAIT: it is added nevertheless,
 * because local sockets know nothing of the others. */
static bool thread_stop_i_never_waits(int flags) {
  return (flags & (MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB)) != 0;
}

/* --- Receiving ------------------------------------------------------------ */

typedef struct thread_stop_i_recv_op {
  thread_stop_i_op op;
  char *buffer;
  size_t size;
  int flags;
  struct sockaddr *address;
  socklen_t *length;
} thread_stop_i_recv_op;

static ssize_t thread_stop_i_attempt_recv(thread_stop_i_op *op) {
  thread_stop_i_recv_op *recv_op = (thread_stop_i_recv_op *)op;
  ssize_t result = recvfrom(op->fd, recv_op->buffer, recv_op->size,
                            recv_op->flags | MSG_DONTWAIT, recv_op->address,
                            recv_op->length);
  if (result > 0 && (recv_op->flags & MSG_WAITALL)) {
    recv_op->buffer += result;
    recv_op->size -= (size_t)result;
  }
  return result;
}

/* MSG_WAITALL means something for streams only. */
static bool thread_stop_i_waits_for_all(int fd, int flags) {
  int type = 0;
  socklen_t length = sizeof type;
  return (flags & MSG_WAITALL) &&
         getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
         type == SOCK_STREAM;
}

/* Local sockets do not wait for all with MSG_PEEK. */
static bool thread_stop_i_is_local(int fd) {
  int domain = 0;
  socklen_t length = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
         domain == AF_UNIX;
}

/* Whether the peer will send no more. */
static bool thread_stop_i_is_shut(int fd) {
  struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP, .revents = 0};
  return poll(&poll_fd, 1, 0) > 0;
}

/* With MSG_PEEK nothing is taken, so poll() cannot say that there is more:
 * it is looked for again and again, with pauses. */
static ssize_t thread_stop_i_peek_all(thread_stop_i_block *block,
                                      thread_stop_i_recv_op *recv_op,
                                      ssize_t result) {
  int64_t pause = 1000000;
  recv_op->flags &= ~MSG_WAITALL;
  thread_stop_i_prepare_op(&recv_op->op);
  if (result == -1)
    result = thread_stop_i_retry(block, &recv_op->op);
  while (result > 0 && (size_t)result < recv_op->size && recv_op->op.may_wait) {
    int64_t until = thread_stop_i_now() + pause;
    ssize_t more;
    if (until > recv_op->op.deadline)
      break;
    thread_stop_i_wait_stop(block, until);
    if (errno != EAGAIN)
      break;
    more = thread_stop_i_attempt_recv(&recv_op->op);
    if (more < result)
      break;
    if (more == result && thread_stop_i_is_shut(recv_op->op.fd))
      break;
    result = more;
    pause = pause < 16000000 ? pause * 2 : pause;
  }
  return result;
}

/* With MSG_WAITALL, after a first attempt. Not all was received, but more than
 * nothing, or that attempt would have waited (-1). */
static ssize_t thread_stop_i_recv_all(thread_stop_i_block *block,
                                      thread_stop_i_recv_op *recv_op,
                                      ssize_t result) {
  if (!thread_stop_i_waits_for_all(recv_op->op.fd, recv_op->flags) ||
      recv_op->size == 0 ||
      ((recv_op->flags & MSG_PEEK) && thread_stop_i_is_local(recv_op->op.fd))) {
    recv_op->flags &= ~MSG_WAITALL;
    return result == -1 ? thread_stop_i_retry(block, &recv_op->op) : result;
  }
  if (recv_op->flags & MSG_PEEK)
    return thread_stop_i_peek_all(block, recv_op, result);
  if (result == -1)
    return thread_stop_i_retry_all(block, &recv_op->op, 0, recv_op->size);
  recv_op->buffer += result;
  recv_op->size -= (size_t)result;
  return thread_stop_i_retry_all(block, &recv_op->op, (size_t)result,
                                 (size_t)result + recv_op->size);
}

static ssize_t thread_stop_i_recv_slow(thread_stop_i_block *block,
                                       thread_stop_i_recv_op *recv_op,
                                       ssize_t result) {
  recv_op->op.attempt = thread_stop_i_attempt_recv;
  recv_op->op.events = POLLIN;
  recv_op->op.timeout_option = SO_RCVTIMEO;
  if (recv_op->flags & MSG_WAITALL)
    return thread_stop_i_recv_all(block, recv_op, result);
  return thread_stop_i_retry(block, &recv_op->op);
}

/* Whether the first attempt has come to the end. */
static bool thread_stop_i_recv_is_done(ssize_t result, size_t size, int flags) {
  if (result == -1)
    return errno != EAGAIN || thread_stop_i_never_waits(flags);
  return result == 0 || (size_t)result >= size || !(flags & MSG_WAITALL) ||
         thread_stop_i_never_waits(flags);
}

ssize_t thread_stop_recvfrom(int fd, void *buffer, size_t size, int flags,
                             struct sockaddr *address, socklen_t *length) {
  thread_stop_i_block *block = thread_stop_i_self();
  thread_stop_i_recv_op recv_op;
  ssize_t result;
  int state;
  if (!block)
    return recvfrom(fd, buffer, size, flags, address, length);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = recvfrom(fd, buffer, size, flags | MSG_DONTWAIT, address, length);
  if (UNLIKELY(!thread_stop_i_recv_is_done(result, size, flags))) {
    memset(&recv_op, 0, sizeof recv_op);
    recv_op.op.fd = fd;
    recv_op.buffer = buffer;
    recv_op.size = size;
    recv_op.flags = flags;
    recv_op.address = address;
    recv_op.length = length;
    result = thread_stop_i_recv_slow(block, &recv_op, result);
  }
  thread_stop_i_leave(state);
  return result;
}

ssize_t thread_stop_recv(int fd, void *buffer, size_t size, int flags) {
  return thread_stop_recvfrom(fd, buffer, size, flags, NULL, NULL);
}

/* --- Receiving messages --------------------------------------------------- */

typedef struct thread_stop_i_recvmsg_op {
  thread_stop_i_op op;
  struct msghdr *message;
  int flags;
} thread_stop_i_recvmsg_op;

static ssize_t thread_stop_i_attempt_recvmsg(thread_stop_i_op *op) {
  thread_stop_i_recvmsg_op *message_op = (thread_stop_i_recvmsg_op *)op;
  return recvmsg(op->fd, message_op->message, message_op->flags | MSG_DONTWAIT);
}

/* The rest of a stream, after a first part without control data: that ends a
 * message also for the kernel. */
typedef struct thread_stop_i_rest_op {
  thread_stop_i_op op;
  thread_stop_i_span span;
  int flags;
} thread_stop_i_rest_op;

static ssize_t thread_stop_i_attempt_rest(thread_stop_i_op *op) {
  thread_stop_i_rest_op *rest = (thread_stop_i_rest_op *)op;
  struct iovec chunk[THREAD_STOP_I_CHUNK];
  struct msghdr message = {.msg_iov = chunk};
  int count;
  ssize_t result;
  message.msg_iov = (struct iovec *)(uintptr_t)thread_stop_i_span_next(
      &rest->span, chunk, SSIZE_MAX, &count);
  message.msg_iovlen = (unsigned)count;
  result = recvmsg(op->fd, &message, rest->flags | MSG_DONTWAIT);
  if (result > 0)
    thread_stop_i_span_advance(&rest->span, (size_t)result);
  return result;
}

static ssize_t thread_stop_i_recvmsg_rest(thread_stop_i_block *block,
                                          const thread_stop_i_op *op,
                                          const struct msghdr *message,
                                          int flags, size_t done) {
  thread_stop_i_rest_op rest = {
      .op = *op,
      .span = {message->msg_iov, (size_t)message->msg_iovlen, 0},
      .flags = flags};
  size_t size = thread_stop_i_span_size(&rest.span);
  rest.op.attempt = thread_stop_i_attempt_rest;
  thread_stop_i_span_advance(&rest.span, done);
  return thread_stop_i_retry_all(block, &rest.op, done, size);
}

static ssize_t thread_stop_i_recv_message(thread_stop_i_block *block, int fd,
                                          struct msghdr *message, int flags) {
  thread_stop_i_recvmsg_op message_op = {
      .op = {.attempt = thread_stop_i_attempt_recvmsg,
             .fd = fd,
             .events = POLLIN,
             .timeout_option = SO_RCVTIMEO},
      .message = message,
      .flags = flags & ~MSG_WAITALL};
  /* With room for control data, a rest could bring some that is then lost. */
  bool all = (flags & MSG_WAITALL) && !(flags & MSG_PEEK) &&
             message->msg_controllen == 0;
  ssize_t result = thread_stop_i_attempt_recvmsg(&message_op.op);
  if (result == -1 && errno == EAGAIN)
    result = thread_stop_i_retry(block, &message_op.op);
  if (result > 0 && all && thread_stop_i_waits_for_all(fd, flags))
    return thread_stop_i_recvmsg_rest(block, &message_op.op, message, flags,
                                      (size_t)result);
  return result;
}

ssize_t thread_stop_recvmsg(int fd, struct msghdr *message, int flags) {
  thread_stop_i_block *block = thread_stop_i_self();
  ssize_t result;
  int state;
  if (!block)
    return recvmsg(fd, message, flags);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = thread_stop_i_never_waits(flags)
               ? recvmsg(fd, message, flags | MSG_DONTWAIT)
               : thread_stop_i_recv_message(block, fd, message, flags);
  thread_stop_i_leave(state);
  return result;
}

/* --- Sending -------------------------------------------------------------- */

typedef struct thread_stop_i_send_op {
  thread_stop_i_op op;
  const struct msghdr *message;
  thread_stop_i_span span;
  int flags;
  bool started;
} thread_stop_i_send_op;

/* The address and control data go with the first part only. After it, the peer
 * may be gone: that raises no SIGPIPE, the part is returned. */
static ssize_t thread_stop_i_attempt_send(thread_stop_i_op *op) {
  thread_stop_i_send_op *send_op = (thread_stop_i_send_op *)op;
  struct iovec chunk[THREAD_STOP_I_CHUNK];
  struct msghdr message = *send_op->message;
  ssize_t result;
  int count;
  if (send_op->started) {
    message.msg_control = NULL;
    message.msg_controllen = 0;
    message.msg_iov = (struct iovec *)(uintptr_t)thread_stop_i_span_next(
        &send_op->span, chunk, SSIZE_MAX, &count);
    message.msg_iovlen = (unsigned)count;
  }
  result = sendmsg(op->fd, &message,
                   send_op->flags | MSG_DONTWAIT |
                       (send_op->started ? MSG_NOSIGNAL : 0));
  if (result > 0) {
    send_op->started = true;
    thread_stop_i_span_advance(&send_op->span, (size_t)result);
  }
  return result;
}

/* After a first attempt that sent a part, or nothing (done == -1). */
static ssize_t thread_stop_i_send_rest(thread_stop_i_block *block, int fd,
                                       const struct msghdr *message, int flags,
                                       ssize_t done) {
  thread_stop_i_send_op send_op = {
      .op = {.attempt = thread_stop_i_attempt_send,
             .fd = fd,
             .events = POLLOUT,
             .timeout_option = SO_SNDTIMEO},
      .message = message,
      .span = {message->msg_iov, (size_t)message->msg_iovlen, 0},
      .flags = flags,
      .started = done > 0};
  size_t size = thread_stop_i_span_size(&send_op.span);
  if (size == 0)
    return thread_stop_i_retry(block, &send_op.op);
  if (done > 0)
    thread_stop_i_span_advance(&send_op.span, (size_t)done);
  return thread_stop_i_retry_all(block, &send_op.op,
                                 done > 0 ? (size_t)done : 0, size);
}

static bool thread_stop_i_send_is_done(ssize_t result, size_t size, int flags) {
  if (flags & MSG_DONTWAIT)
    return true;
  if (result == -1)
    return errno != EAGAIN;
  return (size_t)result >= size;
}

ssize_t thread_stop_sendto(int fd, const void *buffer, size_t size, int flags,
                           const struct sockaddr *address, socklen_t length) {
  thread_stop_i_block *block = thread_stop_i_self();
  struct iovec vector;
  struct msghdr message;
  ssize_t result;
  int state;
  if (!block)
    return sendto(fd, buffer, size, flags, address, length);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = sendto(fd, buffer, size, flags | MSG_DONTWAIT, address, length);
  if (UNLIKELY(!thread_stop_i_send_is_done(result, size, flags))) {
    memset(&message, 0, sizeof message);
    vector.iov_base = (void *)(uintptr_t)buffer;
    vector.iov_len = size;
    message.msg_name = (void *)(uintptr_t)address;
    message.msg_namelen = length;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    result = thread_stop_i_send_rest(block, fd, &message, flags, result);
  }
  thread_stop_i_leave(state);
  return result;
}

ssize_t thread_stop_send(int fd, const void *buffer, size_t size, int flags) {
  return thread_stop_sendto(fd, buffer, size, flags, NULL, 0);
}

/* The message was read by the kernel before, unless there was an error. */
static bool thread_stop_i_message_is_sent(ssize_t result,
                                          const struct msghdr *message,
                                          int flags) {
  thread_stop_i_span span;
  if (result == -1 || (flags & MSG_DONTWAIT))
    return thread_stop_i_send_is_done(result, 0, flags);
  span.vector = message->msg_iov;
  span.count = (size_t)message->msg_iovlen;
  span.skip = 0;
  return (size_t)result >= thread_stop_i_span_size(&span);
}

ssize_t thread_stop_sendmsg(int fd, const struct msghdr *message, int flags) {
  thread_stop_i_block *block = thread_stop_i_self();
  ssize_t result;
  int state;
  if (!block)
    return sendmsg(fd, message, flags);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = sendmsg(fd, message, flags | MSG_DONTWAIT);
  if (UNLIKELY(!thread_stop_i_message_is_sent(result, message, flags)))
    result = thread_stop_i_send_rest(block, fd, message, flags, result);
  thread_stop_i_leave(state);
  return result;
}
