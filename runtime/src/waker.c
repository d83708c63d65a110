/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The waker: one thread in the process that ends waits in condition variables
 * and semaphores. It is started by the first such wait, and ends with the last
 * attached thread.
 *
 * Condition variable. A broadcast is lost if the waiter has tested the flag
 * and does not wait yet. It holds the mutex in between; so the broadcast is
 * made with the mutex held, and cannot fall into that gap. The requester must
 * not wait for a user's mutex; so the waker does it.
 *
 * Semaphore. The signal is let in before sem_timedwait() and may come before
 * it sleeps. Nothing can close this gap, so the waker sends the signal again,
 * after 1 ms, 2 ms, and so on, until the thread has left the wait.
 */

#include "internal.h"

/* waker.running */
enum { NONE, RUNNING, STARTING };

enum {
  FIRST_PAUSE_NS = 1000000,
  LONGEST_PAUSE_NS = 64000000,
  LOCK_PATIENCE_NS = 2000000
};

/* --- The thread ----------------------------------------------------------- */

INTERNAL int thread_stop_i_start_thread(void *(*run)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, old;
  int error = pthread_attr_init(&attributes);
  if (error)
    return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
#if !THREAD_STOP_I_TSAN && !defined(__SANITIZE_ADDRESS__)
  {
    long least = sysconf(_SC_THREAD_STACK_MIN);
    size_t size = least > 0 ? (size_t)least : 0;
    pthread_attr_setstacksize(&attributes, size + 65536);
  }
#endif
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  error = pthread_create(&thread, &attributes, run, argument);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  pthread_attr_destroy(&attributes);
  return error;
}

/* --- The list, under waker.lock ------------------------------------------- */

static void thread_stop_i_insert(struct thread_stop_i_waker *waker,
                                 struct thread_stop_i_wait *wait, bool first) {
  wait->queued = true;
  wait->next = first ? waker->first : NULL;
  wait->previous = first ? NULL : waker->last;
  if (wait->next)
    wait->next->previous = wait;
  else
    waker->last = wait;
  if (wait->previous)
    wait->previous->next = wait;
  else
    waker->first = wait;
}

static void thread_stop_i_remove(struct thread_stop_i_waker *waker,
                                 struct thread_stop_i_wait *wait) {
  if (wait->previous)
    wait->previous->next = wait->next;
  else
    waker->first = wait->next;
  if (wait->next)
    wait->next->previous = wait->previous;
  else
    waker->last = wait->previous;
  wait->queued = false;
}

/* --- What it does --------------------------------------------------------- */

static void thread_stop_i_soon(clockid_t clock, struct timespec *until) {
  clock_gettime(clock, until);
  until->tv_nsec += LOCK_PATIENCE_NS;
  if (until->tv_nsec >= 1000000000) {
    until->tv_nsec -= 1000000000;
    ++until->tv_sec;
  }
}

/* First without waiting. If that did not work, with some patience, because a
 * mutex that is used all the time may never be free at the right moment. */
static int thread_stop_i_lock_user(pthread_mutex_t *mutex, int attempts) {
  struct timespec until;
  if (attempts == 0)
    return pthread_mutex_trylock(mutex);
#if defined(__GLIBC_PREREQ) && !THREAD_STOP_I_TSAN
#if __GLIBC_PREREQ(2, 30)
  /* EINVAL: a mutex with priority inheritance, and a kernel before 5.14. */
  thread_stop_i_soon(CLOCK_MONOTONIC, &until);
  int error = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until);
  if (error != EINVAL)
    return error;
#endif
#endif
  thread_stop_i_soon(CLOCK_REALTIME, &until);
  return pthread_mutex_timedlock(mutex, &until);
}

/* After how long to try again; DONE if the waiter is woken up, and needs
 * nothing more. A mutex that this thread cannot lock at all (for its priority
 * ceiling, for instance): without it, a broadcast may come too early, so there
 * has to be another one. */
enum { DONE = -1 };
static int64_t thread_stop_i_broadcast(pthread_cond_t *condition,
                                       pthread_mutex_t *mutex, int attempts) {
  int error = thread_stop_i_lock_user(mutex, attempts);
  if (error == EBUSY || error == ETIMEDOUT)
    return 0;
  if (error == EOWNERDEAD)
    pthread_mutex_consistent(mutex);
  pthread_cond_broadcast(condition);
  if (error && error != EOWNERDEAD)
    return FIRST_PAUSE_NS;
  pthread_mutex_unlock(mutex);
  return DONE;
}

/* The first wait that is due, taken off the list; or when to look again. */
static struct thread_stop_i_wait *
thread_stop_i_next_wait(struct thread_stop_i_waker *waker, int64_t *pause) {
  int64_t now = thread_stop_i_now(), soonest = THREAD_STOP_I_FOREVER;
  for (struct thread_stop_i_wait *wait = waker->first; wait;
       wait = wait->next) {
    if (wait->due <= now) {
      thread_stop_i_remove(waker, wait);
      return wait;
    }
    if (wait->due < soonest)
      soonest = wait->due;
  }
  *pause = soonest == THREAD_STOP_I_FOREVER ? -1 : soonest - now;
  return NULL;
}

/* The thread cannot end meanwhile: to leave its wait it needs the lock. */
static void thread_stop_i_resend(struct thread_stop_i_waker *waker,
                                 struct thread_stop_i_wait *wait) {
  int64_t pause = (int64_t)FIRST_PAUSE_NS << wait->attempts;
  int signo = thread_stop_i_signal();
  if (signo == THREAD_STOP_EVENTFD)
    return;
  syscall(SYS_tgkill, getpid(), wait->block->tid, signo);
  if (pause < LONGEST_PAUSE_NS)
    ++wait->attempts;
  wait->due = thread_stop_i_now() + pause;
  thread_stop_i_insert(waker, wait, false);
}

/* Takes the next wait that is due, in *wait: a condition variable's, which is
 * busy then. Semaphores are served at once. False if nothing is due. */
static bool thread_stop_i_take(struct thread_stop_i_waker *waker,
                               struct thread_stop_i_wait **wait,
                               int64_t *pause) {
  struct thread_stop_i_wait *next;
  sigset_t old;
  *wait = NULL;
  thread_stop_i_lock_masked(&waker->lock, &old);
  next = thread_stop_i_next_wait(waker, pause);
  if (next && next->condition) {
    atomic_store(&next->busy, 1);
    *wait = next;
  } else if (next) {
    thread_stop_i_resend(waker, next);
  }
  thread_stop_i_unlock_masked(&waker->lock, &old);
  return next != NULL;
}

static void thread_stop_i_give_back(struct thread_stop_i_waker *waker,
                                    struct thread_stop_i_wait *wait,
                                    int64_t again) {
  sigset_t old;
  thread_stop_i_lock_masked(&waker->lock, &old);
  ++wait->attempts;
  if (again != DONE && !wait->leaving) {
    wait->due = again ? thread_stop_i_now() + again : 0;
    thread_stop_i_insert(waker, wait, false);
  }
  atomic_store(&wait->busy, 0);
  /* Under the lock: without it, the waiter may be gone by now. */
  if (wait->leaving)
    thread_stop_i_futex_wake(&wait->busy, 1);
  thread_stop_i_unlock_masked(&waker->lock, &old);
}

/* The waker must not keep the process alive when all other threads have ended
 * with pthread_exit(). Against a thread that begins a wait now, running is
 * given up first, and attached read then: see thread_stop_i_waker_ensure(). */
static bool thread_stop_i_may_end(struct thread_stop_i_waker *waker) {
  int expected = NONE;
  if (atomic_load(&thread_stop_i_global->attached) != 0)
    return false;
  atomic_store(&waker->running, NONE);
  return atomic_load(&thread_stop_i_global->attached) == 0 ||
         !atomic_compare_exchange_strong(&waker->running, &expected, RUNNING);
}

static void *thread_stop_i_waker_run(void *argument) {
  struct thread_stop_i_waker *waker = argument;
  for (;;) {
    int posts = atomic_load(&waker->posts);
    struct thread_stop_i_wait *wait;
    int64_t pause = -1;
    while (thread_stop_i_take(waker, &wait, &pause))
      if (wait)
        thread_stop_i_give_back(waker, wait,
                                thread_stop_i_broadcast(wait->condition,
                                                        wait->mutex,
                                                        wait->attempts));
    if (thread_stop_i_may_end(waker))
      return NULL;
    thread_stop_i_futex_wait(&waker->posts, posts, pause);
  }
}

/* --- What others call ----------------------------------------------------- */

INTERNAL int thread_stop_i_waker_ensure(void) {
  struct thread_stop_i_waker *waker = &thread_stop_i_global->waker;
  sigset_t old;
  int error = 0, expected = NONE;
  if (LIKELY(atomic_load(&waker->running) == RUNNING))
    return 0;
  thread_stop_i_lock_masked(&waker->start_lock, &old);
  if (atomic_compare_exchange_strong(&waker->running, &expected, STARTING)) {
    error = thread_stop_i_start_thread(thread_stop_i_waker_run, waker);
    atomic_store(&waker->running, error ? NONE : RUNNING);
  }
  thread_stop_i_unlock_masked(&waker->start_lock, &old);
  return error;
}

INTERNAL void thread_stop_i_waker_post(void) {
  struct thread_stop_i_waker *waker = &thread_stop_i_global->waker;
  atomic_fetch_add(&waker->posts, 1);
  thread_stop_i_futex_wake(&waker->posts, 1);
}

/* Called under the lock of the bucket, so with all signals blocked. */
INTERNAL void thread_stop_i_waker_queue(thread_stop_i_block *block) {
  struct thread_stop_i_waker *waker = &thread_stop_i_global->waker;
  struct thread_stop_i_wait *wait;
  bool queue;
  thread_stop_i_lock_plain(&waker->lock);
  wait = atomic_load(&block->wait);
  queue = wait && !wait->queued && !atomic_load(&wait->busy);
  if (queue) {
    wait->attempts = 0;
    wait->due = wait->condition ? 0 : thread_stop_i_now() + FIRST_PAUSE_NS;
    thread_stop_i_insert(waker, wait, true);
  }
  thread_stop_i_unlock_plain(&waker->lock);
  if (queue)
    thread_stop_i_waker_post();
}

/* --- The waiter's side ---------------------------------------------------- */

/* Either the requester sees the wait, or this sees the stop: both store first
 * and load then, sequentially consistent. */
INTERNAL bool thread_stop_i_wait_enter(struct thread_stop_i_wait *wait,
                                       thread_stop_i_block *block,
                                       pthread_cond_t *condition,
                                       pthread_mutex_t *mutex) {
  memset(wait, 0, sizeof *wait);
  wait->condition = condition;
  wait->mutex = mutex;
  wait->block = block;
  atomic_store(&block->wait, wait);
  if (!atomic_load(&block->stop))
    return true;
  thread_stop_i_wait_leave(wait);
  return false;
}

INTERNAL void thread_stop_i_wait_leave(struct thread_stop_i_wait *wait) {
  struct thread_stop_i_waker *waker = &thread_stop_i_global->waker;
  sigset_t old;
  atomic_store(&wait->block->wait, NULL);
  /* Not stopped: no requester has seen the wait, by the same order. */
  if (!atomic_load(&wait->block->stop))
    return;
  thread_stop_i_lock_masked(&waker->lock, &old);
  if (wait->queued)
    thread_stop_i_remove(waker, wait);
  while (atomic_load(&wait->busy)) {
    wait->leaving = true;
    thread_stop_i_unlock_masked(&waker->lock, &old);
    pthread_mutex_unlock(wait->mutex); /* the waker may need it */
    thread_stop_i_futex_wait(&wait->busy, 1, -1);
    pthread_mutex_lock(wait->mutex);
    thread_stop_i_lock_masked(&waker->lock, &old);
  }
  thread_stop_i_unlock_masked(&waker->lock, &old);
}
