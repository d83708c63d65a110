// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two threads that play ping-pong: each call has to wait.

#include "bench.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace {

struct Calls {
  ssize_t (*Get)(int, void *, size_t);
  ssize_t (*Put)(int, const void *, size_t);
};

const Calls OursSocket = {
    [](int Fd, void *B, size_t N) { return thread_stop_recv(Fd, B, N, 0); },
    [](int Fd, const void *B, size_t N) {
      return thread_stop_send(Fd, B, N, 0);
    }};
const Calls RawSocket = {
    [](int Fd, void *B, size_t N) { return recv(Fd, B, N, 0); },
    [](int Fd, const void *B, size_t N) { return send(Fd, B, N, 0); }};
const Calls OursPipe = {thread_stop_read, thread_stop_write};
const Calls RawPipe = {read, write};

// Fds[0] and [1] are the player's, [2] and [3] the partner's, to read and to
// write.
void pingPong(benchmark::State &State, const int (&Fds)[4], const Calls &Use,
              bool Ours) {
  std::thread Partner([&] {
    Attached Here(Ours);
    char Byte;
    while (Use.Get(Fds[2], &Byte, 1) == 1 && Byte != 'q')
      Use.Put(Fds[3], &Byte, 1);
  });
  Attached Here(Ours);
  char Byte = 'x';
  for (auto _ : State)
    if (Use.Put(Fds[1], &Byte, 1) != 1 || Use.Get(Fds[0], &Byte, 1) != 1)
      must(false, "ping-pong");
  must(write(Fds[1], "q", 1) == 1, "write");
  Partner.join();
}

void socketPingPong(benchmark::State &State, bool Ours) {
  int Fds[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, Fds) == 0, "socketpair");
  pingPong(State, {Fds[0], Fds[0], Fds[1], Fds[1]},
           Ours ? OursSocket : RawSocket, Ours);
  close(Fds[0]);
  close(Fds[1]);
}

void pipePingPong(benchmark::State &State, bool Ours) {
  int There[2], Back[2];
  must(pipe(There) == 0 && pipe(Back) == 0, "pipe");
  pingPong(State, {Back[0], There[1], There[0], Back[1]},
           Ours ? OursPipe : RawPipe, Ours);
  for (int Fd : {There[0], There[1], Back[0], Back[1]})
    close(Fd);
}

template <typename Function> void add(const std::string &Name, Function Body) {
  benchmark::RegisterBenchmark((Name + "/ours").c_str(),
                               [=](benchmark::State &S) { Body(S, true); })
      ->UseRealTime();
  benchmark::RegisterBenchmark((Name + "/raw").c_str(),
                               [=](benchmark::State &S) { Body(S, false); })
      ->UseRealTime();
}

} // namespace

void registerBlocked() {
  add("recv ping-pong", socketPingPong);
  add("read ping-pong", pipePingPong);
}
