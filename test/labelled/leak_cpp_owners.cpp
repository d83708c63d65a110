// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <memory>
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

struct FileCloser {
    void operator()(std::FILE *f) const { std::fclose(f); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

class Fd {
public:
    explicit Fd(int fd) : fd_(fd) {}
    Fd(const Fd &) = delete;
    ~Fd() { if (fd_ >= 0) ::close(fd_); }
    int get() const { return fd_; }
    int release() { int f = fd_; fd_ = -1; return f; }

private:
    int fd_;
};

struct Packet { char data[100]; };

class Sniffer {
public:
    Sniffer() : thread_(&Sniffer::run, this) {}
    void stop();

private:
    void run();
    bool raw();
    bool owned(const char *path);
    bool shared();
    void listed();
    bool handed(int fd);
    bool released(const char *path);

    std::vector<Packet *> queue_;
    std::map<int, char *> names_;
    std::thread thread_;
};

// Fires: new without an owner is lost when the recv unwinds.
bool Sniffer::raw()
{
    Packet *p = new Packet;
    bool ok = recv(0, p->data, sizeof p->data, 0) > 0; // expect: thread-stop-leak-across-cancellation-point
    delete p;
    return ok;
}

// Silent: unwinding closes all of these.
bool Sniffer::owned(const char *path)
{
    File f(std::fopen(path, "r"));
    Fd fd(::open(path, O_RDONLY));
    auto block = std::make_unique<Packet>();
    std::shared_ptr<std::FILE> log(std::fopen("/dev/null", "w"), &std::fclose);
    return f && fd.get() >= 0 && read(fd.get(), block->data, 10) > 0;
}

// Silent: the shared pointer takes the raw one at once.
bool Sniffer::shared()
{
    Packet *raw = new Packet;
    std::shared_ptr<Packet> p(raw);
    return recv(0, p->data, sizeof p->data, 0) > 0;
}

// Silent: containers keep them.
void Sniffer::listed()
{
    Packet *p = new Packet;
    queue_.push_back(p);
    char *n = strdup("n");
    names_[1] = n;
    sleep(1);
}

// Silent: given to an owner before the wait.
bool Sniffer::handed(int fd)
{
    int copy = dup(fd);
    if (copy < 0)
        return false;
    Fd owner(copy);
    return recv(copy, &copy, 1, MSG_PEEK) == 1;
}

// Fires: released from its owner, then slept over.
bool Sniffer::released(const char *path)
{
    int fd = ::open(path, O_RDONLY);
    if (fd < 0)
        return false;
    sleep(1); // expect: thread-stop-leak-across-cancellation-point
    ::close(fd);
    return true;
}

// Silent: calls.
void Sniffer::run()
{
    while (raw() && owned("/etc/motd") && shared() && handed(0) && released("/etc/motd"))
        listed();
}

// Fires (pthread-cancel): by native handle.
void Sniffer::stop()
{
    pthread_cancel(thread_.native_handle()); // expect: thread-stop-pthread-cancel
    thread_.join();
}

} // namespace

// Silent: uses it.
void sniff()
{
    Sniffer s;
    sleep(1);
    s.stop();
}
