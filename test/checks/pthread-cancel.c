// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-pthread-cancel %t
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -std=c99,c11,c17

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

void *work(void *);
int running(void);

// ---- fires ----

void parameter(pthread_t t) {
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

void created_here(void) {
  pthread_t worker;
  if (pthread_create(&worker, 0, work, 0) != 0)
    return;
  pthread_cancel(worker);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-4]]:7: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  pthread_join(worker, 0);
}

void created_in_an_array(int n) {
  pthread_t pool[4];
  for (int i = 0; i < n; ++i)
    pthread_create(&pool[i], 0, work, 0);
  for (int i = 0; i < n; ++i)
    pthread_cancel(pool[i]);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-4]]:5: note: the thread is created here
    // CHECK-NOTES: [[@LINE-3]]:5: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

void created_by_pointer_arithmetic(pthread_t *team) {
  pthread_create(team + 1, 0, work, 0);
  pthread_cancel(*(team + 1));
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

struct service {
  pthread_t thread;
  int stopping;
};

int service_start(struct service *s) {
  return pthread_create(&s->thread, 0, work, s);
}

// The field is the same, whatever the object is called.
void service_stop(struct service *self) {
  if (pthread_cancel(self->thread) == 0)
  // CHECK-NOTES: [[@LINE-1]]:7: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-7]]:10: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:7: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
    pthread_join(self->thread, 0);
}

static pthread_t global_worker;

void start_global(void) { pthread_create(&global_worker, NULL, work, NULL); }
void stop_global(void) {
  (void)pthread_cancel(global_worker);
  // CHECK-NOTES: [[@LINE-1]]:9: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-4]]:27: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:9: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// Cancelling oneself is a forced stop as well; nothing is to be asked then.
void oneself(void) {
  pthread_cancel(pthread_self());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: a thread ends itself by returning from its start routine
  pthread_testcancel();
}

// The result is part of a condition, an argument, an initialiser.
int in_expressions(pthread_t t) {
  int error = pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:15: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:15: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  if (error || pthread_cancel(t))
  // CHECK-NOTES: [[@LINE-1]]:16: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:16: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
    abort();
  return pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:10: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// Which thread of the two is not known: no note at a creation.
void one_of_two(int first) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0);
  pthread_create(&b, 0, work, 0);
  pthread_cancel(first ? a : b);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// Through a pointer that has one value only.
static int (*const stopper)(pthread_t) = pthread_cancel;

void through_constant_pointer(pthread_t t) {
  stopper(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

void through_local_pointer(pthread_t t) {
  int (*stop)(pthread_t) = &pthread_cancel;
  stop(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  (*stop)(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

void through_dereference(pthread_t t) {
  (*pthread_cancel)(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  (&pthread_cancel)(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// ---- stays silent (a reason per case) ----

// A declaration is no call.
extern int pthread_cancel(pthread_t);

// Taking the address is no call either.
uintptr_t address_only(void) { return (uintptr_t)&pthread_cancel; }

// Other functions of the same family.
void others(pthread_t t) {
  pthread_detach(t);
  pthread_testcancel();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

// The pointer may be something else: a parameter, or set to two functions.
void pointer_parameter(int (*stop)(pthread_t), pthread_t t) { stop(t); }

static int gently(pthread_t t) { return pthread_detach(t); }

void pointer_to_either(pthread_t t, int force) {
  int (*stop)(pthread_t) = gently;
  if (force)
    stop = pthread_cancel;
  stop(t);
}

// An unevaluated operand.
unsigned long size_only(pthread_t t) { return sizeof(pthread_cancel(t)); }

// A field of that name.
struct operations {
  int (*pthread_cancel)(pthread_t);
};
void through_field(struct operations *ops, pthread_t t) {
  ops->pthread_cancel(t);
}

// Silenced by hand.
void accepted(pthread_t t) {
  pthread_cancel(t); // NOLINT(thread-stop-pthread-cancel)
  // NOLINTNEXTLINE(thread-stop-pthread-cancel)
  pthread_cancel(t);
  pthread_cancel(t); // NOLINT(thread-stop-*)
}

// ---- control flow ----

void never(pthread_t t) {
  if (0)
    pthread_cancel(t);
  while (0)
    pthread_cancel(t);
}

void after_the_end(pthread_t t) {
  exit(1);
  pthread_cancel(t);
}

int after_return(pthread_t t) {
  return 0;
  pthread_cancel(t);
}

void after_endless_loop(pthread_t t) {
  for (;;)
    running();
  pthread_cancel(t);
}

void on_one_branch(pthread_t t, int force) {
  if (force)
    pthread_cancel(t);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-2]]:5: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  else
    pthread_detach(t);
}

void in_switch(pthread_t t, int how) {
  switch (how) {
  case 0:
    break;
  default:
    pthread_cancel(t);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-2]]:5: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  }
}

// ---- macros, templates, lambdas ----

#define STOP(thread) pthread_cancel(thread)
#define STOP_AND_JOIN(thread)                                                  \
  do {                                                                         \
    pthread_cancel(thread);                                                    \
    pthread_join(thread, NULL);                                                \
  } while (0)

void by_macro(pthread_t t) {
  STOP(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  STOP_AND_JOIN(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// The name comes from a macro: no fix, the macro may have other users.
#define CANCEL pthread_cancel

void by_macro_name(pthread_t t) {
  CANCEL(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// Only the argument comes from a macro.
#define THE_WORKER global_worker

void macro_argument(void) {
  pthread_cancel(THE_WORKER);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-192]]:27: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}
