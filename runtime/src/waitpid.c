/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * waitpid(). The end of one child can be polled for (pidfd). For all else, a
 * helper thread waits in waitid() without reaping, and says so by an eventfd.
 */

#include "internal.h"

#include <sys/eventfd.h>
#include <sys/wait.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef __WNOTHREAD
#define __WNOTHREAD 0x20000000
#endif
#ifndef __WALL
#define __WALL 0x40000000
#endif
#ifndef __WCLONE
#define __WCLONE 0x80000000
#endif

enum { PAUSE_NS = 20000000 };

/* --- Helpers -------------------------------------------------------------- */

/* A helper cannot be called back: after a stop it stays until a child changes,
 * and the next wait for the same children uses it. */
struct thread_stop_i_helper {
  struct thread_stop_i_helper *next;
  pid_t pid;
  int options;
  int eventfd;
  int references; /* under helpers_lock, like next */
};

static void thread_stop_i_helper_release(struct thread_stop_i_helper *helper) {
  thread_stop_i_state *state = thread_stop_i_global;
  bool last;
  thread_stop_i_lock_plain(&state->helpers_lock);
  last = --helper->references == 0;
  thread_stop_i_unlock_plain(&state->helpers_lock);
  if (last) {
    close(helper->eventfd);
    free(helper);
  }
}

static void
thread_stop_i_helper_wait(const struct thread_stop_i_helper *helper) {
  siginfo_t info;
  idtype_t type = helper->pid > 0 ? P_PID : helper->pid < -1 ? P_PGID : P_ALL;
  id_t id = (id_t)(helper->pid < 0 ? -helper->pid : helper->pid);
  int options = helper->options | WEXITED | WNOWAIT;
  while (waitid(type, id, &info, options) != 0 && errno == EINTR)
    continue;
}

static void *thread_stop_i_helper_run(void *argument) {
  thread_stop_i_state *state = thread_stop_i_global;
  struct thread_stop_i_helper *helper = argument, **link;
  uint64_t one = 1;
  ssize_t written;
  thread_stop_i_helper_wait(helper);
  thread_stop_i_lock_plain(&state->helpers_lock);
  for (link = &state->helpers; *link; link = &(*link)->next)
    if (*link == helper) {
      *link = helper->next;
      break;
    }
  thread_stop_i_unlock_plain(&state->helpers_lock);
  written = write(helper->eventfd, &one, sizeof one);
  (void)written;
  thread_stop_i_helper_release(helper);
  return NULL;
}

static struct thread_stop_i_helper *thread_stop_i_helper_new(pid_t pid,
                                                             int options) {
  struct thread_stop_i_helper *helper = calloc(1, sizeof *helper);
  if (!helper)
    return NULL;
  helper->pid = pid;
  helper->options = options;
  helper->references = 2; /* its thread's, and the first waiter's */
  helper->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (helper->eventfd >= 0 &&
      thread_stop_i_start_thread(thread_stop_i_helper_run, helper) == 0)
    return helper;
  if (helper->eventfd >= 0)
    close(helper->eventfd);
  free(helper);
  return NULL;
}

static struct thread_stop_i_helper *thread_stop_i_helper_get(pid_t pid,
                                                             int options) {
  thread_stop_i_state *state = thread_stop_i_global;
  struct thread_stop_i_helper *helper;
  thread_stop_i_lock_plain(&state->helpers_lock);
  for (helper = state->helpers; helper; helper = helper->next)
    if (helper->pid == pid && helper->options == options)
      break;
  if (helper) {
    ++helper->references;
  } else {
    helper = thread_stop_i_helper_new(pid, options);
    if (helper) {
      helper->next = state->helpers;
      state->helpers = helper;
    }
  }
  thread_stop_i_unlock_plain(&state->helpers_lock);
  return helper;
}

/* --- Waiting -------------------------------------------------------------- */

/* Where nothing can be waited for: no thread or descriptor is left, or only
 * children of this thread are meant. */
static int thread_stop_i_child_pause(thread_stop_i_block *block) {
  thread_stop_i_wait_stop(block, thread_stop_i_now() + PAUSE_NS);
  return errno == EAGAIN ? 0 : -1;
}

static int thread_stop_i_helper_poll(thread_stop_i_block *block, pid_t pid,
                                     int options) {
  struct thread_stop_i_helper *helper = NULL;
  int result, saved;
  if (!(options & __WNOTHREAD))
    helper = thread_stop_i_helper_get(pid, options);
  if (!helper)
    return thread_stop_i_child_pause(block);
  result = thread_stop_i_wait_fd(block, helper->eventfd, POLLIN,
                                 THREAD_STOP_I_FOREVER);
  saved = errno;
  thread_stop_i_helper_release(helper);
  errno = saved;
  return result;
}

static pid_t thread_stop_i_wait_helper(thread_stop_i_block *block, pid_t pid,
                                       int *status, int options) {
  pid_t found;
  do {
    if (thread_stop_i_helper_poll(block, pid, options) != 0)
      return -1;
    found = waitpid(pid, status, options | WNOHANG);
  } while (found == 0);
  return found;
}

static pid_t thread_stop_i_wait_pidfd(thread_stop_i_block *block, int pidfd,
                                      pid_t pid, int *status) {
  for (;;) {
    pid_t found;
    if (thread_stop_i_wait_fd(block, pidfd, POLLIN, THREAD_STOP_I_FOREVER) != 0)
      return -1;
    found = waitpid(pid, status, WNOHANG);
    if (found != 0)
      return found;
    if (thread_stop_i_child_pause(block) != 0) /* a debugger has it */
      return -1;
  }
}

static pid_t thread_stop_i_wait_child(thread_stop_i_block *block, pid_t pid,
                                      int *status, int options) {
  int pidfd = -1, saved;
  pid_t found;
  if (pid > 0 && options == 0)
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0)
    return thread_stop_i_wait_helper(block, pid == 0 ? -getpgrp() : pid, status,
                                     options);
  found = thread_stop_i_wait_pidfd(block, pidfd, pid, status);
  saved = errno;
  close(pidfd);
  errno = saved;
  return found;
}

pid_t thread_stop_waitpid(pid_t pid, int *status, int options) {
  thread_stop_i_block *block = thread_stop_i_self();
  pid_t found;
  int state;
  if (!block)
    return waitpid(pid, status, options);
  if (thread_stop_i_stopped(block))
    return thread_stop_i_canceled();
  state = thread_stop_i_enter();
  found = waitpid(pid, status, options | WNOHANG);
  if (found == 0 && !(options & WNOHANG))
    found = thread_stop_i_wait_child(block, pid, status, options);
  thread_stop_i_leave(state);
  return found;
}
