// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The transfer function of calls: a callee's summary in the caller's terms.

#include "flow/CancelAnalysis.h"
#include "flow/ModeTransfer.h"

#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <type_traits>

namespace thread_stop::flow {

//===--- Calls ------------------------------------------------------------===//

PlaceId inCaller(PlaceTable &Places, PlaceId P, const CallFunction &F) {
  if (P == NoPlace)
    return NoPlace;
  // Copied: interning the result may move the table.
  const BaseKind Kind = Places[P].Kind;
  const unsigned Index = Places[P].Index;
  switch (Kind) {
  case BaseKind::Global:
    return P;
  case BaseKind::This:
    return Places.rebase(P, F.Object);
  case BaseKind::Param:
    return Index < F.Arguments.size() ? Places.rebase(P, F.Arguments[Index])
                                      : NoPlace;
  case BaseKind::Return:
    return F.Result;
  case BaseKind::Local:
  case BaseKind::Value:
  case BaseKind::Expression:
    break;
  }
  return NoPlace;
}

/// A callee's mode as the caller sees it, `Before` being the state at the call.
Mode CancelAnalysis::modeInCaller(const PathState &Before, ModeKind W,
                                  const Mode &M, const CallFunction &F) {
  switch (M.K) {
  case Mode::Kind::Entry:
    return Before.mode(W);
  case Mode::Kind::Set:
    return Mode::set(M.On, false, F.Site);
  case Mode::Kind::OfPlace:
    return readPlace(Before, W, inCaller(Places, M.From, F), F.Site, Places,
                     false);
  case Mode::Kind::Unknown:
    break;
  }
  return Mode::unknown();
}

/// The second half of a pair ends what the first half began. Its own save
/// says what the mode then is, unless a counter or flag that is not followed
/// decides whether it restores at all.
void CancelAnalysis::applySecondHalf(PathState &S, ModeKind W,
                                     const Mode &Effect, const CallFunction &F,
                                     bool Conditional) {
  const Mode Now = S.mode(W);
  if (!Now.isOn()) {
    // Not begun here: this function is the second half of a pair itself.
    if (Effect.isEntry())
      return;
    const Mode New = modeInCaller(S, W, Effect, F);
    if (Conditional && New.isOn())
      return; // a counter inside knows better
    S.mode(W) = New;
    forgetLosses(S, W);
    return;
  }
  Mode New = Mode::entry();
  if (!Conditional && Effect.K == Mode::Kind::OfPlace) {
    const Mode Held = modeInCaller(S, W, Effect, F);
    if (Held.K == Mode::Kind::Set)
      New = Held;
  }
  S.mode(W) = New;
  if (!New.isOn())
    forgetLosses(S, W);
}

void CancelAnalysis::applyMode(PathState &S, ModeKind W, const Mode &Effect,
                               const CallFunction &F, const Callee &C,
                               bool Failed) {
  const PairRole &Role = C.Roles[static_cast<size_t>(W)];
  if (!Failed && Role.Effect == PairEffect::SwitchesBack) {
    applySecondHalf(S, W, Effect, F, Role.Conditional);
    return;
  }
  if (Effect.isEntry())
    return;
  const bool Forwarded = Effect.K == Mode::Kind::OfPlace;
  Mode New = modeInCaller(S, W, Effect, F);
  // A constant that the caller passes is the caller's literal.
  const bool Literal =
      Forwarded && New.K == Mode::Kind::Set && New.Site == F.Site;
  if (Literal && New.isOff()) {
    setModeOff(S, W, F.Site);
    return;
  }
  if (New.K == Mode::Kind::Set && New.Site == F.Site)
    New.Own = New.On && (C.Does.HalfOfPair || Literal);
  if (New.isOn() && New.Site == F.Site)
    New.Scoped = F.IsConstruction;
  S.mode(W) = New;
  if (!New.isOn())
    forgetLosses(S, W);
}

void CancelAnalysis::applyOutcome(PathState &S, const Outcome &O,
                                  const CallFunction &F, const Callee &C) {
  // What is saved is what was before the call.
  llvm::SmallVector<Saved, 4> Saves;
  for (const Saved &V : O.Saves)
    if (PlaceId Where = inCaller(Places, V.Where, F); Where != NoPlace)
      Saves.push_back(
          {Where, V.Which, modeInCaller(S, V.Which, V.Held, F), F.Site});
  S.ModeFailed |= O.CallFailed;
  for (ModeKind W : {ModeKind::State, ModeKind::Type})
    applyMode(S, W, O.Modes[static_cast<size_t>(W)], F, C, O.CallFailed);
  for (const Saved &V : Saves) {
    S.save(V);
    S.dropKnown(V.Where);
  }
  applyOwnership(S, O, F, C.Does);
  applyDeeds(S, F, C.Does);
  for (PlaceId L : O.GivenBack) {
    release(S, inCaller(Places, L, F));
    if (L == NoPlace)
      S.giveBack(NoPlace);
  }
  for (PlaceId L : O.Taken)
    if (PlaceId Here = inCaller(Places, L, F); Here != NoPlace)
      S.hold(
          {Here, F.IsConstruction ? F.Object.Target : NoPlace, F.Site, false});
}

void CancelAnalysis::applyUnknown(PathState &S) const {
  S.Modes = {Mode::unknown(), Mode::unknown()};
  S.Held.clear();
  S.Resources.clear();
  S.Handles.clear();
  for (ModeKind W : {ModeKind::State, ModeKind::Type})
    forgetLosses(S, W);
}

/// Whether the callee can end so with what is known of the arguments.
static bool isPossible(const PathState &S, const Outcome &O,
                       const CallFunction &F, const PlaceTable &Places) {
  return std::all_of(
      O.Requires.begin(), O.Requires.end(), [&](const Knowledge &K) {
        const unsigned I = Places[K.Term].Index;
        const Knowledge *Given =
            I < F.Arguments.size() && !F.Arguments[I].IsAddress
                ? S.known(F.Arguments[I].Target)
                : nullptr;
        return !Given ||
               ((Given->Signs & K.Signs) &&
                !(Given->Value && K.Value && Given->Value != K.Value));
      });
}

void CancelAnalysis::apply(StateSet &Set, const CallFunction &F) {
  if (F.DeclaredPair) {
    for (PathState &S : Set.States)
      if (*F.DeclaredPair)
        S.mode(ModeKind::State) = Mode::set(true, true, F.Site);
      else
        applySecondHalf(S, ModeKind::State, Mode::set(false, true, F.Site), F,
                        true);
    return;
  }
  Callee C{Summaries.summaryOf(F.Callee), {}};
  if (C.Does.HalfOfPair)
    for (ModeKind W : {ModeKind::State, ModeKind::Type})
      C.Roles[static_cast<size_t>(W)] = pairRole(C.Does, W, Places);
  const std::vector<Outcome> &All = C.Does.Outcomes;
  const bool SomeLocked = std::any_of(
      All.begin(), All.end(), [](const Outcome &O) { return !O.CallFailed; });
  llvm::SmallVector<const Outcome *, 8> Outcomes;
  for (const Outcome &O : All)
    if (!O.CallFailed || F.ResultTested || !SomeLocked)
      Outcomes.push_back(&O);

  decltype(Set.States) Out;
  Out.reserve(Set.States.size() * std::max<size_t>(Outcomes.size(), 1));
  for (PathState &S : Set.States) {
    if (F.Result != NoPlace) {
      S.dropKnown(F.Result);
      S.dropSave(F.Result);
      apply(S, Forget{F.Result, 0});
    }
    S.Prologue &= C.Does.KeepsPrologue;
    if (!C.Does.Known) {
      applyUnknown(S);
      Out.push_back(std::move(S));
      continue;
    }
    llvm::SmallVector<const Outcome *, 8> Possible;
    for (const Outcome *O : Outcomes)
      if (isPossible(S, *O, F, Places))
        Possible.push_back(O);
    if (Possible.empty())
      Possible = Outcomes;
    for (const Outcome *O : Possible) {
      if (O == Possible.back())
        Out.push_back(std::move(S));
      else
        Out.push_back(S);
      PathState &Next = Out.back();
      applyOutcome(Next, *O, F, C);
      if (F.Result != NoPlace && O->Returned.Signs != Knowledge::Any) {
        Knowledge K = O->Returned;
        K.Term = F.Result;
        Next.setKnown(K);
      }
    }
  }
  Set.States = std::move(Out);
}

} // namespace thread_stop::flow
