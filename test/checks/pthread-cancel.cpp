// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -std=c++11-or-later -- -- -isystem %S/Inputs/mock
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -- -- -fno-exceptions -isystem %S/Inputs/mock

#include <pthread.h>
#include <thread>

class QThread {
public:
  void terminate();
  void requestInterruption();
};

namespace project {
class Worker : public QThread {
public:
  void stop();
};
} // namespace project

extern "C" int TerminateThread(void *Thread, unsigned long Code);
extern "C" void SDL_KillThread(struct SDL_Thread *);

void work();

// ---- fires ----

void qualified(pthread_t t) {
  ::pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

void of_a_thread() {
  std::thread worker(work);
  pthread_cancel(worker.native_handle());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-3]]:15: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  worker.join();
}

void of_a_kept_handle() {
  std::thread worker(work);
  auto handle = worker.native_handle();
  pthread_cancel(handle);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-4]]:15: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

void of_a_parameter(std::thread &worker, std::thread *other) {
  pthread_cancel(worker.native_handle());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  pthread_cancel(other->native_handle());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// A std::jthread has its own way to ask.
void of_a_jthread() {
  std::jthread worker(work);
  pthread_cancel(worker.native_handle());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-3]]:16: note: the thread is created here
  // CHECK-NOTES: [[@LINE-3]]:3: note: a 'std::jthread' can be asked: 'request_stop'
}

void of_a_jthread_pointer(std::jthread *worker) {
  pthread_cancel(worker->native_handle());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: a 'std::jthread' can be asked: 'request_stop'
}

void by_windows(void *thread) {
  TerminateThread(thread, 1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'TerminateThread' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: set a flag that the thread looks at, wake it, and join it
}

void by_sdl(SDL_Thread *thread) {
  SDL_KillThread(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'SDL_KillThread' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: set a flag that the thread looks at, wake it, and join it
}

void by_qt(QThread *thread, QThread &other) {
  thread->terminate();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'QThread::terminate' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: call 'requestInterruption' and let 'run' look at 'isInterruptionRequested'
  other.terminate();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'QThread::terminate' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: call 'requestInterruption' and let 'run' look at 'isInterruptionRequested'
}

// Inherited, on itself.
void project::Worker::stop() {
  terminate();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'QThread::terminate' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: call 'requestInterruption' and let 'run' look at 'isInterruptionRequested'
}

struct Owner {
  pthread_t Handle;
  Owner() { pthread_create(&Handle, nullptr, nullptr, this); }
  ~Owner() {
    pthread_cancel(Handle);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-4]]:13: note: the thread is created here
    // CHECK-NOTES: [[@LINE-3]]:5: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  }
};

// ---- stays silent (a reason per case) ----

// A user's own function of that name, in a namespace or a class.
namespace mine {
int pthread_cancel(int);
struct SDL_Thread;
void SDL_KillThread(SDL_Thread *);
struct TerminateThread {
  TerminateThread(void *, int);
};
} // namespace mine

struct Job {
  void terminate();
  static int pthread_cancel(int);
  int TerminateThread(void *, unsigned long);
};

void own_functions(Job &J, mine::SDL_Thread *T) {
  mine::pthread_cancel(1);
  Job::pthread_cancel(1);
  J.terminate();
  J.TerminateThread(nullptr, 0);
  mine::SDL_KillThread(T);
  mine::TerminateThread(nullptr, 0);
}

// Asked, not forced.
void asked(std::jthread &T, QThread &Q) {
  T.request_stop();
  Q.requestInterruption();
}

// Unevaluated operands.
using Result = decltype(pthread_cancel(pthread_t()));
static_assert(noexcept(pthread_cancel(pthread_t())) ||
                  !noexcept(pthread_cancel(pthread_t())),
              "");

// ---- control flow ----

void after_throw(pthread_t t) {
#ifdef __cpp_exceptions
  throw 1;
#else
  __builtin_trap();
#endif
  pthread_cancel(t);
}

[[noreturn]] void give_up();

void after_noreturn(pthread_t t) {
  give_up();
  pthread_cancel(t);
}

// ---- macros, templates, lambdas ----

// One finding for any number of instantiations.
template <class T> void stop_all(T *First, T *Last) {
  for (; First != Last; ++First)
    pthread_cancel(*First);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-2]]:5: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

struct Handle {
  pthread_t T;
  operator pthread_t() const { return T; }
};

void instantiate(pthread_t *P, Handle *H) {
  stop_all(P, P + 1);
  stop_all(H, H + 1);
}

// Never instantiated, but the call does not depend on the parameter.
template <class T> void never_instantiated(T &, pthread_t t) {
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

template <class T> struct Pool {
  T *Threads;
  void stop() {
    pthread_cancel(Threads[0]);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-2]]:5: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  }
};
template struct Pool<pthread_t>;
template struct Pool<Handle>;

auto stop_later = [](pthread_t t) {
  pthread_cancel(t);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
};

void in_a_lambda(pthread_t t) {
  auto f = [=] {
    return pthread_cancel(t);
    // CHECK-NOTES: [[@LINE-1]]:12: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
    // CHECK-NOTES: [[@LINE-2]]:12: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  };
  f();
}

// In an initialiser, outside of any function.
extern pthread_t Other;
int Cancelled = pthread_cancel(Other);
// CHECK-NOTES: [[@LINE-1]]:17: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
// CHECK-NOTES: [[@LINE-2]]:17: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
