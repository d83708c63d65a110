// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -check-suffix=OWN -- -config="{CheckOptions: [{key: thread-stop-pthread-cancel.ForcedStopFunctions, value: ' os_thread_kill ; rtos::Task::destroy;;fiber_abort'}]}"
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -check-suffix=DEFAULT
// RUN: %check_tidy %s thread-stop-pthread-cancel %t -check-suffix=EMPTY -- -config="{CheckOptions: [{key: thread-stop-pthread-cancel.ForcedStopFunctions, value: ''}]}"

typedef unsigned long pthread_t;
extern "C" int pthread_cancel(pthread_t);
extern "C" int TerminateThread(void *, unsigned long);
extern "C" void os_thread_kill(int Id);
void fiber_abort();

namespace vendor {
namespace rtos {
class Task {
public:
  void destroy();
  static void destroy(int Id);
};
class Queue {
public:
  void destroy();
};
} // namespace rtos
void os_thread_kill(int Id);
} // namespace vendor

// ---- fires ----

// Plain names are global functions, `class::name` a method in any namespace.
void named(int Id, vendor::rtos::Task &T) {
  os_thread_kill(Id);
  // CHECK-NOTES-OWN: [[@LINE-1]]:3: warning: 'os_thread_kill' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-OWN: [[@LINE-2]]:3: note: set a flag that the thread looks at, wake it, and join it
  T.destroy();
  // CHECK-NOTES-OWN: [[@LINE-1]]:3: warning: 'vendor::rtos::Task::destroy' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-OWN: [[@LINE-2]]:3: note: set a flag that the thread looks at, wake it, and join it
  vendor::rtos::Task::destroy(Id);
  // CHECK-NOTES-OWN: [[@LINE-1]]:3: warning: 'vendor::rtos::Task::destroy' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-OWN: [[@LINE-2]]:3: note: set a flag that the thread looks at, wake it, and join it
  fiber_abort();
  // CHECK-NOTES-OWN: [[@LINE-1]]:3: warning: 'fiber_abort' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-OWN: [[@LINE-2]]:3: note: set a flag that the thread looks at, wake it, and join it
}

// The default names are replaced.
void windows(void *T) {
  TerminateThread(T, 0);
  // CHECK-NOTES-DEFAULT: [[@LINE-1]]:3: warning: 'TerminateThread' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-DEFAULT: [[@LINE-2]]:3: note: set a flag that the thread looks at, wake it, and join it
}

// pthread_cancel itself is no option.
void always(pthread_t t) {
  pthread_cancel(t);
  // CHECK-NOTES-OWN: [[@LINE-1]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-OWN: [[@LINE-2]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  // CHECK-NOTES-DEFAULT: [[@LINE-3]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-DEFAULT: [[@LINE-4]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
  // CHECK-NOTES-EMPTY: [[@LINE-5]]:3: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
  // CHECK-NOTES-EMPTY: [[@LINE-6]]:3: note: ask it with 'thread_stop_request' (ESRCH unless 'thread_stop_create' or 'thread_stop_attach')
}

// ---- stays silent (a reason per case) ----

// Another class, another namespace.
void others(vendor::rtos::Queue &Q) {
  Q.destroy();
  vendor::os_thread_kill(1);
}
