/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * pthread_cond_wait() and sem_wait(). A signal does not end the first, and
 * nothing lets the signal in atomically for the second; see waker.c.
 */

#include "internal.h"

static int thread_stop_i_cond_wait(thread_stop_i_block *block,
                                   pthread_cond_t *condition,
                                   pthread_mutex_t *mutex,
                                   const struct timespec *abstime) {
  struct thread_stop_i_wait wait;
  int error = thread_stop_i_waker_ensure();
  if (error)
    return error;
  if (!thread_stop_i_wait_enter(&wait, block, condition, mutex))
    return ECANCELED;
  error = abstime ? pthread_cond_timedwait(condition, mutex, abstime)
                  : pthread_cond_wait(condition, mutex);
  thread_stop_i_wait_leave(&wait);
  if (!thread_stop_i_stopped(block))
    return error;
  /* This thread may have been woken by a signal meant for any waiter. It does
   * not look at what happened, so another one has to. */
  pthread_cond_signal(condition);
  return ECANCELED;
}

static int thread_stop_i_cond_wait_any(pthread_cond_t *condition,
                                       pthread_mutex_t *mutex,
                                       const struct timespec *abstime) {
  thread_stop_i_block *block = thread_stop_i_self();
  int error, state, saved = errno;
  if (!block)
    return abstime ? pthread_cond_timedwait(condition, mutex, abstime)
                   : pthread_cond_wait(condition, mutex);
  if (thread_stop_i_stopped(block))
    return ECANCELED;
  state = thread_stop_i_enter();
  error = thread_stop_i_cond_wait(block, condition, mutex, abstime);
  thread_stop_i_leave(state);
  errno = saved;
  return error;
}

int thread_stop_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
  return thread_stop_i_cond_wait_any(condition, mutex, NULL);
}

int thread_stop_cond_timedwait(pthread_cond_t *condition,
                               pthread_mutex_t *mutex,
                               const struct timespec *abstime) {
  return thread_stop_i_cond_wait_any(condition, mutex, abstime);
}
