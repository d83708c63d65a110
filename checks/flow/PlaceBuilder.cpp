// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/PlaceBuilder.h"

#include "flow/AstWalk.h"
#include "flow/Loops.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/FoldingSet.h"

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned MaxDepth = 24;

/// A larger expression gets no name.
static constexpr unsigned MaxExpression = 64;

//===--- Uses of variables ------------------------------------------------===//

static const VarDecl *variableOf(const Expr *E) {
  const auto *D = dyn_cast<DeclRefExpr>(E->IgnoreParenCasts());
  return D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
}

/// What decides a branch, or goes to the caller who may branch on it.
static const Expr *testedBy(const Stmt *S) {
  if (const auto *If = dyn_cast<IfStmt>(S))
    return If->getCond();
  if (const Expr *Condition = conditionOf(S))
    return Condition;
  if (const auto *Sw = dyn_cast<SwitchStmt>(S))
    return Sw->getCond();
  if (const auto *C = dyn_cast<AbstractConditionalOperator>(S))
    return C->getCond();
  if (const auto *R = dyn_cast<ReturnStmt>(S))
    return R->getRetValue();
  // The operands of `a && b && c` are seen once each, not per operator.
  if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->isLogicalOp()) {
    const auto *L = dyn_cast<BinaryOperator>(B->getLHS()->IgnoreParens());
    return L && L->isLogicalOp() ? nullptr : B->getLHS();
  }
  return nullptr;
}

static void scanWrites(const Stmt *S, VariableUse &Use) {
  if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    if (B->isAssignmentOp())
      if (const VarDecl *V = variableOf(B->getLHS()))
        ++Use.Writes[V];
  } else if (const auto *U = dyn_cast<UnaryOperator>(S)) {
    if (const VarDecl *V = variableOf(U->getSubExpr())) {
      if (U->isIncrementDecrementOp())
        ++Use.Writes[V];
      else if (U->getOpcode() == UO_AddrOf)
        Use.AddressTaken.insert(V);
    }
  } else if (const auto *C = dyn_cast<CallExpr>(S)) {
    // Bound to a reference.
    if (const FunctionDecl *F = C->getDirectCallee())
      for (unsigned I = 0; I < C->getNumArgs() && I < F->getNumParams(); ++I)
        if (F->getParamDecl(I)->getType()->isLValueReferenceType())
          if (const VarDecl *V = variableOf(C->getArg(I)))
            Use.AddressTaken.insert(V);
  } else if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    for (const LambdaCapture &C : L->captures())
      if (C.capturesVariable() && C.getCaptureKind() == LCK_ByRef)
        if (const auto *V = dyn_cast<VarDecl>(C.getCapturedVar()))
          Use.AddressTaken.insert(V);
  }
}

void VariableUse::add(const Stmt *S) {
  scanWrites(S, *this);
  const Expr *Condition = testedBy(S);
  if (!Condition)
    return;
  forEachEvaluated(Condition, [&](const Stmt *Each, const Stmt *) {
    if (const auto *D = dyn_cast<DeclRefExpr>(Each))
      if (const auto *V = dyn_cast<VarDecl>(D->getDecl()))
        Tested.insert(V);
  });
}

VariableUse useOfVariables(const Stmt *Body) {
  VariableUse Use;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *) { Use.add(S); });
  return Use;
}

//===--- Places -----------------------------------------------------------===//

static const Expr *strip(const Expr *E) {
  for (unsigned I = 0; I < MaxDepth; ++I) {
    const Expr *Before = E;
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
      E = M->getSubExpr();
    if (E == Before)
      break;
  }
  return E;
}

uintptr_t PlaceBuilder::identity(const ValueDecl *D) {
  return reinterpret_cast<uintptr_t>(D->getCanonicalDecl());
}

/// Steps to what no declaration names: whether a guard owns its lock, and the
/// life of an object.
static constexpr uintptr_t Ownership = 1, Life = 2;

const FieldDecl *PlaceBuilder::fieldOf(const Step &S) {
  if (S.K != Step::Kind::Field || S.Id == Ownership || S.Id == Life)
    return nullptr;
  return dyn_cast<FieldDecl>(reinterpret_cast<const Decl *>(S.Id));
}

PlaceId PlaceBuilder::variable(const VarDecl *V) {
  Place P;
  P.Base = identity(V);
  if (const auto *Param = dyn_cast<ParmVarDecl>(V)) {
    P.Kind = BaseKind::Param;
    P.Index = Param->getFunctionScopeIndex();
  } else {
    P.Kind = V->hasGlobalStorage() ? BaseKind::Global : BaseKind::Local;
  }
  return Places.intern(std::move(P));
}

PlaceId PlaceBuilder::valueOf(const Stmt *Call) {
  Place P;
  P.Kind = BaseKind::Value;
  P.Base = reinterpret_cast<uintptr_t>(Call);
  return Places.intern(std::move(P));
}

PlaceId PlaceBuilder::returnOf(const FunctionDecl *F) {
  Place P;
  P.Kind = BaseKind::Return;
  P.Base = reinterpret_cast<uintptr_t>(F->getCanonicalDecl());
  return Places.intern(std::move(P));
}

PlaceId PlaceBuilder::ownsField(PlaceId Guard) {
  return Places.extend(Guard, {Step::Kind::Field, Ownership});
}

PlaceId PlaceBuilder::lifeOf(PlaceId Object) {
  return Places.extend(Object, {Step::Kind::Field, Life});
}

PlaceId PlaceBuilder::expression(const Expr *E, bool AllowCalls) {
  if (E->isValueDependent() || E->isTypeDependent())
    return NoPlace;
  Place P;
  P.Kind = BaseKind::Expression;
  bool Pure = true;
  unsigned Size = 0;
  const bool Unfit = anyEvaluated(E, [&](const Stmt *S, const Stmt *) {
    if (const auto *D = dyn_cast<DeclRefExpr>(S)) {
      if (isa<VarDecl>(D->getDecl()))
        P.Reads.push_back(identity(D->getDecl()));
    } else if (const auto *B = dyn_cast<BinaryOperator>(S)) {
      Pure = !B->isAssignmentOp();
    } else if (const auto *U = dyn_cast<UnaryOperator>(S)) {
      Pure = !U->isIncrementDecrementOp();
    } else if (isa<CallExpr>(S)) {
      Pure = AllowCalls;
    } else if (isa<CXXNewExpr>(S) || isa<StmtExpr>(S) || isa<LambdaExpr>(S)) {
      Pure = false;
    }
    return !Pure || ++Size > MaxExpression;
  });
  if (Unfit)
    return NoPlace;
  llvm::FoldingSetNodeID Id;
  E->Profile(Id, Ctx, true);
  P.Base = Id.ComputeHash();
  return Places.intern(std::move(P));
}

PlaceId PlaceBuilder::reference(const DeclRefExpr *D, unsigned Depth) {
  const auto *V = dyn_cast<VarDecl>(D->getDecl());
  if (!V)
    return NoPlace;
  if (V->getType()->isReferenceType()) {
    if (isa<ParmVarDecl>(V))
      return Places.extend(variable(V), {Step::Kind::Deref, 0});
    if (const Expr *Init = V->getInit())
      return lvalue(Init, Depth + 1);
    return NoPlace;
  }
  if (D->refersToEnclosingVariableOrCapture() &&
      (!Around || V->getDeclContext() != Around)) {
    // A captured variable: the same storage in the lambda and around it.
    Place P;
    P.Kind = BaseKind::Global;
    P.Base = identity(V);
    return Places.intern(std::move(P));
  }
  return variable(V);
}

PlaceId PlaceBuilder::subscript(const ArraySubscriptExpr *A, unsigned Depth) {
  const Expr *Base = strip(A->getBase());
  Step S{Step::Kind::ConstIndex, 0};
  if (std::optional<int64_t> I = constant(A->getIdx())) {
    S.Id = static_cast<uintptr_t>(*I);
  } else if (const auto *D =
                 dyn_cast<DeclRefExpr>(A->getIdx()->IgnoreParenCasts());
             D && isa<VarDecl>(D->getDecl())) {
    S = {Step::Kind::VarIndex, identity(D->getDecl())};
  } else {
    return expression(A, false);
  }
  if (Base->getType()->isArrayType())
    return Places.extend(lvalue(Base, Depth + 1), S);
  PlaceId To = pointee(Base, Depth + 1);
  // p[0] is *p.
  return S.K == Step::Kind::ConstIndex && S.Id == 0 ? To : Places.extend(To, S);
}

PlaceId PlaceBuilder::lvalue(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return NoPlace;
  E = strip(E);
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    return reference(D, Depth);
  if (const auto *M = dyn_cast<MemberExpr>(E)) {
    if (const auto *Static = dyn_cast<VarDecl>(M->getMemberDecl()))
      return variable(Static);
    PlaceId Base = M->isArrow() ? pointee(M->getBase(), Depth + 1)
                                : lvalue(M->getBase(), Depth + 1);
    return Places.extend(Base,
                         {Step::Kind::Field, identity(M->getMemberDecl())});
  }
  if (const auto *U = dyn_cast<UnaryOperator>(E)) {
    if (U->getOpcode() == UO_Deref)
      return pointee(U->getSubExpr(), Depth + 1);
    return NoPlace;
  }
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return subscript(A, Depth);
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (B->isAssignmentOp())
      return lvalue(B->getLHS(), Depth + 1);
    if (B->isCommaOp())
      return lvalue(B->getRHS(), Depth + 1);
    return NoPlace;
  }
  if (isa<CXXThisExpr>(E)) {
    Place P;
    P.Kind = BaseKind::This;
    return Places.intern(std::move(P));
  }
  if (isa<CallExpr>(E))
    return expression(E, true);
  return NoPlace;
}

/// A local pointer that is set once, by its initialiser, to something that is
/// itself a fixed place.
static const Expr *aliasOf(const Expr *E, const VariableUse *Use) {
  const auto *D = dyn_cast<DeclRefExpr>(E);
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!V || !Use || !V->hasLocalStorage() || isa<ParmVarDecl>(V) ||
      !V->getInit() || !Use->neverWritten(V))
    return nullptr;
  const Expr *Init = strip(V->getInit());
  if (const auto *U = dyn_cast<UnaryOperator>(Init))
    return U->getOpcode() == UO_AddrOf ? Init : nullptr;
  return isa<DeclRefExpr>(Init) || isa<MemberExpr>(Init) ||
                 isa<CXXThisExpr>(Init)
             ? Init
             : nullptr;
}

PlaceId PlaceBuilder::pointee(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return NoPlace;
  E = strip(E);
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_AddrOf)
    return lvalue(U->getSubExpr(), Depth + 1);
  if (E->getType()->isArrayType())
    return Places.extend(lvalue(E, Depth + 1), {Step::Kind::ConstIndex, 0});
  if (const Expr *Alias = aliasOf(E, Use))
    return pointee(Alias, Depth + 1);
  return Places.extend(lvalue(E, Depth + 1), {Step::Kind::Deref, 0});
}

Binding PlaceBuilder::binding(const Expr *E, bool ByReference) {
  if (ByReference)
    return {lvalue(E), true};
  const Expr *S = strip(E);
  const auto *U = dyn_cast<UnaryOperator>(S);
  if ((U && U->getOpcode() == UO_AddrOf) || S->getType()->isArrayType() ||
      aliasOf(S, Use))
    return {pointee(S), true};
  return {lvalue(S), false};
}

std::optional<int64_t> PlaceBuilder::constant(const Expr *E) const {
  if (!E || E->isValueDependent() || E->isTypeDependent())
    return std::nullopt;
  if (E->getType()->isPointerType() || E->getType()->isNullPtrType()) {
    const Expr *S = E->IgnoreParenCasts();
    if (S->isNullPointerConstant(const_cast<ASTContext &>(Ctx),
                                 Expr::NPC_ValueDependentIsNotNull))
      return 0;
    if (!S->getType()->isIntegerType())
      return std::nullopt;
    E = S; // (void *)-1
  }
  if (!E->getType()->isIntegralOrEnumerationType())
    return std::nullopt;
  // Most of what is asked about; clang's evaluator takes its time to say no.
  if (const VarDecl *V = variableOf(E); V && !V->getType()->isReferenceType() &&
                                        !V->getType().isConstQualified()) {
    // Never written again: `int wanted = 0; if (rc != wanted)`.
    const bool Keeps = Use && V->hasLocalStorage() && !isa<ParmVarDecl>(V) &&
                       V->hasInit() && Use->neverWritten(V) &&
                       variableOf(V->getInit()) != V;
    return Keeps ? constant(V->getInit()) : std::nullopt;
  }
  Expr::EvalResult R;
  if (!E->EvaluateAsInt(R, Ctx))
    return std::nullopt;
  const llvm::APSInt &V = R.Val.getInt();
  if (V.isUnsigned() ? V.getActiveBits() > 63 : V.getSignificantBits() > 64)
    return std::nullopt;
  return V.getExtValue();
}

} // namespace thread_stop::flow
