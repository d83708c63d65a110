// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-unmatched-cleanup: a pop(0) that takes the only protection off a
// lock which is then never given back.

#include "flow/Pairs.h"
#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"

#include "llvm/ADT/StringSet.h"
#include <algorithm>
#include <optional>
#include <set>

using namespace clang;

namespace thread_stop::flow {

namespace {
/// What is the same for all functions of the translation unit.
struct TuFacts {
  llvm::StringSet<> Names;
  /// Locks that functions other than handlers give back for their callers.
  std::vector<std::pair<FunctionId, PlaceId>> GivenBack;

  explicit TuFacts(const TuAnalysis &A) {
    for (const FunctionDecl *D : A.index().declarations())
      if (D->getDeclName().isIdentifier())
        Names.insert(D->getName());
    std::set<FunctionId> Handlers;
    for (FunctionId G = 0; G < A.index().size(); ++G)
      Handlers.insert(A.index()[G].Named.begin(), A.index()[G].Named.end());
    for (FunctionId G = 0; G < A.index().size(); ++G)
      if (!Handlers.count(G))
        for (const Outcome &O : A.summaryOf(G).Outcomes)
          for (PlaceId L : O.GivenBack)
            GivenBack.push_back({G, L});
  }
};

class UnprotectedPopDiagnoser {
public:
  UnprotectedPopDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                          const TuFacts &Tu, std::vector<Finding> &Out)
      : A(A), F(F), Tu(Tu), Out(Out), Text(A.context()) {}

  void run() {
    for (uint32_t B = 0; B < F.Graph.Blocks.size(); ++B)
      for (const Fact &Each : F.Graph.Blocks[B].Facts)
        if (const auto *P = std::get_if<PopHandler>(&Each);
            P && P->Execute == false)
          BlockOf[P->Region] = B;
    if (BlockOf.empty() || hasPartner())
      return;
    A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
      const auto *P = std::get_if<PopHandler>(&Each);
      if (P && P->Execute == false && !S.Overflow)
        check(S, *P);
    });
  }

private:
  /// A function whose other half gives the lock back.
  bool hasPartner() const {
    if (!F.Decl->getDeclName().isIdentifier())
      return false;
    for (const std::string &Name : partnerNames(F.Decl->getName()))
      if (Tu.Names.count(Name))
        return true;
    return false;
  }

  /// The locks that running a handler gives back.
  std::vector<PlaceId> releasedBy(uint32_t Region) {
    const HandlerInfo &H = F.Handlers[Region];
    if (H.Releases != NoPlace)
      return {H.Releases};
    std::vector<PlaceId> Locks;
    if (H.Function == NoFunction)
      return Locks;
    for (const Outcome &O : A.summaryOf(H.Function).Outcomes)
      for (PlaceId L : O.GivenBack) {
        const BaseKind Kind = A.places()[L].Kind;
        const PlaceId Here = Kind == BaseKind::Param
                                 ? A.places().rebase(L, H.Argument)
                             : Kind == BaseKind::Global ? L
                                                        : NoPlace;
        if (Here != NoPlace)
          Locks.push_back(Here);
      }
    return Locks;
  }

  /// Whether some function other than a handler gives back a lock of this
  /// kind on behalf of its caller.
  bool isReleasedElsewhere(PlaceId Lock) {
    for (const auto &[G, L] : Tu.GivenBack)
      if (G != F.Id && A.places().mayAlias(L, Lock))
        return true;
    return false;
  }

  bool reaches(uint32_t From, uint32_t To) {
    std::vector<uint8_t> Seen(F.Graph.Blocks.size());
    std::vector<uint32_t> Stack{From};
    while (!Stack.empty()) {
      const uint32_t B = Stack.back();
      Stack.pop_back();
      if (Seen[B])
        continue;
      Seen[B] = 1;
      for (const Edge &E : F.Graph.Blocks[B].Edges)
        Stack.push_back(E.To);
    }
    return Seen[To];
  }

  /// Held, since the same call, by all that leaves the function after `From`.
  bool staysHeld(const HeldLock &Lock, uint32_t From) {
    bool Any = false, All = true;
    for (uint32_t B = 0; B < F.Graph.Blocks.size(); ++B) {
      if (!F.Graph.Blocks[B].LeavesFunction || !F.Solved.AtEntry[B] ||
          !reaches(From, B))
        continue;
      CancelAnalysis Analysis(A.places(), A, F.EntryLocks);
      StateSet S = *F.Solved.AtEntry[B];
      for (const Fact &Each : F.Graph.Blocks[B].Facts)
        Analysis.transfer(S, Each);
      for (const PathState &P : S.States) {
        const HeldLock *Still = P.held(Lock.Lock);
        Any = true;
        All &= Still && Still->By == Lock.By && !Still->Escaped;
      }
    }
    return Any && All;
  }

  void check(const StateSet &S, const PopHandler &Pop) {
    for (PlaceId L : releasedBy(Pop.Region)) {
      const HeldLock *Held = S.States[0].held(L);
      if (!Held || Held->By == NoSite ||
          !std::all_of(S.States.begin(), S.States.end(),
                       [&](const PathState &P) { return P.held(L); }))
        continue;
      // An outer handler may still protect it.
      bool Other = false;
      for (uint32_t R : S.States[0].Cleanup)
        if (R != Pop.Region) {
          const std::vector<PlaceId> Locks = releasedBy(R);
          Other |= std::find(Locks.begin(), Locks.end(), L) != Locks.end();
        }
      if (Other || !staysHeld(*Held, BlockOf[Pop.Region]) ||
          isReleasedElsewhere(L))
        continue;
      const CleanupRegion &R = F.Regions[Pop.Region];
      Finding New;
      New.Check = CheckKind::UnmatchedCleanup;
      New.Loc = Text.fileLoc(R.popLoc());
      New.Message = "this pop drops the unlocking handler without running it: "
                    "the lock stays held";
      New.Notes.push_back({Text.fileLoc(F.Sites[Held->By].Loc),
                           "the lock is taken here",
                           {},
                           false});
      New.Notes.push_back(
          {Text.fileLoc(R.pushLoc()), "the handler is pushed here", {}, false});
      Out.push_back(std::move(New));
      return;
    }
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  const TuFacts &Tu;
  std::vector<Finding> &Out;
  support::SourceText Text;
  llvm::DenseMap<uint32_t, uint32_t> BlockOf;
};
} // namespace

void diagnoseUnprotectedPops(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken())
    return;
  std::optional<TuFacts> Tu;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (A.index()[F].HasRegion)
      if (const FunctionFlow *Flow = A.flow(F); Flow && Flow->Valid &&
                                                Flow->Solved.Converged &&
                                                !Flow->Solved.AtEntry.empty()) {
        if (!Tu)
          Tu.emplace(A);
        UnprotectedPopDiagnoser(A, *Flow, *Tu, Out).run();
      }
}

} // namespace thread_stop::flow
