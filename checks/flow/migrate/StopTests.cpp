// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The second half of ThreadCode: where a test of the flag is needed, because a
// wait that fails does not end the thread, or because a loop has no wait.

#include "flow/AstWalk.h"
#include "flow/Loops.h"
#include "flow/migrate/ThreadCode.h"

using namespace clang;

namespace thread_stop::flow {

//===--- Tests of the flag ------------------------------------------------===//

bool ThreadCode::containsStop(FunctionId F) const {
  return WithStop.count(F) != 0;
}

/// Where a way after a failure ends inside a cleanup region.
static bool returnsInRegion(const FunctionFlow &Flow, const FailurePaths &P) {
  for (const CleanupRegion &R : Flow.Regions) {
    bool Inside = false;
    forEachEvaluated(R.Outer, [&](const Stmt *S, const Stmt *) {
      Inside |= llvm::is_contained(P.Returns, dyn_cast<ReturnStmt>(S)) &&
                isa<ReturnStmt>(S);
    });
    if (Inside)
      return true;
  }
  return false;
}

/// Whether control comes to the call without one of the branches that only a
/// failure takes.
static bool isReachedWithoutFailure(
    const CFG &Cfg, const CallExpr *Call,
    const std::set<std::pair<const CFGBlock *, const CFGBlock *>> &Failures) {
  std::vector<const CFGBlock *> Open{&Cfg.getEntry()};
  llvm::DenseSet<const CFGBlock *> Seen{&Cfg.getEntry()};
  while (!Open.empty()) {
    const CFGBlock *B = Open.back();
    Open.pop_back();
    for (const CFGElement &E : *B)
      if (auto S = E.getAs<CFGStmt>(); S && S->getStmt() == Call)
        return true;
    for (const CFGBlock::AdjacentBlock &To : B->succs())
      if (const CFGBlock *Next = To.getReachableBlock();
          Next && !Failures.count({B, Next}) && Seen.insert(Next).second)
        Open.push_back(Next);
  }
  return false;
}

/// Whether something is given back after a failure, before or after the waits
/// that fail next.
static bool releasesLater(const StopCall &S, llvm::ArrayRef<StopCall *> Here) {
  std::set<const StopCall *> Seen;
  std::vector<const StopCall *> Open{&S};
  while (!Open.empty()) {
    const StopCall *Each = Open.back();
    Open.pop_back();
    if (Each->Paths.Releases)
      return true;
    for (const StopCall *Next : Here)
      if (llvm::is_contained(Each->Paths.Next, Next->Call) &&
          Seen.insert(Next).second)
        Open.push_back(Next);
  }
  return false;
}

bool ThreadCode::exits(FunctionId F) const { return Exiting.count(F) != 0; }

void ThreadCode::decideTest(StopCall &S, const FunctionFlow &Flow) {
  const FailurePaths &P = S.Paths;
  S.AtOnce =
      P.EndsProcess || P.Unknown || P.Misused || returnsInRegion(Flow, P);
  const bool Must = S.AtOnce || llvm::is_contained(P.Next, S.Call);
  S.NeedsTest = Must || P.Untested;
  // At the end of a function that is also called while things are given back.
  if (!Must && Silent.count(S.Inside) && !P.Effects && P.Next.empty())
    S.NeedsTest = false;
}

/// The calls of a function whose failure its own code does not turn into its
/// end.
void ThreadCode::decideTests(FunctionId F) {
  const FunctionFlow &Flow = *A.flow(F);
  std::vector<StopCall *> Here;
  std::set<std::pair<const CFGBlock *, const CFGBlock *>> Failures;
  for (StopCall &S : Stops) {
    if (S.Inside != F || S.K == StopCall::Kind::Test)
      continue;
    S.Paths = followFailure(*Flow.Source, A.context(), A.apis(), S.Failed,
                            [&](const CallExpr *C) { return isStop(C); });
    Failures.insert(S.Paths.Branches.begin(), S.Paths.Branches.end());
    decideTest(S, Flow);
    Here.push_back(&S);
  }
  // What an error is answered with is done to its end: a test in there would
  // skip what is given back after it, or give it back twice with a handler.
  for (StopCall *S : Here) {
    const FailurePaths &P = S->Paths;
    if (S->NeedsTest && P.Untested && !S->AtOnce &&
        !llvm::is_contained(P.Next, S->Call) &&
        (HasHandlers || releasesLater(*S, Here)) &&
        !isReachedWithoutFailure(*Flow.Source, S->Call, Failures))
      S->NeedsTest = false;
  }
  // Where that is not possible, the thread ends before it.
  for (StopCall *S : Here) {
    bool Ends = false;
    for (const FunctionDecl *Callee : S->Paths.Called)
      Ends |= exits(A.index().idOf(Callee));
    for (const StopCall *Next : Here)
      Ends |= Next->NeedsTest && Next != S &&
              llvm::is_contained(S->Paths.Next, Next->Call);
    S->AtOnce |= Ends && HasHandlers && S->Paths.Releases;
    S->NeedsTest |= S->AtOnce;
    if (!S->NeedsTest && releasesLater(*S, Here))
      for (const FunctionDecl *Callee : S->Paths.Called)
        if (const FunctionId To = A.index().idOf(Callee);
            exits(To) && !isStart(To) && Entry.count(To))
          MoreSilent.insert(To);
  }
}

/// The callers of `F` go on with what it returns.
void ThreadCode::addCallsOf(FunctionId F, std::optional<int64_t> Returned) {
  std::vector<StopCall> Helpers;
  for (FunctionId Caller : A.index()[F].Callers)
    if (Entry.count(Caller))
      forEachCall(Caller, [&](const CallExpr *Call, unsigned Modes) {
        const FunctionDecl *Callee = A.index().calleeOf(*Call);
        if (!Callee || A.index().idOf(Callee) != F || Modes == Disabled)
          return;
        StopCall S;
        S.K = StopCall::Kind::Helper;
        S.Inside = Caller;
        S.Call = Call;
        S.Failed.Call = Call;
        S.Failed.Value = Returned;
        S.Failed.Success = Returned.value_or(0) == 0;
        Helpers.push_back(S);
      });
  for (StopCall &S : Helpers) {
    StopCalls.insert(S.Call);
    Stops.push_back(std::move(S));
  }
}

void ThreadCode::decideTests() {
  const std::vector<StopCall> Found = Stops;
  const llvm::DenseSet<const CallExpr *> FoundCalls = StopCalls;
  for (FunctionId F : Functions)
    HasHandlers |= !A.flow(F)->Regions.empty();
  bool Again = false;
  do {
    Stops = Found;
    StopCalls = FoundCalls;
    Exiting.clear();
    WithStop.clear();
    for (const StopCall &S : Stops)
      WithStop.insert(S.Inside);
    for (const std::vector<FunctionId> &C : A.index().components())
      decideTestsOf(C);
    const size_t Before = Silent.size();
    Silent.insert(MoreSilent.begin(), MoreSilent.end());
    Again = Silent.size() > Before;
  } while (Again);
  breakCycles();
}

void ThreadCode::decideTestsOf(const std::vector<FunctionId> &Component) {
  const bool Recursive =
      Component.size() > 1 ||
      llvm::is_contained(A.index()[Component[0]].Callees, Component[0]);
  for (FunctionId F : Component) {
    if (!Entry.count(F))
      continue;
    decideTests(F);
    std::optional<int64_t> Returned;
    bool Returns = false, Vary = false;
    for (StopCall &S : Stops) {
      if (S.Inside != F)
        continue;
      S.NeedsTest |= Recursive;
      if (S.NeedsTest || S.K == StopCall::Kind::Test)
        Exiting.insert(F);
      if (S.NeedsTest || S.K == StopCall::Kind::Test || !S.Paths.returns())
        continue;
      Vary |= !S.Paths.Returned || (Returned && *Returned != *S.Paths.Returned);
      Returned = S.Paths.Returned;
      Returns = true;
    }
    for (FunctionId Callee : A.index()[F].Callees)
      if (exits(Callee))
        Exiting.insert(F);
    for (FunctionId Caller : A.index()[F].Callers)
      if (WithStop.count(F) && Entry.count(Caller))
        WithStop.insert(Caller);
    if (Returns)
      addCallsOf(F, Vary ? std::nullopt : Returned);
  }
}

//===--- Circles ----------------------------------------------------------===//

static bool contains(const Stmt *Whole, const Stmt *Part) {
  return anyEvaluated(Whole,
                      [&](const Stmt *S, const Stmt *) { return S == Part; });
}

/// One wait may rely on the next to end the thread, but not in a circle.
void ThreadCode::breakCycle(StopCall &First,
                            const std::map<const CallExpr *, StopCall *> &Of) {
  bool Circle = false, Releases = First.Paths.Releases;
  std::set<const Stmt *> Rounds(First.Paths.Rounds.begin(),
                                First.Paths.Rounds.end());
  std::set<const CallExpr *> Seen;
  std::vector<const CallExpr *> Open(First.Paths.Next);
  while (!Open.empty()) {
    const CallExpr *C = Open.back();
    Open.pop_back();
    Circle |= C == First.Call;
    auto It = Of.find(C);
    if (!Seen.insert(C).second || It == Of.end() ||
        (It->second->NeedsTest && It->second != &First))
      continue;
    const FailurePaths &P = It->second->Paths;
    Releases |= P.Releases;
    Rounds.insert(P.Rounds.begin(), P.Rounds.end());
    Open.insert(Open.end(), P.Next.begin(), P.Next.end());
  }
  if (!Circle)
    return;
  First.NeedsTest = true;
  if (!Releases || First.AtOnce || First.Paths.Untested ||
      (First.Paths.returns() && !isStart(First.Inside)))
    return;
  const Stmt *Body = A.index()[First.Inside].Decl->getBody();
  if (anyEvaluated(Body, [](const Stmt *S, const Stmt *) {
        return isa<GotoStmt>(S) || isa<IndirectGotoStmt>(S);
      }))
    return;
  for (const Stmt *Loop : Rounds)
    if (contains(Loop, First.Call))
      First.Rounds.push_back(Loop);
}

void ThreadCode::breakCycles() {
  std::map<const CallExpr *, StopCall *> Of;
  for (StopCall &S : Stops)
    Of[S.Call] = &S;
  for (StopCall &First : Stops)
    if (First.K != StopCall::Kind::Test &&
        (!First.NeedsTest || llvm::is_contained(First.Paths.Next, First.Call)))
      breakCycle(First, Of);
}

//===--- Loops ------------------------------------------------------------===//

static bool isConstantTrue(const Expr *Condition, const ASTContext &Ctx) {
  bool Result = false;
  return !Condition ||
         (!Condition->isValueDependent() &&
          Condition->EvaluateAsBooleanCondition(Result, Ctx) && Result);
}

static bool isEndless(const Stmt *S, const ASTContext &Ctx) {
  if (const auto *W = dyn_cast<WhileStmt>(S))
    return isConstantTrue(W->getCond(), Ctx);
  if (const auto *L = dyn_cast<ForStmt>(S))
    return isConstantTrue(L->getCond(), Ctx);
  if (const auto *D = dyn_cast<DoStmt>(S))
    return isConstantTrue(D->getCond(), Ctx);
  return false;
}

/// The condition of a loop that somebody else ends, as `while (running)`: the
/// loop counts nothing in it and goes along nothing. Constants may be stored.
static bool isSteeredFromOutside(const Stmt *Loop) {
  const Expr *Condition = conditionOf(Loop);
  llvm::DenseSet<const ValueDecl *> Read;
  auto Name = [](const Stmt *S) -> const ValueDecl * {
    if (const auto *D = dyn_cast<DeclRefExpr>(S))
      return D->getDecl();
    const auto *M = dyn_cast<MemberExpr>(S);
    return M ? M->getMemberDecl() : nullptr;
  };
  const bool Calls = anyEvaluated(Condition, [&](const Stmt *S, const Stmt *) {
    if (const ValueDecl *D = Name(S))
      Read.insert(D);
    return isa<CallExpr>(S);
  });
  return !Calls && !anyEvaluated(Loop, [&](const Stmt *S, const Stmt *) {
    const auto *U = dyn_cast<UnaryOperator>(S);
    const auto *B = dyn_cast<BinaryOperator>(S);
    const Expr *Changed = nullptr;
    if (U && (U->isIncrementDecrementOp() || U->getOpcode() == UO_AddrOf))
      Changed = U->getSubExpr();
    else if (B && B->isAssignmentOp() &&
             !isa<IntegerLiteral>(B->getRHS()->IgnoreParenImpCasts()))
      Changed = B->getLHS();
    const ValueDecl *D = Changed ? Name(Changed->IgnoreParens()) : nullptr;
    return D && Read.count(D);
  });
}

static bool isLoop(const Stmt *S) {
  return isa<WhileStmt>(S) || isa<ForStmt>(S) || isa<DoStmt>(S);
}

/// Whether control can come from a block to itself, past none in `Stop`; nor
/// past the end of a loop's round, if only what `goto` makes counts.
static bool comesBack(const CFGBlock *From,
                      const llvm::DenseSet<const CFGBlock *> &Stop,
                      bool ByGotoOnly) {
  std::vector<const CFGBlock *> Open{From};
  llvm::DenseSet<const CFGBlock *> Seen;
  while (!Open.empty()) {
    const CFGBlock *B = Open.back();
    Open.pop_back();
    for (const CFGBlock::AdjacentBlock &To : B->succs()) {
      const CFGBlock *Next = To.getReachableBlock();
      if (!Next || Stop.count(Next) || (ByGotoOnly && Next->getLoopTarget()))
        continue;
      if (Next == From)
        return true;
      if (Seen.insert(Next).second)
        Open.push_back(Next);
    }
  }
  return false;
}

/// Whether a loop can go round without one of the blocks in `Stop`.
static bool circles(const CFG &Cfg, const Stmt *Loop,
                    const llvm::DenseSet<const CFGBlock *> &Stop) {
  for (const CFGBlock *Back : reachableBlocks(Cfg))
    if (Back->getLoopTarget() == Loop && !Stop.count(Back) &&
        comesBack(Back, Stop, false))
      return true;
  return false;
}

/// A circle that `goto` makes, with a cancellation point that is no wait in it:
/// it has ended at a cancel, and has no beginning to put a test at.
void ThreadCode::checkJumps(FunctionId F,
                            const llvm::DenseSet<const CFGBlock *> &Stop) {
  for (const CFGBlock *From : reachableBlocks(*A.flow(F)->Source)) {
    const CallExpr *Point = nullptr;
    for (size_t I = 0; I < From->size() && !Point; ++I)
      if (auto S = (*From)[I].getAs<CFGStmt>())
        if (const auto *C = dyn_cast<CallExpr>(S->getStmt());
            C && (TimedCalls.count(C) || PassedPoints.count(C)) &&
            modesAtBlock(F, *From, I) != Disabled)
          Point = C;
    if (!Point || Stop.count(From))
      continue;
    if (comesBack(From, Stop, true)) {
      obstacle(Point, "a loop that 'goto' makes has no place for a test");
      return;
    }
  }
}

void ThreadCode::findLoops(FunctionId F) {
  const FunctionFlow &Flow = *A.flow(F);
  llvm::DenseSet<const CFGBlock *> Stop;
  for (const CFGBlock *B : reachableBlocks(*Flow.Source))
    for (size_t I = 0; I < B->size(); ++I) {
      auto S = (*B)[I].getAs<CFGStmt>();
      const auto *C = S ? dyn_cast<CallExpr>(S->getStmt()) : nullptr;
      const FunctionDecl *Callee = C ? A.index().calleeOf(*C) : nullptr;
      if (C && (isStop(C) || (Callee && modesAtBlock(F, *B, I) != Disabled &&
                              containsStop(A.index().idOf(Callee)))))
        Stop.insert(B);
    }
  checkJumps(F, Stop);
  // The innermost loop of each statement, and the loops that wait.
  llvm::DenseMap<const Stmt *, const Stmt *> LoopOf;
  llvm::DenseSet<const Stmt *> Waiting, Passing;
  std::vector<const Stmt *> Found;
  forEachEvaluated(Flow.Decl->getBody(), [&](const Stmt *S, const Stmt *P) {
    const bool IsLoop = isLoop(S);
    LoopOf[S] = IsLoop ? S : LoopOf.lookup(P);
    if (IsLoop)
      Found.push_back(S);
    if (const auto *C = dyn_cast<CallExpr>(S); C && TimedCalls.count(C))
      Waiting.insert(LoopOf.lookup(S));
    else if (C && PassedPoints.count(C))
      Passing.insert(LoopOf.lookup(S));
  });
  for (const Stmt *S : Found) {
    const bool Open = Waiting.count(S) || isEndless(S, A.context()) ||
                      (Passing.count(S) && isSteeredFromOutside(S));
    if (!Open || !circles(*Flow.Source, S, Stop))
      continue;
    for (const CFGBlock *B : reachableBlocks(*Flow.Source))
      if (B->getLoopTarget() == S &&
          modesAtBlock(F, *B, B->size()) == Enabled) {
        Loops.push_back({F, S});
        break;
      }
  }
}

} // namespace thread_stop::flow
