// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// flags: -std=gnu++20
#include <atomic>
#include <memory>
#include <pthread.h>
#include <stop_token>
#include <thread>
#include <vector>
extern int work(int);
// Fires: cancel of a jthread.
void a()
{
    std::jthread t([](std::stop_token s) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        while (!s.stop_requested())
            work(1);
    });
    pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
}
// Silent: heap threads, make_unique, new.
static void routine(int x)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    work(x);
}
void b(std::vector<std::unique_ptr<std::thread>> &v)
{
    v.push_back(std::make_unique<std::thread>(routine, 1));
    v.emplace_back(new std::thread(routine, 2));
    std::thread *t = new std::thread(routine, 3);
    t->join();
    delete t;
}
// Silent: own class with a virtual run as the thread body through a static trampoline.
class Runnable {
public:
    virtual ~Runnable() = default;
    virtual void run() = 0;
    int start() { return pthread_create(&t_, nullptr, &Runnable::entry, this); }

protected:
    pthread_t t_{};

private:
    static void *entry(void *p)
    {
        static_cast<Runnable *>(p)->run();
        return nullptr;
    }
};
class Poller : public Runnable {
    // Silent: the thread's own body: reached only from the trampoline through a virtual call.
    void run() override
    {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
        for (;;)
            work(2);
    }

public:
    // Fires.
    void stop() { pthread_cancel(t_); } // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
};
class Async : public Runnable {
    // Silent: never returns, so nothing is left behind.
    void run() override
    {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
        for (;;)
            work(2); // expect: thread-stop-async-cancel-unsafe-call
    }
};
void c() { Poller p; p.start(); p.stop(); Async q; q.start(); }
