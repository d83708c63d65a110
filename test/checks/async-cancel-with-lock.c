// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-async-cancel-with-lock %t -std=gnu11,gnu17

#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t rwlock;
pthread_spinlock_t spin;
mtx_t c11;
struct table {
  pthread_mutex_t m;
  int entries;
} table;

void compute(void);
int choose(void);

static void go_async(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
}
static void go_deferred(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

// ---- fires ----

// The lock is taken inside the asynchronous region: the lock call.
void locks_inside(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  pthread_mutex_lock(&mutex);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  compute();
  pthread_mutex_unlock(&mutex);
  pthread_setcanceltype(old, NULL);
}

// It was held already: the call that sets the type.
void async_while_held(void) {
  int old;
  pthread_mutex_lock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(old, NULL);
  pthread_mutex_unlock(&mutex);
}

// Asynchronous first, then enabled with the lock held: the same call, and
// what makes it dangerous is a note.
void enabled_while_held(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE+2]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE+2]]:3: note: and cancellation is enabled here
  pthread_mutex_lock(&mutex);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  compute();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  pthread_mutex_unlock(&mutex);
}

// All kinds of locks.
void reads(void) {
  go_async();
  pthread_rwlock_rdlock(&rwlock);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_rwlock_unlock(&rwlock);
  go_deferred();
}

void writes(void) {
  go_async();
  pthread_rwlock_wrlock(&rwlock);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_rwlock_unlock(&rwlock);
  go_deferred();
}

void spins(void) {
  go_async();
  pthread_spin_lock(&spin);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_spin_unlock(&spin);
  go_deferred();
}

void locks_c11(void) {
  go_async();
  mtx_lock(&c11);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  mtx_unlock(&c11);
  go_deferred();
}

void locks_a_stream(FILE *f) {
  go_async();
  flockfile(f);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  funlockfile(f);
  go_deferred();
}

void rwlock_held(void) {
  pthread_rwlock_wrlock(&rwlock);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_rwlock_unlock(&rwlock);
}

void stream_held(FILE *f) {
  flockfile(f);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  funlockfile(f);
}

// The same lock by another name: one alias step.
void through_an_alias(struct table *t) {
  pthread_mutex_t *m = &t->m;
  pthread_mutex_lock(m);
  pthread_mutex_unlock(&t->m);
  go_async();
  compute();
  go_deferred();
  pthread_mutex_lock(&t->m);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_mutex_unlock(m);
}

// A checked lock is held where it succeeded.
int checked(void) {
  if (pthread_mutex_lock(&mutex) != 0)
    return -1;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-4]]:7: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_mutex_unlock(&mutex);
  return 0;
}

void tried(void) {
  if (pthread_mutex_trylock(&mutex) == 0) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-3]]:7: note: the lock is taken here
    compute();
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    pthread_mutex_unlock(&mutex);
  }
}

void tried_with_a_variable(const struct timespec *when) {
  int rc = pthread_mutex_timedlock(&mutex, when);
  if (rc)
    return;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-5]]:12: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_mutex_unlock(&mutex);
}

void tried_c11(void) {
  if (mtx_trylock(&c11) != thrd_success)
    return;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-4]]:7: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  mtx_unlock(&c11);
}

// A handler does not help in asynchronous mode.
static void unlock(void *m) { pthread_mutex_unlock(m); }

void with_a_handler(void) {
  go_async();
  pthread_cleanup_push(unlock, &mutex);
  pthread_mutex_lock(&mutex);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
  // CHECK-NOTES: [[@LINE-4]]:3: note: this handler does not help: the cancel may come inside the lock call or half-way through an update
  compute();
  pthread_cleanup_pop(1);
  go_deferred();
}

void with_a_handler_around(void) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the lock is taken here
  // CHECK-NOTES: [[@LINE-4]]:3: note: this handler does not help: the cancel may come inside the lock call or half-way through an update
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_cleanup_pop(1);
}

// Wrappers of the file, by what they do.
static void table_lock(struct table *t) { pthread_mutex_lock(&t->m); }
static void table_unlock(struct table *t) { pthread_mutex_unlock(&t->m); }
static int table_count(struct table *t) {
  pthread_mutex_lock(&t->m);
  int n = t->entries;
  pthread_mutex_unlock(&t->m);
  return n;
}

void wrapper_inside(void) {
  go_async();
  table_lock(&table);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: call takes a lock under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  // CHECK-NOTES: [[@LINE-14]]:43: note: the lock is taken here
  compute();
  table_unlock(&table);
  go_deferred();
}

int callee_locks(void) {
  go_async();
  int n = table_count(&table);
  // CHECK-NOTES: [[@LINE-1]]:11: warning: call takes a lock under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  // CHECK-NOTES: [[@LINE-22]]:3: note: the lock is taken here
  go_deferred();
  return n;
}

void wrapper_held(void) {
  table_lock(&table);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  table_unlock(&table);
}

// Thread-safety attributes.
#define CAPABILITY __attribute__((capability("mutex")))
#define ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
struct CAPABILITY vendor_lock;
void vendor_lock(struct vendor_lock *l) ACQUIRE(l);
void vendor_unlock(struct vendor_lock *l) RELEASE(l);
int vendor_trylock(struct vendor_lock *l) TRY_ACQUIRE(1, l);

void attribute_inside(struct vendor_lock *l) {
  go_async();
  vendor_lock(l);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  compute();
  vendor_unlock(l);
  go_deferred();
}

void attribute_held(struct vendor_lock *l) {
  vendor_lock(l);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  vendor_unlock(l);
}

void attribute_tried(struct vendor_lock *l) {
  if (!vendor_trylock(l))
    return;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-4]]:8: note: the lock is taken here
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  vendor_unlock(l);
}

// ---- stays silent (a reason per case) ----

// Deferred again on this path.
void deferred_again(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
}

// Disabled: the type does not matter.
void disabled(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_setcancelstate(old, NULL);
}

// Given back before.
void unlocked_before(void) {
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

// The branch where the lock was not taken.
void not_taken(void) {
  if (pthread_mutex_trylock(&mutex) != 0) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    compute();
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    return;
  }
  pthread_mutex_unlock(&mutex);
}

void not_taken_either(void) {
  if (pthread_rwlock_tryrdlock(&rwlock) == 0) {
    pthread_rwlock_unlock(&rwlock);
    return;
  }
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

// On one of two paths only: may-held is not held.
void maybe_held(void) {
  int locked = choose();
  if (locked)
    pthread_mutex_lock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  if (locked)
    pthread_mutex_unlock(&mutex);
}

// The caller's type may be anything: not known to be asynchronous.
void of_the_caller(void) {
  pthread_mutex_lock(&mutex);
  compute();
  pthread_mutex_unlock(&mutex);
}

void by_parameter(int type) {
  pthread_setcanceltype(type, NULL);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
}

// Unlocking and initialising take no lock.
void no_locks(void) {
  go_async();
  pthread_mutex_unlock(&mutex);
  pthread_mutex_init(&mutex, NULL);
  pthread_mutex_destroy(&mutex);
  go_deferred();
}

// The trylock's result is thrown away: nobody knows whether it is held.
void tried_blindly(void) {
  pthread_mutex_trylock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  compute();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

// Silenced by hand.
void accepted(void) {
  go_async();
  pthread_mutex_lock(&mutex); // NOLINT(thread-stop-async-cancel-with-lock)
  pthread_mutex_unlock(&mutex);
  go_deferred();
}

// ---- control flow ----

// The type through constants, ternaries and numbers.
static const int kind = PTHREAD_CANCEL_ASYNCHRONOUS;

void by_constant(void) {
  pthread_setcanceltype(kind, NULL);
  pthread_mutex_lock(&mutex);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_mutex_unlock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

void by_ternary(int x) {
  const int local = x ? PTHREAD_CANCEL_ASYNCHRONOUS : kind;
  pthread_setcanceltype(local, NULL);
  pthread_mutex_lock(&mutex);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_mutex_unlock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

void by_number(void) {
  pthread_setcanceltype(1, NULL);
  pthread_mutex_lock(&mutex);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_mutex_unlock(&mutex);
  pthread_setcanceltype(0, NULL);
}

// Sometimes asynchronous is not asynchronous.
void by_mixed_ternary(int x) {
  pthread_setcanceltype(
      x ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

void on_one_path(int x) {
  if (x)
    go_async();
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  go_deferred();
}

// Asynchronous on both paths, by different calls.
void on_both_paths(int x) {
  if (x)
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  else
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  pthread_mutex_lock(&mutex);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-5]]:5: note: asynchronous cancellation is switched on here
  pthread_mutex_unlock(&mutex);
  go_deferred();
}

// Each lock call of a region; in a loop once.
void several(int n) {
  go_async();
  for (int i = 0; i < n; ++i) {
    pthread_mutex_lock(&mutex);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-4]]:3: note: asynchronous cancellation is switched on here
    pthread_mutex_lock(&other);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
    // CHECK-NOTES: [[@LINE-7]]:3: note: asynchronous cancellation is switched on here
    pthread_mutex_unlock(&other);
    pthread_mutex_unlock(&mutex);
  }
  go_deferred();
}

void dead(void) {
  go_async();
  if (0)
    pthread_mutex_lock(&mutex);
  go_deferred();
}

// ---- macros, templates, lambdas ----

#define ASYNC() pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL)
#define LOCK(m) pthread_mutex_lock(&(m))
#define UNLOCK(m) pthread_mutex_unlock(&(m))

void by_macros(void) {
  ASYNC();
  LOCK(mutex);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: lock taken under asynchronous cancellation: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  UNLOCK(mutex);
  go_deferred();
}

void held_by_macros(void) {
  LOCK(mutex);
  ASYNC();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: asynchronous cancellation while a lock is held: a cancel leaves it locked [thread-stop-async-cancel-with-lock]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  compute();
  go_deferred();
  UNLOCK(mutex);
}
