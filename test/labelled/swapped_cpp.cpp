// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <array>
#include <cstddef>

namespace cfg {
constexpr int kNever = PTHREAD_CANCEL_DISABLE;
enum class Policy : int { Now = PTHREAD_CANCEL_ASYNCHRONOUS, Later = PTHREAD_CANCEL_DEFERRED, Never = PTHREAD_CANCEL_DISABLE };
struct Defaults { static constexpr int type = PTHREAD_CANCEL_DEFERRED; static const int state = PTHREAD_CANCEL_ENABLE; };
}

// Fires: constexpr of the wrong kind.
void a() { int o; pthread_setcanceltype(cfg::kNever, &o); pthread_setcanceltype(o, nullptr); } // expect: thread-stop-swapped-cancel-constant

// Fires: scoped enum cast.
void b() { pthread_setcancelstate(static_cast<int>(cfg::Policy::Later), nullptr); } // expect: thread-stop-swapped-cancel-constant

// Silent: right kind.
void c(int *o) { pthread_setcanceltype(static_cast<int>(cfg::Policy::Later), o); }

// Fires and silent: static members.
void d()
{
    pthread_setcanceltype(cfg::Defaults::type, nullptr);
    pthread_setcanceltype(cfg::Defaults::state, nullptr); // expect: thread-stop-swapped-cancel-constant
}

// Fires: qualified call.
void e() { ::pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, nullptr); } // expect: thread-stop-swapped-cancel-constant

// Fires: in a template, once.
template <int N> void f() { pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, nullptr); } // expect: thread-stop-swapped-cancel-constant
template void f<1>();
template void f<2>();


// Silent: a wrapper class with state/type of unknown meaning.
struct W { int v; int apply() const { return pthread_setcanceltype(v, nullptr); } };

// Fires: in a lambda / static init / condition.
static const int rc = [] { return pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, nullptr); }(); // expect: thread-stop-swapped-cancel-constant
bool h() { return pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, nullptr) == 0; } // expect: thread-stop-swapped-cancel-constant

// Silent: old crossed but by the right functions through copies.
void i()
{
    int s, t;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &t);
    int keepS = s, keepT = t;
    pthread_setcanceltype(keepT, nullptr);
    pthread_setcancelstate(keepS, nullptr);
}

// Fires: crossed through copies.
void j()
{
    int s, t;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &t);
    std::array<int, 2> keep{{s, t}};
    (void)keep;
    const int x = s, y = t;
    pthread_setcanceltype(x, nullptr); // expect: thread-stop-swapped-cancel-constant
    pthread_setcancelstate(y, nullptr); // expect: thread-stop-swapped-cancel-constant
}

// Silent: dead code.
void k() { if (false) pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, nullptr); }

// Fires: a swapped RAII class (state constant to the type) and its restore is silent.
class Shield {
    int old_;
public:
    Shield() { pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old_); } // expect: thread-stop-swapped-cancel-constant
    ~Shield() { pthread_setcanceltype(old_, nullptr); }
};
// Fires: the RAII restores the wrong thing.
class Shield2 {
    int old_;
public:
    Shield2() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_); }
    ~Shield2() { pthread_setcanceltype(old_, nullptr); } // expect: thread-stop-swapped-cancel-constant
};
void use() { Shield s; Shield2 s2; }
