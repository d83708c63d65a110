// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cleanup handlers, cleanup attributes and destructors: what runs when a
// function is left, and what it gets.

#include "flow/FactsGenerator.h"

#include "flow/AstWalk.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSwitch.h"

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

//===--- Objects that refer to something ----------------------------------===//

const Expr *makerOf(const VarDecl *V) {
  const Expr *E = V->getInit();
  for (unsigned Depth = 0; E && Depth < 16; ++Depth) {
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
      E = M->getSubExpr();
    else if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
      E = B->getSubExpr();
    else if (const auto *C = dyn_cast<CXXConstructExpr>(E);
             C && C->isElidable() && C->getNumArgs() == 1)
      E = C->getArg(0);
    else if (!isa<CastExpr>(E))
      break;
  }
  return E && (isa<CXXConstructExpr>(E) || !aggregateInits(E).empty())
             ? E
             : nullptr;
}

/// Calls `Each(value, type)` for what a constructor or an aggregate gets, with
/// the type of the parameter or member.
template <class Visit> static void forEachGiven(const Expr *Maker, Visit Each) {
  if (const auto *C = dyn_cast<CXXConstructExpr>(Maker)) {
    const CXXConstructorDecl *D = C->getConstructor();
    for (unsigned I = 0; I < C->getNumArgs() && I < D->getNumParams(); ++I)
      Each(C->getArg(I), D->getParamDecl(I)->getType());
    return;
  }
  const CXXRecordDecl *R = Maker->getType()->getAsCXXRecordDecl();
  if (!R || !R->hasDefinition() || R->isUnion() || R->getNumBases() != 0)
    return;
  auto Field = R->field_begin();
  for (const Expr *Given : aggregateInits(Maker)) {
    while (Field != R->field_end() && Field->isBitField() &&
           !Field->getDeclName())
      ++Field;
    if (Field == R->field_end())
      return;
    Each(Given, (*Field++)->getType());
  }
}

/// `Guard g(&mutex);`: its destructor may give back what it refers to.
void FactsGenerator::addReferences(const VarDecl *V,
                                   const HandlerInfo &Destructor) {
  const Expr *Maker = Index[Flow.Id].Gated ? makerOf(V) : nullptr;
  if (!Maker)
    return;
  forEachGiven(Maker, [&](const Expr *Given, QualType As) {
    const QualType To = As->getPointeeType(); // of references as well
    if (To.isNull() || To.isConstQualified())
      return;
    HandlerInfo H = Destructor;
    H.Refers = true;
    H.Argument = {As->isReferenceType() ? Builder.lvalue(Given)
                                        : Builder.pointee(Given),
                  true};
    if (H.Argument.Target != NoPlace)
      Flow.ScopeHandlers.push_back(H);
  });
}

//===--- Objects that are given code --------------------------------------===//

static const CXXMethodDecl *callOperator(QualType T) {
  const CXXRecordDecl *R = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
  if (!R || !R->hasDefinition())
    return nullptr;
  if (R->isLambda())
    return R->getLambdaCallOperator();
  for (const CXXMethodDecl *M : R->methods())
    if (M->getOverloadedOperator() == OO_Call)
      return M;
  return nullptr;
}

/// Whether the end of such an object may run code that it was given.
static bool runsGivenCode(const CXXRecordDecl *R, unsigned Depth = 0) {
  if (!R || !R->hasDefinition() || R->hasTrivialDestructor() || Depth > 8)
    return false;
  if (R->isInStdNamespace())
    return R->getIdentifier() &&
           llvm::StringSwitch<bool>(R->getName())
               .Cases("unique_ptr", "shared_ptr", "scope_exit", "scope_fail",
                      "unique_resource", true)
               .Default(false);
  const CXXDestructorDecl *D = R->getDestructor();
  if (D && !D->isDefaulted())
    return true;
  for (const CXXBaseSpecifier &B : R->bases())
    if (runsGivenCode(B.getType()->getAsCXXRecordDecl(), Depth + 1))
      return true;
  for (const FieldDecl *F : R->fields())
    if (runsGivenCode(F->getType()->getAsCXXRecordDecl(), Depth + 1))
      return true;
  return false;
}

/// What is captured by reference may be acquired later.
void FactsGenerator::addCaptures(const LambdaExpr &L) {
  for (const LambdaCapture &Capture : L.captures()) {
    const auto *V =
        Capture.capturesVariable() && Capture.getCaptureKind() == LCK_ByRef
            ? dyn_cast<VarDecl>(Capture.getCapturedVar())
            : nullptr;
    if (!V)
      continue;
    HandlerInfo H;
    H.OfCode = true;
    H.Frees = Builder.variable(V);
    Flow.ScopeHandlers.push_back(H);
  }
}

void FactsGenerator::addCode(HandlerInfo H) {
  H.OfCode = true;
  Flow.ScopeHandlers.push_back(H);
}

/// `Guard g([&] { unlock(&m); });`, `unique_ptr<T, Unlocker> g(&m);`
void FactsGenerator::addGivenCode(const VarDecl *V) {
  const CXXRecordDecl *R = objectClass(V);
  if (!Index[Flow.Id].Gated || !V->getInit() || !runsGivenCode(R))
    return;
  llvm::SmallVector<PlaceId, 4> Objects;
  if (const Expr *Maker = makerOf(V))
    forEachGiven(Maker, [&](const Expr *Given, QualType As) {
      if (As.getNonReferenceType()->isPointerType() &&
          !As.getNonReferenceType()->isFunctionPointerType())
        Objects.push_back(Builder.pointee(Given));
    });
  llvm::SmallSetVector<const FunctionDecl *, 4> Code;
  llvm::SmallPtrSet<const Expr *, 8> Called;
  forEachEvaluated(V->getInit(), [&](const Stmt *S, const Stmt *) {
    const auto *E = dyn_cast<Expr>(S);
    if (!E)
      return;
    if (const auto *C = dyn_cast<CallExpr>(E))
      Called.insert(C->getCallee()->IgnoreParenCasts());
    if (const auto *L = dyn_cast<LambdaExpr>(E))
      addCaptures(*L);
    const auto *D = dyn_cast<DeclRefExpr>(E);
    const auto *F = D ? dyn_cast<FunctionDecl>(D->getDecl()) : nullptr;
    if (F && !Called.count(E))
      Code.insert(F);
    else if (const CXXMethodDecl *Op = callOperator(E->getType()))
      Code.insert(Op);
  });
  if (const auto *T = dyn_cast<ClassTemplateSpecializationDecl>(R))
    for (const TemplateArgument &A : T->getTemplateArgs().asArray())
      if (A.getKind() == TemplateArgument::Type)
        if (const CXXMethodDecl *Op = callOperator(A.getAsType()))
          Code.insert(Op);
  for (const FunctionDecl *F : Code)
    addGivenFunction(*F, Objects);
}

void FactsGenerator::addGivenFunction(const FunctionDecl &F,
                                      llvm::ArrayRef<PlaceId> Objects) {
  const FunctionDecl *Body = F.getDefinition();
  if (Body && Body->hasBody() && Apis.isUserCode(Body->getLocation()))
    return addGivenBody(*Body, Objects);
  if (isa<CXXMethodDecl>(F) && !Apis.isUserCode(F.getLocation()))
    return; // std::default_delete, std::function
  const Api &A = Apis.of(F);
  const bool Unlocks = A.Lock && A.Lock->Op == LockOp::Release;
  if ((A.OfCLibrary || F.isInStdNamespace()) && !Unlocks)
    return;
  if (Objects.empty() && Unlocks)
    addCode({}); // std::bind(unlock, &m)
  for (PlaceId P : Objects)
    if (P != NoPlace)
      addCode(handlerOf(F, {P, true}, NoPlace, P));
}

/// What code releases that runs at the end of a scope, with its own parameters
/// replaced by what the object was made with.
void FactsGenerator::addGivenBody(const FunctionDecl &F,
                                  llvm::ArrayRef<PlaceId> Objects) {
  std::vector<HandlerInfo> Inside;
  std::vector<PlaceId> Taken;
  Builder.Around = Flow.Decl;
  forEachEvaluated(F.getBody(), [&](const Stmt *S, const Stmt *) {
    if (const auto *C = dyn_cast<CallExpr>(S))
      addCallInside(*C, Inside, Taken);
  });
  Builder.Around = nullptr;
  // What it takes itself is not what is held around it.
  llvm::erase_if(Inside, [&](const HandlerInfo &H) {
    return H.Releases != NoPlace && llvm::is_contained(Taken, H.Releases);
  });
  auto IsParameter = [&](PlaceId P) {
    return std::any_of(F.param_begin(), F.param_end(), [&](const auto *Param) {
      return Places[P].Kind == BaseKind::Param &&
             Places[P].Base == PlaceBuilder::identity(Param);
    });
  };
  // The members of a function object are not known.
  const auto *M = dyn_cast<CXXMethodDecl>(&F);
  const bool OwnThis = M && !M->getParent()->isLambda();
  for (HandlerInfo H : Inside) {
    PlaceId &At = H.Releases != NoPlace ? H.Releases : H.Argument.Target;
    if (OwnThis && Places[At].Kind == BaseKind::This)
      H = HandlerInfo();
    if (!IsParameter(At)) {
      addCode(H);
      continue;
    }
    const PlaceId Inner = At;
    const bool ByValue = H.Releases == NoPlace && !H.Argument.IsAddress;
    for (PlaceId Object : Objects) {
      H.Argument.IsAddress = true;
      At = ByValue ? Object : Places.rebase(Inner, {Object, true});
      if (At != NoPlace)
        addCode(H);
    }
    if (Objects.empty())
      addCode({});
  }
}

void FactsGenerator::addCallInside(const CallExpr &C,
                                   std::vector<HandlerInfo> &Out,
                                   std::vector<PlaceId> &Taken) {
  const FunctionDecl *F = Index.calleeOf(C);
  if (!F) {
    Out.push_back({}); // anything
    return;
  }
  const Api &A = Apis.of(*F);
  if (A.Lock && A.Lock->acquires() &&
      A.Lock->Form != model::ApiForm::Constructor)
    for (PlaceId P : locksOf(&C, *F, *A.Lock))
      Taken.push_back(P);
  if (A.Lock && A.Lock->Op == LockOp::Release) {
    for (PlaceId P : locksOf(&C, *F, *A.Lock)) {
      HandlerInfo H;
      H.Releases = P;
      Out.push_back(H);
    }
    return;
  }
  if (A.DeclaredLock || F->hasAttr<ReleaseCapabilityAttr>()) {
    Out.push_back({});
    return;
  }
  if (!Apis.isUserCode(F->getLocation()))
    return;
  const FunctionId Id = Index.idOf(F);
  if (Id != NoFunction) {
    if (!Index[Id].ReachesEffect)
      return;
    // Its summary tells which lock it gives back.
    HandlerInfo H;
    H.IsDestructor = isa<CXXMemberCallExpr>(C);
    if (Index[Id].Followed && C.getNumArgs() + H.IsDestructor <= 1) {
      H.Function = Id;
      if (H.IsDestructor)
        H.Argument = objectOf(&C);
      else if (C.getNumArgs() == 1 && F->getNumParams() == 1)
        H.Argument = Builder.binding(
            C.getArg(0), F->getParamDecl(0)->getType()->isReferenceType());
      Out.push_back(H);
    } else {
      Out.push_back({});
    }
    return;
  }
  for (unsigned I = 0; I < C.getNumArgs() && I < F->getNumParams(); ++I) {
    const QualType As = F->getParamDecl(I)->getType();
    if (As->getPointeeType().isNull())
      continue;
    HandlerInfo H;
    H.Argument = {As->isReferenceType() ? Builder.lvalue(C.getArg(I))
                                        : Builder.pointee(C.getArg(I)),
                  true};
    Out.push_back(H);
  }
  if (isa<CXXMemberCallExpr>(C)) {
    HandlerInfo H;
    H.Argument = objectOf(&C);
    Out.push_back(H);
  }
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
    addReferences(V, H);
  }
  if (R)
    addGivenCode(V);
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
