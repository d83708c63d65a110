// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where push and pop do not pair the code does not parse: the compiler's errors
// are far away, ours stands at the macro. One case each; what the compiler says
// differs between versions and is not looked at.
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=1 | FileCheck %s -check-prefix=ONE -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=1 -fexceptions | FileCheck %s -check-prefix=ONE -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=1 -x c++ | FileCheck %s -check-prefix=ONE -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=2 | FileCheck %s -check-prefix=TWO -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=2 -fexceptions | FileCheck %s -check-prefix=TWO -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=3 | FileCheck %s -check-prefix=THREE -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=3 -DFINISH | FileCheck %s -check-prefix=NONE -allow-empty
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=4 | FileCheck %s -check-prefix=FOUR -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=5 | FileCheck %s -check-prefix=FIVE -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=6 | FileCheck %s -check-prefix=SIX -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=7 -std=gnu99 | FileCheck %s -check-prefix=SEVEN -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -header-filter=.* -- -DCASE=8 | FileCheck %s -check-prefix=EIGHT -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=9 | FileCheck %s -check-prefix=NINE -implicit-check-not="{{warning: .*.thread-stop-}}"
// RUN: not %clang_tidy %s -load=%plugin -checks=-*,thread-stop-* -config={} -- -DCASE=10 | FileCheck %s -check-prefix=TEN -implicit-check-not="{{warning: .*.thread-stop-}}"

#define _GNU_SOURCE
#include "Inputs/unmatched-cleanup-unpaired/guard.h"
#include <pthread.h>

void undo(void *);
void use(void *);
// NONE-NOT: warning:

// ---- fires ----

#if CASE == 1
void push_only(void *p) {
  pthread_cleanup_push(undo, p);
  // ONE: :[[@LINE-1]]:3: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
  // ONE: :[[@LINE-2]]:3: note: the macro opens a block that only the pop closes: the compiler misses a '}' far below
  use(p);
}
#endif

#if CASE == 2
void pop_only(void *p) {
  use(p);
  pthread_cleanup_pop(1);
  // TWO: :[[@LINE-1]]:3: warning: 'pthread_cleanup_pop' without 'pthread_cleanup_push' in the same block [thread-stop-unmatched-cleanup]
  // TWO: :[[@LINE-2]]:3: note: the macro closes a block that only the push opens: the compiler sees the function end here
}
#endif

// In one configuration only.
#if CASE == 3
void in_a_configuration(void *p) {
  pthread_cleanup_push(undo, p);
  // THREE: :[[@LINE-1]]:3: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
  use(p);
#ifdef FINISH
  pthread_cleanup_pop(1);
#endif
}
#endif

// Through macros of the program.
#if CASE == 4
void by_macros(void *p) {
  GUARD_BEGIN(undo, p);
  use(p);
  GUARD_END();
  GUARD_BEGIN(undo, p);
  // FOUR: :[[@LINE-1]]:3: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
  use(p);
}
#endif

// Two of them and one pop: it goes with the inner push.
#if CASE == 5
void nested(void *p, void *q) {
  pthread_cleanup_push(undo, p);
  // FIVE: :[[@LINE-1]]:3: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
  pthread_cleanup_push(undo, q);
  use(p);
  pthread_cleanup_pop(1);
}
#endif

// Not in the same block: neither has its other half.
#if CASE == 6
void in_other_blocks(void *p) {
  if (p) {
    pthread_cleanup_push(undo, p);
    // SIX: :[[@LINE-1]]:5: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
  }
  use(p);
  pthread_cleanup_pop(1);
  // SIX: :[[@LINE-1]]:3: warning: 'pthread_cleanup_pop' without 'pthread_cleanup_push' in the same block [thread-stop-unmatched-cleanup]
}
#endif

// An old style definition.
#if CASE == 7
int old_style(p, n)
void *p;
int n;
{
  pthread_cleanup_push(undo, p);
  // SEVEN: :[[@LINE-1]]:3: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
  use(p);
  return n;
}
#endif

// In a header.
#if CASE == 8
#include "Inputs/unmatched-cleanup-unpaired/function.h"
// EIGHT: function.h:4:3: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
void after_the_header(void *p) { use(p); }
#endif

// The non-portable pair.
#if CASE == 9
void non_portable(void *p) {
  pthread_cleanup_push_defer_np(undo, p);
  // NINE: :[[@LINE-1]]:3: warning: 'pthread_cleanup_push_defer_np' without 'pthread_cleanup_pop_restore_np' in the same block [thread-stop-unmatched-cleanup]
  use(p);
}
#endif

// One function's fault is no other's.
#if CASE == 10
void first(void *p) {
  pthread_cleanup_push(undo, p);
  use(p);
  pthread_cleanup_pop(1);
}

void second(void *p) {
  pthread_cleanup_push(undo, p);
  // TEN: :[[@LINE-1]]:3: warning: 'pthread_cleanup_push' without 'pthread_cleanup_pop' in the same block [thread-stop-unmatched-cleanup]
  if (p)
    return;
}

void third(void *p) {
  pthread_cleanup_push(undo, p);
  use(p);
  pthread_cleanup_pop(1);
}
#endif

// ---- stays silent (a reason per case) ----

// In pairs, whatever is wrong around them; names in a string or a comment.
void in_pairs(void *p) {
  pthread_cleanup_push(undo, p);
  {
    pthread_cleanup_push(undo, p);
    use(p);
    pthread_cleanup_pop(0);
  }
  pthread_cleanup_pop(1);
  const char *text = "pthread_cleanup_push(undo, p);"; // pthread_cleanup_pop(1)
  (void)text;
}
