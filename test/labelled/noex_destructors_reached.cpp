// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

struct Base {
    explicit Base(int fd) : fd_(fd) {}
    // Fires: reached through the derived class's destructor.
    virtual ~Base() { fsync(fd_); } // missed: thread-stop-cancel-in-noexcept
    int fd_;
};
struct Derived : Base {
    using Base::Base;
    // Silent: nothing of its own.
    ~Derived() override { fd_ = -1; }
};

struct Member {
    sem_t *s;
    // Fires: reached as a member of an object.
    ~Member() { sem_wait(s); } // missed: thread-stop-cancel-in-noexcept
};
struct Whole {
    Member m;
    int n;
};

struct Heap {
    int fd;
    // Fires: reached by delete.
    ~Heap() { send(fd, "d", 1, 0); } // missed: thread-stop-cancel-in-noexcept
};

struct Temp {
    int fd;
    // Fires: reached by a temporary.
    ~Temp() { send(fd, "t", 1, 0); } // missed: thread-stop-cancel-in-noexcept
    int id() const { return fd; }
};

struct MainOnly {
    int fd;
    // Silent: only the main thread has one.
    ~MainOnly() { send(fd, "m", 1, 0); }
};

struct Joins {
    pthread_t t;
    bool up;
    // Silent: its object lives in the main thread.
    ~Joins()
    {
        if (up)
            pthread_join(t, nullptr);
    }
};

struct Noisy {
    int fd;
    // Silent: lets it out.
    ~Noisy() noexcept(false) { send(fd, "n", 1, 0); }
};
struct HasNoisy {
    Noisy n;
    // Silent: implicitly noexcept(false) too, since its member is.
    ~HasNoisy() { n.fd++; }
};

struct Reserve {
    // Silent: the noexcept operator is no noexcept specifier.
    static bool safe(int fd) { return noexcept(send(fd, "", 0, 0)) ? false : send(fd, "", 0, 0) == 0; }
    // Silent: swap and move only move.
    Reserve(Reserve &&o) noexcept : v(std::move(o.v)) {}
    Reserve() = default;
    friend void swap(Reserve &a, Reserve &b) noexcept { a.v.swap(b.v); }
    std::vector<int> v;
};

void *loop(void *arg)
{
    int fd = *static_cast<int *>(arg);
    sem_t s;
    sem_init(&s, 0, 1);
    for (;;) {
        Derived d(fd);
        Whole w{{&s}, 1};
        Heap *h = new Heap{fd};
        delete h;
        if (Temp{fd}.id() < 0)
            break;
        HasNoisy n{{fd}};
        Reserve a, b;
        swap(a, b);
        if (!Reserve::safe(fd))
            return nullptr;
    }
    return nullptr;
}

} // namespace

// Fires (pthread-cancel): stop.
void run(int fd)
{
    MainOnly m{fd};
    Joins j{{}, false};
    j.up = pthread_create(&j.t, nullptr, loop, &fd) == 0;
    sleep(1);
    if (j.up)
        pthread_cancel(j.t); // expect: thread-stop-pthread-cancel
}
