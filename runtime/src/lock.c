/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A small futex mutex that may be used in signal handlers.
 */

#include "internal.h"

/* Not from <linux/futex.h>: musl comes without the kernel's headers. */
enum { FUTEX_OP_WAIT = 0, FUTEX_OP_WAKE = 1, FUTEX_OP_PRIVATE = 128 };

/* The time as the kernel reads it, whatever time_t is. */
#ifdef SYS_futex
typedef long thread_stop_i_kernel_word;
#else
#define SYS_futex SYS_futex_time64
typedef int64_t thread_stop_i_kernel_word;
#endif

struct thread_stop_i_kernel_time {
  thread_stop_i_kernel_word seconds;
  thread_stop_i_kernel_word nanoseconds;
};

INTERNAL void thread_stop_i_futex_wait(atomic_int *word, int value,
                                       int64_t timeout_ns) {
  struct thread_stop_i_kernel_time time;
  int saved = errno;
  time.seconds = (thread_stop_i_kernel_word)(timeout_ns / 1000000000);
  time.nanoseconds = (thread_stop_i_kernel_word)(timeout_ns % 1000000000);
  syscall(SYS_futex, word, FUTEX_OP_WAIT | FUTEX_OP_PRIVATE, value,
          timeout_ns < 0 ? NULL : &time, NULL, 0);
  errno = saved;
}

INTERNAL void thread_stop_i_futex_wake(atomic_int *word, int count) {
  int saved = errno;
  syscall(SYS_futex, word, FUTEX_OP_WAKE | FUTEX_OP_PRIVATE, count, NULL, NULL,
          0);
  errno = saved;
}

INTERNAL void thread_stop_i_lock_plain(thread_stop_i_lock *lock) {
  int expected = 0;
  if (LIKELY(atomic_compare_exchange_strong_explicit(&lock->word, &expected, 1,
                                                     memory_order_acquire,
                                                     memory_order_relaxed)))
    return;
  while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
    thread_stop_i_futex_wait(&lock->word, 2, -1);
}

INTERNAL void thread_stop_i_unlock_plain(thread_stop_i_lock *lock) {
  if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2)
    thread_stop_i_futex_wake(&lock->word, 1);
}

INTERNAL void thread_stop_i_lock_masked(thread_stop_i_lock *lock,
                                        sigset_t *old) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, old);
  thread_stop_i_lock_plain(lock);
}

INTERNAL void thread_stop_i_unlock_masked(thread_stop_i_lock *lock,
                                          const sigset_t *old) {
  thread_stop_i_unlock_plain(lock);
  pthread_sigmask(SIG_SETMASK, old, NULL);
}
