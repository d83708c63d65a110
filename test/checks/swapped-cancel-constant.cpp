// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-swapped-cancel-constant %t -std=c++11-or-later
// RUN: %check_tidy %s thread-stop-swapped-cancel-constant %t -- -- -fno-exceptions

#include <pthread.h>

void work();

// ---- fires ----

void qualified() {
  ::pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void qualified() {
// CHECK-FIXES: {{^ *}}::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);{{$}}

constexpr int Off = PTHREAD_CANCEL_DISABLE;
struct Constants {
  static const int On = PTHREAD_CANCEL_ENABLE;
};
enum class Kind { Later = PTHREAD_CANCEL_DEFERRED };

void constants() {
  pthread_setcanceltype(Off, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
  pthread_setcanceltype(Constants::On, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_ENABLE' is no cancellation type: this sets the type to deferred [thread-stop-swapped-cancel-constant]
  pthread_setcancelstate(static_cast<int>(Kind::Later), nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DEFERRED' is no cancellation state: this enables cancellation [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}void constants() {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(Off, nullptr);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(Constants::On, nullptr);{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcanceltype(static_cast<int>(Kind::Later), nullptr);{{$}}

class Guard {
  int Old;

public:
  Guard() {
    pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &Old);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
  }
  ~Guard() { pthread_setcanceltype(Old, nullptr); }
};

// ---- stays silent (a reason per case) ----

// A function of the program with that name.
namespace mine {
int pthread_setcanceltype(int, int *);
void uses() { mine::pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, nullptr); }
} // namespace mine

struct Thread {
  int pthread_setcanceltype(int, int *);
  void f() { pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, nullptr); }
};

void right() {
  int Old;
  ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  ::pthread_setcancelstate(Old, nullptr);
}

// ---- macros, templates, lambdas ----

// What depends on a parameter is judged by instantiation, once.
template <int How> void set_type() {
  pthread_setcanceltype(How, nullptr);
}

template <class T> void in_a_template(T &x) {
  ++x;
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_DISABLE' is no cancellation type: this turns asynchronous cancellation on [thread-stop-swapped-cancel-constant]
}
// CHECK-FIXES-LABEL: {{^}}template <class T> void in_a_template(T &x) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);{{$}}

void instantiate(int i, long l) {
  set_type<PTHREAD_CANCEL_DEFERRED>();
  set_type<PTHREAD_CANCEL_ASYNCHRONOUS>();
  in_a_template(i);
  in_a_template(l);
}

auto InALambda = [] {
  pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'PTHREAD_CANCEL_ENABLE' is no cancellation type: this sets the type to deferred [thread-stop-swapped-cancel-constant]
};
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);{{$}}
