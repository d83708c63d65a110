// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -std=c99,c11,c17

#include <pthread.h>
#include <stdlib.h>

void update(void);
int busy(void);
int stored;

// ---- fires ----

// (a) Closed with a literal: a caller that had disabled cancellation is
// enabled behind its back.
void literal_close(void) {
  int old_a;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_a);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old_a);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}void literal_close(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_a, &old_a);{{$}}

void literal_close_with_nothing_saved(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}void literal_close_with_nothing_saved(void) {
// CHECK-FIXES: {{^ *}}int old_cancel_state;{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_cancel_state);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_cancel_state, NULL);{{$}}

// (b) A function that is no start routine and did not disable itself.
void enable_only(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled here, not by who disabled it: the caller can be cancelled [thread-stop-cancel-state-not-restored]
  update();
}
// CHECK-FIXES-LABEL: {{^}}void enable_only(void) {
// CHECK-FIXES: {{^ *}}int old_cancel_state;{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old_cancel_state);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_cancel_state, NULL);{{$}}

// (c) Left disabled on the one way out.
void left_disabled(void) {
  int old_c;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_c);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:1: note: this way out leaves it disabled
  update();
}
// CHECK-FIXES-LABEL: {{^}}void left_disabled(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_c, NULL);{{$}}

// (e) Two saved values, the wrong one is restored.
void wrong_variable(void) {
  int old_type, old_e, unused;
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old_type);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_e);
  update();
  pthread_setcancelstate(unused, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the wrong variable is restored: the caller's cancellation state is in another one [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the caller's state is saved here
}
// CHECK-FIXES-LABEL: {{^}}void wrong_variable(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_e, NULL);{{$}}

// (e) The value that the second call saved is the own DISABLE.
void own_disable_restored(void) {
  int outer_e, inner_e;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &outer_e);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &inner_e);
  update();
  pthread_setcancelstate(inner_e, NULL);
  update();
  pthread_setcancelstate(inner_e, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the wrong variable is restored: the caller's cancellation state is in another one [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-7]]:3: note: the caller's state is saved here
}
// CHECK-FIXES-LABEL: {{^}}void own_disable_restored(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(outer_e, NULL);{{$}}

// (f) The second save overwrites the first: what the caller had is lost.
void overwritten_save(void) {
  int old_f;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_f);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_f);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the saved cancellation state is overwritten before it is restored: the caller's is lost [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the caller's state is saved here
  update();
  pthread_setcancelstate(old_f, NULL);
}

// ---- stays silent (a reason per case) ----

// Saved and restored.
void restored(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(old, NULL);
}

// ENABLE saves and restores as well: a window of its own.
void enabled_and_restored(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
  update();
  pthread_setcancelstate(old, &old);
}

// Through a copy, a pointer, a field, an array, a global variable.
void restored_from_a_copy(void) {
  int old, copy;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  copy = old;
  update();
  pthread_setcancelstate(copy, NULL);
}

void restored_by_pointer(int *old) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, old);
  update();
  pthread_setcancelstate(*old, NULL);
}

struct section {
  int state, type;
};

void restored_from_a_field(struct section *s) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->state);
  update();
  pthread_setcancelstate(s->state, NULL);
}

void restored_from_an_array(void) {
  int old[2];
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old[0]);
  update();
  pthread_setcancelstate(old[0], &old[1]);
}

void restored_from_a_global(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &stored);
  update();
  pthread_setcancelstate(stored, NULL);
}

// Nested sections, each with its own variable.
void nested(void) {
  int outer, inner;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &outer);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &inner);
  update();
  pthread_setcancelstate(inner, NULL);
  update();
  pthread_setcancelstate(outer, NULL);
}

// One after the other with one variable.
void in_sequence(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(old, NULL);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(old, NULL);
}

// A window inside of a section: what is restored last is the caller's state.
void window_in_a_section(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  pthread_testcancel();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  update();
  pthread_setcancelstate(old, NULL);
}

// Ways that end the process or the thread owe nobody anything.
void then_exits(int how) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  if (how == 0)
    exit(0);
  if (how == 1)
    abort();
  if (how == 2)
    _Exit(1);
  if (how == 3)
    pthread_exit(NULL);
  pthread_setcancelstate(old, NULL);
}

// Silenced by hand.
void accepted(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // NOLINT
  // NOLINTNEXTLINE(thread-stop-cancel-state-not-restored)
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

// ---- control flow ----

// One way out restores, one does not.
int early_return(void) {
  int old_early;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_early);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it disabled
  if (busy())
    return -1;
  update();
  pthread_setcancelstate(old_early, NULL);
  return 0;
}
// CHECK-FIXES-LABEL: {{^}}int early_return(void) {
// CHECK-FIXES: {{^ *}}if (busy()) {{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_early, NULL);{{$}}

// Several of them: one finding, a note at each.
int many_returns(int what) {
  int old_many;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_many);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+7]]:7: note: this way out leaves it disabled
  // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it disabled
  if (what < 0) {
    return -1;
  }
  while (busy()) {
    if (what == 7)
      return what;
    --what;
  }
  pthread_setcancelstate(old_many, NULL);
  return 0;
}
// CHECK-FIXES-LABEL: {{^}}int many_returns(int what) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_many, NULL);{{$}}
// CHECK-FIXES: {{^ *}}if (what == 7) {{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_many, NULL);{{$}}

// All ways meet at a label that restores.
int single_way_out(void) {
  int old, rc = -1;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  if (busy())
    goto out;
  update();
  rc = 0;
out:
  pthread_setcancelstate(old, NULL);
  return rc;
}

// One of the gotos misses it.
int goto_past_the_restore(void) {
  int old_goto, rc = -1;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_goto);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+7]]:3: note: this way out leaves it disabled
  if (busy())
    goto out;
  update();
  rc = 0;
  pthread_setcancelstate(old_goto, NULL);
out:
  return rc;
}

// Only under the same condition: what a variable is known to be is followed.
void correlated(int protect) {
  int old = 0;
  if (protect)
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  update();
  if (protect)
    pthread_setcancelstate(old, NULL);
}

// The restore also waits for another condition.
void not_correlated(int protect, int restore) {
  int old_x = 0;
  if (protect)
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_x);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
    // CHECK-NOTES: [[@LINE+3]]:5: note: this way out leaves it disabled
  update();
  if (restore)
    return;
  if (protect)
    pthread_setcancelstate(old_x, NULL);
}

// Once for each round.
void in_a_loop(void) {
  while (busy()) {
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    update();
    pthread_setcancelstate(old, NULL);
  }
}

// `break` and `continue` leave it disabled; the second round would overwrite
// what was saved.
void broken_out_of(void) {
  for (;;) {
    int old_b;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_b);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
    // CHECK-NOTES: [[@LINE+5]]:1: note: this way out leaves it disabled
    if (busy())
      break;
    pthread_setcancelstate(old_b, NULL);
  }
}

// A switch with a restore in each case.
void in_switch(int what) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  switch (what) {
  case 0:
    pthread_setcancelstate(old, NULL);
    break;
  case 1:
    update();
    /* fall through */
  default:
    pthread_setcancelstate(old, NULL);
  }
}

// Never reached.
void dead(void) {
  if (0)
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  return;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

// Never left.
void for_ever(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  for (;;)
    update();
}

// Either constant: what it is nobody knows, nothing is reported.
void either(int on) {
  pthread_setcancelstate(on ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE,
                         NULL);
}

void from_a_parameter(int state) { pthread_setcancelstate(state, NULL); }

// Always the same one, by a constant, a ternary, an enumerator, a number.
static const int off = PTHREAD_CANCEL_DISABLE;
enum { RESUME = PTHREAD_CANCEL_ENABLE };

void by_other_names(int x) {
  int old_n;
  pthread_setcancelstate(x ? off : PTHREAD_CANCEL_DISABLE, &old_n);
  update();
  pthread_setcancelstate(RESUME, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}void by_other_names(int x) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_n, NULL);{{$}}

void by_numbers(void) {
  pthread_setcancelstate(1, NULL);
  update();
  pthread_setcancelstate(0, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}void by_numbers(void) {
// CHECK-FIXES: {{^ *}}int old_cancel_state;{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(1, &old_cancel_state);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_cancel_state, NULL);{{$}}

// ---- macros, templates, lambdas ----

#define HOLD_CANCEL(old) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &(old))
#define ALLOW_CANCEL() pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL)
#define RESTORE_CANCEL(old) pthread_setcancelstate((old), NULL)

void by_macros(void) {
  int old;
  HOLD_CANCEL(old);
  update();
  RESTORE_CANCEL(old);
}

// No fix inside macros.
void closed_by_a_macro(void) {
  int old;
  HOLD_CANCEL(old);
  update();
  ALLOW_CANCEL();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}

void opened_by_a_macro(void) {
  int old;
  HOLD_CANCEL(old);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}

int left_by_a_macro(void) {
  int old;
  HOLD_CANCEL(old);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it disabled
  if (busy())
    return 1;
  RESTORE_CANCEL(old);
  return 0;
}

#define RETURN_IF_BUSY()                                                       \
  do {                                                                         \
    if (busy())                                                                \
      return 1;                                                                \
  } while (0)

int returns_in_a_macro(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+1]]:3: note: this way out leaves it disabled
  RETURN_IF_BUSY();
  pthread_setcancelstate(old, NULL);
  return 0;
}

// A function that a macro defines: no fix either.
#define DEFINE_ENABLER(name)                                                   \
  void name(void) { pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); }

DEFINE_ENABLER(enabler)
// CHECK-NOTES: [[@LINE-1]]:1: warning: cancellation is enabled here, not by who disabled it: the caller can be cancelled [thread-stop-cancel-state-not-restored]
