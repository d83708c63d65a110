// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -std=c++11-or-later
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -- -- -fno-exceptions

#include <pthread.h>
#include <stdlib.h>

void undo(void *);
int next();

// ---- fires ----

int returns(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    return -1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  return 0;
}

void breaks(void *p) {
  for (;;) {
    pthread_cleanup_push(undo, p);
    if (next())
      break;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'break' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    pthread_cleanup_pop(1);
  }
}

void continues(void *p, int (&values)[3]) {
  for (int v : values) {
    pthread_cleanup_push(undo, p);
    if (v)
      continue;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'continue' ends the loop hidden in 'pthread_cleanup_push', not the outer one [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: the pop is done and the outer loop goes on; glibc C++ and -fexceptions: the handler runs; musl: a later cancel calls it for ever
    pthread_cleanup_pop(1);
  }
}

struct Job {
  void *Data;
  bool run() {
    pthread_cleanup_push(undo, Data);
    if (next())
      return false;
      // CHECK-NOTES: [[@LINE-1]]:7: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
      // CHECK-NOTES: [[@LINE-4]]:5: note: the handler is pushed here
      // CHECK-NOTES: [[@LINE-3]]:7: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
    pthread_cleanup_pop(1);
    return true;
  }
};

// ---- stays silent (a reason per case) ----

#ifdef __cpp_exceptions
// Unwinding runs the handler.
void throws(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    throw 1;
  pthread_cleanup_pop(1);
}

// In a try block and in a handler, wholly inside.
void try_inside(void *p) {
  pthread_cleanup_push(undo, p);
  try {
    next();
  } catch (int) {
    while (next())
      break;
  }
  pthread_cleanup_pop(1);
}
#endif

void ends(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    exit(1);
  pthread_cleanup_pop(1);
}

void range_inside(void *p, int (&values)[3]) {
  pthread_cleanup_push(undo, p);
  for (int v : values) {
    if (v == 1)
      continue;
    if (v == 2)
      break;
  }
  pthread_cleanup_pop(1);
}

// A function of the program with that name.
namespace mine {
void longjmp(int, int);
}
void other_longjmp(void *p) {
  pthread_cleanup_push(undo, p);
  mine::longjmp(1, 2);
  pthread_cleanup_pop(1);
}

// ---- macros, templates, lambdas ----

template <class T> T returns_of(void *p, T value) {
  pthread_cleanup_push(undo, p);
  if (value)
    return value;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  return T();
}

void instantiate(void *p) {
  returns_of(p, 1);
  returns_of(p, 2L);
}

// The return is the lambda's: the region is left by nobody.
void lambda_inside(void *p) {
  pthread_cleanup_push(undo, p);
  auto f = [](int x) { return x + 1; };
  f(1);
  pthread_cleanup_pop(1);
}

// A region in a lambda.
auto region_in_a_lambda = [](void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    return 1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  return 0;
};

// A local class has its own functions.
void local_class(void *p) {
  pthread_cleanup_push(undo, p);
  struct Local {
    int f() { return 1; }
  };
  Local().f();
  pthread_cleanup_pop(1);
}
