// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -std=c++11-or-later -- -- -isystem %S/Inputs/mock
// RUN: %check_tidy %s thread-stop-cancel-state-not-restored %t -- -- -fno-exceptions -isystem %S/Inputs/mock

#include <pthread.h>
#include <thread>

void update();
int busy();
struct Buffer {
  Buffer();
  ~Buffer();
  int size() const;
};

// ---- fires ----

void literal_close() {
  int old_a;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_a);
  update();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}void literal_close() {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_a, nullptr);{{$}}

// The inserted code is C++.
void left_disabled() {
  int old_c;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_c);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:1: note: this way out leaves it disabled
  update();
}
// CHECK-FIXES-LABEL: {{^}}void left_disabled() {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_c, nullptr);{{$}}

int early_return() {
  int old_early;
  Buffer buffer;
  ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_early);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it disabled
  if (busy())
    return -1;
  ::pthread_setcancelstate(old_early, nullptr);
  return 0;
}
// CHECK-FIXES-LABEL: {{^}}int early_return() {
// CHECK-FIXES: {{^ *}}if (busy()) {{{$}}
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_early, nullptr);{{$}}

// What is returned is computed by a call, which must not run after the
// restore: no fix.
int returns_a_call() {
  int old_r;
  Buffer buffer;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_r);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE+2]]:3: note: this way out leaves it disabled
  update();
  return buffer.size();
}

// A constructor without a destructor that restores.
struct Opens {
  int Old;
  Opens() {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
    // CHECK-NOTES: [[@LINE+1]]:3: note: this way out leaves it disabled
  }
};

// ---- stays silent (a reason per case) ----

// The usual pair.
class Shield {
  int Old;

public:
  Shield() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old); }
  ~Shield() { pthread_setcancelstate(Old, nullptr); }
};

void shielded() {
  Shield S;
  if (busy())
    return;
  update();
}

// The methods of one class.
class Section {
  int Old;

public:
  void enter() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old); }
  void leave() { pthread_setcancelstate(Old, nullptr); }
};

void in_section(Section &S) {
  S.enter();
  update();
  S.leave();
}

// By reference.
void save(int &old) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); }
void restore(const int &old) { pthread_setcancelstate(old, nullptr); }

void by_reference() {
  int old;
  save(old);
  update();
  restore(old);
}

// ---- control flow ----

#ifdef __cpp_exceptions
// A handler restores and goes on.
void restored_in_a_handler() {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  try {
    update();
  } catch (...) {
    pthread_setcancelstate(old, nullptr);
    throw;
  }
  pthread_setcancelstate(old, nullptr);
}
#endif

void range_for(int (&values)[3]) {
  for (int v : values) {
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    (void)v;
    update();
    pthread_setcancelstate(old, nullptr);
  }
}

// ---- macros, templates, lambdas ----

// One finding for several instantiations.
template <class T> void literal_close_of(T &value) {
  int old_t;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_t);
  ++value;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  // CHECK-NOTES: [[@LINE-4]]:3: note: cancellation is disabled here
}
// CHECK-FIXES-LABEL: {{^}}template <class T> void literal_close_of(T &value) {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_t, nullptr);{{$}}

template <class T> struct Locked {
  T Value;
  T get() {
    int old_g;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_g);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
    // CHECK-NOTES: [[@LINE+2]]:5: note: this way out leaves it disabled
    T Copy = Value;
    return Copy;
  }
};
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_g, nullptr);{{$}}

void instantiate(int &i, long &l) {
  literal_close_of(i);
  literal_close_of(l);
  Locked<int> A{1};
  Locked<long> B{2};
  A.get();
  B.get();
}

// A lambda is a function of its own.
void with_a_lambda() {
  auto f = [] {
    int old_l;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_l);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: cancellation stays disabled after this function: a later cancel never acts [thread-stop-cancel-state-not-restored]
    // CHECK-NOTES: [[@LINE+2]]:3: note: this way out leaves it disabled
    update();
  };
  f();
}
// CHECK-FIXES-LABEL: {{^}}void with_a_lambda() {
// CHECK-FIXES: {{^ *}}pthread_setcancelstate(old_l, nullptr);{{$}}

// A lambda that is a start routine owns its thread.
void starts_lambdas() {
  std::thread a([] {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    update();
  });
  a.detach();
  pthread_t t;
  pthread_create(
      &t, nullptr,
      [](void *arg) -> void * {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
        update();
        return arg;
      },
      nullptr);
}

struct Service {
  void run() {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    update();
  }
  void start() {
    std::thread t(&Service::run, this);
    t.detach();
  }
};
