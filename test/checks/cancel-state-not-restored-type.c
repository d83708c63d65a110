// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -- -- -fexceptions

// Mocks, as glibc has them.
typedef unsigned long pthread_t;
enum {
  PTHREAD_CANCEL_ENABLE,
#define PTHREAD_CANCEL_ENABLE PTHREAD_CANCEL_ENABLE
  PTHREAD_CANCEL_DISABLE
#define PTHREAD_CANCEL_DISABLE PTHREAD_CANCEL_DISABLE
};
enum {
  PTHREAD_CANCEL_DEFERRED,
#define PTHREAD_CANCEL_DEFERRED PTHREAD_CANCEL_DEFERRED
  PTHREAD_CANCEL_ASYNCHRONOUS
#define PTHREAD_CANCEL_ASYNCHRONOUS PTHREAD_CANCEL_ASYNCHRONOUS
};
int pthread_setcancelstate(int, int *);
int pthread_setcanceltype(int, int *);
#define NULL ((void *)0)

void compute(void);
int stop(void);

// ---- fires ----

// (a) for the type.
void literal_close(void) {
  int old_a;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_a);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the type is set to deferred outright, not restored: the caller's type is lost [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
}
// CHECK-FIXES-LABEL: {{^}}void literal_close(void) {
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(old_a, NULL);{{$}}

void literal_close_with_nothing_saved(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the type is set to deferred outright, not restored: the caller's type is lost [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
}
// CHECK-FIXES-LABEL: {{^}}void literal_close_with_nothing_saved(void) {
// CHECK-FIXES: {{^ *}}int old_cancel_type;{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_cancel_type);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(old_cancel_type, NULL);{{$}}

// (c) for the type.
void left_asynchronous(void) {
  int old_c;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_c);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation stays on after this function: the caller may die anywhere [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:1: note: this way out leaves it asynchronous
  compute();
}
// CHECK-FIXES-LABEL: {{^}}void left_asynchronous(void) {
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(old_c, NULL);{{$}}

int left_on_one_way(void) {
  int old_d;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_d);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation stays on after this function: the caller may die anywhere [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it asynchronous
  if (stop())
    return 1;
  compute();
  pthread_setcanceltype(old_d, NULL);
  return 0;
}
// CHECK-FIXES-LABEL: {{^}}int left_on_one_way(void) {
// CHECK-FIXES: {{^ *}}if (stop()) {{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(old_d, NULL);{{$}}

// (e) and (f) for the type.
void wrong_variable(void) {
  int old_e, never;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_e);
  compute();
  pthread_setcanceltype(never, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the wrong variable is restored: the caller's cancellation type is in another one [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the caller's type is saved here
}
// CHECK-FIXES-LABEL: {{^}}void wrong_variable(void) {
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(old_e, NULL);{{$}}

void overwritten_save(void) {
  int old_f;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_f);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_f);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the saved cancellation type is overwritten before it is restored: the caller's is lost [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the caller's type is saved here
  compute();
  pthread_setcanceltype(old_f, NULL);
}

// Both, each on its own.
void both(void) {
  int old_state, old_type;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_state);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_type);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the type is set to deferred outright, not restored: the caller's type is lost [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
  compute();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-9]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}void both(void) {
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(old_type, NULL);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_state, NULL);{{$}}

// ---- stays silent (a reason per case) ----

void restored(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  compute();
  pthread_setcanceltype(old, &old);
}

// Deferred, without having been asynchronous: it makes things safer.
void only_deferred(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  compute();
}

void deferred_and_restored(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
  compute();
  pthread_setcanceltype(old, NULL);
}

// A thread that is asynchronous for its whole life.
void *start(void *arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  compute();
  return arg;
}

int pthread_create(pthread_t *, void *, void *(*)(void *), void *);
void create(pthread_t *t) { pthread_create(t, NULL, start, NULL); }

// ---- control flow ----

// The wrong one of two saved types.
int two_sections(int deep) {
  int outer, inner;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &outer);
  compute();
  if (deep) {
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &inner);
    compute();
    pthread_setcanceltype(inner, NULL);
  }
  pthread_setcanceltype(outer, NULL);
  return deep;
}

void in_a_loop(int n) {
  int old;
  for (int i = 0; i < n; ++i) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    compute();
    pthread_setcanceltype(old, NULL);
  }
}
