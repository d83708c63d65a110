// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-async-cancel-unsafe-call %t -std=c++17-or-later
// RUN: %check_tidy %s thread-stop-async-cancel-unsafe-call %t -- -- -fno-exceptions

#include <pthread.h>

class Async {
public:
  Async() { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &Old); }
  ~Async() { pthread_setcanceltype(Old, nullptr); }

private:
  int Old;
};

class Histogram {
public:
  void count(unsigned char Value) { ++Bins[Value >> 4]; }
  unsigned operator[](unsigned I) const { return Bins[I]; }
  void save();

private:
  unsigned Bins[16] = {};
};

struct Noisy {
  Noisy();
  ~Noisy();
};

// ---- fires ----

// Allocation.
int *allocates() {
  int Old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &Old);
  int *P = new int;
  // CHECK-NOTES: [[@LINE-1]]:12: warning: the call is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_setcanceltype(Old, nullptr);
  return P;
}

// A member function of another file.
void saves(Histogram &H) {
  int Old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &Old);
  H.save();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'save' is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:3: note: asynchronous cancellation is switched on here
  pthread_setcanceltype(Old, nullptr);
}

// By a guard of the program's own.
void guarded(Histogram &H) {
  Async A;
  H.save();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'save' is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:9: note: asynchronous cancellation is switched on here
}

// In a lambda that is called here.
void calls(Histogram &H) {
  auto Save = [&] { H.save(); };
  Async A;
  Save();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: the call is not async-cancel-safe: a cancel inside leaves it half done [thread-stop-async-cancel-unsafe-call]
  // CHECK-NOTES: [[@LINE-3]]:9: note: asynchronous cancellation is switched on here
  // CHECK-NOTES: [[@LINE-5]]:21: note: 'save' is called here
}

// ---- stays silent (a reason per case) ----

// Member functions that only compute.
unsigned computes(Histogram &H, const unsigned char *Data, int N) {
  Async A;
  for (int I = 0; I < N; ++I)
    H.count(Data[I]);
  return H[0];
}

// A template that only computes.
template <class T> T largest(const T *Data, int N) {
  T Best{};
  for (int I = 0; I < N; ++I)
    if (Best < Data[I])
      Best = Data[I];
  return Best;
}

int finds(const int *Data, int N) {
  Async A;
  return largest(Data, N);
}

// After the guard.
void later(Histogram &H) {
  {
    Async A;
    H.count(1);
  }
  H.save();
}
