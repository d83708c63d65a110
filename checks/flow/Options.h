// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the user can tell the analysis. One set of options for all checks of a
// translation unit.

#ifndef THREAD_STOP_CHECKS_FLOW_OPTIONS_H
#define THREAD_STOP_CHECKS_FLOW_OPTIONS_H

#include "flow/Finding.h"
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace thread_stop::flow {

/// What a gated check can be told by itself.
struct GatedOptions {
  /// Every function may run in a thread that is cancelled.
  bool AssumeCancellable = false;
  /// `close` and stdio count as cancellation points.
  bool StrictPoints = false;

  friend bool operator==(const GatedOptions &A, const GatedOptions &B) {
    return A.AssumeCancellable == B.AssumeCancellable &&
           A.StrictPoints == B.StrictPoints;
  }
};

struct Options {
  /// Functions, as `name` or `Class::name`, that stop another thread by force
  /// besides pthread_cancel.
  std::vector<std::string> ForcedStopFunctions;
  /// Pairs of functions: the first disables cancellation for its caller, the
  /// second restores it. An empty second: the first alone is expected.
  std::vector<std::pair<std::string, std::string>> DisableFunctions;
  /// Pairs of functions that take and give back a lock.
  std::vector<std::pair<std::string, std::string>> LockFunctions;
  /// Further functions that start a thread from a function they are given.
  std::vector<std::string> ThreadCreateFunctions;
  /// Functions, seen without a body, that are cancellation points.
  std::vector<std::string> CancellationPoints;
  /// Pairs of functions that acquire and release a resource.
  std::vector<std::pair<std::string, std::string>> ResourceFunctions;
  std::array<GatedOptions, NumCheckKinds> Gated;
  const GatedOptions &gated(CheckKind K) const {
    return Gated[static_cast<size_t>(K)];
  }
  /// Only the three functions that POSIX names are async-cancel-safe.
  bool StrictAsync = false;
  /// Joining under any lock is reported.
  bool StrictJoin = false;
  /// Turn cancelled threads into threads that are asked to stop.
  bool Migrate = false;
  /// SIGUSR1, SIGUSR2 and real-time signals need a handler in the file.
  bool StrictSignals = false;
  /// Signals, by name, that another file handles.
  std::vector<std::string> HandledSignals;
  /// A volatile flag is not enough between threads.
  bool StrictFlags = false;
  /// Functions of other files that never wait for an event.
  std::vector<std::string> NonBlockingFunctions;

  friend bool operator==(const Options &A, const Options &B) {
    return A.ForcedStopFunctions == B.ForcedStopFunctions &&
           A.DisableFunctions == B.DisableFunctions &&
           A.LockFunctions == B.LockFunctions &&
           A.ThreadCreateFunctions == B.ThreadCreateFunctions &&
           A.CancellationPoints == B.CancellationPoints &&
           A.ResourceFunctions == B.ResourceFunctions && A.Gated == B.Gated &&
           A.StrictAsync == B.StrictAsync && A.StrictJoin == B.StrictJoin &&
           A.Migrate == B.Migrate && A.StrictSignals == B.StrictSignals &&
           A.HandledSignals == B.HandledSignals &&
           A.StrictFlags == B.StrictFlags &&
           A.NonBlockingFunctions == B.NonBlockingFunctions;
  }
};

} // namespace thread_stop::flow

#endif
