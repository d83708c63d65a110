// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <atomic>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

struct Channel { int fd; std::mutex m; };

void pump(Channel *c)
{
    char b;
    while (read(c->fd, &b, 1) == 1)
        continue;
}

class Reader {
public:
    explicit Reader(int fd) : channel_{fd, {}}, thread_(pump, &channel_) {}

    // Silent (but for the cancel itself): the destructor joins.
    void halt() { pthread_cancel(thread_.native_handle()); } // expect: thread-stop-pthread-cancel

    ~Reader()
    {
        if (thread_.joinable())
            thread_.join();
    }

private:
    Channel channel_;
    std::thread thread_;
};

class Crew {
public:
    void hire(int fd)
    {
        channels_.push_back(std::make_unique<Channel>());
        channels_.back()->fd = fd;
        threads_.emplace_back(pump, channels_.back().get());
    }

    // Silent (but for the cancel itself): all asked, all joined, then the channels go.
    void fire()
    {
        for (std::thread &t : threads_)
            pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
        for (auto &t : threads_)
            t.join();
        threads_.clear();
        channels_.clear();
    }

private:
    std::vector<std::unique_ptr<Channel>> channels_;
    std::vector<std::thread> threads_;
};

void *pump_c(void *arg)
{
    pump(static_cast<Channel *>(arg));
    return nullptr;
}

class Pair {
public:
    Pair()
    {
        pthread_create(&a_, nullptr, pump_c, &left_);
        pthread_create(&b_, nullptr, &Pair::entry, this);
    }

    // Fires: b_ is joined, a_ is forgotten.
    ~Pair()
    {
        pthread_cancel(a_); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
        pthread_cancel(b_); // expect: thread-stop-pthread-cancel
        pthread_join(b_, nullptr);
    }

private:
    static void *entry(void *self)
    {
        pump(&static_cast<Pair *>(self)->right_);
        return nullptr;
    }

    Channel left_{0, {}}, right_{1, {}};
    pthread_t a_, b_;
};

// Silent (but for the cancel itself): the handle is taken first, the join is the object's.
void stop(std::thread &t)
{
    pthread_t h = t.native_handle();
    pthread_cancel(h); // expect: thread-stop-pthread-cancel
    if (t.joinable())
        t.join();
}

// Silent (but for the cancel itself): moved to somebody who joins.
void hand_over(Channel *c, std::vector<std::thread> &done)
{
    std::thread t(pump, c);
    pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
    done.push_back(std::move(t));
}

} // namespace

// Silent: uses all.
void demo(Channel *c, std::vector<std::thread> &done)
{
    Reader r(0);
    Crew crew;
    Pair p;
    std::thread t(pump, c);
    crew.hire(1);
    r.halt();
    crew.fire();
    stop(t);
    hand_over(c, done);
}
