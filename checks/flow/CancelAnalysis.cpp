// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/CancelAnalysis.h"

#include <algorithm>
#include <type_traits>

namespace thread_stop::flow {

StateSet CancelAnalysis::entry() const {
  PathState S;
  for (PlaceId L : EntryLocks)
    S.hold({L, NoPlace, NoSite});
  return StateSet(std::move(S));
}

void CancelAnalysis::transfer(StateSet &Set, const Fact &F) {
  std::visit(
      [&](const auto &Each) {
        using T = std::decay_t<decltype(Each)>;
        if constexpr (std::is_same_v<T, Acquire> ||
                      std::is_same_v<T, CallFunction>)
          apply(Set, Each);
        else
          for (PathState &S : Set.States)
            apply(S, Each);
      },
      F);
  if (Set.States.size() > 1)
    Set.normalize();
}

bool CancelAnalysis::assume(StateSet &Set, const Assumption &A) const {
  auto Impossible = [&](PathState &S) { return !S.learn(A); };
  Set.States.erase(
      std::remove_if(Set.States.begin(), Set.States.end(), Impossible),
      Set.States.end());
  if (Set.States.size() > 1)
    Set.normalize();
  return !Set.States.empty();
}

//===--- State and type ---------------------------------------------------===//

/// Whether the value a place had on entry is the caller's to know.
static bool comesFromCaller(const Place &P) {
  return P.Kind == BaseKind::Param || P.Kind == BaseKind::Global ||
         P.Kind == BaseKind::This;
}

static Mode readPlace(const PathState &S, ModeKind W, PlaceId From, SiteId Site,
                      const PlaceTable &Places) {
  if (const Saved *Old = S.saved(From))
    return Old->Which == W ? Old->Held : Mode::unknown();
  if (const Knowledge *K = S.known(From); K && K->Value)
    return *K->Value == 0   ? Mode::set(false, true, Site)
           : *K->Value == 1 ? Mode::set(true, true, Site)
                            : Mode::unknown();
  if (From != NoPlace && comesFromCaller(Places[From]))
    return Mode::ofPlace(From);
  return Mode::unknown();
}

Mode CancelAnalysis::evaluate(const PathState &S, const SetMode &F) const {
  switch (F.Argument.K) {
  case ModeArgument::Kind::Literal:
    return Mode::set(F.Argument.On, true, F.Site);
  case ModeArgument::Kind::FromPlace:
    return readPlace(S, F.Which, F.Argument.From, F.Site, Places);
  case ModeArgument::Kind::Unknown:
    break;
  }
  return Mode::unknown();
}

SetModeFault CancelAnalysis::faultOf(const PathState &S, const SetMode &F,
                                     SiteId *Save) const {
  const Mode &Now = S.mode(F.Which);
  if (!Now.isOwnOn())
    return SetModeFault::None;
  // The save that this function still owes its caller.
  auto Owed = std::find_if(S.Saves.begin(), S.Saves.end(), [&](const Saved &V) {
    return V.Which == F.Which && V.By == Now.Site;
  });
  if (Owed == S.Saves.end())
    return SetModeFault::None;
  if (Save)
    *Save = Owed->By;

  if (F.Argument.K == ModeArgument::Kind::Literal && F.Argument.On &&
      F.SaveTo == Owed->Where && !Owed->Held.isOwnOn())
    return SetModeFault::OverwrittenSave;
  if (F.Argument.K == ModeArgument::Kind::FromPlace &&
      F.Argument.From != Owed->Where) {
    const Saved *Given = S.saved(F.Argument.From);
    if (Given && Given->Which == F.Which && Given->Held == Now)
      return SetModeFault::WrongVariable;
    if (!Given && F.Argument.NeverWritten)
      return SetModeFault::WrongVariable;
  }
  return SetModeFault::None;
}

/// Switching off by a literal. What had been switched on here, or what the
/// caller had, is lost unless a later restore brings it back.
void CancelAnalysis::setModeOff(PathState &S, ModeKind W, SiteId Site) const {
  Mode &Now = S.mode(W);
  bool CallerLost = Now.isEntry() && W == ModeKind::State;
  if (Now.isOff())
    return;
  if (!Now.isOwnOn() && !CallerLost) {
    Now = Mode::set(false, false, Site);
    return;
  }
  std::vector<SiteId> &Lost = S.lost(W);
  if (CallerLost && Lost.empty())
    S.lostFirst(W) = true;
  auto At = std::lower_bound(Lost.begin(), Lost.end(), Site);
  if (At == Lost.end() || *At != Site)
    Lost.insert(At, Site);
  Now = Mode::set(false, true, Site);
}

static void forgetLosses(PathState &S, ModeKind W) {
  S.lost(W).clear();
  S.lostFirst(W) = false;
}

/// What the call at `By` took away is back.
static void forgetLoss(PathState &S, ModeKind W, SiteId By) {
  std::vector<SiteId> &Lost = S.lost(W);
  Lost.erase(std::remove(Lost.begin(), Lost.end(), By), Lost.end());
  if (Lost.empty())
    S.lostFirst(W) = false;
}

void CancelAnalysis::apply(PathState &S, const SetMode &F) const {
  const Mode Old = S.mode(F.Which);
  const bool Faulty = faultOf(S, F) != SetModeFault::None;
  const Mode New = evaluate(S, F);
  SiteId RestoredFrom = NoSite;
  if (F.Argument.K == ModeArgument::Kind::FromPlace)
    if (const Saved *V = S.saved(F.Argument.From))
      RestoredFrom = V->By;
  if (F.SaveTo != NoPlace) {
    S.save({F.SaveTo, F.Which, Old, F.Site});
    S.dropKnown(F.SaveTo);
  }
  if (Faulty) {
    // Reported where it stands; what follows from it is not.
    S.mode(F.Which) = Mode::unknown();
    forgetLosses(S, F.Which);
  } else if (New.isOff() && New.Site == F.Site) {
    setModeOff(S, F.Which, F.Site);
  } else {
    S.mode(F.Which) = New;
    if (!New.isOn())
      forgetLosses(S, F.Which);
    else if (RestoredFrom != NoSite)
      forgetLoss(S, F.Which, RestoredFrom);
  }
}

//===--- Locks ------------------------------------------------------------===//

void CancelAnalysis::apply(StateSet &Set, const Acquire &F) const {
  const HeldLock L{F.Lock, F.Owner, F.Site};
  if (F.Result == NoPlace) {
    for (PathState &S : Set.States)
      S.hold(L);
    return;
  }
  std::vector<PathState> Out;
  for (PathState &S : Set.States) {
    // The call gives a new value, whatever an earlier one was.
    S.dropKnown(F.Result);
    PathState Taken = S, Failed = S;
    const Relation Success = F.SuccessIsZero ? Relation::EQ : Relation::NE;
    const Relation Failure = F.SuccessIsZero ? Relation::NE : Relation::EQ;
    Taken.learn({F.Result, Success, 0});
    Failed.learn({F.Result, Failure, 0});
    Taken.hold(L);
    Failed.LockFailed |= !F.MayFail;
    Out.push_back(std::move(Taken));
    Out.push_back(std::move(Failed));
  }
  Set.States = std::move(Out);
}

void CancelAnalysis::release(PathState &S, PlaceId Lock) const {
  auto Same = [&](const HeldLock &L) { return L.Lock == Lock; };
  auto It = std::find_if(S.Held.begin(), S.Held.end(), Same);
  if (It != S.Held.end() && Lock != NoPlace) {
    S.Held.erase(It);
    return;
  }
  // Not seen to be taken here: it may be any held lock under another name, or
  // the caller's.
  S.Held.erase(std::remove_if(S.Held.begin(), S.Held.end(),
                              [&](const HeldLock &L) {
                                return Places.mayAlias(L.Lock, Lock);
                              }),
               S.Held.end());
  if (Lock == NoPlace)
    return;
  auto At = std::lower_bound(S.GivenBack.begin(), S.GivenBack.end(), Lock);
  if (At == S.GivenBack.end() || *At != Lock)
    S.GivenBack.insert(At, Lock);
}

void CancelAnalysis::apply(PathState &S, const Release &F) const {
  if (F.Owner == NoPlace) {
    release(S, F.Lock);
    return;
  }
  S.Held.erase(
      std::remove_if(S.Held.begin(), S.Held.end(),
                     [&](const HeldLock &L) { return L.Owner == F.Owner; }),
      S.Held.end());
}

//===--- Cleanup handlers -------------------------------------------------===//

void CancelAnalysis::apply(PathState &S, const PushHandler &F) const {
  if (std::find(S.Cleanup.begin(), S.Cleanup.end(), F.Region) ==
      S.Cleanup.end())
    S.Cleanup.push_back(F.Region);
}

void CancelAnalysis::apply(PathState &S, const PopHandler &F) const {
  // Whatever was pushed inside and left behind goes with it.
  auto It = std::find(S.Cleanup.begin(), S.Cleanup.end(), F.Region);
  S.Cleanup.erase(It, S.Cleanup.end());
}

//===--- Variables --------------------------------------------------------===//

void CancelAnalysis::apply(PathState &S, const AssignConstant &F) const {
  if (F.To == NoPlace)
    return;
  apply(S, Forget{F.To, 0});
  S.setKnown({F.To, Knowledge::signOf(F.Value), F.Value});
}

void CancelAnalysis::apply(PathState &S, const CopyPlace &F) const {
  std::optional<Saved> Old;
  std::optional<Knowledge> K;
  if (const Saved *From = S.saved(F.From))
    Old = *From;
  if (const Knowledge *From = S.known(F.From))
    K = *From;
  apply(S, Forget{F.To, 0});
  if (F.To == NoPlace)
    return;
  if (Old) {
    Old->Where = F.To;
    S.save(*Old);
  }
  if (K) {
    K->Term = F.To;
    S.setKnown(*K);
  }
}

void CancelAnalysis::apply(PathState &S, const Forget &F) const {
  auto Hit = [&](PlaceId P) {
    return (F.Variable && Places.readsVariable(P, F.Variable)) ||
           (F.Target != NoPlace && Places.isWithin(P, F.Target));
  };
  S.Saves.erase(std::remove_if(S.Saves.begin(), S.Saves.end(),
                               [&](const Saved &V) { return Hit(V.Where); }),
                S.Saves.end());
  S.Known.erase(std::remove_if(S.Known.begin(), S.Known.end(),
                               [&](const Knowledge &K) { return Hit(K.Term); }),
                S.Known.end());
}

void CancelAnalysis::apply(PathState &S, const LeavePrologue &) const {
  S.Prologue = false;
}

void CancelAnalysis::apply(PathState &, const Return &) const {}

//===--- Calls ------------------------------------------------------------===//

PlaceId CancelAnalysis::rebase(PlaceId P, const CallFunction &F) {
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
Mode CancelAnalysis::inCaller(const PathState &Before, ModeKind W,
                              const Mode &M, const CallFunction &F) {
  switch (M.K) {
  case Mode::Kind::Entry:
    return Before.mode(W);
  case Mode::Kind::Set:
    return Mode::set(M.On, false, F.Site);
  case Mode::Kind::OfPlace:
    return readPlace(Before, W, rebase(M.From, F), F.Site, Places);
  case Mode::Kind::Unknown:
    break;
  }
  return Mode::unknown();
}

void CancelAnalysis::applyMode(PathState &S, ModeKind W, const Mode &Effect,
                               const CallFunction &F, bool Pair) {
  if (Effect.isEntry())
    return;
  const Mode Now = S.mode(W);
  if (Effect.isOff() && Pair) {
    // The second half of a pair ends what the first half began.
    S.mode(W) = Now.isOn() ? Mode::entry() : Mode::set(false, false, F.Site);
    forgetLosses(S, W);
    return;
  }
  Mode New = inCaller(S, W, Effect, F);
  if (New.isOn() && New.Site == F.Site)
    New.Own = Pair;
  if (New.isOff() && New.Site == F.Site)
    New.Own = false;
  S.mode(W) = New;
  if (!New.isOn())
    forgetLosses(S, W);
}

void CancelAnalysis::applyOutcome(PathState &S, const Outcome &O,
                                  const CallFunction &F,
                                  const Summary &Callee) {
  const PathState Before = S;
  for (ModeKind W : {ModeKind::State, ModeKind::Type})
    applyMode(S, W, O.Modes[static_cast<size_t>(W)], F, Callee.HalfOfPair);
  for (const Saved &V : O.Saves) {
    PlaceId Where = rebase(V.Where, F);
    if (Where == NoPlace)
      continue;
    Mode Held = inCaller(Before, V.Which, V.Held, F);
    S.save({Where, V.Which, Held, F.Site});
    S.dropKnown(Where);
  }
  for (PlaceId L : O.GivenBack)
    release(S, rebase(L, F));
  for (PlaceId L : O.Taken)
    if (PlaceId Here = rebase(L, F); Here != NoPlace)
      S.hold({Here, NoPlace, F.Site});
}

void CancelAnalysis::apply(StateSet &Set, const CallFunction &F) {
  if (F.DeclaredPair) {
    for (PathState &S : Set.States)
      applyMode(S, ModeKind::State, Mode::set(*F.DeclaredPair, true, F.Site), F,
                true);
    return;
  }
  const Summary &Callee = Summaries.summaryOf(F.Callee);
  const bool SomeLocked =
      std::any_of(Callee.Outcomes.begin(), Callee.Outcomes.end(),
                  [](const Outcome &O) { return !O.LockFailed; });
  std::vector<PathState> Out;
  for (PathState &S : Set.States) {
    if (F.Result != NoPlace) {
      S.dropKnown(F.Result);
      S.dropSave(F.Result);
    }
    S.Prologue &= Callee.KeepsPrologue;
    if (!Callee.Known) {
      S.Modes = {Mode::unknown(), Mode::unknown()};
      S.Held.clear();
      for (ModeKind W : {ModeKind::State, ModeKind::Type})
        forgetLosses(S, W);
      Out.push_back(S);
      continue;
    }
    for (const Outcome &O : Callee.Outcomes) {
      if (O.LockFailed && !F.ResultTested && SomeLocked)
        continue;
      PathState Next = S;
      applyOutcome(Next, O, F, Callee);
      if (F.Result != NoPlace && O.Returned.Signs != Knowledge::Any) {
        Knowledge K = O.Returned;
        K.Term = F.Result;
        Next.setKnown(K);
      }
      Out.push_back(std::move(Next));
    }
  }
  Set.States = std::move(Out);
}

} // namespace thread_stop::flow
