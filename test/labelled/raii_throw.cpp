// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>
struct Guard {
    int o;
    Guard() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); }
    Guard(const Guard &) = delete;
    ~Guard() { pthread_setcancelstate(o, nullptr); }
};
extern void may(int);
static std::mutex m;
static long n;
// Silent: guard inside the try, thrown and caught here.
int a(int fd)
{
    try {
        Guard g;
        if (fd < 0)
            throw std::runtime_error("fd");
        may(fd);
    } catch (const std::exception &) {
        return -1;
    } catch (...) {
        return -2;
    }
    return 0;
}
// Silent: thrown by a callee.
int b(int fd)
{
    try {
        Guard g;
        may(fd);
    } catch (...) {
        return -2;
    }
    return 0;
}
// Silent: lock guard in the try, async in the handler (the lock is gone).
int c(int fd)
{
    try {
        std::lock_guard<std::mutex> l(m);
        if (fd < 0)
            throw 1;
        n++;
        may(fd);
    } catch (...) {
        int t;
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
        for (volatile int i = 0; i < 9; i = i + 1) ;
        pthread_setcanceltype(t, nullptr);
        return -1;
    }
    return 0;
}
// Silent: guard outside of the try.
int d(int fd)
{
    Guard g;
    try {
        may(fd);
        throw 3;
    } catch (int) {
        return 1;
    } catch (...) {
    }
    return 0;
}
// Silent: an uncaught throw runs the guard's destructor.
int e(int fd)
{
    Guard g;
    if (fd < 0)
        throw std::runtime_error("fd");
    return fsync(fd);
}
// Silent: guards in loops with break, continue and goto.
int f(int k)
{
    for (int i = 0; i < k; i++) {
        Guard g;
        if (i == 3)
            continue;
        if (i == 5)
            break;
        if (i == 7)
            goto out;
        if (i == 9)
            return 4;
    }
out:
    return 0;
}
// Silent: arrays of guards.
int h(int fd)
{
    Guard many[2];
    return fsync(fd);
}
// Silent: lifetime-extended temporary and structured things.
Guard mk();
int i(int fd)
{
    const Guard &g = Guard();
    (void)g;
    return fsync(fd);
}
