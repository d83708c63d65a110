// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-no-cancellation-point %t
// RUN: %check_tidy %s thread-stop-no-cancellation-point %t -std=gnu11,gnu17 -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-no-cancellation-point %t -check-suffixes=,ASSUME -- -config="{CheckOptions: [{key: thread-stop-no-cancellation-point.AssumeCancellable, value: true}]}"
// RUN: %check_tidy %s thread-stop-no-cancellation-point %t -- -config="{CheckOptions: [{key: thread-stop-no-cancellation-point.StrictPoints, value: true}]}"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

struct state {
  pthread_mutex_t lock;
  atomic_int go;
  int fd, n, cells[10];
};

void unseen(struct state *s);

static void improve(struct state *s) {
  for (int i = 1; i < 10; ++i)
    s->cells[i] ^= s->cells[i - 1];
}

// ---- fires ----

// Plain computation, for ever.
static void *by_for(void *arg) {
  struct state *s = arg;
  for (;;) {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    s->n++;
  }
}
// CHECK-FIXES-LABEL: {{^}}static void *by_for(void *arg) {
// CHECK-FIXES:      {{^}}  for (;;) {{[{]$}}
// CHECK-FIXES-NEXT: {{^}}    pthread_testcancel();{{$}}
// CHECK-FIXES:      {{^}}    s->n++;{{$}}

// Without braces, which the fix adds.
static void *by_while(void *arg) {
  while (1)
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    improve(arg);
}
// CHECK-FIXES-LABEL: {{^}}static void *by_while(void *arg) {
// CHECK-FIXES:      {{^}}  while (1){{ *$}}
// CHECK-FIXES:      {{^ *[{]$}}
// CHECK-FIXES-NEXT: {{^ +}}pthread_testcancel();{{$}}
// CHECK-FIXES-NEXT: {{^ +}}improve(arg);{{$}}
// CHECK-FIXES-NEXT: {{^}}  }{{$}}

static void *by_do(void *arg) {
  do {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    improve(arg);
  } while (1);
}
// CHECK-FIXES-LABEL: {{^}}static void *by_do(void *arg) {
// CHECK-FIXES:      {{^}}  do {{[{]$}}
// CHECK-FIXES-NEXT: {{^}}    pthread_testcancel();{{$}}

// No fix: there is no loop statement to put it into.
static void *by_goto(void *arg) {
again:
// CHECK-NOTES: [[@LINE-1]]:1: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
  improve(arg);
  goto again;
}

// An inner loop ends, the outer one does not.
static void *nested(void *arg) {
  struct state *s = arg;
  for (;;) {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    for (int i = 0; i < 60; ++i)
      improve(s);
    if (s->n % 7 == 0)
      continue;
    s->n += 2;
  }
}

// Waiting for a lock is no cancellation point, nor is yielding.
static void *locks(void *arg) {
  struct state *s = arg;
  for (;;) {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    pthread_mutex_lock(&s->lock);
    s->n++;
    pthread_mutex_unlock(&s->lock);
    sched_yield();
  }
}

// In a function that the thread calls.
static void solve(struct state *s) {
  while (1) {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    improve(s);
  }
}
static void *in_a_callee(void *arg) {
  solve(arg);
  return NULL;
}

// A point before the loop and one that is never reached do not help.
static void *points_elsewhere(void *arg) {
  sleep(1);
  for (;;) {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    improve(arg);
    if (0)
      sleep(1);
  }
}

// A wait that never acts.
static void *waits_for_a_file(void *arg) {
  struct state *s = arg;
  flock(s->fd, LOCK_EX);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'flock' is no cancellation point: a cancelled thread waits on and the join hangs [thread-stop-no-cancellation-point]
  s->n++;
  flock(s->fd, LOCK_UN);
  flock(s->fd, LOCK_SH);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'flock' is no cancellation point: a cancelled thread waits on and the join hangs [thread-stop-no-cancellation-point]
  return NULL;
}

// No fix in a macro.
#define FOREVER for (;;)
static void *by_macro(void *arg) {
  FOREVER {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    improve(arg);
  }
}

// AssumeCancellable: nobody cancels this one.
static void *not_cancelled(void *arg) {
  for (;;)
  // CHECK-NOTES-ASSUME: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    improve(arg);
}

// ---- stays silent (a reason per case) ----

// A point in each round, on some path of it, in a condition, in a callee.
static void *tests(void *arg) {
  for (;;) {
    pthread_testcancel();
    improve(arg);
  }
}

static void *sometimes(void *arg) {
  struct state *s = arg;
  for (;;) {
    improve(s);
    if (s->n % 1000 == 0)
      usleep(1);
  }
}

static void *in_the_condition(void *arg) {
  while (poll(NULL, 0, 10) == 0)
    improve(arg);
  return NULL;
}

static int next(struct state *s) {
  char c;
  return (int)read(s->fd, &c, 1);
}
static void handle(struct state *s) { s->n += next(s); }
static void *callee_waits(void *arg) {
  for (;;)
    handle(arg);
}

// Anything that may be a point: stdio (which never acts on musl), a function of
// another file, one that nobody knows.
static void *prints(void *arg) {
  struct state *s = arg;
  for (;;)
  // CHECK-NOTES-MUSL: [[@LINE-1]]:3: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
    printf("%d\n", s->n);
}

static void *calls_unseen(void *arg) {
  for (;;)
    unseen(arg);
}

static void *calls_back(void *arg) {
  void (*callback)(void) = *(void (**)(void))arg;
  for (;;)
    callback();
}

// Ends by itself, or another thread can end it.
static void *finite(void *arg) {
  for (int i = 0; i < 1000000; ++i)
    improve(arg);
  return NULL;
}

static void *by_flag(void *arg) {
  struct state *s = arg;
  while (atomic_load(&s->go))
    improve(s);
  return NULL;
}

static void *breaks(void *arg) {
  struct state *s = arg;
  for (;;) {
    improve(s);
    if (s->n > 100)
      break;
  }
  return NULL;
}

static void *exits(void *arg) {
  struct state *s = arg;
  for (;;) {
    improve(s);
    if (s->n > 100)
      exit(1);
    if (s->n > 90)
      pthread_exit(NULL);
  }
}

// Asynchronous: the request acts anywhere.
static void *asynchronous(void *arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  for (;;)
    improve(arg);
}

// Disabled: it is not meant to see the request.
static void *disabled(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  for (;;)
    improve(arg);
}

// Asks for the file without waiting.
static void *patient(void *arg) {
  struct state *s = arg;
  while (flock(s->fd, LOCK_EX | LOCK_NB) != 0)
    sleep(1);
  return NULL;
}

// Silenced by hand.
static void *accepted(void *arg) {
  for (;;) // NOLINT(thread-stop-no-cancellation-point)
    improve(arg);
}

void run(struct state *s) {
  static void *(*const routines[])(void *) = {not_cancelled};
  pthread_t t[32], other;
  pthread_create(&t[0], NULL, by_for, s);
  pthread_create(&t[1], NULL, by_while, s);
  pthread_create(&t[2], NULL, by_do, s);
  pthread_create(&t[3], NULL, by_goto, s);
  pthread_create(&t[4], NULL, nested, s);
  pthread_create(&t[5], NULL, locks, s);
  pthread_create(&t[6], NULL, in_a_callee, s);
  pthread_create(&t[7], NULL, points_elsewhere, s);
  pthread_create(&t[8], NULL, waits_for_a_file, s);
  pthread_create(&t[9], NULL, by_macro, s);
  pthread_create(&t[10], NULL, tests, s);
  pthread_create(&t[11], NULL, sometimes, s);
  pthread_create(&t[12], NULL, in_the_condition, s);
  pthread_create(&t[13], NULL, callee_waits, s);
  pthread_create(&t[14], NULL, prints, s);
  pthread_create(&t[15], NULL, calls_unseen, s);
  pthread_create(&t[16], NULL, calls_back, s);
  pthread_create(&t[17], NULL, finite, s);
  pthread_create(&t[18], NULL, by_flag, s);
  pthread_create(&t[19], NULL, breaks, s);
  pthread_create(&t[20], NULL, exits, s);
  pthread_create(&t[21], NULL, asynchronous, s);
  pthread_create(&t[22], NULL, disabled, s);
  pthread_create(&t[23], NULL, patient, s);
  pthread_create(&t[24], NULL, accepted, s);
  pthread_create(&other, NULL, routines[0], s);
  for (int i = 0; i < 25; ++i) {
    pthread_cancel(t[i]);
    pthread_join(t[i], NULL);
  }
  pthread_detach(other);
}
