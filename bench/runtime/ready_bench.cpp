// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls that find what they need and do not wait.

#include "bench.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace {

constexpr size_t Calls = 200; // for each refill, which is not measured

struct Ends {
  int Near, Far;
};

Ends openPipe() {
  int Fds[2];
  must(pipe(Fds) == 0, "pipe");
  return {Fds[0], Fds[1]};
}

Ends openSocket() {
  int Fds[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, Fds) == 0, "socketpair");
  return {Fds[0], Fds[1]};
}

// Reads until what was put in is used up.
template <typename Read>
void readReady(benchmark::State &State, Ends Fds, size_t Size, bool Ours,
               Read Call) {
  Attached Here(Ours);
  std::vector<char> Buffer(Calls * Size), Target(Size);
  for (auto _ : State) {
    State.PauseTiming();
    must(write(Fds.Far, Buffer.data(), Buffer.size()) == ssize_t(Buffer.size()),
         "write");
    State.ResumeTiming();
    for (size_t I = 0; I < Calls; ++I)
      if (Call(Fds.Near, Target.data(), Size) != ssize_t(Size))
        must(false, "read");
  }
  State.SetItemsProcessed(int64_t(State.iterations() * Calls));
  close(Fds.Near);
  close(Fds.Far);
}

template <typename Write>
void writeReady(benchmark::State &State, Ends Fds, bool Ours, Write Call) {
  Attached Here(Ours);
  std::vector<char> Buffer(Calls);
  for (auto _ : State) {
    for (size_t I = 0; I < Calls; ++I)
      if (Call(Fds.Far, Buffer.data(), size_t(1)) != 1)
        must(false, "write");
    State.PauseTiming();
    for (size_t Got = 0; Got < Calls;)
      Got += size_t(read(Fds.Near, Buffer.data(), Buffer.size()));
    State.ResumeTiming();
  }
  State.SetItemsProcessed(int64_t(State.iterations() * Calls));
  close(Fds.Near);
  close(Fds.Far);
}

void pollReady(benchmark::State &State, bool Ours) {
  Attached Here(Ours);
  Ends Fds = openPipe();
  must(write(Fds.Far, "x", 1) == 1, "write");
  pollfd Poll = {Fds.Near, POLLIN, 0};
  for (auto _ : State)
    for (size_t I = 0; I < Calls; ++I)
      if ((Ours ? thread_stop_poll(&Poll, 1, -1) : poll(&Poll, 1, -1)) != 1)
        must(false, "poll");
  State.SetItemsProcessed(int64_t(State.iterations() * Calls));
  close(Fds.Near);
  close(Fds.Far);
}

ssize_t oursRecv(int Fd, void *Buffer, size_t Size) {
  return thread_stop_recv(Fd, Buffer, Size, 0);
}
ssize_t rawRecv(int Fd, void *Buffer, size_t Size) {
  return recv(Fd, Buffer, Size, 0);
}
ssize_t oursSend(int Fd, const void *Buffer, size_t Size) {
  return thread_stop_send(Fd, Buffer, Size, 0);
}
ssize_t rawSend(int Fd, const void *Buffer, size_t Size) {
  return send(Fd, Buffer, Size, 0);
}

template <typename Function> void add(const std::string &Name, Function Body) {
  benchmark::RegisterBenchmark((Name + "/ours").c_str(),
                               [=](benchmark::State &S) { Body(S, true); });
  benchmark::RegisterBenchmark((Name + "/raw").c_str(),
                               [=](benchmark::State &S) { Body(S, false); });
}

} // namespace

void registerReady() {
  add("read ready pipe", [](benchmark::State &S, bool Ours) {
    readReady(S, openPipe(), 1, Ours, Ours ? thread_stop_read : read);
  });
  add("read ready socket", [](benchmark::State &S, bool Ours) {
    readReady(S, openSocket(), 1, Ours, Ours ? thread_stop_read : read);
  });
  add("recv ready", [](benchmark::State &S, bool Ours) {
    readReady(S, openSocket(), 1, Ours, Ours ? oursRecv : rawRecv);
  });
  add("write ready pipe", [](benchmark::State &S, bool Ours) {
    writeReady(S, openPipe(), Ours, Ours ? thread_stop_write : write);
  });
  add("send ready", [](benchmark::State &S, bool Ours) {
    writeReady(S, openSocket(), Ours, Ours ? oursSend : rawSend);
  });
  add("poll ready", pollReady);
}
