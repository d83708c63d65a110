// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Condition variables of C++: a handler sets the flag, and cannot notify.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>

static std::mutex lock;
static std::atomic<bool> stopping;

extern "C" void on_term(int) { stopping = true; }

void install() { std::signal(SIGTERM, on_term); }

// Fires: nobody notifies, and a signal does not end this wait.
void wait_for_ever()
{
    static std::condition_variable never;
    std::unique_lock<std::mutex> held(lock);
    while (!stopping)
        never.wait(held); // expect: thread-stop-check-then-block
}

// Silent: looks again every second.
void look_again()
{
    static std::condition_variable slow;
    std::unique_lock<std::mutex> held(lock);
    while (!stopping)
        slow.wait_for(held, std::chrono::seconds(1));
}

struct Queue {
    std::condition_variable changed;
    int waiting = 0;

    void add()
    {
        std::lock_guard<std::mutex> held(lock);
        ++waiting;
        changed.notify_one();
    }

    // Silent: some thread notifies.
    void run()
    {
        std::unique_lock<std::mutex> held(lock);
        while (!stopping && waiting == 0)
            changed.wait(held);
    }

    // Silent: the predicate looks at the flag.
    void run_with_predicate()
    {
        std::unique_lock<std::mutex> held(lock);
        while (!stopping)
            changed.wait(held, [this] { return stopping || waiting > 0; });
    }
};

void use(Queue &q)
{
    q.add();
    q.run();
    q.run_with_predicate();
}
