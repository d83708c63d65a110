// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <csetjmp>
#include <functional>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>
#include <vector>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void unlock(void *p) { pthread_mutex_unlock(static_cast<pthread_mutex_t *>(p)); }
extern int step(int);

// Silent: the returns are the lambda's.
int l1(std::vector<int> &v)
{
    int n = 0;
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    n = static_cast<int>(std::count_if(v.begin(), v.end(), [](int x) {
        if (x < 0)
            return false;
        for (int i = 0; i < x; ++i)
            if (i == 3)
                break;
        return x > 3;
    }));
    pthread_cleanup_pop(1);
    return n;
}

// Silent: the return is the local class's.
int l2(int x)
{
    int n;
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    struct Cmp {
        bool operator()(int a, int b) const { return a < b; }
    };
    n = Cmp()(x, 3) ? 1 : 0;
    pthread_cleanup_pop(1);
    return n;
}

// Fires: return in a catch handler inside the region.
int l3(int x)
{
    int n = 0;
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    try {
        n = step(x);
    } catch (const std::exception &) {
        return -1; // expect: thread-stop-unmatched-cleanup
    }
    pthread_cleanup_pop(1);
    return n;
}

// Silent: throw caught outside of the region in the same function.
int l4(int x)
{
    try {
        pthread_mutex_lock(&m);
        pthread_cleanup_push(unlock, &m);
        if (step(x) < 0)
            throw std::runtime_error("x");
        pthread_cleanup_pop(1);
    } catch (...) {
        throw;
    }
    return 0;
}

// Fires: range-for outside; continue within the region.
void l5(const std::vector<int> &v)
{
    for (int x : v) {
        pthread_mutex_lock(&m);
        pthread_cleanup_push(unlock, &m);
        if (step(x) < 0)
            continue; // expect: thread-stop-unmatched-cleanup
        pthread_cleanup_pop(1);
    }
}

// Silent: range-for wholly inside.
void l6(const std::vector<int> &v)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    for (int x : v) {
        if (step(x) < 0)
            continue;
        if (x == 3)
            break;
    }
    pthread_cleanup_pop(1);
}

// Fires: template with an early return, reported once.
template <class T> T l7(T x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    if (step(static_cast<int>(x)))
        return x; // expect: thread-stop-unmatched-cleanup
    pthread_cleanup_pop(1);
    return T();
}
template int l7(int);
template long l7(long);
template short l7(short);

// Fires: a template nobody instantiates.
template <class T> T l8(T x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    if (x.done())
        return x; // expect: thread-stop-unmatched-cleanup
    pthread_cleanup_pop(1);
    return T();
}

// Silent: return in dead code, exits by noreturn functions.
[[noreturn]] void fail();
void l9(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    if (false)
        return;
    if (x)
        fail();
    if (x == 2)
        std::terminate();
    if (x == 4)
        _exit(1);
    pthread_cleanup_pop(1);
}

// Silent: inside a lambda the whole pair.
auto l10 = [](int x) {
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    step(x);
    pthread_cleanup_pop(1);
    return x;
};

// Fires: a lambda that returns early within its region.
auto l11 = [](int x) {
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    if (step(x))
        return x; // expect: thread-stop-unmatched-cleanup
    pthread_cleanup_pop(1);
    return 0;
};

// Silent: if constexpr dead branch.
template <bool B> int l12(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    if constexpr (B)
        return x;
    pthread_cleanup_pop(1);
    return x;
}
template int l12<false>(int);

class Conn {
    int fd;
    pthread_mutex_t lk = PTHREAD_MUTEX_INITIALIZER;

public:
    // Silent.
    explicit Conn(int f) : fd(f)
    {
        pthread_cleanup_push(unlock, &lk);
        pthread_mutex_lock(&lk);
        step(fd);
        pthread_cleanup_pop(1);
    }
    // Fires: bare return of a destructor.
    ~Conn()
    {
        pthread_mutex_lock(&lk);
        pthread_cleanup_push(unlock, &lk);
        if (fd < 0)
            return; // expect: thread-stop-unmatched-cleanup
        close(fd);
        pthread_cleanup_pop(1);
    }
};
void mk() { Conn c(3); }
