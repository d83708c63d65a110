// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Traps 1, 2, 4, 5, 6: between the test and the wait.

#include "traps.h"

#include <sys/wait.h>

static atomic_int handled;
static void count_handler(int signo) {
  (void)signo;
  atomic_fetch_add(&handled, 1);
}

// SIGUSR1 for the naive versions: blocked, with a handler.
static void naive_begin(sigset_t *open) {
  struct sigaction action;
  sigset_t set;
  memset(&action, 0, sizeof action);
  action.sa_handler = count_handler;
  sigaction(SIGUSR1, &action, NULL);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, open);
  sigdelset(open, SIGUSR1);
  atomic_store(&handled, 0);
}

// Sent again now and then: ThreadSanitizer loses one on a loaded machine.
static void let_handle(const struct trap_thread *thread) {
  for (int i = 0; atomic_load(&handled) == 0; ++i) {
    if (i % 100 == 0)
      pthread_kill(thread->handle, SIGUSR1);
    check_pause_ms(1);
  }
}

static void naive_end(void) {
  struct timespec none = {0, 0};
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigtimedwait(&set, NULL, &none);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// --- 1: a descriptor that is always ready ------------------------------------

// The handler sets the flag. It runs only if ppoll() would have slept.
static void naive_ready(int fd) {
  sigset_t open;
  int rounds = 0;
  naive_begin(&open);
  pthread_kill(pthread_self(), SIGUSR1);
  while (atomic_load(&handled) == 0 && rounds < 10000) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    CHECK_EQ(ppoll(&poll_fd, 1, NULL, &open), 1);
    ++rounds;
  }
  CHECK_EQ(rounds, 10000); // never stopped
  naive_end();
}

static void *always_ready(void *argument) {
  struct trap_thread *thread = argument;
  for (;;) {
    struct pollfd poll_fd = {.fd = thread->fds[0], .events = POLLIN};
    int ready = thread_stop_poll(&poll_fd, 1, -1);
    if (ready == -1) {
      atomic_store(&thread->error, errno);
      return NULL;
    }
    atomic_store(&thread->step, 1);
  }
}

static void *computing(void *argument) {
  struct trap_thread *thread = argument;
  while (!thread_stop_requested())
    atomic_store(&thread->step, 1);
  return NULL;
}

void trap_ready_descriptors(void) {
  struct trap_thread thread;
  sigset_t pending;
  trap_open(&thread);
  CHECK_EQ(write(thread.fds[1], "x", 1), 1);
  naive_ready(thread.fds[0]);

  CHECK_EQ(thread_stop_create(&thread.handle, NULL, always_ready, &thread), 0);
  trap_wait_for(&thread.step, 1);
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);

  atomic_store(&thread.step, 0);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, computing, &thread), 0);
  trap_wait_for(&thread.step, 1);
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);

  // A wake-up that was never needed does not stay behind.
  CHECK_EQ(thread_stop_attach(), 0);
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK_EQ(thread_stop_detach(), 0);
  CHECK_EQ(sigpending(&pending), 0);
  for (int signo = 1; signo < 32; ++signo)
    CHECK_EQ(sigismember(&pending, signo), 0);
  trap_close(&thread);
}

// --- 2: test, then wait; store, then wake ------------------------------------

// The gap between test and wait, made wide: the test says no; step 1; goes on
// at step 2.
static void gap(struct trap_thread *thread) {
  atomic_store(&thread->tid, trap_tid());
  atomic_store(&thread->step, 1);
  while (atomic_load(&thread->step) != 2)
    check_pause_ms(1);
}

static atomic_bool naive_flag;

static void *naive_test_then_read(void *argument) {
  struct trap_thread *thread = argument;
  char byte;
  if (!atomic_load(&naive_flag)) {
    gap(thread);
    atomic_store(&thread->error,
                 read(thread->fds[0], &byte, 1) == -1 ? errno : 0);
  }
  return NULL;
}

static void *our_test_then_read(void *argument) {
  struct trap_thread *thread = argument;
  char byte;
  if (!thread_stop_requested()) {
    gap(thread);
    atomic_store(&thread->error,
                 thread_stop_read(thread->fds[0], &byte, 1) == -1 ? errno : 0);
  }
  return NULL;
}

void trap_test_then_wait(void) {
  struct trap_thread thread;
  sigset_t open;
  trap_open(&thread);
  naive_begin(&open);
  naive_end(); // the handler stays; the signal is not blocked
  atomic_store(&naive_flag, false);
  CHECK_EQ(pthread_create(&thread.handle, NULL, naive_test_then_read, &thread),
           0);
  trap_wait_for(&thread.step, 1);
  atomic_store(&naive_flag, true);
  let_handle(&thread);
  atomic_store(&thread.step, 2);
  CHECK(trap_hangs(&thread)); // the stop is lost
  CHECK_EQ(write(thread.fds[1], "x", 1), 1);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  trap_close(&thread);

  trap_open(&thread);
  CHECK_EQ(
      thread_stop_create(&thread.handle, NULL, our_test_then_read, &thread), 0);
  trap_wait_for(&thread.step, 1);
  CHECK_EQ(thread_stop_request(thread.handle), 0);
  atomic_store(&thread.step, 2);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  trap_close(&thread);
}

static void *naive_loop(void *argument) {
  struct trap_thread *thread = argument;
  sigset_t open;
  naive_begin(&open);
  atomic_store(&thread->tid, trap_tid());
  atomic_store(&thread->step, 1);
  while (!atomic_load(&naive_flag)) {
    struct pollfd poll_fd = {.fd = thread->fds[0], .events = POLLIN};
    if (ppoll(&poll_fd, 1, NULL, &open) == 1)
      return NULL; // set free by the test
    atomic_store(&thread->step, 2);
  }
  atomic_store(&thread->error, ECANCELED);
  return NULL;
}

// Requester: wakes first, stores then. The target wakes up, sees no flag, and
// sleeps again.
void trap_wake_before_store(void) {
  struct trap_thread thread;
  trap_open(&thread);
  atomic_store(&naive_flag, false);
  CHECK_EQ(pthread_create(&thread.handle, NULL, naive_loop, &thread), 0);
  trap_wait_for(&thread.step, 1);
  CHECK(check_sleeps(atomic_load(&thread.tid)));
  pthread_kill(thread.handle, SIGUSR1);
  trap_wait_for(&thread.step, 2);
  check_pause_ms(5);
  atomic_store(&naive_flag, true);
  CHECK(trap_hangs(&thread));
  CHECK_EQ(write(thread.fds[1], "x", 1), 1);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  trap_close(&thread);
  // Ours: each of many stops that arrive at any time ends the wait.
  for (int i = 0; i < check_rounds(300); ++i) {
    trap_open(&thread);
    atomic_store(&thread.step, 2); // no gap
    CHECK_EQ(
        thread_stop_create(&thread.handle, NULL, our_test_then_read, &thread),
        0);
    for (volatile int spin = 0; spin < i * 7 % 3000; ++spin)
      continue;
    atomic_store(&thread.step, 2);
    CHECK_EQ(thread_stop_request(thread.handle), 0);
    atomic_store(&thread.step, 2);
    while (pthread_tryjoin_np(thread.handle, NULL) == EBUSY)
      atomic_store(&thread.step, 2);
    trap_close(&thread);
  }
}

// --- 4: somebody unblocks the signal -----------------------------------------

static void *naive_unblocked(void *argument) {
  struct trap_thread *thread = argument;
  struct pollfd poll_fd = {.fd = thread->fds[0], .events = POLLIN};
  sigset_t open, none;
  naive_begin(&open);
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, NULL); // a library
  if (!atomic_load(&naive_flag)) {
    gap(thread);
    atomic_store(&thread->error,
                 ppoll(&poll_fd, 1, NULL, &open) == -1 ? errno : 0);
  }
  return NULL;
}

static void *our_unblocked(void *argument) {
  struct trap_thread *thread = argument;
  sigset_t none, mask;
  char byte;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, NULL);
  gap(thread);
  atomic_store(&thread->error,
               thread_stop_read(thread->fds[0], &byte, 1) == -1 ? errno : 0);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  if (!check_is_eventfd())
    CHECK_EQ(sigismember(&mask, thread_stop_signal()),
             atomic_load(&thread->step) == 3);
  return NULL;
}

static void stop_unblocked(bool in_the_wait) {
  struct trap_thread thread;
  trap_open(&thread);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, our_unblocked, &thread), 0);
  trap_wait_for(&thread.step, 1);
  if (in_the_wait) {
    atomic_store(&thread.step, 2);
    check_pause_ms(20);
    CHECK(check_sleeps(atomic_load(&thread.tid)));
    atomic_store(&thread.step, 3);
  }
  CHECK_EQ(thread_stop_request(thread.handle), 0);
  if (!in_the_wait)
    atomic_store(&thread.step, 2);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  trap_close(&thread);
}

int trap_debug_child(void) {
  sigset_t none;
  char byte;
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(thread_stop_attach(), 0);
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, NULL);
  alarm(10);
  return (int)thread_stop_read(ends[0], &byte, 1);
}

// In another process: with THREAD_STOP_DEBUG the library says so, and aborts.
static void debug_mode_complains(void) {
  int status, ends[2];
  char text[200];
  ssize_t length;
  pid_t child;
  if (check_is_eventfd())
    return;
  CHECK_EQ(pipe(ends), 0);
  child = fork();
  if (child == 0) {
    setenv("THREAD_STOP_DEBUG", "1", 1);
    dup2(ends[1], STDERR_FILENO);
    execl(trap_program, trap_program, "debug-child", (char *)NULL);
    _exit(1);
  }
  close(ends[1]);
  length = read(ends[0], text, sizeof text - 1);
  CHECK(length > 0);
  text[length] = '\0';
  CHECK(strstr(text, "the stop signal is not blocked"));
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  close(ends[0]);
}

void trap_unblocked_signal(void) {
  struct trap_thread thread;
  trap_open(&thread);
  atomic_store(&naive_flag, false);
  CHECK_EQ(pthread_create(&thread.handle, NULL, naive_unblocked, &thread), 0);
  trap_wait_for(&thread.step, 1);
  atomic_store(&naive_flag, true);
  let_handle(&thread);
  atomic_store(&thread.step, 2);
  CHECK(trap_hangs(&thread));
  CHECK_EQ(write(thread.fds[1], "x", 1), 1);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  trap_close(&thread);
  stop_unblocked(false);
  stop_unblocked(true);
  debug_mode_complains();
}

// --- 5: the mask at the time of the wait -------------------------------------

static void *our_mask(void *argument) {
  struct trap_thread *thread = argument;
  sigset_t set;
  char byte;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL); // after the thread was attached
  pthread_kill(pthread_self(), SIGUSR1);  // pending
  atomic_store(&thread->tid, trap_tid());
  atomic_store(&thread->step, 1);
  atomic_store(&thread->error,
               thread_stop_read(thread->fds[0], &byte, 1) == -1 ? errno : 0);
  return NULL;
}

void trap_cached_mask(void) {
  struct trap_thread thread;
  struct timespec second = {1, 0};
  sigset_t at_first, open;
  // Naive: the mask for ppoll() is that of the beginning.
  pthread_sigmask(SIG_SETMASK, NULL, &at_first);
  naive_begin(&open);
  pthread_kill(pthread_self(), SIGUSR1);
  CHECK_ERRNO(ppoll(NULL, 0, &second, &at_first), EINTR);
  CHECK_EQ(atomic_load(&handled), 1); // although it is blocked
  naive_end();

  atomic_store(&handled, 0);
  trap_open(&thread);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, our_mask, &thread), 0);
  trap_wait_for(&thread.step, 1);
  CHECK(trap_hangs(&thread));
  CHECK_EQ(atomic_load(&handled), 0);
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  trap_close(&thread);
}

// --- 6: condition variables --------------------------------------------------

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void *naive_cond(void *argument) {
  struct trap_thread *thread = argument;
  pthread_mutex_lock(&mutex);
  while (!atomic_load(&naive_flag)) {
    gap(thread);
    pthread_cond_wait(&condition, &mutex);
  }
  pthread_mutex_unlock(&mutex);
  atomic_store(&thread->error, ECANCELED);
  return NULL;
}

static void *our_cond(void *argument) {
  struct trap_thread *thread = argument;
  int error = 0;
  pthread_mutex_lock(&mutex);
  while (error == 0) {
    if (atomic_load(&thread->step) != 2)
      gap(thread);
    error = thread_stop_cond_wait(&condition, &mutex);
  }
  pthread_mutex_unlock(&mutex);
  atomic_store(&thread->error, error);
  return NULL;
}

// A flag and a broadcast without the mutex: lost in the gap.
static void naive_broadcast(void) {
  struct trap_thread thread;
  sigset_t open;
  naive_begin(&open);
  naive_end();
  trap_open(&thread);
  atomic_store(&naive_flag, false);
  CHECK_EQ(pthread_create(&thread.handle, NULL, naive_cond, &thread), 0);
  trap_wait_for(&thread.step, 1);
  atomic_store(&naive_flag, true);
  pthread_cond_broadcast(&condition);
  atomic_store(&thread.step, 2);
  CHECK(trap_hangs(&thread));
  pthread_kill(thread.handle, SIGUSR1); // and no signal helps
  CHECK(trap_hangs(&thread));
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&condition);
  pthread_mutex_unlock(&mutex);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  trap_close(&thread);
}

void trap_condition_variables(void) {
  struct trap_thread thread;
  naive_broadcast();
  trap_open(&thread);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, our_cond, &thread), 0);
  trap_wait_for(&thread.step, 1);
  CHECK_EQ(thread_stop_request(thread.handle), 0);
  atomic_store(&thread.step, 2);
  CHECK_EQ(pthread_join(thread.handle, NULL), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  trap_close(&thread);

  trap_open(&thread);
  CHECK_EQ(thread_stop_create(&thread.handle, NULL, our_cond, &thread), 0);
  trap_wait_for(&thread.step, 1);
  atomic_store(&thread.step, 2);
  CHECK(trap_hangs(&thread)); // in the wait
  CHECK_EQ(thread_stop_join(thread.handle, NULL), 0);
  CHECK_EQ(atomic_load(&thread.error), ECANCELED);
  trap_close(&thread);
}
