// flags: -fno-exceptions
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

struct Plain { int a, b; };
struct Vptr { virtual int f() { return 1; } };
class Depth {
public:
    explicit Depth(int &d) : d_(d) { ++d_; }
    ~Depth() { --d_; }

private:
    int &d_;
};
struct Empty { ~Empty() {} };

class Node {
public:
    Node(int fd) : fd_(fd) {}
    // Fires: the guard would not unlock.
    void put(char c)
    {
        std::lock_guard<std::mutex> g(m_);
        send(fd_, &c, 1, 0); // expect: thread-stop-skipped-cleanup-attribute
    }
    // Silent: unlocked by the end of the block.
    void count()
    {
        {
            std::lock_guard<std::mutex> g(m_);
            ++n_;
        }
        usleep(1);
    }
    // Silent: plain data, views, references and pointers have nothing to skip.
    void plain(const std::string &s)
    {
        Plain p{1, 2};
        std::string_view v = s;
        std::pair<int, int> q{p.a, p.b};
        const std::string &r = s;
        send(fd_, v.data(), v.size() + static_cast<size_t>(q.first), 0);
        send(fd_, r.data(), r.size(), 0);
    }
    // Silent: one without a destructor of its own, and static ones outlive the thread.
    void lasting()
    {
        static const std::string banner = "banner";
        Vptr v;
        send(fd_, banner.data(), static_cast<size_t>(v.f()), 0);
    }
    // Fires: memory of the unique_ptr.
    void heap()
    {
        auto b = std::make_unique<char[]>(10);
        recv(fd_, b.get(), 10, 0); // expect: thread-stop-skipped-cleanup-attribute
    }
    // Fires: a depth counter that would stay up.
    void deep()
    {
        Depth d(depth_);
        usleep(5); // expect: thread-stop-skipped-cleanup-attribute
    }
    // Silent: shielded.
    void shielded()
    {
        int old;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        {
            std::vector<char> v(10);
            recv(fd_, v.data(), 10, 0);
        }
        pthread_setcancelstate(old, nullptr);
    }
    // Silent: the temporary is gone at the end of its own statement.
    size_t temp()
    {
        size_t n = std::string("temporary value that is long").size();
        usleep(1);
        return n;
    }
    void loop()
    {
        for (;;) {
            put('x');
            count();
            plain("text");
            lasting();
            heap();
            deep();
            shielded();
            temp();
        }
    }

private:
    std::mutex m_;
    int fd_, n_ = 0, depth_ = 0;
};

static void *node_main(void *arg)
{
    static_cast<Node *>(arg)->loop();
    return nullptr;
}

// Fires (pthread-cancel): the node.
void node_run(Node *n)
{
    pthread_t t;
    if (pthread_create(&t, nullptr, node_main, n) != 0)
        return;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, nullptr);
}
