// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Wrappers: helpers seen through, and pairs of which one half disables and the
// other restores.
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t

#include <pthread.h>

void update(void);
int busy(void);

// ---- stays silent (a reason per case) ----

// A pair by name.
void cancel_disable(void) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0); }
void cancel_enable(void) { pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0); }

void CriticalBegin(int *old) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, old);
}
void CriticalEnd(int *old) { pthread_setcancelstate(*old, 0); }

// A pair by what they save and restore.
struct guard {
  int was;
};
void armour(struct guard *g) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &g->was);
}
void bare(struct guard *g) { pthread_setcancelstate(g->was, 0); }

static int kept;
void shelter(void) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &kept); }
void expose(void) { pthread_setcancelstate(kept, 0); }

// Only one half is defined here.
void section_leave(int old);
int section_enter(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  return old;
}

// Pairs of the type.
void async_begin(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
}
void async_end(void) { pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, 0); }

// Their users.
void uses_pairs(void) {
  int old;
  struct guard g;
  cancel_disable();
  update();
  cancel_enable();
  CriticalBegin(&old);
  update();
  CriticalEnd(&old);
  armour(&g);
  update();
  bare(&g);
  async_begin();
  async_end();
}

// A helper that restores what its caller saved is seen through.
static void put_back(int value) { pthread_setcancelstate(value, 0); }

void restored_by_a_helper(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  put_back(old);
}

static int section(int value) {
  int old;
  pthread_setcancelstate(value, &old);
  return old;
}

void saved_by_a_helper(void) {
  int old = section(PTHREAD_CANCEL_DISABLE);
  update();
  section(old);
}

// Recursion changes nothing.
void recursive(int depth) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  if (depth > 0)
    recursive(depth - 1);
  pthread_setcancelstate(old, 0);
}

// ---- fires ----

// The second half is missing on one way.
int user_leaves_early(void) {
  cancel_disable();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it disabled
  if (busy())
    return 1;
  cancel_enable();
  return 0;
}

int user_leaves_early_too(void) {
  int old;
  CriticalBegin(&old);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it disabled
  if (busy())
    return 1;
  CriticalEnd(&old);
  return 0;
}

// More than wrappers, the names do not match and nothing is shared.
void first_step(void) {
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+1]]:1: note: this way out leaves it disabled
}
void other_thing(void) {
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled here, not by who disabled it: the caller can be cancelled [thread-stop-cancel-state-not-restored]
}
// CHECK-FIXES-LABEL: {{^}}void other_thing(void) {
// CHECK-FIXES: {{^ *}}int old_cancel_state;{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old_cancel_state);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_cancel_state, NULL);{{$}}

// Named like a pair, but both disable.
void shield(void) {
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+1]]:1: note: this way out leaves it disabled
}
void unshield(void) {
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+1]]:1: note: this way out leaves it disabled
}
