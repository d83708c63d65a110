// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <functional>
#include <poll.h>
#include <pthread.h>
#include <thread>
#include <unistd.h>

static int ready(int fd)
{
    pollfd p{fd, POLLIN, 0};
    return ::poll(&p, 1, 100);
}

// Fires: a noexcept start routine.
static void *noisy(void *arg) noexcept
{
    for (;;)
        ready(*static_cast<int *>(arg)); // expect: thread-stop-cancel-in-noexcept
}

// Silent: unwinds freely.
static void *quiet(void *arg)
{
    for (;;)
        ready(*static_cast<int *>(arg));
}

// Silent: a noexcept start routine in which nothing waits but what is disabled.
static void *closed(void *arg) noexcept
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    for (int i = 0; i < 5; ++i)
        ready(*static_cast<int *>(arg));
    return nullptr;
}

// Fires: even with a handler that rethrows, the frame is noexcept.
static void rethrower(int fd) noexcept
{
    try {
        ready(fd); // expect: thread-stop-cancel-in-noexcept
    } catch (abi::__forced_unwind &) {
        throw;
    } catch (...) {
    }
}

// Silent: the program ends there anyway.
static void finisher(int fd) noexcept
{
    if (fd < 0)
        std::abort();
    ::_exit(fd);
}

// Silent: pthread_exit only behind a condition that never holds is no matter; here it does not stand at all.
static void counter(int &n) noexcept { n += 3; }

// Fires: pthread_exit from a noexcept callback two levels up.
static void quit() { pthread_exit(nullptr); }
static void on_quit() { quit(); }
static void dispatch(int sig) noexcept
{
    if (sig == 15)
        on_quit(); // expect: thread-stop-cancel-in-noexcept
}

struct Timer {
    int fd;
    // Fires: operator() is noexcept.
    void operator()() noexcept { ready(fd); } // expect: thread-stop-cancel-in-noexcept
    // Silent: conversion without a point.
    explicit operator bool() const noexcept { return fd >= 0; }
};

// Silent: never called by a cancelled thread; the main thread uses it.
static void only_main(int fd) noexcept { ready(fd); }

static void *worker(void *arg)
{
    int fd = *static_cast<int *>(arg), n = 0;
    Timer t{fd};
    auto wait = [fd]() noexcept { return ready(fd); }; // expect: thread-stop-cancel-in-noexcept
    auto peek = [fd] { return ready(fd); };
    for (;;) {
        t();
        counter(n);
        rethrower(fd);
        if (wait() + peek() > 5)
            finisher(fd);
        dispatch(n);
        if (!t)
            break;
    }
    return nullptr;
}

// Fires (pthread-cancel): four threads.
void run(int fd)
{
    pthread_t a, b, c, d;
    pthread_create(&a, nullptr, noisy, &fd);
    pthread_create(&b, nullptr, quiet, &fd);
    pthread_create(&c, nullptr, closed, &fd);
    pthread_create(&d, nullptr, worker, &fd);
    only_main(fd);
    for (pthread_t t : {a, b, c, d})
        pthread_cancel(t); // expect: thread-stop-pthread-cancel
    for (pthread_t t : {a, b, c, d})
        pthread_join(t, nullptr);
}
