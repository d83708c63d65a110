// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/TuAnalysis.h"

#include "flow/Signals.h"
#include "flow/StopFlags.h"
#include "flow/diagnose/Diagnosers.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/SourceManager.h"
#include <algorithm>
#include <tuple>
#include <utility>

using namespace clang;

namespace thread_stop::flow {

/// How often the functions of a recursion are solved before they are given up.
static constexpr unsigned MaxRounds = 6;

TuAnalysis::TuAnalysis(const ASTContext &Ctx, Options Opts,
                       CleanupExpansions Expansions)
    : Ctx(Ctx), Opts(std::move(Opts)), Expansions(std::move(Expansions)),
      Apis(Ctx, this->Opts), Index(Ctx, Apis),
      Generator(Ctx, Index, Apis, Places) {
  Generator.StrictAsync = this->Opts.StrictAsync;
  Generator.KeepSource = this->Opts.Migrate;
}

TuAnalysis::~TuAnalysis() = default;

const std::vector<Finding> &TuAnalysis::findings() {
  if (!Done) {
    Done = true;
    run();
  }
  return Findings;
}

Signals &TuAnalysis::signals() {
  if (!OwnSignals)
    OwnSignals = std::make_unique<Signals>(*this);
  return *OwnSignals;
}

StopFlags &TuAnalysis::flags() {
  if (!OwnFlags)
    OwnFlags = std::make_unique<StopFlags>(*this);
  return *OwnFlags;
}

const Threads &TuAnalysis::threads() {
  if (const Threads *All = Gate.threads())
    return *All;
  if (!OwnThreads)
    OwnThreads = std::make_unique<Threads>(Ctx, Index, Apis);
  return *OwnThreads;
}

void TuAnalysis::run() {
  Broken = Ctx.getDiagnostics().hasUncompilableErrorOccurred();
  Index.build();
  Flows.resize(Index.size());
  Summaries.resize(Index.size());
  Entries.resize(Index.size());
  if (!Broken) {
    Gate.build(Index, Apis, Places, Opts, Ctx);
    Index.follow(Gate.roots());
    solveAll();
    findPairs();
    findEntryModes();
  }
  diagnoseAll(*this, Findings);

  const SourceManager &SM = Ctx.getSourceManager();
  auto Before = [&](const Finding &A, const Finding &B) {
    if (A.Loc != B.Loc)
      return SM.isBeforeInTranslationUnit(A.Loc, B.Loc);
    return std::tie(A.Check, A.Message) < std::tie(B.Check, B.Message);
  };
  auto Same = [](const Finding &A, const Finding &B) {
    return A.Loc == B.Loc && A.Check == B.Check;
  };
  std::sort(Findings.begin(), Findings.end(), Before);
  Findings.erase(std::unique(Findings.begin(), Findings.end(), Same),
                 Findings.end());
}

//===--- Solving ----------------------------------------------------------===//

const FunctionFlow *TuAnalysis::flow(FunctionId F) {
  if (F == NoFunction || F >= Flows.size())
    return nullptr;
  if (!Flows[F])
    Flows[F] = std::make_unique<FunctionFlow>(Generator.generate(F));
  return Flows[F].get();
}

const Summary &TuAnalysis::summaryOf(FunctionId F) const {
  static const Summary Unknown = [] {
    Summary S;
    S.Known = false;
    return S;
  }();
  return F < Summaries.size() ? Summaries[F] : Unknown;
}

bool TuAnalysis::isFollowed(const std::vector<FunctionId> &C) const {
  return std::any_of(C.begin(), C.end(),
                     [&](FunctionId F) { return Index[F].Followed; });
}

void TuAnalysis::solveAll() {
  for (const std::vector<FunctionId> &C : Index.components())
    if (isFollowed(C))
      solveComponent(C);
}

void TuAnalysis::solveComponent(const std::vector<FunctionId> &C) {
  // Recursion starts from "never returns" and grows to the least fixpoint.
  for (FunctionId F : C) {
    const Summary Old = Summaries[F];
    Summaries[F] = Summary();
    Summaries[F].HalfOfPair = Old.HalfOfPair;
    Summaries[F].Excused = Old.Excused;
  }
  if (C.size() == 1)
    solveFunction(C[0]);
  else
    solveRecursion(C);
}

void TuAnalysis::solveRecursion(const std::vector<FunctionId> &C) {
  // Solved again is only what calls a function with a new summary.
  unsigned Step = 0;
  llvm::DenseMap<FunctionId, unsigned> SolvedAt, ChangedAt;
  auto CallsChanged = [&](const Block &B, unsigned Since) {
    return std::any_of(B.Facts.begin(), B.Facts.end(), [&](const Fact &Each) {
      const auto *Call = std::get_if<CallFunction>(&Each);
      if (const auto *Made = std::get_if<Construct>(&Each))
        Call = &Made->Call;
      return Call && ChangedAt.lookup(Call->Callee) >= Since;
    });
  };
  auto IsStale = [&](FunctionId F) {
    const auto Last = SolvedAt.find(F);
    return Last == SolvedAt.end() ||
           llvm::any_of(Flows[F]->Graph.Blocks, [&](const Block &B) {
             return CallsChanged(B, Last->second);
           });
  };
  for (unsigned Round = 0;; ++Round) {
    bool Changed = false;
    for (FunctionId F : C) {
      if (!IsStale(F))
        continue;
      SolvedAt[F] = ++Step;
      if (solveFunction(F)) {
        ChangedAt[F] = Step;
        Changed = true;
      }
    }
    if (!Changed)
      return;
    if (Round == MaxRounds) {
      for (FunctionId F : C)
        Summaries[F].Known = false;
      return;
    }
  }
}

/// Whether the function's summary has changed.
bool TuAnalysis::solveFunction(FunctionId F) {
  if (!flow(F) || !Flows[F]->Valid)
    return std::exchange(Summaries[F].Known, false);
  FunctionFlow &Flow = *Flows[F];
  CancelAnalysis A(Places, *this, Flow.EntryLocks);
  Flow.Solved = solve<StateSet>(Flow.Graph, A);
  Summary S = summarize(Flow);
  S.HalfOfPair = Summaries[F].HalfOfPair;
  S.Excused = Summaries[F].Excused;
  const bool Changed = !(S == Summaries[F]);
  Summaries[F] = std::move(S);
  return Changed;
}

StateSet TuAnalysis::statesAtEnd(const FunctionFlow &F, uint32_t B,
                                 SiteId &At) {
  CancelAnalysis A(Places, *this, F.EntryLocks);
  StateSet S = *F.Solved.AtEntry[B];
  for (const Fact &Each : F.Graph.Blocks[B].Facts) {
    if (const auto *R = std::get_if<Return>(&Each))
      At = R->Site;
    A.transfer(S, Each);
  }
  return S;
}

std::vector<StateSet> TuAnalysis::statesLeaving(const FunctionFlow &F,
                                                uint32_t B, StateSet AtEnd) {
  std::vector<StateSet> Out;
  if (AtEnd.States.empty())
    return Out;
  const CancelAnalysis A(Places, *this, F.EntryLocks);
  const std::vector<Assumption> &Exits = F.Graph.Blocks[B].ExitProves;
  for (const Assumption &Proves : Exits) {
    StateSet S = &Proves == &Exits.back() ? std::move(AtEnd) : AtEnd;
    if (Proves.Term == NoPlace || A.assume(S, Proves))
      Out.push_back(std::move(S));
  }
  return Out;
}

Summary TuAnalysis::summarize(const FunctionFlow &F) {
  Summary S;
  if (!F.Valid || !F.Solved.Converged) {
    S.Known = false;
    return S;
  }
  const std::vector<PlaceId> Written = writtenParameters(F.Graph, Places);
  bool First = true;
  forEachExit(F, [&](const StateSet &States, SiteId) {
    addOutcomes(S, States, Places, F.ReturnPlace, Written);
    addDeeds(S, States, std::exchange(First, false), Places);
  });
  findInside(F, S);
  addDisowned(S, F.Graph, Places, *this);
  if (Index[F.Id].ReachesThreads)
    addTouched(S, F.Graph, Places, *this);
  return S;
}

/// A cancel that unwinds into it ends the process there: no caller sees it.
static bool stopsUnwinding(const FunctionDecl &F, const ASTContext &Ctx) {
  const auto *T = F.getType()->getAs<FunctionProtoType>();
  return Ctx.getLangOpts().CXXExceptions && T &&
         !isUnresolvedExceptionSpec(T->getExceptionSpecType()) &&
         T->isNothrow();
}

void TuAnalysis::findInside(const FunctionFlow &F, Summary &S) {
  auto First = [&](InsideKind K, CallInside C) {
    CallInside &Known = S.Inside[static_cast<size_t>(K)];
    if (!Known)
      Known = C;
  };
  auto Matters = [](const Fact &Each) {
    return std::get_if<Acquire>(&Each) || std::get_if<PointCall>(&Each) ||
           std::get_if<CallFunction>(&Each);
  };
  forEachFact(F, Matters, [&](const StateSet &States, const Fact &Each) {
    // What the function itself protects by disabling cancellation first is
    // none of its caller's business.
    bool Enabled = false, Async = false, Bare = true;
    for (const PathState &P : States.States) {
      Bare &= P.GivenBack.empty() && P.Cleanup.empty();
      const Mode &State = P.mode(ModeKind::State);
      Enabled |= State.isEntry() || State.isOff();
      Async |= !State.isOn() && !P.mode(ModeKind::Type).isOff();
    }
    if (const auto *A = std::get_if<Acquire>(&Each)) {
      if (Async && !A->Adopted)
        First(InsideKind::Lock, {F.Id, A->Site});
    } else if (const auto *P = std::get_if<PointCall>(&Each)) {
      const CallInside Here{F.Id, P->Site};
      if (Enabled && Bare && P->Kind == PointKind::Sure)
        First(InsideKind::BareSure, Here);
      if (Enabled && Bare &&
          (P->Kind == PointKind::Sure || P->Kind == PointKind::Strict))
        First(InsideKind::BareStrict, Here);
      if (P->Kind == PointKind::Exit)
        First(InsideKind::ThreadExit, Here);
      if (Enabled && P->Kind == PointKind::Sure)
        First(InsideKind::SurePoint, Here);
      if (Enabled &&
          (P->Kind == PointKind::Sure || P->Kind == PointKind::Strict))
        First(InsideKind::StrictPoint, Here);
      if (P->MayAct)
        First(InsideKind::MayAct, Here);
      if (Async && P->AsyncUnsafe)
        First(InsideKind::AsyncUnsafe, Here);
    } else if (const auto *C = std::get_if<CallFunction>(&Each);
               C && C->Callee != NoFunction) {
      const Summary &Callee = summaryOf(C->Callee);
      for (size_t K = 0; K < NumInsideKinds; ++K) {
        const auto Kind = static_cast<InsideKind>(K);
        const bool Exposed =
            Kind == InsideKind::SurePoint || Kind == InsideKind::StrictPoint
                ? Enabled
            : Kind == InsideKind::BareSure || Kind == InsideKind::BareStrict
                ? Enabled && Bare
            : Kind == InsideKind::Lock || Kind == InsideKind::AsyncUnsafe
                ? Async
                : true;
        if (Exposed && Callee.Inside[K])
          First(Kind, Callee.Inside[K]);
      }
    }
  });
  if (stopsUnwinding(*F.Decl, Ctx))
    for (InsideKind K :
         {InsideKind::SurePoint, InsideKind::StrictPoint, InsideKind::BareSure,
          InsideKind::BareStrict, InsideKind::ThreadExit})
      S.Inside[static_cast<size_t>(K)] = {};
}

} // namespace thread_stop::flow
