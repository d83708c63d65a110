// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>
struct Guard {
    int o;
    Guard() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); }
    ~Guard() { pthread_setcancelstate(o, nullptr); }
};
static std::mutex m;
static long n;
// Silent: guard in a ternary / function argument / comma temporary.
int use(const Guard &, int x) { return fsync(x); }
int a(int fd) { return use(Guard(), fd) + use(Guard{}, fd + 1); }
// Silent: guard in a loop header and a switch.
int b(int fd)
{
    for (Guard g; fd > 0; --fd)
        if (fsync(fd))
            return 1;
    switch (Guard g; fd) {
    case 0: return 3;
    default: break;
    }
    return 0;
}
// Silent: vector of guards, class template holder.
template <class T> struct Box { T t; int fd; int go() { return fsync(fd); } };
int c(int fd) { Box<Guard> x{{}, fd}; return x.go(); }
// Silent: guard captured by value in a lambda object living in the function.
int d(int fd)
{
    auto g = std::make_shared<Guard>();
    auto l = [g, fd] { return fsync(fd); };
    return l();
}
// Silent: inherited constructor and delegating constructor.
struct G2 : Guard { using Guard::Guard; };
struct G3 { int o; G3() : G3(PTHREAD_CANCEL_DISABLE) {} explicit G3(int s) { pthread_setcancelstate(s, &o); } ~G3() { pthread_setcancelstate(o, nullptr); } };
int e(int fd) { G2 g; G3 h; return fsync(fd); }
// Silent: init-member style: saved in the member initialiser by a helper.
static int off() { int s; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s); return s; }
struct G4 { const int o; G4() : o(off()) {} ~G4() { pthread_setcancelstate(o, nullptr); } };
struct G5 { int o = off(); ~G5() { pthread_setcancelstate(o, nullptr); } };
int f(int fd) { G4 g; G5 h; if (fd < 0) return -1; return fsync(fd); }
// Silent: guard with explicit release() that is idempotent.
struct G6 { int o; bool live = true; G6() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); } void release() { if (live) { pthread_setcancelstate(o, nullptr); live = false; } } ~G6() { release(); } };
int g(int fd) { G6 x; if (fd < 0) return -1; x.release(); return fsync(fd); }
// Fires: a class whose destructor does nothing about it, used as a guard by mistake.
struct Bad {
    int o;
    Bad() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); } // expect: thread-stop-cancel-state-not-restored
    ~Bad() {}
};
int h(int fd) { Bad b; return fsync(fd); }
// Fires: guard class closing with the literal.
struct Lit {
    Lit() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr); }
    ~Lit() { pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr); } // missed: thread-stop-cancel-state-not-restored
};
int i(int fd) { Lit l; return fsync(fd); }
