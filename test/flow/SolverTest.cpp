// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that the solver finds the fixpoint on graphs of every shape, leaves
// unreachable blocks alone, obeys edges that cannot be taken, needs a number of
// visits linear in the size of the graph, and gives up instead of hanging.

#include "flow/Solver.h"
#include "gtest/gtest.h"
#include <set>

namespace thread_stop::flow {
namespace {

/// The constants assigned on some way to a point.
struct Seen {
  std::set<int64_t> Values;

  bool join(const Seen &O) {
    size_t Before = Values.size();
    Values.insert(O.Values.begin(), O.Values.end());
    return Values.size() != Before;
  }
};

struct SeenAnalysis {
  Seen entry() const { return {{0}}; }
  void transfer(Seen &S, const Fact &F) const {
    if (const auto *A = std::get_if<AssignConstant>(&F))
      S.Values.insert(A->Value);
  }
  /// An edge can be taken once its value was assigned.
  void goBack(Seen &) const {}
  void unwind(Seen &) const {}
  bool assume(Seen &S, const Assumption &A) const {
    return S.Values.count(A.Value) != 0;
  }
};

/// Block I assigns I.
FlowGraph graph(uint32_t Blocks,
                std::initializer_list<std::pair<uint32_t, uint32_t>> Edges) {
  FlowGraph G;
  G.Blocks.resize(Blocks);
  for (uint32_t I = 0; I < Blocks; ++I)
    G.Blocks[I].Facts.push_back(AssignConstant{1, I});
  for (auto [From, To] : Edges)
    G.Blocks[From].Edges.push_back({To, {}});
  return G;
}

using Values = std::set<int64_t>;

Solution<Seen> solved(const FlowGraph &G) {
  SeenAnalysis A;
  Solution<Seen> S = solve<Seen>(G, A);
  EXPECT_TRUE(S.Converged);
  EXPECT_EQ(S.AtEntry.size(), G.Blocks.size());
  return S;
}

TEST(SolverTest, NoBlocks) {
  Solution<Seen> S = solved(FlowGraph());
  EXPECT_EQ(S.Visits, 0u);
}

TEST(SolverTest, OneBlock) {
  Solution<Seen> S = solved(graph(1, {}));
  EXPECT_EQ(S.AtEntry[0]->Values, Values({0}));
  EXPECT_EQ(S.Visits, 1u);
}

TEST(SolverTest, StraightLine) {
  Solution<Seen> S = solved(graph(4, {{0, 1}, {1, 2}, {2, 3}}));
  EXPECT_EQ(S.AtEntry[1]->Values, Values({0}));
  EXPECT_EQ(S.AtEntry[3]->Values, Values({0, 1, 2}));
  EXPECT_EQ(S.Visits, 4u);
}

TEST(SolverTest, EntryIsWhereTheGraphSays) {
  FlowGraph G = graph(3, {{2, 1}, {1, 0}});
  G.Entry = 2;
  Solution<Seen> S = solved(G);
  EXPECT_EQ(S.AtEntry[0]->Values, Values({0, 1, 2}));
}

TEST(SolverTest, Diamond) {
  Solution<Seen> S = solved(graph(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}}));
  EXPECT_EQ(S.AtEntry[3]->Values, Values({0, 1, 2}));
  // Both arms come before the block that joins them.
  EXPECT_EQ(S.Visits, 4u);
}

TEST(SolverTest, TwoEdgesBetweenTheSameBlocks) {
  Solution<Seen> S = solved(graph(2, {{0, 1}, {0, 1}}));
  EXPECT_EQ(S.AtEntry[1]->Values, Values({0}));
  EXPECT_EQ(S.Visits, 2u);
}

TEST(SolverTest, Loop) {
  Solution<Seen> S = solved(graph(4, {{0, 1}, {1, 2}, {2, 1}, {1, 3}}));
  EXPECT_EQ(S.AtEntry[1]->Values, Values({0, 1, 2}));
  EXPECT_EQ(S.AtEntry[3]->Values, Values({0, 1, 2}));
}

TEST(SolverTest, LoopToItself) {
  Solution<Seen> S = solved(graph(3, {{0, 1}, {1, 1}, {1, 2}}));
  EXPECT_EQ(S.AtEntry[1]->Values, Values({0, 1}));
}

TEST(SolverTest, LoopThroughTheEntry) {
  Solution<Seen> S = solved(graph(3, {{0, 1}, {1, 0}, {1, 2}}));
  EXPECT_EQ(S.AtEntry[0]->Values, Values({0, 1}));
}

TEST(SolverTest, NestedLoops) {
  // 1 heads the outer, 2 the middle, 3 the inner loop; 6 is behind all.
  Solution<Seen> S = solved(graph(7, {{0, 1},
                                      {1, 2},
                                      {2, 3},
                                      {3, 3},
                                      {3, 4},
                                      {4, 2},
                                      {2, 5},
                                      {5, 1},
                                      {1, 6}}));
  EXPECT_EQ(S.AtEntry[1]->Values, Values({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(S.AtEntry[3]->Values, Values({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(S.AtEntry[6]->Values, Values({0, 1, 2, 3, 4, 5}));
}

TEST(SolverTest, IrreducibleLoop) {
  // A goto into the loop: 1 and 2 both can be its head.
  Solution<Seen> S = solved(graph(4, {{0, 1}, {0, 2}, {1, 2}, {2, 1}, {1, 3}}));
  EXPECT_EQ(S.AtEntry[1]->Values, Values({0, 1, 2}));
  EXPECT_EQ(S.AtEntry[2]->Values, Values({0, 1, 2}));
  EXPECT_EQ(S.AtEntry[3]->Values, Values({0, 1, 2}));
}

TEST(SolverTest, UnreachableBlocksHaveNoState) {
  // 2 and 3 form a loop of their own that runs into reachable code.
  Solution<Seen> S = solved(graph(5, {{0, 1}, {2, 3}, {3, 2}, {3, 1}, {1, 4}}));
  EXPECT_FALSE(S.AtEntry[2].has_value());
  EXPECT_FALSE(S.AtEntry[3].has_value());
  EXPECT_EQ(S.AtEntry[1]->Values, Values({0}));
  EXPECT_EQ(S.AtEntry[4]->Values, Values({0, 1}));
}

TEST(SolverTest, ImpossibleEdgesAreNotTaken) {
  FlowGraph G = graph(4, {});
  G.Blocks[0].Edges = {{1, {1, Relation::EQ, 7}}, {2, {1, Relation::EQ, 0}}};
  G.Blocks[1].Edges = {{3, {}}};
  G.Blocks[2].Edges = {{3, {}}};
  Solution<Seen> S = solved(G);
  EXPECT_FALSE(S.AtEntry[1].has_value());
  EXPECT_EQ(S.AtEntry[3]->Values, Values({0, 2}));
}

TEST(SolverTest, EdgesBecomePossible) {
  // 1 -> 3 opens only when 2 has come round.
  FlowGraph G = graph(4, {{0, 1}, {1, 2}, {2, 1}});
  G.Blocks[1].Edges.push_back({3, {1, Relation::EQ, 2}});
  Solution<Seen> S = solved(G);
  ASSERT_TRUE(S.AtEntry[3].has_value());
  EXPECT_EQ(S.AtEntry[3]->Values, Values({0, 1, 2}));
}

//===--- Order ------------------------------------------------------------===//

TEST(SolverTest, ReversePostorder) {
  FlowGraph G = graph(6, {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4}, {4, 3}});
  std::vector<uint32_t> Order = reversePostorder(G);
  EXPECT_EQ(Order.size(), 5u); // not block 5
  std::vector<size_t> At(G.Blocks.size(), 99);
  for (size_t I = 0; I < Order.size(); ++I)
    At[Order[I]] = I;
  EXPECT_EQ(At[0], 0u);
  EXPECT_LT(At[1], At[3]);
  EXPECT_LT(At[2], At[3]);
  EXPECT_LT(At[3], At[4]);
  EXPECT_TRUE(reversePostorder(FlowGraph()).empty());
}

TEST(SolverTest, TheFirstEdgeComesFirst) {
  // A branch, and a loop with what follows it.
  EXPECT_EQ(reversePostorder(graph(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}})),
            (std::vector<uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(reversePostorder(graph(3, {{0, 1}, {0, 2}, {1, 0}})),
            (std::vector<uint32_t>{0, 1, 2}));
}

//===--- Limits -----------------------------------------------------------===//

/// A lattice without a top: each visit of a loop makes it bigger.
struct Endless {
  int64_t N = 0;
  bool join(const Endless &O) {
    bool Changed = O.N > N;
    N = std::max(N, O.N);
    return Changed;
  }
};

struct EndlessAnalysis {
  Endless entry() const { return {}; }
  void transfer(Endless &S, const Fact &) const { ++S.N; }
  void goBack(Endless &) const {}
  void unwind(Endless &) const {}
  bool assume(Endless &, const Assumption &) const { return true; }
};

TEST(SolverTest, EndlessGrowthIsGivenUp) {
  FlowGraph G = graph(3, {{0, 1}, {1, 1}, {1, 2}});
  EndlessAnalysis A;
  Solution<Endless> S = solve<Endless>(G, A);
  EXPECT_FALSE(S.Converged);
  EXPECT_LT(S.Visits, 1000u);
}

TEST(SolverTest, TheLimitIsTheCallers) {
  FlowGraph G = graph(100, {});
  for (uint32_t I = 0; I < 99; ++I)
    G.Blocks[I].Edges = {{I + 1, {}}, {0, {}}};
  EndlessAnalysis A;
  unsigned Few = solve<Endless>(G, A, 5).Visits;
  unsigned Many = solve<Endless>(G, A, 50).Visits;
  EXPECT_LT(Few, 5u * 100 + 300);
  EXPECT_GT(Many, Few);
}

//===--- Size -------------------------------------------------------------===//

/// A lattice of one bit for each of a few values, to keep large graphs quick.
struct Bits {
  uint64_t Mask = 0;
  bool join(const Bits &O) {
    uint64_t Before = Mask;
    Mask |= O.Mask;
    return Mask != Before;
  }
};

struct BitsAnalysis {
  Bits entry() const { return {}; }
  void transfer(Bits &S, const Fact &F) const {
    if (const auto *A = std::get_if<AssignConstant>(&F))
      S.Mask |= uint64_t(1) << (A->Value % 64);
  }
  void goBack(Bits &) const {}
  void unwind(Bits &) const {}
  bool assume(Bits &, const Assumption &) const { return true; }
};

constexpr uint32_t Large = 100000;

FlowGraph chain(uint32_t N) {
  FlowGraph G = graph(N, {});
  for (uint32_t I = 0; I + 1 < N; ++I)
    G.Blocks[I].Edges.push_back({I + 1, {}});
  return G;
}

TEST(SolverTest, LargeStraightLineTakesOneVisitPerBlock) {
  FlowGraph G = chain(Large);
  BitsAnalysis A;
  Solution<Bits> S = solve<Bits>(G, A);
  EXPECT_TRUE(S.Converged);
  EXPECT_EQ(S.Visits, Large);
  EXPECT_EQ(S.AtEntry[Large - 1]->Mask, ~uint64_t(0));
}

TEST(SolverTest, ManyDiamondsTakeOneVisitPerBlock) {
  FlowGraph G = graph(Large, {});
  for (uint32_t I = 0; I + 3 < Large; I += 3) {
    G.Blocks[I].Edges = {{I + 1, {}}, {I + 2, {}}};
    G.Blocks[I + 1].Edges = {{I + 3, {}}};
    G.Blocks[I + 2].Edges = {{I + 3, {}}};
  }
  BitsAnalysis A;
  Solution<Bits> S = solve<Bits>(G, A);
  EXPECT_TRUE(S.Converged);
  EXPECT_LE(S.Visits, Large);
  EXPECT_TRUE(S.AtEntry[99999].has_value());
}

TEST(SolverTest, ManyLoopsTakeFewVisitsPerBlock) {
  FlowGraph G = chain(Large);
  for (uint32_t I = 10; I < Large; I += 10)
    G.Blocks[I].Edges.push_back({I - 5, {}});
  G.Blocks[Large - 1].Edges.push_back({1, {}}); // and one around them all
  BitsAnalysis A;
  Solution<Bits> S = solve<Bits>(G, A);
  EXPECT_TRUE(S.Converged);
  EXPECT_LE(S.Visits, 4 * Large);
  EXPECT_EQ(S.AtEntry[1]->Mask, ~uint64_t(0));
}

TEST(SolverTest, LargeSwitch) {
  FlowGraph G = graph(Large, {});
  for (uint32_t I = 1; I + 1 < Large; ++I) {
    G.Blocks[0].Edges.push_back({I, {}});
    G.Blocks[I].Edges.push_back({Large - 1, {}});
  }
  BitsAnalysis A;
  Solution<Bits> S = solve<Bits>(G, A);
  EXPECT_TRUE(S.Converged);
  EXPECT_EQ(S.Visits, Large);
}

} // namespace
} // namespace thread_stop::flow
