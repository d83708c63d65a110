// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pool of workers. They are threads of our own runtime: whoever presses
// Ctrl-C gets the report of what is known, from a run that ended by itself.

#include "analyse/Runner.h"

#include "analyse/UnitRunner.h"
#include "thread_stop.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace thread_stop::tool {

/// As deep as clang may have to go.
static constexpr size_t StackSize = 32 << 20;

static sigset_t stopSignals() {
  sigset_t Set;
  sigemptyset(&Set);
  for (int Signal : {SIGINT, SIGTERM, SIGHUP}) {
    // Under nohup, or in the background of a script, they are not for us; once
    // blocked, they would arrive all the same.
    struct sigaction Now;
    if (sigaction(Signal, nullptr, &Now) == 0 && Now.sa_handler != SIG_IGN)
      sigaddset(&Set, Signal);
  }
  return Set;
}

void blockStopSignals() {
  const sigset_t Set = stopSignals();
  pthread_sigmask(SIG_BLOCK, &Set, nullptr);
}

void unblockStopSignals() {
  const sigset_t Set = stopSignals();
  pthread_sigmask(SIG_UNBLOCK, &Set, nullptr);
}

static double threadSeconds() {
  timespec T;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &T);
  return static_cast<double>(T.tv_sec) + 1e-9 * static_cast<double>(T.tv_nsec);
}

namespace {
struct Pool {
  const std::vector<Job> &Jobs;
  RunResult &Out;
  UnitRunner &Units;
  std::atomic<size_t> Next{0}, Done{0}, Working{0};
  int Event = -1; ///< written to after each unit

  void tell() {
    const uint64_t One = 1;
    while (write(Event, &One, sizeof One) < 0 && errno == EINTR)
      ;
  }
};
} // namespace

/// A crash is survived also where there is no stack left to handle it on:
/// LLVM's handlers run on one of their own.
static void handleCrashesOnOwnStack() {
  for (int Signal : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP}) {
    struct sigaction Action;
    sigaction(Signal, nullptr, &Action);
    if (Action.sa_handler == SIG_DFL || Action.sa_handler == SIG_IGN)
      continue;
    Action.sa_flags |= SA_ONSTACK;
    sigaction(Signal, &Action, nullptr);
  }
}

static void *work(void *Of) {
  Pool &P = *static_cast<Pool *>(Of);
  static constexpr size_t HandlerStack = 64 << 10;
  const std::unique_ptr<char[]> Memory(new char[HandlerStack]);
  stack_t Own{};
  Own.ss_sp = Memory.get();
  Own.ss_size = HandlerStack;
  stack_t Before{};
  sigaltstack(&Own, &Before);
  const auto Stop = [] { return thread_stop_requested(); };
  while (!Stop()) {
    const size_t I = P.Next++;
    if (I >= P.Jobs.size())
      break;
    const double Began = threadSeconds();
    P.Units.run(P.Jobs[I], P.Out.Units[I], Stop);
    P.Out.Units[I].Seconds = threadSeconds() - Began;
    ++P.Done;
    P.tell();
  }
  sigaltstack(&Before, nullptr);
  --P.Working;
  P.tell();
  return nullptr;
}

/// Waits for the workers, and for a signal that ends the run. True if one came.
static bool supervise(Pool &P, const std::vector<pthread_t> &Workers,
                      const ProgressFn &Progress) {
  const sigset_t Set = stopSignals();
  const int Signals = signalfd(-1, &Set, SFD_CLOEXEC | SFD_NONBLOCK);
  bool Interrupted = false;
  while (P.Working != 0) {
    pollfd Wait[] = {{P.Event, POLLIN, 0}, {Signals, POLLIN, 0}};
    if (poll(Wait, Interrupted ? 1 : 2, -1) < 0 && errno != EINTR)
      break;
    uint64_t Count;
    if ((Wait[0].revents & POLLIN) && read(P.Event, &Count, sizeof Count) > 0)
      Progress(P.Done);
    signalfd_siginfo Info;
    if (!Interrupted && (Wait[1].revents & POLLIN) &&
        read(Signals, &Info, sizeof Info) > 0) {
      Interrupted = true;
      for (pthread_t Each : Workers)
        thread_stop_request(Each);
      // Who asks again does not want to wait.
      pthread_sigmask(SIG_UNBLOCK, &Set, nullptr);
    }
  }
  // The last of them may have told of nothing but its end.
  Progress(P.Done);
  close(Signals);
  return Interrupted;
}

RunResult runJobs(const std::vector<Job> &Jobs, ConfigReader &Config,
                  Cache *Kept, const RunOptions &O,
                  const ProgressFn &Progress) {
  RunResult Out;
  Out.Units.resize(Jobs.size());
  UnitRunner Units(Config, Kept, O);
  Pool P{Jobs, Out, Units};
  P.Event = eventfd(0, EFD_CLOEXEC);
  llvm::CrashRecoveryContext::Enable();
  handleCrashesOnOwnStack();

  std::vector<pthread_t> Workers;
  pthread_attr_t Attributes;
  pthread_attr_init(&Attributes);
  pthread_attr_setstacksize(&Attributes, StackSize);
  const size_t Wanted =
      std::max<size_t>(1, std::min<size_t>(O.Workers, Jobs.size()));
  for (size_t I = 0; I < Wanted; ++I) {
    ++P.Working;
    pthread_t Thread;
    if (thread_stop_create(&Thread, &Attributes, work, &P) != 0) {
      --P.Working;
      break;
    }
    Workers.push_back(Thread);
  }
  pthread_attr_destroy(&Attributes);
  if (Workers.empty()) {
    ++P.Working;
    work(&P);
  }
  Out.Interrupted = supervise(P, Workers, Progress);
  for (pthread_t Each : Workers)
    pthread_join(Each, nullptr);
  close(P.Event);
  Out.Dropped = Units.dropped();
  return Out;
}

} // namespace thread_stop::tool
