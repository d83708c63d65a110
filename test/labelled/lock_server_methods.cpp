// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace xrd {

class Cond {
public:
    Cond() { pthread_cond_init(&c_, nullptr); pthread_mutex_init(&m_, nullptr); }
    void Lock() { pthread_mutex_lock(&m_); }
    void UnLock() { pthread_mutex_unlock(&m_); }
    void Signal() { pthread_cond_signal(&c_); }
    // Silent: waits with the caller's lock, and who that is it does not know.
    int Wait() { return pthread_cond_wait(&c_, &m_); }

private:
    pthread_cond_t c_;
    pthread_mutex_t m_;
};

class Helper {
public:
    explicit Helper(Cond *c) : c_(c) { if (c_) c_->Lock(); }
    ~Helper() { if (c_) c_->UnLock(); }
    void Detach() { c_ = nullptr; }

private:
    Cond *c_;
};

class Log {
public:
    // Silent: static method with a static mutex, guarded.
    static void put(const std::string &s)
    {
        static std::mutex m;
        std::lock_guard<std::mutex> l(m);
        ::write(2, s.data(), s.size());
    }
};

class Scheduler {
public:
    void start(int n)
    {
        for (int i = 0; i < n; ++i)
            threads_.emplace_back(&Scheduler::worker, this, i);
    }

    // Fires (pthread-cancel): stops them.
    void stop()
    {
        for (auto &t : threads_)
            pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
        for (auto &t : threads_)
            t.join();
    }

    // Silent: called by clients.
    void add(int job)
    {
        Helper h(&cond_);
        jobs_.push_back(job);
        cond_.Signal();
    }

private:
    // Silent: the guard is on while it waits.
    int next()
    {
        Helper h(&cond_);
        while (jobs_.empty())
            cond_.Wait();
        int j = jobs_.front();
        jobs_.pop_front();
        return j;
    }

    // Fires: by hand.
    int nextByHand()
    {
        cond_.Lock();
        while (jobs_.empty())
            cond_.Wait(); // expect: thread-stop-lock-across-cancellation-point
        int j = jobs_.front();
        jobs_.pop_front();
        cond_.UnLock();
        return j;
    }

    // Silent: the lambda is called while nothing is held.
    void each(int fd)
    {
        auto send1 = [fd](int j) { ::send(fd, &j, sizeof j, 0); };
        std::deque<int> copy;
        {
            Helper h(&cond_);
            copy = jobs_;
        }
        for (int j : copy)
            send1(j);
    }

    // Fires: the lambda is called under the lock by hand.
    void eachLocked(int fd)
    {
        auto send1 = [fd](int j) { ::send(fd, &j, sizeof j, 0); };
        cond_.Lock();
        for (int j : jobs_)
            send1(j); // expect: thread-stop-lock-across-cancellation-point
        cond_.UnLock();
    }

    void worker(int n)
    {
        for (;;) {
            int j = n % 2 ? next() : nextByHand();
            Log::put(std::to_string(j));
            each(j);
            eachLocked(j);
        }
    }

    Cond cond_;
    std::deque<int> jobs_;
    std::vector<std::thread> threads_;
};

} // namespace xrd

void serve()
{
    xrd::Scheduler s;
    s.start(2);
    s.add(1);
    sleep(1);
    s.stop();
}
