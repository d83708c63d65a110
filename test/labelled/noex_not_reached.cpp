// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <future>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>

// A server that stops by a flag; nobody cancels anything.
class Server {
public:
    Server() : t_([this] { run(); }) {}

    // Silent: joins in a destructor, in code that nobody cancels.
    ~Server()
    {
        stop_ = true;
        cv_.notify_all();
        if (t_.joinable())
            t_.join();
        pause1();
    }

    // Silent: waits in a noexcept function, but is never cancelled.
    void wait() noexcept
    {
        std::unique_lock<std::mutex> l(m_);
        cv_.wait_for(l, std::chrono::seconds(1), [this] { return stop_.load(); });
    }

    // Silent: read in a noexcept function of such a program.
    int get(int fd) noexcept
    {
        char c;
        return read(fd, &c, 1) == 1 ? c : -1;
    }

    // Silent: catch-all in it, no harm.
    void safe(int fd) noexcept
    {
        try {
            if (fsync(fd) != 0)
                throw fd;
        } catch (...) {
            std::puts("failed");
        }
    }

private:
    static void pause1() { usleep(10); }

    void run()
    {
        while (!stop_) {
            wait();
            get(0);
            safe(1);
        }
    }

    std::atomic<bool> stop_{false};
    std::mutex m_;
    std::condition_variable cv_;
    std::thread t_;
};

// Silent: pthread_exit from main's own helper that is not noexcept.
static void finish() { pthread_exit(nullptr); }

// Silent: raw memory over a wait in the main thread.
int main(int argc, char **)
{
    Server s;
    char *b = new char[16];
    ssize_t n = read(0, b, 16);
    delete[] b;
    if (n < 0 && argc > 5)
        finish();
}
