// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/CancelAnalysis.h"
#include "flow/ModeTransfer.h"

#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <type_traits>

namespace thread_stop::flow {

StateSet CancelAnalysis::entry() const {
  PathState S;
  for (PlaceId L : EntryLocks)
    S.hold({L, NoPlace, NoSite, false});
  return StateSet(std::move(S));
}

void CancelAnalysis::transfer(StateSet &Set, const Fact &F) {
  std::visit(
      [&](const auto &Each) {
        using T = std::decay_t<decltype(Each)>;
        if constexpr (std::is_same_v<T, Acquire> ||
                      std::is_same_v<T, SetMode> ||
                      std::is_same_v<T, AssignCondition> ||
                      std::is_same_v<T, AssignEither> ||
                      std::is_same_v<T, Obtain> ||
                      std::is_same_v<T, ThreadOp> ||
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

/// A branch on a saved value tells what the caller had.
static void learnEntryMode(PathState &S, PlaceId Term) {
  const Saved *V = S.saved(Term);
  const Knowledge *K = S.known(Term);
  if (!V || !K || !V->Held.isEntry())
    return;
  if (K->Signs == Knowledge::Zero)
    S.entryOn(V->Which) = false;
  else if (!(K->Signs & Knowledge::Zero))
    S.entryOn(V->Which) = true;
}

/// A state or type is 0 or 1: what is not the one is the other.
static Assumption sharpened(const PathState &S, const Assumption &A) {
  if (A.Rel == Relation::NE && A.Value == 1 && S.saved(A.Term))
    return {A.Term, Relation::EQ, 0};
  return A;
}

bool CancelAnalysis::assume(StateSet &Set, const Assumption &A) const {
  auto Impossible = [&](PathState &S) {
    if (!S.learn(sharpened(S, A)))
      return true;
    S.disownFailed(A.Term);
    learnEntryMode(S, A.Term);
    return false;
  };
  Set.States.erase(
      std::remove_if(Set.States.begin(), Set.States.end(), Impossible),
      Set.States.end());
  if (Set.States.size() > 1)
    Set.normalize();
  return !Set.States.empty();
}

void CancelAnalysis::unwind(StateSet &Set) const {
  for (PathState &S : Set.States) {
    for (ModeKind W : {ModeKind::State, ModeKind::Type})
      if (S.mode(W).isOn() && S.mode(W).Scoped)
        S.mode(W) = Mode::entry();
    S.Held.erase(
        std::remove_if(S.Held.begin(), S.Held.end(),
                       [](const HeldLock &L) { return L.Owner != NoPlace; }),
        S.Held.end());
  }
  if (Set.States.size() > 1)
    Set.normalize();
}

void CancelAnalysis::goBack(StateSet &Set) const {
  auto Shared = [&](const Knowledge &K) {
    const Place &P = Places[K.Term];
    if (P.Kind == BaseKind::Local && P.Path.empty())
      return false;
    if (P.Kind == BaseKind::Param && P.Path.empty())
      return false;
    return P.Kind != BaseKind::Expression;
  };
  for (PathState &S : Set.States)
    S.Known.erase(std::remove_if(S.Known.begin(), S.Known.end(), Shared),
                  S.Known.end());
  if (Set.States.size() > 1)
    Set.normalize();
}

//===--- State and type ---------------------------------------------------===//

/// Whether the value a place had on entry is the caller's to know.
static bool comesFromCaller(const Place &P) {
  return P.Kind == BaseKind::Param || P.Kind == BaseKind::Global ||
         P.Kind == BaseKind::This || P.isBehindPointer();
}

Mode readPlace(const PathState &S, ModeKind W, PlaceId From, SiteId Site,
               const PlaceTable &Places, bool IsSaveTarget) {
  if (const Saved *Old = S.saved(From))
    return Old->Which == W ? Old->Held : Mode::unknown();
  // The initialiser of a variable that is there to be saved to: on the paths
  // that save, it is gone; the others do not come here in earnest.
  if (const Knowledge *K = S.known(From); K && K->Value && !IsSaveTarget)
    return *K->Value == 0   ? Mode::set(false, true, Site)
           : *K->Value == 1 ? Mode::set(true, true, Site)
                            : Mode::unknown();
  if (From != NoPlace && !IsSaveTarget && comesFromCaller(Places[From]))
    return Mode::ofPlace(From);
  return Mode::unknown();
}

Mode CancelAnalysis::evaluate(const PathState &S, const SetMode &F) const {
  switch (F.Argument.K) {
  case ModeArgument::Kind::Literal:
    return Mode::set(F.Argument.On, true, F.Site);
  case ModeArgument::Kind::FromPlace:
    return readPlace(S, F.Which, F.Argument.From, F.Site, Places,
                     F.Argument.SaveTarget);
  case ModeArgument::Kind::Either:
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
      F.SaveTo == Owed->Where && Owed->Held.isEntry())
    return SetModeFault::OverwrittenSave;
  if (F.Argument.K == ModeArgument::Kind::FromPlace &&
      F.Argument.From != Owed->Where) {
    const Saved *Given = S.saved(F.Argument.From);
    if (Given && Given->Which == F.Which && Given->Held == Now)
      return SetModeFault::WrongVariable;
    if (!Given && F.Argument.NeverSavedTo)
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
  // It is known to be what the caller had.
  if (S.entryOn(W) == false) {
    Now = Mode::entry();
    forgetLosses(S, W);
    return;
  }
  if (Now.isOn() && Now.OverOff) {
    Now = Mode::set(false, false, Site);
    return;
  }
  if (!Now.isOwnOn() && !CallerLost) {
    Now = Mode::set(false, false, Site);
    return;
  }
  if (CallerLost && S.lost(W).empty())
    S.lostFirst(W) = true;
  S.lose(W, Site);
  Now = Mode::set(false, true, Site);
}

/// What the call at `By` took away is back.
static void forgetLoss(PathState &S, ModeKind W, SiteId By) {
  std::vector<SiteId> &Lost = S.lost(W);
  Lost.erase(std::remove(Lost.begin(), Lost.end(), By), Lost.end());
  if (Lost.empty())
    S.lostFirst(W) = false;
}

/// One past for each outcome of the condition.
void CancelAnalysis::setEither(StateSet &Set, const SetMode &F) const {
  decltype(Set.States) Out;
  for (PathState &S : Set.States)
    for (const bool Holds : {true, false}) {
      PathState Next = S;
      if (!Next.learn(Holds ? F.Argument.If : negated(F.Argument.If)))
        continue;
      SetMode One = F;
      One.Argument.K = ModeArgument::Kind::Literal;
      One.Argument.On = F.Argument.On == Holds;
      StateSet Each{std::move(Next)};
      apply(Each, One);
      for (PathState &P : Each.States) {
        // What the condition stands for is its caller's to know.
        P.mode(F.Which).Own = false;
        forgetLosses(P, F.Which);
        Out.push_back(std::move(P));
      }
    }
  Set.States = std::move(Out);
}

void CancelAnalysis::apply(StateSet &Set, const SetMode &F) const {
  if (F.Argument.K == ModeArgument::Kind::Either)
    return setEither(Set, F);
  if (F.Result == NoPlace) {
    for (PathState &S : Set.States)
      set(S, F);
    return;
  }
  decltype(Set.States) Out;
  for (PathState &S : Set.States) {
    S.dropKnown(F.Result);
    PathState Failed = S;
    Failed.ModeFailed = true;
    Failed.learn({F.Result, Relation::NE, 0});
    if (!(F.Argument.K == ModeArgument::Kind::Literal && F.Argument.On)) {
      // A restore that fails: nothing is to be said of what follows.
      Failed.mode(F.Which) = Mode::unknown();
      forgetLosses(Failed, F.Which);
    }
    set(S, F);
    S.learn({F.Result, Relation::EQ, 0});
    Out.push_back(std::move(S));
    Out.push_back(std::move(Failed));
  }
  Set.States = std::move(Out);
}

void CancelAnalysis::set(PathState &S, const SetMode &F) const {
  const Mode Old = S.mode(F.Which);
  const SetModeFault Fault = faultOf(S, F);
  const bool Faulty = Fault != SetModeFault::None;
  Mode New = evaluate(S, F);
  if (New.isOn() && New.Site == F.Site)
    New.OverOff = (Old.isOff() && !Old.Own) || (Old.isOn() && Old.OverOff);
  SiteId RestoredFrom = NoSite;
  if (F.Argument.K == ModeArgument::Kind::FromPlace)
    if (const Saved *V = S.saved(F.Argument.From))
      RestoredFrom = V->By;
  if (F.SaveTo != NoPlace) {
    const bool Spoilt = Fault == SetModeFault::OverwrittenSave;
    S.save({F.SaveTo, F.Which, Spoilt ? Mode::unknown() : Old, F.Site});
    // One of the constants: never negative.
    S.setKnown({F.SaveTo, Knowledge::Zero | Knowledge::Positive, {}});
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
  const HeldLock L{F.Lock, F.Owner, F.Site, false};
  if (F.Result == NoPlace) {
    for (PathState &S : Set.States)
      S.hold(L);
    return;
  }
  decltype(Set.States) Out;
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
  if (Lock != NoPlace)
    S.giveBack(Lock);
}

void CancelAnalysis::apply(PathState &S, const Release &F) const {
  if (F.Owner == NoPlace) {
    release(S, F.Lock);
    return;
  }
  if (F.StaysTaken) {
    for (HeldLock &L : S.Held)
      if (L.Owner == F.Owner)
        L.Owner = NoPlace;
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
  for (HeldLock &L : S.Held)
    L.Escaped = false;
}

void CancelAnalysis::apply(PathState &S, const Relinquish &) const {
  for (ModeKind W : {ModeKind::State, ModeKind::Type}) {
    S.mode(W).Own = false;
    forgetLosses(S, W);
  }
}

//===--- Threads ---------------------------------------------------------===//

/// A start that may fail doubles the states: not where there are more than
/// these already.
static constexpr size_t MaxFailedStarts = 4;

void CancelAnalysis::apply(StateSet &Set, const ThreadOp &F) const {
  if (F.Handle == NoPlace || F.Deed == ThreadDeed::Use)
    return;
  std::vector<PathState> Failures;
  if (F.Deed == ThreadDeed::Create) {
    for (PathState &S : Set.States) {
      apply(S, Forget{F.Handle, 0});
      // Of use only to a function that stops the thread under the same lock.
      if (F.Result == NoPlace || S.Held.empty() ||
          Set.States.size() > MaxFailedStarts)
        continue;
      S.dropKnown(F.Result);
      Failures.push_back(S);
      Failures.back().learn({F.Result, Relation::NE, 0});
      Failures.back().setHandle({F.Handle, ThreadDeed::Create, F.Site});
      S.learn({F.Result, Relation::EQ, 0});
    }
    Set.States.insert(Set.States.end(), Failures.begin(), Failures.end());
    return;
  }
  for (PathState &S : Set.States) {
    if (F.Result != NoPlace) {
      S.dropKnown(F.Result);
      Failures.push_back(S);
      Failures.back().learn({F.Result, Relation::NE, 0});
      S.learn({F.Result, Relation::EQ, 0});
    } else if (F.MayFail) {
      S.dropHandle(F.Handle);
      continue;
    }
    // A request to a thread that is gone says nothing new.
    const HandleState *Old = S.handle(F.Handle);
    if (F.Deed != ThreadDeed::Request || !Old ||
        Old->Last == ThreadDeed::Create)
      S.setHandle({F.Handle, F.Deed, F.Site});
  }
  Set.States.insert(Set.States.end(), Failures.begin(), Failures.end());
}

//===--- Variables --------------------------------------------------------===//

void CancelAnalysis::apply(PathState &S, const AssignConstant &F) const {
  if (F.To == NoPlace)
    return;
  apply(S, Forget{F.To, 0});
  S.setKnown({F.To, Knowledge::signOf(F.Value), F.Value});
}

void CancelAnalysis::apply(PathState &S, const AssignSigns &F) const {
  if (F.To == NoPlace)
    return;
  apply(S, Forget{F.To, 0});
  if (F.Signs != Knowledge::Any)
    S.setKnown({F.To, F.Signs, {}});
}

void CancelAnalysis::apply(PathState &S, const CopyPlace &F) const {
  if (F.Adds) {
    copyResources(S, F.To, F.From, std::vector<Owned>(S.Resources));
    return;
  }
  std::optional<Saved> Old;
  std::optional<Knowledge> K;
  if (const Saved *From = S.saved(F.From))
    Old = *From;
  if (const Knowledge *From = S.known(F.From))
    K = *From;
  const std::vector<Owned> Before = S.Resources;
  apply(S, Forget{F.To, 0});
  copyResources(S, F.To, F.From, Before);
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

void CancelAnalysis::apply(StateSet &Set, const AssignCondition &F) const {
  decltype(Set.States) Out;
  for (PathState &S : Set.States)
    for (const bool Holds : {true, false}) {
      PathState Next = S;
      if (!Next.learn(Holds ? F.Condition : negated(F.Condition)))
        continue;
      apply(Next, AssignConstant{F.To, Holds ? 1 : 0});
      Out.push_back(std::move(Next));
    }
  Set.States = std::move(Out);
}

void CancelAnalysis::apply(StateSet &Set, const AssignEither &F) const {
  decltype(Set.States) Out;
  for (PathState &S : Set.States)
    for (const bool Holds : {true, false}) {
      PathState Next = S;
      if (!Next.learn(Holds ? F.If : negated(F.If)))
        continue;
      const AssignEither::Arm &Arm = Holds ? F.Then : F.Else;
      if (Arm.From == NoPlace)
        apply(Next, AssignConstant{F.To, Arm.Value});
      else
        apply(Next, CopyPlace{F.To, Arm.From});
      Out.push_back(std::move(Next));
    }
  Set.States = std::move(Out);
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
  S.Handles.erase(
      std::remove_if(S.Handles.begin(), S.Handles.end(),
                     [&](const HandleState &H) { return Hit(H.Where); }),
      S.Handles.end());
  S.Resources.erase(std::remove_if(S.Resources.begin(), S.Resources.end(),
                                   [&](const Owned &R) {
                                     return R.Kind != ScopedObject &&
                                            Hit(R.Where);
                                   }),
                    S.Resources.end());
}

void CancelAnalysis::apply(PathState &S, const LeavePrologue &) const {
  S.Prologue = false;
}

void CancelAnalysis::apply(PathState &, const Return &) const {}

} // namespace thread_stop::flow
