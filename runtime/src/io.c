/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * read(), readv(), write(), writev().
 *
 * Sockets are read by recv() with MSG_DONTWAIT. For all else, RWF_NOWAIT asks
 * the kernel not to block in this one call. Where it cannot
 * (EOPNOTSUPP and others), the descriptor is polled first. Files on disks are
 * left to the plain call: with RWF_NOWAIT they would give short counts, and
 * appending would no longer be in one piece.
 */

#include "internal.h"

#include <sys/stat.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

/* ThreadSanitizer learns from read() and write() which thread waits for which;
 * it does not know these calls. */
#if defined(SYS_preadv2) && defined(SYS_pwritev2) && !THREAD_STOP_I_TSAN
static ssize_t thread_stop_i_nowait(long number, int fd,
                                    const struct iovec *vector, int count) {
  return syscall(number, fd, vector, count, -1L, -1L, RWF_NOWAIT);
}
#define THREAD_STOP_I_READ SYS_preadv2
#define THREAD_STOP_I_WRITE SYS_pwritev2
#else
static ssize_t thread_stop_i_nowait(long number, int fd,
                                    const struct iovec *vector, int count) {
  (void)number, (void)fd, (void)vector, (void)count;
  errno = ENOTSUP;
  return -1;
}
#define THREAD_STOP_I_READ 0
#define THREAD_STOP_I_WRITE 0
#endif

/* Not EINVAL, which is the answer to a caller's mistake: so Linux 4.13 is
 * needed, where unknown flags began to give EOPNOTSUPP. */
static bool thread_stop_i_is_unsupported(int error) {
  return error == ENOTSUP || error == EOPNOTSUPP || error == ENOSYS ||
         error == ESPIPE;
}

/* --- Reading -------------------------------------------------------------- */

typedef struct thread_stop_i_read_op {
  thread_stop_i_op op;
  const struct iovec *vector;
  int count;
} thread_stop_i_read_op;

static ssize_t thread_stop_i_plain_read(thread_stop_i_op *op) {
  thread_stop_i_read_op *read_op = (thread_stop_i_read_op *)op;
  return readv(op->fd, read_op->vector, read_op->count);
}

static ssize_t thread_stop_i_read_socket(const thread_stop_i_read_op *read_op) {
  struct msghdr message;
  if (read_op->count == 1)
    return recv(read_op->op.fd, read_op->vector->iov_base,
                read_op->vector->iov_len, MSG_DONTWAIT);
  memset(&message, 0, sizeof message);
  message.msg_iov = (struct iovec *)(uintptr_t)read_op->vector;
  message.msg_iovlen = (unsigned)read_op->count;
  return recvmsg(read_op->op.fd, &message, MSG_DONTWAIT);
}

static ssize_t thread_stop_i_attempt_read(thread_stop_i_op *op) {
  thread_stop_i_read_op *read_op = (thread_stop_i_read_op *)op;
  ssize_t result;
  if (op->socket)
    return thread_stop_i_read_socket(read_op);
  result = thread_stop_i_nowait(THREAD_STOP_I_READ, op->fd, read_op->vector,
                                read_op->count);
  if (result == -1 && thread_stop_i_is_unsupported(errno))
    result = thread_stop_i_polled(op, thread_stop_i_plain_read,
                                  thread_stop_i_plain_read);
  return result;
}

/* Of a file, RWF_NOWAIT gives what is in memory. The rest comes from the
 * disk. */
static ssize_t thread_stop_i_read_file(thread_stop_i_read_op *read_op,
                                       ssize_t done) {
  thread_stop_i_span span = {read_op->vector, (size_t)read_op->count, 0};
  struct iovec chunk[THREAD_STOP_I_CHUNK];
  if (done <= 0)
    return thread_stop_i_plain_read(&read_op->op);
  thread_stop_i_span_advance(&span, (size_t)done);
  for (;;) {
    int count;
    const struct iovec *vector =
        thread_stop_i_span_next(&span, chunk, SSIZE_MAX, &count);
    ssize_t part = count ? readv(read_op->op.fd, vector, count) : 0;
    if (part <= 0)
      return done;
    done += part;
    thread_stop_i_span_advance(&span, (size_t)part);
  }
}

/* After a first attempt that gave a part, or nothing. */
static ssize_t thread_stop_i_read_slow(thread_stop_i_block *block, int fd,
                                       const struct iovec *vector, int count,
                                       ssize_t result) {
  thread_stop_i_read_op read_op = {.op = {.attempt = thread_stop_i_attempt_read,
                                          .fd = fd,
                                          .events = POLLIN,
                                          .timeout_option = SO_RCVTIMEO},
                                   .vector = vector,
                                   .count = count};
  if (result == -1 && errno != EAGAIN && !thread_stop_i_is_unsupported(errno))
    return -1;
  read_op.op.pipe = thread_stop_i_is_pipe(fd);
  if (!read_op.op.pipe && thread_stop_i_is_file(fd))
    return thread_stop_i_read_file(&read_op, result);
  if (result >= 0)
    return result;
  if (thread_stop_i_span_size(
          &(thread_stop_i_span){vector, (size_t)count, 0}) == 0)
    return thread_stop_i_plain_read(&read_op.op); /* never waits */
  if (errno != EAGAIN) {
    result = thread_stop_i_polled(&read_op.op, thread_stop_i_plain_read,
                                  thread_stop_i_plain_read);
    if (result != -1 || errno != EAGAIN)
      return result;
  }
  result = thread_stop_i_retry(block, &read_op.op);
  if (read_op.op.socket) /* the number is another descriptor's now */
    block->no_sockets[(unsigned)fd % THREAD_STOP_I_KINDS] = 0;
  return result;
}

/* Only a socket takes recv(), so its success shows that a short count is all
 * there is; of a file it might be what is in memory, and costs a question. For
 * each thread, some numbers are remembered that are no sockets: number + 1. */
static ssize_t thread_stop_i_read_maybe_socket(thread_stop_i_block *block,
                                               int fd,
                                               const struct iovec *vector) {
  ssize_t result;
  if (vector->iov_len > 0) {
    result = recv(fd, vector->iov_base, vector->iov_len, MSG_DONTWAIT);
    if (LIKELY(result != -1 || (errno != ENOTSOCK && errno != EAGAIN)))
      return result;
    if (errno == ENOTSOCK)
      block->no_sockets[(unsigned)fd % THREAD_STOP_I_KINDS] = (unsigned)fd + 1;
  }
  result = thread_stop_i_nowait(THREAD_STOP_I_READ, fd, vector, 1);
  if (result == (ssize_t)vector->iov_len || result == 0)
    return result;
  return thread_stop_i_read_slow(block, fd, vector, 1, result);
}

ssize_t thread_stop_read(int fd, void *buffer, size_t size) {
  thread_stop_i_block *block = thread_stop_i_self();
  struct iovec vector = {.iov_base = buffer, .iov_len = size};
  ssize_t result;
  int state;
  if (!block)
    return read(fd, buffer, size);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  if (block->no_sockets[(unsigned)fd % THREAD_STOP_I_KINDS] ==
      (unsigned)fd + 1) {
    /* By syscall(), which is no cancellation point. */
    result = thread_stop_i_nowait(THREAD_STOP_I_READ, fd, &vector, 1);
    if (LIKELY(result == (ssize_t)size || result == 0))
      return result;
    state = thread_stop_i_enter();
    result = thread_stop_i_read_slow(block, fd, &vector, 1, result);
  } else {
    state = thread_stop_i_enter();
    result = thread_stop_i_read_maybe_socket(block, fd, &vector);
  }
  thread_stop_i_leave(state);
  return thread_stop_i_ended(block, result);
}

static ssize_t thread_stop_i_readv(thread_stop_i_block *block, int fd,
                                   const struct iovec *vector, int count) {
  ssize_t result;
  if (count <= 0 || count > IOV_MAX)
    return readv(fd, vector, count);
  result = thread_stop_i_nowait(THREAD_STOP_I_READ, fd, vector, count);
  if (result == 0)
    return 0;
  return thread_stop_i_read_slow(block, fd, vector, count, result);
}

ssize_t thread_stop_readv(int fd, const struct iovec *vector, int count) {
  thread_stop_i_block *block = thread_stop_i_self();
  ssize_t result;
  int state;
  if (!block)
    return readv(fd, vector, count);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = thread_stop_i_readv(block, fd, vector, count);
  thread_stop_i_leave(state);
  return thread_stop_i_ended(block, result);
}

/* --- Writing -------------------------------------------------------------- */

typedef struct thread_stop_i_write_op {
  thread_stop_i_op op;
  thread_stop_i_span span;
  size_t limit; /* of one plain write that does not block; 0: not known yet */
  bool started;
} thread_stop_i_write_op;

/* What a descriptor that is ready takes without blocking. A pipe takes
 * PIPE_BUF bytes, and those in one piece. A terminal that is ready takes some;
 * others are devices whose messages must not be cut. */
static size_t thread_stop_i_write_limit(int fd) {
  long size = fpathconf(fd, _PC_PIPE_BUF);
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode))
    return size > 0 ? (size_t)size : 512;
  return isatty(fd) ? 64 : SSIZE_MAX;
}

static ssize_t thread_stop_i_plain_write(thread_stop_i_op *op) {
  thread_stop_i_write_op *write_op = (thread_stop_i_write_op *)op;
  struct iovec chunk[THREAD_STOP_I_CHUNK];
  const struct iovec *vector;
  int count;
  if (write_op->limit == 0)
    write_op->limit = thread_stop_i_write_limit(op->fd);
  vector =
      thread_stop_i_span_next(&write_op->span, chunk, write_op->limit, &count);
  return writev(op->fd, vector, count);
}

/* The rest of a stream, whose peer may be gone by now: no SIGPIPE, because the
 * part is returned. (Of a pipe, the kernel raises it also then.) */
static ssize_t thread_stop_i_send_more(int fd, const struct iovec *vector,
                                       int count) {
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = (struct iovec *)(uintptr_t)vector;
  message.msg_iovlen = (unsigned)count;
  return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t thread_stop_i_attempt_write(thread_stop_i_op *op) {
  thread_stop_i_write_op *write_op = (thread_stop_i_write_op *)op;
  struct iovec chunk[THREAD_STOP_I_CHUNK];
  int count;
  const struct iovec *vector =
      thread_stop_i_span_next(&write_op->span, chunk, SSIZE_MAX, &count);
  ssize_t result;
  if (write_op->started && op->socket)
    result = thread_stop_i_send_more(op->fd, vector, count);
  else
    result = thread_stop_i_nowait(THREAD_STOP_I_WRITE, op->fd, vector, count);
  if (result == -1 && thread_stop_i_is_unsupported(errno))
    result = thread_stop_i_polled(op, thread_stop_i_plain_write,
                                  thread_stop_i_plain_write);
  if (result > 0) {
    write_op->started = true;
    thread_stop_i_span_advance(&write_op->span, (size_t)result);
  }
  return result;
}

/* Called after a first attempt with all of the vector, which a pipe takes in
 * one piece if it can. */
static ssize_t thread_stop_i_write_rest(thread_stop_i_block *block, int fd,
                                        const struct iovec *vector, int count,
                                        ssize_t done) {
  thread_stop_i_write_op write_op = {
      .op = {.attempt = thread_stop_i_attempt_write,
             .fd = fd,
             .events = POLLOUT,
             .timeout_option = SO_SNDTIMEO},
      .span = {vector, (size_t)count, 0},
      .limit = 0,
      .started = done > 0};
  size_t size;
  if (done == -1 && errno != EAGAIN && !thread_stop_i_is_unsupported(errno))
    return -1;
  if (done < 0)
    done = 0;
  size = thread_stop_i_span_size(&write_op.span);
  thread_stop_i_span_advance(&write_op.span, (size_t)done);
  if (size == 0)
    return writev(fd, vector, count);
  if ((size_t)done < size)
    thread_stop_i_prepare_op(&write_op.op);
  return thread_stop_i_retry_all(block, &write_op.op, (size_t)done, size);
}

static ssize_t thread_stop_i_write(thread_stop_i_block *block, int fd,
                                   const void *buffer, size_t size) {
  struct iovec vector = {.iov_base = (void *)(uintptr_t)buffer,
                         .iov_len = size};
  ssize_t result;
  if (thread_stop_i_is_file(fd))
    return write(fd, buffer, size);
  result = thread_stop_i_nowait(THREAD_STOP_I_WRITE, fd, &vector, 1);
  if (LIKELY(result == (ssize_t)size))
    return result;
  return thread_stop_i_write_rest(block, fd, &vector, 1, result);
}

ssize_t thread_stop_write(int fd, const void *buffer, size_t size) {
  thread_stop_i_block *block = thread_stop_i_self();
  ssize_t result;
  int state;
  if (!block)
    return write(fd, buffer, size);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = thread_stop_i_write(block, fd, buffer, size);
  thread_stop_i_leave(state);
  return thread_stop_i_ended(block, result);
}

static ssize_t thread_stop_i_writev(thread_stop_i_block *block, int fd,
                                    const struct iovec *vector, int count) {
  ssize_t result;
  if (count <= 0 || count > IOV_MAX || thread_stop_i_is_file(fd))
    return writev(fd, vector, count);
  result = thread_stop_i_nowait(THREAD_STOP_I_WRITE, fd, vector, count);
  return thread_stop_i_write_rest(block, fd, vector, count, result);
}

ssize_t thread_stop_writev(int fd, const struct iovec *vector, int count) {
  thread_stop_i_block *block = thread_stop_i_self();
  ssize_t result;
  int state;
  if (!block)
    return writev(fd, vector, count);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  result = thread_stop_i_writev(block, fd, vector, count);
  thread_stop_i_leave(state);
  return thread_stop_i_ended(block, result);
}
