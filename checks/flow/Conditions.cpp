// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Branches: which edge proves what.

#include "flow/FactsGenerator.h"

#include "clang/AST/Attr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/Builtins.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

Relation negated(Relation R) {
  switch (R) {
  case Relation::EQ:
    return Relation::NE;
  case Relation::NE:
    return Relation::EQ;
  case Relation::LT:
    return Relation::GE;
  case Relation::LE:
    return Relation::GT;
  case Relation::GT:
    return Relation::LE;
  case Relation::GE:
    return Relation::LT;
  }
  return R;
}

/// `c < x` as `x > c`.
static Relation mirrored(Relation R) {
  switch (R) {
  case Relation::LT:
    return Relation::GT;
  case Relation::LE:
    return Relation::GE;
  case Relation::GT:
    return Relation::LT;
  case Relation::GE:
    return Relation::LE;
  case Relation::EQ:
  case Relation::NE:
    break;
  }
  return R;
}

static std::optional<Relation> relationOf(BinaryOperatorKind K) {
  switch (K) {
  case BO_EQ:
    return Relation::EQ;
  case BO_NE:
    return Relation::NE;
  case BO_LT:
    return Relation::LT;
  case BO_LE:
    return Relation::LE;
  case BO_GT:
    return Relation::GT;
  case BO_GE:
    return Relation::GE;
  default:
    return std::nullopt;
  }
}

/// Takes parentheses, casts, `!` (counted) and __builtin_expect away.
static const Expr *stripCondition(const Expr *E, bool &Negate) {
  for (unsigned Depth = 0; Depth < 32; ++Depth) {
    const Expr *Before = E;
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *U = dyn_cast<UnaryOperator>(E);
        U && U->getOpcode() == UO_LNot) {
      Negate = !Negate;
      E = U->getSubExpr();
    } else if (const auto *C = dyn_cast<CallExpr>(E)) {
      const FunctionDecl *F = C->getDirectCallee();
      const unsigned Builtin = F ? F->getBuiltinID() : 0;
      if ((Builtin == Builtin::BI__builtin_expect ||
           Builtin == Builtin::BI__builtin_expect_with_probability) &&
          C->getNumArgs() >= 1)
        E = C->getArg(0);
    }
    if (E == Before)
      break;
  }
  return E;
}

/// Called twice with the same arguments it answers the same.
static bool isPure(const CallExpr *C) {
  const FunctionDecl *F = C->getDirectCallee();
  return F && (F->hasAttr<PureAttr>() || F->hasAttr<ConstAttr>());
}

Assumption FactsGenerator::assumption(const Expr *Condition, bool Holds) {
  Assumption A;
  bool Negate = false;
  const Expr *E = stripCondition(Condition, Negate);
  A.Rel = Relation::NE;
  A.Value = 0;
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (std::optional<Relation> R = relationOf(B->getOpcode())) {
      std::optional<int64_t> Right = Builder.constant(B->getRHS());
      std::optional<int64_t> Left =
          Right ? std::nullopt : Builder.constant(B->getLHS());
      if (Right || Left) {
        A.Rel = Right ? *R : mirrored(*R);
        A.Value = Right ? *Right : *Left;
        bool Inner = false;
        const Expr *Operand =
            stripCondition(Right ? B->getLHS() : B->getRHS(), Inner);
        // Signs say nothing of `c > 3`: the comparison itself is the term.
        if (A.Rel != Relation::EQ && A.Rel != Relation::NE &&
            (A.Value > 1 || A.Value < -1)) {
          A.Term = Builder.expression(B, false);
          A.Rel = Negate != !Holds ? Relation::EQ : Relation::NE;
          A.Value = 0;
          return A;
        }
        // `!x == 0`: rare, and not worth getting wrong.
        if (Inner)
          return {};
        E = Operand;
      }
    }
  }
  if (Negate != !Holds)
    A.Rel = negated(A.Rel);

  if (const auto *B = dyn_cast<BinaryOperator>(E);
      B && (B->isAssignmentOp() || B->isCommaOp()))
    A.Term = Builder.lvalue(E);
  else if (isa<CallExpr>(E))
    A.Term = ValueCalls.count(E)         ? Builder.valueOf(E)
             : isPure(cast<CallExpr>(E)) ? Builder.expression(E, true)
                                         : NoPlace;
  else
    A.Term = Builder.lvalue(E);

  if (A.Term == NoPlace && E->getType()->isIntegralOrEnumerationType())
    A.Term = Builder.expression(E, false);
  // A guard asked whether it owns its lock.
  const CXXMemberCallExpr *M = dyn_cast<CXXMemberCallExpr>(E);
  if (!M && isa<DeclRefExpr>(E))
    if (const auto *V = dyn_cast<VarDecl>(cast<DeclRefExpr>(E)->getDecl());
        V && GuardLocks.count(V))
      A.Term = Builder.ownsField(Builder.variable(V));
  if (M)
    if (const auto *D = dyn_cast<DeclRefExpr>(
            M->getImplicitObjectArgument()->IgnoreParenCasts()))
      if (const auto *V = dyn_cast<VarDecl>(D->getDecl());
          V && GuardLocks.count(V) && M->getMethodDecl()) {
        const CXXMethodDecl *Method = M->getMethodDecl();
        if (isa<CXXConversionDecl>(Method) ||
            (Method->getDeclName().isIdentifier() &&
             Method->getName() == "owns_lock"))
          A.Term = Builder.ownsField(Builder.variable(V));
      }
  return A;
}

/// Signs and values cannot hold `n != 3`: whether n is 3 is remembered as a
/// term of its own.
void FactsGenerator::proveEquality(Edge &E, const Assumption &A) {
  if (A.Term == NoPlace || A.Value == 0 ||
      (A.Rel != Relation::EQ && A.Rel != Relation::NE))
    return;
  Place IsValue;
  IsValue.Kind = BaseKind::Expression;
  IsValue.Index = A.Term; // no hash of the AST has one
  IsValue.Base = static_cast<uintptr_t>(A.Value);
  IsValue.Reads = Places[A.Term].Reads;
  IsValue.Reads.push_back(Places[A.Term].Base);
  E.AlsoProves.push_back({Places.intern(std::move(IsValue)),
                          A.Rel == Relation::EQ ? Relation::NE : Relation::EQ,
                          0});
}

void FactsGenerator::proveUnequal(Edge &E, const Assumption &A) {
  E.AlsoProves.push_back(A);
  proveEquality(E, A);
}

/// A case proves its value, everything else that it is none of the cases.
void FactsGenerator::proveCase(Edge &E, const SwitchStmt &Switch,
                               const Stmt *Label) {
  const Assumption Subject = assumption(Switch.getCond(), true);
  // `switch (x == 1)` would need two relations.
  if (Subject.Term == NoPlace || Subject.Rel != Relation::NE ||
      Subject.Value != 0)
    return;
  if (const auto *Case = dyn_cast_or_null<CaseStmt>(Label)) {
    if (!Case->getRHS())
      if (std::optional<int64_t> V = Builder.constant(Case->getLHS()))
        E.Proves = {Subject.Term, Relation::EQ, *V};
    proveEquality(E, E.Proves);
    return;
  }
  unsigned Count = 0;
  for (const SwitchCase *C = Switch.getSwitchCaseList(); C && Count < 16;
       C = C->getNextSwitchCase(), ++Count)
    if (const auto *Case = dyn_cast<CaseStmt>(C); Case && !Case->getRHS())
      if (std::optional<int64_t> V = Builder.constant(Case->getLHS()))
        proveUnequal(E, {Subject.Term, Relation::NE, *V});
}

/// The expression that decides a two-way branch. Where calls end blocks (they
/// may throw) it is not the last element, and only the statement tells.
static bool endsInThrow(const CFGBlock &B) {
  for (const CFGElement &E : B)
    if (auto S = E.getAs<CFGStmt>(); S && isa<CXXThrowExpr>(S->getStmt()))
      return true;
  return false;
}

static const Expr *decidingExpression(const CFGBlock &B) {
  if (const Expr *Last = B.getLastCondition())
    return Last;
  const auto *E = dyn_cast_or_null<Expr>(B.getTerminatorCondition());
  for (unsigned Depth = 0; E && Depth < 64; ++Depth) {
    const auto *L = dyn_cast<BinaryOperator>(E->IgnoreParenImpCasts());
    if (!L || !L->isLogicalOp())
      break;
    // Its left side was decided in a block of its own.
    E = L->getRHS();
  }
  return E;
}

/// As in the source: clang has the last case first, and the default behind all.
static void orderCases(std::vector<Edge> &Edges, const CFGBlock &B) {
  const CFGBlock *Default = B.succ_rbegin()->getReachableBlock();
  const bool HasDefault =
      !Edges.empty() && Default && Edges.back().To == Default->getBlockID();
  std::reverse(Edges.begin(), Edges.end() - (HasDefault ? 1 : 0));
}

void FactsGenerator::addEdges(const CFGBlock &B) {
  const CFGBlock &Exit = B.getParent()->getExit();
  if (Now->End == Leaving::NoReturn)
    return;
  const Stmt *Terminator = B.getTerminatorStmt();
  const auto *Switch = dyn_cast_or_null<SwitchStmt>(Terminator);
  const Expr *Condition = B.succ_size() == 2 && Terminator && !Switch
                              ? decidingExpression(B)
                              : nullptr;
  if (Terminator && isa<CXXTryStmt>(Terminator))
    Condition = nullptr;

  const Assumption IfTrue =
      Condition ? assumption(Condition, true) : Assumption();
  Now->Edges.reserve(B.succ_size());
  unsigned Number = 0;
  for (const CFGBlock::AdjacentBlock &Next : B.succs()) {
    const unsigned I = Number++;
    const CFGBlock *To = Next.getReachableBlock();
    if (!To)
      continue;
    // Without a terminator the second way is the one an exception takes. Out
    // of the function it is not followed: any call may throw.
    const bool Thrown = !Terminator && I == 1;
    if (To == &Exit) {
      // An exception that no handler here catches is a throw's affair.
      if (Thrown || (Terminator && isa<CXXTryStmt>(Terminator)))
        continue;
      Now->LeavesFunction = true;
      Now->ExitProves.push_back(I == 0 ? IfTrue : negated(IfTrue));
      continue;
    }
    Edge E;
    E.To = To->getBlockID();
    E.Exception = Thrown || endsInThrow(B);
    if (Condition) {
      E.Proves = I == 0 ? IfTrue : negated(IfTrue);
      proveEquality(E, E.Proves);
    } else if (Switch) {
      proveCase(E, *Switch, To->getLabel());
    }
    Now->Edges.push_back(E);
  }
  if (Switch)
    orderCases(Now->Edges, B);
}

} // namespace thread_stop::flow
