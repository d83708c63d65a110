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

/// The place of the caller that `P`, of the function that `F` calls, is there;
/// NoPlace if it is none.
PlaceId inCaller(PlaceTable &Places, PlaceId P, const CallFunction &F);

/// The place whose value the callee's place `P` has at a call that hands over
/// `Given` as its only argument: for a parameter the argument's own.
PlaceId valueInCaller(PlaceTable &Places, PlaceId P, const Binding &Given);
/// The same for any call.
PlaceId valueInCaller(PlaceTable &Places, PlaceId P, const CallFunction &F);

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
  void setEither(StateSet &Set, const SetMode &F) const;
  void apply(StateSet &Set, const Acquire &F) const;
  void apply(PathState &S, const Release &F) const;
  void apply(PathState &S, const PushHandler &F) const;
  void apply(PathState &S, const PopHandler &F) const;
  void apply(StateSet &Set, const CallFunction &F);
  void apply(PathState &S, const Construct &F) const;
  void apply(PathState &, const PointCall &) const {}
  void apply(PathState &, const JoinObject &) const {}
  void apply(PathState &, const Destroy &) const {}
  void apply(StateSet &Set, const Obtain &F) const;
  void apply(PathState &S, const Disown &F) const;
  void apply(StateSet &Set, const ThreadOp &F) const;
  void apply(PathState &S, const AssignConstant &F) const;
  void apply(StateSet &Set, const AssignCondition &F) const;
  void apply(StateSet &Set, const AssignEither &F) const;
  void apply(PathState &S, const AssignSigns &F) const;
  void apply(PathState &S, const CopyPlace &F) const;
  void apply(PathState &S, const Escape &F) const;
  void apply(PathState &S, const Relinquish &F) const;
  void apply(PathState &S, const Forget &F) const;
  void apply(PathState &S, const LeavePrologue &F) const;
  void apply(PathState &S, const Return &F) const;

  /// What a call does; the roles are those of a half of a pair.
  struct Callee {
    const Summary &Does;
    std::array<PairRole, 2> Roles;
  };
  void applyOutcome(PathState &S, const Outcome &O, const CallFunction &F,
                    const Callee &C);
  void applyMode(PathState &S, ModeKind W, const Mode &Effect,
                 const CallFunction &F, const Callee &C, bool Failed);
  void applyUnknown(PathState &S) const;
  void applySecondHalf(PathState &S, ModeKind W, const Mode &Effect,
                       const CallFunction &F, bool Conditional);
  Mode modeInCaller(const PathState &Before, ModeKind W, const Mode &M,
                    const CallFunction &F);
  void copyResources(PathState &S, PlaceId To, PlaceId From,
                     const std::vector<Owned> &Before) const;
  void applyHandedOut(PathState &S, const Outcome &O, const CallFunction &F);
  void applyDeeds(PathState &S, const CallFunction &F, const Summary &Callee);
  void applyKept(PathState &S, const CallFunction &F,
                 const Summary &Callee) const;
  void applyOwnership(PathState &S, const Outcome &O, const CallFunction &F,
                      const Summary &Callee);
  void release(PathState &S, PlaceId Lock) const;
  void setModeOff(PathState &S, ModeKind W, SiteId Site) const;

  PlaceTable &Places;
  const SummarySource &Summaries;
  std::vector<PlaceId> EntryLocks;
};

/// Whether the fact may give the parameter another value.
bool writesTo(const Fact &Each, PlaceId Parameter, const PlaceTable &Places);
/// The parameters that some fact gives another value.
std::vector<PlaceId> writtenParameters(const FlowGraph &G,
                                       const PlaceTable &Places);
/// Adds what the states in which a function is left know of threads; `First`
/// for the first of them.
void addDeeds(Summary &S, const StateSet &AtEnd, bool First,
              const PlaceTable &Places);
void addTouched(Summary &S, const FlowGraph &G, PlaceTable &Places,
                const SummarySource &Summaries);
/// Adds to `S` what a caller of the function no longer owns after the call.
void addDisowned(Summary &S, const FlowGraph &G, PlaceTable &Places,
                 const SummarySource &Summaries);

} // namespace thread_stop::flow

#endif
