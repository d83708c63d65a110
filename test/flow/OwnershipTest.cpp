// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves who owns a resource after each fact: failure branches, copies, what is
// stored elsewhere or handed over, and what a callee acquires or takes.

#include "flow/TransferFixture.h"

namespace thread_stop::flow {
namespace {

constexpr uint8_t Memory = 0, Descriptor = 1;

class OwnershipTest : public TransferFixture {
protected:
  const PlaceId P = T.intern(local(10)), Q = T.intern(local(11));
  const PlaceId Global = T.intern(global(12));
  const PlaceId Param0 = T.intern(param(0, 20));

  static Obtain obtain(SiteId Site, PlaceId Where, uint8_t Kind = Memory,
                       uint8_t Failure = Knowledge::Zero) {
    Obtain F;
    F.Site = Site;
    F.Where = Where;
    F.Kind = Kind;
    F.FailureSigns = Failure;
    return F;
  }
  static CopyPlace copy(PlaceId To, PlaceId From, bool Adds = false) {
    return {To, From, Adds};
  }
  bool ownedAfter(const std::vector<Fact> &Facts, SiteId By = 1) {
    return only(Facts).mayOwn(By);
  }
};

TEST_F(OwnershipTest, ALocalOwnsWhatItGets) {
  EXPECT_FALSE(ownedAfter({}));
  EXPECT_TRUE(ownedAfter({obtain(1, P)}));
  EXPECT_FALSE(ownedAfter({obtain(1, Global)}));
  EXPECT_FALSE(ownedAfter({obtain(1, T.extend(P, Deref))}));
}

TEST_F(OwnershipTest, NothingIsOwnedWhereTheCallFailed) {
  StateSet Null = where(run({obtain(1, P)}), P, Relation::EQ);
  StateSet Some = where(run({obtain(1, P)}), P, Relation::NE);
  ASSERT_EQ(Null.States.size(), 1u);
  ASSERT_EQ(Some.States.size(), 1u);
  EXPECT_FALSE(Null.States[0].mayOwn(1));
  EXPECT_TRUE(Some.States[0].mayOwn(1));
}

TEST_F(OwnershipTest, DescriptorsFailNegative) {
  const std::vector<Fact> Open{obtain(1, P, Descriptor, Knowledge::Negative)};
  for (auto [Rel, Value, Owned] :
       {std::tuple(Relation::LT, 0, false), std::tuple(Relation::EQ, -1, false),
        std::tuple(Relation::GE, 0, true), std::tuple(Relation::EQ, 0, true),
        std::tuple(Relation::NE, -1, true)}) {
    StateSet S = where(run(Open), P, Rel, Value);
    ASSERT_EQ(S.States.size(), 1u);
    EXPECT_EQ(S.States[0].mayOwn(1), Owned) << Value;
  }
}

TEST_F(OwnershipTest, AResultBesideTheResource) {
  // rc = getaddrinfo(..., &p): p holds something where rc is zero.
  Obtain F = obtain(1, P);
  F.FailureSigns = 0;
  F.Result = Rc;
  F.ResultFailure = Knowledge::Negative | Knowledge::Positive;
  StateSet Good = where(run({F}), Rc, Relation::EQ);
  StateSet Bad = where(run({F}), Rc, Relation::NE);
  ASSERT_EQ(Good.States.size(), 1u);
  ASSERT_EQ(Bad.States.size(), 1u);
  EXPECT_TRUE(Good.States[0].mayOwn(1));
  EXPECT_FALSE(Bad.States[0].mayOwn(1));
}

TEST_F(OwnershipTest, ReleasedOrHandedOver) {
  EXPECT_FALSE(ownedAfter({obtain(1, P), Disown{P, false, true}}));
  EXPECT_TRUE(ownedAfter({obtain(1, P), Disown{Q, false, true}}));
  // What is stored in a part of an object goes with the whole of it only.
  const PlaceId Part = T.extend(P, field(7));
  EXPECT_TRUE(ownedAfter({obtain(1, Part), Disown{P, false, false}}));
  EXPECT_FALSE(ownedAfter({obtain(1, Part), Disown{P, true, false}}));
}

TEST_F(OwnershipTest, CopiesNameTheSameResource) {
  EXPECT_TRUE(ownedAfter({obtain(1, P), copy(Q, P)}));
  EXPECT_FALSE(ownedAfter({obtain(1, P), copy(Q, P), Disown{Q, false, true}}));
  // The first name may get another value.
  EXPECT_TRUE(ownedAfter({obtain(1, P), copy(Q, P), AssignConstant{P, 0}}));
  EXPECT_FALSE(ownedAfter({obtain(1, P), copy(Q, P), AssignConstant{P, 0},
                           Disown{Q, false, true}}));
}

TEST_F(OwnershipTest, StoredWhereOthersFindIt) {
  EXPECT_FALSE(ownedAfter({obtain(1, P), copy(Global, P)}));
  EXPECT_FALSE(ownedAfter({obtain(1, P), copy(T.extend(Global, field(3)), P)}));
  EXPECT_FALSE(ownedAfter({obtain(1, P), copy(T.extend(Q, Deref), P)}));
  EXPECT_FALSE(ownedAfter({obtain(1, P), copy(NoPlace, P)}));
  // p->self = p publishes nothing.
  EXPECT_TRUE(ownedAfter(
      {obtain(1, P), copy(T.extend(T.extend(P, Deref), field(3)), P)}));
}

TEST_F(OwnershipTest, AcquiredAgainInALoop) {
  // The first one is lost or somebody else's; there is one per call.
  const PathState S = only({obtain(1, P), obtain(1, P)});
  EXPECT_EQ(S.Resources.size(), 1u);
  EXPECT_FALSE(ownedAfter(
      {obtain(1, P), copy(Q, P), obtain(1, P), Disown{P, false, true}}));
}

TEST_F(OwnershipTest, TwoPastsAreKeptApart) {
  StateSet S = run({obtain(1, P)});
  S.join(run({}));
  ASSERT_EQ(S.States.size(), 2u);
  EXPECT_NE(S.States[0].mayOwn(1), S.States[1].mayOwn(1));
}

//===--- Calls ------------------------------------------------------------===//

TEST_F(OwnershipTest, ACalleeAcquires) {
  Summaries[0].Outcomes.emplace_back().Obtains =
      Obtained{Memory, Knowledge::Zero};
  const std::vector<Fact> Facts{call(5, 0, {}, Rc), copy(P, Rc)};
  EXPECT_TRUE(ownedAfter(Facts, 5));
  StateSet Null = where(run(Facts), Rc, Relation::EQ);
  for (const PathState &S : Null.States)
    EXPECT_FALSE(S.mayOwn(5));
}

TEST_F(OwnershipTest, ACalleeTakesItsArgument) {
  Summaries[0].Outcomes.emplace_back();
  Summaries[0].Disowns = {Param0};
  EXPECT_FALSE(ownedAfter({obtain(1, P), call(5, 0, {{P, false}})}));
  EXPECT_TRUE(ownedAfter({obtain(1, P), call(5, 0, {{Q, false}})}));
  // &p is kept: and so is what p holds.
  EXPECT_FALSE(ownedAfter({obtain(1, P), call(5, 0, {{P, true}})}));
}

TEST_F(OwnershipTest, ACalleeReleasesThroughAPointer) {
  // void drop(char **s) { free(*s); }   drop(&p);
  Summaries[0].Outcomes.emplace_back();
  Summaries[0].Disowns = {T.extend(Param0, Deref)};
  EXPECT_FALSE(ownedAfter({obtain(1, P), call(5, 0, {{P, true}})}));
}

TEST_F(OwnershipTest, SummaryOfWhatIsTaken) {
  FlowGraph G;
  G.Blocks.resize(1);
  // q = param; free(q);
  G.Blocks[0].Facts = {copy(Q, Param0), Disown{Q, false, true}};
  Summary S;
  addDisowned(S, G, T, *this);
  EXPECT_EQ(S.Disowns, std::vector<PlaceId>{Param0});
  // What is the function's own is nobody else's business.
  G.Blocks[0].Facts = {obtain(1, P), Disown{P, false, true}};
  Summary Own;
  addDisowned(Own, G, T, *this);
  EXPECT_TRUE(Own.Disowns.empty());
}

TEST_F(OwnershipTest, SummaryThroughAnotherCall) {
  Summaries[0].Outcomes.emplace_back();
  Summaries[0].Disowns = {Param0};
  const PlaceId Outer = T.intern(param(1, 30));
  FlowGraph G;
  G.Blocks.resize(1);
  G.Blocks[0].Facts = {call(1, 0, {{Outer, false}})};
  Summary S;
  addDisowned(S, G, T, *this);
  EXPECT_EQ(S.Disowns, std::vector<PlaceId>{Outer});
}

//===--- Threads ----------------------------------------------------------===//

ThreadOp threadOp(SiteId Site, ThreadDeed Deed, PlaceId Handle) {
  ThreadOp F;
  F.Site = Site;
  F.Deed = Deed;
  F.Handle = Handle;
  return F;
}

TEST_F(OwnershipTest, WhatWasDoneToAThread) {
  PathState S = only({threadOp(1, ThreadDeed::Create, P),
                      threadOp(2, ThreadDeed::Request, P),
                      threadOp(3, ThreadDeed::Join, P)});
  ASSERT_NE(S.handle(P), nullptr);
  EXPECT_EQ(S.handle(P)->Last, ThreadDeed::Join);
  EXPECT_EQ(S.handle(P)->By, 3u);
  EXPECT_EQ(S.handle(Q), nullptr);
}

TEST_F(OwnershipTest, ANewThreadHasNoPast) {
  PathState S = only(
      {threadOp(1, ThreadDeed::Join, P), threadOp(2, ThreadDeed::Create, P)});
  EXPECT_EQ(S.handle(P), nullptr);
}

TEST_F(OwnershipTest, AJoinThatFailedIsNone) {
  ThreadOp Join = threadOp(1, ThreadDeed::Join, P);
  Join.Result = Rc;
  StateSet Failed = where(run({Join}), Rc, Relation::NE);
  StateSet Done = where(run({Join}), Rc, Relation::EQ);
  ASSERT_EQ(Failed.States.size(), 1u);
  ASSERT_EQ(Done.States.size(), 1u);
  EXPECT_EQ(Failed.States[0].handle(P), nullptr);
  EXPECT_NE(Done.States[0].handle(P), nullptr);
}

} // namespace
} // namespace thread_stop::flow
