// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function of the translation unit does to its caller's cancellation
// state, type and locks, in the callee's own places (parameters, the implicit
// object, globals, the return value). One outcome per distinguishable past at
// the function's end, so that `if (my_lock(m) == 0)` works through a wrapper.

#ifndef THREAD_STOP_CHECKS_FLOW_SUMMARY_H
#define THREAD_STOP_CHECKS_FLOW_SUMMARY_H

#include "flow/State.h"

#include <vector>

namespace thread_stop::flow {

/// A resource that a call gives to its caller as its result.
struct Obtained {
  uint8_t Kind = 0; ///< model::ResourceKind
  uint8_t FailureSigns = 0;

  friend bool operator==(const Obtained &A, const Obtained &B) {
    return A.Kind == B.Kind && A.FailureSigns == B.FailureSigns;
  }
};

/// One way in which a call can end.
struct Outcome {
  std::array<Mode, 2> Modes; ///< Entry: as the caller had it
  std::vector<Saved> Saves;
  std::vector<PlaceId> Taken;
  std::vector<PlaceId> GivenBack;
  std::optional<Obtained> Obtains;
  /// Resources that are left where parameters point to.
  std::vector<std::pair<PlaceId, Obtained>> HandsOut;
  /// Only if a plain lock or a pthread_setcancel* inside fails, which a caller
  /// that does not look at the result does not reckon with.
  bool CallFailed = false;
  Knowledge Returned; ///< of the return value; Signs == Any: nothing known
  /// What parameters that are never written held, if the call ends so.
  std::vector<Knowledge> Requires;

  bool sameEffect(const Outcome &O) const {
    return Modes == O.Modes && Saves == O.Saves && Taken == O.Taken &&
           GivenBack == O.GivenBack && Obtains == O.Obtains &&
           HandsOut == O.HandsOut && CallFailed == O.CallFailed;
  }
  bool isIdentity() const {
    return Modes[0].isEntry() && Modes[1].isEntry() && Saves.empty() &&
           Taken.empty() && GivenBack.empty() && !Obtains && HandsOut.empty();
  }
};

/// A call inside a function or its callees, for notes.
struct CallInside {
  FunctionId Function = NoFunction; ///< whose site it is
  SiteId Site = NoSite;

  explicit operator bool() const { return Function != NoFunction; }
  friend bool operator==(const CallInside &A, const CallInside &B) {
    return A.Function == B.Function && A.Site == B.Site;
  }
};

/// What a caller wants to know of the calls inside a function.
enum class InsideKind : uint8_t {
  Lock,        ///< takes a lock, given back or not
  SurePoint,   ///< a cancellation point, where cancellation is not disabled
  StrictPoint, ///< the same with the points of StrictPoints
  BareSure,    ///< a SurePoint at which no lock of the caller is given back,
               ///< and no handler pushed that would do so
  BareStrict,
  ThreadExit,  ///< ends the thread
  MayAct,      ///< anything that might act on a request, or is not known
  AsyncUnsafe, ///< not async-cancel-safe, where a cancel could strike
};
constexpr size_t NumInsideKinds = 8;

struct Summary {
  /// False: the analysis gave up, nothing may be concluded after a call.
  bool Known = true;
  std::vector<Outcome> Outcomes;
  /// The first call of each kind on any path.
  std::array<CallInside, NumInsideKinds> Inside;
  const CallInside &inside(InsideKind K) const {
    return Inside[static_cast<size_t>(K)];
  }
  /// What the caller owned and does not own after the call, on some path.
  std::vector<PlaceId> Disowns;
  /// The same of all that is stored within these.
  std::vector<PlaceId> DisownsWithin;
  /// What was last done to the threads of these handles, where all paths agree.
  std::vector<HandleState> Deeds;
  /// The handles to whose threads anything was done at all, on some path.
  std::vector<PlaceId> Touched;
  /// The call leaves a caller that has just begun still at its beginning.
  bool KeepsPrologue = true;
  /// The function is one half of a pair (enter/leave, constructor and
  /// destructor, DisableFunctions): what it leaves switched on is its caller's
  /// to restore, by the other half.
  bool HalfOfPair = false;
  /// What it leaves behind is another function's fault, reported there.
  bool Excused = false;
  /// Some paths switch on and back themselves: what another path leaves
  /// switched on was not meant for a caller.
  std::array<bool, 2> RestoresItself{};

  /// A call changes nothing that the analysis tracks. A function without any
  /// outcome never returns; that is no identity.
  bool isIdentity() const;
  bool neverReturns() const { return Known && Outcomes.empty(); }

  friend bool operator==(const Summary &A, const Summary &B);
};

/// What a function is for, by its outcomes: some switch on and none off, or the
/// reverse. The others change nothing (a nesting counter, a failure).
enum class PairEffect { None, SwitchesOn, SwitchesBack };
struct PairRole {
  PairEffect Effect = PairEffect::None;
  /// Some outcomes change nothing although no call failed.
  bool Conditional = false;
  /// Switches on and hands the old value to its caller, as a result or
  /// through a pointer.
  bool HandsOver = false;
  /// Leaves it switched on exactly where it hands a lock to its caller, who
  /// can tell by the result.
  bool WithLock = false;
};
PairRole pairRole(const Summary &S, ModeKind Which, const PlaceTable &Table);

/// Builds the outcomes from the states in which the function is left. `Table`
/// tells which places mean something to a caller; `Return` is the place of the
/// return value, `Written` the parameters that do not keep what callers give.
void addOutcomes(Summary &S, const StateSet &AtEnd, const PlaceTable &Table,
                 PlaceId Return, const std::vector<PlaceId> &Written);

} // namespace thread_stop::flow

#endif
