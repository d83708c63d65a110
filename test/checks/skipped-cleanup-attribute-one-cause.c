// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One root cause, one finding: where only the skipped attribute is missing, the
// checks of locks and resources are silent, with -fexceptions and without.
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute,thread-stop-lock-across-cancellation-point,thread-stop-leak-across-cancellation-point %t
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute,thread-stop-lock-across-cancellation-point,thread-stop-leak-across-cancellation-point %t -silent -check-suffix=NONE -- -- -fexceptions

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void free_pointer(char **p) { free(*p); }
static void unlock_mutex(pthread_mutex_t **m) { pthread_mutex_unlock(*m); }
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ---- fires ----

static void memory(void) {
  __attribute__((cleanup(free_pointer))) char *p = malloc(10);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'sleep' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:48: note: the variable is declared here
}

static void mutex(void) {
  __attribute__((cleanup(unlock_mutex))) pthread_mutex_t *held = &lock;
  pthread_mutex_lock(held);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'sleep' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-4]]:59: note: the variable is declared here
}

static void *worker(void *arg) {
  memory(), mutex();
  return arg;
}

// ---- stays silent (a reason per case) ----

// Not run by the thread that is cancelled.
void run(void) {
  __attribute__((cleanup(free_pointer))) char *p = malloc(10);
  pthread_t thread;
  pthread_create(&thread, NULL, worker, p);
  sleep(1);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
