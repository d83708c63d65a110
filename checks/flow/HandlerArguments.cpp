// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/HandlerArguments.h"

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "flow/TuAnalysis.h"
#include "model/ResourceApi.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/StringSwitch.h"

#include <algorithm>
#include <set>

using namespace clang;

namespace thread_stop::flow {

/// How many functions deep a release is looked for.
static constexpr unsigned MaxDepth = 3;

static StringRef nameOf(const FunctionDecl *F) {
  return F && F->getDeclName().isIdentifier() ? F->getName() : StringRef();
}

/// A function that only shows what it gets.
static bool isPrinter(StringRef Name) {
  return llvm::StringSwitch<bool>(Name)
      .Cases("printf", "fprintf", "dprintf", "snprintf", "sprintf", true)
      .Cases("puts", "fputs", "perror", "syslog", "strlen", true)
      .Default(false);
}

static const VarDecl *variableOf(const Expr *E) {
  const auto *D = dyn_cast<DeclRefExpr>(withoutCasts(E));
  return D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
}

bool HandlerArguments::usesArgument(const Expr *Handler) const {
  const FunctionDecl *F = A.index().functionOf(Handler);
  const FunctionDecl *Def = F ? F->getDefinition() : nullptr;
  if (!Def || !Def->getBody())
    return true;
  if (Def->getNumParams() == 0)
    return false;
  // The parameter and its copies.
  std::set<const VarDecl *> Values{Def->getParamDecl(0)};
  llvm::DenseMap<const Stmt *, const Stmt *> Parents;
  bool Used = false;
  forEachEvaluated(Def->getBody(), [&](const Stmt *S, const Stmt *Parent) {
    Parents[S] = Parent;
    if (const auto *D = dyn_cast<DeclStmt>(S))
      for (const Decl *Each : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(Each);
            V && V->getInit() && Values.count(variableOf(V->getInit())))
          Values.insert(V);
    const auto *D = dyn_cast<DeclRefExpr>(S);
    if (!D || !Values.count(dyn_cast<VarDecl>(D->getDecl())))
      return;
    const Stmt *User = Parent;
    while (User && (isa<ParenExpr>(User) || isa<CastExpr>(User)) &&
           !cast<Expr>(User)->getType()->isVoidType())
      User = Parents.lookup(User);
    if (!User)
      return;
    if (const auto *E = dyn_cast<Expr>(User);
        E && E->getType()->isVoidType() && isa<CastExpr>(User))
      return; // (void)arg
    if (isa<DeclStmt>(User))
      return; // a copy
    const auto *C = dyn_cast<CallExpr>(User);
    Used |= !C || !isPrinter(nameOf(C->getDirectCallee()));
  });
  return Used;
}

/// By convention a function whose name ends so returns what takes the place of
/// its first argument (xrealloc, g_realloc).
static bool isNamedRealloc(const CallExpr &C, StringRef Name) {
  return Name.take_back(7) == "realloc" && C.getType()->isPointerType() &&
         C.getNumArgs() >= 2 && C.getArg(0)->getType()->isPointerType();
}

llvm::SmallVector<ReleasedArgument, 2>
HandlerArguments::releasedBy(const Expr &Call, unsigned Depth) const {
  if (const auto *D = dyn_cast<CXXDeleteExpr>(&Call))
    return {{D->getArgument(), false}};
  const auto *C = dyn_cast<CallExpr>(&Call);
  const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
  if (!F)
    return {};
  const FunctionDecl *Def = F->getDefinition();
  if (!Def || !Def->getBody()) {
    const model::ResourceRelease *Row = model::findRelease(nameOf(F));
    if (Row && F->isExternC() && Row->Index >= 0 &&
        static_cast<unsigned>(Row->Index) < C->getNumArgs())
      return {{C->getArg(static_cast<unsigned>(Row->Index)), Row->OnSuccess}};
    if (isNamedRealloc(*C, nameOf(F)))
      return {{C->getArg(0), true}};
    return {};
  }
  llvm::SmallVector<ReleasedArgument, 2> Found;
  if (Depth >= MaxDepth)
    return Found;
  forEachEvaluated(Def->getBody(), [&](const Stmt *S, const Stmt *) {
    const auto *Inner = dyn_cast<Expr>(S);
    if (!Inner || (!isa<CallExpr>(S) && !isa<CXXDeleteExpr>(S)))
      return;
    for (const ReleasedArgument &R : releasedBy(*Inner, Depth + 1)) {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(variableOf(R.Argument));
      if (!P || P->getDeclContext() != Def)
        continue;
      const unsigned I = P->getFunctionScopeIndex();
      if (I < C->getNumArgs())
        Found.push_back(
            {C->getArg(I), R.IsRealloc && C->getType()->isPointerType()});
    }
  });
  return Found;
}

/// The row of a library function, or null.
static const model::ResourceAcquire *acquireOf(const FunctionDecl *F) {
  return F && F->isExternC() && !F->hasBody() ? model::findAcquire(nameOf(F))
                                              : nullptr;
}

bool HandlerArguments::isAcquired(const Expr &Value) const {
  const auto *C = dyn_cast<CallExpr>(&Value);
  const model::ResourceAcquire *Row =
      C ? acquireOf(A.index().calleeOf(*C)) : nullptr;
  return isa<CXXNewExpr>(Value) ||
         (Row && Row->Place == model::ResourcePlace::Return && Row->Certain &&
          Row->Consumes == model::NoArgument);
}

bool HandlerArguments::mayReallocate(const CallExpr &C) const {
  const model::ResourceAcquire *Row = acquireOf(A.index().calleeOf(C));
  return Row && Row->Place == model::ResourcePlace::Argument && !Row->Certain;
}

} // namespace thread_stop::flow
