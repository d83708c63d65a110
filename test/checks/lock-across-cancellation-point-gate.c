// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is cancellable code, for all checks that speak of it only.
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -check-suffixes=,ANY -- -- -DUNKNOWN_TARGET

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct pool {
  pthread_t thread, other;
  pthread_t workers[4];
};

extern pthread_t of_another_file;
void keep_for_later(void *(*routine)(void *));

// ---- fires ----

// The thread is cancelled by the handle that it was created with: a variable,
static void *by_variable(void *arg) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
  return arg;
}

// a member, in another function,
static void *by_member(void *arg) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
  return arg;
}

// or an array.
static void *by_array(void *arg) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
  return arg;
}

// What it calls, at whatever depth.
static void deep_down(void) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}
static void in_between(void) { deep_down(); }
static void *calls(void *arg) {
  in_between();
  return arg;
}

// Functions that reckon with being cancelled, whoever calls them.
void tests(void) {
  pthread_testcancel();
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

void handler(void *);
void pushes(void) {
  pthread_cleanup_push(handler, NULL);
  sleep(1);
  pthread_cleanup_pop(0);
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

void sets_the_state(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  sleep(1);
  pthread_setcancelstate(old, NULL);
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

// A start routine, where this file cancels a thread that it did not create: it
// may be this one.
static void *not_cancelled(void *arg) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES-ANY: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-ANY: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
  return arg;
}

// The same for a function of that type whose address goes elsewhere.
static void *of_unknown_use(void *arg) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES-ANY: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES-ANY: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
  return arg;
}

void start(struct pool *p) {
  pthread_t thread, deep;
  pthread_create(&p->thread, NULL, by_member, p);
  pthread_create(&p->other, NULL, not_cancelled, p);
  for (int i = 0; i < 4; ++i)
    pthread_create(&p->workers[i], NULL, by_array, p);
  keep_for_later(of_unknown_use);
  pthread_create(&thread, NULL, by_variable, p);
  pthread_create(&deep, NULL, calls, p);
  pthread_cancel(thread);
  pthread_cancel(deep);
#ifdef UNKNOWN_TARGET
  pthread_cancel(of_another_file);
#endif
  pthread_join(thread, NULL);
  pthread_join(deep, NULL);
}

void stop(struct pool *p) {
  pthread_cancel(p->thread);
  pthread_join(p->thread, NULL);
  for (int i = 0; i < 4; ++i) {
    pthread_cancel(p->workers[i]);
    pthread_join(p->workers[i], NULL);
  }
  pthread_join(p->other, NULL);
}

// ---- stays silent (a reason per case) ----

// Nobody cancels the thread that runs it, as far as this file shows.
void of_any_thread(void) {
  pthread_mutex_lock(&lock);
  sleep(1);
  pthread_mutex_unlock(&lock);
}

int main(void) {
  pthread_mutex_lock(&lock);
  sleep(1);
  pthread_mutex_unlock(&lock);
}

// A thread that cancels itself is no forced stop of others.
void cancels_itself(void) {
  pthread_mutex_lock(&lock);
  sleep(1);
  pthread_mutex_unlock(&lock);
  pthread_cancel(pthread_self());
}
