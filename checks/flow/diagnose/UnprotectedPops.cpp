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
    const auto Wanted = [](const Fact &Each) {
      const auto *P = std::get_if<PopHandler>(&Each);
      return P && P->Execute == false;
    };
    A.forEachFact(F, Wanted, [&](const StateSet &S, const Fact &Each) {
      if (!S.Overflow)
        check(S, std::get<PopHandler>(Each));
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

  /// The locks that are held, since the same call, by all that leaves the
  /// function after a block; none where nothing does.
  using Kept = std::optional<std::vector<HeldLock>>;

  /// `Locks` is sorted, as in a state.
  static bool contains(const std::vector<HeldLock> &Locks, const HeldLock &L) {
    const auto It = std::lower_bound(
        Locks.begin(), Locks.end(), L,
        [](const HeldLock &A, const HeldLock &B) { return A.Lock < B.Lock; });
    return It != Locks.end() && It->Lock == L.Lock && It->By == L.By;
  }

  /// Takes from `Into` what is not in `Other`; true if it has changed.
  static bool keepCommon(Kept &Into, const std::vector<HeldLock> &Other) {
    if (!Into) {
      Into = Other;
      return true;
    }
    const size_t Before = Into->size();
    Into->erase(
        std::remove_if(Into->begin(), Into->end(),
                       [&](const HeldLock &L) { return !contains(Other, L); }),
        Into->end());
    return Into->size() != Before;
  }

  Kept keptAtEndOf(uint32_t B) {
    Kept Locks;
    if (!F.Graph.Blocks[B].LeavesFunction || !F.Solved.AtEntry[B])
      return Locks;
    CancelAnalysis Analysis(A.places(), A, F.EntryLocks);
    StateSet S = *F.Solved.AtEntry[B];
    for (const Fact &Each : F.Graph.Blocks[B].Facts)
      Analysis.transfer(S, Each);
    for (PathState &P : S.States) {
      P.Held.erase(std::remove_if(P.Held.begin(), P.Held.end(),
                                  [](const HeldLock &L) { return L.Escaped; }),
                   P.Held.end());
      keepCommon(Locks, P.Held);
    }
    return Locks;
  }

  /// One pass against the flow for all pops: a walk for each would look at the
  /// whole function each time.
  void findKept() {
    const std::vector<Block> &Blocks = F.Graph.Blocks;
    std::vector<std::vector<uint32_t>> Before(Blocks.size());
    std::vector<uint32_t> Work;
    AfterBlock.resize(Blocks.size());
    for (uint32_t B = 0; B < Blocks.size(); ++B) {
      for (const Edge &E : Blocks[B].Edges)
        Before[E.To].push_back(B);
      AfterBlock[B] = keptAtEndOf(B);
      if (AfterBlock[B])
        Work.push_back(B);
    }
    while (!Work.empty()) {
      const uint32_t B = Work.back();
      Work.pop_back();
      for (uint32_t P : Before[B])
        if (keepCommon(AfterBlock[P], *AfterBlock[B]))
          Work.push_back(P);
    }
  }

  bool staysHeld(const HeldLock &Lock, uint32_t From) {
    if (AfterBlock.empty())
      findKept();
    return AfterBlock[From] && contains(*AfterBlock[From], Lock);
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
  std::vector<Kept> AfterBlock;
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
