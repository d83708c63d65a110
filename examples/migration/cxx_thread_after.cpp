// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread_stop::thread, which is asked to stop and joined when it is
// destroyed. Nothing is unwound: next() returns false.
// See docs/runtime/migration.md.
//
// Build: c++ -std=c++17 -pthread cxx_thread_after.cpp -lthread_stop

#include <cstdio>
#include <pthread.h>
#include <semaphore.h>
#include <thread_stop.hpp>
#include <unistd.h>

class reader {
public:
  explicit reader(int fd) : fd_(fd), thread_([this] { run(); }) {}
  void wait_until_ready() { sem_wait(&ready_.semaphore); }

private:
  struct semaphore_holder {
    semaphore_holder() { sem_init(&semaphore, 0, 0); }
    ~semaphore_holder() { sem_destroy(&semaphore); }
    sem_t semaphore;
  };

  bool next() noexcept {
    char byte;
    return thread_stop_read(fd_, &byte, 1) == 1;
  }
  void run() {
    sem_post(&ready_.semaphore);
    while (next())
      continue;
  }

  int fd_;
  semaphore_holder ready_;
  thread_stop::thread thread_; // last: it is destroyed first
};

int main() {
  int input[2];
  if (pipe(input) != 0)
    return 2;
  {
    reader r(input[0]);
    r.wait_until_ready();
  }
  std::puts("stopped");
  return 0;
}
