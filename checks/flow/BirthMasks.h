// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals that are blocked when a thread is created: the thread inherits that.
// A blocked signal that is sent to it stays pending, whatever its default
// action is.

#ifndef THREAD_STOP_CHECKS_FLOW_BIRTHMASKS_H
#define THREAD_STOP_CHECKS_FLOW_BIRTHMASKS_H

#include "flow/Signals.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/STLExtras.h"
#include <map>

namespace thread_stop::flow {

class BirthMasks {
public:
  explicit BirthMasks(TuAnalysis &A);

  /// Is the signal blocked wherever this file creates a thread that `S` is for,
  /// and never let in by what these threads run here?
  bool keep(SignalKey K, const Send &S);

private:
  /// What a function has done to the signal so far. `Open`: lets it in, or
  /// nobody knows.
  enum class Mask : uint8_t { Entry, Blocked, Open };
  using Visitor = llvm::function_ref<void(const clang::CallExpr &, Mask)>;

  bool isBlockedAt(const clang::CallExpr &Call, FunctionId Inside, SignalKey K,
                   unsigned Depth);
  bool letsIn(FunctionId Start, SignalKey K) const;
  void transfer(Mask &M, const clang::CallExpr &C, SignalKey K, unsigned Depth);
  Mask walk(FunctionId F, SignalKey K, unsigned Depth, Visitor Visit);
  const clang::CFG *graph(FunctionId F);

  TuAnalysis &A;
  /// The function, or one that it calls, changes a mask.
  std::vector<uint8_t> Masks;
  std::map<FunctionId, std::unique_ptr<clang::CFG>> Graphs;
};

} // namespace thread_stop::flow

#endif
