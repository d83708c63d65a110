// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the user can tell the analysis. One set of options for all checks of a
// translation unit.

#ifndef THREAD_STOP_CHECKS_FLOW_OPTIONS_H
#define THREAD_STOP_CHECKS_FLOW_OPTIONS_H

#include <string>
#include <utility>
#include <vector>

namespace thread_stop::flow {

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

  friend bool operator==(const Options &A, const Options &B) {
    return A.ForcedStopFunctions == B.ForcedStopFunctions &&
           A.DisableFunctions == B.DisableFunctions &&
           A.LockFunctions == B.LockFunctions &&
           A.ThreadCreateFunctions == B.ThreadCreateFunctions;
  }
};

} // namespace thread_stop::flow

#endif
