// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is taken from under a thread that was only asked to stop, and handles
// that are used after their thread is gone.
// RUN: %check_tidy %s thread-stop-unjoined-cancel %t

#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct tail {
  pthread_mutex_t lock;
  pthread_cond_t more;
  pthread_t thread;
  char *text;
  int fd;
};

static pthread_t follower, counter;
static struct tail *tail;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t unused = PTHREAD_MUTEX_INITIALIZER;
static sem_t work_left;

int choose(void);
void fill(pthread_t *thread);

static void *follow(void *arg) {
  struct tail *t = arg;
  char c;
  while (read(t->fd, &c, 1) == 1)
    t->text[0] = c;
  return NULL;
}

static void *count(void *arg) {
  for (;;) {
    sem_wait(&work_left);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
  }
  return arg;
}

int start(void) {
  pthread_create(&counter, NULL, count, NULL);
  return pthread_create(&follower, NULL, follow, tail);
}

// ---- fires ----

// Freed between the request and the join.
void frees(void) {
  pthread_cancel(follower);
  free(tail);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: released while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is only asked to stop here
  // CHECK-NOTES: [[@LINE-11]]:10: note: it was given to the thread here
  pthread_join(follower, NULL);
}

// A part of it.
void frees_a_part(void) {
  pthread_cancel(follower);
  free(tail->text);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: released while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is only asked to stop here
  // CHECK-NOTES: [[@LINE-21]]:10: note: it was given to the thread here
  pthread_join(follower, NULL);
}

// A mutex, a condition, a semaphore that it uses.
void destroys(void) {
  pthread_cancel(follower);
  pthread_mutex_destroy(&tail->lock);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: destroyed while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is only asked to stop here
  // CHECK-NOTES: [[@LINE-31]]:10: note: it was given to the thread here
  pthread_cond_destroy(&tail->more);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: destroyed while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-7]]:3: note: the thread is only asked to stop here
  // CHECK-NOTES: [[@LINE-35]]:10: note: it was given to the thread here
  pthread_join(follower, NULL);
}

void destroys_a_global(void) {
  pthread_cancel(counter);
  pthread_mutex_destroy(&lock);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: destroyed while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is only asked to stop here
  // CHECK-NOTES: [[@LINE-45]]:3: note: it was given to the thread here
  sem_destroy(&work_left);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: destroyed while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-7]]:3: note: the thread is only asked to stop here
  // CHECK-NOTES: [[@LINE-49]]:3: note: it was given to the thread here
  pthread_join(counter, NULL);
}

// Its own local data.
void frees_a_local(void) {
  pthread_t t;
  struct tail *mine = calloc(1, sizeof *mine);
  pthread_create(&t, NULL, follow, mine);
  pthread_cancel(t);
  free(mine);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: released while the thread that was asked to stop may still use it: join it first [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the thread is only asked to stop here
  // CHECK-NOTES: [[@LINE-5]]:3: note: it was given to the thread here
  pthread_join(t, NULL);
}

// Used after a join: no test for life.
int alive(pthread_t t) {
  pthread_join(t, NULL);
  return pthread_kill(t, 0);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: handle used after its thread was joined: it may be invalid or another thread's [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: joined here
}

void joins_twice(pthread_t t) {
  pthread_join(t, NULL);
  pthread_join(t, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: handle used after its thread was joined: it may be invalid or another thread's [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: joined here
}

void joins_where_it_succeeded(pthread_t t) {
  if (pthread_join(t, NULL) == 0)
    pthread_detach(t);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: handle used after its thread was joined: it may be invalid or another thread's [thread-stop-unjoined-cancel]
    // CHECK-NOTES: [[@LINE-3]]:7: note: joined here
}

void cancels_late(struct tail *t) {
  pthread_join(t->thread, NULL);
  pthread_cancel(t->thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: handle used after its thread was joined: it may be invalid or another thread's [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: joined here
}

void joins_where_it_was_in_time(pthread_t t, const struct timespec *until) {
  if (pthread_timedjoin_np(t, NULL, until) == 0)
    pthread_cancel(t);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: handle used after its thread was joined: it may be invalid or another thread's [thread-stop-unjoined-cancel]
    // CHECK-NOTES: [[@LINE-3]]:7: note: joined here
}

// After a detach the handle may belong to nobody, or to another thread.
void cancels_detached(void *arg) {
  pthread_t t;
  pthread_create(&t, NULL, follow, arg);
  pthread_detach(t);
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: handle used after its thread was detached: it may be invalid or another thread's [thread-stop-unjoined-cancel]
  // CHECK-NOTES: [[@LINE-3]]:3: note: detached here
}

// ---- stays silent (a reason per case) ----

// Joined first.
void in_order(void) {
  pthread_cancel(follower);
  pthread_join(follower, NULL);
  pthread_mutex_destroy(&tail->lock);
  free(tail->text);
  free(tail);
}

// On the other branch; before the request; something else.
void on_the_other_branch(int running) {
  if (running) {
    pthread_cancel(follower);
    pthread_join(follower, NULL);
  } else {
    free(tail);
  }
}

void something_else(char *other) {
  free(other);
  pthread_cancel(follower);
  free(other);
  pthread_mutex_destroy(&unused);
  pthread_join(follower, NULL);
}

// What another thread uses.
void of_another_thread(void) {
  pthread_cancel(follower);
  pthread_mutex_destroy(&lock);
  pthread_join(follower, NULL);
}

// Created anew, or filled in by somebody.
void restarts(pthread_t *where, void *arg) {
  pthread_t t = *where;
  pthread_join(t, NULL);
  pthread_create(&t, NULL, follow, arg);
  pthread_join(t, NULL);
}

void filled(pthread_t t) {
  pthread_join(t, NULL);
  fill(&t);
  pthread_join(t, NULL);
}

void assigned(pthread_t t, pthread_t u) {
  pthread_join(t, NULL);
  t = u;
  pthread_join(t, NULL);
}

// After a join that failed the thread is still there.
void failed(pthread_t t, const struct timespec *until) {
  if (pthread_timedjoin_np(t, NULL, until) != 0) {
    pthread_cancel(t);
    pthread_join(t, NULL);
  }
  if (pthread_tryjoin_np(follower, NULL))
    pthread_join(follower, NULL);
}

// Once on each path.
void either(pthread_t t, int detach) {
  if (detach)
    pthread_detach(t);
  else
    pthread_join(t, NULL);
}

void perhaps(pthread_t t) {
  if (choose())
    pthread_join(t, NULL);
  else
    pthread_cancel(t);
}

// Another element in each round.
void all(pthread_t *threads, int n) {
  for (int i = 0; i < n; ++i)
    pthread_join(threads[i], NULL);
}

// Silenced by hand.
void accepted(pthread_t t) {
  pthread_join(t, NULL);
  pthread_join(t, NULL); // NOLINT(thread-stop-unjoined-cancel)
}
