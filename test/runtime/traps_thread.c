// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Traps 3, 9, 10, 13, 14: threads, processes, handlers.

#include "traps.h"

#include <spawn.h>
#include <sys/time.h>
#include <sys/wait.h>

static atomic_int handled;
static void count_handler(int signo) {
  (void)signo;
  atomic_fetch_add(&handled, 1);
}

static void handle(int signo, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  CHECK_EQ(sigaction(signo, &action, NULL), 0);
}

// --- 3: threads that have ended ----------------------------------------------

static void *end_at_once(void *argument) { return argument; }
static void *end_by_exit(void *argument) { pthread_exit(argument); }
static void *wait_for_end(void *argument) {
  struct trap_thread *thread = argument;
  char byte;
  while (read(thread->fds[0], &byte, 1) != 1)
    continue;
  return NULL;
}

// The id of a joined thread is used again: a signal hits an innocent thread.
static void old_id(bool naive) {
  struct trap_thread innocent;
  pthread_t old;
  trap_open(&innocent);
  atomic_store(&handled, 0);
  for (int i = 0; i < 100; ++i) {
    bool same;
    CHECK_EQ(thread_stop_create(&old, NULL, end_at_once, NULL), 0);
    CHECK_EQ(pthread_join(old, NULL), 0);
    CHECK_EQ(pthread_create(&innocent.handle, NULL, wait_for_end, &innocent),
             0);
    same = pthread_equal(old, innocent.handle) != 0;
    if (same && naive)
      pthread_kill(old, SIGUSR1);
    else if (same)
      CHECK_EQ(thread_stop_request(old), ESRCH);
    CHECK_EQ(write(innocent.fds[1], "x", 1), 1);
    CHECK_EQ(pthread_join(innocent.handle, NULL), 0);
    if (same) {
      CHECK_EQ(atomic_load(&handled), naive);
      trap_close(&innocent);
      return;
    }
  }
  check_skip("the id of a thread is not used again here");
}

static void ended(void *(*start)(void *), bool cancel) {
  struct trap_thread thread;
  int error;
  trap_open(&thread);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, start, &thread), 0);
  if (cancel)
    pthread_cancel(thread.handle);
  // It ends by itself; from then on, and before it is joined:
  do
    error = thread_stop_request(thread.handle);
  while (error == 0);
  CHECK_EQ(error, ESRCH);
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);
  trap_close(&thread);
}

void trap_dead_threads(void) {
  handle(SIGUSR1, count_handler);
  old_id(true);
  old_id(false);
  ended(end_at_once, false);
  ended(end_by_exit, false);
  if (!TRAP_ASAN) // its view of the stack does not survive a cancel
    ended(wait_for_end, true);
}

// --- 9: fork and exec --------------------------------------------------------

static __thread volatile bool naive_flag;

static int in_child(int (*check)(void *), void *argument) {
  int status;
  pid_t child = fork();
  if (child == 0)
    _exit(check(argument));
  CHECK(child > 0);
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static int naive_child(void *argument) {
  (void)argument;
  return naive_flag;
}

static void *blocked_read(void *argument) {
  struct trap_thread *thread = argument;
  char byte;
  atomic_store(&thread->tid, trap_tid());
  atomic_store(&thread->error,
               thread_stop_read(thread->fds[0], &byte, 1) == -1 ? errno : 0);
  return NULL;
}

// The child of a thread that is stopped, while another thread of the parent
// waits. It begins anew, and threads can be stopped in it.
static int our_child(void *argument) {
  struct trap_thread *parents = argument, thread;
  struct pollfd poll_fd = {.fd = parents->fds[0], .events = POLLIN};
  sigset_t mask;
  pthread_t self = pthread_self();
  CHECK(!thread_stop_requested());
  CHECK_EQ(thread_stop_poll(&poll_fd, 1, 1), 0);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  if (!check_is_eventfd())
    CHECK_EQ(sigismember(&mask, thread_stop_signal()), 1);
  CHECK_EQ(thread_stop_request(parents->handle), ESRCH);
  if (!TRAP_TSAN) { // which knows no threads in such a child
    trap_open(&thread);
    CHECK_EQ(thread_stop_create(&thread.handle, NULL, blocked_read, &thread),
             0);
    check_pause_ms(5);
    CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);
    CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  }
  CHECK_EQ(thread_stop_request(self), 0);
  CHECK_ERRNO(thread_stop_poll(&poll_fd, 1, -1), ECANCELED);
  return 7;
}

static int exec_with(void *argument) {
  char number[12];
  if (argument)
    pthread_sigmask(SIG_SETMASK, argument, NULL);
  snprintf(number, sizeof number, "%d", thread_stop_signal());
  execl(trap_program, trap_program, "report-mask", number, (char *)NULL);
  return 99;
}

// The mask goes to a spawned program in the same way.
static int spawn_with(const sigset_t *mask) {
  char number[12], report[] = "report-mask", *program = strdup(trap_program);
  char *arguments[] = {program, report, number, NULL};
  posix_spawnattr_t attributes;
  pid_t child;
  int status;
  snprintf(number, sizeof number, "%d", thread_stop_signal());
  CHECK_EQ(posix_spawnattr_init(&attributes), 0);
  if (mask) {
    CHECK_EQ(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK), 0);
    CHECK_EQ(posix_spawnattr_setsigmask(&attributes, mask), 0);
  }
  CHECK_EQ(posix_spawn(&child, program, NULL, &attributes, arguments, environ),
           0);
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  posix_spawnattr_destroy(&attributes);
  free(program);
  return WEXITSTATUS(status);
}

// After vfork(), the child has this thread's mask, but its own copy of it.
static int vfork_with(const sigset_t *mask) {
  char number[12];
  pid_t child;
  int status;
  snprintf(number, sizeof number, "%d", thread_stop_signal());
  child = vfork();
  if (child == 0) {
    if (mask)
      sigprocmask(SIG_SETMASK, mask, NULL);
    execl(trap_program, trap_program, "report-mask", number, (char *)NULL);
    _exit(99);
  }
  CHECK(child > 0);
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void masks_of_programs(void) {
  sigset_t mask, after;
  CHECK_EQ(thread_stop_spawn_mask(&mask), 0);
  if (check_is_eventfd())
    return; // no signal to pass on
  // Naively, the new program never sees the signal.
  CHECK_EQ(in_child(exec_with, NULL), 1);
  CHECK_EQ(in_child(exec_with, &mask), 0);
  CHECK_EQ(spawn_with(NULL), 1);
  CHECK_EQ(spawn_with(&mask), 0);
  CHECK_EQ(vfork_with(NULL), 1);
  CHECK_EQ(vfork_with(&mask), 0);
  pthread_sigmask(SIG_SETMASK, NULL, &after); // ours is as it was
  CHECK_EQ(sigismember(&after, thread_stop_signal()), 1);
}

void trap_fork_and_exec(void) {
  struct trap_thread thread;
  sigset_t mask;
  naive_flag = true;
  CHECK_EQ(in_child(naive_child, NULL), 1); // the child is stopped, too

  trap_open(&thread);
  CHECK_EQ(thread_stop_attach(), 0);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, blocked_read, &thread), 0);
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK_EQ(in_child(our_child, &thread), 7);
  CHECK(thread_stop_requested()); // the parent still is
  CHECK_EQ(atomic_load(&thread.error), -1);
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);

  masks_of_programs();
  CHECK_EQ(thread_stop_detach(), 0);
  if (!check_is_eventfd()) {
    // What was blocked before is none of our business.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, thread_stop_signal());
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    CHECK_EQ(thread_stop_attach(), 0);
    CHECK_EQ(thread_stop_spawn_mask(&mask), 0);
    CHECK_EQ(sigismember(&mask, thread_stop_signal()), 1);
    CHECK_EQ(thread_stop_detach(), 0);
    CHECK_EQ(in_child(exec_with, NULL), 1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  }
  trap_close(&thread);
}

// --- 10: requests from signal handlers ---------------------------------------

static pthread_mutex_t naive_lock = PTHREAD_MUTEX_INITIALIZER;

static void naive_request(int signo) {
  (void)signo;
  pthread_mutex_lock(&naive_lock); // held by the thread that is interrupted
  pthread_mutex_unlock(&naive_lock);
}

static void naive_deadlock(void) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    handle(SIGUSR1, naive_request);
    pthread_mutex_lock(&naive_lock);
    raise(SIGUSR1);
    _exit(0);
  }
  check_pause_ms(200);
  CHECK_EQ(waitpid(child, &status, WNOHANG), 0); // hangs
  kill(child, SIGKILL);
  CHECK_EQ(waitpid(child, &status, 0), child);
}

static pthread_t storm_target;
static pthread_t storm_self;

static void storm(int signo) {
  int error, saved = errno;
  (void)signo;
  errno = 4711;
  error = thread_stop_request(storm_self);
  if (error != 0 && error != ESRCH)
    abort();
  if (thread_stop_request(storm_target) != 0 || errno != 4711)
    abort();
  atomic_fetch_add(&handled, 1);
  errno = saved;
}

// A handler that interrupts the library anywhere, and requests stops.
void trap_signal_handlers(void) {
  struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
  struct trap_thread thread;
  pthread_t other;
  int rounds = 0;
  naive_deadlock();
  trap_open(&thread);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, wait_for_end, &thread), 0);
  storm_target = thread.handle;
  storm_self = pthread_self();
  atomic_store(&handled, 0);
  handle(SIGPROF, storm);
  CHECK_EQ(setitimer(ITIMER_PROF, &often, NULL), 0);
  for (; atomic_load(&handled) < 100; ++rounds) {
    CHECK_EQ(thread_stop_attach(), 0);
    CHECK_EQ(thread_stop_request(storm_self), 0);
    CHECK_EQ(thread_stop_request(thread.handle), 0);
    CHECK(thread_stop_requested());
    CHECK_EQ(thread_stop_detach(), 0);
    if (rounds % 100 == 0) {
      CHECK_EQ(thread_stop_create(&other, NULL, end_at_once, NULL), 0);
      CHECK_EQ(thread_stop_join(other, NULL), 0);
    }
  }
  CHECK_EQ(setitimer(ITIMER_PROF, &never, NULL), 0);
  CHECK_EQ(write(thread.fds[1], "x", 1), 1);
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);
  trap_close(&thread);
}

// --- 13: pthread_cancel ------------------------------------------------------

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

// Naive: a lock is held around a wait that is a cancellation point.
static void *naive_locked_wait(void *argument) {
  struct trap_thread *thread = argument;
  struct pollfd poll_fd = {.fd = thread->fds[0], .events = POLLIN};
  pthread_mutex_lock(&held);
  atomic_store(&thread->step, 1);
  poll(&poll_fd, 1, -1);
  pthread_mutex_unlock(&held);
  return NULL;
}

static void *our_wait(void *argument) {
  struct trap_thread *thread = argument;
  char byte;
  int state;
  atomic_store(&thread->tid, trap_tid());
  atomic_store(&thread->step, 1);
  // With musl, the cancel comes as a signal like any other.
  while (thread_stop_read(thread->fds[0], &byte, 1) == -1 && errno == EINTR)
    continue;
  atomic_store(&thread->error, errno);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
  CHECK_EQ(state, PTHREAD_CANCEL_ENABLE); // put back
  pthread_testcancel();
  return NULL;
}

void trap_cancellation(void) {
  struct trap_thread thread;
  void *result;
  if (TRAP_ASAN)
    check_skip("AddressSanitizer and pthread_cancel() do not go together");
  trap_open(&thread);
  CHECK_EQ(pthread_create(&thread.handle, NULL, naive_locked_wait, &thread), 0);
  trap_wait_for(&thread.step, 1);
  pthread_cancel(thread.handle);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  CHECK_EQ(pthread_mutex_trylock(&held), EBUSY); // for ever

  atomic_store(&thread.step, 0);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, our_wait, &thread), 0);
  trap_wait_for(&thread.step, 1);
  check_pause_ms(5);
  CHECK(check_sleeps(atomic_load(&thread.tid)));
  pthread_cancel(thread.handle);
  CHECK(trap_hangs(&thread)); // not in the middle of the wait
  CHECK_EQ(thread_stop_request(thread.handle), 0);
  CHECK_EQ(pthread_join(thread.handle, &result), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  CHECK(result == PTHREAD_CANCELED); // but after it
  trap_close(&thread);
}

// --- 14: no signal at all ----------------------------------------------------

static bool is_the_tests_own(int signo) {
  return signo == SIGALRM || signo == SIGUSR1 || signo == SIGPROF ||
         signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE ||
         signo == SIGABRT; // the last four are sanitizers'
}

void trap_no_signal(void) {
  struct trap_thread thread;
  int handlers = 0, blocked = 0;
  sigset_t mask;
  trap_open(&thread);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, blocked_read, &thread), 0);
  CHECK_EQ(thread_stop_attach(), 0);
  check_pause_ms(5);
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  for (int signo = 1; signo <= SIGRTMAX; ++signo) {
    struct sigaction action;
    if (is_the_tests_own(signo) || sigaction(signo, NULL, &action) != 0)
      continue;
    handlers += action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
    blocked += sigismember(&mask, signo) == 1;
  }
  CHECK_EQ(handlers, check_is_eventfd() ? 0 : 1);
  CHECK_EQ(blocked, check_is_eventfd() ? 0 : 1);
  CHECK_EQ(thread_stop_detach(), 0);
  trap_close(&thread);
}
