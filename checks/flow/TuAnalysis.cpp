// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/TuAnalysis.h"

#include "flow/AstWalk.h"
#include "flow/Pairs.h"
#include "flow/diagnose/Diagnosers.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringMap.h"
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

void TuAnalysis::run() {
  Broken = Ctx.getDiagnostics().hasUncompilableErrorOccurred();
  Index.build();
  Flows.resize(Index.size());
  Summaries.resize(Index.size());
  Entries.resize(Index.size());
  if (!Broken) {
    Gate.build(Index, Apis, Opts, Ctx);
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
      S.Excused = Summaries[F].Excused;
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

std::vector<StateSet> TuAnalysis::statesLeaving(const FunctionFlow &F,
                                                uint32_t B,
                                                const StateSet &AtEnd) {
  std::vector<StateSet> Out;
  if (AtEnd.States.empty())
    return Out;
  const CancelAnalysis A(Places, *this, F.EntryLocks);
  for (const Assumption &Proves : F.Graph.Blocks[B].ExitProves) {
    StateSet S = AtEnd;
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
  forEachExit(F, [&](const StateSet &States, SiteId) {
    addOutcomes(S, States, Places, F.ReturnPlace);
  });
  findInside(F, S);
  addDisowned(S, F.Graph, Places, *this);
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
  forEachFact(F, [&](const StateSet &States, const Fact &Each) {
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

//===--- Pairs of wrappers ------------------------------------------------===//

static const CXXRecordDecl *recordOf(const FunctionDecl &F) {
  const auto *M = dyn_cast<CXXMethodDecl>(&F);
  return M ? M->getParent()->getCanonicalDecl() : nullptr;
}

/// A function that does nothing but one call: its effect is its purpose.
static bool isPlainWrapper(const FunctionDecl &F) {
  const auto *Body = dyn_cast<CompoundStmt>(F.getBody());
  if (!Body || Body->size() > 3)
    return false;
  unsigned Calls = 0;
  bool Plain = true;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *) {
    Calls += isa<CallExpr>(S);
    if (const auto *B = dyn_cast<BinaryOperator>(S))
      Plain &= !B->isAssignmentOp();
    else if (const auto *U = dyn_cast<UnaryOperator>(S))
      Plain &= !U->isIncrementDecrementOp();
    Plain &= !isa<IfStmt>(S) && !isa<ForStmt>(S) && !isa<WhileStmt>(S) &&
             !isa<DoStmt>(S) && !isa<SwitchStmt>(S);
  });
  return Plain && Calls == 1;
}

/// What a saved value is kept in, if other functions can find it there: a
/// field of some object, or a global.
uintptr_t TuAnalysis::storageKey(PlaceId P) const {
  const Place &Where = Places[P];
  for (auto It = Where.Path.rbegin(); It != Where.Path.rend(); ++It)
    if (It->K == Step::Kind::Field)
      return It->Id;
  return Where.Kind == BaseKind::Global ? Where.Base : 0;
}

void TuAnalysis::collectStorage() {
  for (const std::unique_ptr<FunctionFlow> &F : Flows) {
    if (!F)
      continue;
    for (const Block &B : F->Graph.Blocks)
      for (const Fact &Each : B.Facts)
        if (const auto *M = std::get_if<SetMode>(&Each)) {
          const unsigned Bit = 1u << static_cast<unsigned>(M->Which);
          if (uintptr_t Key = storageKey(M->SaveTo))
            Storage[Key].SavedKinds |= Bit;
          if (M->Argument.K == ModeArgument::Kind::FromPlace)
            if (uintptr_t Key = storageKey(M->Argument.From))
              Storage[Key].RestoredKinds |= Bit;
        }
  }
}

bool TuAnalysis::holdsOtherKind(PlaceId P, ModeKind W) const {
  const uintptr_t Key = storageKey(P);
  auto It = Key ? Storage.find(Key) : Storage.end();
  return It != Storage.end() && It->second.SavedKinds != 0 &&
         !(It->second.SavedKinds & (1u << static_cast<unsigned>(W)));
}

/// Halves that only their effects show: one saves where the other restores
/// from, or both are nothing but the call.
void TuAnalysis::matchHalves(const std::vector<FunctionId> &On,
                             const std::vector<FunctionId> &Back, ModeKind W,
                             llvm::function_ref<void(FunctionId)> Mark) {
  std::map<uintptr_t, std::vector<FunctionId>> ByStorage;
  std::map<const CXXRecordDecl *, std::vector<FunctionId>> Plain;
  for (FunctionId G : Back) {
    for (const Outcome &O : Summaries[G].Outcomes)
      if (const Mode &M = O.Modes[static_cast<size_t>(W)];
          M.K == Mode::Kind::OfPlace)
        if (uintptr_t Key = storageKey(M.From))
          ByStorage[Key].push_back(G);
    if (isPlainWrapper(*Index[G].Decl))
      Plain[recordOf(*Index[G].Decl)].push_back(G);
  }
  auto MarkAll = [&](FunctionId F, std::vector<FunctionId> &Others) {
    Mark(F);
    for (FunctionId G : Others)
      Mark(G);
    Others.resize(1); // the rest are marked
  };
  for (FunctionId F : On) {
    for (const Outcome &O : Summaries[F].Outcomes)
      for (const Saved &V : O.Saves)
        if (auto It = ByStorage.find(storageKey(V.Where));
            It != ByStorage.end())
          MarkAll(F, It->second);
    if (isPlainWrapper(*Index[F].Decl))
      if (auto It = Plain.find(recordOf(*Index[F].Decl)); It != Plain.end())
        MarkAll(F, It->second);
  }
}

void TuAnalysis::findPairs() {
  collectStorage();
  llvm::StringMap<std::vector<const FunctionDecl *>> ByName;
  for (const FunctionDecl *F : Index.declarations())
    if (F->getDeclName().isIdentifier())
      ByName[F->getName()].push_back(F);

  auto Role = [&](const FunctionDecl *F, ModeKind W) {
    FunctionId Id = Index.idOf(F);
    return Id == NoFunction ? PairRole() : pairRole(Summaries[Id], W, Places);
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
    const PairEffect Other = Role(G, W).Effect;
    return Other != PairEffect::None && Other != Mine;
  };
  auto OtherHalf = [&](const FunctionDecl *D, ModeKind W, PairEffect Mine) {
    if (const auto *C = dyn_cast<CXXConstructorDecl>(D)) {
      const CXXDestructorDecl *Dtor = C->getParent()->getDestructor();
      return Dtor && (!Dtor->hasBody() ||
                      Role(Dtor, W).Effect == PairEffect::SwitchesBack);
    }
    // What a destructor puts back, some other member had taken away.
    if (isa<CXXDestructorDecl>(D))
      return Mine == PairEffect::SwitchesBack;
    if (D->getDeclName().isIdentifier())
      for (const std::string &Name : partnerNames(D->getName()))
        for (const FunctionDecl *G : ByName.lookup(Name))
          if (Matches(G, D, W, Mine))
            return true;
    return false;
  };

  std::vector<FunctionId> Marked;
  auto Mark = [&](FunctionId F) {
    if (!Summaries[F].HalfOfPair)
      Marked.push_back(F);
    Summaries[F].HalfOfPair = true;
  };
  for (FunctionId F = 0; F < Index.size(); ++F)
    if (Apis.of(*Index[F].Decl).DeclaredPair)
      Mark(F);
  for (ModeKind W : {ModeKind::State, ModeKind::Type}) {
    std::vector<FunctionId> On, Back;
    for (FunctionId F = 0; F < Index.size(); ++F) {
      if (!Index[F].ReachesMode || ownsThread(F))
        continue;
      const PairRole Mine = pairRole(Summaries[F], W, Places);
      if (Mine.Effect == PairEffect::None)
        continue;
      // One that leaves the mode switched on by chance is no half: it uses a
      // pair, or forgets its own restore on one path.
      const bool SwitchesOn = Mine.Effect == PairEffect::SwitchesOn;
      if (SwitchesOn && Mine.Conditional &&
          ((!Index[F].SetsMode && !isa<CXXConstructorDecl>(Index[F].Decl)) ||
           Summaries[F].RestoresItself[static_cast<size_t>(W)]))
        continue;
      (SwitchesOn ? On : Back).push_back(F);
      Summaries[F].Excused |= restoredAsOtherKind(F, W);
      if (Mine.HandsOver || OtherHalf(Index[F].Decl, W, Mine.Effect))
        Mark(F);
    }
    matchHalves(On, Back, W, Mark);
  }
  solveCallersOf(Marked);
}

/// Solves again all that was solved before `Changed` were known for what they
/// are.
void TuAnalysis::solveCallersOf(const std::vector<FunctionId> &Changed) {
  std::vector<uint8_t> Stale(Index.size());
  std::vector<FunctionId> Stack;
  for (FunctionId F : Changed)
    Stack.insert(Stack.end(), Index[F].Callers.begin(), Index[F].Callers.end());
  while (!Stack.empty()) {
    const FunctionId F = Stack.back();
    Stack.pop_back();
    if (std::exchange(Stale[F], 1))
      continue;
    Stack.insert(Stack.end(), Index[F].Callers.begin(), Index[F].Callers.end());
  }
  for (const std::vector<FunctionId> &C : Index.components())
    if (isFollowed(C) &&
        std::any_of(C.begin(), C.end(),
                    [&](FunctionId F) { return Stale[F] != 0; }))
      solveComponent(C);
}

/// What `F` saves is given back to the wrong function elsewhere; that is to be
/// repaired there.
bool TuAnalysis::restoredAsOtherKind(FunctionId F, ModeKind W) const {
  const unsigned Other = 2u >> static_cast<unsigned>(W);
  for (const Outcome &O : Summaries[F].Outcomes)
    for (const Saved &V : O.Saves)
      if (V.Which == W)
        if (auto It = Storage.find(storageKey(V.Where)); It != Storage.end())
          if (It->second.RestoredKinds == Other)
            return true;
  return false;
}

//===--- Who calls, and in which state ------------------------------------===//

bool TuAnalysis::ownsThread(FunctionId F) const {
  return Index[F].IsStartRoutine || Index[F].Decl->isMain();
}

bool TuAnalysis::isEnabled(const PathState &S, FunctionId F) const {
  const Mode &State = S.mode(ModeKind::State);
  return State.isOff() || (State.isEntry() && !Entries[F].AlwaysDisabled);
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
      } else if (Index[F].MayBeThreadBody) {
        E.InPrologue = true;
      } else if (C->size() == 1 && Calls[F].Count > 0) {
        E.InPrologue = Calls[F].Prologue;
        E.AlwaysDisabled = Calls[F].Modes[0].Seen && !Calls[F].Modes[0].Unknown &&
                           Calls[F].Modes[0].Value;
        // Other files may call it in another state.
        if (!Index[F].Decl->isExternallyVisible() && !Index[F].AddressTaken)
          for (size_t W = 0; W < 2; ++W)
            if (const Joined &J = Calls[F].Modes[W]; J.Seen && !J.Unknown)
              E.Mode[W] = J.Value;
      }
    }
    for (FunctionId F : *C) {
      if (!Index[F].Followed)
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
