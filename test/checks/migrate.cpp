// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-migrate %t -std=c++17-or-later -- -- -I%S/Inputs/migrate -isystem %S/Inputs/mock

#include <poll.h>
#include <pthread.h>
#include <thread>
#include <unistd.h>

static int fd;
static void use(int value) { fd += value; }

// ---- fires ----

// The thread runs a member function; what it ends by unwinds.
class Monitor {
public:
  void start() {
    pthread_create(&thread, nullptr, &Monitor::entry, this);
    // CHECK-MESSAGES: [[@LINE-1]]:5: warning: thread 'Monitor::entry' can be asked to stop instead of being cancelled [thread-stop-migrate]
  }
  void stop() {
    ::pthread_cancel(thread);
    pthread_join(thread, nullptr);
  }

private:
  static void *entry(void *self) {
    static_cast<Monitor *>(self)->run();
    return nullptr;
  }
  void run() {
    while (true) {
      pollfd wanted{fd, POLLIN, 0};
      if (::poll(&wanted, 1, -1) <= 0)
        continue;
      use(1);
    }
  }
  pthread_t thread;
};
// CHECK-FIXES-LABEL: {{^}}class Monitor {
// CHECK-FIXES: {{^}}    thread_stop_create(&thread, nullptr, &Monitor::entry, this);{{$}}
// CHECK-FIXES: {{^}}    ::thread_stop_request(thread);{{$}}
// CHECK-FIXES: {{^}}    static_cast<Monitor *>(self)->run();{{$}}
// CHECK-FIXES-NEXT: {{^}}    return nullptr;{{$}}
// CHECK-FIXES: {{^}}      if (::thread_stop_poll(&wanted, 1, -1) <= 0) {{{$}}
// CHECK-FIXES-NEXT: {{^}}        if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}          pthread_exit(PTHREAD_CANCELED);{{$}}
// CHECK-FIXES-NEXT: {{^}}        continue;{{$}}
// CHECK-FIXES-NEXT: {{^}}      }{{$}}

void a_lambda() {
  pthread_t thread;
  pthread_create(
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: this thread can be asked to stop instead of being cancelled [thread-stop-migrate]
      &thread, nullptr,
      [](void *) -> void * {
        sleep(1);
        use(1);
        return nullptr;
      },
      nullptr);
  pthread_cancel(thread);
}
// CHECK-FIXES-LABEL: {{^}}void a_lambda() {
// CHECK-FIXES: {{^}}        thread_stop_sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}        if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}          return nullptr;{{$}}
// CHECK-FIXES-NEXT: {{^}}        use(1);{{$}}

template <int N> void *counts(void *) {
  for (;;)
    use(N);
}
void an_instance() {
  pthread_t thread;
  pthread_create(&thread, nullptr, counts<3>, nullptr);
  pthread_cancel(thread);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: this thread is not migrated: the thread runs a template [thread-stop-migrate]
}

void an_object(std::thread &worker) {
  pthread_cancel(worker.native_handle());
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: this thread is not migrated: make the object a 'thread_stop::thread' [thread-stop-migrate]
}

struct Task {
  virtual void run();
};
static void *runs(void *task) {
  static_cast<Task *>(task)->run();
  return nullptr;
}
void a_virtual_function(Task *task) {
  pthread_t thread;
  pthread_create(&thread, nullptr, runs, task);
  pthread_cancel(thread);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: this thread is not migrated: what this virtual function does is not known [thread-stop-migrate]
}

// After the request the destructor would say nothing.
static bool say(const char *text) { return write(fd, text, 1) == 1; }
struct Connection {
  ~Connection() { say("!"); }
};
struct Session {
  Connection connection;
};
static void *talks(void *) {
  Session session;
  while (say("."))
    sleep(1);
  return nullptr;
}
void a_destructor() {
  pthread_t thread;
  pthread_create(&thread, nullptr, talks, nullptr);
  pthread_cancel(thread);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: this thread is not migrated: a destructor makes this call, too [thread-stop-migrate]
}

// ---- stays silent (a reason per case) ----

namespace mine {
int pthread_cancel(pthread_t) { return 0; }
void stop(pthread_t thread) { pthread_cancel(thread); }
} // namespace mine
