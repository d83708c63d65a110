// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

// A guard with enable flag. Silent everywhere.
class NoCancel {
public:
    explicit NoCancel(bool on = true) : on_(on)
    {
        if (on_)
            pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_);
    }
    NoCancel(NoCancel &&o) noexcept : on_(std::exchange(o.on_, false)), old_(o.old_) {}
    ~NoCancel() { restore(); }
    void restore()
    {
        if (on_) {
            pthread_setcancelstate(old_, nullptr);
            on_ = false;
        }
    }

private:
    bool on_;
    int old_ = PTHREAD_CANCEL_ENABLE;
};

// Silent: factory.
NoCancel no_cancel() { return NoCancel(true); }

// Silent.
int save(int fd, const std::string &s)
{
    NoCancel guard;
    if (s.empty())
        return 0;
    if (s.size() > 100)
        throw std::length_error("s");
    return static_cast<int>(write(fd, s.data(), s.size()));
}

// Silent.
int save2(int fd, const std::string &s)
{
    auto g = no_cancel();
    return static_cast<int>(write(fd, s.data(), s.size()));
}

// Silent: unique_ptr guard.
int save3(int fd)
{
    auto g = std::make_unique<NoCancel>();
    g->restore();
    return fsync(fd);
}

// Silent: guard with disable() and enable() methods, both halves of a pair.
class CancelLock {
public:
    void disable() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_); }
    void restore() { pthread_setcancelstate(old_, nullptr); }

private:
    int old_ = 0;
};

// Silent: uses the pair.
int flush(int fd)
{
    CancelLock l;
    l.disable();
    int rc = fsync(fd);
    l.restore();
    return rc;
}

// Fires: the error path leaves the pair open.
int flush_bad(int fd)
{
    CancelLock l;
    l.disable(); // expect: thread-stop-cancel-state-not-restored
    if (fsync(fd) < 0)
        return -1;
    l.restore();
    return 0;
}

// Silent: a template helper runs a callable with cancellation off.
template <class F> auto without_cancel(F f) -> decltype(f())
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    auto r = f();
    pthread_setcancelstate(old, nullptr);
    return r;
}

// Silent.
int flush3(int fd)
{
    return without_cancel([fd] { return fsync(fd); });
}

// Fires: a template whose restore is literal.
template <class F> int run_shielded(F f)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    int r = f();
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr); // expect: thread-stop-cancel-state-not-restored
    return r;
}

// Silent here.
int flush4(int fd)
{
    return run_shielded([fd] { return fdatasync(fd); });
}

// Silent: a scope guard built from a lambda.
template <class F> struct Finally { F f; ~Finally() { f(); } };
template <class F> Finally(F) -> Finally<F>;

int flush5(int fd, int n)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    Finally fin{[&] { pthread_setcancelstate(old, nullptr); }};
    if (n == 0)
        return -1;
    return fsync(fd);
}

// Silent: std::thread whose lambda sets its own state.
void spawn(int fd, std::atomic<bool> &stop)
{
    std::thread t([fd, &stop] {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
        while (!stop)
            fsync(fd);
    });
    t.detach();
}

// Silent: a start routine enabling itself.
void spawn2(int fd)
{
    std::thread([](int f) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
        fsync(f);
    }, fd).detach();
}
