// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-async-cancel-unsafe-call %t
// RUN: %check_tidy %s thread-stop-async-cancel-unsafe-call %t -std=gnu11,gnu17 -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-async-cancel-unsafe-call %t -check-suffixes=,STRICT -- -config="{CheckOptions: [{key: thread-stop-async-cancel-unsafe-call.StrictAsync, value: true}]}"

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned table[256];

void unseen(void);
int choose(void);

static void go_async(int *old) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, old);
}
static void go_back(int old) { pthread_setcanceltype(old, NULL); }

// ---- fires ----

// A function that the manual says is unsafe, and why.
void allocates(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  void *p = malloc(10);
  // CHECK-NOTES: [[@LINE-1]]:13: warning: 'malloc' is not async-cancel-safe (lock, mem, fd): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_setcanceltype(old, NULL);
  free(p);
}

// One finding for a region, at the first call; four more are named.
void several(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  char *p = strdup("text");
  // CHECK-NOTES: [[@LINE-1]]:13: warning: 'strdup' is not async-cancel-safe (mem): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  // CHECK-NOTES: [[@LINE+4]]:3: note: 'puts' (lock, corrupt) is no safer
  // CHECK-NOTES: [[@LINE+4]]:3: note: 'syslog' (lock, corrupt, mem, fd) is no safer
  // CHECK-NOTES: [[@LINE+4]]:3: note: 'unseen' is no safer
  // CHECK-NOTES: [[@LINE+4]]:3: note: 'free' (lock, mem, fd) is no safer
  puts(p);
  syslog(LOG_INFO, "%s", p);
  unseen();
  free(p);
  fflush(stdout);
  pthread_setcanceltype(old, NULL);
}

// Two regions, two findings.
void two_regions(void) {
  int old;
  go_async(&old);
  puts("one");
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'puts' is not async-cancel-safe (lock, corrupt): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  go_back(old);
  puts("between");
  go_async(&old);
  puts("two");
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'puts' is not async-cancel-safe (lock, corrupt): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  go_back(old);
}

// A function of another file, and one that nobody knows.
void unknown(void (*callback)(void)) {
  int old;
  go_async(&old);
  unseen();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'unseen' is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  go_back(old);
  go_async(&old);
  callback();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the call is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  go_back(old);
}

// A function of this file that makes such a call, at whatever depth.
static void report(unsigned n) {
  if (n)
    printf("%u\n", n);
}
static void check(unsigned n) { report(n & 1); }

void by_callee(void) {
  int old;
  go_async(&old);
  check(3);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'check' is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  // CHECK-NOTES: [[@LINE-10]]:5: note: 'printf' (lock, corrupt, mem) is called here
  go_back(old);
}

// A deferred cancellation point is no safer in this mode.
void waits(sem_t *s) {
  int old;
  go_async(&old);
  sem_wait(s);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'sem_wait' is not async-cancel-safe (corrupt): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  go_back(old);
}

// On one branch of the region only: it is called all the same.
void on_a_branch(int n) {
  int old;
  go_async(&old);
  if (n)
    puts("n");
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'puts' is not async-cancel-safe (lock, corrupt): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
    // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
  go_back(old);
}

// A whole thread that is asynchronous.
static void *thread(void *arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  for (;;)
    puts(arg);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'puts' is not async-cancel-safe (lock, corrupt): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
    // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
}

void start(pthread_t *t) { pthread_create(t, NULL, thread, "text"); }

#define ASYNC(statement)                                                       \
  do {                                                                         \
    int old_type;                                                              \
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_type);             \
    statement;                                                                 \
    pthread_setcanceltype(old_type, NULL);                                     \
  } while (0)

void by_macro(void) {
  ASYNC(puts("text"));
  // CHECK-NOTES: [[@LINE-1]]:9: warning: 'puts' is not async-cancel-safe (lock, corrupt): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-2]]:3: note: asynchronous cancellation is switched on here
}

// AC-Safe for the manual, but not for POSIX; it may leak what it opens.
int opens(const char *path) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  int fd = open(path, O_RDONLY);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:12: warning: 'open' is not async-cancel-safe (fd): a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_setcanceltype(old, NULL);
  return fd;
}

unsigned long measures(const char *text) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  unsigned long n = strlen(text);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:21: warning: 'strlen' is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_setcanceltype(old, NULL);
  return n;
}

// ---- stays silent (a reason per case) ----

// Plain computation, in the function and in what it calls.
static unsigned mix(unsigned a, unsigned b) {
  return b ? mix(a ^ b, b / 2) : a;
}

unsigned computes(const unsigned char *data, int n) {
  int old;
  unsigned sum = 0;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  for (int i = 0; i < n; ++i) {
    sum = mix(sum, data[i]);
    table[data[i]]++;
  }
  pthread_setcanceltype(old, NULL);
  return sum;
}

// The three functions that POSIX names, and a test for a request.
void posix_names(pthread_t other) {
  int old, state;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  pthread_cancel(other);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  pthread_setcancelstate(state, NULL);
  pthread_testcancel();
  pthread_setcanceltype(old, NULL);
}

// Locks are the business of async-cancel-with-lock.
void locks(void) {
  int old;
  go_async(&old);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  go_back(old);
}

// Deferred again, or disabled.
void deferred_again(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  puts("text");
  pthread_setcanceltype(old, NULL);
  puts("text");
}

void disabled(void) {
  int old, state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  puts("text");
  pthread_setcanceltype(old, NULL);
  pthread_setcancelstate(state, NULL);
}

static void disables(void) {
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  puts("text");
  pthread_setcancelstate(state, NULL);
}

void callee_disables(void) {
  int old;
  go_async(&old);
  disables();
  go_back(old);
}

// Asynchronous on one of two paths: it may be deferred.
void perhaps(void) {
  int old = PTHREAD_CANCEL_DEFERRED;
  if (choose())
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  puts("text");
  pthread_setcanceltype(old, NULL);
}

// The caller's type is not known.
void of_the_caller(int type) {
  puts("text");
  pthread_setcanceltype(type, NULL);
  puts("text");
}

// Unreachable.
void dead(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  if (0)
    puts("text");
  pthread_setcanceltype(old, NULL);
}

// The program ends.
void ends(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  if (table[0])
    _exit(1);
  pthread_setcanceltype(old, NULL);
}

// Silenced by hand.
void accepted(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  puts("text"); // NOLINT(thread-stop-async-cancel-unsafe-call)
  pthread_setcanceltype(old, NULL);
}
