// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -check-note-fixes -std=c++11-or-later -- -- -isystem %S/Inputs/mock -I%S/Inputs/pthread-cancel-fix

#include <pthread.h>
#include <thread>
#include <thread_stop.h>

void work();

// ---- fires ----

// The header is there already.
void plain(pthread_t t) {
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}
// CHECK-FIXES-LABEL: {{^}}void plain(pthread_t t) {
// CHECK-FIXES: {{^ *}}thread_stop_request(t);{{$}}

// thread_stop_request is a global function, too.
void qualified(pthread_t t) {
  ::pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}
// CHECK-FIXES-LABEL: {{^}}void qualified(pthread_t t) {
// CHECK-FIXES: {{^ *}}::thread_stop_request(t);{{$}}

void of_a_jthread() {
  std::jthread worker(work);
  pthread_cancel(worker.native_handle());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-3]]:16: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:3: note: a 'std::jthread' can be asked: 'request_stop'
}
// CHECK-FIXES-LABEL: {{^}}void of_a_jthread() {
// CHECK-FIXES: {{^ *}}worker.request_stop();{{$}}

void of_a_pointer(std::jthread *worker) {
  if (worker)
    pthread_cancel(worker->native_handle());
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-2]]:5: note: a 'std::jthread' can be asked: 'request_stop'
}
// CHECK-FIXES-LABEL: {{^}}void of_a_pointer(std::jthread *worker) {
// CHECK-FIXES: {{^ *}}worker->request_stop();{{$}}

struct Service {
  std::jthread Thread{work};
  void stop() {
    pthread_cancel(Thread.native_handle());
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-2]]:5: note: a 'std::jthread' can be asked: 'request_stop'
  }
};
// CHECK-FIXES: {{^ *}}Thread.request_stop();{{$}}

// ---- stays silent (a reason per case) ----

// What the fix calls.
void asked(std::jthread &worker, pthread_t t) {
  worker.request_stop();
  thread_stop_request(t);
}

// ---- macros, templates, lambdas ----

#define CANCEL(t) pthread_cancel((t).native_handle())

// No fix inside a macro.
void by_macro(std::jthread &worker) {
  CANCEL(worker);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: a 'std::jthread' can be asked: 'request_stop'
}

void in_a_lambda(pthread_t t) {
  auto f = [=] { pthread_cancel(t); };
  // CHECK-NOTES: [[@LINE-1]]:18: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:18: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  f();
}
// CHECK-FIXES-LABEL: {{^}}void in_a_lambda(pthread_t t) {
// CHECK-FIXES: {{^ *}}auto f = [=] { thread_stop_request(t); };{{$}}
