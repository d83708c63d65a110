// flags: -std=c++20
// options: thread-stop-lock-across-cancellation-point.AssumeCancellable=true thread-stop-leak-across-cancellation-point.AssumeCancellable=true thread-stop-cancel-in-noexcept.AssumeCancellable=true thread-stop-swallowed-unwind.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <coroutine>
#include <exception>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct Job {
    struct promise_type {
        Job get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { throw; }
    };
};

template <class T> struct Gen {
    struct promise_type {
        T value;
        Gen get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(T v) { value = v; return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> h;
};

static std::mutex m;
static pthread_mutex_t p = PTHREAD_MUTEX_INITIALIZER;

// Silent: the guard lives in the frame and unlocks while unwinding.
Job guarded(int fd)
{
    std::lock_guard<std::mutex> g(m);
    send(fd, "g", 1, 0);
    co_return;
}

// Fires: by hand, in a coroutine as elsewhere.
Job byHand(int fd)
{
    pthread_mutex_lock(&p);
    send(fd, "h", 1, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&p);
    co_return;
}

// Silent: yields without holding anything.
Gen<int> numbers(int fd)
{
    for (int i = 0; i < 10; ++i) {
        pthread_mutex_lock(&p);
        int n = i * 2;
        pthread_mutex_unlock(&p);
        send(fd, &n, sizeof n, 0);
        co_yield n;
    }
}

// Fires: the descriptor is a plain number.
Job copy(int fd)
{
    int d = dup(fd);
    if (d < 0)
        co_return;
    recv(d, nullptr, 0, 0); // expect: thread-stop-leak-across-cancellation-point
    close(d);
}
