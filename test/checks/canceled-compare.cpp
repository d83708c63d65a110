// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-canceled-compare %t -std=c++11-or-later
// RUN: %check_tidy %s thread-stop-canceled-compare %t -- -- -fno-exceptions

#include <cstdint>
#include <pthread.h>
#include <unistd.h>

class Worker {
public:
  bool start() {
    return pthread_create(&id_, nullptr, &Worker::main, this) == 0;
  }
  bool casts();
  bool numbers();
  bool copies();
  bool nulls();
  bool members();
  bool names();

private:
  static void *main(void *self) {
    pause();
    return self;
  }

  pthread_t id_;
  void *result_;
};

static constexpr std::intptr_t gone = -1;

// ---- fires ----

bool Worker::casts() {
  void *result = nullptr;
  ::pthread_join(id_, &result);
  return result == reinterpret_cast<void *>(-1);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return result == PTHREAD_CANCELED;{{$}}
}

bool Worker::numbers() {
  void *result = nullptr;
  pthread_join(id_, &result);
  return reinterpret_cast<std::intptr_t>(result) == gone;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return result == PTHREAD_CANCELED;{{$}}
}

bool Worker::copies() {
  void *result = nullptr;
  pthread_join(id_, &result);
  auto code = reinterpret_cast<std::intptr_t>(result);
  return code != -1;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return code != (std::intptr_t)PTHREAD_CANCELED;{{$}}
}

bool Worker::nulls() {
  void *result = nullptr;
  pthread_cancel(id_);
  pthread_join(id_, &result);
  return result != nullptr;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which is never NULL [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-4]]:3: note: the thread is cancelled here
  // CHECK-NOTES: [[@LINE-4]]:3: note: the result comes from this join
}

bool Worker::members() {
  pthread_join(id_, &result_);
  return result_ == (void *)-1;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return result_ == PTHREAD_CANCELED;{{$}}
}

template <class T> T collect(pthread_t id) {
  void *result = nullptr;
  pthread_join(id, &result);
  return result == (void *)-1 ? T() : T(1);
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return result == PTHREAD_CANCELED ? T() : T(1);{{$}}
}
int collected(pthread_t id) { return collect<int>(id) + collect<long>(id); }

// ---- stays silent ----

bool Worker::names() {
  void *result = nullptr;
  pthread_join(id_, &result);
  return result == PTHREAD_CANCELED;
}

// Nobody knows when the lambda writes.
int captured(pthread_t id) {
  void *result = nullptr;
  auto join = [&result, id] { return pthread_join(id, &result); };
  join();
  return result == (void *)-1;
}

// A template that nobody uses.
template <class T> bool unused(pthread_t id, T value) {
  void *result = nullptr;
  pthread_join(id, &result);
  return result == (void *)-1 || value;
}

// A function of that name is no join.
namespace fake {
int pthread_join(int, void **);
}
bool other(int id) {
  void *result;
  fake::pthread_join(id, &result);
  return result == (void *)-1;
}
