// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plain flags and locks: around the test, in a getter, at the caller.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

extern void step();

class Locked {
public:
    Locked() : thread_([this] { run(); }) {}
    ~Locked()
    {
        {
            std::lock_guard<std::mutex> hold(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

private:
    // Silent: the lock is taken in the getter.
    bool stopped()
    {
        std::lock_guard<std::mutex> hold(mutex_);
        return stop_;
    }
    void run()
    {
        while (!stopped())
            step();
        std::unique_lock<std::mutex> hold(mutex_);
        while (!stop_)
            changed_.wait(hold);
        drain();
    }
    // Silent: its caller holds the lock.
    void drain()
    {
        for (;;) {
            if (stop_)
                break;
            step();
        }
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::thread thread_;
};

class Bare {
public:
    Bare() : thread_(&Bare::run, this) {}
    ~Bare()
    {
        stop();
        thread_.join();
    }
    void stop() { stop_ = true; }

private:
    bool stopped() const { return stop_; }
    // Fires: a getter makes it no better.
    void run()
    {
        while (!stopped()) // expect: thread-stop-nonatomic-flag
            step();
    }
    bool stop_ = false;
    std::thread thread_;
};

class Atomic {
public:
    Atomic() : thread_([this] { run(); }) {}
    ~Atomic()
    {
        stop_.store(true, std::memory_order_release);
        thread_.join();
    }

private:
    void run()
    {
        while (!stop_.load(std::memory_order_acquire))
            step();
    }
    std::atomic_bool stop_{false};
    std::thread thread_;
};

void all()
{
    Locked l;
    Bare b;
    Atomic a;
}
