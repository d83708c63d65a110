// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guards without a constructor: their members are given in braces, their
// destructor gives back.
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace {

struct CloseAtEnd {
  int file = -1;
  ~CloseAtEnd() {
    if (file >= 0)
      close(file);
  }
};

struct CloseVariable {
  int &file;
  ~CloseVariable() { close(file); }
};

struct ClosePointed {
  int *file;
  ~ClosePointed() { close(*file); }
};

class CloseMade {
public:
  explicit CloseMade(int &f) : file(f) {}
  ~CloseMade() {
    if (file >= 0)
      close(file);
  }

private:
  int &file;
};

struct FreeAtEnd {
  char *text;
  int length;
  ~FreeAtEnd() { free(text); }
};

struct UnlockAtEnd {
  pthread_mutex_t &mutex;
  ~UnlockAtEnd() { pthread_mutex_unlock(&mutex); }
};

class UnlockMade {
public:
  explicit UnlockMade(pthread_mutex_t &m) : mutex(m) {}
  ~UnlockMade() { pthread_mutex_unlock(&mutex); }

private:
  pthread_mutex_t &mutex;
};

struct Elsewhere {
  int file;
  ~Elsewhere();
};

/// Tells how long it took, and gives nothing back.
struct Noted {
  int file;
  const char *what;
  ~Noted() { printf("%s %d\n", what, file); }
};

struct Stats {
  pthread_mutex_t mutex;
  long rounds;
};

struct Counted {
  Stats &stats;
  ~Counted() { stats.rounds++; }
};

int use(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  CloseAtEnd guard{file};
  sleep(1);
  return 0;
}

int use_equals(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  auto guard = CloseAtEnd{file};
  sleep(1);
  return guard.file;
}

int use_variable(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  CloseVariable guard{file};
  sleep(1);
  return 0;
}

// The guard stands before what it guards.
int use_pointed(const char *path) {
  pthread_testcancel();
  int file = -1;
  ClosePointed guard = {&file};
  file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  sleep(1);
  return 0;
}

// The same with a constructor.
int use_made(const char *path) {
  pthread_testcancel();
  int file = -1;
  CloseMade guard(file);
  file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  sleep(1);
  return 0;
}

int use_memory() {
  pthread_testcancel();
  char *text = static_cast<char *>(malloc(100));
  if (!text)
    return -1;
  FreeAtEnd guard{text, 100};
  sleep(1);
  return 0;
}

int use_local_class(const char *path) {
  struct Owner {
    int file;
    ~Owner() { close(file); }
  };
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  Owner owner{file};
  sleep(1);
  return 0;
}

// What the destructor does is not known: it has the file.
int use_elsewhere(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  Elsewhere owner{file};
  sleep(1);
  return 0;
}

void lock_and_wait(Stats *s) {
  pthread_testcancel();
  pthread_mutex_lock(&s->mutex);
  UnlockAtEnd guard{s->mutex};
  sleep(1);
}

void lock_made_and_wait(Stats *s) {
  pthread_testcancel();
  pthread_mutex_lock(&s->mutex);
  UnlockMade guard(s->mutex);
  sleep(1);
}

// The destructor writes a line; the file stays open.
int only_noted(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  Noted note{file, path};
  sleep(1); // expect: thread-stop-leak-across-cancellation-point
  close(file);
  return 0;
}

// It refers to the object with the mutex, and leaves the mutex alone.
void only_counted(Stats *s) {
  pthread_testcancel();
  pthread_mutex_lock(&s->mutex);
  Counted count{*s};
  sleep(1); // expect: thread-stop-lock-across-cancellation-point
  pthread_mutex_unlock(&s->mutex);
}

// The guard is for another file.
int other_file(const char *path) {
  pthread_testcancel();
  int log = open("/dev/null", O_WRONLY | O_CLOEXEC);
  CloseAtEnd guard{log};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  sleep(1); // expect: thread-stop-leak-across-cancellation-point
  close(file);
  return 0;
}

} // namespace

int main(int, char **argv) {
  static Stats stats = {PTHREAD_MUTEX_INITIALIZER, 0};
  lock_and_wait(&stats);
  lock_made_and_wait(&stats);
  only_counted(&stats);
  int n = use(argv[0]) + use_equals(argv[0]) + use_variable(argv[0]) +
          use_pointed(argv[0]) + use_made(argv[0]) + use_memory() + use_local_class(argv[0]);
  return n + use_elsewhere(argv[0]) + only_noted(argv[0]) + other_file(argv[0]);
}
