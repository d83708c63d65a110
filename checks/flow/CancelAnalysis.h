// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The transfer functions: what each fact does to the states that reach it.

#ifndef THREAD_STOP_CHECKS_FLOW_CANCELANALYSIS_H
#define THREAD_STOP_CHECKS_FLOW_CANCELANALYSIS_H

#include "flow/Solver.h"
#include "flow/State.h"
#include "flow/Summary.h"

namespace thread_stop::flow {

/// Where the analysis finds the summaries of callees.
class SummarySource {
public:
  virtual ~SummarySource() = default;
  virtual const Summary &summaryOf(FunctionId F) const = 0;
};

/// What a SetMode call does wrong, seen from the states before it.
enum class SetModeFault : uint8_t {
  None,
  OverwrittenSave, ///< the save that is still needed is overwritten
  WrongVariable,   ///< restores a variable that is not the open section's
};

/// The analysis for Solver.h. Entry locks come from thread-safety attributes.
class CancelAnalysis {
public:
  CancelAnalysis(PlaceTable &Places, const SummarySource &Summaries,
                 std::vector<PlaceId> EntryLocks)
      : Places(Places), Summaries(Summaries),
        EntryLocks(std::move(EntryLocks)) {}

  StateSet entry() const;
  void transfer(StateSet &S, const Fact &F);
  bool assume(StateSet &S, const Assumption &A) const;
  void goBack(StateSet &S) const;
  void unwind(StateSet &S) const;

  /// The value that `F` sets in a state.
  Mode evaluate(const PathState &S, const SetMode &F) const;

  /// The fault of `F` in this state; for WrongVariable and OverwrittenSave
  /// `Save` is the call whose saved value is concerned.
  SetModeFault faultOf(const PathState &S, const SetMode &F,
                       SiteId *Save = nullptr) const;

private:
  void apply(StateSet &Set, const SetMode &F) const;
  void set(PathState &S, const SetMode &F) const;
  void apply(StateSet &Set, const Acquire &F) const;
  void apply(PathState &S, const Release &F) const;
  void apply(PathState &S, const PushHandler &F) const;
  void apply(PathState &S, const PopHandler &F) const;
  void apply(StateSet &Set, const CallFunction &F);
  void apply(PathState &S, const AssignConstant &F) const;
  void apply(StateSet &Set, const AssignCondition &F) const;
  void apply(PathState &S, const AssignSigns &F) const;
  void apply(PathState &S, const CopyPlace &F) const;
  void apply(PathState &S, const Escape &F) const;
  void apply(PathState &S, const Relinquish &F) const;
  void apply(PathState &S, const Forget &F) const;
  void apply(PathState &S, const LeavePrologue &F) const;
  void apply(PathState &S, const Return &F) const;

  void applyOutcome(PathState &S, const Outcome &O, const CallFunction &F,
                    const Summary &Callee);
  void applyMode(PathState &S, ModeKind W, const Mode &Effect,
                 const CallFunction &F, const Summary &Callee, bool Failed);
  void applySecondHalf(PathState &S, ModeKind W, const Mode &Effect,
                       const CallFunction &F, bool Conditional);
  Mode inCaller(const PathState &Before, ModeKind W, const Mode &M,
                const CallFunction &F);
  PlaceId rebase(PlaceId P, const CallFunction &F);
  void release(PathState &S, PlaceId Lock) const;
  void setModeOff(PathState &S, ModeKind W, SiteId Site) const;

  PlaceTable &Places;
  const SummarySource &Summaries;
  std::vector<PlaceId> EntryLocks;
};

} // namespace thread_stop::flow

#endif
