// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <condition_variable>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <thread>
#include <vector>

struct Async {
    int old;
    // Silent: RAII halves.
    Async() { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); }
    ~Async() { pthread_setcanceltype(old, nullptr); }
};

class Pool {
    std::mutex m;
    std::shared_mutex sm;
    std::recursive_mutex rm;
    std::condition_variable cv;
    std::vector<int> q;
    pthread_mutex_t pm = PTHREAD_MUTEX_INITIALIZER;
    long n = 0;

public:
    // Silent: inner scope ends the guard before the async part.
    void a()
    {
        {
            std::lock_guard<std::mutex> g(m);
            n++;
        }
        Async as;
        for (volatile int i = 0; i < 9; i = i + 1) ;
    }
    // Fires: guard inside the RAII async part.
    void b()
    {
        Async as;
        std::lock_guard g(m); // expect: thread-stop-async-cancel-with-lock
        n++;
    }
    // Fires: async RAII object while a scoped_lock is alive.
    void c()
    {
        std::scoped_lock g(m, rm);
        Async as; // expect: thread-stop-async-cancel-with-lock
        n++;
    }
    // Silent: deferred lock, never taken before.
    void d()
    {
        std::unique_lock<std::mutex> g(m, std::defer_lock);
        {
            Async as;
            n++;
        }
        g.lock();
        n++;
    }
    // Silent: unlocked by hand before.
    void e()
    {
        std::unique_lock<std::mutex> g(m);
        n++;
        g.unlock();
        Async as;
        for (volatile int i = 0; i < 9; i = i + 1) ;
    }
    // Fires: try_to_lock that owns.
    void f()
    {
        std::unique_lock<std::mutex> g(m, std::try_to_lock);
        if (!g)
            return;
        int old;
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
        n++;
        pthread_setcanceltype(old, nullptr);
    }
    // Silent: try_to_lock that does not own.
    void g()
    {
        std::unique_lock<std::mutex> g(m, std::try_to_lock);
        if (!g.owns_lock()) {
            Async as;
            for (volatile int i = 0; i < 9; i = i + 1) ;
        }
    }
    // Fires: shared lock.
    void h()
    {
        std::shared_lock<std::shared_mutex> g(sm);
        int old;
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
        n++;
        pthread_setcanceltype(old, nullptr);
    }
    // Silent: the lambda runs elsewhere, in its own thread, not here.
    void i()
    {
        std::lock_guard<std::mutex> g(m);
        std::thread([] {
            pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
            for (volatile int i = 0; i < 9; i = i + 1) ;
        }).detach();
    }
    // Fires: the state is disabled, but enabled again with the lock held.
    void j()
    {
        int s, t;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s);
        pthread_mutex_lock(&pm);
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
        n++;
        pthread_setcancelstate(s, nullptr);
        n++;
        pthread_mutex_unlock(&pm);
        pthread_setcanceltype(t, nullptr);
    }
    // Silent: released through a unique_ptr-like moved guard is not certain.
    void k()
    {
        std::unique_lock<std::mutex> g(m);
        auto h = std::move(g);
        h.unlock();
        Async as;
        for (volatile int i = 0; i < 9; i = i + 1) ;
    }
};

// Fires: a hand-written guard class of the project.
class Guard {
    pthread_mutex_t &m_;

public:
    explicit Guard(pthread_mutex_t &m) : m_(m) { pthread_mutex_lock(&m_); }
    ~Guard() { pthread_mutex_unlock(&m_); }
};

long total(pthread_mutex_t &m, const std::vector<long> &v)
{
    Guard g(m);
    int old;
    long s = 0;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
    for (size_t i = 0; i < v.size(); ++i)
        s += v[i];
    pthread_setcanceltype(old, nullptr);
    return s;
}

// Silent: the guard's scope is over.
long total2(pthread_mutex_t &m, const std::vector<long> &v)
{
    std::vector<long> c;
    {
        Guard g(m);
        c = v;
    }
    int old;
    long s = 0;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    for (size_t i = 0; i < c.size(); ++i)
        s += c[i];
    pthread_setcanceltype(old, nullptr);
    return s;
}

void use(Pool &p) { p.a(); p.b(); p.c(); p.d(); p.e(); p.f(); p.g(); p.h(); p.i(); p.j(); p.k(); }
