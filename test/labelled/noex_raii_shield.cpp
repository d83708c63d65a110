// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace net {

class CancelShield {
public:
    CancelShield() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_); }
    ~CancelShield() { pthread_setcancelstate(old_, nullptr); }
    CancelShield(const CancelShield &) = delete;

private:
    int old_;
};

class Socket {
public:
    explicit Socket(int fd) noexcept : fd_(fd) {}
    Socket(Socket &&o) noexcept : fd_(std::exchange(o.fd_, -1)) {}

    // Silent: shut down and close are no points here.
    ~Socket()
    {
        if (fd_ >= 0) {
            ::shutdown(fd_, SHUT_RDWR);
            ::close(fd_);
        }
    }

    // Fires: assignment is noexcept and says good-bye to the old one.
    Socket &operator=(Socket &&o) noexcept
    {
        if (fd_ >= 0)
            ::send(fd_, "BYE", 3, MSG_NOSIGNAL); // expect: thread-stop-cancel-in-noexcept
        fd_ = std::exchange(o.fd_, -1);
        return *this;
    }

    // Silent: shielded.
    void reset() noexcept
    {
        CancelShield shield;
        ::send(fd_, "RST", 3, MSG_NOSIGNAL);
    }

    // Silent: may throw.
    void put(const std::string &s) { ::send(fd_, s.data(), s.size(), 0); }

    // Fires: throw() is noexcept by another name.
    bool ping() const throw()
    {
        return ::send(fd_, "?", 1, 0) == 1; // expect: thread-stop-cancel-in-noexcept
    }

private:
    int fd_;
};

class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    // Fires: the helper that the destructor calls waits.
    ~Child() { reap(); } // expect: thread-stop-cancel-in-noexcept

private:
    void reap()
    {
        int st;
        while (::waitpid(pid_, &st, 0) < 0)
            continue;
    }
    pid_t pid_;
};

struct Batch {
    Socket s;
    std::string text;
    // Silent: defaulted; the members' destructors are judged where they are.
    ~Batch() = default;
};

template <bool B> void flush(int fd) noexcept(B) { ::fsync(fd); } // expect: thread-stop-cancel-in-noexcept

// Fires inside flush<true> only: flush<false> may unwind.
void both(int fd)
{
    flush<true>(fd);
    flush<false>(fd);
}

// Silent: a function that is noexcept but only defines the lambda that waits.
auto later(int fd) noexcept
{
    return [fd] { return ::fsync(fd); };
}

// Silent: calls a noexcept function that waits: that one is reported, nothing comes out of it.
void outer(Socket &s) noexcept
{
    if (s.ping())
        s.reset();
}

// Silent: no noexcept of its own.
void serve(int fd)
{
    Socket s(fd);
    Batch b{Socket(dup(fd)), "x"};
    Child c(fork());
    s = Socket(fd);
    s.put(b.text);
    outer(s);
    both(fd);
    later(fd)();
}

} // namespace net

// Fires (pthread-cancel): the server.
void run(int fd)
{
    std::thread t(net::serve, fd);
    sleep(1);
    pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
    t.join();
}
