// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cxxabi.h>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace srv {

struct Log { void error(const char *); };
extern Log log;
[[noreturn]] void die(const char *why);
extern void parse(const char *text, ssize_t n);

// Silent: the Lippincott way, which lets a forced unwind pass.
void report()
{
    try {
        throw;
    } catch (const std::exception &e) {
        log.error(e.what());
    }
}

// Silent: report() rethrows what it does not know.
bool viaReport(int fd)
{
    char b[64];
    try {
        parse(b, recv(fd, b, sizeof b, 0));
        return true;
    } catch (...) {
        report();
        throw;
    }
}

// Silent: typed handlers only.
bool typed(int fd)
{
    char b[64];
    try {
        parse(b, recv(fd, b, sizeof b, 0));
    } catch (const std::runtime_error &) {
        return false;
    } catch (const std::exception &) {
        return false;
    } catch (int) {
        return false;
    }
    return true;
}

// Fires: typed handlers first, the catch-all swallows.
bool typedThenAll(int fd)
{
    char b[64];
    try {
        parse(b, recv(fd, b, sizeof b, 0));
    } catch (const std::exception &e) {
        log.error(e.what());
        return false;
    } catch (...) { // expect: thread-stop-swallowed-unwind
        log.error("unknown");
        return false;
    }
    return true;
}

// Silent: dies in a function that does not return.
bool orDie(int fd)
{
    char b[64];
    try {
        parse(b, recv(fd, b, sizeof b, 0));
    } catch (...) {
        die("recv");
    }
    return true;
}

// Silent: cleans up and goes on unwinding, through a flag that is always true.
bool cleanup(int fd)
{
    char *b = new char[64];
    bool again = true;
    try {
        parse(b, 64);
    } catch (...) {
        delete[] b;
        if (again)
            throw;
    }
    delete[] b;
    return recv(fd, nullptr, 0, 0) == 0;
}

// Fires: an inner try rethrows, the outer one swallows.
bool nested(int fd)
{
    try {
        try {
            sleep(1);
        } catch (...) {
            log.error("nap");
            throw;
        }
    } catch (...) { // expect: thread-stop-swallowed-unwind
        return false;
    }
    return fd >= 0;
}

// Silent: the inner handler is the one to blame, and it is typed; outer rethrows.
bool nestedRight(int fd)
{
    try {
        try {
            sleep(1);
        } catch (const std::logic_error &) {
            return false;
        }
    } catch (abi::__forced_unwind const &) {
        throw;
    } catch (...) {
        return false;
    }
    return fd >= 0;
}

// Fires once: the loop's catch-all, around a read two calls down.
ssize_t input(char *c) { return read(0, c, 1); }
ssize_t command() { char c; return input(&c); }
void repl()
{
    for (;;) {
        try {
            if (command() <= 0)
                break;
        } catch (...) { // expect: thread-stop-swallowed-unwind
            std::cerr << "error\n";
            continue;
        }
    }
}

// Silent: nothing but computing in the try.
int safeDivide(const std::vector<int> &v)
{
    try {
        return v.at(0) / static_cast<int>(v.size());
    } catch (...) {
        return 0;
    }
}

// Silent: cancellation is off around the whole try.
void guarded(int fd)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    try {
        command();
        fsync(fd);
    } catch (...) {
    }
    pthread_setcancelstate(old, nullptr);
}

class Server {
public:
    explicit Server(int fd) : fd_(fd) {}
    void start() { thread_ = std::thread(&Server::loop, this); }
    // Fires (pthread-cancel): stop.
    void stop()
    {
        pthread_cancel(thread_.native_handle()); // expect: thread-stop-pthread-cancel
        thread_.join();
    }

private:
    // Fires: the loop's own handler.
    void loop()
    {
        try {
            while (viaReport(fd_) && typed(fd_) && typedThenAll(fd_) && orDie(fd_) && cleanup(fd_) && nested(fd_) && nestedRight(fd_))
                guarded(fd_);
            repl();
            safeDivide({1});
        } catch (...) { // expect: thread-stop-swallowed-unwind
            log.error("server thread died");
        }
    }
    int fd_;
    std::thread thread_;
};

} // namespace srv

// Silent: its catch-all is the main thread's.
int main()
{
    try {
        srv::Server s(0);
        s.start();
        sleep(60);
        s.stop();
    } catch (...) {
        return EXIT_FAILURE;
    }
}
