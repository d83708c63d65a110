// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls: of the cancellation API, of locks, of functions with a summary.

#include "flow/FactsGenerator.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;
using model::LockOp;
using model::LockSuccess;

//===--- What becomes of a result -----------------------------------------===//

/// Whether some branch (or the caller, through a return) can tell what `C`
/// returned. A plain lock whose result nobody looks at is simply held.
bool FactsGenerator::resultIsTested(const Expr *C) const {
  const Stmt *S = C;
  for (unsigned Depth = 0; Depth < 32; ++Depth) {
    auto It = CallParents.find(S);
    const Stmt *Parent = It == CallParents.end() ? nullptr : It->second;
    if (!Parent || isa<CompoundStmt>(Parent) || isa<LabelStmt>(Parent) ||
        isa<SwitchCase>(Parent))
      return false;
    if (const auto *Cast = dyn_cast<CastExpr>(Parent);
        Cast && Cast->getCastKind() == CK_ToVoid)
      return false;
    if (isa<ParenExpr>(Parent) || isa<CastExpr>(Parent) ||
        isa<FullExpr>(Parent)) {
      S = Parent;
      continue;
    }
    // The value of `c ? f() : 0` or `c && f()` may itself be dropped.
    if (const auto *B = dyn_cast<BinaryOperator>(Parent);
        (B && B->isLogicalOp() && B->getRHS() == S) ||
        (isa<AbstractConditionalOperator>(Parent) &&
         cast<AbstractConditionalOperator>(Parent)->getCond() != S)) {
      S = Parent;
      continue;
    }
    const VarDecl *Into = nullptr;
    if (const auto *D = dyn_cast<DeclStmt>(Parent)) {
      for (const Decl *Each : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(Each); V && V->getInit() == S)
          Into = V;
    } else if (const auto *B = dyn_cast<BinaryOperator>(Parent);
               B && B->isAssignmentOp()) {
      if (const auto *R =
              dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParenCasts()))
        Into = dyn_cast<VarDecl>(R->getDecl());
      if (Into && !Flow.Use.Tested.count(Into)) {
        S = Parent; // `if ((rc = lock()) != 0)` tests the assignment itself
        continue;
      }
    } else if (const auto *If = dyn_cast<IfStmt>(Parent)) {
      return If->getCond() == S;
    } else if (const auto *F = dyn_cast<ForStmt>(Parent)) {
      return F->getCond() == S;
    } else if (const auto *W = dyn_cast<WhileStmt>(Parent)) {
      return W->getCond() == S;
    } else if (const auto *D = dyn_cast<DoStmt>(Parent)) {
      return D->getCond() == S;
    }
    return Into ? Flow.Use.Tested.count(Into) != 0 : !isa<DeclStmt>(Parent);
  }
  return true;
}

/// A statement of its own.
bool FactsGenerator::isDiscarded(const Expr *C) const {
  const Stmt *S = C;
  for (unsigned Depth = 0; Depth < 32; ++Depth) {
    auto It = CallParents.find(S);
    S = It == CallParents.end() ? nullptr : It->second;
    const auto *Cast = dyn_cast_or_null<CastExpr>(S);
    if (!S || isa<CompoundStmt>(S) || isa<LabelStmt>(S) ||
        (Cast && Cast->getCastKind() == CK_ToVoid))
      return true;
    if (!isa<ParenExpr>(S) && !isa<FullExpr>(S) && !Cast)
      return false;
  }
  return false;
}

//===--- Bindings ---------------------------------------------------------===//

std::vector<Binding>
FactsGenerator::bindings(llvm::ArrayRef<const Expr *> Arguments,
                         const FunctionDecl &F) {
  std::vector<Binding> Out;
  for (unsigned I = 0; I < Arguments.size(); ++I) {
    const bool ByReference =
        I < F.getNumParams() && F.getParamDecl(I)->getType()->isReferenceType();
    if (std::optional<int64_t> C =
            ByReference ? std::nullopt : Builder.constant(Arguments[I])) {
      // The callee may give a constant on to pthread_setcancelstate.
      PlaceId Temporary = Builder.valueOf(Arguments[I]);
      Now->Facts.push_back(AssignConstant{Temporary, *C});
      Out.push_back({Temporary, false});
    } else {
      Out.push_back(Builder.binding(Arguments[I], ByReference));
    }
  }
  return Out;
}

Binding FactsGenerator::objectOf(const CallExpr *C) {
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(C)) {
    const Expr *Object = M->getImplicitObjectArgument();
    if (!Object)
      return {};
    return Object->getType()->isPointerType()
               ? Binding{Builder.pointee(Object), true}
               : Binding{Builder.lvalue(Object), true};
  }
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(C);
      O && isa_and_nonnull<CXXMethodDecl>(O->getDirectCallee()) &&
      O->getNumArgs() > 0)
    return {Builder.lvalue(O->getArg(0)), true};
  return {};
}

//===--- Calls ------------------------------------------------------------===//

void FactsGenerator::addCall(const CallExpr *C) {
  const FunctionDecl *F = Index.calleeOf(*C);
  addDestroy(C, F);
  addPoint(C, F);
  addResourceCall(C, F);
  if (!F) {
    addUnknownCall(C, false);
    return;
  }
  const Api &A = Apis.of(*F);
  if (A.Cancel)
    addThreadOp(C, A);
  if (addModeCall(C, A))
    return;
  if (A.DeclaredPair) {
    CallFunction Call;
    Call.Site = site(C);
    Call.DeclaredPair = A.DeclaredPair == 1;
    Now->Facts.push_back(std::move(Call));
    return;
  }
  if (addGuardMember(C, *F) || addLockCall(C, *F, A) ||
      addAttributeLocks(C, *F)) {
    if (!A.Benign)
      Now->Facts.push_back(LeavePrologue{});
    return;
  }
  const FunctionId Id = Index.idOf(F);
  if (Id != NoFunction && Index[Id].Followed) {
    // Followed for its points and resources only: as any other call.
    if (!Index[Id].ReachesEffect)
      Now->Facts.push_back(LeavePrologue{});
    addTranslationUnitCall(C, *F, objectOf(C));
    return;
  }
  addUnknownCall(C, A.Benign);
}

void FactsGenerator::addUnknownCall(const CallExpr *C, bool Benign) {
  if (!Benign)
    Now->Facts.push_back(LeavePrologue{});
  const FunctionDecl *F = C->getDirectCallee();
  // A function of the project that gets the saved value may be the one that
  // restores it, and one that gets an object may unlock it.
  const bool Library = F && !Apis.isUserCode(F->getLocation());
  if (!Library || isa<CXXOperatorCallExpr>(C))
    for (const Expr *A : C->arguments())
      if (mentionsSave(A)) {
        Now->Facts.push_back(Relinquish{});
        break;
      }
  // What it gets the address of, it may write.
  for (unsigned I = 0; I < C->getNumArgs(); ++I) {
    const Expr *A = C->getArg(I)->IgnoreParenCasts()->IgnoreImplicit();
    if (!Library &&
        (A->getType()->isPointerType() || A->getType()->isArrayType()))
      if (PlaceId Object = Builder.pointee(A); Object != NoPlace)
        Now->Facts.push_back(Escape{Object, Builder.lvalue(A)});
    // A handle by value, but not to the calls of Threads.h: they are known
    // wherever they are declared.
    if (!Library && !(F && Apis.of(*F).Cancel) && Index[Flow.Id].UsesThreads &&
        A->getType()->isIntegerType())
      if (PlaceId Value = Builder.lvalue(A); Value != NoPlace)
        Now->Facts.push_back(Escape{NoPlace, Value});
    // What is acquired there is known.
    if (Library && Apis.of(*F).Obtains &&
        Apis.of(*F).Obtains->Index == static_cast<int>(I))
      continue;
    // So is what a started thread's handle is after that.
    if (F && Apis.of(*F).is(model::CancelRole::Create) &&
        Apis.of(*F).Cancel->Handle == static_cast<int>(I))
      continue;
    const auto *U = dyn_cast<UnaryOperator>(A);
    if (U && U->getOpcode() == UO_AddrOf)
      Now->Facts.push_back(Forget{Builder.lvalue(U->getSubExpr()), 0});
    else if (F && I < F->getNumParams()) {
      QualType T = F->getParamDecl(I)->getType();
      if (T->isLValueReferenceType() && !T->getPointeeType().isConstQualified())
        Now->Facts.push_back(Forget{Builder.lvalue(A), 0});
    }
  }
}

void FactsGenerator::addTranslationUnitCall(const Expr *C,
                                            const FunctionDecl &F,
                                            Binding Object) {
  const FunctionId Id = Index.idOf(&F);
  if (Id == NoFunction || !Index[Id].Followed)
    return;
  CallFunction Call;
  Call.Callee = Id;
  Call.Site = site(C);
  Call.Object = Object;
  llvm::SmallVector<const Expr *, 8> Arguments;
  if (const auto *E = dyn_cast<CallExpr>(C)) {
    Arguments.append(E->arg_begin(), E->arg_end());
    // The object of an operator call is its first argument.
    if (isa<CXXOperatorCallExpr>(E) && isa<CXXMethodDecl>(F) &&
        !Arguments.empty())
      Arguments.erase(Arguments.begin());
  } else if (const auto *E = dyn_cast<CXXConstructExpr>(C)) {
    Arguments.append(E->arg_begin(), E->arg_end());
  }
  Call.Arguments = bindings(Arguments, F);
  Call.Result = Builder.valueOf(C);
  Call.ResultTested = isa<CallExpr>(C) && resultIsTested(C);
  Call.IsConstruction = isa<CXXConstructExpr>(C);
  ValueCalls.insert(C);
  Now->Facts.push_back(std::move(Call));
}

/// `on ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED`.
void FactsGenerator::addEitherMode(SetMode &F, const ModeArms &Arms,
                                   const Expr &Argument) {
  const auto *Q = dyn_cast<ConditionalOperator>(Argument.IgnoreParenCasts());
  if (!Q || Arms.size() != 2)
    return;
  for (const ModeArm &Arm : Arms)
    if (Arm.K != ModeArm::Kind::Named || kindOf(Arm.Row->Setting) != F.Which)
      return;
  const bool On = switchesOn(*Arms[0].Row);
  const Assumption If = assumption(Q->getCond(), true);
  if (On == switchesOn(*Arms[1].Row) || If.Term == NoPlace)
    return;
  F.Argument.K = ModeArgument::Kind::Either;
  F.Argument.On = On;
  F.Argument.If = If;
}

bool FactsGenerator::addModeCall(const CallExpr *C, const Api &A) {
  if (!A.setsMode() || C->getNumArgs() < 1)
    return false;
  SetMode F;
  F.Site = site(C);
  F.Which = A.is(CancelRole::SetState) ? ModeKind::State : ModeKind::Type;
  const ModeArms Arms = modeArms(C->getArg(0), Ctx, [&](const VarDecl *V) {
    return V->hasLocalStorage() && Flow.Use.neverWritten(V);
  });
  F.Argument = modeArgument(Arms, F.Which,
                            [&](const Expr *E) { return Builder.lvalue(E); });
  if (F.Argument.K == ModeArgument::Kind::Unknown)
    addEitherMode(F, Arms, *C->getArg(0));
  if (F.Argument.K == ModeArgument::Kind::FromPlace)
    if (const auto *D = dyn_cast<DeclRefExpr>(Arms[0].Where))
      if (const auto *V = dyn_cast<VarDecl>(D->getDecl())) {
        F.Argument.NeverSavedTo = V->hasLocalStorage() &&
                                  !isa<ParmVarDecl>(V) &&
                                  !Flow.Use.AddressTaken.count(V);
        F.Argument.SaveTarget = SaveTargets.count(V) != 0;
        // That is to be mended; what was meant nobody knows.
        if (F.Argument.NeverSavedTo &&
            llvm::any_of(
                reachingArms(*C, *Flow.Decl, Ctx, Places, Apis),
                [&](const ModeArm &A) { return isSwapped(A, F.Which); }))
          F.Argument = {};
      }
  if (F.Argument.K == ModeArgument::Kind::FromPlace)
    if (const auto *D = dyn_cast<DeclRefExpr>(Arms[0].Where))
      if (const auto *V = dyn_cast<ParmVarDecl>(D->getDecl()))
        F.Argument.SaveTarget |= Flow.Use.Writes.count(V) != 0;
  if (C->getNumArgs() >= 2 && !Builder.constant(C->getArg(1)))
    F.SaveTo = Builder.pointee(C->getArg(1));
  if (resultIsTested(C)) {
    F.Result = Builder.valueOf(C);
    ValueCalls.insert(C);
  }
  Now->Facts.push_back(F);
  return true;
}

//===--- Locks ------------------------------------------------------------===//

void FactsGenerator::addAcquire(const Expr *C, PlaceId Lock, PlaceId Owner,
                                bool MayFail, bool SuccessIsZero) {
  const bool Tested = resultIsTested(C);
  if (Lock == NoPlace || (MayFail && !Tested))
    return;
  Acquire F;
  F.Site = site(C);
  F.Lock = Lock;
  F.Owner = Owner;
  F.SuccessIsZero = SuccessIsZero;
  F.MayFail = MayFail;
  if (Tested) {
    F.Result = Builder.valueOf(C);
    ValueCalls.insert(C);
  }
  Now->Facts.push_back(F);
}

/// The locks that a call of the API names.
llvm::SmallVector<PlaceId, 2> FactsGenerator::locksOf(const CallExpr *C,
                                                      const FunctionDecl &F,
                                                      const model::LockApi &L) {
  auto Place = [&](unsigned I) {
    const Expr *E = C->getArg(I);
    return I < F.getNumParams() &&
                   F.getParamDecl(I)->getType()->isReferenceType()
               ? Builder.lvalue(E)
               : Builder.pointee(E);
  };
  llvm::SmallVector<PlaceId, 2> Locks;
  if (L.LockArg == model::ImplicitObject)
    Locks.push_back(objectOf(C).Target);
  else if (L.LockArg == model::AllArguments)
    for (unsigned I = 0; I < C->getNumArgs(); ++I)
      Locks.push_back(Place(I));
  else if (L.LockArg >= 0 && static_cast<unsigned>(L.LockArg) < C->getNumArgs())
    Locks.push_back(Place(L.LockArg));
  return Locks;
}

bool FactsGenerator::addLockCall(const CallExpr *C, const FunctionDecl &F,
                                 const Api &A) {
  if (A.DeclaredLock) {
    PlaceId Lock = C->getNumArgs() > 0 ? Builder.pointee(C->getArg(0))
                                       : objectOf(C).Target;
    if (Lock == NoPlace)
      Lock = Builder.expression(C, true);
    if (A.DeclaredLock == 1)
      addAcquire(C, Lock, NoPlace, false, true);
    else
      Now->Facts.push_back(Release{Lock, NoPlace});
    return true;
  }
  const model::LockApi *L = A.Lock;
  if (!L || L->Form == model::ApiForm::Constructor)
    return false;
  const llvm::SmallVector<PlaceId, 2> Locks = locksOf(C, F, *L);
  if (L->acquires()) {
    if (L->Success == LockSuccess::MinusOne)
      return true; // std::try_lock: which of them failed is not followed
    for (PlaceId P : Locks) {
      const size_t Before = Now->Facts.size();
      addAcquire(C, P, NoPlace, L->mayFail(),
                 L->Success != LockSuccess::NonZero);
      if (Now->Facts.size() > Before)
        std::get<Acquire>(Now->Facts.back()).Shared =
            L->Kind == model::LockKind::Read;
    }
    return true;
  }
  if (L->Op == LockOp::Release)
    for (PlaceId P : Locks)
      Now->Facts.push_back(Release{P, NoPlace});
  return L->Op == LockOp::Release || L->Op == LockOp::Wait;
}

/// The qualified name of the class of an argument, for guard tags.
static std::string className(const Expr *E) {
  const CXXRecordDecl *R = E->getType()->getAsCXXRecordDecl();
  return R && R->getIdentifier() ? plainQualifiedName(*R) : std::string();
}

/// `x` in `std::move(x)`.
static const Expr *movedFrom(const Expr *E) {
  E = E->IgnoreParenCasts()->IgnoreImplicit();
  const auto *C = dyn_cast<CallExpr>(E);
  return C && C->getNumArgs() == 1 ? C->getArg(0) : E;
}

/// A guard class of the program that carries Clang's thread-safety attributes.
bool FactsGenerator::addScopedCapability(const VarDecl *V) {
  const CXXRecordDecl *R = objectClass(V);
  const Expr *Init = V->getInit();
  const auto *C = Init && R && R->hasAttr<ScopedLockableAttr>()
                      ? dyn_cast<CXXConstructExpr>(
                            Init->IgnoreParenCasts()->IgnoreImplicit())
                      : nullptr;
  if (!C)
    return false;
  std::vector<PlaceId> &Locks = GuardLocks[V];
  Locks.clear();
  for (const auto *A :
       C->getConstructor()->specific_attrs<AcquireCapabilityAttr>())
    for (PlaceId L : attributeLocks({A->args_begin(), A->args_end()}, C,
                                    *C->getConstructor()))
      if (L != NoPlace)
        Locks.push_back(L);
  for (PlaceId L : Locks) {
    Acquire F;
    F.Site = Flow.addSite(C, V->getBeginLoc());
    F.Lock = L;
    F.Owner = Builder.variable(V);
    Now->Facts.push_back(F);
  }
  return true;
}

bool FactsGenerator::addGuard(const VarDecl *V) {
  const CXXRecordDecl *R = V->getType()->getAsCXXRecordDecl();
  const model::LockGuard *Guard = R ? Apis.guardOf(*R) : nullptr;
  if (!Guard)
    return false;
  std::vector<PlaceId> &Locks = GuardLocks[V];
  Locks.clear();
  const Expr *Init = V->getInit();
  const auto *C = Init ? dyn_cast<CXXConstructExpr>(
                             Init->IgnoreParenCasts()->IgnoreImplicit())
                       : nullptr;
  if (!C)
    return true;
  model::GuardStart Start = model::GuardStart::Held;
  for (const Expr *A : C->arguments()) {
    const std::string Class = className(A);
    const model::GuardStart By = Guard->startState(Class);
    if (!Class.empty() && By != Guard->startState("")) {
      Start = By;
      continue;
    }
    if (const CXXRecordDecl *From = A->getType()->getAsCXXRecordDecl();
        From && Apis.guardOf(*From)) {
      // Moved from: who holds what after that is not followed.
      Now->Facts.push_back(Release{NoPlace, Builder.lvalue(movedFrom(A))});
      Locks.clear();
      return true;
    }
    if (A->getType()->isPointerType())
      Locks.push_back(Builder.pointee(A));
    else if (!A->getType()->isIntegralOrEnumerationType())
      Locks.push_back(Builder.lvalue(A));
  }
  if (Guard->startState("") == model::GuardStart::Maybe)
    Start = model::GuardStart::Maybe;
  const PlaceId Owner = Builder.variable(V);
  for (PlaceId L : Locks) {
    if (L == NoPlace || Start == model::GuardStart::NotHeld)
      continue;
    Acquire F;
    F.Site = Flow.addSite(C, V->getBeginLoc());
    F.Lock = L;
    F.Owner = Owner;
    if (Start == model::GuardStart::Maybe) {
      if (!Flow.Use.Tested.count(V))
        continue;
      F.Result = Builder.ownsField(Owner);
      F.SuccessIsZero = false;
      F.MayFail = true;
    }
    F.Adopted = Start == model::GuardStart::Adopted;
    F.Shared = Guard->Shared;
    Now->Facts.push_back(F);
  }
  return true;
}

bool FactsGenerator::addGuardMember(const CallExpr *C, const FunctionDecl &F) {
  const auto *M = dyn_cast<CXXMemberCallExpr>(C);
  if (!M || !F.getDeclName().isIdentifier())
    return false;
  const auto *D =
      dyn_cast<DeclRefExpr>(M->getImplicitObjectArgument()->IgnoreParenCasts());
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  auto It = V ? GuardLocks.find(V) : GuardLocks.end();
  if (It == GuardLocks.end())
    return false;
  const model::LockGuard *Guard =
      Apis.guardOf(*V->getType()->getAsCXXRecordDecl());
  if (!Guard)
    return false; // a scoped capability: its members carry attributes
  const PlaceId Owner = Builder.variable(V);
  switch (Guard->memberEffect(F.getName())) {
  case model::GuardEffect::Locks:
    for (PlaceId L : It->second)
      addAcquire(C, L, Owner, false, false);
    return true;
  case model::GuardEffect::Tries:
    for (PlaceId L : It->second)
      addAcquire(C, L, Owner, true, false);
    return true;
  case model::GuardEffect::Unlocks:
    Now->Facts.push_back(Release{NoPlace, Owner});
    return true;
  case model::GuardEffect::Disowns:
    // Still locked. Who gets the mutex as the result may be to unlock it.
    Now->Facts.push_back(Release{NoPlace, Owner, isDiscarded(C)});
    return true;
  case model::GuardEffect::None:
    break;
  }
  return false;
}

//===--- Clang's thread-safety attributes ---------------------------------===//

std::vector<PlaceId>
FactsGenerator::attributeLocks(llvm::iterator_range<Expr **> Arguments,
                               const Expr *Call, const FunctionDecl &F) {
  std::vector<PlaceId> Locks;
  CallFunction Where; // only to rebase
  if (const auto *C = dyn_cast_or_null<CallExpr>(Call)) {
    Where.Object = objectOf(C);
    for (const Expr *A : C->arguments())
      Where.Arguments.push_back(Builder.binding(A, false));
  } else if (const auto *K = dyn_cast_or_null<CXXConstructExpr>(Call)) {
    for (unsigned I = 0; I < K->getNumArgs(); ++I)
      Where.Arguments.push_back(Builder.binding(
          K->getArg(I), I < F.getNumParams() &&
                            F.getParamDecl(I)->getType()->isReferenceType()));
  }
  auto Rebased = [&](PlaceId P) {
    if (!Call || P == NoPlace)
      return P;
    switch (Places[P].Kind) {
    case BaseKind::This:
      return Places.rebase(P, Where.Object);
    case BaseKind::Param:
      return Places[P].Index < Where.Arguments.size()
                 ? Places.rebase(P, Where.Arguments[Places[P].Index])
                 : NoPlace;
    default:
      return P;
    }
  };
  for (const Expr *A : Arguments) {
    if (A->isValueDependent() || A->isTypeDependent())
      continue;
    Locks.push_back(Rebased(A->getType()->isPointerType() ? Builder.pointee(A)
                                                          : Builder.lvalue(A)));
  }
  if (Arguments.begin() == Arguments.end() && isa<CXXMethodDecl>(F) && Call)
    Locks.push_back(Where.Object.Target);
  return Locks;
}

bool FactsGenerator::addAttributeLocks(const CallExpr *C,
                                       const FunctionDecl &F) {
  bool Any = false;
  for (const auto *A : F.specific_attrs<AcquireCapabilityAttr>()) {
    Any = true;
    for (PlaceId L : attributeLocks({A->args_begin(), A->args_end()}, C, F))
      addAcquire(C, L, NoPlace, false, true);
  }
  for (const auto *A : F.specific_attrs<TryAcquireCapabilityAttr>()) {
    Any = true;
    std::optional<int64_t> Success = Builder.constant(A->getSuccessValue());
    for (PlaceId L : attributeLocks({A->args_begin(), A->args_end()}, C, F))
      addAcquire(C, L, NoPlace, true, Success && *Success == 0);
  }
  for (const auto *A : F.specific_attrs<ReleaseCapabilityAttr>()) {
    Any = true;
    for (PlaceId L : attributeLocks({A->args_begin(), A->args_end()}, C, F))
      Now->Facts.push_back(Release{L, NoPlace});
  }
  return Any;
}

void FactsGenerator::addEntryLocks() {
  for (const auto *A : Flow.Decl->specific_attrs<RequiresCapabilityAttr>())
    for (PlaceId L :
         attributeLocks({A->args_begin(), A->args_end()}, nullptr, *Flow.Decl))
      if (L != NoPlace)
        Flow.EntryLocks.push_back(L);
}

} // namespace thread_stop::flow
