// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a signal that belongs to a stop flag reaches a thread that waits.

#ifndef THREAD_STOP_CHECKS_FLOW_SIGNALDELIVERY_H
#define THREAD_STOP_CHECKS_FLOW_SIGNALDELIVERY_H

#include "flow/Signals.h"
#include "flow/StopFlags.h"

namespace thread_stop::flow {

class SignalDelivery {
public:
  explicit SignalDelivery(TuAnalysis &A) : A(A) {}

  /// Could the thread that runs `Waits` be the one that the signal is for?
  bool concerns(const FlagLink &L, FunctionId Waits) const;
  /// Some call keeps the signal from the thread that runs `Waits`.
  bool mayBeBlocked(SignalKey S, FunctionId Waits) const;

private:
  bool jumps(FunctionId Handler) const;
  bool isRestored(const MaskCall &M) const;

  TuAnalysis &A;
};

} // namespace thread_stop::flow

#endif
