// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern void handleLine(const std::string &S);
extern void logError(const char *What);

class NoCancel {
public:
  NoCancel() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old); }
  ~NoCancel() { pthread_setcancelstate(Old, nullptr); }

private:
  int Old;
};

class Link {
public:
  explicit Link(int Fd) : Fd(Fd) {}
  // Fires (noexcept): a destructor that waits.
  ~Link() {
    send(Fd, "bye", 3, 0); // expect: thread-stop-cancel-in-noexcept
    ::close(Fd);
  }
  // Fires: declared so.
  bool ready() const noexcept {
    pollfd P{Fd, POLLIN, 0};
    return ::poll(&P, 1, -1) == 1; // expect: thread-stop-cancel-in-noexcept
  }
  // Silent: not declared so.
  bool readyOrThrow() const {
    pollfd P{Fd, POLLIN, 0};
    return ::poll(&P, 1, -1) == 1;
  }
  // Silent: a false noexcept.
  long get(char *B, size_t N) noexcept(false) { return ::recv(Fd, B, N, 0); }
  // Fires: through a callee that is not noexcept.
  bool both() noexcept {
    return readyOrThrow(); // expect: thread-stop-cancel-in-noexcept
  }
  // Silent: disabled in there.
  void flush() noexcept {
    NoCancel Guard;
    ::send(Fd, "\n", 1, 0);
  }
  // Silent: close and stdio only with StrictPoints.
  void reset() noexcept {
    std::printf("reset\n");
    ::close(Fd);
    Fd = -1;
  }
  int fd() const { return Fd; }

private:
  int Fd;
};

// Silent: a destructor that may throw.
struct Loud {
  int Fd;
  ~Loud() noexcept(false) { ::write(Fd, "x", 1); }
};

// Fires (swallowed): a catch-all that logs.
static void serveOld(Link &L) {
  char B[64];
  try {
    long N = L.get(B, sizeof B);
    handleLine(std::string(B, N > 0 ? static_cast<size_t>(N) : 0));
  } catch (const std::exception &E) {
    logError(E.what());
  } catch (...) { // expect: thread-stop-swallowed-unwind
    logError("unknown");
  }
}

// Silent: fixed.
static void serve(Link &L) {
  char B[64];
  try {
    long N = L.get(B, sizeof B);
    handleLine(std::string(B, N > 0 ? static_cast<size_t>(N) : 0));
  } catch (abi::__forced_unwind &) {
    throw;
  } catch (...) {
    logError("unknown");
  }
}

// Silent: rethrown on all ways; or the program ends.
static void serveRethrow(Link &L) {
  try {
    L.readyOrThrow();
  } catch (...) {
    logError("x");
    throw;
  }
  try {
    L.readyOrThrow();
  } catch (...) {
    std::terminate();
  }
}

// Fires: rethrown on one of the ways only.
static void serveSometimes(Link &L, bool Quiet) {
  try {
    L.readyOrThrow();
  } catch (...) { // expect: thread-stop-swallowed-unwind
    if (!Quiet)
      throw;
  }
}

// Fires: keeps the exception for later, and goes on.
static std::exception_ptr Later;
static void serveKeep(Link &L) {
  try {
    L.readyOrThrow();
  } catch (...) { // expect: thread-stop-swallowed-unwind
    Later = std::current_exception();
  }
}

// Silent: nothing in the try block waits.
static int number(const std::string &S) {
  try {
    return std::stoi(S);
  } catch (...) {
    return -1;
  }
}

// Fires: pthread_exit in the try block.
static void leave(bool Now) {
  try {
    if (Now)
      pthread_exit(nullptr);
    handleLine("x");
  } catch (...) { // expect: thread-stop-swallowed-unwind
    logError("never thought of pthread_exit");
  }
}

// Silent: an outer handler for one type, an inner one that rethrows.
static void nested(Link &L) {
  try {
    try {
      L.readyOrThrow();
    } catch (...) {
      throw;
    }
  } catch (const std::runtime_error &) {
    logError("r");
  }
}

// Silent: disabled around the block.
static void shielded(Link &L) {
  NoCancel Guard;
  try {
    L.readyOrThrow();
  } catch (...) {
    logError("x");
  }
}

// Fires: a function try block.
static void whole(Link &L) try {
  L.readyOrThrow();
} catch (...) { // expect: thread-stop-swallowed-unwind
  logError("x");
}

// Fires: wait4 is declared to throw nothing, in any function.
static int child(pid_t P) {
  int Status = 0;
  rusage *None = nullptr;
  return wait4(P, &Status, 0, None); // expect: thread-stop-cancel-in-noexcept
}

static void *linkMain(void *P) {
  Link L(*static_cast<int *>(P));
  auto Quiet = [&]() noexcept {
    return ::recv(L.fd(), nullptr, 0, MSG_PEEK); // expect: thread-stop-cancel-in-noexcept
  };
  Loud Noise{1};
  for (;;) {
    if (L.ready() && L.both())
      L.flush();
    serveOld(L);
    serve(L);
    serveRethrow(L);
    serveSometimes(L, true);
    serveKeep(L);
    number("3");
    leave(Quiet() == 0);
    nested(L);
    shielded(L);
    whole(L);
    child(3);
    L.reset();
  }
}

int runLink(int Fd) {
  pthread_t T;
  if (pthread_create(&T, nullptr, linkMain, &Fd) != 0)
    return -1;
  sleep(1);
  pthread_cancel(T); // expect: thread-stop-pthread-cancel
  return pthread_join(T, nullptr);
}
