// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From solved states to findings, one diagnoser per topic. They run after the
// fixpoint and never change a state.

#ifndef THREAD_STOP_CHECKS_FLOW_DIAGNOSE_DIAGNOSERS_H
#define THREAD_STOP_CHECKS_FLOW_DIAGNOSE_DIAGNOSERS_H

#include "flow/Finding.h"
#include <vector>

namespace thread_stop::flow {

class TuAnalysis;

void diagnoseForcedStops(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseSwappedConstants(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseAsyncLocks(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseCancelState(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseCleanupExits(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseUnprotectedPops(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseUnpairedMacros(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseUnsafeCalls(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseLockPoints(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseLeakPoints(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseSkippedCleanups(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseNoexceptPoints(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseSwallowedUnwinds(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseEndlessLoops(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseJoinsUnderLock(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseThreadEnds(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseMigration(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseCanceledCompare(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseStaleArguments(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseExitsInHandler(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseReservedSignals(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseKillingSignals(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseRestartingHandlers(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseNonatomicFlags(TuAnalysis &A, std::vector<Finding> &Out);
void diagnoseStopWaits(TuAnalysis &A, std::vector<Finding> &Out);

inline void diagnoseAll(TuAnalysis &A, std::vector<Finding> &Out) {
  diagnoseForcedStops(A, Out);
  diagnoseSwappedConstants(A, Out);
  diagnoseAsyncLocks(A, Out);
  diagnoseCancelState(A, Out);
  diagnoseCleanupExits(A, Out);
  diagnoseUnprotectedPops(A, Out);
  diagnoseUnpairedMacros(A, Out);
  diagnoseUnsafeCalls(A, Out);
  diagnoseLockPoints(A, Out);
  diagnoseLeakPoints(A, Out);
  diagnoseSkippedCleanups(A, Out);
  diagnoseNoexceptPoints(A, Out);
  diagnoseSwallowedUnwinds(A, Out);
  diagnoseEndlessLoops(A, Out);
  diagnoseJoinsUnderLock(A, Out);
  diagnoseThreadEnds(A, Out);
  diagnoseMigration(A, Out);
  diagnoseCanceledCompare(A, Out);
  diagnoseStaleArguments(A, Out);
  diagnoseExitsInHandler(A, Out);
  diagnoseReservedSignals(A, Out);
  diagnoseKillingSignals(A, Out);
  diagnoseRestartingHandlers(A, Out);
  diagnoseNonatomicFlags(A, Out);
  diagnoseStopWaits(A, Out);
}

} // namespace thread_stop::flow

#endif
