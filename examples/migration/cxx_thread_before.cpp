// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A std::thread that is cancelled through its native handle.
//
// With glibc the cancel unwinds the stack like an exception, and next() is
// noexcept: the program ends. See docs/runtime/migration.md.
//
// Build: c++ -std=c++17 -pthread cxx_thread_before.cpp

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <pthread.h>
#include <semaphore.h>
#include <thread>
#include <unistd.h>

class reader {
public:
  explicit reader(int fd) : fd_(fd), thread_([this] { run(); }) {}
  ~reader() {
    pthread_cancel(thread_.native_handle());
    thread_.join();
  }
  void wait_until_ready() { sem_wait(&ready_.semaphore); }

private:
  struct semaphore_holder {
    semaphore_holder() { sem_init(&semaphore, 0, 0); }
    ~semaphore_holder() { sem_destroy(&semaphore); }
    sem_t semaphore;
  };

  bool next() noexcept {
    char byte;
    return read(fd_, &byte, 1) == 1; // unwound from here
  }
  void run() {
    sem_post(&ready_.semaphore);
    while (next())
      continue;
  }

  int fd_;
  semaphore_holder ready_;
  std::thread thread_;
};

int main() {
  std::set_terminate([] {
    std::puts("std::terminate");
    std::fflush(stdout);
    std::_Exit(1);
  });
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
