// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

struct Msg {
    explicit Msg(int n) : id(n) {}
    int id;
    char text[64];
};

template <class T> class RefPtr {
public:
    explicit RefPtr(T *p) : p_(p) {}
    ~RefPtr() { delete p_; }
    T *operator->() const { return p_; }
    T *get() const { return p_; }

private:
    T *p_;
};

class Owner {
public:
    void setMsg(Msg *m)
    {
        delete m_;
        m_ = m;
    }
    void add(Msg *m) { list_.push_back(m); }
    ~Owner() { delete m_; }
    Msg *make(int n)
    {
        auto *m = new Msg(n);
        list_.push_back(m);
        return m;
    }

private:
    Msg *m_ = nullptr;
    std::list<Msg *> list_;
};

std::map<int, Msg *> registry;
alignas(Msg) unsigned char place[sizeof(Msg)];

// Silent: placement new allocates nothing.
void placement(int fd)
{
    Msg *m = new (place) Msg(1);
    recv(fd, m->text, sizeof m->text, 0);
    m->~Msg();
}

// Silent: given to a member function that stores it.
void setter(Owner &o, int fd)
{
    Msg *m = new Msg(2);
    o.setMsg(m);
    recv(fd, m->text, sizeof m->text, 0);
}

// Silent: got from an owner that keeps it.
void factory(Owner &o, int fd)
{
    Msg *m = o.make(3);
    recv(fd, m->text, sizeof m->text, 0);
}

// Silent: a map has it.
void mapped(int fd)
{
    auto *m = new Msg(4);
    registry[m->id] = m;
    recv(fd, m->text, sizeof m->text, 0);
    registry.emplace(5, new Msg(5));
    usleep(1);
}

// Silent: a smart pointer of one's own.
void smart(int fd)
{
    RefPtr<Msg> m(new Msg(6));
    recv(fd, m->text, sizeof m->text, 0);
}

// Silent: reset takes it over, get only looks.
void reset(int fd)
{
    std::unique_ptr<Msg> u;
    u.reset(new Msg(7));
    Msg *raw = u.get();
    recv(fd, raw->text, sizeof raw->text, 0);
}

// Fires: an array of new.
int array(int fd)
{
    char *b = new char[128];
    int n = static_cast<int>(recv(fd, b, 128, 0)); // expect: thread-stop-leak-across-cancellation-point
    delete[] b;
    return n;
}

// Fires: nothrow new, checked.
int nothrow(int fd)
{
    char *b = new (std::nothrow) char[128];
    if (!b)
        return -1;
    int n = static_cast<int>(recv(fd, b, 128, 0)); // missed: thread-stop-leak-across-cancellation-point
    delete[] b;
    return n;
}

// Silent: deleted on each way to the wait.
int early(int fd, bool keep)
{
    Msg *m = new Msg(8);
    int id = m->id;
    if (!keep) {
        delete m;
        return static_cast<int>(recv(fd, &id, sizeof id, 0));
    }
    registry[id] = m;
    return static_cast<int>(recv(fd, &id, sizeof id, 0));
}

// Silent: captured by a function object that keeps a copy; it may free it.
std::vector<std::function<void()>> later;
void captured(int fd)
{
    Msg *m = new Msg(9);
    later.push_back([m] { delete m; });
    usleep(static_cast<unsigned>(fd));
}

// Silent: moved into a pair in a vector.
std::vector<std::pair<int, std::unique_ptr<Msg>>> kept;
void emplaced(int fd)
{
    auto p = std::make_unique<Msg>(10);
    kept.emplace_back(fd, std::move(p));
    usleep(1);
}

// Silent: the raw pointer goes straight into the return value's owner.
std::unique_ptr<Msg> build(int fd)
{
    std::unique_ptr<Msg> m{new Msg(11)};
    recv(fd, m->text, sizeof m->text, 0);
    return m;
}

} // namespace

// Fires (pthread-cancel): a thread that does all of it.
void run(int fd)
{
    Owner o;
    std::thread t([&] {
        for (;;) {
            placement(fd);
            setter(o, fd);
            factory(o, fd);
            mapped(fd);
            smart(fd);
            reset(fd);
            if (array(fd) + nothrow(fd) + early(fd, true) == 0)
                break;
            captured(fd);
            emplaced(fd);
            build(fd);
        }
    });
    sleep(1);
    pthread_cancel(t.native_handle()); // expect: thread-stop-pthread-cancel
    t.join();
}
