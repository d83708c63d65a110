// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -check-suffixes=,STRICT -- -config="{CheckOptions: [{key: thread-stop-leak-across-cancellation-point.StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -- -config="{CheckOptions: [{key: thread-stop-lock-across-cancellation-point.StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -check-suffixes=,POINTS -- -config="{CheckOptions: [{key: thread-stop-leak-across-cancellation-point.CancellationPoints, value: bus_wait}]}"
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -check-suffixes=,ASSUME -- -config="{CheckOptions: [{key: thread-stop-leak-across-cancellation-point.AssumeCancellable, value: true}]}"
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -check-suffixes=,RESOURCES -- -config="{CheckOptions: [{key: thread-stop-leak-across-cancellation-point.ResourceFunctions, value: 'bus_open=bus_close; bus_socket = bus_hangup'}]}"
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -check-suffixes=,WRONG -- -config="{CheckOptions: [{key: thread-stop-leak-across-cancellation-point.ResourceFunctions, value: 'a=b=c'}]}"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void bus_wait(void);
struct bus;
struct bus *bus_open(const char *name);
void bus_close(struct bus *bus);
int bus_socket(void);
void bus_hangup(int fd);

// CHECK-NOTES-WRONG: warning: 'a=b=c' in option 'ResourceFunctions' is no pair 'open=close'; it is ignored [clang-tidy-config]

// ---- fires ----

static void always(void) {
  char *p = malloc(10);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:13: note: acquired here
  free(p);
}

// StrictPoints: stdio and close.
static void prints(FILE *f) {
  char *p = malloc(10);
  fputs("one line\n", f);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread cancelled in 'fputs' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:13: note: acquired here
  free(p);
}

static void closes(int fd) {
  char *p = malloc(10);
  close(fd);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread cancelled in 'close' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:13: note: acquired here
  free(p);
}

// A cancel that is pending when close is called leaves the descriptor open.
static void closes_its_own(int n) {
  int fd = dup(n);
  close(fd);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread cancelled in 'close' leaks the file descriptor [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:12: note: acquired here
}

// CancellationPoints: functions of other files.
static void waits(void) {
  char *p = malloc(10);
  bus_wait();
  // CHECK-NOTES-POINTS: [[@LINE-1]]:3: warning: a thread cancelled in 'bus_wait' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES-POINTS: [[@LINE-3]]:13: note: acquired here
  free(p);
}

// ResourceFunctions: those of other files, by pointer and by number.
static void opens(void) {
  struct bus *b = bus_open("name");
  if (!b)
    return;
  sleep(1);
  // CHECK-NOTES-RESOURCES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES-RESOURCES: [[@LINE-5]]:19: note: acquired here
  bus_close(b);
}

static void calls(void) {
  int fd = bus_socket();
  if (fd < 0) {
    sleep(1);
    return;
  }
  sleep(1);
  // CHECK-NOTES-RESOURCES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES-RESOURCES: [[@LINE-7]]:12: note: acquired here
  bus_hangup(fd);
}

// AssumeCancellable: code that no thread of this file runs.
void somewhere(void) {
  char *p = malloc(10);
  sleep(1);
  // CHECK-NOTES-ASSUME: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES-ASSUME: [[@LINE-3]]:13: note: acquired here
  free(p);
}

// ---- stays silent (a reason per case) ----

// Released before.
static void opened(void) {
  struct bus *b = bus_open("name");
  bus_close(b);
  sleep(1);
}

// fclose was never seen to act.
static void releases(const char *path) {
  FILE *f = fopen(path, "r");
  if (f)
    fclose(f);
}

static void *worker(void *arg) {
  always(), prints(stdout), closes(1), closes_its_own(1), waits(), releases(arg);
  opens(), calls(), opened();
  return NULL;
}

void run(char *path) {
  pthread_t thread;
  pthread_create(&thread, NULL, worker, path);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
