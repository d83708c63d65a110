// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <unistd.h>
// C++ code, state correlated with objects.
class MaybeGuard {
    std::optional<int> old_;

public:
    void on() { if (!old_) { int o; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); old_ = o; } }
    void off() { if (old_) { pthread_setcancelstate(*old_, nullptr); old_.reset(); } }
    ~MaybeGuard() { off(); }
};
// Silent.
int a(int fd) { MaybeGuard g; if (fd > 3) g.on(); return fsync(fd); }
// Silent: optional guard object.
struct Guard {
    int o;
    Guard() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); }
    Guard(const Guard &) = delete;
    ~Guard() { pthread_setcancelstate(o, nullptr); }
};
int b(int fd) { std::optional<Guard> g; if (fd > 3) g.emplace(); return fsync(fd); }
// Silent: heap guard released early.
int c(int fd) { auto g = std::make_unique<Guard>(); fd = fsync(fd); g.reset(); return fsync(fd); }
// Silent: guard as a member, guard as a base, guard in an array, guard by new.
struct Tx : private Guard { int fd; explicit Tx(int f) : fd(f) {} int go() { return fsync(fd); } };
struct Tx2 { Guard g; int fd = 0; int go() { return fsync(fd); } };
int d(int fd) { Tx t(fd); Tx2 u; Guard many[2]; return t.go() + u.go(); }
Guard *e() { return new Guard; }
void f(Guard *g) { delete g; }
// Silent: a guard parameter default and a guard in the condition.
int h(int fd) { if (Guard g; fd > 0) return fsync(fd); return 0; }
// Silent: rethrow, function try block.
int i(int fd)
try {
    Guard g;
    if (fd < 0)
        throw std::runtime_error("fd");
    return fsync(fd);
} catch (const std::exception &) {
    return -1;
}
// Silent: guard in a lambda init, immediately invoked.
int j(int fd) { return [&] { Guard g; return fsync(fd); }(); }
