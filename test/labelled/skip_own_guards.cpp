// flags: -fno-exceptions -fno-rtti
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct Mutex {
    void lock() { pthread_mutex_lock(&m); }
    void unlock() { pthread_mutex_unlock(&m); }
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
};
class Lock {
public:
    explicit Lock(Mutex &m) : m_(m) { m_.lock(); }
    ~Lock() { m_.unlock(); }

private:
    Mutex &m_;
};
class Fd {
public:
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() { if (fd_ >= 0) close(fd_); }
    operator int() const { return fd_; }

private:
    int fd_;
};
class Shield {
public:
    Shield() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_); }
    ~Shield() { pthread_setcancelstate(old_, nullptr); }

private:
    int old_;
};
struct View { const char *p; int n; };

static Mutex table;

// Fires (as 13, not as a lock): the guard's destructor is what is missing.
static void put(int fd)
{
    Lock l(table);
    send(fd, "x", 1, 0); // expect: thread-stop-skipped-cleanup-attribute
}

// Fires: the descriptor's owner.
static int peek(int fd)
{
    Fd copy(dup(fd));
    char c = 0;
    recv(copy, &c, 1, MSG_PEEK); // expect: thread-stop-skipped-cleanup-attribute
    return c;
}

// Silent: the shield disables, so nothing is skipped; nor is it after its scope.
static void shielded(int fd)
{
    {
        Shield s;
        Lock l(table);
        send(fd, "y", 1, 0);
    }
    send(fd, "z", 1, 0);
}

// Silent: trivially destructible, and a reference to somebody else's object.
static void views(int fd, Lock &held)
{
    View v{"v", 1};
    Lock &r = held;
    send(fd, v.p, static_cast<size_t>(v.n), 0);
    (void)r;
}

// Fires (leak): made on the heap, and lost if the sleep is cancelled.
static Fd *heap(int fd)
{
    Fd *f = new Fd(dup(fd));
    usleep(1); // expect: thread-stop-leak-across-cancellation-point
    return f;
}

static void *loop(void *arg)
{
    int fd = *static_cast<int *>(arg);
    for (;;) {
        put(fd);
        peek(fd);
        shielded(fd);
        views(fd, *static_cast<Lock *>(arg));
        *static_cast<Fd **>(arg) = heap(fd);
    }
}

// Fires (pthread-cancel): stop.
void run(int *fd)
{
    pthread_t t;
    if (pthread_create(&t, nullptr, loop, fd) != 0)
        return;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, nullptr);
}
