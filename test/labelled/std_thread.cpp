// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

struct Ctx { std::mutex m; std::condition_variable cv; std::atomic<bool> stop{false}; int n = 0; };

// Silent: free functions as start routines of std::thread.
static void plain(Ctx &c)
{
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    while (!c.stop)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}
// Fires: condition variable wait's lock in an async thread.
static void bad(Ctx *c)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
    for (;;) {
        std::unique_lock<std::mutex> l(c->m); // expect: thread-stop-async-cancel-with-lock
        c->cv.wait(l, [c] { return c->n > 0; });
        c->n--;
    }
}
// Silent: functor.
struct Functor {
    Ctx &c;
    void operator()() const
    {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        c.n++;
    }
};
// Silent: member via lambda capture this.
class Svc {
    Ctx c_;
    std::vector<std::thread> t_;
    void loop()
    {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
        while (!c_.stop)
            c_.n++;
    }

public:
    void start()
    {
        t_.emplace_back(plain, std::ref(c_));
        t_.emplace_back([this] { loop(); });
        t_.emplace_back(&Svc::loop, this);
        t_.push_back(std::thread(bad, &c_));
        std::thread u{Functor{c_}};
        u.detach();
        auto f = std::async(std::launch::async, [this] {
            pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
            return c_.n;
        });
        f.get();
    }
    // Fires.
    void kill()
    {
        for (auto &t : t_)
            pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
    }
};
void go() { Svc s; s.start(); s.kill(); }
