/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Threads: creation, attaching, end, joining; and fork.
 */

#include "internal.h"

/* --- The end -------------------------------------------------------------- */

/* From here on, no request finds the thread. */
static void thread_stop_i_finish(thread_stop_i_block *block) {
  thread_stop_i_unregister(block);
  thread_stop_i_set_self(NULL);
  if (atomic_fetch_sub(&thread_stop_i_global->attached, 1) == 1)
    thread_stop_i_waker_post();
  thread_stop_i_block_release(block);
}

/* Destructors of other keys may still want to be stopped, so this one waits
 * for the last round but one. Not for the last: sanitizers end there. */
INTERNAL void thread_stop_i_thread_exit(void *argument) {
  thread_stop_i_block *block = argument;
  if (++block->destructor_rounds < PTHREAD_DESTRUCTOR_ITERATIONS - 1 &&
      pthread_setspecific(thread_stop_i_global->key, block) == 0)
    return;
  thread_stop_i_finish(block);
}

/* --- The beginning -------------------------------------------------------- */

static void thread_stop_i_block_signal(sigset_t *old) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, thread_stop_i_signal());
  pthread_sigmask(SIG_BLOCK, &set, old);
}

/* Makes the block that of the calling thread. */
static int thread_stop_i_adopt(thread_stop_i_block *block) {
  int error = pthread_setspecific(thread_stop_i_global->key, block);
  if (error)
    return error;
  thread_stop_i_set_self(block);
  block->depth = 1;
  atomic_fetch_add(&thread_stop_i_global->attached, 1);
  thread_stop_i_register(block, pthread_self(), (pid_t)syscall(SYS_gettid));
  return 0;
}

/* *id_out is written by the thread or by its creator, whoever is first, and
 * before the start routine runs; then it is not touched again, because the
 * routine may free the memory. */
enum { ID_MISSING, ID_WRITING, ID_WRITTEN };

static void thread_stop_i_write_id(thread_stop_i_block *block, pthread_t id) {
  int expected = ID_MISSING;
  if (atomic_compare_exchange_strong(&block->id_state, &expected, ID_WRITING)) {
    *block->id_out = id;
    atomic_store(&block->id_state, ID_WRITTEN);
    thread_stop_i_futex_wake(&block->id_state, 1);
    return;
  }
  while (atomic_load(&block->id_state) == ID_WRITING)
    thread_stop_i_futex_wait(&block->id_state, ID_WRITING, -1);
}

static void *thread_stop_i_run(void *argument) {
  thread_stop_i_block *block = argument;
  void *(*start)(void *) = block->start;
  void *start_argument = block->argument;
  if (thread_stop_i_signal() != THREAD_STOP_EVENTFD)
    thread_stop_i_block_signal(NULL); /* the attributes may have a mask */
  if (thread_stop_i_adopt(block) == 0) {
    thread_stop_i_write_id(block, pthread_self());
  } else {
    /* No memory for the key's value: without it nobody would tell us of the
     * thread's end. It runs, but cannot be stopped (ESRCH). */
    thread_stop_i_register(block, pthread_self(), 0);
    thread_stop_i_unregister(block);
    thread_stop_i_write_id(block, pthread_self());
    thread_stop_i_block_release(block);
  }
  return start(start_argument);
}

int thread_stop_create(pthread_t *thread, const pthread_attr_t *attr,
                       void *(*start)(void *), void *arg) {
  thread_stop_i_block *block;
  pthread_t id;
  sigset_t old;
  bool with_signal;
  int error = thread_stop_i_ensure_init();
  if (error)
    return error;
  block = thread_stop_i_block_new(&error);
  if (!block)
    return error;
  block->start = start;
  block->argument = arg;
  block->id_out = thread;
  /* One reference is the creator's, the other the thread's. */
  atomic_store(&block->references, 2);
  with_signal = thread_stop_i_signal() != THREAD_STOP_EVENTFD;
  if (with_signal) {
    thread_stop_i_block_signal(&old);
    block->was_blocked = sigismember(&old, thread_stop_i_signal()) == 1;
  }
  error = pthread_create(&id, attr, thread_stop_i_run, block);
  if (error == 0) {
    /* A request right after this finds the thread, though it may not run. */
    thread_stop_i_register(block, id, 0);
    thread_stop_i_write_id(block, id);
  } else {
    thread_stop_i_block_release(block);
  }
  thread_stop_i_block_release(block);
  if (with_signal)
    pthread_sigmask(SIG_SETMASK, &old, NULL);
  return error;
}

int thread_stop_attach(void) {
  thread_stop_i_block *block;
  sigset_t old;
  int error = thread_stop_i_ensure_init();
  if (error)
    return error;
  block = thread_stop_i_self();
  if (block) {
    ++block->depth;
    return 0;
  }
  block = thread_stop_i_block_new(&error);
  if (!block)
    return error;
  if (thread_stop_i_signal() != THREAD_STOP_EVENTFD) {
    thread_stop_i_block_signal(&old);
    block->was_blocked = sigismember(&old, thread_stop_i_signal()) == 1;
  }
  error = thread_stop_i_adopt(block);
  if (error) {
    if (thread_stop_i_signal() != THREAD_STOP_EVENTFD)
      pthread_sigmask(SIG_SETMASK, &old, NULL);
    thread_stop_i_block_release(block);
  }
  return error;
}

/* A wake-up that nobody needs any more must not stay behind. */
static void thread_stop_i_restore_signal(bool was_blocked) {
  struct timespec none = {0, 0};
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, thread_stop_i_signal());
  while (sigtimedwait(&set, NULL, &none) > 0)
    continue;
  if (!was_blocked)
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int thread_stop_detach(void) {
  thread_stop_i_block *block = thread_stop_i_self();
  bool was_blocked;
  int saved = errno, state;
  if (!block)
    return ESRCH;
  if (--block->depth > 0)
    return 0;
  was_blocked = block->was_blocked;
  state = thread_stop_i_enter(); /* sigtimedwait() is a point */
  pthread_setspecific(thread_stop_i_global->key, NULL);
  thread_stop_i_finish(block);
  if (thread_stop_i_signal() != THREAD_STOP_EVENTFD)
    thread_stop_i_restore_signal(was_blocked);
  thread_stop_i_leave(state);
  errno = saved;
  return 0;
}

/* --- Joining -------------------------------------------------------------- */

int thread_stop_join(pthread_t thread, void **result) {
  if (pthread_equal(thread, pthread_self()))
    return EDEADLK;
  thread_stop_request(thread); /* ESRCH: it has ended, or cannot be stopped */
  return pthread_join(thread, result);
}

int thread_stop_timedjoin(pthread_t thread, void **result,
                          const struct timespec *abstime) {
  if (pthread_equal(thread, pthread_self()))
    return EDEADLK;
  thread_stop_request(thread);
  return pthread_timedjoin_np(thread, result, abstime);
}

/* --- Processes ------------------------------------------------------------ */

int thread_stop_spawn_mask(sigset_t *mask) {
  const thread_stop_i_block *block = thread_stop_i_self();
  int error = pthread_sigmask(SIG_SETMASK, NULL, mask);
  if (error == 0 && block && !block->was_blocked &&
      thread_stop_i_signal() != THREAD_STOP_EVENTFD)
    sigdelset(mask, thread_stop_i_signal());
  return error;
}

/* Other threads may have held any lock when fork() copied the memory: all of
 * it begins anew, with the one thread that there is. */
THREAD_STOP_I_ALONE
INTERNAL void thread_stop_i_fork_child(void) {
  thread_stop_i_state *state = thread_stop_i_global;
  thread_stop_i_block *self = thread_stop_i_self();
  int saved = errno;
  thread_stop_i_forget_others(self);
  atomic_store(&state->waker.lock.word, 0);
  atomic_store(&state->waker.start_lock.word, 0);
  atomic_store(&state->waker.running, 0);
  state->waker.first = state->waker.last = NULL;
  for (int i = 0; i < THREAD_STOP_I_FD_SLOTS; ++i) {
    atomic_store(&state->fd_slots[i].lock.word, 0);
    state->fd_slots[i].first = NULL;
    state->fd_slots[i].waiting = 0;
  }
  atomic_store(&state->init_lock.word, 0);
  atomic_store(&state->helpers_lock.word, 0);
  state->helpers = NULL;
  atomic_store(&state->attached, self ? 1 : 0);
  if (self) {
    atomic_store(&self->stop, false);
    atomic_store(&self->wait, NULL);
    atomic_store(&self->lent, THREAD_STOP_I_NOT_LENT);
    if (self->eventfd >= 0) {
      thread_stop_i_close(self->eventfd); /* shared with the parent's */
      thread_stop_i_open_eventfd(self);
    }
    thread_stop_i_register(self, pthread_self(), (pid_t)syscall(SYS_gettid));
  }
  errno = saved;
}
