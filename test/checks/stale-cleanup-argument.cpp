// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-stale-cleanup-argument %t -std=c++11-or-later
// RUN: %check_tidy %s thread-stop-stale-cleanup-argument %t -- -- -fno-exceptions

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int use(const void *);
static void close_fd(void *p) {
  close(static_cast<int>(reinterpret_cast<intptr_t>(p)));
}

class Session {
public:
  void member();
  void self();

private:
  static void closeSelf(void *p) { close(static_cast<Session *>(p)->fd_); }
  int fd_;
};

// ---- fires ----

void Session::member() {
  fd_ = -1;
  pthread_cleanup_push(close_fd, reinterpret_cast<void *>(intptr_t(fd_)));
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'fd_' is -1 at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'fd_' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&fd_' and let the handler read it there
  fd_ = open("/dev/null", O_RDONLY);
  use(&fd_);
  pthread_cleanup_pop(1);
}

void lambda() {
  char *p = nullptr;
  pthread_cleanup_push([](void *q) { free(q); }, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  p = strdup("text");
  use(p);
  pthread_cleanup_pop(1);
}

static void make(char *&p) { p = strdup("text"); }
void by_reference() {
  char *p = nullptr;
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  make(p);
  use(p);
  pthread_cleanup_pop(1);
}

void renewed() {
  int *p = new int(1);
  pthread_cleanup_push([](void *q) { delete static_cast<int *>(q); }, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is set anew after this push: the handler gets the old value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+3]]:3: note: the old value is released here
  // CHECK-NOTES: [[@LINE+3]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-4]]:3: note: push '&p' and let the handler read it there
  delete p;
  p = new int(2);
  use(p);
  pthread_cleanup_pop(1);
}

template <class T> void in_template() {
  T *p = nullptr;
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  p = static_cast<T *>(malloc(sizeof(T)));
  use(p);
  pthread_cleanup_pop(1);
}
void instances() {
  in_template<int>();
  in_template<long>();
}

// ---- stays silent ----

void Session::self() {
  pthread_cleanup_push(closeSelf, this);
  fd_ = open("/dev/null", O_RDONLY);
  use(this);
  pthread_cleanup_pop(1);
}

// The lambda does not look at it.
void ignored() {
  char *p = nullptr;
  pthread_cleanup_push([](void *) { use(nullptr); }, p);
  p = strdup("text");
  use(p);
  free(p);
  pthread_cleanup_pop(1);
}

// What others can write is unknown.
void captured() {
  char *p = nullptr;
  auto set = [&] { p = strdup("text"); };
  set();
  pthread_cleanup_push(free, p);
  use(p);
  p = nullptr;
  pthread_cleanup_pop(1);
}
