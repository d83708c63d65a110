// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls that find what they need and do not wait.

#include "bench.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace {

constexpr size_t Calls = 200; // for each refill, which is not measured
constexpr size_t PipeSize = 1 << 20;

struct Ends {
  int Near, Far;
};

Ends openPipe() {
  int Fds[2];
  must(pipe(Fds) == 0, "pipe");
  must(fcntl(Fds[1], F_SETPIPE_SZ, PipeSize) >= 0, "F_SETPIPE_SZ");
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
  const size_t Calls = std::min(::Calls, PipeSize / Size);
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
  State.counters["calls"] = double(Calls);
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
  State.counters["calls"] = double(Calls);
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
  State.counters["calls"] = double(Calls);
  close(Fds.Near);
  close(Fds.Far);
}

// A listener, and as many clients as it takes at once.
class Clients {
public:
  explicit Clients(int Flags)
      : Listener(socket(AF_INET, SOCK_STREAM | Flags, 0)) {
    Address.sin_family = AF_INET;
    Address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t Length = sizeof Address;
    must(bind(Listener, address(), Length) == 0 &&
             getsockname(Listener, address(), &Length) == 0 &&
             listen(Listener, Count) == 0,
         "listen");
  }
  ~Clients() { close(Listener); }
  void connectAll() {
    for (int &Fd : Near) {
      Fd = socket(AF_INET, SOCK_STREAM, 0);
      must(connect(Fd, address(), sizeof Address) == 0, "connect");
    }
  }
  void closeAll() {
    const linger Reset = {1, 0}; // leaves no port behind in TIME_WAIT
    for (int Fd : Near) {
      setsockopt(Fd, SOL_SOCKET, SO_LINGER, &Reset, sizeof Reset);
      close(Fd);
    }
    for (int Fd : Far)
      close(Fd);
  }
  static constexpr int Count = 20;
  int Near[Count], Far[Count];
  int Listener;

private:
  sockaddr *address() { return reinterpret_cast<sockaddr *>(&Address); }
  sockaddr_in Address = {};
};

void acceptReady(benchmark::State &State, int Flags, bool Ours) {
  Attached Here(Ours);
  Clients All(Flags);
  auto *Call = Ours ? thread_stop_accept : accept;
  for (auto _ : State) {
    State.PauseTiming();
    All.connectAll();
    State.ResumeTiming();
    for (int &Fd : All.Far)
      Fd = Call(All.Listener, nullptr, nullptr);
    State.PauseTiming();
    must(*std::min_element(All.Far, All.Far + All.Count) >= 0, "accept");
    All.closeAll();
    State.ResumeTiming();
  }
  State.counters["calls"] = All.Count;
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
  add("read ready pipe 4 KiB", [](benchmark::State &S, bool Ours) {
    readReady(S, openPipe(), 4096, Ours, Ours ? thread_stop_read : read);
  });
  add("read ready pipe 64 KiB", [](benchmark::State &S, bool Ours) {
    readReady(S, openPipe(), 65536, Ours, Ours ? thread_stop_read : read);
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
  add("accept ready", [](benchmark::State &S, bool Ours) {
    acceptReady(S, 0, Ours);
  });
  add("accept ready nonblocking", [](benchmark::State &S, bool Ours) {
    acceptReady(S, SOCK_NONBLOCK, Ours);
  });
}
