// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-swapped-cancel-constant %t
// RUN: %check_tidy %s thread-stop-swapped-cancel-constant %t -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-swapped-cancel-constant %t -std=c99,c11,c17

#include <pthread.h>

void work(void);
int choose(void);

// ---- fires ----

// A state given as a type.
void disable_as_type(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void disable_as_type(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);{{$}}

void enable_as_type(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_ENABLE' is no cancellation type: this sets the type to deferred [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void enable_as_type(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);{{$}}

// A type given as a state.
void deferred_as_state(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DEFERRED' is no cancellation state: this enables cancellation [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void deferred_as_state(void) {
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);{{$}}

// Two things may be meant: two notes, nothing is applied.
void asynchronous_as_state(void) {
  pthread_setcancelstate(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_ASYNCHRONOUS' is no cancellation state: this disables cancellation [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-2]]:3: note: for asynchronous cancellation call 'pthread_setcanceltype'
  // CHECK-NOTES: [[@LINE-3]]:3: note: to disable cancellation pass 'PTHREAD_CANCEL_DISABLE'
}

// The restores follow the renamed call.
void with_a_restore(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
  work();
  pthread_setcanceltype(old, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void with_a_restore(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old, NULL);{{$}}

int with_two_restores(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
  if (choose()) {
    pthread_setcanceltype(old, NULL);
    return 1;
  }
  work();
  pthread_setcanceltype(old, &old);
  return 0;
}
// CHECK-FIXES-LABEL: {{^}}int with_two_restores(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old, NULL);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old, &old);{{$}}

// Whoever restores from there is not seen: no fix.
void saved_for_others(int *old) {
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, old);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}

// A saved value given to the other function.
void saved_type_as_state(void) {
  int type;
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  work();
  pthread_setcancelstate(type, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a saved cancellation type is given to 'pthread_setcancelstate' [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the type is saved here
  // CHECK-NOTES: [[@LINE-3]]:3: note: restore it with 'pthread_setcanceltype'
}

void saved_state_as_type(void) {
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  work();
  pthread_setcanceltype(state, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a saved cancellation state is given to 'pthread_setcanceltype' [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the state is saved here
  // CHECK-NOTES: [[@LINE-3]]:3: note: restore it with 'pthread_setcancelstate'
}

// The two of them crossed.
void crossed(void) {
  int state, type;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  work();
  pthread_setcancelstate(type, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a saved cancellation type is given to 'pthread_setcancelstate' [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the type is saved here
  // CHECK-NOTES: [[@LINE-3]]:3: note: restore it with 'pthread_setcanceltype'
  pthread_setcanceltype(state, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a saved cancellation state is given to 'pthread_setcanceltype' [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-9]]:3: note: the state is saved here
  // CHECK-NOTES: [[@LINE-3]]:3: note: restore it with 'pthread_setcancelstate'
}

// Through a copy.
void copied(void) {
  int type, copy;
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  copy = type;
  pthread_setcancelstate(copy, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a saved cancellation type is given to 'pthread_setcancelstate' [thread-stop-swapped-cancel-constant]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the type is saved here
  // CHECK-NOTES: [[@LINE-3]]:3: note: restore it with 'pthread_setcanceltype'
}

// Constant variables, enumerators, ternaries.
static const int stopped = PTHREAD_CANCEL_DISABLE;
enum { RUNNING = PTHREAD_CANCEL_ENABLE };

void constant_variable(void) {
  pthread_setcanceltype(stopped, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void constant_variable(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(stopped, NULL);{{$}}

void enumerator(void) {
  pthread_setcanceltype(RUNNING, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_ENABLE' is no cancellation type: this sets the type to deferred [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void enumerator(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(RUNNING, NULL);{{$}}

void unchanged_local(void) {
  int how = PTHREAD_CANCEL_DISABLE;
  pthread_setcanceltype(how, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void unchanged_local(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(how, NULL);{{$}}

// One arm is enough; no fix, for the other may be right.
void ternary(int x) {
  int how = choose();
  pthread_setcanceltype(x ? PTHREAD_CANCEL_DISABLE : how, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
  pthread_setcanceltype(x ? how : PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_ENABLE' is no cancellation type: this sets the type to deferred [thread-stop-swapped-cancel-constant]
}

// Any other literal is an error at run time.
void numbers(void) {
  pthread_setcancelstate(2, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 2 is no cancellation state: the call fails with EINVAL and changes nothing [thread-stop-swapped-cancel-constant]
  pthread_setcanceltype(3, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 3 is no cancellation type: the call fails with EINVAL and changes nothing [thread-stop-swapped-cancel-constant]
  pthread_setcanceltype(-1, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: -1 is no cancellation type: the call fails with EINVAL and changes nothing [thread-stop-swapped-cancel-constant]
}

// In conditions and initialisers.
int in_expressions(void) {
  int rc = pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, NULL);
  // CHECK-NOTES: [[@LINE-1]]:12: warning: 'PTHREAD_CANCEL_ENABLE' is no cancellation type: this sets the type to deferred [thread-stop-swapped-cancel-constant]
  if (pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, NULL) != 0)
  // CHECK-NOTES: [[@LINE-1]]:7: warning: 'PTHREAD_CANCEL_DEFERRED' is no cancellation state: this enables cancellation [thread-stop-swapped-cancel-constant]
    return -1;
  return rc;
}
// CHECK-FIXES-LABEL: {{^}}int in_expressions(void) {
// CHECK-FIXES: {{^ *}}int rc = pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);{{$}}
// CHECK-FIXES: {{^ *}}if (pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL) != 0){{$}}

// ---- stays silent (a reason per case) ----

// As they are meant.
void right(void) {
  int state, type;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  pthread_setcanceltype(type, NULL);
  pthread_setcancelstate(state, NULL);
}

// 0 and 1 fit both.
void small_numbers(void) {
  pthread_setcancelstate(0, NULL);
  pthread_setcancelstate(1, NULL);
  pthread_setcanceltype(0, NULL);
  pthread_setcanceltype(1, NULL);
}

// Not known.
void parameter(int how) { pthread_setcanceltype(how, NULL); }
void computed(void) { pthread_setcancelstate(choose(), NULL); }
void arithmetic(int x) { pthread_setcanceltype(x + 5, NULL); }

// One variable for both, but at each time it holds the right one.
void one_variable(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_setcancelstate(old, NULL);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
  pthread_setcanceltype(old, NULL);
}

// Names of the program that only look alike.
int setcanceltype(int, int *);
void other_function(void) { setcanceltype(PTHREAD_CANCEL_DISABLE, NULL); }

// Unevaluated.
unsigned long size(void) {
  return sizeof(pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL));
}

// Silenced by hand.
void accepted(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL); // NOLINT
}

// ---- control flow ----

void dead(void) {
  if (0)
    pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL);
  return;
  pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, NULL);
}

// Only the arm that can be taken counts.
void decided_ternary(void) {
  pthread_setcanceltype(1 ? PTHREAD_CANCEL_DEFERRED : PTHREAD_CANCEL_DISABLE,
                        NULL);
}

// A saved type on one path, a saved state on the other: not certain.
void either(int x) {
  int old;
  if (x)
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  else
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
  work();
  pthread_setcancelstate(old, NULL);
}

// ---- macros, templates, lambdas ----

#define SET_TYPE(how) pthread_setcanceltype(how, NULL)
#define NO_CANCEL PTHREAD_CANCEL_DISABLE
#define DISABLE_WRONGLY() pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL)

// No fix inside macros; a macro for the constant alone is no obstacle.
void by_macros(void) {
  SET_TYPE(PTHREAD_CANCEL_DISABLE);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
  DISABLE_WRONGLY();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}

void constant_by_macro(void) {
  pthread_setcanceltype(NO_CANCEL, NULL);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void constant_by_macro(void) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(NO_CANCEL, NULL);{{$}}

// The library's own macros set the type themselves.
#ifdef __USE_GNU
void undo(void *);
void library_macros(void *p) {
  pthread_cleanup_push_defer_np(undo, p);
  work();
  pthread_cleanup_pop_restore_np(1);
}
#endif
