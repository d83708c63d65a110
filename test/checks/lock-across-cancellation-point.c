// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -std=gnu11,gnu17 -- -- -fexceptions

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <threads.h>
#include <unistd.h>

struct queue {
  pthread_mutex_t lock;
  pthread_mutex_t other;
  pthread_cond_t filled;
  pthread_rwlock_t rwlock;
  pthread_spinlock_t spin;
  mtx_t c11;
  cnd_t c11_filled;
  sem_t sem;
  int fd, jobs;
};

void compute(void);
int choose(void);
void unseen(struct queue *q);
void keep(pthread_mutex_t *lock);
static void unlock(void *lock) { pthread_mutex_unlock(lock); }

// ---- fires ----

// The worst case: the wait takes the mutex again before the thread dies.
static void waits(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  while (!q->jobs)
    pthread_cond_wait(&q->filled, &q->lock);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: a thread cancelled in 'pthread_cond_wait' takes the mutex again and dies with it locked [thread-stop-lock-across-cancellation-point]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  q->jobs--;
  pthread_mutex_unlock(&q->lock);
}

static void waits_for_a_time(struct queue *q, const struct timespec *until) {
  pthread_mutex_lock(&q->lock);
  pthread_cond_timedwait(&q->filled, &q->lock, until);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'pthread_cond_timedwait' takes the mutex again and dies with it locked [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&q->lock);
}

// Any other point; one finding for a region, at the first.
static void several_points(struct queue *q) {
  char c;
  pthread_mutex_lock(&q->lock);
  q->jobs = read(q->fd, &c, 1);
  // CHECK-NOTES: [[@LINE-1]]:13: warning: a thread cancelled in 'read' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE+4]]:3: note: and here, while it is still held
  // CHECK-NOTES: [[@LINE+5]]:5: note: and here, while it is still held
  // CHECK-NOTES: [[@LINE+5]]:3: note: and here, while it is still held
  // CHECK-NOTES: [[@LINE+5]]:3: note: and here, while it is still held
  pthread_testcancel();
  if (choose())
    write(q->fd, &c, 1);
  sleep(1);
  nanosleep(&(struct timespec){0, 1}, NULL);
  recv(q->fd, &c, 1, 0);
  fsync(q->fd);
  pthread_mutex_unlock(&q->lock);
}

// Two regions, two findings.
static void two_regions(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&q->lock);
  pthread_mutex_lock(&q->lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&q->lock);
}

// Two locks at one point.
static void two_locks(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_mutex_lock(&q->other);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-4]]:3: note: another lock is held as well, taken here
  pthread_mutex_unlock(&q->other);
  pthread_mutex_unlock(&q->lock);
}

// All kinds of locks.
static void kinds(struct queue *q, FILE *f) {
  pthread_rwlock_rdlock(&q->rwlock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_rwlock_unlock(&q->rwlock);
  pthread_rwlock_wrlock(&q->rwlock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_rwlock_unlock(&q->rwlock);
  pthread_spin_lock(&q->spin);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_spin_unlock(&q->spin);
  flockfile(f);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  funlockfile(f);
}

static void c11(struct queue *q) {
  mtx_lock(&q->c11);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  mtx_unlock(&q->c11);
}

// Held where the call succeeded.
static int checked(struct queue *q) {
  if (pthread_mutex_lock(&q->lock) != 0)
    return -1;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:7: note: the lock is taken here
  pthread_mutex_unlock(&q->lock);
  return 0;
}

static void tried(struct queue *q) {
  if (pthread_mutex_trylock(&q->lock) == 0) {
    sleep(1);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
    // CHECK-NOTES: [[@LINE-3]]:7: note: the lock is taken here
    pthread_mutex_unlock(&q->lock);
  }
}

// Wrappers and callees, by what they do.
static void take(struct queue *q) { pthread_mutex_lock(&q->lock); }
static void give(struct queue *q) { pthread_mutex_unlock(&q->lock); }
static int rest(struct queue *q) { return poll(NULL, 0, q->jobs); }
static int rest_longer(struct queue *q) { return rest(q) + rest(q); }

static void by_wrapper(struct queue *q) {
  take(q);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  give(q);
}

static void callee_waits(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  rest(q);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'rest' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-16]]:43: note: the thread is cancelled here
  pthread_mutex_unlock(&q->lock);
}

static void callee_of_the_callee(struct queue *q) {
  take(q);
  rest_longer(q);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'rest_longer' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-25]]:43: note: the thread is cancelled here
  give(q);
}

// A recursion that waits somewhere.
static void descend(struct queue *q, int depth) {
  if (depth > 0)
    descend(q, depth - 1);
  else
    sleep(1);
}

static void callee_recurs(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  descend(q, 3);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'descend' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-8]]:5: note: the thread is cancelled here
  pthread_mutex_unlock(&q->lock);
}

// The handler comes too late, goes too early, or is for something else.
static void pushed_late(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_cleanup_push(unlock, &q->lock);
  sleep(1);
  pthread_cleanup_pop(1);
}

static void popped_early(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_cleanup_push(unlock, &q->lock);
  sleep(1);
  pthread_cleanup_pop(0);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-6]]:3: note: the lock is taken here
  pthread_mutex_unlock(&q->lock);
}

static void other_lock_pushed(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_cleanup_push(unlock, &q->other);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  pthread_cleanup_pop(0);
  pthread_mutex_unlock(&q->lock);
}

static void log_line(void *line) { (void)line; }

static void handler_unlocks_nothing(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_cleanup_push(log_line, &q->lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  pthread_cleanup_pop(0);
  pthread_mutex_unlock(&q->lock);
}

// Disabled, but enabled again before the point.
static void enabled_again(struct queue *q) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_mutex_lock(&q->lock);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  pthread_mutex_unlock(&q->lock);
  pthread_setcancelstate(old, NULL);
}

// fcntl and lockf are points for one command only.
static void waits_for_a_file(struct queue *q, struct flock *what) {
  pthread_mutex_lock(&q->lock);
  fcntl(q->fd, F_SETLKW, what);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'fcntl' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&q->lock);
}

#define WITH_LOCK(q, statement)                                                \
  do {                                                                         \
    pthread_mutex_lock(&(q)->lock);                                            \
    statement;                                                                 \
    pthread_mutex_unlock(&(q)->lock);                                          \
  } while (0)

static void by_macro(struct queue *q) {
  WITH_LOCK(q, sleep(1));
  // CHECK-NOTES: [[@LINE-1]]:16: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-2]]:3: note: the lock is taken here
}

// ---- stays silent (a reason per case) ----

// Cancellation is disabled.
static void disabled(struct queue *q) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_mutex_lock(&q->lock);
  pthread_cond_wait(&q->filled, &q->lock);
  pthread_mutex_unlock(&q->lock);
  pthread_setcancelstate(old, NULL);
}

// In the callee that waits, too.
static int rest_quietly(struct queue *q) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  int n = poll(NULL, 0, q->jobs);
  pthread_setcancelstate(old, NULL);
  return n;
}

static void callee_disables(struct queue *q) {
  WITH_LOCK(q, rest_quietly(q));
}

// A handler gives it back, pushed before the lock or after it.
static void pushed_after(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_cleanup_push(unlock, &q->lock);
  pthread_cond_wait(&q->filled, &q->lock);
  pthread_cleanup_pop(1);
}

static void pushed_before(struct queue *q) {
  pthread_cleanup_push(unlock, &q->lock);
  pthread_mutex_lock(&q->lock);
  pthread_cond_wait(&q->filled, &q->lock);
  pthread_cleanup_pop(1);
}

static void pushed_directly(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &q->lock);
  sleep(1);
  pthread_cleanup_pop(1);
}

// A handler that gets the whole object, and unlocks what is in it.
static void leave(void *arg) {
  struct queue *q = arg;
  q->jobs = 0;
  pthread_mutex_unlock(&q->lock);
}

static void handler_gets_the_object(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_cleanup_push(leave, q);
  sleep(1);
  pthread_cleanup_pop(1);
}

// One that this file does not show, and that gets the lock.
void unseen_handler(void *);

static void handler_is_elsewhere(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  pthread_cleanup_push(unseen_handler, &q->lock);
  sleep(1);
  pthread_cleanup_pop(1);
}

// Given back before the point, and taken again after it.
static void let_go(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  q->jobs = 0;
  pthread_mutex_unlock(&q->lock);
  sleep(1);
  pthread_mutex_lock(&q->lock);
  q->jobs = 1;
  pthread_mutex_unlock(&q->lock);
}

// The callee gives back its caller's lock while it waits.
static void of_the_caller(struct queue *q) {
  pthread_mutex_unlock(&q->lock);
  sleep(1);
  pthread_mutex_lock(&q->lock);
}

static void calls_with_the_lock(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  of_the_caller(q);
  pthread_mutex_unlock(&q->lock);
}

// The callee pushes a handler for its caller's lock while it waits.
static void guards_its_caller(struct queue *q) {
  pthread_cleanup_push(unlock, &q->lock);
  sleep(1);
  pthread_cleanup_pop(0);
}

static void calls_one_that_guards(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  guards_its_caller(q);
  pthread_mutex_unlock(&q->lock);
}

// On one of two paths only: may-held is not held.
static void maybe_held(struct queue *q) {
  const int busy = choose();
  if (busy)
    pthread_mutex_lock(&q->lock);
  sleep(1);
  if (busy)
    pthread_mutex_unlock(&q->lock);
}

// The branch on which it was not taken.
static void not_taken(struct queue *q) {
  if (pthread_mutex_trylock(&q->lock) != 0) {
    sleep(1);
    return;
  }
  pthread_mutex_unlock(&q->lock);
}

// Never points: other locks, sem_post, ioctl, fcntl without waiting.
static void no_points(struct queue *q, struct flock *what) {
  int n;
  pthread_mutex_lock(&q->lock);
  pthread_mutex_lock(&q->other);
  pthread_rwlock_rdlock(&q->rwlock);
  pthread_rwlock_unlock(&q->rwlock);
  pthread_cond_signal(&q->filled);
  sem_post(&q->sem);
  ioctl(q->fd, 1, &n);
  fcntl(q->fd, F_SETLK, what);
  fcntl(q->fd, F_GETFL);
  pthread_mutex_unlock(&q->other);
  pthread_mutex_unlock(&q->lock);
}

// close and stdio count only with StrictPoints.
static void strict_points(struct queue *q, FILE *f) {
  pthread_mutex_lock(&q->lock);
  fprintf(f, "%d\n", q->jobs);
  fflush(f);
  close(q->fd);
  pthread_mutex_unlock(&q->lock);
}

// Nobody knows what they do.
static void unknown_callee(struct queue *q, void (*callback)(void)) {
  pthread_mutex_lock(&q->lock);
  compute();
  callback();
  pthread_mutex_unlock(&q->lock);
}

// The lock went to a function that nobody sees: it may have given it back.
static void given_away(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  unseen(q);
  sleep(1);
}

// Unreachable.
static void dead(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  if (0)
    sleep(1);
  pthread_mutex_unlock(&q->lock);
}

static void dies(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  if (choose()) {
    abort();
    sleep(1);
  }
  pthread_mutex_unlock(&q->lock);
}

// Silenced by hand.
static void accepted(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  sleep(1); // NOLINT(thread-stop-lock-across-cancellation-point)
  pthread_mutex_unlock(&q->lock);
}

static void *worker(void *arg) {
  struct queue *q = arg;
  struct timespec until = {0, 0};
  struct flock what = {0};
  waits(q), waits_for_a_time(q, &until), several_points(q), two_regions(q);
  two_locks(q), kinds(q, stdout), c11(q), checked(q), tried(q), by_wrapper(q);
  callee_waits(q), callee_of_the_callee(q), callee_recurs(q), pushed_late(q);
  popped_early(q), other_lock_pushed(q), handler_unlocks_nothing(q);
  enabled_again(q), waits_for_a_file(q, &what), by_macro(q), disabled(q);
  callee_disables(q), pushed_after(q), pushed_before(q), pushed_directly(q);
  handler_gets_the_object(q), handler_is_elsewhere(q), let_go(q);
  calls_with_the_lock(q), calls_one_that_guards(q), maybe_held(q), not_taken(q);
  no_points(q, &what), strict_points(q, stdout);
  unknown_callee(q, compute);
  dead(q), dies(q), accepted(q), given_away(q);
  return NULL;
}

void run(struct queue *q) {
  pthread_t thread;
  pthread_create(&thread, NULL, worker, q);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
