// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/TuAnalysis.h"

#include "flow/Pairs.h"
#include "flow/diagnose/Diagnosers.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringMap.h"
#include <algorithm>
#include <tuple>

using namespace clang;

namespace thread_stop::flow {

/// How often the functions of a recursion are solved before they are given up.
static constexpr unsigned MaxRounds = 6;

TuAnalysis::TuAnalysis(const ASTContext &Ctx, Options Opts,
                       CleanupExpansions Expansions)
    : Ctx(Ctx), Opts(std::move(Opts)), Expansions(std::move(Expansions)),
      Apis(Ctx, this->Opts), Index(Ctx, Apis),
      Generator(Ctx, Index, Apis, Places) {}

TuAnalysis::~TuAnalysis() = default;

const std::vector<Finding> &TuAnalysis::findings() {
  if (!Done) {
    Done = true;
    run();
  }
  return Findings;
}

void TuAnalysis::run() {
  Broken = Ctx.getDiagnostics().hasUncompilableErrorOccurred();
  Index.build();
  Flows.resize(Index.size());
  Summaries.resize(Index.size());
  Entries.resize(Index.size());
  if (!Broken) {
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

void TuAnalysis::solveAll() {
  for (const std::vector<FunctionId> &C : Index.components())
    if (Index[C[0]].Needed && Index[C[0]].ReachesEffect)
      solveComponent(C);
}

void TuAnalysis::solveComponent(const std::vector<FunctionId> &C) {
  // Recursion starts from "never returns" and grows to the least fixpoint.
  for (FunctionId F : C) {
    const bool Half = Summaries[F].HalfOfPair;
    Summaries[F] = Summary();
    Summaries[F].HalfOfPair = Half;
  }
  for (unsigned Round = 0;; ++Round) {
    bool Changed = false;
    for (FunctionId F : C) {
      if (!flow(F) || !Flows[F]->Valid) {
        Summaries[F].Known = false;
        continue;
      }
      FunctionFlow &Flow = *Flows[F];
      CancelAnalysis A(Places, *this, Flow.EntryLocks);
      Flow.Solved = solve<StateSet>(Flow.Graph, A);
      Summary S = summarize(Flow);
      S.HalfOfPair = Summaries[F].HalfOfPair;
      Changed |= !(S == Summaries[F]);
      Summaries[F] = std::move(S);
    }
    if (!Changed || C.size() + Round == 1)
      return;
    if (Round == MaxRounds) {
      for (FunctionId F : C)
        Summaries[F].Known = false;
      return;
    }
  }
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

Summary TuAnalysis::summarize(const FunctionFlow &F) {
  Summary S;
  if (!F.Valid || !F.Solved.Converged) {
    S.Known = false;
    return S;
  }
  forEachExit(F, [&](const StateSet &States, SiteId) {
    addOutcomes(S, States, Places, F.ReturnPlace);
  });
  S.TakesLock = firstLock(F);
  return S;
}

LockInside TuAnalysis::firstLock(const FunctionFlow &F) const {
  for (uint32_t B : reversePostorder(F.Graph))
    for (const Fact &Each : F.Graph.Blocks[B].Facts) {
      if (const auto *A = std::get_if<Acquire>(&Each); A && !A->Adopted)
        return {F.Id, A->Site};
      if (const auto *C = std::get_if<CallFunction>(&Each);
          C && C->Callee != NoFunction) {
        const LockInside &L = summaryOf(C->Callee).TakesLock;
        if (L.Function != NoFunction)
          return L;
      }
    }
  return {};
}

//===--- Pairs of wrappers ------------------------------------------------===//

static const CXXRecordDecl *recordOf(const FunctionDecl &F) {
  const auto *M = dyn_cast<CXXMethodDecl>(&F);
  return M ? M->getParent()->getCanonicalDecl() : nullptr;
}

/// Whether the other half saves to or restores from the same storage: one
/// global, or the same field of some object.
static bool shareStorage(const Summary &On, const Summary &Back,
                         const PlaceTable &Table, ModeKind W) {
  auto Last = [&](PlaceId P) -> std::pair<uintptr_t, uintptr_t> {
    const Place &Where = Table[P];
    if (Where.Kind == BaseKind::Global)
      return {Where.Base, Where.Path.empty() ? 0 : Where.Path.back().Id};
    for (auto It = Where.Path.rbegin(); It != Where.Path.rend(); ++It)
      if (It->K == Step::Kind::Field)
        return {0, It->Id};
    return {0, 0};
  };
  for (const Outcome &O : On.Outcomes)
    for (const Saved &V : O.Saves)
      for (const Outcome &P : Back.Outcomes) {
        const Mode &M = P.Modes[static_cast<size_t>(W)];
        if (M.K != Mode::Kind::OfPlace)
          continue;
        auto Key = Last(V.Where);
        if (Key != std::pair<uintptr_t, uintptr_t>{0, 0} && Key == Last(M.From))
          return true;
      }
  return false;
}

void TuAnalysis::findPairs() {
  llvm::StringMap<std::vector<const FunctionDecl *>> ByName;
  for (const FunctionDecl *F : Index.declarations())
    if (F->getDeclName().isIdentifier())
      ByName[F->getName()].push_back(F);

  auto Effect = [&](const FunctionDecl *F, ModeKind W) {
    FunctionId Id = Index.idOf(F);
    return Id == NoFunction ? PairEffect::None : pairEffect(Summaries[Id], W);
  };
  /// Whether `G`, which is named like the other half of `F`, is one: it has
  /// the opposite effect, or its body is elsewhere.
  auto Matches = [&](const FunctionDecl *G, const FunctionDecl *F, ModeKind W,
                     PairEffect Mine) {
    if (G->getCanonicalDecl() == F->getCanonicalDecl() ||
        recordOf(*G) != recordOf(*F))
      return false;
    if (!G->getDefinition())
      return true;
    const PairEffect Other = Effect(G, W);
    return Other != PairEffect::None && Other != Mine;
  };

  bool Found = false;
  auto Mark = [&](FunctionId F) {
    Found |= !Summaries[F].HalfOfPair;
    Summaries[F].HalfOfPair = true;
  };
  for (ModeKind W : {ModeKind::State, ModeKind::Type}) {
    std::vector<FunctionId> On, Back;
    for (FunctionId F = 0; F < Index.size(); ++F) {
      if (!Index[F].ReachesMode || ownsThread(F))
        continue;
      const PairEffect Mine = pairEffect(Summaries[F], W);
      if (Mine == PairEffect::None)
        continue;
      (Mine == PairEffect::SwitchesOn ? On : Back).push_back(F);
      const FunctionDecl *D = Index[F].Decl;
      if (const auto *C = dyn_cast<CXXConstructorDecl>(D)) {
        if (const CXXDestructorDecl *Dtor = C->getParent()->getDestructor();
            Dtor &&
            (!Dtor->hasBody() || Effect(Dtor, W) == PairEffect::SwitchesBack))
          Mark(F);
        continue;
      }
      if (const auto *Dtor = dyn_cast<CXXDestructorDecl>(D)) {
        for (const CXXConstructorDecl *C : Dtor->getParent()->ctors())
          if (!C->isImplicit() && !C->isDeleted() &&
              (!C->getDefinition() ||
               Effect(C->getDefinition(), W) == PairEffect::SwitchesOn))
            Mark(F);
        continue;
      }
      if (!D->getDeclName().isIdentifier())
        continue;
      for (const std::string &Name : partnerNames(D->getName()))
        for (const FunctionDecl *G : ByName.lookup(Name))
          if (Matches(G, D, W, Mine))
            Mark(F);
    }
    for (FunctionId F : On)
      for (FunctionId G : Back)
        if (shareStorage(Summaries[F], Summaries[G], Places, W)) {
          Mark(F);
          Mark(G);
        }
  }
  // Callers were solved without knowing it.
  if (Found)
    solveAll();
}

//===--- Who calls, and in which state ------------------------------------===//

bool TuAnalysis::ownsThread(FunctionId F) const {
  return Index[F].IsStartRoutine || Index[F].Decl->isMain();
}

std::optional<bool> TuAnalysis::entryMode(FunctionId F, ModeKind W) const {
  return Entries[F].Mode[static_cast<size_t>(W)];
}

bool TuAnalysis::isPrologueOf(FunctionId F) const {
  return Entries[F].InPrologue;
}

void TuAnalysis::findEntryModes() {
  // What each call site gives its callee: nothing seen, one value, or several.
  struct Joined {
    bool Seen = false, Unknown = false, Value = false;
    void add(std::optional<bool> V) {
      Unknown |= !V || (Seen && Value != *V);
      Seen = true;
      Value = V.value_or(false);
    }
  };
  struct CallSites {
    std::array<Joined, 2> Modes;
    bool Prologue = true;
    unsigned Count = 0;
  };
  std::vector<CallSites> Calls(Index.size());

  const auto &Components = Index.components();
  for (auto C = Components.rbegin(); C != Components.rend(); ++C) {
    for (FunctionId F : *C) {
      EntryInfo &E = Entries[F];
      if (ownsThread(F)) {
        E.Mode = {false, false};
        E.InPrologue = true;
      } else if (C->size() == 1 && Calls[F].Count > 0 &&
                 !Index[F].AddressTaken) {
        E.InPrologue = Calls[F].Prologue;
        // Other files may call it in another state.
        if (!Index[F].Decl->isExternallyVisible())
          for (size_t W = 0; W < 2; ++W)
            if (const Joined &J = Calls[F].Modes[W]; J.Seen && !J.Unknown)
              E.Mode[W] = J.Value;
      }
    }
    for (FunctionId F : *C) {
      if (!Index[F].ReachesMode)
        continue;
      const FunctionFlow *Flow = Flows[F].get();
      if (!Flow || !Flow->Valid || !Flow->Solved.Converged) {
        for (FunctionId To : Index[F].Callees) {
          Calls[To].Modes[0].Unknown = Calls[To].Modes[1].Unknown = true;
          Calls[To].Prologue = false;
        }
        continue;
      }
      forEachFact(*Flow, [&](const StateSet &S, const Fact &Each) {
        const auto *Call = std::get_if<CallFunction>(&Each);
        if (!Call || Call->Callee == NoFunction)
          return;
        CallSites &At = Calls[Call->Callee];
        ++At.Count;
        for (const PathState &P : S.States) {
          At.Prologue &= P.Prologue && Entries[F].InPrologue;
          for (size_t W = 0; W < 2; ++W) {
            const Mode &M = P.Modes[W];
            At.Modes[W].add(M.isEntry()              ? Entries[F].Mode[W]
                            : M.K == Mode::Kind::Set ? std::optional<bool>(M.On)
                                                     : std::nullopt);
          }
        }
        if (S.Overflow)
          At.Modes[0].Unknown = At.Modes[1].Unknown = true;
      });
    }
  }
}

} // namespace thread_stop::flow
