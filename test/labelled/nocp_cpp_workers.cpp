// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <iostream>
#include <mutex>
#include <numeric>
#include <pthread.h>
#include <queue>
#include <thread>
#include <unistd.h>
#include <vector>

namespace sim {

template <typename T> class Kernel {
public:
    explicit Kernel(std::size_t n) : cells_(n) {}

    // Fires: the template's loop computes for ever, in each instantiation.
    void run()
    {
        while (true) { // expect: thread-stop-no-cancellation-point
            for (T &c : cells_)
                c = static_cast<T>(c + 1);
            std::swap(cells_.front(), cells_.back());
        }
    }

    // Silent: ends when the atomic says so.
    void runUntil(const std::atomic<bool> &stop)
    {
        while (!stop.load(std::memory_order_relaxed))
            for (T &c : cells_)
                ++c;
    }

private:
    std::vector<T> cells_;
};

class Engine {
public:
    void start();
    void stop();

private:
    void mix();
    void waitLoop();
    void callback();
    virtual void step() {}

    Kernel<float> floats_{64};
    Kernel<std::uint8_t> bytes_{64};
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::condition_variable cv_;
    std::queue<int> jobs_;
    std::function<void()> cb_;
    std::uint64_t sum_ = 0;
    std::thread a_, b_, c_, d_, e_, f_, g_;
};

// Fires: guards and queues of the library are no points.
void Engine::mix()
{
    for (;;) { // expect: thread-stop-no-cancellation-point
        std::lock_guard<std::mutex> g(mutex_);
        if (jobs_.empty())
            continue;
        sum_ += static_cast<unsigned>(jobs_.front());
        jobs_.pop();
    }
}

// Silent: a condition variable waits.
void Engine::waitLoop()
{
    std::unique_lock<std::mutex> l(mutex_);
    for (;;) {
        cv_.wait(l, [this] { return !jobs_.empty(); });
        jobs_.pop();
    }
}

// Silent: an unknown function object, and a virtual function.
void Engine::callback()
{
    for (;;) {
        step();
        cb_();
    }
}

// Silent: starts.
void Engine::start()
{
    a_ = std::thread(&Kernel<float>::run, &floats_);
    b_ = std::thread([this] { bytes_.run(); });
    c_ = std::thread([this] { floats_.runUntil(stop_); });
    d_ = std::thread(&Engine::mix, this);
    e_ = std::thread(&Engine::waitLoop, this);
    f_ = std::thread(&Engine::callback, this);
    g_ = std::thread([] {
        while (true)
            std::this_thread::sleep_for(std::chrono::seconds(1));
    });
}

// Fires (pthread-cancel): all.
void Engine::stop()
{
    for (std::thread *t : {&a_, &b_, &c_, &d_, &e_, &f_, &g_}) {
        pthread_cancel(t->native_handle()); // expect: thread-stop-pthread-cancel
        t->join();
    }
}

} // namespace sim

// Silent: uses it.
void simulate()
{
    sim::Engine e;
    e.start();
    sleep(10);
    e.stop();
}
