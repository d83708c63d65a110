// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread_stop.hpp. Compiled as C++17 and as C++20.

#include "check.h"

#include <thread_stop.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <type_traits>
#include <unordered_set>

using namespace std::chrono_literals;
namespace self = thread_stop::this_thread;

static_assert(!std::is_copy_constructible_v<thread_stop::thread>);
static_assert(!std::is_copy_assignable_v<thread_stop::thread>);
static_assert(std::is_nothrow_move_constructible_v<thread_stop::thread>);
static_assert(std::is_nothrow_move_assignable_v<thread_stop::thread>);
static_assert(!std::is_convertible_v<void (*)(), thread_stop::thread>);

namespace {

struct Pipe {
  int ends[2];
  Pipe() { CHECK_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  Pipe(const Pipe &) = delete;
  Pipe &operator=(const Pipe &) = delete;
};

// Until the destructor asks to stop.
struct Blocked {
  Pipe pipe;
  std::atomic<int> error{0};
  void read() {
    char byte;
    error = thread_stop_read(pipe.ends[0], &byte, 1) == -1 ? errno : 0;
  }
};

void destructor_stops_and_joins() {
  Blocked blocked;
  {
    thread_stop::thread thread([&] { blocked.read(); });
    CHECK(thread.joinable());
    check_pause_ms(10);
  }
  CHECK_EQ(blocked.error, ECANCELED);
}

void assignment_stops_the_old_one() {
  Blocked first, second;
  thread_stop::thread thread(&Blocked::read, &first);
  thread = thread_stop::thread(&Blocked::read, &second);
  CHECK_EQ(first.error, ECANCELED);
  CHECK_EQ(second.error, 0);
  thread_stop::thread other(std::move(thread));
  CHECK(!thread.joinable() && other.joinable());
  swap(thread, other);
  CHECK(thread.joinable() && !other.joinable());
  CHECK(thread.request_stop());
  thread.join();
  CHECK_EQ(second.error, ECANCELED);
  CHECK(!thread.request_stop());
}

struct Counted {
  static std::atomic<int> alive;
  Counted() { ++alive; }
  Counted(const Counted &) { ++alive; }
  Counted(Counted &&) noexcept { ++alive; }
  ~Counted() { --alive; }
};
std::atomic<int> Counted::alive{0};

void arguments_are_copied() {
  std::string seen;
  int number = 1;
  {
    std::string text = "text";
    thread_stop::thread thread(
        [&seen](std::string a, const Counted &, std::unique_ptr<int> b,
                int &c) {
          c = 2;
          seen = a + std::to_string(*b);
        },
        text, Counted(), std::make_unique<int>(7), std::ref(number));
    text = "other";
    thread.join();
  }
  CHECK(seen == "text7");
  CHECK_EQ(number, 2);
  CHECK_EQ(Counted::alive, 0);
}

void ids() {
  std::atomic<bool> same{false};
  std::atomic<const thread_stop::thread *> handle{nullptr};
  thread_stop::thread thread([&] {
    while (!handle.load())
      check_pause_ms(1);
    same = handle.load()->get_id() == self::get_id();
  });
  handle = &thread;
  thread_stop::thread::id id = thread.get_id();
  CHECK(id != thread_stop::thread::id() && id != self::get_id());
  CHECK((id < self::get_id()) != (self::get_id() < id));
  CHECK(pthread_equal(thread.native_handle(), thread.native_handle()));
  std::unordered_set<thread_stop::thread::id> set{id, id, self::get_id()};
  CHECK_EQ(set.size(), 2);
  std::ostringstream out;
  out << id << ' ' << thread_stop::thread::id();
  CHECK(out.str().find("no thread") != std::string::npos);
  thread.join();
  CHECK(same);
  CHECK(thread.get_id() == thread_stop::thread::id());
}

template <class Function> int error_of(Function function) {
  try {
    function();
  } catch (const std::system_error &error) {
    CHECK(error.code().category() == std::generic_category());
    return error.code().value();
  }
  return 0;
}

void errors_are_thrown() {
  thread_stop::thread none;
  CHECK_EQ(error_of([&] { none.join(); }), EINVAL);
  CHECK_EQ(error_of([&] { none.detach(); }), EINVAL);
  std::atomic<int> error{0};
  std::atomic<thread_stop::thread *> handle{nullptr};
  thread_stop::thread thread([&] {
    while (!handle.load())
      check_pause_ms(1);
    error = error_of([&] { handle.load()->join(); });
  });
  handle = &thread;
  while (error == 0)
    check_pause_ms(1);
  CHECK_EQ(error, EDEADLK);
}

void detached_threads_go_on() {
  auto done = std::make_shared<std::atomic<bool>>(false);
  thread_stop::thread thread([done] {
    check_pause_ms(10);
    *done = !self::requested();
  });
  thread.detach();
  CHECK(!thread.joinable());
  while (!*done)
    check_pause_ms(1);
}

void waits() {
  Pipe pipe;
  thread_stop::attachment attachment;
  const auto begin = std::chrono::steady_clock::now();
  CHECK(self::wait_readable(pipe.ends[0], begin + 20ms) ==
        std::errc::timed_out);
  CHECK(std::chrono::steady_clock::now() >= begin + 20ms);
  CHECK(self::wait_readable(pipe.ends[0], std::chrono::system_clock::now() -
                                              1s) == std::errc::timed_out);
  CHECK(!self::wait_writable(pipe.ends[1]));
  CHECK(!self::wait_writable(pipe.ends[1], begin + 1h));
  CHECK_EQ(write(pipe.ends[1], "x", 1), 1);
  CHECK(!self::wait_readable(pipe.ends[0]));
  CHECK(!self::sleep_for(1ms));
  CHECK(!self::requested());
  thread_stop_request(pthread_self());
  CHECK(self::requested());
  CHECK(self::wait_readable(pipe.ends[0]) == std::errc::operation_canceled);
  CHECK(self::wait_writable(pipe.ends[1], begin + 1h) ==
        std::errc::operation_canceled);
  CHECK(self::sleep_for(1h) == std::errc::operation_canceled);
}

void attachment_of_std_thread() {
  Blocked blocked;
  std::atomic<bool> ready{false};
  std::thread thread([&] {
    thread_stop::attachment attachment;
    ready = true;
    blocked.read();
  });
  while (!ready)
    check_pause_ms(1);
  CHECK_EQ(thread_stop_request(thread.native_handle()), 0);
  thread.join();
  CHECK_EQ(blocked.error, ECANCELED);
}

void cancel_is_shielded() {
  Blocked blocked;
  std::atomic<int> state{0};
  thread_stop::thread thread([&] {
    {
      thread_stop::cancel_shield shield;
      state = 1;
      while (state == 1)
        check_pause_ms(1); // a cancellation point, with a cancel pending
      state = 3;
    }
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    CHECK_EQ(old, PTHREAD_CANCEL_ENABLE);
    state = 4;
  });
  while (state != 1)
    check_pause_ms(1);
  pthread_cancel(thread.native_handle());
  state = 2;
  thread.join();
  CHECK_EQ(state, 4);
}

// In a child, because it ends the program.
void exceptions_terminate() {
  pid_t child = fork();
  if (child == 0) {
    std::set_terminate([] { _Exit(42); });
    thread_stop::thread thread([] { throw 1; });
    thread.join();
    _Exit(1);
  }
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 42);
}

#if defined(__cpp_lib_jthread)
void stop_token_ends_a_wait() {
  Blocked blocked;
  std::atomic<bool> ready{false};
  std::jthread thread([&](std::stop_token token) {
    thread_stop::stop_token_bridge bridge(token);
    ready = true;
    blocked.read();
    CHECK(self::requested());
  });
  while (!ready)
    check_pause_ms(1);
  check_pause_ms(5);
  CHECK(thread.request_stop());
  thread.join();
  CHECK_EQ(blocked.error, ECANCELED);
}

void stop_token_that_is_stopped_already() {
  std::stop_source source;
  source.request_stop();
  {
    thread_stop::stop_token_bridge bridge(source.get_token());
    CHECK(self::requested());
  }
  CHECK(!self::requested());
}

// The bridge ends at the same time as the request.
void bridge_is_destroyed_meanwhile() {
  for (int i = 0; i < 3000; ++i) {
    std::stop_source source;
    std::atomic<bool> ready{false};
    std::thread thread([&] {
      for (int j = 0; j < 10; ++j) {
        thread_stop::stop_token_bridge bridge(source.get_token());
        ready = true;
      }
    });
    while (!ready)
      std::this_thread::yield();
    source.request_stop();
    thread.join();
  }
}
#endif

} // namespace

// In a process of its own: a real-time signal of which none can be sent.
void request_without_wake_up() {
  int status;
  const pid_t child = fork();
  if (child == 0) {
    struct rlimit none = {0, 0};
    CHECK_EQ(thread_stop_init(SIGRTMIN + 3), 0);
    CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &none), 0);
    std::atomic<bool> runs{false};
    thread_stop::thread thread([&] {
      runs = true;
      while (!thread_stop::this_thread::requested())
        check_pause_ms(1);
    });
    while (!runs)
      check_pause_ms(1);
    CHECK_EQ(thread_stop_request(thread.native_handle()), EAGAIN);
    CHECK(thread.request_stop());
    thread.join();
    fflush(nullptr);
    _exit(0);
  }
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv) {
  exceptions_terminate();
  request_without_wake_up();
  check_begin(argc, argv);
  destructor_stops_and_joins();
  assignment_stops_the_old_one();
  arguments_are_copied();
  ids();
  errors_are_thrown();
  detached_threads_go_on();
  waits();
  attachment_of_std_thread();
  cancel_is_shielded();
#if defined(__cpp_lib_jthread)
  stop_token_ends_a_wait();
  stop_token_that_is_stopped_already();
  bridge_is_destroyed_meanwhile();
#elif __cplusplus >= 202002L
  puts("no <stop_token>: the bridge is not tested");
#endif
  return 0;
}
