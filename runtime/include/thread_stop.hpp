// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread_stop.hpp: C++17 classes over thread_stop.h. Header only; link with
// the C library.
//
// - thread_stop::thread asks to stop and joins when it is destroyed.
// - thread_stop::attachment makes another thread one that can be stopped.
// - thread_stop::stop_token_bridge lets std::stop_token end blocking calls
//   (C++20).
// - thread_stop::cancel_shield disables pthread_cancel() for a scope.
// - thread_stop::this_thread has questions and waits.
//
// The interruptible calls themselves are the functions of thread_stop.h. Waits
// do not throw: they return a std::error_code that equals
// std::errc::operation_canceled after a stop.

#ifndef THREAD_STOP_HPP
#define THREAD_STOP_HPP

#include "thread_stop.h"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#if defined(__has_include)
#if __has_include(<version>)
#include <version>
#endif
#endif
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

namespace thread_stop {

namespace detail {

inline std::error_code error(int number) noexcept {
  return {number, std::generic_category()};
}

[[noreturn]] inline void raise(int number, const char *what) {
  throw std::system_error(error(number), what);
}

} // namespace detail

// As std::thread::id.
class thread_id {
public:
  thread_id() noexcept = default;
  explicit thread_id(pthread_t handle) noexcept
      : handle_(handle), valid_(true) {}

  friend bool operator==(thread_id a, thread_id b) noexcept {
    return a.valid_ == b.valid_ &&
           (!a.valid_ || pthread_equal(a.handle_, b.handle_) != 0);
  }
  friend bool operator!=(thread_id a, thread_id b) noexcept {
    return !(a == b);
  }
  friend bool operator<(thread_id a, thread_id b) noexcept {
    return a.valid_ == b.valid_
               ? a.valid_ && std::less<pthread_t>()(a.handle_, b.handle_)
               : b.valid_;
  }
  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits> &
  operator<<(std::basic_ostream<Char, Traits> &out, thread_id id) {
    return id.valid_ ? out << id.handle_ : out << "no thread";
  }

private:
  friend struct std::hash<thread_id>;
  pthread_t handle_{};
  bool valid_ = false;
};

// A thread that is asked to stop, and joined, when it is destroyed. Like
// std::jthread, but a stop also ends the blocking calls of thread_stop.h.
class thread {
public:
  using id = thread_id;
  using native_handle_type = pthread_t;

  thread() noexcept = default;

  // Runs a copy of the function with copies of the arguments, as std::thread
  // does; an exception that leaves it ends the program. Throws
  // std::system_error with the error of thread_stop_create(), and what copying
  // throws.
  template <
      class Function, class... Args,
      class = std::enable_if_t<!std::is_same_v<std::decay_t<Function>, thread>>>
  explicit thread(Function &&function, Args &&...args) {
    static_assert(
        std::is_invocable_v<std::decay_t<Function>, std::decay_t<Args>...>,
        "the function must be invocable with copies of the arguments");
    using State = std::tuple<std::decay_t<Function>, std::decay_t<Args>...>;
    auto state = std::make_unique<State>(std::forward<Function>(function),
                                         std::forward<Args>(args)...);
    int error = thread_stop_create(&handle_, nullptr, &run<State>, state.get());
    if (error != 0)
      detail::raise(error, "thread_stop::thread");
    static_cast<void>(state.release()); // now the new thread's
    joinable_ = true;
  }

  thread(thread &&other) noexcept { swap(other); }
  // Stops and joins the thread that it holds before.
  thread &operator=(thread &&other) noexcept {
    if (this != &other) {
      stop_and_join();
      handle_ = other.handle_;
      joinable_ = std::exchange(other.joinable_, false);
    }
    return *this;
  }
  thread(const thread &) = delete;
  thread &operator=(const thread &) = delete;
  ~thread() { stop_and_join(); }

  // Asks the thread to stop. True if it is still there to hear it (also if the
  // wake-up could not be sent, EAGAIN: the stop is requested).
  bool request_stop() noexcept {
    return joinable_ && thread_stop_request(handle_) != ESRCH;
  }

  [[nodiscard]] bool joinable() const noexcept { return joinable_; }
  [[nodiscard]] id get_id() const noexcept {
    return joinable_ ? id(handle_) : id();
  }
  [[nodiscard]] native_handle_type native_handle() const noexcept {
    return handle_;
  }

  // Waits for the end; does not ask for it. Throws std::system_error:
  // invalid_argument if there is no thread, resource_deadlock_would_occur from
  // the thread itself.
  void join() {
    if (!joinable_)
      detail::raise(EINVAL, "thread_stop::thread::join");
    if (int error = pthread_join(handle_, nullptr))
      detail::raise(error, "thread_stop::thread::join");
    joinable_ = false;
  }

  // Lets the thread go on by itself. Throws std::system_error:
  // invalid_argument if there is none.
  void detach() {
    if (!joinable_)
      detail::raise(EINVAL, "thread_stop::thread::detach");
    if (int error = pthread_detach(handle_))
      detail::raise(error, "thread_stop::thread::detach");
    joinable_ = false;
  }

  void swap(thread &other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(joinable_, other.joinable_);
  }
  friend void swap(thread &a, thread &b) noexcept { a.swap(b); }

  [[nodiscard]] static unsigned hardware_concurrency() noexcept {
    return std::thread::hardware_concurrency();
  }

private:
  template <class State> static void *run(void *argument) {
    std::unique_ptr<State> state(static_cast<State *>(argument));
    std::apply([](auto &...parts) { std::invoke(std::move(parts)...); },
               *state);
    return nullptr;
  }

  void stop_and_join() noexcept {
    if (!joinable_)
      return;
    if (thread_stop_join(handle_, nullptr) != 0)
      std::terminate(); // a thread that destroys its own handle
    joinable_ = false;
  }

  pthread_t handle_{};
  bool joinable_ = false;
};

// While it lives, the thread that made it can be stopped: for std::thread and
// threads of libraries. Must be destroyed by the same thread. Throws
// std::system_error with the error of thread_stop_attach().
class attachment {
public:
  attachment() {
    if (int error = thread_stop_attach())
      detail::raise(error, "thread_stop::attachment");
  }
  ~attachment() { thread_stop_detach(); }
  attachment(const attachment &) = delete;
  attachment &operator=(const attachment &) = delete;
};

// While it lives, pthread_cancel() of the thread that made it is delayed. For
// code that is not ready to be unwound in the middle.
class cancel_shield {
public:
  cancel_shield() noexcept {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_);
  }
  ~cancel_shield() {
    int disabled;
    pthread_setcancelstate(old_, &disabled);
  }
  cancel_shield(const cancel_shield &) = delete;
  cancel_shield &operator=(const cancel_shield &) = delete;

private:
  int old_ = 0;
};

#if defined(__cpp_lib_jthread)
// While it lives, request_stop() of the token's source also ends blocking calls
// of the thread that made it. Attaches the thread. Must be destroyed by the
// same thread; a request that runs at that time is waited for.
//
//   std::jthread worker([](std::stop_token token) {
//     thread_stop::stop_token_bridge bridge(token);
//     while (thread_stop_recv(...) > 0) ...
//   });
class stop_token_bridge {
public:
  // Throws std::system_error like attachment.
  explicit stop_token_bridge(std::stop_token token)
      : callback_(std::move(token), request{pthread_self()}) {}
  stop_token_bridge(const stop_token_bridge &) = delete;
  stop_token_bridge &operator=(const stop_token_bridge &) = delete;

private:
  struct request {
    pthread_t target;
    void operator()() const noexcept { thread_stop_request(target); }
  };
  // The order matters: the callback's destructor waits for a callback that
  // runs; only then is the thread detached.
  attachment attachment_;
  std::stop_callback<request> callback_;
};
#endif

namespace this_thread {

// Whether a stop was requested. No system call.
[[nodiscard]] inline bool requested() noexcept {
  return thread_stop_requested();
}

[[nodiscard]] inline thread_id get_id() noexcept {
  return thread_id(pthread_self());
}

} // namespace this_thread

namespace detail {

inline std::error_code poll_result(int ready) noexcept {
  if (ready > 0)
    return {};
  return error(ready == 0 ? ETIMEDOUT : errno);
}

// The time left, rounded up, and never more than a day at once.
template <class Clock, class Duration>
timespec left(const std::chrono::time_point<Clock, Duration> &deadline) {
  using namespace std::chrono;
  const auto day = hours(24);
  const auto rest = deadline - Clock::now();
  if (rest <= rest.zero())
    return {0, 0};
  const auto part =
      rest > day ? duration_cast<nanoseconds>(day) : ceil<nanoseconds>(rest);
  const auto whole = duration_cast<seconds>(part);
  timespec result{};
  result.tv_sec = static_cast<time_t>(whole.count());
  result.tv_nsec = static_cast<long>((part - whole).count());
  return result;
}

// Other signals and the deadline's distance are dealt with here.
template <class Clock, class Duration>
std::error_code
wait_until(pollfd *fds, nfds_t count,
           const std::chrono::time_point<Clock, Duration> &deadline) {
  for (;;) {
    const timespec rest = left(deadline);
    const int ready = thread_stop_ppoll(fds, count, &rest, nullptr);
    if (ready == 0 && Clock::now() < deadline)
      continue;
    if (ready >= 0 || errno != EINTR)
      return poll_result(ready);
  }
}

inline std::error_code wait(pollfd *fds, nfds_t count) noexcept {
  int ready;
  do
    ready = thread_stop_poll(fds, count, -1);
  while (ready == -1 && errno == EINTR);
  return poll_result(ready);
}

inline pollfd one(int fd, short events) noexcept {
  pollfd result{};
  result.fd = fd;
  result.events = events;
  return result;
}

} // namespace detail

namespace this_thread {

// Waits until the descriptor can be read (or has hung up, or failed: reading
// tells). No error, or std::errc::operation_canceled after a stop,
// std::errc::timed_out at the deadline, or an error of poll(). Other signals
// do not end the wait.
[[nodiscard]] inline std::error_code wait_readable(int fd) noexcept {
  pollfd poll_fd = detail::one(fd, POLLIN);
  return detail::wait(&poll_fd, 1);
}
template <class Clock, class Duration>
[[nodiscard]] std::error_code
wait_readable(int fd,
              const std::chrono::time_point<Clock, Duration> &deadline) {
  pollfd poll_fd = detail::one(fd, POLLIN);
  return detail::wait_until(&poll_fd, 1, deadline);
}

// The same for writing.
[[nodiscard]] inline std::error_code wait_writable(int fd) noexcept {
  pollfd poll_fd = detail::one(fd, POLLOUT);
  return detail::wait(&poll_fd, 1);
}
template <class Clock, class Duration>
[[nodiscard]] std::error_code
wait_writable(int fd,
              const std::chrono::time_point<Clock, Duration> &deadline) {
  pollfd poll_fd = detail::one(fd, POLLOUT);
  return detail::wait_until(&poll_fd, 1, deadline);
}

// Sleeps. No error, or std::errc::operation_canceled.
template <class Clock, class Duration>
[[nodiscard]] std::error_code
sleep_until(const std::chrono::time_point<Clock, Duration> &deadline) {
  const std::error_code result = detail::wait_until(nullptr, 0, deadline);
  return result == std::errc::timed_out ? std::error_code() : result;
}
template <class Rep, class Period>
[[nodiscard]] std::error_code
sleep_for(const std::chrono::duration<Rep, Period> &duration) {
  return this_thread::sleep_until(std::chrono::steady_clock::now() + duration);
}

} // namespace this_thread

} // namespace thread_stop

template <> struct std::hash<thread_stop::thread_id> {
  std::size_t operator()(thread_stop::thread_id id) const noexcept {
    return id.valid_ ? std::hash<pthread_t>()(id.handle_) : 0;
  }
};

#endif // THREAD_STOP_HPP
