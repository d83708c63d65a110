// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <pthread.h>
#include <thread>
#include <type_traits>
#include <vector>

struct Ops { int (*kill)(pthread_t); int (*join)(pthread_t, void **); };
static const Ops ops = {pthread_cancel, pthread_join};
#define STOP(t) do { if ((t)) pthread_cancel(t); } while (0)

namespace rt { inline int pthread_cancel(int) { return 0; } inline void go() { pthread_cancel(3); } }
struct Task { int pthread_cancel(int) { return 1; } int go() { return pthread_cancel(2); } };

// Fires: through a table.
void k1(pthread_t t) { ops.kill(t); } // expect: thread-stop-pthread-cancel

// Fires: local pointer.
void k2(pthread_t t)
{
    auto f = &pthread_cancel;
    (*f)(t); // expect: thread-stop-pthread-cancel
}

// Fires: macro.
void k3(pthread_t t)
{
    STOP(t); // expect: thread-stop-pthread-cancel
}

// Fires: std::thread.
void k4(std::thread &t)
{
    if (t.joinable())
        ::pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
    t.join();
}

// Silent: unevaluated.
using R = decltype(pthread_cancel(pthread_t()));
static_assert(std::is_same<R, int>::value, "");
bool k5(pthread_t t) { return noexcept(pthread_cancel(t)); }
size_t k6(pthread_t t) { return sizeof(pthread_cancel(t)); }

// Silent: dead.
void k7(pthread_t t)
{
    if (0)
        pthread_cancel(t);
    std::abort();
    pthread_cancel(t);
}

// Fires: in a lambda and in a range-for.
void k8(std::vector<pthread_t> &v)
{
    auto f = [](pthread_t t) { pthread_cancel(t); }; // expect: thread-stop-pthread-cancel
    for (auto t : v)
        f(t);
    for (auto t : v)
        (void)pthread_cancel(t); // expect: thread-stop-pthread-cancel
}

// Fires: once in a template with three instantiations.
template <class T> void k9(T t) { pthread_cancel(static_cast<pthread_t>(t)); } // expect: thread-stop-pthread-cancel
template void k9(unsigned long);
template void k9(unsigned);
template void k9(long);

// Fires: never instantiated.
template <class T> void k10(T &t) { pthread_cancel(t.native_handle()); } // expect: thread-stop-pthread-cancel

// Fires: destructor, ternary, comma, condition.
struct Thr {
    pthread_t t{};
    bool on = false;
    ~Thr()
    {
        if (on && pthread_cancel(t) == 0) // expect: thread-stop-pthread-cancel
            pthread_join(t, nullptr);
    }
    int stop(bool hard) { return hard ? pthread_cancel(t) : 0; } // expect: thread-stop-pthread-cancel
};

// Fires: default member initialiser and global initialiser.
static pthread_t gt;
static int grc = pthread_cancel(gt); // expect: thread-stop-pthread-cancel

// Silent: a NOLINT line.
void k11(pthread_t t)
{
    pthread_cancel(t); // NOLINT(thread-stop-pthread-cancel)
}

// Silent: only the address is compared.
bool k12(int (*f)(pthread_t)) { return f == pthread_cancel; }
