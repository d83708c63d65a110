// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -std=c++17-or-later
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -- -- -fno-exceptions

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct Packet {
  int Length;
};

class Owner {
public:
  explicit Owner(Packet *P) : P(P) {}
  ~Owner() { delete P; }
  Owner(const Owner &) = delete;
  Owner &operator=(const Owner &) = delete;

private:
  Packet *P;
};

class Descriptor {
public:
  explicit Descriptor(const char *Path) : Fd(open(Path, O_RDONLY)) {}
  ~Descriptor() { close(Fd); }
  int get() const { return Fd; }

private:
  int Fd;
};

// ---- fires ----

// new and malloc, held by a plain pointer.
static void byNew(int Fd) {
  Packet *P = new Packet;
  read(Fd, &P->Length, 1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'read' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:15: note: acquired here
  delete P;
}

static void byNewArray(int Fd) {
  char *Data = new char[10];
  read(Fd, Data, 10);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'read' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:16: note: acquired here
  delete[] Data;
}

static void byMalloc() {
  void *P = malloc(10);
  if (P == nullptr)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:13: note: acquired here
  free(P);
}

static void byDescriptor(const char *Path) {
  const int Fd = open(Path, O_RDONLY);
  if (Fd < 0)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the file descriptor [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:18: note: acquired here
  close(Fd);
}

// ---- stays silent (a reason per case) ----

// Objects release it when the thread unwinds; without exceptions that they
// are skipped is the business of another check.
static void byOwner() {
  Owner O(new Packet);
  sleep(1);
  Packet *P = new Packet;
  Owner Later(P);
  sleep(1);
}

static void byDescriptorObject(const char *Path) {
  Descriptor D(Path);
  sleep(D.get());
}

// Deleted before; captured by code that may keep it; stored.
static Packet *Last;
static void gone() {
  Packet *P = new Packet;
  delete P;
  sleep(1);
  Last = new Packet;
  sleep(1);
}

static void captured() {
  Packet *P = new Packet;
  auto Release = [P] { delete P; };
  sleep(1);
  Release();
}

// Placement new acquires nothing.
inline void *operator new(decltype(sizeof 0), void *Where, int) noexcept {
  return Where;
}
static void placed() {
  alignas(Packet) char Room[sizeof(Packet)];
  Packet *P = new (Room, 0) Packet;
  sleep(1);
  P->Length = 0;
}

static void *worker(void *Arg) {
  int Fd = *static_cast<int *>(Arg);
  byNew(Fd), byNewArray(Fd), byMalloc(), byDescriptor("f");
  byOwner(), byDescriptorObject("f"), gone(), captured(), placed();
  return nullptr;
}

void run(int *Fd) {
  pthread_t Thread;
  pthread_create(&Thread, nullptr, worker, Fd);
  pthread_cancel(Thread);
  pthread_join(Thread, nullptr);
}
