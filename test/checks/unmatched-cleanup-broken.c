// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Other errors in a file: no finding is made up. Each case has one error.
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=1 2>&1 | FileCheck %s -implicit-check-not="[thread-stop-"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=2 2>&1 | FileCheck %s -implicit-check-not="[thread-stop-"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=3 2>&1 | FileCheck %s -implicit-check-not="[thread-stop-"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=4 2>&1 | FileCheck %s -implicit-check-not="[thread-stop-"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=5 2>&1 | FileCheck %s -implicit-check-not="[thread-stop-"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=6 2>&1 | FileCheck %s -implicit-check-not="[thread-stop-"
// CHECK: error:

#include <pthread.h>

void undo(void *);
int next(void);

// ---- stays silent (a reason per case) ----

#if CASE == 1
// A brace too many says nothing about the macros.
void too_many(void *p) {
  pthread_cleanup_push(undo, p);
  }
  pthread_cleanup_pop(1);
}
#elif CASE == 2
// The flow of a function that does not parse is not known.
int unknown_name(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  if (no_such_function_())
    return no_such_name;
  return 0;
}
#elif CASE == 3
// An argument that is missing.
void too_few(void) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE); }
#elif CASE == 4
// A type that is missing.
struct unknown global;
void in_pairs(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    p = &global;
  pthread_cleanup_pop(1);
}
#elif CASE == 5
// The end of the file is missing.
void unfinished(void *p) {
  pthread_cleanup_push(undo, p);
  pthread_cleanup_pop(1);
  if (next()) {
#elif CASE == 6
// Arguments of the macro are missing.
void macro_without_arguments(void) {
  pthread_cleanup_push;
}
#endif
