// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-unjoined-cancel %t

// A handle that gets another thread while the first one was only asked to end.
#include <pthread.h>
#include <unistd.h>

static void *work(void *arg) {
  for (;;)
    pause();
  return arg;
}

static pthread_t worker;

int restart(void) {
  // CHECK-NOTES: [[@LINE+1]]:3: warning: thread asked to stop but not joined before its handle is overwritten: it may run on and is never released [thread-stop-unjoined-cancel]
  pthread_cancel(worker);
  // CHECK-NOTES: [[@LINE+1]]:10: note: another thread gets the handle here
  return pthread_create(&worker, NULL, work, NULL);
}

int restart_well(void) {
  pthread_cancel(worker);
  pthread_join(worker, NULL);
  return pthread_create(&worker, NULL, work, NULL);
}

static void finish(void) { pthread_join(worker, NULL); }

int restart_by_callee(void) {
  pthread_cancel(worker);
  finish();
  return pthread_create(&worker, NULL, work, NULL);
}

// Joined on some paths only: not known.
int restart_perhaps(int wait) {
  pthread_cancel(worker);
  if (wait)
    pthread_join(worker, NULL);
  return pthread_create(&worker, NULL, work, NULL);
}

// The old handle lives on in a copy.
static pthread_t current, previous;
int replace(void) {
  previous = current;
  pthread_cancel(current);
  int rc = pthread_create(&current, NULL, work, NULL);
  pthread_join(previous, NULL);
  return rc;
}

void last(void) {
  pthread_cancel(current);
  pthread_join(current, NULL);
}
