/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Chooses the signal and installs its handler.
 */

#include "internal.h"

/* Empty: the flag is stored by the requester. The signal only ends a wait. */
static void thread_stop_i_handler(int signo) { (void)signo; }

static bool thread_stop_i_is_default(int signo) {
  struct sigaction action;
  return sigaction(signo, NULL, &action) == 0 &&
         !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL;
}

static int thread_stop_i_install(int signo) {
  struct sigaction action, before;
  if (!thread_stop_i_is_default(signo))
    return EBUSY;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = thread_stop_i_handler;
  /* musl's sem_timedwait() reports EINTR only once a handler without
   * SA_RESTART was installed. */
  action.sa_flags = SA_ONSTACK;
  if (sigaction(signo, &action, &before) != 0)
    return errno;
  if (before.sa_handler != SIG_DFL) { /* somebody was faster */
    sigaction(signo, &before, NULL);
    return EBUSY;
  }
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  return sigaction(signo, &action, NULL) == 0 ? 0 : errno;
}

/* A standard signal if there is one: real-time signals can fail with EAGAIN.
 * SIGURG first: a stray one does nothing even where no handler is. */
static int thread_stop_i_choose(int *signo) {
  static const int candidates[] = {SIGURG, SIGUSR2, SIGUSR1, SIGIO};
  for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; ++i)
    if (thread_stop_i_install(*signo = candidates[i]) == 0)
      return 0;
  for (*signo = SIGRTMIN + 2; *signo < SIGRTMAX; ++*signo)
    if (thread_stop_i_install(*signo) == 0)
      return 0;
  return EBUSY;
}

static bool thread_stop_i_is_usable(int signo) {
  switch (signo) {
  case SIGKILL:
  case SIGSTOP:
  case SIGSEGV:
  case SIGBUS:
  case SIGFPE:
  case SIGILL:
  case SIGTRAP:
  case SIGSYS:
  case SIGABRT:
    return false;
  default:
    return signo == THREAD_STOP_EVENTFD || (signo >= 0 && signo < 32) ||
           (signo >= SIGRTMIN && signo <= SIGRTMAX);
  }
}

static bool thread_stop_i_wants_debug(void) {
#ifdef THREAD_STOP_DEBUG
  return true;
#else
  const char *value = getenv("THREAD_STOP_DEBUG");
  return value && *value && strcmp(value, "0") != 0;
#endif
}

/* What does not depend on the signal. Done once, before the signal is set;
 * after an error it is tried again. */
static int thread_stop_i_prepare(thread_stop_i_state *state) {
  int error;
  if (!state->has_key) {
    error = pthread_key_create(&state->key, thread_stop_i_thread_exit);
    if (error)
      return error;
    state->has_key = true;
  }
  if (!state->has_atfork) {
    error = pthread_atfork(NULL, NULL, thread_stop_i_fork_child);
    if (error)
      return error;
    state->has_atfork = true;
  }
  state->debug = thread_stop_i_wants_debug();
  return 0;
}

static int thread_stop_i_init_locked(thread_stop_i_state *state, int signo) {
  int error = thread_stop_i_prepare(state);
  if (error)
    return error;
#ifdef THREAD_STOP_NO_SIGNAL
  if (signo == 0)
    signo = THREAD_STOP_EVENTFD;
#endif
  if (signo == 0)
    error = thread_stop_i_choose(&signo);
  else if (signo != THREAD_STOP_EVENTFD)
    error = thread_stop_i_install(signo);
  if (error == 0)
    atomic_store_explicit(&state->signal, signo, memory_order_release);
  return error;
}

int thread_stop_init(int signo) {
  thread_stop_i_state *state;
  sigset_t old;
  int error = 0, current, saved = errno;
  if (!thread_stop_i_is_usable(signo))
    return EINVAL;
  thread_stop_i_claim();
  state = thread_stop_i_global;
  thread_stop_i_lock_masked(&state->init_lock, &old);
  current = thread_stop_i_signal();
  if (current == 0)
    error = thread_stop_i_init_locked(state, signo);
  else if (signo != 0 && signo != current)
    error = EBUSY;
  thread_stop_i_unlock_masked(&state->init_lock, &old);
  errno = saved;
  return error;
}

int thread_stop_signal(void) { return thread_stop_i_signal(); }

INTERNAL int thread_stop_i_ensure_init(void) {
  return LIKELY(thread_stop_i_signal() != 0) ? 0 : thread_stop_init(0);
}
