// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// flags: -fno-exceptions
// Without exceptions no destructor runs: that is the one thing that is wrong
// with these guards, which are made without a constructor.
#include <fcntl.h>
#include <functional>
#include <pthread.h>
#include <unistd.h>

namespace {

struct CloseAtEnd {
  int file;
  ~CloseAtEnd() { close(file); }
};

struct Unlock {
  pthread_mutex_t &mutex;
  ~Unlock() { pthread_mutex_unlock(&mutex); }
};

struct AtEnd {
  std::function<void()> run;
  ~AtEnd() { run(); }
};

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int use(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  CloseAtEnd guard{file};
  sleep(1); // expect: thread-stop-skipped-cleanup-attribute
  return 0;
}

void locked() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  Unlock guard{mutex};
  sleep(1); // expect: thread-stop-skipped-cleanup-attribute
}

void locked_code() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  AtEnd guard{[] { pthread_mutex_unlock(&mutex); }};
  sleep(1); // expect: thread-stop-skipped-cleanup-attribute
}

} // namespace

int main(int, char **argv) {
  locked();
  locked_code();
  return use(argv[0]);
}
