// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The transfer functions of resources: who holds the only reference.

#include "flow/CancelAnalysis.h"

#include <algorithm>

namespace thread_stop::flow {

/// A place that dies with the function (or is what it returns), so that what
/// it holds is known to nobody else.
static bool isPrivate(const Place &P) {
  switch (P.Kind) {
  case BaseKind::Local:
  case BaseKind::Value:
  case BaseKind::Return:
    return !P.isBehindPointer();
  case BaseKind::Param:
    return P.Path.empty();
  case BaseKind::Global:
  case BaseKind::This:
  case BaseKind::Expression:
    return false;
  }
  return false;
}

void CancelAnalysis::apply(StateSet &Set, const Obtain &F) const {
  const bool Splits = F.Result != NoPlace && F.Result != F.Where;
  std::vector<PathState> Failures;
  for (PathState &S : Set.States) {
    apply(S, Forget{F.Where, 0});
    if (Splits) {
      S.dropKnown(F.Result);
      PathState Failed = S;
      Failed.setKnown({F.Result, F.ResultFailure, {}});
      Failures.push_back(std::move(Failed));
      S.setKnown({F.Result,
                  static_cast<uint8_t>(Knowledge::Any & ~F.ResultFailure),
                  {}});
    }
    // Acquired again: what the first time gave is somebody else's or lost.
    S.Resources.erase(
        std::remove_if(S.Resources.begin(), S.Resources.end(),
                       [&](const Owned &R) { return R.By == F.Site; }),
        S.Resources.end());
    if (isPrivate(Places[F.Where]))
      S.own({F.Where, F.Site, F.Kind, F.FailureSigns});
  }
  Set.States.insert(Set.States.end(), Failures.begin(), Failures.end());
}

void CancelAnalysis::apply(PathState &S, const Disown &F) const {
  if (F.Value == NoPlace)
    return;
  if (!F.Within)
    S.disown(F.Value);
  std::vector<PlaceId> Gone;
  for (const Owned &R : S.Resources)
    if (R.Kind != ScopedObject && Places.isWithin(R.Where, F.Value) &&
        (F.Within || isHandedOut(Places[R.Where])))
      Gone.push_back(R.Where);
  for (PlaceId P : Gone)
    S.disown(P);
}

/// `To = From`. `Before` are the resources before the old value of `To` was
/// forgotten.
void CancelAnalysis::copyResources(PathState &S, PlaceId To, PlaceId From,
                                   const std::vector<Owned> &Before) const {
  for (Owned R : Before) {
    if (R.Where != From || From == NoPlace)
      continue;
    if (To == NoPlace || (!isPrivate(Places[To]) && !isHandedOut(Places[To]))) {
      // Stored where others find it, unless that is in itself.
      if (To == NoPlace ||
          !Places.isWithin(To, Places.extend(From, {Step::Kind::Deref, 0})))
        S.disown(From);
      return;
    }
    R.Where = To;
    S.own(R);
  }
}

PlaceId valueInCaller(PlaceTable &Places, PlaceId P, const Binding &Given) {
  const bool IsParameter =
      (Places[P].Kind == BaseKind::Param || Places[P].Kind == BaseKind::This) &&
      Places[P].Path.empty();
  if (!IsParameter)
    return Places.rebase(P, Given);
  if (!Given.IsAddress)
    return Given.Target;
  // `&*p` is p.
  Place Of = Places[Given.Target];
  if (Of.Path.empty() || Of.Path.back().K != Step::Kind::Deref)
    return NoPlace;
  Of.Path.pop_back();
  return Places.intern(std::move(Of));
}

/// `p` for `p->a.b` and `*p`; NoPlace for what is not behind a pointer.
static PlaceId pointerTo(PlaceTable &Places, PlaceId P) {
  Place Of = Places[P];
  while (!Of.Path.empty()) {
    const Step Last = Of.Path.back();
    Of.Path.pop_back();
    if (Last.K == Step::Kind::Deref)
      return Places.intern(std::move(Of));
  }
  return NoPlace;
}

PlaceId valueInCaller(PlaceTable &Places, PlaceId P, const CallFunction &F) {
  if (Places[P].Kind == BaseKind::This)
    return valueInCaller(Places, P, F.Object);
  if (Places[P].Kind != BaseKind::Param)
    return inCaller(Places, P, F);
  const unsigned I = Places[P].Index;
  return I < F.Arguments.size() ? valueInCaller(Places, P, F.Arguments[I])
                                : NoPlace;
}

/// `if (make(&p) == 0)`: what the callee left in the caller's variable.
void CancelAnalysis::applyHandedOut(PathState &S, const Outcome &O,
                                    const CallFunction &F) {
  // All that one call gives counts as one: a second thing is not followed.
  if (O.HandsOut.size() != 1 || O.Obtains)
    return;
  const auto &[There, What] = O.HandsOut[0];
  const PlaceId Here = inCaller(Places, There, F);
  if (Here == NoPlace ||
      (!isPrivate(Places[Here]) && !isHandedOut(Places[Here])))
    return;
  S.Resources.erase(std::remove_if(S.Resources.begin(), S.Resources.end(),
                                   [&](const Owned &R) {
                                     return R.By == F.Site || R.Where == Here;
                                   }),
                    S.Resources.end());
  S.dropKnown(Here);
  S.own({Here, F.Site, What.Kind, What.FailureSigns});
}

/// What the callee releases or keeps.
void CancelAnalysis::applyKept(PathState &S, const CallFunction &F,
                               const Summary &Callee) const {
  if (S.Resources.empty())
    return;
  for (PlaceId P : Callee.Disowns) {
    apply(S, Disown{valueInCaller(Places, P, F), false, false});
    // The callee keeps a pointer to the variable: and all that it holds.
    if (Places[P].Kind == BaseKind::Param && Places[P].Path.empty() &&
        Places[P].Index < F.Arguments.size())
      if (const Binding &B = F.Arguments[Places[P].Index]; B.IsAddress) {
        apply(S, Disown{B.Target, true, false});
        // `&p->link`: who keeps it can get at what p points to.
        apply(S, Disown{pointerTo(Places, B.Target), false, false});
      }
  }
  for (PlaceId P : Callee.DisownsWithin)
    apply(S, Disown{inCaller(Places, P, F), true, false});
}

void CancelAnalysis::apply(PathState &S, const Construct &F) const {
  const Summary &Callee = Summaries.summaryOf(F.Call.Callee);
  if (Callee.Known)
    applyKept(S, F.Call, Callee);
  else
    S.Resources.clear();
}

void CancelAnalysis::applyOwnership(PathState &S, const Outcome &O,
                                    const CallFunction &F,
                                    const Summary &Callee) {
  applyKept(S, F, Callee);
  applyHandedOut(S, O, F);
  if (!O.Obtains || F.Result == NoPlace)
    return;
  S.own({F.Result, F.Site, O.Obtains->Kind, O.Obtains->FailureSigns});
}

//===--- Summaries --------------------------------------------------------===//

/// A place that a caller can have something stored in.
static bool isCallers(const Place &P) {
  return P.Kind == BaseKind::Param || P.Kind == BaseKind::This;
}

static void addOnce(std::vector<PlaceId> &To, PlaceId P) {
  if (std::find(To.begin(), To.end(), P) == To.end())
    To.push_back(P);
}

void addDisowned(Summary &S, const FlowGraph &G, PlaceTable &Places,
                 const SummarySource &Summaries) {
  // Locals that a parameter's value is copied to stand for it.
  std::vector<std::pair<PlaceId, PlaceId>> Copies;
  for (const Block &B : G.Blocks)
    for (const Fact &Each : B.Facts)
      if (const auto *C = std::get_if<CopyPlace>(&Each))
        if (C->From != NoPlace && isCallers(Places[C->From]))
          Copies.push_back({C->To, C->From});
  auto Add = [&](PlaceId P, bool Within) {
    if (P == NoPlace)
      return;
    std::vector<PlaceId> &To = Within ? S.DisownsWithin : S.Disowns;
    if (isCallers(Places[P]))
      addOnce(To, P);
    for (const auto &[Copy, Of] : Copies)
      if (Copy == P)
        addOnce(To, Of);
      else if (Within && Places.isWithin(Copy, P))
        addOnce(S.Disowns, Of);
  };
  auto AddCall = [&](const CallFunction &C) {
    if (C.Callee == NoFunction)
      return;
    const Summary &Callee = Summaries.summaryOf(C.Callee);
    for (PlaceId P : Callee.Disowns)
      Add(valueInCaller(Places, P, C), false);
    for (PlaceId P : Callee.DisownsWithin)
      Add(inCaller(Places, P, C), true);
  };
  for (const Block &B : G.Blocks)
    for (const Fact &Each : B.Facts) {
      if (const auto *D = std::get_if<Disown>(&Each)) {
        Add(D->Value, D->Within);
      } else if (const auto *E = std::get_if<AssignEither>(&Each)) {
        Add(E->Then.From, false);
        Add(E->Else.From, false);
      } else if (const auto *C = std::get_if<CopyPlace>(&Each)) {
        if (C->To == NoPlace || !isPrivate(Places[C->To]) ||
            Places[C->To].Kind == BaseKind::Return)
          Add(C->From, false);
      } else if (const auto *C = std::get_if<CallFunction>(&Each)) {
        AddCall(*C);
      } else if (const auto *C = std::get_if<Construct>(&Each)) {
        AddCall(C->Call);
      }
    }
}

/// The place that a fact gives another value, if any.
static PlaceId writtenBy(const Fact &Each) {
  if (const auto *C = std::get_if<CopyPlace>(&Each))
    return C->To;
  if (const auto *C = std::get_if<AssignConstant>(&Each))
    return C->To;
  if (const auto *C = std::get_if<AssignSigns>(&Each))
    return C->To;
  if (const auto *C = std::get_if<AssignCondition>(&Each))
    return C->To;
  if (const auto *C = std::get_if<AssignEither>(&Each))
    return C->To;
  if (const auto *O = std::get_if<Obtain>(&Each))
    return O->Where;
  const auto *F = std::get_if<Forget>(&Each);
  return F ? F->Target : NoPlace;
}

bool writesTo(const Fact &Each, PlaceId Parameter, const PlaceTable &Places) {
  if (writtenBy(Each) == Parameter)
    return true;
  if (const auto *F = std::get_if<Forget>(&Each))
    return F->Variable && Places.readsVariable(Parameter, F->Variable);
  const auto *C = std::get_if<CallFunction>(&Each);
  return C && std::any_of(C->Arguments.begin(), C->Arguments.end(),
                          [&](const Binding &B) {
                            return B.IsAddress && B.Target == Parameter;
                          });
}

std::vector<PlaceId> writtenParameters(const FlowGraph &G,
                                       const PlaceTable &Places) {
  std::vector<PlaceId> Out;
  auto Add = [&](PlaceId P) {
    if (P != NoPlace && Places[P].Kind == BaseKind::Param &&
        Places[P].Path.empty())
      addOnce(Out, P);
  };
  for (const Block &B : G.Blocks)
    for (const Fact &Each : B.Facts) {
      Add(writtenBy(Each));
      if (const auto *C = std::get_if<CallFunction>(&Each))
        for (const Binding &To : C->Arguments)
          if (To.IsAddress)
            Add(To.Target);
    }
  return Out;
}

//===--- Threads ----------------------------------------------------------===//

static bool dropHandles(PathState &S, const PlaceTable &Places,
                        PlaceId Within) {
  const size_t Before = S.Handles.size();
  S.Handles.erase(std::remove_if(S.Handles.begin(), S.Handles.end(),
                                 [&](const HandleState &H) {
                                   return Places.isWithin(H.Where, Within);
                                 }),
                  S.Handles.end());
  return S.Handles.size() != Before;
}

void CancelAnalysis::applyDeeds(PathState &S, const CallFunction &F,
                                const Summary &Callee) {
  // A callee that gets at a handle may have created another thread.
  for (const Binding &B : F.Arguments)
    if (B.IsAddress)
      dropHandles(S, Places, B.Target);
  for (PlaceId P : Callee.Touched)
    dropHandles(S, Places, valueInCaller(Places, P, F));
  for (const HandleState &Done : Callee.Deeds)
    if (PlaceId Here = valueInCaller(Places, Done.Where, F);
        Here != NoPlace && Places[Here].Kind != BaseKind::Value)
      S.setHandle({Here, Done.Last, F.Site});
}

void CancelAnalysis::apply(PathState &S, const Escape &F) const {
  for (HeldLock &L : S.Held)
    L.Escaped |= Places.isWithin(L.Lock, F.Object);
  dropHandles(S, Places, F.Object);
  dropHandles(S, Places, F.Value);
}

/// A place that means something to every caller.
static bool isKnownOutside(const Place &P) {
  return isCallers(P) || P.Kind == BaseKind::Global;
}

void addDeeds(Summary &S, const StateSet &AtEnd, bool First,
              const PlaceTable &Places) {
  for (const PathState &P : AtEnd.States) {
    if (P.LockFailed || P.ModeFailed)
      continue;
    if (First) {
      for (HandleState H : P.Handles)
        if (H.Last != ThreadDeed::Create && isKnownOutside(Places[H.Where])) {
          H.By = NoSite;
          S.Deeds.push_back(H);
        }
      First = false;
      continue;
    }
    S.Deeds.erase(std::remove_if(S.Deeds.begin(), S.Deeds.end(),
                                 [&](const HandleState &H) {
                                   const HandleState *Here = P.handle(H.Where);
                                   return !Here || Here->Last != H.Last;
                                 }),
                  S.Deeds.end());
  }
}

void addTouched(Summary &S, const FlowGraph &G, PlaceTable &Places,
                const SummarySource &Summaries) {
  auto Add = [&](PlaceId P) {
    if (P != NoPlace && isKnownOutside(Places[P]))
      addOnce(S.Touched, P);
  };
  for (const Block &B : G.Blocks)
    for (const Fact &Each : B.Facts)
      if (const auto *Op = std::get_if<ThreadOp>(&Each)) {
        if (Op->Deed != ThreadDeed::Use)
          Add(Op->Handle);
      } else if (const auto *C = std::get_if<CallFunction>(&Each);
                 C && C->Callee != NoFunction) {
        for (PlaceId P : Summaries.summaryOf(C->Callee).Touched)
          Add(valueInCaller(Places, P, *C));
      }
}

} // namespace thread_stop::flow
