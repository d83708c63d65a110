// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <shared_mutex>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

// A guard of one's own.
class Guard {
public:
    explicit Guard(pthread_mutex_t &m) : m_(m) { pthread_mutex_lock(&m_); }
    ~Guard() { pthread_mutex_unlock(&m_); }
    Guard(const Guard &) = delete;

private:
    pthread_mutex_t &m_;
};

template <class M> class Locked {
public:
    void lock() { m_.lock(); }
    void unlock() { m_.unlock(); }

private:
    M m_;
};

class Feed {
public:
    explicit Feed(int fd) : fd_(fd), t_([this] { run(); }) {}
    void stop();

private:
    // Silent: every guard unlocks while unwinding.
    void guards()
    {
        Guard g(c_);
        std::scoped_lock both(a_, b_);
        std::shared_lock<std::shared_mutex> r(s_);
        send(fd_, "x", 1, 0);
    }
    // Silent: unlock and relock around the wait, then adopt.
    void relock()
    {
        std::unique_lock<std::mutex> l(a_);
        l.unlock();
        sleep(1);
        l.lock();
        sleep(1);
    }
    // Silent: adopted by a guard before the wait.
    void adopt()
    {
        a_.lock();
        std::lock_guard<std::mutex> l(a_, std::adopt_lock);
        sleep(1);
    }
    // Fires: released from its owner, so nobody unlocks.
    void disown()
    {
        std::unique_lock<std::mutex> l(a_);
        std::mutex *m = l.release();
        sleep(1); // missed: thread-stop-lock-across-cancellation-point
        m->unlock();
    }
    // Fires: std::lock holds both until somebody adopts them.
    void dual()
    {
        std::lock(a_, b_);
        send(fd_, "y", 1, 0); // expect: thread-stop-lock-across-cancellation-point
        a_.unlock();
        b_.unlock();
    }
    // Silent: held by an object in an optional and by a pointer.
    void indirect()
    {
        std::optional<std::lock_guard<std::mutex>> o;
        o.emplace(a_);
        auto p = std::make_unique<Guard>(c_);
        sleep(1);
    }
    // Silent: a generic guard over a wrapper class.
    void generic()
    {
        std::lock_guard<Locked<std::mutex>> g(w_);
        sleep(1);
    }
    // Fires: the wrapper class by hand.
    void byHand()
    {
        w_.lock();
        sleep(1); // expect: thread-stop-lock-across-cancellation-point
        w_.unlock();
    }
    // Silent: try_lock failed on the branch that sleeps.
    void tries()
    {
        while (!a_.try_lock())
            usleep(1);
        a_.unlock();
    }
    // Silent: the condition variable gives it back through its unique_lock.
    void waits()
    {
        std::unique_lock<std::mutex> l(a_);
        cv_.wait(l);
    }
    // Silent: returned to the caller, who holds it in a variable.
    std::unique_lock<std::mutex> take() { return std::unique_lock<std::mutex>(a_); }
    void taken()
    {
        auto l = take();
        sleep(1);
    }
    void run()
    {
        for (;;) {
            guards();
            relock();
            adopt();
            disown();
            dual();
            indirect();
            generic();
            byHand();
            tries();
            waits();
            taken();
        }
    }

    std::mutex a_, b_;
    std::shared_mutex s_;
    std::condition_variable cv_;
    pthread_mutex_t c_ = PTHREAD_MUTEX_INITIALIZER;
    Locked<std::mutex> w_;
    int fd_;
    std::thread t_;
};

// Fires (pthread-cancel): stop.
void Feed::stop()
{
    pthread_cancel(t_.native_handle()); // expect: thread-stop-pthread-cancel
    t_.join();
}

} // namespace

void feed(int fd)
{
    Feed f(fd);
    sleep(1);
    f.stop();
}
