// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/State.h"

#include <algorithm>
#include <tuple>

namespace thread_stop::flow {

//===--- Sorted small vectors ---------------------------------------------===//

template <class T, class Proj>
static auto lowerBound(std::vector<T> &V, PlaceId Id, Proj P) {
  return std::lower_bound(V.begin(), V.end(), Id,
                          [&](const T &E, PlaceId I) { return P(E) < I; });
}

template <class T, class Proj>
static const T *lookup(const std::vector<T> &V, PlaceId Id, Proj P) {
  auto It = std::lower_bound(V.begin(), V.end(), Id,
                             [&](const T &E, PlaceId I) { return P(E) < I; });
  return It != V.end() && P(*It) == Id ? &*It : nullptr;
}

template <class T, class Proj>
static void insertOrReplace(std::vector<T> &V, const T &E, Proj P) {
  auto It = lowerBound(V, P(E), P);
  if (It != V.end() && P(*It) == P(E))
    *It = E;
  else
    V.insert(It, E);
}

template <class T, class Proj>
static void eraseAt(std::vector<T> &V, PlaceId Id, Proj P) {
  auto It = lowerBound(V, Id, P);
  if (It != V.end() && P(*It) == Id)
    V.erase(It);
}

static PlaceId whereOf(const Saved &S) { return S.Where; }
static PlaceId lockOf(const HeldLock &L) { return L.Lock; }
static PlaceId handleOf(const HandleState &H) { return H.Where; }
static PlaceId termOf(const Knowledge &K) { return K.Term; }

//===--- PathState --------------------------------------------------------===//

bool PathState::samePast(const PathState &O) const {
  return Modes == O.Modes && Saves == O.Saves && Held == O.Held &&
         Resources == O.Resources && Handles == O.Handles &&
         GivenBack == O.GivenBack && Cleanup == O.Cleanup && Lost == O.Lost &&
         LostFirst == O.LostFirst && LockFailed == O.LockFailed &&
         ModeFailed == O.ModeFailed && EntryOn == O.EntryOn &&
         Prologue == O.Prologue;
}

const Saved *PathState::saved(PlaceId Where) const {
  return lookup(Saves, Where, whereOf);
}
void PathState::save(const Saved &S) {
  if (Saves.size() >= MaxRemembered && !saved(S.Where))
    Saves.erase(Saves.begin()); // an old one: what is restored is then unknown
  insertOrReplace(Saves, S, whereOf);
}
void PathState::dropSave(PlaceId Where) { eraseAt(Saves, Where, whereOf); }

const HeldLock *PathState::held(PlaceId Lock) const {
  return lookup(Held, Lock, lockOf);
}
void PathState::hold(const HeldLock &L) {
  if (Held.size() >= MaxRemembered && !held(L.Lock))
    Held.erase(Held.begin());
  insertOrReplace(Held, L, lockOf);
}
void PathState::giveBack(PlaceId Lock) {
  auto At = std::lower_bound(GivenBack.begin(), GivenBack.end(), Lock);
  if (givesBackAny() || (At != GivenBack.end() && *At == Lock))
    return;
  // A caller must not believe in a lock that was forgotten here.
  if (Lock == NoPlace || GivenBack.size() >= MaxRemembered)
    GivenBack.assign(1, NoPlace);
  else
    GivenBack.insert(At, Lock);
}
void PathState::lose(ModeKind W, SiteId By) {
  auto At = std::lower_bound(lost(W).begin(), lost(W).end(), By);
  if ((At == lost(W).end() || *At != By) && lost(W).size() < MaxLost)
    lost(W).insert(At, By);
}

const HandleState *PathState::handle(PlaceId Where) const {
  return lookup(Handles, Where, handleOf);
}
void PathState::setHandle(const HandleState &H) {
  if (Handles.size() < MaxRemembered || handle(H.Where))
    insertOrReplace(Handles, H, handleOf);
}
void PathState::dropHandle(PlaceId Where) { eraseAt(Handles, Where, handleOf); }

void PathState::own(const Owned &R) {
  auto Before = [](const Owned &A, const Owned &B) {
    return std::tie(A.Where, A.By) < std::tie(B.Where, B.By);
  };
  auto It = std::lower_bound(Resources.begin(), Resources.end(), R, Before);
  if (It != Resources.end() && It->Where == R.Where && It->By == R.By)
    *It = R;
  else if (Resources.size() < MaxRemembered)
    Resources.insert(It, R);
}

void PathState::disown(PlaceId Where) {
  std::vector<SiteId> Gone;
  for (const Owned &R : Resources)
    if (R.Where == Where)
      Gone.push_back(R.By);
  if (Gone.empty())
    return;
  auto IsGone = [&](const Owned &R) {
    return std::find(Gone.begin(), Gone.end(), R.By) != Gone.end();
  };
  Resources.erase(std::remove_if(Resources.begin(), Resources.end(), IsGone),
                  Resources.end());
}

void PathState::disownFailed(PlaceId Where) {
  const Knowledge *K = known(Where);
  if (K && std::any_of(Resources.begin(), Resources.end(), [&](const Owned &R) {
        return R.Where == Where && !(K->Signs & ~R.FailureSigns);
      }))
    disown(Where);
}

bool PathState::mayOwn(SiteId By) const {
  bool Any = false;
  for (const Owned &R : Resources) {
    if (R.By != By)
      continue;
    Any = true;
    const Knowledge *K = known(R.Where);
    if (K && !(K->Signs & ~R.FailureSigns))
      return false;
  }
  return Any;
}

const Knowledge *PathState::known(PlaceId Term) const {
  return lookup(Known, Term, termOf);
}
void PathState::setKnown(const Knowledge &K) {
  if (Known.size() >= MaxRemembered && !known(K.Term))
    Known.erase(Known.begin());
  insertOrReplace(Known, K, termOf);
}
void PathState::dropKnown(PlaceId Term) { eraseAt(Known, Term, termOf); }

/// Whether `V Rel C` can hold / must hold, for one known value.
static bool compare(int64_t V, Relation Rel, int64_t C) {
  switch (Rel) {
  case Relation::EQ:
    return V == C;
  case Relation::NE:
    return V != C;
  case Relation::LT:
    return V < C;
  case Relation::LE:
    return V <= C;
  case Relation::GT:
    return V > C;
  case Relation::GE:
    return V >= C;
  }
  return true;
}

/// The signs that a number in relation `Rel` to `C` can have.
static uint8_t signsOf(Relation Rel, int64_t C) {
  constexpr uint8_t N = Knowledge::Negative, Z = Knowledge::Zero,
                    P = Knowledge::Positive;
  switch (Rel) {
  case Relation::EQ:
    return Knowledge::signOf(C);
  case Relation::NE:
    return C == 0 ? N | P : Knowledge::Any;
  case Relation::LT:
    return C <= 0 ? N : C == 1 ? N | Z : Knowledge::Any;
  case Relation::LE:
    return C < 0 ? N : C == 0 ? N | Z : Knowledge::Any;
  case Relation::GT:
    return C >= 0 ? P : C == -1 ? Z | P : Knowledge::Any;
  case Relation::GE:
    return C > 0 ? P : C == 0 ? Z | P : Knowledge::Any;
  }
  return Knowledge::Any;
}

bool PathState::learn(const Assumption &A) {
  Knowledge K;
  K.Term = A.Term;
  if (const Knowledge *Old = known(A.Term)) {
    if (Old->Value && !compare(*Old->Value, A.Rel, A.Value))
      return false;
    K = *Old;
  }
  K.Signs &= signsOf(A.Rel, A.Value);
  if (!K.Signs)
    return false;
  if (A.Rel == Relation::EQ)
    K.Value = A.Value;
  else if (K.Signs == Knowledge::Zero)
    K.Value = 0;
  if (K.Signs != Knowledge::Any)
    setKnown(K);
  return true;
}

//===--- StateSet ---------------------------------------------------------===//

/// Keeps in `Into` what both know; true if `Into` lost something.
static bool meetKnowledge(std::vector<Knowledge> &Into,
                          const std::vector<Knowledge> &Other) {
  std::vector<Knowledge> Common;
  for (const Knowledge &K : Into) {
    const Knowledge *O = lookup(Other, K.Term, termOf);
    if (!O)
      continue;
    Knowledge M = K;
    M.Signs |= O->Signs;
    if (M.Value != O->Value)
      M.Value.reset();
    if (M.Signs != Knowledge::Any)
      Common.push_back(M);
  }
  bool Changed = Common != Into;
  Into = std::move(Common);
  return Changed;
}

bool StateSet::add(const PathState &S) {
  for (PathState &Mine : States)
    if (Mine.samePast(S))
      return meetKnowledge(Mine.Known, S.Known);
  States.push_back(S);
  return true;
}

bool StateSet::join(const StateSet &Other) {
  if (Overflow) {
    // Only the common facts are left; more pasts can but take some away.
    const llvm::SmallVector<PathState, 1> Before = States;
    States.append(Other.States.begin(), Other.States.end());
    collapse();
    if (Before.size() != States.size())
      return true;
    return !States.empty() && (!Before[0].samePast(States[0]) ||
                               Before[0].Known != States[0].Known);
  }
  bool Changed = false;
  for (const PathState &S : Other.States)
    Changed |= add(S);
  if (Other.Overflow || States.size() > MaxStates) {
    collapse();
    return true;
  }
  return Changed;
}

void StateSet::normalize() {
  size_t Kept = 0;
  for (size_t I = 0; I < States.size(); ++I) {
    const auto End = States.begin() + Kept;
    const auto Same =
        std::find_if(States.begin(), End, [&](const PathState &Mine) {
          return Mine.samePast(States[I]);
        });
    if (Same != End)
      meetKnowledge(Same->Known, States[I].Known);
    else if (Kept++ != I)
      States[Kept - 1] = std::move(States[I]);
  }
  States.resize(Kept);
  if (States.size() > MaxStates || (Overflow && States.size() > 1))
    collapse();
}

void StateSet::collapse() {
  Overflow = true;
  if (States.size() < 2)
    return;
  PathState Top = States[0];
  for (const PathState &S : States) {
    for (size_t W = 0; W < 2; ++W) {
      if (!(Top.Modes[W] == S.Modes[W]))
        Top.Modes[W] = Mode::unknown();
      if (Top.Lost[W] != S.Lost[W] || Top.LostFirst[W] != S.LostFirst[W]) {
        Top.Lost[W].clear();
        Top.LostFirst[W] = false;
      }
      if (Top.EntryOn[W] != S.EntryOn[W])
        Top.EntryOn[W].reset();
    }
    auto KeepCommon = [](auto &Mine, auto Matches) {
      Mine.erase(std::remove_if(Mine.begin(), Mine.end(),
                                [&](const auto &E) { return !Matches(E); }),
                 Mine.end());
    };
    KeepCommon(Top.Held, [&](const HeldLock &L) {
      const HeldLock *O = S.held(L.Lock);
      return O && *O == L;
    });
    KeepCommon(Top.Saves, [&](const Saved &V) {
      const Saved *O = S.saved(V.Where);
      return O && *O == V;
    });
    KeepCommon(Top.Resources, [&](const Owned &R) {
      return std::find(S.Resources.begin(), S.Resources.end(), R) !=
             S.Resources.end();
    });
    KeepCommon(Top.Handles, [&](const HandleState &H) {
      const HandleState *O = S.handle(H.Where);
      return O && *O == H;
    });
    KeepCommon(Top.GivenBack, [&](PlaceId P) {
      return std::binary_search(S.GivenBack.begin(), S.GivenBack.end(), P);
    });
    size_t N = 0;
    while (N < Top.Cleanup.size() && N < S.Cleanup.size() &&
           Top.Cleanup[N] == S.Cleanup[N])
      ++N;
    Top.Cleanup.resize(N);
    Top.Prologue &= S.Prologue;
    Top.LockFailed |= S.LockFailed;
    Top.ModeFailed |= S.ModeFailed;
    meetKnowledge(Top.Known, S.Known);
  }
  States.assign(1, std::move(Top));
}

//===--- Dump -------------------------------------------------------------===//

static std::string text(const Mode &M) {
  switch (M.K) {
  case Mode::Kind::Entry:
    return "entry";
  case Mode::Kind::Set:
    return std::string(M.On ? "on" : "off") + (M.Own ? "!" : "") + "@" +
           std::to_string(M.Site);
  case Mode::Kind::OfPlace:
    return "of" + std::to_string(M.From);
  case Mode::Kind::Unknown:
    return "?";
  }
  return "";
}

std::string PathState::dump() const {
  std::string Out = "state=" + text(Modes[0]) + " type=" + text(Modes[1]);
  for (const Saved &S : Saves)
    Out += " save" + std::to_string(S.Where) + "=" + text(S.Held);
  for (const HeldLock &L : Held)
    Out += " held" + std::to_string(L.Lock);
  for (const Owned &R : Resources)
    Out += " own" + std::to_string(R.Where) + "@" + std::to_string(R.By);
  for (PlaceId P : GivenBack)
    Out += " gave" + std::to_string(P);
  for (uint32_t R : Cleanup)
    Out += " push" + std::to_string(R);
  for (const Knowledge &K : Known)
    Out += " k" + std::to_string(K.Term) + "/" + std::to_string(K.Signs);
  return Out;
}

} // namespace thread_stop::flow
