// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <array>
#include <mutex>
#include <pthread.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace t {

struct PosixLock {
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    void lock() { pthread_mutex_lock(&m); }
    void unlock() { pthread_mutex_unlock(&m); }
};
struct NoLock {
    void lock() {}
    void unlock() {}
};

template <class T, class Lock> class Ring {
public:
    // Fires once: all instantiations with a lock agree. With NoLock there is nothing to hold.
    void drain(int fd)
    {
        lock_.lock();
        send(fd, items_.data(), sizeof items_, 0); // expect: thread-stop-lock-across-cancellation-point
        lock_.unlock();
    }
    // Silent in each instantiation.
    void put(int fd, T v)
    {
        lock_.lock();
        items_[n_++ % items_.size()] = v;
        lock_.unlock();
        send(fd, &v, sizeof v, 0);
    }

private:
    Lock lock_;
    std::array<T, 8> items_{};
    std::size_t n_ = 0;
};

// Silent: nobody instantiates it.
template <class T> void never(T &m, int fd)
{
    m.lock();
    send(fd, "n", 1, 0);
    m.unlock();
}

// Fires: a function template with a callable; the lambda waits.
template <class F> void withLock(PosixLock &l, F f)
{
    l.lock();
    f(); // expect: thread-stop-lock-across-cancellation-point
    l.unlock();
}

// Silent: only one branch of the constant condition exists.
template <bool Locked> void send1(PosixLock &l, int fd)
{
    if constexpr (Locked) {
        l.lock();
        l.unlock();
    }
    send(fd, "1", 1, 0);
}

template <class... R> void drainAll(int fd, R &...r) { (r.drain(fd), ...); }

} // namespace t

// Fires (pthread-cancel): uses them.
void run(int fd)
{
    t::Ring<int, t::PosixLock> a;
    t::Ring<char, std::mutex> b;
    t::PosixLock l;
    std::thread th([&] {
        for (;;) {
            t::drainAll(fd, a, b);
            a.put(fd, 1);
            b.put(fd, 'x');
            t::withLock(l, [fd] { send(fd, "l", 1, 0); });
            t::send1<true>(l, fd);
            t::send1<false>(l, fd);
        }
    });
    sleep(1);
    pthread_cancel(th.native_handle()); // expect: thread-stop-pthread-cancel
    th.join();
}
