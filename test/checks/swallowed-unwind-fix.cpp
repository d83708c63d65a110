// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The header that declares what is caught is added, once. And the options.
// ---- options: own RUN ----
// RUN: %check_tidy %s thread-stop-swallowed-unwind %t -std=c++11,c++17,c++20
// RUN: %check_tidy %s thread-stop-swallowed-unwind %t -check-suffixes=,STRICT -- -config="{CheckOptions: [{key: thread-stop-swallowed-unwind.StrictPoints, value: true}]}"
// RUN: %check_tidy %s thread-stop-swallowed-unwind %t -check-suffixes=,POINTS -- -config="{CheckOptions: [{key: thread-stop-swallowed-unwind.CancellationPoints, value: 'Bus::wait'}]}"
// RUN: %check_tidy %s thread-stop-swallowed-unwind %t -check-suffixes=,ASSUME -- -config="{CheckOptions: [{key: thread-stop-swallowed-unwind.AssumeCancellable, value: true}]}"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
// CHECK-FIXES: {{^}}#include <cxxabi.h>{{$}}
// CHECK-FIXES-NOT: {{^}}#include <cxxabi.h>{{$}}

struct Bus {
  void wait();
};

// ---- fires ----

static bool twice(int Fd) {
  try {
    fsync(Fd);
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:5: note: the thread can be cancelled here
    return false;
  }
  try {
    sleep(1);
  }
  catch (...)
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-4]]:5: note: the thread can be cancelled here
  {
    return false;
  }
  return true;
}
// CHECK-FIXES-LABEL: {{^}}static bool twice(int Fd) {
// CHECK-FIXES:      {{^}}  } catch (abi::__forced_unwind &) {{[{]$}}
// CHECK-FIXES-NEXT: {{^ +}}throw;{{$}}
// CHECK-FIXES-NEXT: {{^}}  } catch (...) {{[{]$}}
// CHECK-FIXES:      {{^}}  catch (abi::__forced_unwind &) {{[{]$}}
// CHECK-FIXES-NEXT: {{^ +}}throw;{{$}}
// CHECK-FIXES-NEXT: {{^}}  } catch (...){{$}}

// StrictPoints: close and stdio.
static void prints(int Fd) {
  try {
    puts("text");
    close(Fd);
  } catch (...) {
  // CHECK-NOTES-STRICT: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES-STRICT: [[@LINE-4]]:5: note: the thread can be cancelled here
  }
}

// CancellationPoints: functions of other files.
static void waits(Bus &B) {
  try {
    B.wait();
  } catch (...) {
  // CHECK-NOTES-POINTS: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES-POINTS: [[@LINE-3]]:5: note: the thread can be cancelled here
  }
}

// AssumeCancellable: code that no thread of this file runs.
int somewhere(int Fd) {
  try {
    return fsync(Fd);
  } catch (...) {
  // CHECK-NOTES-ASSUME: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES-ASSUME: [[@LINE-3]]:12: note: the thread can be cancelled here
    return -1;
  }
}

// ---- stays silent (a reason per case) ----

// Rethrows, whatever the options say.
static void rethrows(int Fd) {
  try {
    puts("text");
    fsync(Fd);
  } catch (...) {
    throw;
  }
}

static void *worker(void *Arg) {
  Bus *B = static_cast<Bus *>(Arg);
  twice(1), prints(1), waits(*B), rethrows(1);
  return nullptr;
}

void run(Bus *B) {
  pthread_t Thread;
  pthread_create(&Thread, nullptr, worker, B);
  pthread_cancel(Thread);
  pthread_join(Thread, nullptr);
}
