// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A class with a thread of its own. The destructors of the thread's objects
// run when it is stopped, also those in a function that it calls.

#include <cerrno>
#include <cstdio>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace {

int alive;

struct Counted {
  Counted() { ++alive; }
  ~Counted() { --alive; }
};

class Monitor {
public:
  explicit Monitor(int fd) : fd(fd) {}
  bool start() {
    return pthread_create(&thread, nullptr, &Monitor::entry, this) == 0;
  }
  void stop() {
    pthread_cancel(thread);
    pthread_join(thread, nullptr);
  }
  int events() const { return __atomic_load_n(&count, __ATOMIC_SEQ_CST); }

private:
  static void *entry(void *self) {
    static_cast<Monitor *>(self)->run();
    return nullptr;
  }

  bool wait() {
    Counted inner;
    pollfd wanted{fd, POLLIN, 0};
    return ::poll(&wanted, 1, -1) > 0;
  }

  void run() {
    Counted outer;
    while (true) {
      char byte;
      if (!wait())
        continue;
      if (::read(fd, &byte, 1) != 1)
        return;
      __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    }
  }

  int fd;
  pthread_t thread{};
  int count = 0;
};

} // namespace

int main() {
  int ends[2];
  if (pipe(ends) != 0)
    return 1;
  Monitor monitor(ends[0]);
  if (!monitor.start() || write(ends[1], "ab", 2) != 2)
    return 1;
  while (monitor.events() != 2)
    usleep(1000);
  usleep(20 * 1000);
  monitor.stop();
  close(ends[0]);
  close(ends[1]);
  std::printf("alive %d\n", alive);
  return alive != 0;
}
