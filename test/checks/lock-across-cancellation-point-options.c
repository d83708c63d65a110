// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -check-suffixes=,STRICT -- -config="{CheckOptions: [{key: thread-stop-lock-across-cancellation-point.StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -check-suffixes=,STRICT -- -config="{CheckOptions: [{key: StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -- -config="{CheckOptions: [{key: thread-stop-leak-across-cancellation-point.StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -check-suffixes=,POINTS -- -config="{CheckOptions: [{key: thread-stop-lock-across-cancellation-point.CancellationPoints, value: 'bus_wait; Bus::wait;pthread_mutex_lock'}]}"
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -check-suffixes=,LOCKS -- -config="{CheckOptions: [{key: thread-stop-lock-across-cancellation-point.LockFunctions, value: 'bus_take=bus_give;big_lock=big_unlock'}]}"
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -check-suffixes=,ASSUME -- -config="{CheckOptions: [{key: thread-stop-lock-across-cancellation-point.AssumeCancellable, value: true}]}"
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -check-suffixes=,WRONG -- -config="{CheckOptions: [{key: thread-stop-lock-across-cancellation-point.LockFunctions, value: 'a=b=c'}]}"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct bus;
void bus_wait(struct bus *);
void bus_take(struct bus *);
void bus_give(struct bus *);
void big_lock(void);
void big_unlock(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

// CHECK-NOTES-WRONG: warning: 'a=b=c' in option 'LockFunctions' is no pair 'open=close'; it is ignored [clang-tidy-config]

// ---- fires ----

static void always(void) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

// StrictPoints: stdio and close.
static void prints(FILE *f) {
  pthread_mutex_lock(&lock);
  fputs("one line\n", f);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread cancelled in 'fputs' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

static void closes(int fd) {
  pthread_mutex_lock(&lock);
  close(fd);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread cancelled in 'close' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

// CancellationPoints: functions of other files.
static void waits(struct bus *b) {
  pthread_mutex_lock(&lock);
  bus_wait(b);
  // CHECK-NOTES-POINTS: [[@LINE-1]]:3: warning: a thread cancelled in 'bus_wait' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-POINTS: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

// LockFunctions: the lock of an object, and one lock for all.
static void takes(struct bus *b) {
  bus_take(b);
  sleep(1);
  // CHECK-NOTES-LOCKS: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-LOCKS: [[@LINE-3]]:3: note: the lock is taken here
  bus_give(b);
}

static void takes_the_big_one(void) {
  big_lock();
  sleep(1);
  // CHECK-NOTES-LOCKS: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-LOCKS: [[@LINE-3]]:3: note: the lock is taken here
  big_unlock();
}

// AssumeCancellable: code that no thread of this file runs.
void somewhere(void) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES-ASSUME: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-ASSUME: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

// ---- stays silent (a reason per case) ----

// No option makes pthread_mutex_lock a point.
static void locks_two(void) {
  pthread_mutex_lock(&lock);
  pthread_mutex_lock(&other);
  pthread_mutex_unlock(&other);
  pthread_mutex_unlock(&lock);
}

// Given back.
static void took(struct bus *b) {
  bus_take(b);
  bus_give(b);
  sleep(1);
}

static void *worker(void *arg) {
  always(), prints(stdout), closes(1), waits(arg), takes(arg);
  takes_the_big_one(), locks_two(), took(arg);
  return NULL;
}

void run(struct bus *b) {
  pthread_t thread;
  pthread_create(&thread, NULL, worker, b);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
