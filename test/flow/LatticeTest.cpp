// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that StateSet::join is a least upper bound (idempotent, commutative,
// associative, above both, unchanged by what is below), that it says whether
// it changed something, that growth ends in one overflown state, and that
// PathState::learn neither excludes a possible value nor keeps an impossible
// one that signs can tell.

#include "flow/TestStates.h"
#include "gtest/gtest.h"
#include <limits>

namespace thread_stop::flow {
namespace {

constexpr unsigned Rounds = 2000;

StateSet joined(StateSet A, const StateSet &B) {
  A.join(B);
  return A;
}

//===--- Join, below the limit --------------------------------------------===//

TEST(JoinTest, BottomIsNeutral) {
  RandomStates R(1);
  for (unsigned I = 0; I < Rounds; ++I) {
    StateSet A = R.set(6), Before = A;
    EXPECT_FALSE(A.join(StateSet()));
    EXPECT_EQ(textOf(A), textOf(Before));
    EXPECT_EQ(textOf(joined(StateSet(), A)), textOf(A));
  }
}

TEST(JoinTest, Idempotent) {
  RandomStates R(2);
  for (unsigned I = 0; I < Rounds; ++I) {
    StateSet A = R.set(6), Before = A;
    EXPECT_FALSE(A.join(Before));
    EXPECT_EQ(textOf(A), textOf(Before));
  }
}

TEST(JoinTest, Commutative) {
  RandomStates R(3);
  for (unsigned I = 0; I < Rounds; ++I) {
    StateSet A = R.set(6), B = R.set(6);
    EXPECT_EQ(textOf(joined(A, B)), textOf(joined(B, A)));
  }
}

TEST(JoinTest, Associative) {
  RandomStates R(4);
  for (unsigned I = 0; I < Rounds; ++I) {
    StateSet A = R.set(6), B = R.set(6), C = R.set(6);
    EXPECT_EQ(textOf(joined(joined(A, B), C)), textOf(joined(A, joined(B, C))));
  }
}

TEST(JoinTest, IsAboveBoth) {
  RandomStates R(5);
  for (unsigned I = 0; I < Rounds; ++I) {
    StateSet A = R.set(6), B = R.set(6), J = joined(A, B);
    EXPECT_TRUE(below(A, J)) << A << "not below\n" << J;
    EXPECT_TRUE(below(B, J)) << B << "not below\n" << J;
    EXPECT_LE(J.States.size(), A.States.size() + B.States.size());
  }
}

TEST(JoinTest, SaysWhetherItChanged) {
  RandomStates R(6);
  unsigned Changes = 0;
  for (unsigned I = 0; I < Rounds; ++I) {
    StateSet A = R.set(4), B = R.set(2), J = A;
    bool Changed = J.join(B);
    EXPECT_EQ(Changed, textOf(J) != textOf(A)) << A << "joined with\n" << B;
    Changes += Changed;
    // B is below J now.
    EXPECT_FALSE(J.join(B));
    EXPECT_FALSE(J.join(A));
  }
  EXPECT_GT(Changes, 0u);
  EXPECT_LT(Changes, Rounds);
}

TEST(JoinTest, EqualPastsKeepWhatBothKnow) {
  PathState A, B;
  A.setKnown({1, Knowledge::Zero, 0});
  A.setKnown({2, Knowledge::Positive, 5});
  A.setKnown({3, Knowledge::Positive, 1});
  A.setKnown({4, Knowledge::Zero, 0});
  B.setKnown({1, Knowledge::Zero, 0});
  B.setKnown({2, Knowledge::Positive, 6});
  B.setKnown({3, Knowledge::Negative, -1});
  B.setKnown({5, Knowledge::Zero, 0});
  StateSet J = joined(StateSet(A), StateSet(B));
  ASSERT_EQ(J.States.size(), 1u);
  const PathState &S = J.States[0];
  ASSERT_EQ(S.Known.size(), 3u);
  EXPECT_EQ(*S.known(1), (Knowledge{1, Knowledge::Zero, 0}));
  EXPECT_EQ(*S.known(2), (Knowledge{2, Knowledge::Positive, std::nullopt}));
  EXPECT_EQ(
      *S.known(3),
      (Knowledge{3, Knowledge::Positive | Knowledge::Negative, std::nullopt}));
}

TEST(JoinTest, DifferentPastsAreKeptApart) {
  // One state for each part of a past.
  std::vector<PathState> Each(17);
  Each[1].Modes[0] = Mode::set(true, true, 1);
  Each[2].Modes[1] = Mode::set(true, true, 1);
  Each[3].Modes[0] = Mode::set(true, false, 1);
  Each[4].Modes[0] = Mode::set(false, true, 1);
  Each[5].Modes[0] = Mode::set(true, true, 2);
  Each[6].save({1, ModeKind::State, Mode::entry(), 1});
  Each[7].save({1, ModeKind::Type, Mode::entry(), 1});
  Each[8].hold({4, NoPlace, 1});
  Each[9].GivenBack = {4};
  Each[10].Cleanup = {0};
  Each[11].Lost[0] = {1};
  Each[12].LockFailed = true;
  Each[13].Prologue = false;
  Each[14].ModeFailed = true;
  Each[15].EntryOn[0] = false;
  Each[16].EntryOn[0] = true;
  StateSet All;
  for (const PathState &S : Each)
    EXPECT_TRUE(All.add(S));
  EXPECT_EQ(All.States.size(), Each.size());
  PathState First;
  First.Lost[0] = {1};
  First.LostFirst[0] = true;
  EXPECT_TRUE(All.add(First));
}

TEST(JoinTest, NormalizeMergesWhatBecameEqual) {
  StateSet S;
  PathState P;
  for (SiteId I = 0; I < 5; ++I) {
    P.Modes[0] = Mode::set(true, true, I);
    P.setKnown({1, Knowledge::Positive, 1 + I});
    S.add(P);
  }
  for (PathState &Each : S.States)
    Each.Modes[0] = Mode::entry();
  S.normalize();
  ASSERT_EQ(S.States.size(), 1u);
  EXPECT_FALSE(S.Overflow);
  EXPECT_EQ(*S.States[0].known(1),
            (Knowledge{1, Knowledge::Positive, std::nullopt}));
}

//===--- Overflow ---------------------------------------------------------===//

/// `Count` different pasts that all hold lock 4 and have pushed region 0.
StateSet many(unsigned Count, SiteId First = 0) {
  StateSet S;
  for (unsigned I = 0; I < Count; ++I) {
    PathState P;
    P.Modes[0] = Mode::set(true, true, First + I);
    P.Prologue = false;
    P.hold({4, NoPlace, 9});
    P.Cleanup = {0};
    if (I % 2) {
      P.hold({5, NoPlace, 9});
      P.Cleanup.push_back(1);
    }
    P.setKnown({1, Knowledge::Zero, 0});
    S.States.push_back(P);
  }
  return S;
}

TEST(OverflowTest, TheLimitItselfFits) {
  StateSet S;
  EXPECT_TRUE(S.join(many(StateSet::MaxStates)));
  EXPECT_FALSE(S.Overflow);
  EXPECT_EQ(S.States.size(), StateSet::MaxStates);
}

TEST(OverflowTest, OneMoreLeavesOneStateWithWhatAllShare) {
  StateSet S;
  EXPECT_TRUE(S.join(many(StateSet::MaxStates + 1)));
  EXPECT_TRUE(S.Overflow);
  ASSERT_EQ(S.States.size(), 1u);
  const PathState &Top = S.States[0];
  EXPECT_EQ(Top.Modes[0], Mode::unknown());
  EXPECT_EQ(Top.Modes[1], Mode::entry()); // all of them agree
  EXPECT_NE(Top.held(4), nullptr);
  EXPECT_EQ(Top.held(5), nullptr);
  EXPECT_EQ(Top.Cleanup, std::vector<uint32_t>{0});
  EXPECT_FALSE(Top.Prologue);
  EXPECT_TRUE(Top.Saves.empty());
  EXPECT_TRUE(Top.Lost[0].empty());
}

TEST(OverflowTest, ALockTakenInTwoPlacesIsNotShared) {
  StateSet A = many(StateSet::MaxStates), B = many(1, 1000);
  B.States[0].hold({4, NoPlace, 8});
  A.join(B);
  ASSERT_TRUE(A.Overflow);
  EXPECT_EQ(A.States[0].held(4), nullptr);
}

TEST(OverflowTest, NormalizeAppliesTheLimit) {
  StateSet S = many(StateSet::MaxStates + 1);
  S.normalize();
  EXPECT_TRUE(S.Overflow);
  EXPECT_EQ(S.States.size(), 1u);
}

TEST(OverflowTest, OverflowIsContagious) {
  StateSet Top = joined(StateSet(), many(StateSet::MaxStates + 1));
  StateSet S(PathState{});
  EXPECT_TRUE(S.join(Top));
  EXPECT_TRUE(S.Overflow);
  ASSERT_EQ(S.States.size(), 1u);
  EXPECT_EQ(S.States[0].held(4), nullptr);
  EXPECT_TRUE(S.States[0].Cleanup.empty());
}

TEST(OverflowTest, TheLawsHoldForTops) {
  RandomStates R(7);
  for (unsigned I = 0; I < 200; ++I) {
    StateSet A = joined(many(StateSet::MaxStates + 1), R.set(8));
    StateSet B = R.set(8), C = R.set(40);
    ASSERT_TRUE(A.Overflow);
    EXPECT_EQ(textOf(joined(A, B)), textOf(joined(B, A)));
    EXPECT_EQ(textOf(joined(joined(A, B), C)), textOf(joined(A, joined(B, C))));
    StateSet Before = A;
    EXPECT_FALSE(A.join(Before));
    EXPECT_EQ(textOf(A), textOf(Before));
    StateSet J = joined(A, B);
    EXPECT_TRUE(below(A, J));
    EXPECT_TRUE(below(B, J));
    EXPECT_FALSE(J.join(B));
  }
}

TEST(OverflowTest, AssociativeAcrossTheLimit) {
  RandomStates R(8);
  unsigned Overflows = 0;
  for (unsigned I = 0; I < 300; ++I) {
    StateSet A = R.set(40), B = R.set(40), C = R.set(40);
    StateSet Left = joined(joined(A, B), C), Right = joined(A, joined(B, C));
    EXPECT_EQ(textOf(Left), textOf(Right));
    EXPECT_EQ(textOf(joined(A, B)), textOf(joined(B, A)));
    Overflows += Left.Overflow;
  }
  EXPECT_GT(Overflows, 0u);
  EXPECT_LT(Overflows, 300u);
}

TEST(OverflowTest, GrowthEnds) {
  // However many different states arrive, only a bounded number changes the
  // set.
  for (unsigned Seed = 100; Seed < 120; ++Seed) {
    RandomStates R(Seed);
    StateSet S;
    unsigned Changes = 0;
    for (unsigned I = 0; I < 3000; ++I)
      Changes += S.join(R.set(3));
    EXPECT_TRUE(S.Overflow);
    EXPECT_EQ(S.States.size(), 1u);
    EXPECT_LE(Changes, 200u);
    std::string Before = textOf(S);
    for (unsigned I = 0; I < 100; ++I)
      EXPECT_FALSE(S.join(R.set(3)));
    EXPECT_EQ(textOf(S), Before);
  }
}

//===--- Knowledge --------------------------------------------------------===//

constexpr Relation Relations[] = {Relation::EQ, Relation::NE, Relation::LT,
                                  Relation::LE, Relation::GT, Relation::GE};

bool holds(int64_t V, const Assumption &A) {
  switch (A.Rel) {
  case Relation::EQ:
    return V == A.Value;
  case Relation::NE:
    return V != A.Value;
  case Relation::LT:
    return V < A.Value;
  case Relation::LE:
    return V <= A.Value;
  case Relation::GT:
    return V > A.Value;
  case Relation::GE:
    return V >= A.Value;
  }
  return false;
}

Assumption opposite(Assumption A) {
  constexpr Relation Opposite[] = {Relation::NE, Relation::EQ, Relation::GE,
                                   Relation::GT, Relation::LE, Relation::LT};
  A.Rel = Opposite[static_cast<size_t>(A.Rel)];
  return A;
}

std::vector<Assumption> assumptions() {
  std::vector<Assumption> All;
  for (Relation R : Relations)
    for (int64_t C = -3; C <= 3; ++C)
      All.push_back({1, R, C});
  return All;
}

bool admits(const PathState &S, int64_t V) {
  const Knowledge *K = S.known(1);
  return !K || ((K->Signs & Knowledge::signOf(V)) != 0 &&
                (!K->Value || *K->Value == V));
}

TEST(LearnTest, NoPossibleValueIsExcluded) {
  const std::vector<Assumption> All = assumptions();
  for (const Assumption &A : All)
    for (const Assumption &B : All)
      for (const Assumption &C : All) {
        PathState S;
        const bool Possible = S.learn(A) && S.learn(B) && S.learn(C);
        for (int64_t V = -5; V <= 5; ++V) {
          if (!holds(V, A) || !holds(V, B) || !holds(V, C))
            continue;
          ASSERT_TRUE(Possible) << V;
          ASSERT_TRUE(admits(S, V)) << V << " in" << textOf(S);
        }
      }
}

TEST(LearnTest, AConstantIsKeptOrRefused) {
  for (const Assumption &A : assumptions())
    for (int64_t V = -5; V <= 5; ++V) {
      PathState S;
      S.setKnown({1, Knowledge::signOf(V), V});
      EXPECT_EQ(S.learn(A), holds(V, A));
      if (holds(V, A)) {
        EXPECT_EQ(S.known(1)->Value, V);
      }
    }
}

/// Signs and single values are all that is kept, so the opposite is known to
/// be impossible only where these tell.
bool signsTell(const Assumption &A) {
  if (A.Rel == Relation::EQ)
    return true;
  for (int64_t V = 2; V <= 9; ++V)
    if (holds(-V, A) != holds(-1, A) || holds(V, A) != holds(1, A))
      return false;
  return true;
}

TEST(LearnTest, TheOppositeIsImpossible) {
  unsigned Told = 0;
  for (const Assumption &A : assumptions()) {
    PathState S;
    ASSERT_TRUE(S.learn(A));
    if (!signsTell(A))
      continue;
    ++Told;
    EXPECT_FALSE(S.learn(opposite(A)))
        << static_cast<int>(A.Rel) << " " << A.Value;
  }
  EXPECT_GE(Told, 7u + 5u);
}

TEST(LearnTest, ComparisonsWithZeroAreExact) {
  // What branches on the result of a lock call ask.
  for (Relation R1 : Relations)
    for (Relation R2 : Relations) {
      PathState S;
      const Assumption A{1, R1, 0}, B{1, R2, 0};
      bool Some = false;
      for (int64_t V = -2; V <= 2; ++V)
        Some |= holds(V, A) && holds(V, B);
      EXPECT_EQ(S.learn(A) && S.learn(B), Some);
    }
}

TEST(LearnTest, TermsAreIndependent) {
  PathState S;
  EXPECT_TRUE(S.learn({1, Relation::EQ, 0}));
  EXPECT_TRUE(S.learn({2, Relation::NE, 0}));
  EXPECT_FALSE(S.learn({1, Relation::NE, 0}));
  EXPECT_TRUE(S.learn({2, Relation::GT, 0}));
  EXPECT_FALSE(S.learn({2, Relation::LT, 0}));
}

TEST(LearnTest, ExtremeConstants) {
  constexpr int64_t Min = std::numeric_limits<int64_t>::min();
  constexpr int64_t Max = std::numeric_limits<int64_t>::max();
  for (int64_t V : {Min, Min + 1, Max - 1, Max})
    for (Relation R : Relations) {
      PathState S;
      const Assumption A{1, R, V};
      const bool Possible = S.learn(A);
      for (int64_t Each : {Min, Min + 1, int64_t(0), Max - 1, Max})
        if (holds(Each, A)) {
          EXPECT_TRUE(Possible && admits(S, Each));
        }
    }
}

} // namespace
} // namespace thread_stop::flow
