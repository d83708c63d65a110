// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Loops.h"

#include "flow/AstWalk.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace thread_stop::flow {

static bool runsOnce(const DoStmt &D, const ASTContext &Context) {
  bool Again = true;
  return !D.getCond()->isValueDependent() &&
         D.getCond()->EvaluateAsBooleanCondition(Again, Context) && !Again;
}

bool isLoop(const Stmt *S, const ASTContext &Context) {
  if (const auto *D = dyn_cast<DoStmt>(S))
    return !runsOnce(*D, Context);
  return isa<WhileStmt>(S) || isa<ForStmt>(S) || isa<CXXForRangeStmt>(S);
}

const Expr *conditionOf(const Stmt *Loop) {
  if (const auto *W = dyn_cast<WhileStmt>(Loop))
    return W->getCond();
  if (const auto *D = dyn_cast<DoStmt>(Loop))
    return D->getCond();
  if (const auto *F = dyn_cast<ForStmt>(Loop))
    return F->getCond();
  return nullptr;
}

static const VarDecl *variable(const Stmt *S) {
  const auto *E = dyn_cast<Expr>(S);
  const auto *D = E ? dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts()) : nullptr;
  return D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
}

static bool mentions(const Expr *E, const VarDecl *V) {
  return anyEvaluated(E, [&](const Stmt *S, const Stmt *) {
    const auto *D = dyn_cast<DeclRefExpr>(S);
    return D && D->getDecl() == V;
  });
}

/// Whether `S` gives `V` another value: `++`, `+=`, `=`, also of an iterator.
static bool steps(const Stmt *S, const VarDecl *V) {
  if (const auto *U = dyn_cast<UnaryOperator>(S))
    return U->isIncrementDecrementOp() && variable(U->getSubExpr()) == V;
  if (const auto *B = dyn_cast<BinaryOperator>(S))
    return B->isAssignmentOp() && variable(B->getLHS()) == V;
  const auto *O = dyn_cast<CXXOperatorCallExpr>(S);
  if (!O || O->getNumArgs() == 0 || variable(O->getArg(0)) != V)
    return false;
  const OverloadedOperatorKind K = O->getOperator();
  return K == OO_PlusPlus || K == OO_MinusMinus || K == OO_PlusEqual ||
         K == OO_MinusEqual || K == OO_Equal;
}

bool isSearch(const Stmt *Loop, const Expr *Read) {
  const Expr *Condition = conditionOf(Loop);
  const auto *Range = dyn_cast<CXXForRangeStmt>(Loop);
  return anyEvaluated(Read, [&](const Stmt *S, const Stmt *) {
    const auto *D = dyn_cast<DeclRefExpr>(S);
    const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
    if (!V || !V->hasLocalStorage())
      return false;
    if (Range)
      return V == Range->getLoopVariable();
    return Condition && mentions(Condition, V) &&
           anyEvaluated(Loop, [&](const Stmt *Each, const Stmt *) {
             return steps(Each, V);
           });
  });
}

} // namespace thread_stop::flow
