// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cleanup handlers, cleanup attributes and destructors: what runs when a
// function is left, and what it gets.

#include "flow/FactsGenerator.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace thread_stop::flow {

using model::LockOp;

HandlerInfo FactsGenerator::handlerOf(const FunctionDecl &F, Binding Argument,
                                      PlaceId Value, PlaceId Pointee) {
  HandlerInfo H;
  const Api &A = Apis.of(F);
  H.Function = Index.idOf(&F);
  H.Argument = Argument;
  H.IsLibrary = A.OfCLibrary;
  if (A.Lock && A.Lock->Op == LockOp::Release)
    H.Releases = Pointee;
  if (A.Releases || A.DeclaredResource == 2)
    H.Frees = Value;
  return H;
}

HandlerInfo FactsGenerator::handlerOf(const CleanupRegion &R) {
  const FunctionDecl *F = R.Handler ? Index.functionOf(R.Handler) : nullptr;
  if (!R.Argument)
    return {};
  Binding Argument = Builder.binding(R.Argument, false);
  PlaceId Value = Builder.lvalue(R.Argument);
  // push(free, malloc(n))
  if (const Expr *E = R.Argument->IgnoreParenCasts(); isa<CallExpr>(E)) {
    Value = Builder.valueOf(E);
    Argument = {Value, false};
  }
  if (!F) {
    HandlerInfo H;
    H.Argument = Argument;
    return H;
  }
  return handlerOf(*F, Argument, Value, Builder.pointee(R.Argument));
}

/// __attribute__((cleanup(f))): f gets the address of the variable. A
/// destructor of the program's own may give something back as well.
void FactsGenerator::addScopeHandler(const VarDecl *V) {
  const CXXRecordDecl *R =
      V->getType()->isReferenceType() ? nullptr : objectClass(V);
  if (const CXXDestructorDecl *D =
          R && R->hasDefinition() ? R->getDestructor() : nullptr;
      D && !D->isDefaulted() && Apis.isUserCode(D->getLocation())) {
    const PlaceId Object = Builder.variable(V);
    HandlerInfo H;
    H.Function = Index.idOf(D->getDefinition());
    H.Argument = {Object, true};
    H.IsDestructor = true;
    Flow.ScopeHandlers.push_back(H);
  }
  if (const auto *Cleanup = V->getAttr<CleanupAttr>()) {
    const PlaceId Object = Builder.variable(V);
    Flow.ScopeHandlers.push_back(
        handlerOf(*Cleanup->getFunctionDecl(), {Object, true}, Object, Object));
  }
}

void FactsGenerator::addHandlerRun(const HandlerInfo &Handler, SiteId At) {
  if (Handler.Function == NoFunction) {
    // An unlocking API, or a function that nobody knows: then any lock.
    Now->Facts.push_back(Release{Handler.Releases, NoPlace});
    if (Handler.Frees != NoPlace)
      Now->Facts.push_back(Disown{Handler.Frees, false, true});
    else if (Handler.Releases == NoPlace)
      Now->Facts.push_back(
          Disown{Handler.Argument.Target, Handler.Argument.IsAddress, false});
    return;
  }
  if (!Index[Handler.Function].Followed)
    return;
  CallFunction Call;
  Call.Callee = Handler.Function;
  Call.Site = At;
  Call.IsHandler = true;
  Call.Arguments = {Handler.Argument};
  Now->Facts.push_back(std::move(Call));
}

} // namespace thread_stop::flow
