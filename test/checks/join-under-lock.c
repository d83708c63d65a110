// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-join-under-lock %t
// RUN: %check_tidy %s thread-stop-join-under-lock %t -check-suffix=STRICT -- -config="{CheckOptions: [{key: thread-stop-join-under-lock.StrictJoin, value: true}]}"

#define _GNU_SOURCE
#include <pthread.h>
#include <threads.h>
#include <unistd.h>

static pthread_mutex_t stats = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t config = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t names;
static mtx_t c11;
static pthread_t counter, reader;
static thrd_t runner;
static unsigned requests;

struct session {
  pthread_mutex_t lock, other;
  pthread_t thread;
  int fd;
};

void *of_another_file(void *arg);

static void bump(void) {
  pthread_mutex_lock(&stats);
  requests++;
  pthread_mutex_unlock(&stats);
}

static void *count(void *arg) {
  char c;
  while (read(*(int *)arg, &c, 1) == 1)
    bump();
  return NULL;
}

static void *read_names(void *arg) {
  pthread_rwlock_rdlock(&names);
  pthread_rwlock_unlock(&names);
  return arg;
}

static int run_c11(void *arg) {
  mtx_lock(&c11);
  mtx_unlock(&c11);
  return arg != NULL;
}

static void *serve(void *arg) {
  struct session *s = arg;
  pthread_mutex_lock(&s->lock);
  s->fd = -1;
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

void start(int *fd, struct session *s) {
  pthread_create(&counter, NULL, count, fd);
  pthread_create(&reader, NULL, read_names, NULL);
  thrd_create(&runner, run_c11, NULL);
  pthread_create(&s->thread, NULL, serve, s);
}

// ---- fires ----

// The thread takes the lock in a callee.
void finish(void) {
  pthread_mutex_lock(&stats);
  pthread_join(counter, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-47]]:3: note: the thread waits for it here
  // CHECK-NOTES-STRICT: [[@LINE-4]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-6]]:3: note: the lock is taken here
  pthread_mutex_unlock(&stats);
}

// A lock of the object that both have.
void close_session(struct session *s) {
  pthread_mutex_lock(&s->lock);
  pthread_join(s->thread, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-33]]:3: note: the thread waits for it here
  // CHECK-NOTES-STRICT: [[@LINE-4]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-6]]:3: note: the lock is taken here
  pthread_mutex_unlock(&s->lock);
}

// Other kinds of locks and threads.
void finish_reader(void) {
  pthread_rwlock_wrlock(&names);
  pthread_join(reader, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-58]]:3: note: the thread waits for it here
  // CHECK-NOTES-STRICT: [[@LINE-4]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-6]]:3: note: the lock is taken here
  pthread_rwlock_unlock(&names);
}

int finish_c11(void) {
  int result;
  mtx_lock(&c11);
  thrd_join(runner, &result);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-64]]:3: note: the thread waits for it here
  // CHECK-NOTES-STRICT: [[@LINE-4]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-6]]:3: note: the lock is taken here
  mtx_unlock(&c11);
  return result;
}

// Held where it was got.
int try_finish(void) {
  if (pthread_mutex_trylock(&stats) != 0)
    return -1;
  pthread_join(counter, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-4]]:7: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-97]]:3: note: the thread waits for it here
  // CHECK-NOTES-STRICT: [[@LINE-4]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-7]]:7: note: the lock is taken here
  pthread_mutex_unlock(&stats);
  return 0;
}

// Taken by a wrapper.
static void take(void) { pthread_mutex_lock(&stats); }
static void give(void) { pthread_mutex_unlock(&stats); }
void finish_wrapped(void) {
  take();
  pthread_join(counter, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-112]]:3: note: the thread waits for it here
  // CHECK-NOTES-STRICT: [[@LINE-4]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-6]]:3: note: the lock is taken here
  give();
}

// Two locks, one of them the thread's: one finding.
void finish_with_two(void) {
  pthread_mutex_lock(&config);
  pthread_mutex_lock(&stats);
  pthread_join(counter, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the joined thread takes a lock that is held here: neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-125]]:3: note: the thread waits for it here
  // CHECK-NOTES-STRICT: [[@LINE-4]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-6]]:3: note: the lock is taken here
  pthread_mutex_unlock(&stats);
  pthread_mutex_unlock(&config);
}

// StrictJoin: any lock, any thread.
void reconfigure(void) {
  pthread_mutex_lock(&config);
  pthread_join(counter, NULL);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&config);
}

void end(struct session *s, pthread_t unknown) {
  pthread_mutex_lock(&s->other);
  pthread_join(unknown, NULL);
  // CHECK-NOTES-STRICT: [[@LINE-1]]:3: warning: a thread is joined while a lock is held: if it wants that lock, neither goes on [thread-stop-join-under-lock]
  // CHECK-NOTES-STRICT: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&s->other);
}

// ---- stays silent (a reason per case) ----

// Joined first, or after the lock was given back.
void first(void) {
  pthread_join(counter, NULL);
  pthread_mutex_lock(&stats);
  requests = 0;
  pthread_mutex_unlock(&stats);
}

void after(struct session *s) {
  pthread_t t;
  pthread_mutex_lock(&s->lock);
  t = s->thread;
  pthread_mutex_unlock(&s->lock);
  pthread_join(t, NULL);
}

// On one of two paths only.
void maybe(int busy) {
  if (busy)
    pthread_mutex_lock(&stats);
  pthread_join(counter, NULL);
  if (busy)
    pthread_mutex_unlock(&stats);
}

// The branch on which it was not got.
void not_got(void) {
  if (pthread_mutex_trylock(&stats) != 0) {
    pthread_join(counter, NULL);
    return;
  }
  pthread_mutex_unlock(&stats);
}

// Does not wait, or not for ever; so it is no deadlock.
void in_time(const struct timespec *until) {
  pthread_mutex_lock(&stats);
  if (pthread_tryjoin_np(counter, NULL) != 0)
    pthread_timedjoin_np(counter, NULL, until);
  pthread_mutex_unlock(&stats);
}

// Unreachable.
void dead(void) {
  pthread_mutex_lock(&stats);
  if (0)
    pthread_join(counter, NULL);
  pthread_mutex_unlock(&stats);
}

// Silenced by hand.
void accepted(void) {
  pthread_mutex_lock(&stats);
  pthread_join(counter, NULL); // NOLINT(thread-stop-join-under-lock)
  pthread_mutex_unlock(&stats);
}
