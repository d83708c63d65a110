// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Flags next to pthread_kill: which thread, which wake-up, how often.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

extern void consume(const void *data, ssize_t n);

class Stubborn {
public:
    // Silent: sends until the thread has gone.
    void stop()
    {
        stop_.store(true);
        while (!gone_.load()) {
            pthread_kill(thread_.native_handle(), SIGUSR1);
            usleep(1000);
        }
        thread_.join();
    }
    void start() { thread_ = std::thread([this] { run(); }); }

private:
    void run()
    {
        char data[64];
        while (!stop_.load())
            consume(data, recv(fd_, data, sizeof data, 0));
        gone_ = true;
    }
    int fd_ = -1;
    std::atomic<bool> stop_{false}, gone_{false};
    std::thread thread_;
};

class Getter {
public:
    void stop()
    {
        request();
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
    }
    void start() { thread_ = std::thread(&Getter::run, this); }

private:
    void request() { stop_ = true; }
    bool stopping() const { return stop_; }
    // Fires: the test is behind a getter, the write behind a setter.
    void run()
    {
        char data[64];
        for (;;) {
            if (stopping())
                break;
            consume(data, ::recv(fd_, data, sizeof data, 0)); // expect: thread-stop-check-then-block
        }
    }
    int fd_ = -1;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

class Woken {
public:
    // Silent: the eventfd ends the read.
    void stop()
    {
        stop_ = true;
        eventfd_write(wake_, 1);
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
    }
    void start() { thread_ = std::thread([this] { run(); }); }

private:
    void run()
    {
        std::uint64_t n;
        while (!stop_) {
            if (read(wake_, &n, sizeof n) < 0 && errno == EINTR)
                continue;
            consume(&n, sizeof n);
        }
    }
    int wake_ = eventfd(0, 0);
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

// Silent: the one who sends waits for the others, with a flag of its own.
class Main {
public:
    void run(int fd)
    {
        char c;
        while (!done_) {
            pthread_kill(thread_.native_handle(), SIGUSR1);
            done_ = read(fd, &c, 1) <= 0;
        }
    }

private:
    std::atomic<bool> done_{false};
    std::thread thread_;
};

void use_main(int fd) { Main().run(fd); }
