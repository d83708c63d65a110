// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For property tests of the lattice: random states over a small universe, so
// that equal pasts are common; a text that tells any two states apart; and the
// lattice's order, written down a second time, independently of join.

#ifndef THREAD_STOP_TEST_FLOW_TESTSTATES_H
#define THREAD_STOP_TEST_FLOW_TESTSTATES_H

#include "flow/State.h"

#include <algorithm>
#include <ostream>
#include <random>
#include <set>

namespace thread_stop::flow {

//===--- Text -------------------------------------------------------------===//

inline std::string textOf(const Mode &M) {
  return std::to_string(static_cast<int>(M.K)) + (M.On ? "+" : "-") +
         (M.Own ? "!" : "") + (M.OverOff ? "o" : "") + "s" +
         std::to_string(M.Site) + "p" + std::to_string(M.From);
}

/// Everything in a state, unlike PathState::dump.
inline std::string textOf(const PathState &S) {
  std::string Out;
  auto add = [&](const char *What, auto Number) {
    Out += std::string(What) + std::to_string(Number);
  };
  for (size_t W = 0; W < 2; ++W) {
    Out += " " + textOf(S.Modes[W]);
    for (SiteId L : S.Lost[W])
      add(" lost", L);
    add(" first", S.LostFirst[W]);
    if (S.EntryOn[W])
      add(" entry", *S.EntryOn[W]);
  }
  for (const Saved &V : S.Saves) {
    add(" save", V.Where);
    add("w", static_cast<int>(V.Which));
    add("by", V.By);
    Out += "=" + textOf(V.Held);
  }
  for (const HeldLock &L : S.Held) {
    add(" held", L.Lock);
    add("owner", L.Owner);
    add("by", L.By);
  }
  for (PlaceId P : S.GivenBack)
    add(" gave", P);
  for (uint32_t R : S.Cleanup)
    add(" push", R);
  add(" failed", S.LockFailed);
  add("/", S.ModeFailed);
  add(" prologue", S.Prologue);
  for (const Knowledge &K : S.Known) {
    add(" known", K.Term);
    add("signs", K.Signs);
    if (K.Value)
      add("=", *K.Value);
  }
  return Out;
}

/// A set's text does not depend on the order of its elements.
inline std::string textOf(const StateSet &S) {
  std::multiset<std::string> Each;
  for (const PathState &P : S.States)
    Each.insert(textOf(P));
  std::string Out = S.Overflow ? "overflow\n" : "\n";
  for (const std::string &Text : Each)
    Out += Text + "\n";
  return Out;
}

//===--- Order ------------------------------------------------------------===//

/// `A` says at least as much as `B`.
inline bool below(const Knowledge *A, const Knowledge &B) {
  return A && (A->Signs & ~B.Signs) == 0 && (!B.Value || A->Value == B.Value);
}

inline bool below(const Mode &A, const Mode &B) {
  return A == B || B.K == Mode::Kind::Unknown;
}

inline bool knowsMore(const PathState &A, const PathState &B) {
  return std::all_of(B.Known.begin(), B.Known.end(), [&](const Knowledge &K) {
    return below(A.known(K.Term), K);
  });
}

/// The same past but for modes that `B` does not know any more (then it does
/// not know what they lost either, nor what they had been on entry), and no
/// less knowledge of variables.
inline bool below(const PathState &A, const PathState &B) {
  PathState Like = A;
  for (size_t W = 0; W < 2; ++W) {
    if (!below(A.Modes[W], B.Modes[W]))
      return false;
    if (!B.EntryOn[W])
      Like.EntryOn[W].reset();
    if (A.Modes[W] == B.Modes[W])
      continue;
    if (!B.Lost[W].empty() || B.LostFirst[W])
      return false;
    Like.Modes[W] = B.Modes[W];
    Like.Lost[W].clear();
    Like.LostFirst[W] = false;
  }
  if (A.Saves.size() != B.Saves.size())
    return false;
  for (size_t I = 0; I < A.Saves.size(); ++I)
    if (below(A.Saves[I].Held, B.Saves[I].Held))
      Like.Saves[I].Held = B.Saves[I].Held;
  return Like.samePast(B) && knowsMore(A, B);
}

/// `Top` is what collapsing makes of sets with `A` in them.
inline bool belowTop(const PathState &A, const PathState &Top) {
  for (const HeldLock &L : Top.Held) {
    const HeldLock *Mine = A.held(L.Lock);
    if (!Mine || !(*Mine == L))
      return false;
  }
  return below(A.Modes[0], Top.Modes[0]) && below(A.Modes[1], Top.Modes[1]) &&
         A.Cleanup.size() >= Top.Cleanup.size() &&
         std::equal(Top.Cleanup.begin(), Top.Cleanup.end(),
                    A.Cleanup.begin()) &&
         (A.Prologue || !Top.Prologue) && knowsMore(A, Top);
}

inline bool below(const StateSet &A, const StateSet &B) {
  if (A.Overflow && !B.Overflow)
    return false;
  return std::all_of(A.States.begin(), A.States.end(), [&](const PathState &S) {
    return std::any_of(B.States.begin(), B.States.end(),
                       [&](const PathState &T) {
                         return below(S, T) || (B.Overflow && belowTop(S, T));
                       });
  });
}

//===--- Random states ----------------------------------------------------===//

/// All numbers come from one generator with a fixed seed and without the
/// standard distributions, whose results differ between libraries.
class RandomStates {
public:
  explicit RandomStates(unsigned Seed) : Engine(Seed) {}

  /// Places that the states speak of; sorted.
  std::vector<PlaceId> Variables{1, 2, 3};
  std::vector<PlaceId> Locks{4, 5, 6};
  std::vector<PlaceId> Owners{7};

  unsigned below(unsigned N) { return static_cast<unsigned>(Engine() % N); }
  bool coin() { return below(2) != 0; }
  PlaceId variable() { return Variables[below(Variables.size())]; }
  PlaceId lock() { return Locks[below(Locks.size())]; }
  ModeKind which() { return coin() ? ModeKind::State : ModeKind::Type; }

  Mode mode() {
    switch (below(6)) {
    case 0:
    case 1:
      return Mode::entry();
    case 2:
      return Mode::set(true, true, 1);
    case 3:
      return Mode::set(true, false, 2);
    case 4:
      return Mode::set(false, coin(), 3);
    default:
      return Mode::unknown();
    }
  }

  Knowledge knowledge(PlaceId Term) {
    Knowledge K;
    K.Term = Term;
    if (coin()) {
      K.Value = static_cast<int64_t>(below(5)) - 2;
      K.Signs = Knowledge::signOf(*K.Value);
    } else {
      K.Signs = static_cast<uint8_t>(1 + below(6));
      if (K.Signs == Knowledge::Zero)
        K.Value = 0;
    }
    return K;
  }

  PathState state() {
    PathState S;
    for (size_t W = 0; W < 2; ++W) {
      S.Modes[W] = mode();
      if (below(4) == 0) {
        S.Lost[W].push_back(3);
        S.LostFirst[W] = coin();
      }
    }
    if (coin())
      S.save({variable(), which(), mode(), 1 + below(3)});
    for (PlaceId L : Locks)
      if (below(3) == 0)
        S.hold({L, coin() ? NoPlace : Owners[0], 1 + below(2)});
    if (below(3) == 0)
      S.GivenBack.push_back(lock());
    for (uint32_t R = 0, N = below(3); R < N; ++R)
      S.Cleanup.push_back(R);
    S.LockFailed = below(4) == 0;
    S.ModeFailed = below(8) == 0;
    if (below(4) == 0)
      S.EntryOn[below(2)] = coin();
    S.Prologue = coin();
    know(S);
    return S;
  }

  /// Gives `S` other knowledge of variables.
  void know(PathState &S) {
    S.Known.clear();
    for (PlaceId V : Variables)
      if (coin())
        S.setKnown(knowledge(V));
  }

  /// Up to `Most` pasts, some of them equal but for what they know.
  StateSet set(unsigned Most) {
    StateSet Out;
    PathState S = state();
    for (unsigned I = 0, N = below(Most + 1); I < N; ++I) {
      if (coin())
        S = state();
      else
        know(S);
      Out.add(S);
    }
    return Out;
  }

private:
  std::mt19937 Engine;
};

inline std::ostream &operator<<(std::ostream &OS, const StateSet &S) {
  return OS << textOf(S);
}

} // namespace thread_stop::flow

#endif
