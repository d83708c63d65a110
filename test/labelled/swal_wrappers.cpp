// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <atomic>
#include <cxxabi.h>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <pthread.h>
#include <unistd.h>
#include <utility>

#define TRY_BEGIN try {
#define TRY_END } catch (...) { return -1; }
#define LET_CANCEL_PASS catch (abi::__forced_unwind &) { throw; }

struct Task { virtual ~Task() = default; virtual void run() = 0; };
extern Task &nextTask();

// Silent: an unknown function object is no point.
template <class F> int guardCall(F &&f)
{
    try {
        std::forward<F>(f)();
        return 0;
    } catch (...) { // also-ok: thread-stop-swallowed-unwind
        return -1;
    }
}

// Silent: a template that lets the unwind pass.
template <class F> int guardCallRight(F &&f)
{
    try {
        std::forward<F>(f)();
        return 0;
    }
    LET_CANCEL_PASS
    catch (...) {
        return -1;
    }
}

// Fires: the C boundary's macro hides the catch-all.
static int apiWait(int fd)
{
    TRY_BEGIN
    char c;
    return static_cast<int>(read(fd, &c, 1));
    TRY_END // expect: thread-stop-swallowed-unwind
}

// Silent: the same boundary around arithmetic.
static int apiAdd(int a, int b)
{
    TRY_BEGIN
    return a + b;
    TRY_END
}

// Silent: a virtual call is unknown.
static int apiRun(Task &t)
{
    TRY_BEGIN
    t.run();
    return 0;
    TRY_END
}

// Fires: thread-exit in a callee, kept as an exception pointer.
static void leave(int n)
{
    if (n > 3)
        pthread_exit(nullptr);
}
static std::exception_ptr kept;
static void keep(int n)
{
    try {
        leave(n);
    } catch (...) { // expect: thread-stop-swallowed-unwind
        kept = std::current_exception();
    }
}

// Silent: a scope guard's function that rethrows at its end, in every branch.
static void rollback(int fd, bool loud)
{
    try {
        fsync(fd);
    } catch (...) {
        if (loud) {
            ::write(2, "rollback\n", 9);
            throw;
        } else {
            throw;
        }
    }
}

// Fires: rethrows in the loop only if the tries are used up.
static int retry(int fd)
{
    for (int i = 0; i < 3; ++i) {
        try {
            return fsync(fd);
        } catch (...) { // expect: thread-stop-swallowed-unwind
            if (i == 2)
                throw;
        }
    }
    return -1;
}

// Silent: exits the process.
static void boundary(int fd)
{
    try {
        fsync(fd);
    } catch (...) {
        ::_exit(70);
    }
}

static void *entry(void *arg)
{
    int fd = *static_cast<int *>(arg);
    for (int n = 0;; ++n) {
        guardCall([&] { n += 2; });
        guardCallRight([&] { sleep(1); });
        if (apiWait(fd) + apiAdd(1, 2) < 0)
            break;
        keep(n);
        rollback(fd, n & 1);
        retry(fd);
        boundary(fd);
        apiRun(nextTask());
    }
    return nullptr;
}

// Fires (pthread-cancel): a minute.
void minute(int *fd)
{
    pthread_t t;
    if (pthread_create(&t, nullptr, entry, fd) != 0)
        return;
    sleep(60);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, nullptr);
}
