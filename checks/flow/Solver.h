// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forward worklist solver. It knows neither the AST nor what the facts mean.
//
// A lattice type L needs
//   bool join(const L &)   least upper bound; true if *this changed
// and an analysis A needs
//   L entry()                                state at the function's entry
//   void transfer(L &, const Fact &)         in place
//   bool assume(L &, const Assumption &)     false if the edge is impossible
//   void unwind(L &)                         the edge is an exception's
//   void goBack(L &)                         the edge closes a loop

#ifndef THREAD_STOP_CHECKS_FLOW_SOLVER_H
#define THREAD_STOP_CHECKS_FLOW_SOLVER_H

#include "flow/Facts.h"

#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <optional>
#include <queue>
#include <vector>

namespace thread_stop::flow {

/// Blocks in reverse postorder from the entry; unreachable ones are absent. Of
/// two that come in any order, the one on the first edge comes first, as in the
/// source: then before else, a loop before what follows it.
inline std::vector<uint32_t> reversePostorder(const FlowGraph &G) {
  std::vector<uint32_t> Order;
  if (G.Blocks.empty())
    return Order;
  Order.reserve(G.Blocks.size());
  std::vector<uint8_t> Seen(G.Blocks.size());
  llvm::SmallVector<std::pair<uint32_t, size_t>, 32> Stack{{G.Entry, 0}};
  Seen[G.Entry] = 1;
  while (!Stack.empty()) {
    auto &[B, Done] = Stack.back();
    const size_t Count = G.Blocks[B].Edges.size();
    if (Done == Count) {
      Order.push_back(B);
      Stack.pop_back();
      continue;
    }
    uint32_t To = G.Blocks[B].Edges[Count - ++Done].To;
    if (!Seen[To]) {
      Seen[To] = 1;
      Stack.push_back({To, 0});
    }
  }
  std::reverse(Order.begin(), Order.end());
  return Order;
}

/// The fixpoint: the state at the start of every reached block.
template <class L> struct Solution {
  std::vector<std::optional<L>> AtEntry;
  /// False if the visit limit was hit; AtEntry must then not be used.
  bool Converged = true;
  /// How many block visits it took.
  unsigned Visits = 0;
};

/// Solves `G`. A block is visited at most `VisitsPerBlock` times on average;
/// past that the result says that it did not converge.
template <class L, class A>
Solution<L> solve(const FlowGraph &G, A &Analysis,
                  unsigned VisitsPerBlock = 40) {
  Solution<L> S;
  S.AtEntry.resize(G.Blocks.size());
  std::vector<uint32_t> Order = reversePostorder(G);
  if (Order.empty())
    return S;

  std::vector<uint32_t> Position(G.Blocks.size(), 0);
  for (uint32_t I = 0; I < Order.size(); ++I)
    Position[Order[I]] = I;

  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> Work;
  std::vector<uint8_t> Queued(Order.size());
  S.AtEntry[G.Entry] = Analysis.entry();
  Work.push(Position[G.Entry]);
  const size_t Limit = size_t(VisitsPerBlock) * Order.size() + 200;

  while (!Work.empty()) {
    uint32_t At = Work.top();
    Work.pop();
    Queued[At] = 0;
    if (++S.Visits > Limit) {
      S.Converged = false;
      return S;
    }
    const Block &B = G.Blocks[Order[At]];
    L State = *S.AtEntry[Order[At]];
    for (const Fact &F : B.Facts)
      Analysis.transfer(State, F);
    for (const Edge &E : B.Edges) {
      L Out = &E == &B.Edges.back() ? std::move(State) : State;
      if (E.Back)
        Analysis.goBack(Out);
      if (E.Exception)
        Analysis.unwind(Out);
      if (E.Proves.Term != NoPlace && !Analysis.assume(Out, E.Proves))
        continue;
      bool Possible = true;
      for (const Assumption &Also : E.AlsoProves)
        Possible = Possible && Analysis.assume(Out, Also);
      if (!Possible)
        continue;
      std::optional<L> &Target = S.AtEntry[E.To];
      bool Changed = true;
      if (!Target)
        Target = std::move(Out);
      else
        Changed = Target->join(Out);
      if (Changed && !Queued[Position[E.To]]) {
        Queued[Position[E.To]] = 1;
        Work.push(Position[E.To]);
      }
    }
  }
  return S;
}

} // namespace thread_stop::flow

#endif
