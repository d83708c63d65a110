// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that are objects: std::thread and std::jthread. What they run is
// known where the object, or the container it is put into, is built.

#include "flow/Threads.h"

#include "flow/AstWalk.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

static const Expr *strip(const Expr *E) {
  for (unsigned Depth = 0; Depth < 24; ++Depth) {
    const Expr *Before = E;
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
      E = M->getSubExpr();
    else if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
      E = B->getSubExpr();
    if (E == Before)
      break;
  }
  return E;
}

/// The variable, member or container behind `E`: through native_handle(), `*`,
/// `[]`, `->`, and the variable of a range-based loop.
const ValueDecl *Threads::objectOf(const Expr *E) const {
  for (unsigned Depth = 0; E && Depth < 24; ++Depth) {
    E = strip(E);
    if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
      const auto *V = dyn_cast<VarDecl>(D->getDecl());
      if (!V)
        return nullptr;
      if (const Expr *Range = RangeOf.lookup(V)) {
        E = Range;
        continue;
      }
      // auto h = worker.native_handle(); auto &t = workers[i];
      const Expr *Init = V->hasLocalStorage() ? V->getInit() : nullptr;
      if (Init && (V->getType()->isReferenceType() ||
                   isa<CXXMemberCallExpr>(strip(Init)))) {
        E = Init;
        continue;
      }
      return cast<ValueDecl>(V->getCanonicalDecl());
    }
    if (const auto *M = dyn_cast<MemberExpr>(E))
      return isa<FieldDecl>(M->getMemberDecl()) ? M->getMemberDecl() : nullptr;
    if (const auto *C = dyn_cast<CXXMemberCallExpr>(E))
      E = C->getImplicitObjectArgument();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
             O && O->getNumArgs() > 0)
      E = O->getArg(0);
    else if (const auto *U = dyn_cast<UnaryOperator>(E))
      E = U->getSubExpr();
    else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
      E = A->getBase();
    else
      return nullptr;
  }
  return nullptr;
}

/// If some part of `Value` builds a thread, `Holder` holds it.
void Threads::noteObject(const ValueDecl *Holder, const Expr *Value) {
  if (!Holder || !Value)
    return;
  forEachEvaluated(Value, [&](const Stmt *S, const Stmt *) {
    const auto *C = dyn_cast<CXXConstructExpr>(S);
    if (!C || C->getNumArgs() == 0)
      return;
    const Api &A = Apis.of(*C->getConstructor());
    if (!A.ThreadCreate)
      return;
    const FunctionDecl *Routine = Index.functionOf(C->getArg(0));
    const FunctionId Start =
        Index.idOf(Routine ? Routine->getDefinition() : nullptr);
    std::vector<FunctionId> &Known =
        ObjectStarts[cast<ValueDecl>(Holder->getCanonicalDecl())];
    if (Start != NoFunction &&
        std::find(Known.begin(), Known.end(), Start) == Known.end())
      Known.push_back(Start);
  });
}

void Threads::addMemberCall(const CXXMemberCallExpr &C, FunctionId Inside) {
  const CXXMethodDecl *M = C.getMethodDecl();
  if (!M || !C.getImplicitObjectArgument())
    return;
  const ValueDecl *Object = objectOf(C.getImplicitObjectArgument());
  const model::CancelApi *Row = Apis.of(*M).Cancel;
  if (Row &&
      (Row->Role == CancelRole::Join || Row->Role == CancelRole::Detach)) {
    ThreadUse U;
    U.Role = Row->Role;
    U.Call = U.At = &C;
    U.Row = Row;
    U.Inside = Inside;
    U.OfObject = true;
    U.Object = Object;
    ObjectUses.push_back(U);
    return;
  }
  // workers.push_back(std::thread(f)), workers.emplace_back(f)
  if (Apis.isUserCode(M->getLocation()) || !M->getDeclName().isIdentifier() ||
      !Object)
    return;
  if (M->getName() == "emplace_back" && C.getNumArgs() > 0) {
    const FunctionDecl *Routine = Index.functionOf(C.getArg(0));
    const FunctionId Start =
        Index.idOf(Routine ? Routine->getDefinition() : nullptr);
    if (Start != NoFunction)
      ObjectStarts[Object].push_back(Start);
  }
  for (const Expr *A : C.arguments())
    noteObject(Object, A);
}

void Threads::collectObjects(FunctionId Inside) {
  if (!Ctx.getLangOpts().CPlusPlus)
    return;
  const FunctionDecl *F = Index[Inside].Decl;
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(F))
    for (const CXXCtorInitializer *I : Ctor->inits())
      if (I->isMemberInitializer())
        noteObject(I->getMember(), I->getInit());
  forEachEvaluated(F->getBody(), [&](const Stmt *S, const Stmt *) {
    if (const auto *D = dyn_cast<DeclStmt>(S)) {
      for (const Decl *Each : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(Each))
          noteObject(V, V->getInit());
    } else if (const auto *R = dyn_cast<CXXForRangeStmt>(S)) {
      if (R->getLoopVariable() && R->getRangeInit())
        RangeOf[R->getLoopVariable()] = R->getRangeInit();
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S)) {
      if (O->getOperator() == OO_Equal && O->getNumArgs() == 2)
        noteObject(objectOf(O->getArg(0)), O->getArg(1));
    } else if (const auto *C = dyn_cast<CXXMemberCallExpr>(S)) {
      addMemberCall(*C, Inside);
    }
  });
}

std::vector<FunctionId> Threads::startsOf(const ThreadUse &U) const {
  std::vector<FunctionId> Out;
  for (const ThreadCreate *C : createsOf(U.Handle))
    if (C->Start != NoFunction &&
        std::find(Out.begin(), Out.end(), C->Start) == Out.end())
      Out.push_back(C->Start);
  if (auto It = ObjectStarts.find(U.Object);
      U.Object && It != ObjectStarts.end())
    for (FunctionId F : It->second)
      if (std::find(Out.begin(), Out.end(), F) == Out.end())
        Out.push_back(F);
  return Out;
}

} // namespace thread_stop::flow
