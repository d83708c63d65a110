// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dlfcn.h>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

class PluginHost {
public:
    // Silent: the constructor of a host that runs in main: it does not touch the state.
    PluginHost() = default;
    ~PluginHost() { stopAll(); }

    // Silent: std::thread with a member function as the start routine.
    void start(const std::string &n) { threads_[n] = std::thread(&PluginHost::run, this, n); }

    // Fires: through native_handle in a loop.
    void stopAll()
    {
        for (auto &[n, t] : threads_) {
            pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
            t.join();
        }
        threads_.clear();
    }

private:
    // Silent: a start routine sets its own state and type.
    void run(std::string n)
    {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
        call(n);
    }
    void call(const std::string &) {}

    std::map<std::string, std::thread> threads_;
};

class Runner {
    std::vector<std::function<void()>> jobs_;
    std::mutex m_;

public:
    // Silent: each job under a shield; lambda restores.
    void add(std::function<void()> f)
    {
        std::lock_guard<std::mutex> l(m_);
        jobs_.push_back([f = std::move(f)] {
            int old;
            pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
            f();
            pthread_setcancelstate(old, nullptr);
        });
    }
    // Fires: a lambda that forgets on one path.
    void add2(std::function<bool()> f)
    {
        jobs_.push_back([f] {
            int old;
            pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
            if (!f())
                return;
            pthread_setcancelstate(old, nullptr);
        });
    }
    // Silent: std::async / jthread-like start with bind.
    std::thread spawn() { return std::thread(std::bind(&Runner::loop, this)); }
    void loop()
    {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
        for (auto &j : jobs_)
            j();
    }
};
void go(PluginHost &h, Runner &r) { h.start("a"); r.add([] {}); r.add2([] { return true; }); r.spawn().join(); }
