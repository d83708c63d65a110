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
  if (!F.Within) {
    S.disown(F.Value);
    return;
  }
  std::vector<PlaceId> Gone;
  for (const Owned &R : S.Resources)
    if (R.Kind != ScopedObject && Places.isWithin(R.Where, F.Value))
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
    if (To == NoPlace || !isPrivate(Places[To])) {
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

/// The same for any call.
static PlaceId valueInCaller(PlaceTable &Places, PlaceId P,
                             const CallFunction &F) {
  if (Places[P].Kind == BaseKind::This)
    return valueInCaller(Places, P, F.Object);
  if (Places[P].Kind != BaseKind::Param)
    return inCaller(Places, P, F);
  const unsigned I = Places[P].Index;
  return I < F.Arguments.size() ? valueInCaller(Places, P, F.Arguments[I])
                                : NoPlace;
}

void CancelAnalysis::applyOwnership(PathState &S, const Outcome &O,
                                    const CallFunction &F,
                                    const Summary &Callee) {
  if (!S.Resources.empty()) {
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
  };
  for (const Block &B : G.Blocks)
    for (const Fact &Each : B.Facts) {
      if (const auto *D = std::get_if<Disown>(&Each)) {
        Add(D->Value, D->Within);
      } else if (const auto *C = std::get_if<CopyPlace>(&Each)) {
        if (C->To == NoPlace || !isPrivate(Places[C->To]) ||
            Places[C->To].Kind == BaseKind::Return)
          Add(C->From, false);
      } else if (const auto *C = std::get_if<CallFunction>(&Each);
                 C && C->Callee != NoFunction) {
        const Summary &Callee = Summaries.summaryOf(C->Callee);
        for (PlaceId P : Callee.Disowns)
          Add(valueInCaller(Places, P, *C), false);
        for (PlaceId P : Callee.DisownsWithin)
          Add(inCaller(Places, P, *C), true);
      }
    }
}

} // namespace thread_stop::flow
