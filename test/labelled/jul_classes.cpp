// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

class Queue {
public:
    void push(int v)
    {
        std::lock_guard<std::mutex> l(m_);
        v_.push_back(v);
    }
    bool empty()
    {
        std::lock_guard<std::mutex> l(m_);
        return v_.empty();
    }

private:
    std::mutex m_;
    std::list<int> v_;
};

class Service {
public:
    void start()
    {
        std::lock_guard<std::mutex> l(control_);
        worker_ = std::thread(&Service::work, this);
        feeder_ = std::thread([this] { feed(); });
        for (int i = 0; i < 2; ++i)
            extra_.emplace_back([this] { queue_.push(1); });
    }

    // Fires: the worker wants the state's mutex.
    void stopBad()
    {
        std::unique_lock<std::mutex> l(state_);
        running_ = false;
        worker_.join(); // expect: thread-stop-join-under-lock
    }

    // Silent: relocked only after the join.
    void stopUnlocked()
    {
        std::unique_lock<std::mutex> l(state_);
        running_ = false;
        l.unlock();
        worker_.join();
        l.lock();
        done_ = true;
    }

    // Silent: the thread is moved out under the lock and joined outside.
    void stopMoved()
    {
        std::thread t;
        {
            std::lock_guard<std::mutex> l(state_);
            running_ = false;
            t = std::move(worker_);
        }
        if (t.joinable())
            t.join();
    }

    // Silent: the control mutex is for start and stop, no thread takes it.
    void stopControlled()
    {
        std::lock_guard<std::mutex> l(control_);
        {
            std::lock_guard<std::mutex> s(state_);
            running_ = false;
        }
        worker_.join();
        feeder_.join();
    }

    // Fires: scoped_lock of two, one of them the worker's.
    void stopBoth()
    {
        std::scoped_lock l(control_, state_);
        running_ = false;
        worker_.join(); // expect: thread-stop-join-under-lock
    }

    // Silent: the feeder never takes the state's mutex.
    void stopFeeder()
    {
        std::lock_guard<std::mutex> l(state_);
        feeder_.join();
    }

    // Fires: adopted, but held all the same.
    void stopAdopted()
    {
        state_.lock();
        std::lock_guard<std::mutex> l(state_, std::adopt_lock);
        worker_.join(); // expect: thread-stop-join-under-lock
    }

    // Silent: deferred and never locked.
    void stopDeferred()
    {
        std::unique_lock<std::mutex> l(state_, std::defer_lock);
        worker_.join();
    }

    // Silent: extra threads use the queue's own mutex.
    void stopExtra()
    {
        std::lock_guard<std::mutex> l(state_);
        for (auto &t : extra_)
            t.join();
    }

private:
    void work()
    {
        for (;;) {
            std::lock_guard<std::mutex> l(state_);
            if (!running_)
                break;
            queue_.push(2);
        }
    }
    void feed()
    {
        while (!queue_.empty())
            std::this_thread::yield();
    }

    std::mutex control_, state_;
    Queue queue_;
    bool running_ = true, done_ = false;
    std::thread worker_, feeder_;
    std::vector<std::thread> extra_;
};

// Silent: two objects; the lock is the first one's, the thread the second one's.
struct Cell {
    std::mutex m;
    std::thread t;
    void go() { t = std::thread([this] { std::lock_guard<std::mutex> l(m); }); }
};
void other(Cell &a, Cell &b)
{
    std::lock_guard<std::mutex> l(a.m);
    b.t.join();
}

// Fires: a local mutex by reference in the lambda.
int local()
{
    std::mutex m;
    int n = 0;
    std::thread t([&] {
        std::lock_guard<std::mutex> l(m);
        ++n;
    });
    std::lock_guard<std::mutex> l(m);
    t.join(); // missed: thread-stop-join-under-lock
    return n;
}

// Silent: joined first.
int localWell()
{
    std::mutex m;
    int n = 0;
    std::thread t([&] {
        std::lock_guard<std::mutex> l(m);
        ++n;
    });
    t.join();
    std::lock_guard<std::mutex> l(m);
    return n;
}

void use(Cell &a, Cell &b)
{
    Service s;
    s.start();
    a.go();
    b.go();
    other(a, b);
}
