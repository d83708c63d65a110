// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <queue>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

class Pool {
public:
    explicit Pool(int n)
    {
        for (int i = 0; i < n; ++i)
            threads_.emplace_back([this] { loop(); });
    }

    // Silent: the flag under the lock, the joins without.
    ~Pool()
    {
        {
            std::unique_lock<std::mutex> l(m_);
            stop_ = true;
        }
        cv_.notify_all();
        for (std::thread &t : threads_)
            t.join();
    }

    // Fires: resized with the lock of the loop.
    void shrink()
    {
        std::lock_guard<std::mutex> l(m_);
        stop_ = true;
        cv_.notify_all();
        threads_.back().join(); // expect: thread-stop-join-under-lock
        threads_.pop_back();
    }

    // Silent: the vector is swapped out under the lock.
    void restart()
    {
        std::vector<std::thread> old;
        {
            std::lock_guard<std::mutex> l(m_);
            stop_ = true;
            old.swap(threads_);
        }
        for (auto &t : old)
            t.join();
    }

private:
    void loop()
    {
        for (;;) {
            std::unique_lock<std::mutex> l(m_);
            cv_.wait(l, [this] { return stop_ || !q_.empty(); });
            if (stop_)
                return;
            q_.pop();
        }
    }
    std::mutex m_;
    std::condition_variable cv_;
    std::queue<int> q_;
    bool stop_ = false;
    std::vector<std::thread> threads_;
};

std::mutex registry;
std::map<int, std::thread> byId;
std::atomic<int> done{0};

// Silent: the threads in the registry take no lock.
void forget(int id)
{
    std::lock_guard<std::mutex> l(registry);
    auto it = byId.find(id);
    if (it == byId.end())
        return;
    it->second.join();
    byId.erase(it);
}
void remember(int id)
{
    std::lock_guard<std::mutex> l(registry);
    byId[id] = std::thread([] { ++done; });
}

// Silent: the lock is a member of the one that waits, the thread a local of another's kind.
struct Gate {
    std::mutex m;
    void once()
    {
        std::lock_guard<std::mutex> l(m);
        std::thread t([] { ++done; });
        t.join();
    }
    // Fires: the local thread wants the gate.
    void twice()
    {
        std::lock_guard<std::mutex> l(m);
        std::thread t([this] {
            std::lock_guard<std::mutex> g(m);
            ++done;
        });
        t.join(); // expect: thread-stop-join-under-lock
    }
    // Silent: an inner block has given the lock back.
    void thrice()
    {
        {
            std::lock_guard<std::mutex> l(m);
            ++done;
        }
        std::thread t([this] {
            std::lock_guard<std::mutex> g(m);
            ++done;
        });
        t.join();
    }
};

} // namespace

void use()
{
    Pool p(2);
    Gate g;
    p.restart();
    p.shrink();
    remember(1);
    forget(1);
    g.once();
    g.twice();
    g.thrice();
}
