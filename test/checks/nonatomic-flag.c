// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-nonatomic-flag %t

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

void work(void);

struct task {
  pthread_t thread;
  pthread_mutex_t lock;
  bool stop, closed;
};

static int running = 1, phase, caught, size;
static volatile int seen;
static volatile sig_atomic_t signalled;
static atomic_bool draining;
static pthread_t plain, phased, silent;

// ---- fires ----

static void *plain_main(void *arg) {
  while (running)
// CHECK-NOTES: [[@LINE-1]]:10: warning: 'running' is set by another thread without atomic or lock: the loop may never end [thread-stop-nonatomic-flag]
// CHECK-NOTES: [[@LINE-11]]:12: note: 'running' is declared here; 'atomic_bool' is what such a flag needs
// CHECK-NOTES: [[@LINE+87]]:3: note: it is set here
    work();
  return arg;
}

static bool should_stop(const struct task *t) { return t->stop; }

static void *task_main(void *arg) {
  struct task *t = arg;
  for (;;) {
    work();
    if (should_stop(t))
// CHECK-NOTES: [[@LINE-1]]:9: warning: 'stop' is set by another thread without atomic or lock: the loop may never end [thread-stop-nonatomic-flag]
// CHECK-NOTES: [[@LINE-28]]:8: note: 'stop' is declared here; 'atomic_bool' is what such a flag needs
// CHECK-NOTES: [[@LINE+79]]:3: note: it is set here
      break;
  }
  return NULL;
}

static void *phased_main(void *arg) {
  do {
    work();
  } while (phase != 3);
// CHECK-NOTES: [[@LINE-1]]:12: warning: 'phase' is set by another thread without atomic or lock: the loop may never end [thread-stop-nonatomic-flag]
// CHECK-NOTES: [[@LINE-37]]:25: note: 'phase' is declared here; 'atomic_bool' is what such a flag needs
// CHECK-NOTES: [[@LINE+62]]:3: note: it is set here
  return arg;
}

static void on_signal(int sig) {
  caught = 1;
  signalled = sig;
  seen = 1;
}

void main_loop(void) {
  signal(SIGINT, on_signal);
  while (!caught)
// CHECK-NOTES: [[@LINE-1]]:11: warning: 'caught' is set by a signal handler without atomic or lock: the loop may never end [thread-stop-nonatomic-flag]
// CHECK-NOTES: [[@LINE-52]]:32: note: 'caught' is declared here; 'volatile sig_atomic_t' or an atomic type is needed
// CHECK-NOTES: [[@LINE-10]]:3: note: it is set here
    work();
}

// ---- stays silent ----

// Atomic; made for handlers; volatile; a size.
static void *silent_main(void *arg) {
  while (!draining)
    work();
  while (!signalled)
    work();
  while (!seen)
    work();
  while (size != 0)
    work();
  return arg;
}

// Under the lock.
static void *locked_main(void *arg) {
  struct task *t = arg;
  for (;;) {
    pthread_mutex_lock(&t->lock);
    if (t->closed) {
      pthread_mutex_unlock(&t->lock);
      return NULL;
    }
    pthread_mutex_unlock(&t->lock);
  }
}

int start(struct task *t, pthread_t *locked) {
  running = 0; // before the thread is there
  running = 1;
  if (pthread_create(&plain, NULL, plain_main, NULL) != 0) {
    running = 0;
    return -1;
  }
  pthread_create(&phased, NULL, phased_main, NULL);
  pthread_create(&silent, NULL, silent_main, NULL);
  pthread_create(locked, NULL, locked_main, t);
  return pthread_create(&t->thread, NULL, task_main, t);
}

void stop(struct task *t) {
  running = 0;
  phase = 3;
  draining = true;
  seen = 1;
  ++size;
  size = 0;
  t->stop = true;
  pthread_mutex_lock(&t->lock);
  t->closed = true;
  pthread_mutex_unlock(&t->lock);
  pthread_join(t->thread, NULL);
}
