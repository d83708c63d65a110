// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that places have one id each, that a callee's places become the right
// ones of its caller, and that the questions about overlap (within, reads, may
// alias) err to the side that their users rely on.

#include "flow/TestPlaces.h"
#include "gtest/gtest.h"

namespace thread_stop::flow {
namespace {

class PlaceTest : public testing::Test {
protected:
  PlaceId with(PlaceId P, std::initializer_list<Step> Steps) {
    for (const Step &S : Steps)
      P = T.extend(P, S);
    return P;
  }

  PlaceTable T;
};

//===--- Interning --------------------------------------------------------===//

TEST_F(PlaceTest, EqualPlacesHaveOneId) {
  PlaceId A = T.intern(local(10));
  EXPECT_NE(A, NoPlace);
  EXPECT_EQ(T.intern(local(10)), A);
  EXPECT_EQ(with(A, {field(1), at(3)}), with(A, {field(1), at(3)}));
}

TEST_F(PlaceTest, DifferentPlacesHaveDifferentIds) {
  std::vector<PlaceId> Ids{
      T.intern(local(10)),
      T.intern(local(11)),
      T.intern(global(10)),
      T.intern(param(0, 10)),
      T.intern(param(1, 10)),
      T.intern(place(BaseKind::This, 0)),
      T.intern(place(BaseKind::Return, 10)),
      T.intern(place(BaseKind::Value, 10)),
      T.intern(place(BaseKind::Expression, 10)),
  };
  PlaceId L = Ids[0];
  for (Step S : {Deref, field(1), field(2), at(1), at(2), atVariable(1)})
    Ids.push_back(T.extend(L, S));
  Ids.push_back(with(L, {field(1), field(2)}));
  Ids.push_back(with(L, {field(2), field(1)}));
  for (size_t I = 0; I < Ids.size(); ++I)
    for (size_t J = 0; J < I; ++J)
      EXPECT_NE(Ids[I], Ids[J]) << I << " and " << J;
}

TEST_F(PlaceTest, IdsStayValidWhileTheTableGrows) {
  PlaceId First = T.intern(local(1));
  for (uintptr_t I = 2; I < 5000; ++I)
    T.intern(local(I));
  EXPECT_EQ(T[First].Base, 1u);
  EXPECT_EQ(T.intern(local(1)), First);
  EXPECT_EQ(T[T.intern(local(4999))].Base, 4999u);
}

//===--- Extending --------------------------------------------------------===//

TEST_F(PlaceTest, ExtendAppendsOneStep) {
  PlaceId P = T.intern(param(2, 7));
  PlaceId Q = with(P, {Deref, field(5)});
  EXPECT_EQ(T[Q].Kind, BaseKind::Param);
  EXPECT_EQ(T[Q].Index, 2u);
  EXPECT_EQ(T[Q].Base, 7u);
  ASSERT_EQ(T[Q].Path.size(), 2u);
  EXPECT_EQ(T[Q].Path[0], Deref);
  EXPECT_EQ(T[Q].Path[1], field(5));
  EXPECT_TRUE(T[P].Path.empty());
}

TEST_F(PlaceTest, NoPlaceStaysNoPlace) {
  EXPECT_EQ(T.extend(NoPlace, Deref), NoPlace);
  EXPECT_EQ(T.extend(NoPlace, field(1)), NoPlace);
}

TEST_F(PlaceTest, LongPathsAreGivenUpForGood) {
  PlaceId P = T.intern(local(1));
  unsigned Steps = 0;
  while (P != NoPlace && Steps < 1000) {
    P = T.extend(P, field(1));
    ++Steps;
  }
  // p->next->next->next must be possible, an endless chain must not.
  EXPECT_GT(Steps, 6u);
  EXPECT_LT(Steps, 100u);
  EXPECT_EQ(T.extend(P, field(1)), NoPlace);
}

TEST_F(PlaceTest, RebaseObeysThePathLimit) {
  PlaceId Inner = T.intern(param(0, 1)), Outer = T.intern(local(2));
  for (int I = 0; I < 8; ++I) {
    Inner = T.extend(Inner, Deref);
    Outer = T.extend(Outer, field(3));
  }
  ASSERT_NE(Inner, NoPlace);
  ASSERT_NE(Outer, NoPlace);
  EXPECT_EQ(T.rebase(Inner, {Outer, false}), NoPlace);
}

//===--- From callee to caller --------------------------------------------===//

TEST_F(PlaceTest, RebaseThroughAnAddress) {
  // void f(int *p) { *p; p->m; }   f(&x);
  PlaceId P = T.intern(param(0, 1)), X = T.intern(local(2));
  EXPECT_EQ(T.rebase(with(P, {Deref}), {X, true}), X);
  EXPECT_EQ(T.rebase(with(P, {Deref, field(9)}), {X, true}),
            with(X, {field(9)}));
  EXPECT_EQ(T.rebase(with(P, {Deref, Deref}), {X, true}), with(X, {Deref}));
}

TEST_F(PlaceTest, RebaseOfTheAddressItselfNamesNothing) {
  // The value of p is &x; no place holds it.
  PlaceId P = T.intern(param(0, 1)), X = T.intern(local(2));
  EXPECT_EQ(T.rebase(P, {X, true}), NoPlace);
  EXPECT_EQ(T.rebase(with(P, {field(1)}), {X, true}), NoPlace);
  // p[1] is whatever lies behind x.
  EXPECT_EQ(T.rebase(with(P, {at(1)}), {X, true}), NoPlace);
}

TEST_F(PlaceTest, RebaseThroughAValue) {
  // void f(T *p) { p; *p; p->m; }   f(q);
  PlaceId P = T.intern(param(0, 1)), Q = T.intern(local(2));
  EXPECT_EQ(T.rebase(P, {Q, false}), Q);
  EXPECT_EQ(T.rebase(with(P, {Deref}), {Q, false}), with(Q, {Deref}));
  EXPECT_EQ(T.rebase(with(P, {Deref, field(9)}), {Q, false}),
            with(Q, {Deref, field(9)}));
}

TEST_F(PlaceTest, RebaseKeepsThePathOfTheTarget) {
  // f(&s->lock)
  PlaceId P = T.intern(param(0, 1));
  PlaceId Lock = with(T.intern(local(2)), {Deref, field(3)});
  EXPECT_EQ(T.rebase(with(P, {Deref}), {Lock, true}), Lock);
  EXPECT_EQ(T.rebase(with(P, {Deref, field(4)}), {Lock, true}),
            with(Lock, {field(4)}));
}

TEST_F(PlaceTest, RebaseOfNothing) {
  PlaceId P = T.intern(param(0, 1));
  EXPECT_EQ(T.rebase(NoPlace, {P, false}), NoPlace);
  EXPECT_EQ(T.rebase(P, {NoPlace, false}), NoPlace);
  EXPECT_EQ(T.rebase(with(P, {Deref}), {NoPlace, true}), NoPlace);
}

TEST_F(PlaceTest, RebaseSurvivesTheGrowthOfTheTable) {
  // Each result is new, so the table moves while its entries are read.
  PlaceId P = with(T.intern(param(0, 1)), {Deref, field(2), field(3)});
  for (uintptr_t I = 100; I < 400; ++I) {
    PlaceId R = T.rebase(P, {T.intern(local(I)), true});
    ASSERT_EQ(T[R].Base, I);
    ASSERT_EQ(T[R].Path, (std::vector<Step>{field(2), field(3)}));
  }
}

//===--- Overlap ----------------------------------------------------------===//

TEST_F(PlaceTest, IsWithin) {
  PlaceId S = T.intern(local(1));
  PlaceId F = with(S, {field(2)}), G = with(S, {field(3)});
  PlaceId Deep = with(F, {at(0), Deref});
  EXPECT_TRUE(T.isWithin(S, S));
  EXPECT_TRUE(T.isWithin(F, S));
  EXPECT_TRUE(T.isWithin(Deep, S));
  EXPECT_TRUE(T.isWithin(Deep, F));
  EXPECT_FALSE(T.isWithin(S, F));
  EXPECT_FALSE(T.isWithin(F, G));
  EXPECT_FALSE(T.isWithin(Deep, G));
  EXPECT_FALSE(T.isWithin(F, T.intern(local(9))));
  EXPECT_FALSE(T.isWithin(T.intern(param(1, 1)), T.intern(param(0, 1))));
  EXPECT_FALSE(T.isWithin(T.intern(global(1)), S));
}

TEST_F(PlaceTest, NothingIsWithinNoPlace) {
  PlaceId S = T.intern(local(1));
  EXPECT_FALSE(T.isWithin(S, NoPlace));
  EXPECT_FALSE(T.isWithin(NoPlace, S));
  EXPECT_FALSE(T.isWithin(NoPlace, NoPlace));
}

TEST_F(PlaceTest, ReadsVariable) {
  PlaceId P = with(T.intern(local(1)), {Deref, field(2)});
  EXPECT_TRUE(T.readsVariable(T.intern(local(1)), 1));
  EXPECT_TRUE(T.readsVariable(P, 1));
  // The 2 is a field's identity, not a variable's.
  EXPECT_FALSE(T.readsVariable(P, 2));
  PlaceId Element = with(T.intern(global(5)), {atVariable(6), field(7)});
  EXPECT_TRUE(T.readsVariable(Element, 5));
  EXPECT_TRUE(T.readsVariable(Element, 6));
  EXPECT_FALSE(T.readsVariable(Element, 7));
  EXPECT_FALSE(T.readsVariable(with(T.intern(global(5)), {at(6)}), 6));
}

TEST_F(PlaceTest, ExpressionsReadWhatTheyName) {
  Place E = place(BaseKind::Expression, 0x1234);
  E.Reads = {3, 4};
  PlaceId X = T.intern(E);
  EXPECT_TRUE(T.readsVariable(X, 3));
  EXPECT_TRUE(T.readsVariable(X, 4));
  EXPECT_FALSE(T.readsVariable(X, 5));
  // The hash of an expression is no variable.
  EXPECT_FALSE(T.readsVariable(X, 0x1234));
  EXPECT_TRUE(T.readsVariable(T.extend(X, field(1)), 4));
}

TEST_F(PlaceTest, MayAlias) {
  PlaceId X = T.intern(local(1)), Y = T.intern(global(2));
  PlaceId P = with(T.intern(local(3)), {Deref});
  PlaceId Q = with(T.intern(local(4)), {Deref});
  // Named storage is apart from other named storage.
  EXPECT_FALSE(T.mayAlias(X, Y));
  EXPECT_FALSE(T.mayAlias(with(X, {field(1)}), with(X, {field(2)})));
  EXPECT_FALSE(T.mayAlias(with(X, {at(0)}), with(X, {at(1)})));
  // A pointer may lead to anything.
  EXPECT_TRUE(T.mayAlias(P, X));
  EXPECT_TRUE(T.mayAlias(P, Q));
  EXPECT_TRUE(T.mayAlias(P, with(X, {field(5)})));
  // An unknown index may be any.
  EXPECT_TRUE(T.mayAlias(with(X, {at(0)}), with(X, {atVariable(9)})));
  // Of two objects, the same field may be meant, different ones not.
  EXPECT_TRUE(T.mayAlias(with(P, {field(5)}), with(Q, {field(5)})));
  EXPECT_TRUE(T.mayAlias(with(P, {field(5)}), with(X, {field(5)})));
  EXPECT_FALSE(T.mayAlias(with(P, {field(5)}), with(Q, {field(6)})));
  EXPECT_FALSE(T.mayAlias(with(P, {field(5)}), with(P, {field(6)})));
  // A field that holds a pointer says nothing about what that points to.
  EXPECT_TRUE(T.mayAlias(with(P, {field(5), Deref}), with(Q, {field(6)})));
  // What a call returns may point anywhere.
  EXPECT_TRUE(T.mayAlias(T.intern(place(BaseKind::Value, 8)), X));
  EXPECT_TRUE(T.mayAlias(T.intern(place(BaseKind::Expression, 8)), X));
}

TEST_F(PlaceTest, MayAliasIsReflexiveAndSymmetric) {
  std::vector<PlaceId> All{NoPlace, T.intern(local(1)), T.intern(global(2)),
                           T.intern(place(BaseKind::Value, 3)),
                           T.intern(place(BaseKind::Expression, 4))};
  for (size_t I = 1, N = All.size(); I < N; ++I)
    for (Step S : {Deref, field(1), field(2), at(0), atVariable(1)}) {
      All.push_back(T.extend(All[I], S));
      All.push_back(with(All[I], {S, field(1)}));
      All.push_back(with(All[I], {S, Deref}));
    }
  for (PlaceId A : All) {
    EXPECT_TRUE(T.mayAlias(A, A));
    EXPECT_TRUE(T.mayAlias(A, NoPlace));
    for (PlaceId B : All)
      EXPECT_EQ(T.mayAlias(A, B), T.mayAlias(B, A)) << A << " and " << B;
  }
}

} // namespace
} // namespace thread_stop::flow
