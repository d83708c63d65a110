// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t -std=gnu11,gnu17 -check-suffixes=,STRICT -- -config="{CheckOptions: [{key: thread-stop-skipped-cleanup-attribute.StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t -check-suffixes=,POINTS -- -config="{CheckOptions: [{key: thread-stop-skipped-cleanup-attribute.CancellationPoints, value: bus_wait}]}"
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t -check-suffixes=,ASSUME -- -config="{CheckOptions: [{key: thread-stop-skipped-cleanup-attribute.AssumeCancellable, value: true}]}"
// RUN: %check_tidy %s thread-stop-skipped-cleanup-attribute %t -silent -check-suffix=NONE -- -- -fexceptions

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

struct span {
  int depth;
};

static void free_pointer(char **p) { free(*p); }
static void close_descriptor(int *fd) { close(*fd); }
static void span_end(struct span *s) { s->depth--; }
static void unlock_mutex(pthread_mutex_t **m) { pthread_mutex_unlock(*m); }
void bus_wait(void);
int choose(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ---- fires ----

// Memory, a descriptor, a counter: what the function does is not looked at.
static void memory(void) {
  _cleanup_(free_pointer) char *p = malloc(10);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'sleep' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:33: note: the variable is declared here
  sleep(2);
}

static int descriptor(const char *path) {
  char c;
  _cleanup_(close_descriptor) int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  return (int)read(fd, &c, 1);
  // CHECK-NOTES: [[@LINE-1]]:15: warning: built without -fexceptions: a thread cancelled in 'read' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-5]]:35: note: the variable is declared here
}

static void counter(void) {
  _cleanup_(span_end) struct span s = {1};
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'sleep' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:35: note: the variable is declared here
}

// A lock: this check's business, not that of lock-across-cancellation-point.
static void mutex(void) {
  _cleanup_(unlock_mutex) pthread_mutex_t *held = &lock;
  pthread_mutex_lock(held);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'sleep' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-4]]:44: note: the variable is declared here
}

// In an inner scope, and in each round of a loop.
static void rounds(int n) {
  for (int i = 0; i < n; ++i) {
    _cleanup_(span_end) struct span s = {i};
    sleep(1);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: built without -fexceptions: a thread cancelled in 'sleep' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
    // CHECK-NOTES: [[@LINE-3]]:37: note: the variable is declared here
  }
}

// The point is in a callee.
static int rest(void) { return poll(NULL, 0, 10); }
static void callee_waits(void) {
  _cleanup_(span_end) struct span s = {1};
  rest();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'rest' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES: [[@LINE-3]]:35: note: the variable is declared here
  // CHECK-NOTES: [[@LINE-6]]:32: note: the thread is cancelled here
}

// StrictPoints: close and stdio.
static void prints(void) {
  _cleanup_(span_end) struct span s = {1};
  puts("text");
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'puts' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:35: note: the variable is declared here
}

// CancellationPoints: functions of other files.
static void waits(void) {
  _cleanup_(span_end) struct span s = {1};
  bus_wait();
  // CHECK-NOTES-POINTS: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'bus_wait' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES-POINTS: [[@LINE-3]]:35: note: the variable is declared here
}

// AssumeCancellable: code that no thread of this file runs.
void somewhere(void) {
  _cleanup_(span_end) struct span s = {1};
  sleep(1);
  // CHECK-NOTES-ASSUME: [[@LINE-1]]:3: warning: built without -fexceptions: a thread cancelled in 'sleep' skips the cleanup attribute [thread-stop-skipped-cleanup-attribute]
  // CHECK-NOTES-ASSUME: [[@LINE-3]]:35: note: the variable is declared here
}

// ---- stays silent (a reason per case) ----

// The scope ends before the point; the variable comes after it.
static void before_and_after(void) {
  {
    _cleanup_(span_end) struct span s = {1};
  }
  sleep(1);
  _cleanup_(span_end) struct span s = {1};
  s.depth = 2;
}

// Left by a return before the point.
static void leaves(void) {
  if (choose()) {
    _cleanup_(span_end) struct span s = {1};
    return;
  }
  sleep(1);
}

// Disabled.
static void disabled(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  {
    _cleanup_(span_end) struct span s = {1};
    sleep(1);
  }
  pthread_setcancelstate(old, NULL);
}

// No attribute.
static void plain(void) {
  struct span s = {1};
  sleep(1);
  s.depth = 2;
}

// Unreachable.
static void dead(void) {
  _cleanup_(span_end) struct span s = {1};
  if (0)
    sleep(1);
}

// Silenced by hand.
static void accepted(void) {
  _cleanup_(span_end) struct span s = {1};
  sleep(1); // NOLINT(thread-stop-skipped-cleanup-attribute)
}

static void *worker(void *arg) {
  memory(), descriptor(arg), counter(), mutex(), rounds(3), callee_waits();
  prints(), waits(), before_and_after(), leaves(), disabled(), plain();
  dead(), accepted();
  return NULL;
}

void run(char *path) {
  pthread_t thread;
  pthread_create(&thread, NULL, worker, path);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
