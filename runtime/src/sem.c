/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * sem_wait(). sem_timedwait() with a far deadline, because unlike sem_wait()
 * it is ended by a handler, also by one with SA_RESTART.
 */

#include "internal.h"

enum { LOOK_NS = 20000000, FAR_SECONDS = 365 * 24 * 3600 };

static int thread_stop_i_sem_until(sem_t *semaphore, time_t seconds,
                                   long nanoseconds) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += seconds;
  until.tv_nsec += nanoseconds;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    ++until.tv_sec;
  }
  return sem_timedwait(semaphore, &until);
}

/* Without a signal, nothing can wake this thread: it looks. */
static int thread_stop_i_sem_slices(thread_stop_i_block *block,
                                    sem_t *semaphore) {
  for (;;) {
    int result = thread_stop_i_sem_until(semaphore, 0, LOOK_NS);
    if (result == 0 || errno != ETIMEDOUT)
      return result;
    if (thread_stop_i_stopped(block))
      return thread_stop_i_canceled();
  }
}

static int thread_stop_i_sem_open(thread_stop_i_block *block,
                                  sem_t *semaphore) {
  for (;;) {
    int result;
    if (thread_stop_i_stopped(block))
      return thread_stop_i_canceled();
    result = thread_stop_i_sem_until(semaphore, FAR_SECONDS, 0);
    if (result == 0 || errno != ETIMEDOUT)
      return result;
  }
}

static int thread_stop_i_sem_signal(thread_stop_i_block *block,
                                    sem_t *semaphore) {
  struct thread_stop_i_wait wait;
  sigset_t set;
  int result, saved;
  if (thread_stop_i_waker_ensure() != 0)
    return thread_stop_i_sem_slices(block, semaphore);
  if (!thread_stop_i_wait_enter(&wait, block, NULL, NULL))
    return thread_stop_i_canceled();
  sigemptyset(&set);
  sigaddset(&set, thread_stop_i_signal());
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  result = thread_stop_i_sem_open(block, semaphore);
  saved = errno;
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  thread_stop_i_wait_leave(&wait);
  errno = saved;
  return result;
}

int thread_stop_sem_wait(sem_t *semaphore) {
  thread_stop_i_block *block = thread_stop_i_self();
  int result, state;
  if (!block)
    return sem_wait(semaphore);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  if (sem_trywait(semaphore) == 0)
    return 0;
  if (errno != EAGAIN)
    return -1;
  state = thread_stop_i_enter();
  result = thread_stop_i_signal() == THREAD_STOP_EVENTFD
               ? thread_stop_i_sem_slices(block, semaphore)
               : thread_stop_i_sem_signal(block, semaphore);
  if (result != 0 && errno == EINTR && thread_stop_i_stopped(block))
    errno = ECANCELED;
  thread_stop_i_leave(state);
  return result;
}
