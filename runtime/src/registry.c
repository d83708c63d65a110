/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * From pthread_t to control block, and the request. A hash table with one
 * lock for each bucket, so that a request takes the same time with many
 * threads, and hardly ever waits for another thread's.
 */

#include "internal.h"

#include <fcntl.h>
#include <sys/eventfd.h>

INTERNAL int thread_stop_i_open_eventfd(thread_stop_i_block *block) {
  block->eventfd = -1;
  if (thread_stop_i_signal() != THREAD_STOP_EVENTFD)
    return 0;
  block->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return block->eventfd < 0 ? errno : 0;
}

INTERNAL void thread_stop_i_close(int fd) {
  int state = thread_stop_i_enter(), saved = errno;
  close(fd);
  errno = saved;
  thread_stop_i_leave(state);
}

INTERNAL thread_stop_i_block *thread_stop_i_block_new(int *error) {
  thread_stop_i_block *block = calloc(1, sizeof *block);
  if (!block) {
    *error = ENOMEM;
    return NULL;
  }
  *error = thread_stop_i_open_eventfd(block);
  if (*error) {
    free(block);
    return NULL;
  }
  atomic_init(&block->lent, THREAD_STOP_I_NOT_LENT);
  atomic_init(&block->references, 1);
  return block;
}

INTERNAL void thread_stop_i_block_release(thread_stop_i_block *block) {
  int saved = errno;
  if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) !=
      1)
    return;
  if (block->eventfd >= 0)
    thread_stop_i_close(block->eventfd);
  free(block);
  errno = saved;
}

/* pthread_t is a number or a pointer; both are spread by their address. */
static thread_stop_i_bucket *thread_stop_i_bucket_of(pthread_t thread) {
  uint64_t key = (uint64_t)(uintptr_t)thread * UINT64_C(0x9e3779b97f4a7c15);
  return &thread_stop_i_global->buckets[(key >> 40) % THREAD_STOP_I_BUCKETS];
}

INTERNAL void thread_stop_i_register(thread_stop_i_block *block,
                                     pthread_t thread, pid_t tid) {
  thread_stop_i_bucket *bucket = thread_stop_i_bucket_of(thread);
  sigset_t old;
  thread_stop_i_lock_masked(&bucket->lock, &old);
  if (tid)
    block->tid = tid;
  if (!block->registered && !block->dead) {
    block->registered = true;
    block->thread = thread;
    block->next = bucket->first;
    bucket->first = block;
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
  }
  thread_stop_i_unlock_masked(&bucket->lock, &old);
}

INTERNAL void thread_stop_i_unregister(thread_stop_i_block *block) {
  /* The thread has registered itself, so that its id is known. */
  thread_stop_i_bucket *bucket = thread_stop_i_bucket_of(block->thread);
  thread_stop_i_block **link;
  sigset_t old;
  bool found = false;
  thread_stop_i_lock_masked(&bucket->lock, &old);
  for (link = &bucket->first; *link; link = &(*link)->next) {
    if (*link == block) {
      *link = block->next;
      found = true;
      break;
    }
  }
  block->registered = false;
  block->dead = true;
  thread_stop_i_unlock_masked(&bucket->lock, &old);
  if (found)
    thread_stop_i_block_release(block);
}

THREAD_STOP_I_ALONE
INTERNAL void thread_stop_i_forget_others(thread_stop_i_block *self) {
  thread_stop_i_bucket *bucket = thread_stop_i_global->buckets;
  thread_stop_i_bucket *end = bucket + THREAD_STOP_I_BUCKETS;
  /* Only what is in use is written to: the pages are shared with the parent.
   * The blocks stay allocated, because their lists may be half-written. */
  for (; bucket != end; ++bucket) {
    if (atomic_load_explicit(&bucket->lock.word, memory_order_relaxed))
      atomic_store_explicit(&bucket->lock.word, 0, memory_order_relaxed);
    if (bucket->first)
      bucket->first = NULL;
  }
  if (self && self->registered) {
    self->registered = false;
    atomic_fetch_sub_explicit(&self->references, 1, memory_order_relaxed);
  }
}

/* See thread_stop_i_lend(). Nobody else is at it: under the bucket's lock. */
static void thread_stop_i_replace_lent(thread_stop_i_block *block) {
  int fd = atomic_load(&block->lent);
  if (fd < 0 || !atomic_compare_exchange_strong(&block->lent, &fd,
                                                THREAD_STOP_I_REPLACING))
    return;
  syscall(SYS_dup3, block->eventfd, fd, O_CLOEXEC);
  atomic_store(&block->lent, THREAD_STOP_I_NOT_LENT);
  thread_stop_i_futex_wake(&block->lent, 1);
}

/* Under the bucket's lock, and in the registry: so the thread has not ended.
 * tgkill() instead of pthread_kill(), which would block all signals again. */
static int thread_stop_i_wake(thread_stop_i_block *block) {
  int signo = thread_stop_i_signal();
  if (atomic_load(&block->wait))
    thread_stop_i_waker_queue(block);
  if (signo == THREAD_STOP_EVENTFD) {
    uint64_t one = 1;
    /* Fails only if the counter is full: then it is readable anyway. Not
     * write(), a cancellation point: this is under the lock. */
    syscall(SYS_write, block->eventfd, &one, sizeof one);
    return 0;
  }
  thread_stop_i_replace_lent(block);
  if (block->tid == 0)
    return 0; /* not running yet: it tests the flag before any wait */
  if (syscall(SYS_tgkill, getpid(), block->tid, signo) == 0)
    return 0;
  return errno == EAGAIN ? EAGAIN : 0;
}

/* A call that can neither be asked not to block nor let the signal in
 * atomically is made on a copy of the descriptor. The requester replaces the
 * copy, then sends the signal: a call that begins later fails, and one that
 * sleeps is restarted by the kernel (SA_RESTART), looks the descriptor up
 * again, and fails as well. Either the requester sees the copy, or this sees
 * the stop: both store first and load then, sequentially consistent. */
INTERNAL bool thread_stop_i_lend(thread_stop_i_block *block, int fd,
                                 sigset_t *old) {
  sigset_t set;
  if (block->eventfd < 0)
    block->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (block->eventfd < 0)
    return false;
  sigemptyset(&set);
  sigaddset(&set, thread_stop_i_signal());
  pthread_sigmask(SIG_UNBLOCK, &set, old);
  sigaddset(old, thread_stop_i_signal()); /* whoever unblocked it */
  atomic_store(&block->lent, fd);
  if (!atomic_load(&block->stop))
    return true;
  thread_stop_i_take_back(block, old);
  errno = ECANCELED;
  return false;
}

/* The number may be another descriptor's as soon as the copy is closed: not
 * before a requester that is at it is done. Its signals are blocked. */
INTERNAL void thread_stop_i_take_back(thread_stop_i_block *block,
                                      const sigset_t *old) {
  int fd = atomic_load(&block->lent);
  while (fd != THREAD_STOP_I_NOT_LENT &&
         (fd == THREAD_STOP_I_REPLACING ||
          !atomic_compare_exchange_strong(&block->lent, &fd,
                                          THREAD_STOP_I_NOT_LENT))) {
    if (fd == THREAD_STOP_I_REPLACING)
      thread_stop_i_futex_wait(&block->lent, fd, -1);
    fd = atomic_load(&block->lent);
  }
  pthread_sigmask(SIG_SETMASK, old, NULL);
}

int thread_stop_request(pthread_t thread) {
  thread_stop_i_bucket *bucket = thread_stop_i_bucket_of(thread);
  thread_stop_i_block *block;
  sigset_t old;
  int result = ESRCH, saved = errno;
  if (thread_stop_i_signal() == 0)
    return ESRCH;
  thread_stop_i_lock_masked(&bucket->lock, &old);
  for (block = bucket->first; block; block = block->next)
    if (pthread_equal(block->thread, thread))
      break;
  if (block) {
    /* Sequentially consistent, against the order of wait and stop in
     * thread_stop_i_wait_enter(). */
    atomic_store(&block->stop, true);
    result = thread_stop_i_wake(block);
  }
  thread_stop_i_unlock_masked(&bucket->lock, &old);
  errno = saved;
  return result;
}

bool thread_stop_requested(void) {
  const thread_stop_i_block *block = thread_stop_i_self();
  return block && thread_stop_i_stopped(block);
}
