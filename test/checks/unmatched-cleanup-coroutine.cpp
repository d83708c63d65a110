// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: llvm-ge-16
// RUN: %check_tidy %s thread-stop-unmatched-cleanup %t -std=c++20

#include <pthread.h>

namespace std {
template <class R, class...> struct coroutine_traits {
  using promise_type = typename R::promise_type;
};
template <class P = void> struct coroutine_handle {
  static coroutine_handle from_address(void *) noexcept;
  void *address() const noexcept;
  operator coroutine_handle<>() const noexcept;
};
template <> struct coroutine_handle<void> {
  static coroutine_handle from_address(void *) noexcept;
  void *address() const noexcept;
};
struct suspend_never {
  bool await_ready() const noexcept { return true; }
  void await_suspend(coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
} // namespace std

struct Task {
  struct promise_type {
    Task get_return_object();
    std::suspend_never initial_suspend() noexcept;
    std::suspend_never final_suspend() noexcept;
    void return_value(int);
    void unhandled_exception();
  };
};

void undo(void *);
int next();

// ---- fires ----

Task returns(void *p) {
  pthread_cleanup_push(undo, p);
  if (next())
    co_return 1;
    // CHECK-NOTES: [[@LINE-1]]:5: warning: this 'co_return' skips 'pthread_cleanup_pop' [thread-stop-unmatched-cleanup]
    // CHECK-NOTES: [[@LINE-4]]:3: note: the handler is pushed here
    // CHECK-NOTES: [[@LINE-3]]:5: note: glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler runs here; musl: it runs later, on a dead stack frame
  pthread_cleanup_pop(1);
  co_return 0;
}

// ---- stays silent (a reason per case) ----

Task in_pairs(void *p) {
  pthread_cleanup_push(undo, p);
  next();
  pthread_cleanup_pop(1);
  co_return 0;
}
