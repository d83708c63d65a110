// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cerrno>
#include <pthread.h>
#include <system_error>
#include <unistd.h>

namespace os {
// Silent: pass-through wrappers.
class Thread {
public:
    static int setCancelState(int s, int *o) { return pthread_setcancelstate(s, o); }
    static int setCancelType(int t, int *o) { return pthread_setcanceltype(t, o); }
    void setCancelEnabled(bool on) { pthread_setcancelstate(on ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE, nullptr); }
};

enum class CancelState : int { Enabled = PTHREAD_CANCEL_ENABLE, Disabled = PTHREAD_CANCEL_DISABLE };

// Silent: typed wrapper.
inline CancelState setState(CancelState s)
{
    int old = 0;
    int rc = pthread_setcancelstate(static_cast<int>(s), &old);
    if (rc != 0)
        throw std::system_error(rc, std::generic_category());
    return static_cast<CancelState>(old);
}
}

// Silent: typed scope.
class Scope {
    os::CancelState old_;

public:
    Scope() : old_(os::setState(os::CancelState::Disabled)) {}
    ~Scope() { os::setState(old_); }
};

// Silent.
int a(int fd)
{
    Scope s;
    return fsync(fd);
}

// Silent: restored through the wrapper.
int b(int fd)
{
    int old;
    os::Thread::setCancelState(PTHREAD_CANCEL_DISABLE, &old);
    int rc = fsync(fd);
    os::Thread::setCancelState(old, nullptr);
    return rc;
}

// Fires: literal through the wrapper: the closing call that enables.
int c(int fd)
{
    int old;
    os::Thread::setCancelState(PTHREAD_CANCEL_DISABLE, &old);
    int rc = fsync(fd);
    os::Thread::setCancelState(PTHREAD_CANCEL_ENABLE, nullptr); // expect: thread-stop-cancel-state-not-restored
    return rc;
}

// Fires: leak through the wrapper.
int d(int fd)
{
    int old;
    os::Thread::setCancelState(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    os::Thread::setCancelState(old, nullptr);
    return rc;
}

// Silent: optional restore in a noexcept destructor and move.
class Section {
    int old_ = -1;

public:
    Section() = default;
    void enter() { if (old_ < 0) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_); }
    void leave() { if (old_ >= 0) { pthread_setcancelstate(old_, nullptr); old_ = -1; } }
    ~Section() { leave(); }
};

// Silent: RAII.
int e(int fd)
{
    Section s;
    s.enter();
    if (fd < 0)
        return -1;
    return fsync(fd);
}

// Silent: base class and member guard.
class Base {
protected:
    Base() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &saved_); }
    virtual ~Base() { pthread_setcancelstate(saved_, nullptr); }
    int saved_;
};
class Derived : Base {
public:
    int run(int fd) { return fsync(fd); }
};
int f(int fd) { return Derived().run(fd); }

class Holder {
    Scope s_;
    int fd_;

public:
    explicit Holder(int fd) : fd_(fd) {}
    int go() { return fsync(fd_); }
};
int g(int fd) { Holder h(fd); return h.go(); }
