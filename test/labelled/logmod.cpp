// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <sstream>
#include <string>

namespace logmod {
static std::mutex g_mu;
static FILE *g_out = stderr;
thread_local int tl_depth = 0;
thread_local int tl_saved = 0;

// Silent: stream object that disables in ctor, restores in dtor; other methods do nothing.
class Line {
    std::ostringstream os_;
    int old_ = PTHREAD_CANCEL_ENABLE;

public:
    Line() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_); }
    ~Line()
    {
        {
            std::lock_guard<std::mutex> l(g_mu);
            std::fputs(os_.str().c_str(), g_out);
        }
        pthread_setcancelstate(old_, nullptr);
    }
    template <class T> Line &operator<<(const T &t)
    {
        os_ << t;
        return *this;
    }
};
#define LOG() ::logmod::Line()

// Silent: temporary in a full expression.
void hello(int x) { LOG() << "x=" << x; }
int hello2(int x)
{
    if (x < 0) {
        LOG() << "neg";
        return -1;
    }
    return x;
}

// Silent: nested by thread-local depth, class static functions.
struct Nc {
    static void enter() { if (tl_depth++ == 0) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &tl_saved); }
    static void leave() { if (--tl_depth == 0) pthread_setcancelstate(tl_saved, nullptr); }
};
struct NcGuard { NcGuard() { Nc::enter(); } ~NcGuard() { Nc::leave(); } };

// Silent.
void vlog(const char *f, ...)
{
    NcGuard g;
    va_list ap;
    va_start(ap, f);
    std::vfprintf(g_out, f, ap);
    va_end(ap);
}

// Silent: unique_ptr with a custom deleter as a guard.
struct Restore { void operator()(int *p) const { pthread_setcancelstate(*p, nullptr); } };
int with_deleter(int x)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    std::unique_ptr<int, Restore> g(&old);
    if (x)
        return x;
    std::fflush(g_out);
    return 0;
}

// Silent: shared_ptr<void> with a lambda deleter.
int with_shared(int x)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    std::shared_ptr<void> g(nullptr, [old](void *) { pthread_setcancelstate(old, nullptr); });
    if (x)
        return x;
    return std::fflush(g_out);
}

// Fires: a plain leak by an early return.
bool rotate(const std::string &name)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
    FILE *f = std::fopen(name.c_str(), "w");
    if (!f)
        return false;
    g_out = f;
    pthread_setcancelstate(old, nullptr);
    return true;
}
}
