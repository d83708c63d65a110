// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-canceled-compare %t
// RUN: %check_tidy %s thread-stop-canceled-compare %t -std=c99,c11,c17

#define _GNU_SOURCE
#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define GONE ((void *)-1)
#define IS_GONE(r) ((r) == (void *)-1)
#define SAME(a, b) ((a) == (b))
#define CANCELLED PTHREAD_CANCELED

static pthread_t worker, number;
int work(void);
void use(void *);

static void *worker_main(void *arg) {
  while (work())
    sleep(1);
  return arg;
}

static void *number_main(void *arg) {
  (void)arg;
  return (void *)(intptr_t)work();
}

int start(int *fd) {
  return pthread_create(&worker, NULL, worker_main, fd) |
         pthread_create(&number, NULL, number_main, fd);
}

// ---- fires ----

int pointers(void) {
  void *r;
  pthread_join(worker, &r);
  return r == (void *)-1;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return r == PTHREAD_CANCELED;{{$}}
}

int swapped_operands(void) {
  void *r = NULL;
  if (pthread_join(worker, &r) == 0 && (void *)-1 != r)
  // CHECK-NOTES: [[@LINE-1]]:40: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-2]]:7: note: the result comes from this join
  // CHECK-FIXES: {{^}}  if (pthread_join(worker, &r) == 0 && PTHREAD_CANCELED != r){{$}}
    return 1;
  return 0;
}

// The casts of the comparison go with the number.
int numbers(void) {
  void *r;
  pthread_join(worker, &r);
  if ((intptr_t)r == -1)
  // CHECK-NOTES: [[@LINE-1]]:7: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  if (r == PTHREAD_CANCELED){{$}}
    return 1;
  if ((uintptr_t)r == UINTPTR_MAX)
  // CHECK-NOTES: [[@LINE-1]]:7: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-8]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  if (r == PTHREAD_CANCELED){{$}}
    return 2;
  if (-1 == (int)(intptr_t)r)
  // CHECK-NOTES: [[@LINE-1]]:7: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-13]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  if (PTHREAD_CANCELED == r){{$}}
    return 3;
  return (unsigned long)r != ~0UL;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-18]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return r != PTHREAD_CANCELED;{{$}}
}

// A number that was made before keeps its type.
int variables(void) {
  void *r;
  pthread_join(worker, &r);
  long code = (long)r;
  int narrow = (int)code;
  return code == -1 || narrow == -1;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the result comes from this join
  // CHECK-NOTES: [[@LINE-3]]:24: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-7]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return code == (long)PTHREAD_CANCELED || narrow == (int)(long)PTHREAD_CANCELED;{{$}}
}

// A macro of the program is replaced where it is all of the operand.
int macros(void) {
  void *r;
  pthread_join(worker, &r);
  return r == GONE;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return r == PTHREAD_CANCELED;{{$}}
}

// No fix inside macros.
int inside_macros(void) {
  void *r;
  pthread_join(worker, &r);
  assert(r == (void *)-1);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  return IS_GONE(r) + SAME(r, (void *)-1);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-6]]:3: note: the result comes from this join
  // CHECK-NOTES: [[@LINE-3]]:23: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-8]]:3: note: the result comes from this join
}

// A case label has to be a constant: no fix.
int cases(void) {
  void *r;
  pthread_join(worker, &r);
  switch ((intptr_t)r) {
  case -1:
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the result comes from this join
    return 1;
  default:
    return 0;
  }
}

// The thread is cancelled in the same function.
int cancelled(void) {
  void *r;
  pthread_cancel(worker);
  pthread_join(worker, &r);
  return r == (void *)-1 ? 1 : 0;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the thread is cancelled here
  // CHECK-NOTES: [[@LINE-4]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return r == PTHREAD_CANCELED ? 1 : 0;{{$}}
}

// What NULL was to say is not certain: no fix.
int null(void) {
  void *r = NULL;
  pthread_cancel(worker);
  pthread_join(worker, &r);
  return r == NULL;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which is never NULL [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the thread is cancelled here
  // CHECK-NOTES: [[@LINE-4]]:3: note: the result comes from this join
}

// Nor is the limit that was meant.
int negative(void) {
  void *r;
  pthread_join(worker, &r);
  return (intptr_t)r < 0;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be negative [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
}

int timed(const struct timespec *until) {
  void *r;
  if (pthread_timedjoin_np(worker, &r, until) != 0)
    return 0;
  return r == (void *)-1;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-4]]:7: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return r == PTHREAD_CANCELED;{{$}}
}

// ---- stays silent ----

// The right name, whatever the way.
int by_name(void) {
  void *const gone = PTHREAD_CANCELED;
  void *r;
  pthread_join(worker, &r);
  return r == PTHREAD_CANCELED || r == gone || SAME(r, CANCELLED) ||
         (intptr_t)r == (intptr_t)PTHREAD_CANCELED;
}

// The name stands next to the number, which then means something else.
int both(void) {
  void *r;
  pthread_join(worker, &r);
  return r == PTHREAD_CANCELED || r == (void *)-1;
}

// The routine's own numbers.
int own_numbers(void) {
  void *r;
  pthread_join(number, &r);
  return (intptr_t)r == -1 || (intptr_t)r < 0;
}

// The function's own mark.
int own_mark(void) {
  void *r = (void *)-1;
  pthread_join(worker, &r);
  return r == (void *)-1;
}

// NULL without a cancel.
int null_without_cancel(void) {
  void *r;
  pthread_join(worker, &r);
  return r == NULL || (intptr_t)r == 0;
}

// No result of a join.
int other_values(void *r) {
  int rc = pthread_join(worker, NULL);
  return rc == -1 || r == (void *)-1;
}

// One byte is no result.
int bytes(void) {
  void *r;
  pthread_join(worker, &r);
  return (signed char)(intptr_t)r == -1;
}
