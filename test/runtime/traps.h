// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The traps of stopping threads, one function each: the naive way, shown to
// fail, then ours. README.md lists them.

#ifndef THREAD_STOP_TEST_TRAPS_H
#define THREAD_STOP_TEST_TRAPS_H

#include "check.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#ifdef __SANITIZE_ADDRESS__
#define TRAP_ASAN 1
#else
#define TRAP_ASAN 0
#endif
#ifdef __SANITIZE_THREAD__
#define TRAP_TSAN 1
#else
#define TRAP_TSAN 0
#endif

void trap_ready_descriptors(void);
void trap_test_then_wait(void);
void trap_wake_before_store(void);
void trap_dead_threads(void);
void trap_unblocked_signal(void);
void trap_cached_mask(void);
void trap_condition_variables(void);
void trap_shared_flags(void);
void trap_timeouts(void);
void trap_fork_and_exec(void);
void trap_signal_handlers(void);
void trap_cancellation(void);
void trap_no_signal(void);
void trap_first_without_waiting(void);

// For trap 4, in a process of its own.
int trap_debug_child(void);

// Set by main: how to run this program again.
extern const char *trap_program;
extern const char *trap_mode;

static inline pid_t trap_tid(void) { return (pid_t)syscall(SYS_gettid); }

// A thread that tells its tid and keeps what it found.
struct trap_thread {
  pthread_t handle;
  atomic_int tid;
  atomic_int step;
  atomic_int error; // -1: not yet
  int fds[2];
};

static inline void trap_open(struct trap_thread *thread) {
  memset(thread, 0, sizeof *thread);
  atomic_store(&thread->error, -1);
  CHECK_EQ(pipe(thread->fds), 0);
}

static inline void trap_close(struct trap_thread *thread) {
  close(thread->fds[0]);
  close(thread->fds[1]);
}

static inline void trap_wait_for(atomic_int *step, int value) {
  while (atomic_load(step) != value)
    check_pause_ms(1);
}

// The thread hangs: it sleeps, and goes on sleeping.
static inline bool trap_hangs(struct trap_thread *thread) {
  for (int i = 0; i < 20; ++i) {
    if (!check_sleeps(atomic_load(&thread->tid)) ||
        atomic_load(&thread->error) != -1)
      return false;
    check_pause_ms(5);
  }
  return true;
}

#endif
