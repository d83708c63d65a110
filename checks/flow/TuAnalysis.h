// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The analysis of one translation unit, shared by all checks: index, facts,
// solutions, summaries, findings. Nothing happens before the first question.

#ifndef THREAD_STOP_CHECKS_FLOW_TUANALYSIS_H
#define THREAD_STOP_CHECKS_FLOW_TUANALYSIS_H

#include "flow/CancelAnalysis.h"
#include "flow/Cancellable.h"
#include "flow/CleanupExpansions.h"
#include "flow/FactsGenerator.h"
#include "flow/Finding.h"
#include "flow/FunctionFlow.h"
#include "flow/FunctionIndex.h"
#include "llvm/ADT/DenseMap.h"
#include <algorithm>
#include <array>
#include <memory>

namespace thread_stop::flow {

/// See TuPairs.cpp.
enum class Kept : uint8_t;

class Signals;
class StopFlags;

class TuAnalysis final : public SummarySource {
public:
  TuAnalysis(const clang::ASTContext &Ctx, Options Opts,
             CleanupExpansions Expansions);
  ~TuAnalysis() override;

  /// All findings, sorted by position, at most one per check and place.
  const std::vector<Finding> &findings();

  // For the diagnosers.
  const clang::ASTContext &context() const { return Ctx; }
  const FunctionIndex &index() const { return Index; }
  ApiResolver &apis() { return Apis; }
  PlaceTable &places() { return Places; }
  const CleanupExpansions &expansions() const { return Expansions; }
  const Options &options() const { return Opts; }
  const Summary &summaryOf(FunctionId F) const override;

  /// The flow of a function: solved if its states matter, else at least its
  /// graph (for reachability). Null without a body.
  const FunctionFlow *flow(FunctionId F);

  /// The state or type that every caller is known to have at the function's
  /// entry, where all callers are known.
  std::optional<bool> entryMode(FunctionId F, ModeKind W) const;
  /// The thread belongs to this function: a start routine, main.
  bool ownsThread(FunctionId F) const;
  /// Whether a cancel can act in the function: a thread that runs it is
  /// cancelled, as far as this file shows, or an option of `K` says so.
  bool isCancellable(FunctionId F, CheckKind K) const {
    return Gate.isCancellable(F) || Opts.gated(K).AssumeCancellable;
  }
  const Cancellable &gate() const { return Gate; }
  /// Made when first asked for.
  Signals &signals();
  StopFlags &flags();
  const Threads &threads();
  /// Enabled on every path, as far as that is known, and never by chance.
  bool isEnabled(const PathState &S, FunctionId F) const;

  /// Called only at the beginning of functions that own their thread.
  bool isPrologueOf(FunctionId F) const;

  /// Whether `P` is a field or global that the translation unit saves the
  /// other kind in, and never this one.
  bool holdsOtherKind(PlaceId P, ModeKind W) const;

  /// The compiler has reported errors: what is missing from the AST is not
  /// known, so the flow says nothing.
  bool isBroken() const { return Broken; }

  /// Calls `Visit(states before, fact)` for each fact of a solved function,
  /// earlier ones first.
  template <class V> void forEachFact(const FunctionFlow &F, V Visit) {
    forEachFact(
        F, [](const Fact &) { return true; }, Visit);
  }
  /// Calls `Visit(states before, fact)` for each fact of a solved function that
  /// is `Wanted`. Only blocks that have one are looked at.
  template <class P, class V>
  void forEachFact(const FunctionFlow &F, P Wanted, V Visit);
  /// Calls `Visit(states, site)` for each way out of a solved function.
  template <class V> void forEachExit(const FunctionFlow &F, V Visit);

private:
  void run();
  void solveAll();
  bool isFollowed(const std::vector<FunctionId> &C) const;
  void solveCallersOf(const std::vector<FunctionId> &Changed);
  void solveComponent(const std::vector<FunctionId> &C);
  void solveRecursion(const std::vector<FunctionId> &C);
  bool solveFunction(FunctionId F);
  bool solveAgain(const std::vector<FunctionId> &C);
  Summary summarize(const FunctionFlow &F);
  void findPairs();
  bool findPairsOnce();
  void collectStorage();
  void matchHalves(const std::vector<FunctionId> &On,
                   const std::vector<FunctionId> &Back, ModeKind W,
                   llvm::function_ref<void(FunctionId)> Mark);
  uintptr_t storageKey(PlaceId P) const;
  std::vector<uintptr_t> restoresFrom(FunctionId F, ModeKind W) const;
  Kept keptBy(FunctionId F, ModeKind W) const;
  bool restoredAsOtherKind(FunctionId F, ModeKind W) const;
  void findEntryModes();
  void findInside(const FunctionFlow &F, Summary &S);
  /// The states on each way out of a block, without empty ones.
  std::vector<StateSet> statesLeaving(const FunctionFlow &F, uint32_t B,
                                      StateSet AtEnd);
  StateSet statesAtEnd(const FunctionFlow &F, uint32_t B, SiteId &Site);

  const clang::ASTContext &Ctx;
  const Options Opts;
  const CleanupExpansions Expansions;
  ApiResolver Apis;
  FunctionIndex Index;
  PlaceTable Places;
  FactsGenerator Generator;
  Cancellable Gate;
  std::unique_ptr<Threads> OwnThreads;
  std::unique_ptr<Signals> OwnSignals;
  std::unique_ptr<StopFlags> OwnFlags;

  std::vector<std::unique_ptr<FunctionFlow>> Flows;
  std::vector<Summary> Summaries;
  struct EntryInfo {
    std::array<std::optional<bool>, 2> Mode;
    bool InPrologue = false;
    /// Every call seen here that a cancel can come into is made with
    /// cancellation disabled.
    bool AlwaysDisabled = false;
  };
  class EntryModes;
  std::vector<EntryInfo> Entries;
  /// Bit sets of ModeKind.
  struct StorageUse {
    unsigned SavedKinds = 0, RestoredKinds = 0;
  };
  llvm::DenseMap<uintptr_t, StorageUse> Storage;
  std::vector<Finding> Findings;
  bool Done = false;
  bool Broken = false;
};

/// For forEachFact: whether a fact is one of these.
template <class... Kinds> bool isAnyOf(const Fact &F) {
  return (std::holds_alternative<Kinds>(F) || ...);
}

template <class P, class V>
void TuAnalysis::forEachFact(const FunctionFlow &F, P Wanted, V Visit) {
  if (!F.Valid || !F.Solved.Converged)
    return;
  CancelAnalysis A(Places, *this, F.EntryLocks);
  for (uint32_t B : reversePostorder(F.Graph)) {
    const std::vector<Fact> &Facts = F.Graph.Blocks[B].Facts;
    const size_t End =
        Facts.rend() - std::find_if(Facts.rbegin(), Facts.rend(), Wanted);
    if (End == 0 || B >= F.Solved.AtEntry.size() || !F.Solved.AtEntry[B])
      continue;
    StateSet S = *F.Solved.AtEntry[B];
    for (size_t I = 0; I < End && !S.States.empty(); ++I) {
      if (Wanted(Facts[I]))
        Visit(S, Facts[I]);
      if (I + 1 < End)
        A.transfer(S, Facts[I]);
    }
  }
}

template <class V>
void TuAnalysis::forEachExit(const FunctionFlow &F, V Visit) {
  if (!F.Valid || !F.Solved.Converged)
    return;
  for (uint32_t B = 0; B < F.Graph.Blocks.size(); ++B) {
    if (!F.Graph.Blocks[B].LeavesFunction || B >= F.Solved.AtEntry.size() ||
        !F.Solved.AtEntry[B])
      continue;
    SiteId At = F.EndSite;
    StateSet AtEnd = statesAtEnd(F, B, At);
    for (StateSet &S : statesLeaving(F, B, std::move(AtEnd)))
      Visit(S, At);
  }
}

} // namespace thread_stop::flow

#endif
