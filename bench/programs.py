# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs such as users have, for the overhead that run.py measures."""

DAEMON_HEAD = """#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
"""

# A connection pool, its worker threads and the functions around them.
DAEMON_PART = """
struct pool@ {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    pthread_t workers[16];
    struct { int fd; time_t last; char peer[64]; } conn[256];
    unsigned used, stopping;
};

static int find@(const struct pool@ *p, int fd)
{
    for (unsigned i = 0; i < p->used; i++)
        if (p->conn[i].fd == fd)
            return (int)i;
    return -1;
}

static int add@(struct pool@ *p, int fd, const struct sockaddr_in *from)
{
    int at = -1;

    pthread_mutex_lock(&p->lock);
    if (p->used < 256) {
        at = (int)p->used++;
        p->conn[at].fd = fd;
        p->conn[at].last = time(NULL);
        inet_ntop(AF_INET, &from->sin_addr, p->conn[at].peer,
                  sizeof p->conn[at].peer);
    } else {
        syslog(LOG_WARNING, "pool full, %u connections", p->used);
        close(fd);
    }
    pthread_cond_signal(&p->idle);
    pthread_mutex_unlock(&p->lock);
    return at;
}

static void drop@(struct pool@ *p, int fd)
{
    int at;

    pthread_mutex_lock(&p->lock);
    at = find@(p, fd);
    if (at >= 0)
        p->conn[at] = p->conn[--p->used];
    pthread_mutex_unlock(&p->lock);
    if (at >= 0)
        close(fd);
}

static void unlock@(void *lock)
{
    pthread_mutex_unlock(lock);
}

static ssize_t read_all@(int fd, char *buf, size_t len)
{
    size_t got = 0;

    while (got < len) {
        ssize_t n = read(fd, buf + got, len - got);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static int reply@(int fd, int code, const char *text)
{
    char line[512];
    int old, n, rc = 0;

    n = snprintf(line, sizeof line, "%d %s\\r\\n", code, text);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    for (int off = 0; off < n;) {
        ssize_t w = write(fd, line + off, (size_t)(n - off));
        if (w < 0) {
            rc = -errno;
            break;
        }
        off += (int)w;
    }
    pthread_setcancelstate(old, NULL);
    return rc;
}

static int serve@(struct pool@ *p, int fd)
{
    char head[8], body[4096];
    uint32_t size;

    if (read_all@(fd, head, sizeof head) != sizeof head)
        return -1;
    memcpy(&size, head + 4, sizeof size);
    size = ntohl(size);
    if (size > sizeof body)
        return reply@(fd, 413, "too large");
    if (read_all@(fd, body, size) != (ssize_t)size)
        return -1;
    switch (head[0]) {
    case 'G':
        return reply@(fd, 200, "ok");
    case 'P':
        for (uint32_t i = 0; i < size; i++)
            if (body[i] < ' ' && body[i] != '\\n')
                return reply@(fd, 400, "bad byte");
        return reply@(fd, 201, "stored");
    case 'Q':
        drop@(p, fd);
        return 0;
    default:
        syslog(LOG_INFO, "unknown request %d", head[0]);
        return reply@(fd, 405, "unknown");
    }
}

static void *worker@(void *arg)
{
    struct pool@ *p = arg;

    for (;;) {
        int fd = -1;

        pthread_mutex_lock(&p->lock);
        pthread_cleanup_push(unlock@, &p->lock);
        while (p->used == 0 && !p->stopping)
            pthread_cond_wait(&p->idle, &p->lock);
        if (p->used)
            fd = p->conn[p->used - 1].fd;
        pthread_cleanup_pop(1);
        if (p->stopping)
            break;
        if (fd >= 0 && serve@(p, fd) < 0)
            drop@(p, fd);
    }
    return NULL;
}

int start@(struct pool@ *p)
{
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->idle, NULL);
    for (unsigned i = 0; i < 16; i++)
        if (pthread_create(&p->workers[i], NULL, worker@, p) != 0)
            return -1;
    return add@(p, 0, &(struct sockaddr_in){0});
}

void stop@(struct pool@ *p)
{
    for (unsigned i = 0; i < 16; i++)
        pthread_cancel(p->workers[i]);
    for (unsigned i = 0; i < 16; i++)
        pthread_join(p->workers[i], NULL);
}
"""


def daemon():
    """About 850 lines with the headers that a network daemon includes."""
    return DAEMON_HEAD + "".join(
        DAEMON_PART.replace("@", str(i)) for i in range(5))


CXX_HEAD = """#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>
"""

CXX_PART = """
namespace part@ {
template <class T> class Tree {
public:
  void insert(T V) { Values.insert(std::upper_bound(Values.begin(), Values.end(), V), std::move(V)); }
  template <class F> auto map(F f) const {
    Tree<decltype(f(Values.front()))> Out;
    for (const T &V : Values)
      Out.insert(f(V));
    return Out;
  }
  std::optional<T> find(const T &V) const {
    auto It = std::lower_bound(Values.begin(), Values.end(), V);
    if (It == Values.end() || *It != V)
      return std::nullopt;
    return *It;
  }
private:
  std::vector<T> Values;
};

using Value = std::variant<int, double, std::string, std::vector<int>>;

std::string show(const Value &V) {
  std::ostringstream Out;
  std::visit([&](const auto &X) {
    using T = std::decay_t<decltype(X)>;
    if constexpr (std::is_same_v<T, std::vector<int>>)
      for (int I : X)
        Out << I << ' ';
    else
      Out << X;
  }, V);
  return Out.str();
}

std::map<std::string, std::vector<Value>> group(const std::vector<Value> &Of) {
  std::map<std::string, std::vector<Value>> Out;
  for (const Value &V : Of)
    Out[show(V).substr(0, 1)].push_back(V);
  for (auto &[Key, Values] : Out)
    std::sort(Values.begin(), Values.end());
  return Out;
}

int total(int N) {
  Tree<int> A;
  Tree<std::string> B;
  for (int I = 0; I < N; ++I) {
    A.insert(I * 7 % 13);
    B.insert(std::to_string(I));
  }
  auto C = A.map([](int X) { return X * 0.5; });
  auto D = B.map([](const std::string &S) { return S.size(); });
  std::unordered_map<int, std::function<int(int)>> Table{
      {1, [](int X) { return X + 1; }}, {2, [N](int X) { return X * N; }}};
  return Table[1](N) + (C.find(1.5) ? 1 : 0) + static_cast<int>(D.find(3).value_or(0));
}
} // namespace part@
"""

CXX_RELEVANT = """
namespace threads@ {
class Queue {
public:
  void push(std::string S) {
    std::lock_guard<std::mutex> Lock(M);
    Items.push_back(std::move(S));
    Ready.notify_one();
  }
  std::string pop() {
    std::unique_lock<std::mutex> Lock(M);
    Ready.wait(Lock, [this] { return !Items.empty(); });
    std::string S = std::move(Items.front());
    Items.pop_front();
    return S;
  }
  bool try_push(std::string S) {
    std::unique_lock<std::mutex> Lock(M, std::try_to_lock);
    if (!Lock.owns_lock())
      return false;
    Items.push_back(std::move(S));
    return true;
  }
private:
  std::mutex M;
  std::condition_variable Ready;
  std::deque<std::string> Items;
};

struct NoCancel {
  NoCancel() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old); }
  ~NoCancel() { pthread_setcancelstate(Old, nullptr); }
  int Old = 0;
};

struct Worker {
  Queue In, Out;
  pthread_t Id{};
  static void *run(void *Arg) {
    auto *W = static_cast<Worker *>(Arg);
    for (;;) {
      std::string S = W->In.pop();
      NoCancel Guard;
      std::reverse(S.begin(), S.end());
      if (!W->Out.try_push(S))
        W->Out.push(S);
    }
    return nullptr;
  }
  void start() { pthread_create(&Id, nullptr, run, this); }
  void stop() {
    pthread_cancel(Id);
    pthread_join(Id, nullptr);
  }
};
} // namespace threads@
"""


def cxx(relevant):
    text = CXX_HEAD + ("#include <pthread.h>\n" if relevant else "")
    for i in range(4):
        text += CXX_PART.replace("@", str(i))
        if relevant:
            text += CXX_RELEVANT.replace("@", str(i))
    return text
