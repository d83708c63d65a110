// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <mutex>
#include <pthread.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace util {

class Mutex {
public:
    Mutex() { pthread_mutex_init(&m_, nullptr); }
    ~Mutex() { pthread_mutex_destroy(&m_); }
    void lock() { pthread_mutex_lock(&m_); }
    bool tryLock() { return pthread_mutex_trylock(&m_) == 0; }
    void unlock() { pthread_mutex_unlock(&m_); }
    pthread_mutex_t *native() { return &m_; }

private:
    pthread_mutex_t m_;
};

// By reference.
class MutexLocker {
public:
    explicit MutexLocker(Mutex &m) : m_(m) { m_.lock(); }
    ~MutexLocker() { m_.unlock(); }
    MutexLocker(const MutexLocker &) = delete;

private:
    Mutex &m_;
};

// By pointer, may be let go early.
class SysMutexHelper {
public:
    explicit SysMutexHelper(pthread_mutex_t *m) : cnd_(m) { pthread_mutex_lock(cnd_); }
    ~SysMutexHelper() { unLock(); }
    void unLock()
    {
        if (cnd_) {
            pthread_mutex_unlock(cnd_);
            cnd_ = nullptr;
        }
    }

private:
    pthread_mutex_t *cnd_;
};

template <class L> class Scoped {
public:
    explicit Scoped(L &l) : l_(l) { l_.lock(); }
    ~Scoped() { l_.unlock(); }

private:
    L &l_;
};

// Looks like a guard, but its destructor only counts.
class Counted {
public:
    explicit Counted(Mutex &m) : m_(m) { m_.lock(); }
    ~Counted() { ++ended; }
    static int ended;

private:
    Mutex &m_;
};
int Counted::ended;

} // namespace util

namespace {

util::Mutex table;
pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
std::mutex standard;

// Silent: the locker unlocks while the thread unwinds.
void byReference(int fd)
{
    util::MutexLocker l(table);
    send(fd, "r", 1, 0);
}

// Silent: so does the one by pointer, up to the early unlock; after it nothing is held.
void byPointer(int fd)
{
    util::SysMutexHelper l(&plain);
    send(fd, "p", 1, 0);
    l.unLock();
    ::poll(nullptr, 0, 10);
}

// Silent: a template over whatever locks.
void byTemplate(int fd)
{
    util::Scoped<util::Mutex> a(table);
    util::Scoped<std::mutex> b(standard);
    send(fd, "t", 1, 0);
}

// Silent: in the condition of an if, and in a block of its own.
void byBlock(int fd)
{
    if (util::MutexLocker l(table); fd >= 0)
        send(fd, "b", 1, 0);
    {
        const auto l = util::SysMutexHelper(&plain);
        send(fd, "c", 1, 0);
    }
}

// Fires: the destructor of this class does not unlock.
void byCounted(int fd)
{
    util::Counted c(table);
    send(fd, "n", 1, 0); // missed: thread-stop-lock-across-cancellation-point
    table.unlock();
}

// Fires: locked by hand through the class.
void byHand(int fd)
{
    table.lock();
    send(fd, "h", 1, 0); // expect: thread-stop-lock-across-cancellation-point
    table.unlock();
}

// Silent: taken only if free, and the wait is where it was not.
void byTry()
{
    while (!table.tryLock())
        usleep(10);
    table.unlock();
}

// Fires: tried, and held.
void byTryHeld(int fd)
{
    if (!table.tryLock())
        return;
    send(fd, "y", 1, 0); // expect: thread-stop-lock-across-cancellation-point
    table.unlock();
}

void *loop(void *arg)
{
    int fd = *static_cast<int *>(arg);
    for (;;) {
        byReference(fd);
        byPointer(fd);
        byTemplate(fd);
        byBlock(fd);
        byCounted(fd);
        byHand(fd);
        byTry();
        byTryHeld(fd);
    }
}

} // namespace

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
