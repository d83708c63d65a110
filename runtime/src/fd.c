/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Operations on a descriptor: try without blocking, wait, try again. No flag
 * of the descriptor is changed: O_NONBLOCK belongs to the open file
 * description, which other processes share.
 */

#include "internal.h"

#include <fcntl.h>
#include <sys/stat.h>

/* --- Waiting and trying again --------------------------------------------- */

/* How long an operation may block is asked for only when it would. */
INTERNAL void thread_stop_i_prepare_op(thread_stop_i_op *op) {
  struct timeval time;
  socklen_t length = sizeof time;
  int flags = fcntl(op->fd, F_GETFL);
  op->prepared = true;
  op->wrong_end =
      flags != -1 &&
      (flags & O_ACCMODE) == (op->events == POLLIN ? O_WRONLY : O_RDONLY);
  op->may_wait = flags == -1 || (!(flags & O_NONBLOCK) && !op->wrong_end);
  op->deadline = THREAD_STOP_I_FOREVER;
  op->socket = !op->pipe && getsockopt(op->fd, SOL_SOCKET, op->timeout_option,
                                       &time, &length) == 0;
  if (op->may_wait && op->socket && (time.tv_sec != 0 || time.tv_usec != 0)) {
    struct timespec duration = {.tv_sec = time.tv_sec,
                                .tv_nsec = time.tv_usec * 1000};
    op->deadline = thread_stop_i_deadline(&duration);
  }
}

/* Some descriptors say "ready" and still do not take the operation: a datagram
 * to a local socket whose queue is full, for instance. Waiting a moment,
 * longer each time, keeps that from becoming a busy loop. */
static int thread_stop_i_pause(thread_stop_i_block *block, int failures,
                               int64_t deadline) {
  int64_t until, pause = 100000;
  if (failures < 3)
    return 0;
  pause <<= failures < 10 ? failures - 3 : 7;
  until = thread_stop_i_now() + pause;
  if (until > deadline)
    until = deadline;
  thread_stop_i_wait_stop(block, until);
  return errno == EAGAIN && until < deadline ? 0 : -1;
}

INTERNAL ssize_t thread_stop_i_retry(thread_stop_i_block *block,
                                     thread_stop_i_op *op) {
  int state = thread_stop_i_enter();
  ssize_t result = -1;
  if (!op->prepared)
    thread_stop_i_prepare_op(op);
  if (!op->may_wait) {
    thread_stop_i_leave(state);
    errno = op->wrong_end ? EBADF : EAGAIN;
    return -1;
  }
  for (int failures = 1;; ++failures) {
    if (thread_stop_i_wait_fd(block, op->fd, op->events, op->deadline) != 0)
      break;
    result = op->attempt(op);
    if (result != -1 || errno != EAGAIN)
      break;
    if (thread_stop_i_pause(block, failures, op->deadline) != 0)
      break;
  }
  thread_stop_i_leave(state);
  return result;
}

INTERNAL ssize_t thread_stop_i_retry_all(thread_stop_i_block *block,
                                         thread_stop_i_op *op, size_t done,
                                         size_t size) {
  while (done < size) {
    ssize_t part;
    if (done > 0 && thread_stop_i_stopped(block))
      break;
    part = op->attempt(op);
    if (part == -1 && errno == EAGAIN)
      part = thread_stop_i_retry(block, op);
    if (part == -1)
      return done > 0 ? (ssize_t)done : -1;
    if (part == 0)
      break;
    done += (size_t)part;
  }
  return (ssize_t)done;
}

/* --- Descriptors that cannot be asked not to block ------------------------ */

/* Between poll() and the call no other thread of ours may take what poll() has
 * seen: a descriptor is in use by one of them at a time. No lock, because a
 * foreign thread can still take it, and then the call blocks: others that want
 * this descriptor must remain stoppable, and other descriptors usable. */
struct thread_stop_i_fd_use {
  struct thread_stop_i_fd_use *next;
  int fd;
};

enum { USE_PATIENCE_NS = 1000000 };

static thread_stop_i_fd_slot *thread_stop_i_slot_of(int fd) {
  return &thread_stop_i_global->fd_slots[(unsigned)fd % THREAD_STOP_I_FD_SLOTS];
}

/* If it is in use, waits a moment for a change. */
static bool thread_stop_i_try_use(thread_stop_i_fd_slot *slot,
                                  struct thread_stop_i_fd_use *use,
                                  bool patient) {
  const struct thread_stop_i_fd_use *other;
  int ends;
  thread_stop_i_lock_plain(&slot->lock);
  for (other = slot->first; other && other->fd != use->fd; other = other->next)
    continue;
  if (!other) {
    use->next = slot->first;
    slot->first = use;
  }
  slot->waiting += other && patient;
  ends = atomic_load(&slot->ends);
  thread_stop_i_unlock_plain(&slot->lock);
  if (!other || !patient)
    return !other;
  thread_stop_i_futex_wait(&slot->ends, ends, USE_PATIENCE_NS);
  thread_stop_i_lock_plain(&slot->lock);
  --slot->waiting;
  thread_stop_i_unlock_plain(&slot->lock);
  return false;
}

static bool thread_stop_i_use(thread_stop_i_fd_slot *slot,
                              struct thread_stop_i_fd_use *use) {
  return thread_stop_i_try_use(slot, use, true) ||
         thread_stop_i_try_use(slot, use, false);
}

static void thread_stop_i_end_use(thread_stop_i_fd_slot *slot,
                                  const struct thread_stop_i_fd_use *use) {
  struct thread_stop_i_fd_use **link;
  bool waiting;
  thread_stop_i_lock_plain(&slot->lock);
  for (link = &slot->first; *link; link = &(*link)->next)
    if (*link == use) {
      *link = use->next;
      break;
    }
  atomic_fetch_add(&slot->ends, 1);
  waiting = slot->waiting > 0;
  thread_stop_i_unlock_plain(&slot->lock);
  if (waiting)
    thread_stop_i_futex_wake(&slot->ends, INT_MAX);
}

static ssize_t
thread_stop_i_poll_and_run(thread_stop_i_op *op,
                           ssize_t (*run)(thread_stop_i_op *op)) {
  struct pollfd poll_fd = {.fd = op->fd, .events = op->events, .revents = 0};
  int ready;
  do /* another signal's handler may end it even without a wait */
    ready = poll(&poll_fd, 1, 0);
  while (ready == -1 && errno == EINTR);
  if (ready > 0)
    return run(op);
  if (ready == 0)
    errno = EAGAIN;
  return -1;
}

INTERNAL ssize_t thread_stop_i_polled(thread_stop_i_op *op,
                                      ssize_t (*plain)(thread_stop_i_op *op),
                                      ssize_t (*run)(thread_stop_i_op *op)) {
  thread_stop_i_fd_slot *slot = thread_stop_i_slot_of(op->fd);
  struct thread_stop_i_fd_use use = {.fd = op->fd};
  int state = thread_stop_i_enter(), flags = fcntl(op->fd, F_GETFL);
  ssize_t result = -1;
  if (flags == -1 || (flags & O_NONBLOCK)) {
    result = plain(op); /* does not block */
  } else if (thread_stop_i_use(slot, &use)) {
    int saved;
    result = thread_stop_i_poll_and_run(op, run);
    saved = errno;
    thread_stop_i_end_use(slot, &use);
    errno = saved;
  } else {
    errno = EAGAIN;
  }
  thread_stop_i_leave(state);
  return result;
}

INTERNAL bool thread_stop_i_is_pipe(int fd) {
  int saved = errno;
  bool result = fcntl(fd, F_GETPIPE_SZ) > 0;
  errno = saved;
  return result;
}

/* lseek() first: for sockets, pipes and terminals it fails, and is the
 * cheapest question that there is. */
INTERNAL bool thread_stop_i_is_file(int fd) {
  struct stat status;
  int saved = errno;
  bool result = lseek(fd, 0, SEEK_CUR) != (off_t)-1 &&
                fstat(fd, &status) == 0 &&
                (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode) ||
                 S_ISDIR(status.st_mode));
  errno = saved;
  return result;
}

/* --- Vectors -------------------------------------------------------------- */

INTERNAL size_t thread_stop_i_span_size(const thread_stop_i_span *span) {
  size_t size = 0;
  for (size_t i = 0; i < span->count; ++i)
    size += span->vector[i].iov_len;
  return size - span->skip;
}

INTERNAL const struct iovec *
thread_stop_i_span_next(const thread_stop_i_span *span, struct iovec *chunk,
                        size_t limit, int *count) {
  int used = 0;
  size_t skip = span->skip;
  /* Nothing is done yet: it may be a message that must stay in one piece. */
  if (skip == 0 && thread_stop_i_span_size(span) <= limit) {
    *count = (int)span->count;
    return span->vector;
  }
  for (size_t i = 0; i < span->count && used < THREAD_STOP_I_CHUNK && limit;
       ++i) {
    size_t length = span->vector[i].iov_len - skip;
    if (length > limit)
      length = limit;
    if (length > 0) {
      chunk[used].iov_base = (char *)span->vector[i].iov_base + skip;
      chunk[used++].iov_len = length;
    }
    limit -= length;
    skip = 0;
  }
  *count = used;
  return chunk;
}

INTERNAL void thread_stop_i_span_advance(thread_stop_i_span *span,
                                         size_t bytes) {
  bytes += span->skip;
  while (span->count > 0 && bytes >= span->vector->iov_len) {
    bytes -= span->vector->iov_len;
    ++span->vector;
    --span->count;
  }
  span->skip = bytes;
}
