/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Foreign code in a child process, which can be ended at any time.
 */

#include "internal.h"

#include <sys/wait.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

struct thread_stop_i_child {
  pid_t pid;
  int pidfd; /* -1: the kernel has none */
};

/* SIGTERM must end the child. The program's own handler might tell the parent
 * (through a pipe that both have), and a worker may have it blocked. */
static void thread_stop_i_child_run(int (*function)(void *), void *arg,
                                    const sigset_t *parents_mask) {
  struct sigaction action;
  sigset_t mask = *parents_mask;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_DFL;
  sigaction(SIGTERM, &action, NULL);
  sigdelset(&mask, SIGTERM);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  _exit(function(arg) & 0xff);
}

static int thread_stop_i_child_start(struct thread_stop_i_child *child,
                                     int (*function)(void *), void *arg) {
  sigset_t all, old, childs;
  int error = thread_stop_spawn_mask(&childs);
  if (error)
    return error;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  child->pid = fork();
  if (child->pid == 0)
    thread_stop_i_child_run(function, arg, &childs);
  error = child->pid < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  child->pidfd = error ? -1 : (int)syscall(SYS_pidfd_open, child->pid, 0);
  return error;
}

/* A pidfd names this child also if somebody else has reaped it. */
static void thread_stop_i_child_kill(const struct thread_stop_i_child *child,
                                     int signo) {
  if (child->pidfd < 0 ||
      (syscall(SYS_pidfd_send_signal, child->pidfd, signo, NULL, 0) != 0 &&
       errno != ESRCH))
    kill(child->pid, signo);
}

/* Waits without regard to a stop. 0 when reaped, -1 at the deadline, or
 * ECHILD. */
static int thread_stop_i_child_reap(const struct thread_stop_i_child *child,
                                    int64_t deadline, int *status) {
  for (;;) {
    struct pollfd poll_fd = {.fd = child->pidfd, .events = POLLIN};
    struct timespec left;
    pid_t found = waitpid(child->pid, status, WNOHANG);
    if (found == child->pid)
      return 0;
    if (found == -1 && errno != EINTR)
      return ECHILD;
    thread_stop_i_left(deadline, &left);
    if (left.tv_sec == 0 && left.tv_nsec == 0)
      return -1;
    if (child->pidfd < 0 && (left.tv_sec > 0 || left.tv_nsec > 5000000)) {
      left.tv_sec = 0;
      left.tv_nsec = 5000000;
    }
    ppoll(&poll_fd, child->pidfd >= 0, &left, NULL);
  }
}

static int thread_stop_i_child_end(const struct thread_stop_i_child *child,
                                   int grace_ms, int *status) {
  int result;
  thread_stop_i_child_kill(child, SIGTERM);
  result = thread_stop_i_child_reap(child, thread_stop_i_deadline_ms(grace_ms),
                                    status);
  if (result == -1) {
    thread_stop_i_child_kill(child, SIGKILL);
    result = thread_stop_i_child_reap(child, THREAD_STOP_I_FOREVER, status);
  }
  return result;
}

/* 0, ECANCELED or ECHILD; the child is gone. Reaped: by this thread. */
static int thread_stop_i_child_wait(const struct thread_stop_i_child *child,
                                    int grace_ms, int *status, bool *reaped) {
  for (;;) {
    if (thread_stop_waitpid(child->pid, status, 0) == child->pid) {
      *reaped = true;
      return 0;
    }
    if (errno == ECHILD)
      return ECHILD;
    if (errno == ECANCELED) {
      *reaped = thread_stop_i_child_end(child, grace_ms, status) == 0;
      return ECANCELED;
    }
    /* EINTR: another signal is no reason to give up the child. */
  }
}

int thread_stop_run_isolated(int (*function)(void *), void *arg, int grace_ms,
                             int *status) {
  thread_stop_i_block *block = thread_stop_i_self();
  struct thread_stop_i_child child;
  int ended = 0, error, state, saved = errno;
  bool reaped = false;
  if (block && thread_stop_i_stopped(block))
    return ECANCELED;
  if (grace_ms < 0)
    return EINVAL;
  state = thread_stop_i_enter();
  error = thread_stop_i_child_start(&child, function, arg);
  if (error == 0) {
    error = thread_stop_i_child_wait(&child, grace_ms, &ended, &reaped);
    if (child.pidfd >= 0)
      close(child.pidfd);
    if (status && reaped)
      *status = ended;
  }
  thread_stop_i_leave(state);
  errno = saved;
  return error;
}
