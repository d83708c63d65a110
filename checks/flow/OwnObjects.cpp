// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/OwnObjects.h"

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "flow/Signals.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned MaxCallers = 3;

/// The variable that is, or points to, the object of a member access.
static const VarDecl *objectOf(const Expr *Access, bool &Through) {
  Through = false;
  const Expr *E = withoutCasts(Access);
  while (const auto *M = dyn_cast_or_null<MemberExpr>(E)) {
    E = withoutCasts(M->getBase());
    if (M->isArrow()) {
      Through = true;
      break;
    }
  }
  if (const auto *U = dyn_cast_or_null<UnaryOperator>(E);
      U && Through && U->getOpcode() == UO_AddrOf) {
    Through = false;
    E = withoutCasts(U->getSubExpr());
  }
  const auto *D = dyn_cast_or_null<DeclRefExpr>(E);
  return D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
}

bool OwnObjects::isMember(const Expr *Access, FunctionId Inside,
                          unsigned Depth) {
  const Expr *E = Access ? withoutCasts(Access) : nullptr;
  if (!E || !isa<MemberExpr>(E) || Depth > MaxCallers)
    return false;
  bool Through = false;
  const VarDecl *V = objectOf(E, Through);
  if (!V || V->hasGlobalStorage())
    return false;
  const auto *P = dyn_cast<ParmVarDecl>(V);
  if (!P || (!Through && !V->getType()->isReferenceType()))
    return Through ? isAllocated(*V) && isOwn(*V, Inside)
                   : !V->getType()->isReferenceType() && isOwn(*V, Inside);
  // What all callers pass.
  const Values &Vals = A.signals().values();
  const std::vector<CallSite> &Calls = Vals.callsOf(Inside);
  return !Calls.empty() && Vals.writesOf(P).empty() &&
         std::all_of(Calls.begin(), Calls.end(), [&](const CallSite &C) {
           const unsigned At = P->getFunctionScopeIndex();
           if (At >= C.Call->getNumArgs() || C.Inside == Inside)
             return false;
           const Expr *Given = withoutCasts(C.Call->getArg(At));
           const auto *U = dyn_cast<UnaryOperator>(Given);
           if (U && U->getOpcode() == UO_AddrOf)
             Given = withoutCasts(U->getSubExpr());
           if (isa<MemberExpr>(Given))
             return isMember(Given, C.Inside, Depth + 1);
           const auto *D = dyn_cast<DeclRefExpr>(Given);
           const auto *Of = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
           if (!Of || Of->hasGlobalStorage() || isa<ParmVarDecl>(Of))
             return false;
           return (!Of->getType()->isPointerType() || isAllocated(*Of)) &&
                  isOwn(*Of, C.Inside);
         });
}

bool OwnObjects::isOwn(const VarDecl &V, FunctionId Inside) {
  auto [It, New] = Known.try_emplace(&V, false);
  if (!New)
    return It->second;
  const bool Own = !goesAway(V, Inside);
  return Known[&V] = Own;
}

/// Only ever holds what malloc, calloc or `new` gives.
bool OwnObjects::isAllocated(const VarDecl &V) const {
  llvm::SmallVector<const Expr *, 4> From;
  if (V.getInit())
    From.push_back(V.getInit());
  for (const ValueWrite &W : A.signals().values().writesOf(&V))
    From.push_back(W.Value);
  return !From.empty() && std::all_of(From.begin(), From.end(), [](auto *E) {
    E = E ? withoutCasts(E) : nullptr;
    if (E && isa<CXXNewExpr>(E))
      return true;
    const auto *C = dyn_cast_or_null<CallExpr>(E);
    const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
    return F && F->getIdentifier() &&
           (F->getName() == "malloc" || F->getName() == "calloc");
  });
}

/// A call that makes a thread, or hands a function over together with the
/// object.
bool OwnObjects::keeps(const CallExpr &C) {
  const FunctionDecl *F = A.index().calleeOf(C);
  if (!F)
    return true;
  if (A.apis().of(*F).ThreadCreate)
    return true;
  const FunctionId Id = A.index().idOf(F);
  if (Id == NoFunction)
    return std::any_of(C.arg_begin(), C.arg_end(), [&](const Expr *E) {
      return A.index().functionOf(E) != nullptr;
    });
  for (FunctionId G : Threads::reachable(A.index(), Id))
    for (const ApiCall &Made : A.index().Creations)
      if (Made.Inside == G)
        return true;
  return false;
}

/// Stored, returned, captured, or given to a thread.
bool OwnObjects::goesAway(const VarDecl &V, FunctionId Inside) {
  const Stmt *Body = A.index()[Inside].Decl->getBody();
  llvm::DenseMap<const Stmt *, const Stmt *> Parents;
  const bool IsPointer = V.getType()->isPointerType();
  return anyEvaluated(Body, [&](const Stmt *S, const Stmt *Parent) {
    Parents[S] = Parent;
    if (isa<LambdaExpr>(S))
      for (const LambdaCapture &C : cast<LambdaExpr>(S)->captures())
        if (C.capturesVariable() && C.getCapturedVar() == &V)
          return true;
    const auto *D = dyn_cast<DeclRefExpr>(S);
    if (!D || D->getDecl() != &V)
      return false;
    // Whatever is around it: std::thread(run, std::ref(object)).
    for (const Stmt *Up = Parent; Up; Up = Parents.lookup(Up))
      for (const ApiCall &C : A.index().Creations)
        if (C.Call == Up)
          return true;
    const Stmt *Value = S;
    const Stmt *Up = Parent;
    bool Address = IsPointer || V.getType()->isArrayType();
    for (; Up; Value = Up, Up = Parents.lookup(Up)) {
      if (isa<MemberExpr>(Up)) {
        // A member is not the object, but its address is.
        Address = cast<MemberExpr>(Up)->getType()->isArrayType();
        continue;
      }
      const auto *U = dyn_cast<UnaryOperator>(Up);
      if (U && U->getOpcode() == UO_AddrOf) {
        Address = true;
        continue;
      }
      if (!isa<CastExpr>(Up) && !isa<ParenExpr>(Up))
        break;
    }
    if (!Up || !Address)
      return isa_and_nonnull<CXXConstructExpr>(Up) && !IsPointer;
    if (const auto *C = dyn_cast<CallExpr>(Up))
      return keeps(*C);
    if (const auto *B = dyn_cast<BinaryOperator>(Up))
      return B->isAssignmentOp() && B->getRHS() == Value;
    return isa<ReturnStmt>(Up) || isa<DeclStmt>(Up) || isa<InitListExpr>(Up) ||
           isa<CXXConstructExpr>(Up);
  });
}

} // namespace thread_stop::flow
