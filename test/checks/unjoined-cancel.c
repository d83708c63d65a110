// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-unjoined-cancel %t
// RUN: %check_tidy %s thread-stop-unjoined-cancel %t -std=gnu11,gnu17 -- -- -fexceptions

#include <pthread.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct job {
  pthread_t thread, joined, given, visible;
  int fd;
};

void watch(pthread_t thread);
void setup(pthread_attr_t *attr);
int thread_stop_request(pthread_t thread);
int choose(void);
void wait_a_bit(void);

static void *work(void *arg) {
  poll(NULL, 0, -1);
  return arg;
}

// ---- fires ----

// Cancelled, and forgotten: a local handle,
void forgets(void) {
  pthread_t t;
  if (pthread_create(&t, NULL, work, NULL) != 0)
    return;
  wait_a_bit();
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-5]]:7: note: the thread is created here
}

// a handle of the file, which nobody else sees,
static pthread_t battery;
int start_battery(void) { return pthread_create(&battery, NULL, work, NULL); }
void stop_battery(void) {
  pthread_cancel(battery);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-4]]:34: note: the thread is created here
}

// and an array of them.
static pthread_t workers[4];
void start_workers(void) {
  for (int i = 0; i < 4; ++i)
    pthread_create(&workers[i], NULL, work, NULL);
}
void stop_workers(void) {
  for (int i = 0; i < 4; ++i)
    pthread_cancel(workers[i]);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
    // CHECK-NOTES: [[@LINE-6]]:5: note: the thread is created here
}

// Reported once, at the first of two requests.
void asks_twice(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is created here
  wait_a_bit();
  pthread_cancel(t);
}

// A polite request wants a join as well.
void asks_politely(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  thread_stop_request(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is created here
}

// Attributes that do not detach.
void with_attributes(void) {
  pthread_t t;
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 1 << 16);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_JOINABLE);
  pthread_create(&t, &attr, work, NULL);
  pthread_attr_destroy(&attr);
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the thread is created here
}

// A copy is the same handle.
void copies(void) {
  pthread_t t, copy;
  pthread_create(&t, NULL, work, NULL);
  copy = t;
  pthread_cancel(copy);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: thread asked to stop but never joined or detached: it may run on and is never released [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the thread is created here
}

// ---- stays silent (a reason per case) ----

// Joined, here or in another function, whichever order they are in.
void joins(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  pthread_cancel(t);
  pthread_join(t, NULL);
}

int start_member(struct job *j) {
  return pthread_create(&j->joined, NULL, work, j);
}
void ask_member(struct job *j) { pthread_cancel(j->joined); }
void finish_member(struct job *j) { pthread_join(j->joined, NULL); }

static pthread_t pool[4];
void run_pool(void) {
  for (int i = 0; i < 4; ++i)
    pthread_create(&pool[i], NULL, work, NULL);
  for (int i = 0; i < 4; ++i)
    pthread_cancel(pool[i]);
  for (int i = 0; i < 4; ++i)
    pthread_join(pool[i], NULL);
}

void joins_a_copy(void) {
  pthread_t t, copy;
  pthread_create(&t, NULL, work, NULL);
  copy = t;
  pthread_cancel(copy);
  pthread_join(t, NULL);
}

static void stop(pthread_t t) {
  pthread_cancel(t);
  pthread_join(t, NULL);
}
void joins_in_a_callee(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  pthread_cancel(t);
  stop(t);
}

// Detached, or created so.
void detaches(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  pthread_cancel(t);
  pthread_detach(t);
}

void created_detached(void) {
  pthread_t t;
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_create(&t, &attr, work, NULL);
  pthread_cancel(t);
}

static void *detaches_itself(void *arg) {
  pthread_detach(pthread_self());
  poll(NULL, 0, -1);
  return arg;
}
void detached_from_inside(void) {
  pthread_t t;
  pthread_create(&t, NULL, detaches_itself, NULL);
  pthread_cancel(t);
}

// Attributes that somebody else fills in.
void unknown_attributes(pthread_attr_t *given) {
  pthread_t t, u;
  pthread_attr_t attr;
  setup(&attr);
  pthread_create(&t, &attr, work, NULL);
  pthread_cancel(t);
  pthread_create(&u, given, work, NULL);
  pthread_cancel(u);
}

// The handle leaves this file's sight: given away, of a caller, visible.
void gives_away(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  watch(t);
  pthread_cancel(t);
}

void of_the_caller(pthread_t t) { pthread_cancel(t); }

void stored(pthread_t *where) {
  pthread_create(where, NULL, work, NULL);
  pthread_cancel(*where);
}

pthread_t everybodys;
void of_the_program(void) {
  pthread_create(&everybodys, NULL, work, NULL);
  pthread_cancel(everybodys);
}

pthread_t returned(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  pthread_cancel(t);
  return t;
}

// Not created here; itself; unreachable.
static pthread_t elsewhere;
void created_elsewhere(void) {
  watch(elsewhere);
  pthread_cancel(elsewhere);
}

void itself(void) { pthread_cancel(pthread_self()); }

void dead(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  if (0)
    pthread_cancel(t);
}

// Silenced by hand.
void accepted(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  pthread_cancel(t); // NOLINT(thread-stop-unjoined-cancel)
}
