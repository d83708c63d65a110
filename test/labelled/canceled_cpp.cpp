// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdint>
#include <cstdio>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::intptr_t gone = -1;

void *run(void *self)
{
    pause();
    return self;
}

class Worker {
public:
    bool start() { return pthread_create(&id_, nullptr, &Worker::main, this) == 0; }

    // Fires: a constant of the number.
    bool stop()
    {
        void *result{};
        ::pthread_cancel(id_); // expect: thread-stop-pthread-cancel
        ::pthread_join(id_, &result);
        return reinterpret_cast<std::intptr_t>(result) == gone; // expect: thread-stop-canceled-compare
    }

    // Fires: nullptr after the cancel.
    bool stopAgain()
    {
        void *result = nullptr;
        pthread_cancel(id_); // expect: thread-stop-pthread-cancel
        pthread_join(id_, &result);
        return result == nullptr; // expect: thread-stop-canceled-compare
    }

    // Silent: the name.
    bool wait()
    {
        void *result = nullptr;
        pthread_join(id_, &result);
        return result == PTHREAD_CANCELED;
    }

    // Fires: a member keeps it.
    bool keep()
    {
        pthread_join(id_, &result_);
        return result_ == (void *)-1; // expect: thread-stop-canceled-compare
    }

private:
    static void *main(void *self)
    {
        auto *worker = static_cast<Worker *>(self);
        pause();
        return worker;
    }

    pthread_t id_{};
    void *result_ = nullptr;
};

} // namespace

// Fires: in a template that is used.
template <class T> static T collect(pthread_t id)
{
    void *result = nullptr;
    pthread_join(id, &result);
    return result == (void *)-1 ? T() : T(1); // expect: thread-stop-canceled-compare
}

int start_one(pthread_t &id) { return pthread_create(&id, nullptr, run, &id); }

int use_all(Worker &w, pthread_t id)
{
    return w.start() && w.stop() && w.stopAgain() && w.wait() && w.keep() && collect<int>(id);
}

// Fires: a vector of results.
int count(const std::vector<pthread_t> &ids)
{
    std::vector<void *> results(ids.size());
    int n = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        pthread_join(ids[i], &results[i]);
        n += results[i] == reinterpret_cast<void *>(-1); // expect: thread-stop-canceled-compare
    }
    return n;
}

// Silent: a lambda fills it, later.
int deferred(pthread_t id)
{
    void *result = nullptr;
    auto join = [&result, id] { return pthread_join(id, &result); };
    join();
    return result == (void *)-1;
}
