// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Overflown sets: join says that it lost knowledge, leaves empty sets alone and
// is idempotent after a transfer. (Belongs to LatticeTest.cpp and
// TransferTest.cpp.)

#include "flow/TestStates.h"
#include "flow/TransferFixture.h"

namespace thread_stop::flow {
namespace {

StateSet top() {
  StateSet S;
  S.Overflow = true;
  S.States.emplace_back();
  S.States[0].Modes = {Mode::unknown(), Mode::unknown()};
  return S;
}

TEST(OverflowTest, LostKnowledgeIsAChange) {
  StateSet A = top(), B = top();
  A.States[0].setKnown({1, Knowledge::Positive, 1});
  B.States[0].setKnown({1, Knowledge::Positive, 2});
  const std::string Before = textOf(A);
  const bool Changed = A.join(B);
  EXPECT_EQ(Changed, textOf(A) != Before);
}

TEST(OverflowTest, NothingJoinedWithNothing) {
  StateSet A, B;
  B.Overflow = true; // what a call that never returns leaves of a top
  A.join(B);
  EXPECT_FALSE(A.join(B));
}

TEST(OverflowTest, IdempotentAfterATransfer) {
  StateSet A = top();
  A.States[0].mode(ModeKind::State) = Mode::set(true, true, 5);
  const StateSet B = A;
  EXPECT_FALSE(A.join(B));
  EXPECT_EQ(textOf(A), textOf(B));
}

class LoopAfterNoReturn : public TransferFixture {};

TEST_F(LoopAfterNoReturn, Converges) {
  Summaries[0]; // never returns
  FlowGraph G;
  G.Blocks.resize(4);
  // 0: more pasts than are kept, then a call that does not return; 1: a loop.
  for (SiteId I = 0; I < 6; ++I)
    G.Blocks[0].Facts.push_back(acquire(I, T.intern(global(100 + I)),
                                        T.intern(place(BaseKind::Value, I)),
                                        true));
  G.Blocks[0].Facts.push_back(call(50, 0));
  G.Blocks[0].Edges = {{1, {}}};
  G.Blocks[1].Edges = {{2, {}}, {3, {}}};
  G.Blocks[2].Edges = {{1, {}}};
  Solution<StateSet> S = solve<StateSet>(G, A);
  EXPECT_TRUE(S.Converged);
}

} // namespace
} // namespace thread_stop::flow
