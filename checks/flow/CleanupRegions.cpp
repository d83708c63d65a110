// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/CleanupRegions.h"

#include "flow/AstWalk.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace thread_stop::flow {

static StringRef nameOf(const NamedDecl *D) {
  return D && D->getDeclName().isIdentifier() ? D->getName() : StringRef();
}

static std::optional<CleanupForm> formOf(const VarDecl &V) {
  const StringRef Name = nameOf(&V);
  if (Name != "__cancel_buf" && Name != "__clframe" && Name != "__cb")
    return std::nullopt;
  const QualType T = V.getType();
  if (const auto *Typedef = T->getAs<TypedefType>();
      Typedef && nameOf(Typedef->getDecl()) == "__pthread_unwind_buf_t")
    return CleanupForm::GlibcC;
  const StringRef Record = nameOf(T->getAsRecordDecl());
  if (Record == "__pthread_cleanup_frame")
    return CleanupForm::GlibcFrame;
  if (Record == "__pthread_cleanup_class")
    return CleanupForm::GlibcClass;
  if (Record == "__ptcb")
    return CleanupForm::Musl;
  return std::nullopt;
}

bool isCleanupMarker(const VarDecl &V) { return formOf(V).has_value(); }

static const VarDecl *onlyVariable(const Stmt *S) {
  const auto *D = dyn_cast<DeclStmt>(S);
  return D && D->isSingleDecl() ? dyn_cast<VarDecl>(D->getSingleDecl())
                                : nullptr;
}

/// A call, seen through casts to void and the wrappers of full expressions.
static const CallExpr *asCall(const Stmt *S) {
  const auto *E = dyn_cast<Expr>(S);
  return E ? dyn_cast<CallExpr>(E->IgnoreParenCasts()->IgnoreImplicit())
           : nullptr;
}

static StringRef calleeName(const CallExpr *C) {
  return C ? nameOf(C->getDirectCallee()) : StringRef();
}

static void readGlibcC(CleanupRegion &R, const CompoundStmt &Body) {
  for (const Stmt *S : Body.body()) {
    if (const VarDecl *V = onlyVariable(S)) {
      if (nameOf(V) == "__cancel_routine")
        R.Handler = V->getInit();
      else if (nameOf(V) == "__cancel_arg")
        R.Argument = V->getInit();
    } else if (const auto *D = dyn_cast<DoStmt>(S)) {
      if (!R.Inner)
        R.Inner = D;
    } else if (const CallExpr *C = asCall(S)) {
      const StringRef Name = calleeName(C);
      if (Name == "__pthread_register_cancel" ||
          Name == "__pthread_register_cancel_defer") {
        R.PushAt = C;
        R.Defers = Name == "__pthread_register_cancel_defer";
      } else if (Name == "__pthread_unregister_cancel" ||
                 Name == "__pthread_unregister_cancel_restore") {
        R.PopAt = C;
        R.Restores = Name == "__pthread_unregister_cancel_restore";
      }
    } else if (const auto *If = dyn_cast<IfStmt>(S); If && R.PopAt) {
      R.Execute = If->getCond();
    }
  }
}

/// The member of `Of` that an expression names, or takes the address of.
static StringRef memberOf(const Expr *E, const VarDecl *Of) {
  E = E->IgnoreParenCasts();
  if (const auto *U = dyn_cast<UnaryOperator>(E))
    E = U->getSubExpr()->IgnoreParenCasts();
  const auto *M = dyn_cast<MemberExpr>(E);
  const auto *Base =
      M ? dyn_cast<DeclRefExpr>(M->getBase()->IgnoreParenCasts()) : nullptr;
  return Base && Base->getDecl() == Of ? nameOf(M->getMemberDecl())
                                       : StringRef();
}

static void readFrame(CleanupRegion &R, const CompoundStmt &Body) {
  if (const auto *Init = dyn_cast_or_null<InitListExpr>(R.Marker->getInit())) {
    const InitListExpr *Sem =
        Init->isSemanticForm() ? Init : Init->getSemanticForm();
    if (Sem && Sem->getNumInits() >= 2) {
      R.Handler = Sem->getInit(0);
      R.Argument = Sem->getInit(1);
    }
  }
  for (const Stmt *S : Body.body()) {
    if (onlyVariable(S) == R.Marker)
      R.PushAt = S;
    if (const CallExpr *C = asCall(S);
        calleeName(C) == "pthread_setcanceltype" && C->getNumArgs() == 2) {
      R.Defers |= memberOf(C->getArg(1), R.Marker) == "__cancel_type";
      R.Restores |= memberOf(C->getArg(0), R.Marker) == "__cancel_type";
    }
    const auto *B = dyn_cast<BinaryOperator>(S);
    if (!B || B->getOpcode() != BO_Assign)
      continue;
    if (memberOf(B->getLHS(), R.Marker) == "__do_it") {
      R.PopAt = B;
      R.Execute = B->getRHS();
    }
  }
}

static void readClass(CleanupRegion &R, const CompoundStmt &Body) {
  const Expr *Init = R.Marker->getInit();
  if (const auto *C =
          Init ? dyn_cast<CXXConstructExpr>(Init->IgnoreImplicit()) : nullptr;
      C && C->getNumArgs() >= 2) {
    R.Handler = C->getArg(0);
    R.Argument = C->getArg(1);
  }
  for (const Stmt *S : Body.body()) {
    if (onlyVariable(S) == R.Marker)
      R.PushAt = S;
    const auto *C = dyn_cast_or_null<CXXMemberCallExpr>(asCall(S));
    if (!C)
      continue;
    const auto *Object = dyn_cast<DeclRefExpr>(
        C->getImplicitObjectArgument()->IgnoreParenCasts());
    if (!Object || Object->getDecl() != R.Marker)
      continue;
    if (calleeName(C) == "__setdoit" && C->getNumArgs() == 1) {
      R.PopAt = C;
      R.Execute = C->getArg(0);
    } else if (calleeName(C) == "__defer") {
      R.Defers = true;
    } else if (calleeName(C) == "__restore") {
      R.Restores = true;
    }
  }
}

static void readMusl(CleanupRegion &R, const CompoundStmt &Body) {
  for (const Stmt *S : Body.body()) {
    const CallExpr *C = asCall(S);
    const StringRef Name = calleeName(C);
    if (Name == "_pthread_cleanup_push" && C->getNumArgs() == 3) {
      R.PushAt = C;
      R.Handler = C->getArg(1);
      R.Argument = C->getArg(2);
    } else if (Name == "_pthread_cleanup_pop" && C->getNumArgs() == 2) {
      R.PopAt = C;
      R.Execute = C->getArg(1);
    }
  }
}

std::optional<CleanupRegion> cleanupRegion(const DoStmt &D) {
  const auto *Body = dyn_cast<CompoundStmt>(D.getBody());
  if (!Body || !D.getBeginLoc().isMacroID())
    return std::nullopt;
  CleanupRegion R;
  R.Outer = &D;
  for (const Stmt *S : Body->body()) {
    const VarDecl *V = onlyVariable(S);
    if (!V)
      break; // the library declares its variable first
    if (std::optional<CleanupForm> Form = formOf(*V)) {
      R.Form = *Form;
      R.Marker = V;
      break;
    }
  }
  if (!R.Marker)
    return std::nullopt;
  switch (R.Form) {
  case CleanupForm::GlibcC:
    readGlibcC(R, *Body);
    break;
  case CleanupForm::GlibcFrame:
    readFrame(R, *Body);
    break;
  case CleanupForm::GlibcClass:
    readClass(R, *Body);
    break;
  case CleanupForm::Musl:
    readMusl(R, *Body);
    break;
  }
  if (!R.PushAt || (R.Form == CleanupForm::GlibcC && !R.Inner))
    return std::nullopt;
  return R;
}

std::vector<CleanupRegion> cleanupRegions(const Stmt *Body) {
  std::vector<CleanupRegion> Regions;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *) {
    if (const auto *D = dyn_cast<DoStmt>(S))
      if (std::optional<CleanupRegion> R = cleanupRegion(*D))
        Regions.push_back(*R);
  });
  return Regions;
}

} // namespace thread_stop::flow
