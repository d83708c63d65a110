// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A pop(0) that ends the only protection of a lock still held at the end.
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -- -- -fexceptions

#include <pthread.h>

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
struct box {
  pthread_mutex_t m;
};

void work(void);
int next(void);
void undo(void *);

static void unlock(void *m) { pthread_mutex_unlock(m); }
static void unlock_rw(void *m) { pthread_rwlock_unlock(m); }
static void unlock_global(void *unused) {
  (void)unused;
  pthread_mutex_unlock(&mutex);
}

// ---- fires ----

void plain(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  work();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

void by_cast(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &mutex);
  work();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

void read_lock(void) {
  pthread_rwlock_rdlock(&rwlock);
  pthread_cleanup_push(unlock_rw, &rwlock);
  work();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

void of_a_field(struct box *b) {
  pthread_mutex_lock(&b->m);
  pthread_cleanup_push(unlock, &b->m);
  work();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

void by_a_global(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock_global, NULL);
  work();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-5]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-5]]:3: note: the handler is pushed here
}

void pushed_first(void) {
  pthread_cleanup_push(unlock, &mutex);
  pthread_mutex_lock(&mutex);
  work();
  pthread_cleanup_pop(0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this pop drops the unlocking handler without running it: the lock stays held [thread-stop-unmatched-cleanup]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-6]]:3: note: the handler is pushed here
}

// ---- stays silent (a reason per case) ----

void runs_it(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  work();
  pthread_cleanup_pop(1);
}

void unlocked_inside(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  work();
  pthread_mutex_unlock(&mutex);
  pthread_cleanup_pop(0);
}

void unlocked_after(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  work();
  pthread_cleanup_pop(0);
  work();
  pthread_mutex_unlock(&mutex);
}

// Another handler still protects it.
void nested(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  pthread_cleanup_push(unlock, &mutex);
  work();
  pthread_cleanup_pop(0);
  pthread_cleanup_pop(1);
}

// Whether it runs is decided at run time.
void decided_late(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  work();
  pthread_cleanup_pop(next());
}

// The handler has nothing to do with the lock.
void other_handler(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(undo, &mutex);
  work();
  pthread_cleanup_pop(0);
  pthread_mutex_unlock(&mutex);
}

// Half of a pair: the partner gives it back.
void box_lock(struct box *b) {
  pthread_mutex_lock(&b->m);
  pthread_cleanup_push(unlock, &b->m);
  work();
  pthread_cleanup_pop(0);
}
void box_unlock(struct box *b);

// ---- control flow ----

// Given back on one path only.
int on_one_path(struct box *b) {
  pthread_mutex_lock(&b->m);
  pthread_cleanup_push(unlock, &b->m);
  work();
  pthread_cleanup_pop(0);
  if (next())
    pthread_mutex_unlock(&b->m);
  return 0;
}
