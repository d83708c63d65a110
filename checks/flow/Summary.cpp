// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Summary.h"

#include <algorithm>

namespace thread_stop::flow {

/// More ways to end than this are not kept apart; the call's effect is then
/// unknown.
static constexpr size_t MaxOutcomes = 8;

bool Summary::isIdentity() const {
  return Known && !Outcomes.empty() &&
         std::all_of(Outcomes.begin(), Outcomes.end(),
                     [](const Outcome &O) { return O.isIdentity(); });
}

bool operator==(const Summary &A, const Summary &B) {
  if (A.Known != B.Known || A.KeepsPrologue != B.KeepsPrologue ||
      A.HalfOfPair != B.HalfOfPair || A.Inside != B.Inside ||
      A.Disowns != B.Disowns || A.DisownsWithin != B.DisownsWithin ||
      A.Deeds != B.Deeds || A.Touched != B.Touched ||
      A.Outcomes.size() != B.Outcomes.size())
    return false;
  for (size_t I = 0; I < A.Outcomes.size(); ++I)
    if (!A.Outcomes[I].sameEffect(B.Outcomes[I]) ||
        !(A.Outcomes[I].Returned == B.Outcomes[I].Returned) ||
        !(A.Outcomes[I].Requires == B.Outcomes[I].Requires))
      return false;
  return true;
}

static bool visibleToCaller(const Place &P) {
  switch (P.Kind) {
  case BaseKind::Param:
  case BaseKind::This:
  case BaseKind::Global:
  case BaseKind::Return:
    return true;
  case BaseKind::Local:
  case BaseKind::Value:
  case BaseKind::Expression:
    return false;
  }
  return false;
}

/// A parameter itself is the callee's copy; only what it points to, or its
/// value on entry, is the caller's.
static bool isParameterItself(const Place &P) {
  return P.Kind == BaseKind::Param && P.Path.empty();
}

static Mode inCallerTerms(Mode M, const PlaceTable &Table) {
  if (M.K == Mode::Kind::OfPlace && !visibleToCaller(Table[M.From]) &&
      !Table[M.From].isBehindPointer())
    return Mode::unknown();
  M.Scoped = false;
  M.Site = NoSite;
  M.Own = false;
  return M;
}

/// Keeps of `A` what holds for `B` as well.
static void weaken(std::vector<Knowledge> &A, const std::vector<Knowledge> &B) {
  for (Knowledge &K : A) {
    auto It = std::find_if(B.begin(), B.end(), [&](const Knowledge &O) {
      return O.Term == K.Term;
    });
    K.Signs |= It == B.end() ? Knowledge::Any : It->Signs;
    if (It == B.end() || It->Value != K.Value)
      K.Value.reset();
  }
  A.erase(std::remove_if(
              A.begin(), A.end(),
              [](const Knowledge &K) { return K.Signs == Knowledge::Any; }),
          A.end());
}

static Outcome outcomeOf(const PathState &S, const PlaceTable &Table,
                         PlaceId Return, const std::vector<PlaceId> &Written) {
  Outcome O;
  O.CallFailed = S.LockFailed || S.ModeFailed;
  for (size_t I = 0; I < 2; ++I)
    O.Modes[I] = inCallerTerms(S.Modes[I], Table);
  for (Saved Old : S.Saves) {
    const Place &P = Table[Old.Where];
    if (!visibleToCaller(P) || isParameterItself(P))
      continue;
    if (P.Kind == BaseKind::Return && Old.Where != Return)
      continue;
    Old.Held = inCallerTerms(Old.Held, Table);
    Old.By = NoSite;
    O.Saves.push_back(Old);
  }
  for (const HeldLock &L : S.Held)
    if (visibleToCaller(Table[L.Lock]) && L.Owner == NoPlace && !L.Escaped)
      O.Taken.push_back(L.Lock);
  for (PlaceId L : S.GivenBack)
    if (L == NoPlace || visibleToCaller(Table[L])) // NoPlace: any lock
      O.GivenBack.push_back(L);
  for (const Owned &R : S.Resources)
    if (R.Where == Return && S.mayOwn(R.By))
      O.Obtains = Obtained{R.Kind, R.FailureSigns};
    else if (isHandedOut(Table[R.Where]) && S.mayOwn(R.By))
      O.HandsOut.push_back({R.Where, {R.Kind, R.FailureSigns}});
  for (const Knowledge &K : S.Known)
    if (isParameterItself(Table[K.Term]) && K.Signs != Knowledge::Any &&
        std::find(Written.begin(), Written.end(), K.Term) == Written.end())
      O.Requires.push_back(K);
  if (const Knowledge *K = S.known(Return)) {
    O.Returned = *K;
    O.Returned.Term = NoPlace;
  }
  return O;
}

void addOutcomes(Summary &S, const StateSet &AtEnd, const PlaceTable &Table,
                 PlaceId Return, const std::vector<PlaceId> &Written) {
  if (AtEnd.Overflow)
    S.Known = false;
  for (const PathState &P : AtEnd.States) {
    S.KeepsPrologue &= P.Prologue;
    for (const Saved &V : P.Saves)
      if (V.By != NoSite && P.mode(V.Which).isEntry() && !P.ModeFailed)
        S.RestoresItself[static_cast<size_t>(V.Which)] = true;
    Outcome New = outcomeOf(P, Table, Return, Written);
    auto Same = std::find_if(
        S.Outcomes.begin(), S.Outcomes.end(), [&](const Outcome &O) {
          return O.sameEffect(New) && O.Returned == New.Returned;
        });
    if (Same == S.Outcomes.end())
      S.Outcomes.push_back(std::move(New));
    else
      weaken(Same->Requires, New.Requires);
  }
  // Outcomes that differ in the result only need not be kept apart unless
  // some other outcome has another effect.
  if (!S.Outcomes.empty() &&
      std::all_of(S.Outcomes.begin(), S.Outcomes.end(), [&](const Outcome &O) {
        return O.sameEffect(S.Outcomes[0]);
      })) {
    Knowledge All = S.Outcomes[0].Returned;
    for (const Outcome &O : S.Outcomes) {
      weaken(S.Outcomes[0].Requires, O.Requires);
      All.Signs |= O.Returned.Signs;
      if (All.Value != O.Returned.Value)
        All.Value.reset();
    }
    S.Outcomes.resize(1);
    S.Outcomes[0].Returned = All;
  }
  if (S.Outcomes.size() > MaxOutcomes)
    S.Known = false;
}

/// `set(int state, int *old)`: does whatever its caller says.
static bool isForwarder(const Outcome &O, ModeKind W, const PlaceTable &Table) {
  const Mode &M = O.Modes[static_cast<size_t>(W)];
  return M.K == Mode::Kind::OfPlace && isParameterItself(Table[M.From]) &&
         std::any_of(O.Saves.begin(), O.Saves.end(),
                     [&](const Saved &V) { return V.Which == W; });
}

PairRole pairRole(const Summary &S, ModeKind Which, const PlaceTable &Table) {
  PairRole R;
  if (!S.Known)
    return R;
  bool On = false, Back = false, HandsOver = true, WithLock = true;
  std::array<uint8_t, 2> Results{};
  for (const Outcome &O : S.Outcomes) {
    if (O.CallFailed)
      continue;
    if (isForwarder(O, Which, Table))
      return R;
    const Mode &M = O.Modes[static_cast<size_t>(Which)];
    const bool ThisOn = M.isOn();
    // An unknown value comes from where nobody has followed a saved one.
    const bool ThisBack =
        M.isOff() || M.K == Mode::Kind::OfPlace || M.K == Mode::Kind::Unknown;
    On |= ThisOn;
    Back |= ThisBack;
    R.Conditional |= !ThisOn && !ThisBack;
    WithLock &= ThisOn != O.Taken.empty();
    Results[ThisOn] |= O.Returned.Signs;
    if (ThisOn)
      HandsOver &=
          std::any_of(O.Saves.begin(), O.Saves.end(), [&](const Saved &V) {
            const BaseKind K = Table[V.Where].Kind;
            return V.Which == Which && V.Held.isEntry() &&
                   (K == BaseKind::Return || K == BaseKind::Param);
          });
  }
  if (On == Back)
    return R;
  R.Effect = On ? PairEffect::SwitchesOn : PairEffect::SwitchesBack;
  R.HandsOver = On && HandsOver;
  R.WithLock = On && WithLock && !(Results[0] & Results[1]);
  return R;
}

} // namespace thread_stop::flow
