// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <unistd.h>
#include <functional>
#include <memory>
struct Arg { int fd; std::function<void()> f; };
// Silent: captureless lambda as the start routine.
int a(pthread_t *t, Arg *x)
{
    return pthread_create(t, nullptr, [](void *p) -> void * {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
        static_cast<Arg *>(p)->f();
        return nullptr;
    }, x);
}
// Silent: a named lambda, unary plus.
int b(pthread_t *t, Arg *x)
{
    auto body = +[](void *p) -> void * {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        static_cast<Arg *>(p)->f();
        return nullptr;
    };
    return pthread_create(t, nullptr, body, x);
}
// Silent: template trampoline of a member function pointer.
template <class T, void (T::*M)()> void *tramp(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
    (static_cast<T *>(p)->*M)();
    return nullptr;
}
struct S { void go() {} int start(pthread_t *t) { return pthread_create(t, nullptr, tramp<S, &S::go>, this); } };
// Silent: extern "C" routine.
extern "C" void *c_entry(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    std::unique_ptr<Arg> x(static_cast<Arg *>(p));
    x->f();
    return nullptr;
}
extern "C" { static void *c_entry2(void *p) { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr); for (;;) ; return p; } }
int d(pthread_t *t, Arg *x) { S s; s.start(t); return pthread_create(t, nullptr, c_entry, x) | pthread_create(t, nullptr, c_entry2, x); }
