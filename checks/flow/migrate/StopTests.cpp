// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The second half of ThreadCode: where a test of the flag is needed, because a
// wait that fails does not end the thread, or because a loop has no wait.

#include "flow/AstWalk.h"
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

/// The calls of the function at hand whose failure its own code does not turn
/// into its end. False: it is part of a recursion, where nothing is followed.
bool ThreadCode::decideTests(FunctionId F) {
  const FunctionFlow &Flow = *A.flow(F);
  for (StopCall &S : Stops) {
    if (S.Inside != F || S.K == StopCall::Kind::Test)
      continue;
    S.Paths = followFailure(*Flow.Source, A.context(), A.apis(), S.Failed,
                            [&](const CallExpr *C) { return isStop(C); });
    S.NeedsTest = S.Paths.Untested || S.Paths.EndsProcess || S.Paths.Unknown ||
                  llvm::is_contained(S.Paths.Next, S.Call) ||
                  returnsInRegion(Flow, S.Paths);
  }
  return true;
}

void ThreadCode::decideTests() {
  for (const StopCall &S : Stops)
    WithStop.insert(S.Inside);
  for (const std::vector<FunctionId> &C : A.index().components()) {
    const bool Recursive =
        C.size() > 1 || llvm::is_contained(A.index()[C[0]].Callees, C[0]);
    for (FunctionId F : C) {
      if (!Entry.count(F))
        continue;
      decideTests(F);
      std::optional<int64_t> Returned;
      bool Returns = false, Vary = false;
      for (StopCall &S : Stops) {
        if (S.Inside != F)
          continue;
        S.NeedsTest |= Recursive;
        if (S.NeedsTest || S.K == StopCall::Kind::Test || !S.Paths.returns())
          continue;
        Vary |=
            !S.Paths.Returned || (Returned && *Returned != *S.Paths.Returned);
        Returned = S.Paths.Returned;
        Returns = true;
      }
      for (FunctionId Caller : A.index()[F].Callers)
        if (WithStop.count(F) && Entry.count(Caller))
          WithStop.insert(Caller);
      if (!Returns)
        continue;
      // Its callers go on with what it returns.
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
            S.Failed.Value = Vary ? std::nullopt : Returned;
            S.Failed.SetsErrno = false;
            Helpers.push_back(S);
          });
      for (StopCall &S : Helpers) {
        StopCalls.insert(S.Call);
        Stops.push_back(std::move(S));
      }
    }
  }
  breakCycles();
}

/// One wait may rely on the next to end the thread, but not in a circle.
void ThreadCode::breakCycles() {
  std::map<const CallExpr *, StopCall *> Of;
  for (StopCall &S : Stops)
    Of[S.Call] = &S;
  for (StopCall &First : Stops) {
    if (First.NeedsTest || First.K == StopCall::Kind::Test)
      continue;
    std::set<const CallExpr *> Seen;
    std::vector<const CallExpr *> Open(First.Paths.Next);
    while (!Open.empty() && !First.NeedsTest) {
      const CallExpr *C = Open.back();
      Open.pop_back();
      if (C == First.Call)
        First.NeedsTest = true;
      auto It = Of.find(C);
      if (!Seen.insert(C).second || It == Of.end() || It->second->NeedsTest)
        continue;
      Open.insert(Open.end(), It->second->Paths.Next.begin(),
                  It->second->Paths.Next.end());
    }
  }
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

static bool isLoop(const Stmt *S) {
  return isa<WhileStmt>(S) || isa<ForStmt>(S) || isa<DoStmt>(S);
}

/// Whether a loop can go round without one of the blocks in `Stop`.
static bool circles(const CFG &Cfg, const Stmt *Loop,
                    const llvm::DenseSet<const CFGBlock *> &Stop) {
  for (const CFGBlock *Back : reachableBlocks(Cfg)) {
    if (Back->getLoopTarget() != Loop || Stop.count(Back))
      continue;
    std::vector<const CFGBlock *> Open{Back};
    llvm::DenseSet<const CFGBlock *> Seen;
    while (!Open.empty()) {
      const CFGBlock *B = Open.back();
      Open.pop_back();
      for (const CFGBlock::AdjacentBlock &To : B->succs()) {
        const CFGBlock *Next = To.getReachableBlock();
        if (Next == Back)
          return true;
        if (Next && !Stop.count(Next) && Seen.insert(Next).second)
          Open.push_back(Next);
      }
    }
  }
  return false;
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
  // The innermost loop of each statement, and the loops that wait.
  llvm::DenseMap<const Stmt *, const Stmt *> LoopOf;
  llvm::DenseSet<const Stmt *> Waiting;
  std::vector<const Stmt *> Found;
  forEachEvaluated(Flow.Decl->getBody(), [&](const Stmt *S, const Stmt *P) {
    const bool IsLoop = isLoop(S);
    LoopOf[S] = IsLoop ? S : LoopOf.lookup(P);
    if (IsLoop)
      Found.push_back(S);
    if (const auto *C = dyn_cast<CallExpr>(S); C && TimedCalls.count(C))
      Waiting.insert(LoopOf.lookup(S));
  });
  for (const Stmt *S : Found) {
    if ((!Waiting.count(S) && !isEndless(S, A.context())) ||
        !circles(*Flow.Source, S, Stop))
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
