// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a stop costs: from the request to the end of the thread, and the request
// alone with few and with many threads.

#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// --- From the request to the end --------------------------------------------

struct Victim {
  int Fds[2];
  std::atomic<int> Tid{0};
};

void *oursBody(void *Argument) {
  auto &V = *static_cast<Victim *>(Argument);
  char Byte;
  V.Tid = int(syscall(SYS_gettid));
  while (thread_stop_recv(V.Fds[0], &Byte, 1, 0) >= 0)
    continue;
  return nullptr;
}

void *rawBody(void *Argument) {
  auto &V = *static_cast<Victim *>(Argument);
  char Byte;
  V.Tid = int(syscall(SYS_gettid));
  while (recv(V.Fds[0], &Byte, 1, 0) >= 0)
    continue;
  return nullptr;
}

// Until the thread sleeps in the kernel.
void awaitSleep(const Victim &V) {
  char Path[64], Text[512];
  while (V.Tid == 0)
    usleep(10);
  std::snprintf(Path, sizeof Path, "/proc/self/task/%d/stat", int(V.Tid));
  for (;;) {
    int Fd = open(Path, O_RDONLY);
    ssize_t Size = read(Fd, Text, sizeof Text - 1);
    close(Fd);
    Text[Size > 0 ? Size : 0] = 0;
    if (std::string(Text).find(") S ") != std::string::npos)
      return;
    usleep(10);
  }
}

void stopAndJoin(benchmark::State &State, bool Ours) {
  Victim V;
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, V.Fds) == 0, "socketpair");
  for (auto _ : State) {
    pthread_t Thread;
    V.Tid = 0;
    must((Ours ? thread_stop_create(&Thread, nullptr, oursBody, &V)
               : pthread_create(&Thread, nullptr, rawBody, &V)) == 0,
         "create");
    awaitSleep(V);
    auto Begin = Clock::now();
    int Error = Ours ? thread_stop_request(Thread) : pthread_cancel(Thread);
    pthread_join(Thread, nullptr);
    State.SetIterationTime(
        std::chrono::duration<double>(Clock::now() - Begin).count());
    must(Error == 0, "stop");
  }
  close(V.Fds[0]);
  close(V.Fds[1]);
}

// --- The request alone ------------------------------------------------------

// Attached, and asleep in a call that a stop does not end: so that the same
// thread can be asked again and again.
class Crowd {
public:
  explicit Crowd(size_t Count) : Threads(Count) {
    pthread_attr_t Attributes;
    must(sem_init(&Here, 0, 0) == 0 && sem_init(&Go, 0, 0) == 0, "sem_init");
    pthread_attr_init(&Attributes);
    pthread_attr_setstacksize(&Attributes, 65536);
    for (pthread_t &Thread : Threads)
      must(thread_stop_create(&Thread, &Attributes, body, this) == 0,
           "thread_stop_create");
    pthread_attr_destroy(&Attributes);
    for (size_t I = 0; I < Count; ++I)
      sem_wait(&Here);
    usleep(10000);
  }
  ~Crowd() {
    for (size_t I = 0; I < Threads.size(); ++I)
      sem_post(&Go);
    for (pthread_t Thread : Threads)
      pthread_join(Thread, nullptr);
  }
  std::vector<pthread_t> Threads;

private:
  static void *body(void *Argument) {
    auto &C = *static_cast<Crowd *>(Argument);
    sem_post(&C.Here);
    while (sem_wait(&C.Go) != 0)
      continue;
    return nullptr;
  }
  sem_t Here, Go;
};

// The same one each time, so that caches do not make a difference.
void requestOne(benchmark::State &State, size_t Count) {
  Crowd C(Count);
  pthread_t Target = C.Threads[Count / 2];
  for (auto _ : State)
    must(thread_stop_request(Target) == 0, "thread_stop_request");
}

// Another one each time, as when a pool is shut down.
void requestEach(benchmark::State &State, size_t Count) {
  Crowd C(Count);
  size_t Next = 0;
  for (auto _ : State) {
    must(thread_stop_request(C.Threads[Next]) == 0, "thread_stop_request");
    Next = (Next + 7) % Count;
  }
}

void killEach(benchmark::State &State, size_t Count) {
  Crowd C(Count);
  size_t Next = 0;
  for (auto _ : State) {
    must(pthread_kill(C.Threads[Next], thread_stop_signal()) == 0,
         "pthread_kill");
    Next = (Next + 7) % Count;
  }
}

} // namespace

void registerRequest() {
  for (bool Ours : {true, false})
    benchmark::RegisterBenchmark(
        Ours ? "stop and join/ours" : "stop and join/raw",
        [=](benchmark::State &S) { stopAndJoin(S, Ours); })
        ->UseManualTime()
        ->Iterations(200);
  for (size_t Count : {size_t(10), size_t(10000)}) {
    std::string Suffix = "/" + std::to_string(Count);
    benchmark::RegisterBenchmark(
        ("request one" + Suffix).c_str(),
        [=](benchmark::State &S) { requestOne(S, Count); })
        ->Iterations(20000);
    benchmark::RegisterBenchmark(
        ("request each" + Suffix).c_str(),
        [=](benchmark::State &S) { requestEach(S, Count); })
        ->Iterations(20000);
    if (thread_stop_signal() > 0)
      benchmark::RegisterBenchmark(
          ("pthread_kill each" + Suffix).c_str(),
          [=](benchmark::State &S) { killEach(S, Count); })
          ->Iterations(20000);
  }
}
