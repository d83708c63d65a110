// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fix is a note's: the thread must be created and polled in another way,
// which is for a human to decide.
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -check-note-fixes -- -- -I%S/Inputs/pthread-cancel-fix

#include <pthread.h>

// ---- fires ----

void plain(pthread_t t) {
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}
// CHECK-FIXES: {{^ *}}#include <thread_stop.h>{{$}}
// CHECK-FIXES-LABEL: {{^}}void plain(pthread_t t) {
// CHECK-FIXES: {{^ *}}thread_stop_request(t);{{$}}

int in_a_condition(pthread_t t) {
  if (0 != pthread_cancel(t))
  // CHECK-NOTES: [[@LINE-1]]:12: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:12: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
    return -1;
  return 0;
}
// CHECK-FIXES-LABEL: {{^}}int in_a_condition(pthread_t t) {
// CHECK-FIXES: {{^ *}}if (0 != thread_stop_request(t)){{$}}

void cast_to_void(pthread_t t) {
  (void)pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:9: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:9: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}
// CHECK-FIXES-LABEL: {{^}}void cast_to_void(pthread_t t) {
// CHECK-FIXES: {{^ *}}(void)thread_stop_request(t);{{$}}

// ---- macros, templates, lambdas ----

// Behind a pointer, in parentheses, or spelt by a macro it stays as it is.
#define CANCEL pthread_cancel
#define STOP(t) pthread_cancel(t)
static int (*const stopper)(pthread_t) = pthread_cancel;

void by_macro(pthread_t t) {
  CANCEL(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  STOP(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

void by_pointer(pthread_t t) {
  stopper(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// ---- stays silent (a reason per case) ----

// What the fix calls.
void asked(pthread_t t) {
  extern int thread_stop_request(pthread_t);
  thread_stop_request(t);
}
