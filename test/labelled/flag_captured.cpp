// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Locals that a lambda has by reference are seen by the thread that runs it.
#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

void work();

// Fires: the loop is in the other thread.
void stop_it()
{
    bool stop = false;
    std::thread worker([&stop] {
        while (!stop) // expect: thread-stop-nonatomic-flag
            work();
    });
    work();
    stop = true;
    worker.join();
}

// Silent: atomic.
void stop_it_well()
{
    std::atomic<bool> stop{false};
    std::thread worker([&] {
        while (!stop)
            work();
    });
    stop = true;
    worker.join();
}

// Silent: the lambda runs in the same thread.
bool find(const std::vector<int> &in)
{
    bool found = false;
    std::for_each(in.begin(), in.end(), [&](int n) {
        if (n == 0) found = true;
    });
    while (!found) {
        work();
        found = true;
    }
    return found;
}

// Silent: a copy.
void copy()
{
    bool stop = false;
    std::thread worker([stop] {
        while (!stop)
            work();
    });
    stop = true;
    worker.detach();
}
