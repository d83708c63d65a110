// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/FunctionIndex.h"

#include "flow/AstWalk.h"
#include "flow/CleanupRegions.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace thread_stop::flow {

//===--- Declarations -----------------------------------------------------===//

void FunctionIndex::build() {
  for (const Decl *D : Ctx.getTraversalScope())
    visitDecl(D);
  walkPending();
  for (auto &[Call, Inside] : Indirect) {
    bool ThroughPointer = false;
    if (const FunctionDecl *F = calleeOf(*Call, &ThroughPointer))
      visitCall(Call, F, Inside, ThroughPointer);
  }
  walkPending();
  findRoles();
  findComponents();
  propagate();
}

void FunctionIndex::visitDecl(const Decl *Root) {
  llvm::SmallVector<const Decl *, 64> Stack{Root};
  while (!Stack.empty()) {
    const Decl *D = Stack.pop_back_val();
    if (const auto *TU = dyn_cast<TranslationUnitDecl>(D)) {
      for (const Decl *Inner : TU->noload_decls())
        if (Apis.isUserCode(Inner->getLocation()) ||
            isa<LinkageSpecDecl>(Inner))
          Stack.push_back(Inner);
      continue;
    }
    if (D->isImplicit() || !Apis.isUserCode(D->getLocation()))
      continue;
    if (const auto *T = dyn_cast<FunctionTemplateDecl>(D)) {
      bool Instantiated = false;
      for (const FunctionDecl *S : T->specializations()) {
        visitFunction(S);
        Instantiated = true;
      }
      if (!Instantiated)
        visitFunction(T->getTemplatedDecl());
    } else if (const auto *T = dyn_cast<ClassTemplateDecl>(D)) {
      bool Instantiated = false;
      for (const ClassTemplateSpecializationDecl *S : T->specializations())
        for (const Decl *Inner : S->decls()) {
          Stack.push_back(Inner);
          Instantiated = true;
        }
      if (!Instantiated)
        Stack.push_back(T->getTemplatedDecl());
    } else if (const auto *F = dyn_cast<FunctionDecl>(D)) {
      visitFunction(F);
    } else if (const auto *V = dyn_cast<VarDecl>(D)) {
      noteVariable(V);
      if (const Expr *Init = V->getInit())
        walkBody(Init, NoFunction);
    } else if (const auto *C = dyn_cast<DeclContext>(D)) {
      for (const Decl *Inner : C->decls())
        Stack.push_back(Inner);
    }
  }
}

void FunctionIndex::visitFunction(const FunctionDecl *F) {
  Declarations.push_back(F);
  if (F->doesThisDeclarationHaveABody() && !F->isDefaulted())
    add(F);
}

FunctionId FunctionIndex::add(const FunctionDecl *Definition) {
  auto [It, New] =
      Ids.try_emplace(Definition->getCanonicalDecl(), Functions.size());
  if (New) {
    Functions.emplace_back();
    Functions.back().Decl = Definition;
    Pending.push_back(It->second);
  }
  return It->second;
}

FunctionId FunctionIndex::idOf(const FunctionDecl *F) const {
  if (!F)
    return NoFunction;
  auto It = Ids.find(F->getCanonicalDecl());
  return It == Ids.end() ? NoFunction : It->second;
}

void FunctionIndex::walkPending() {
  while (!Pending.empty()) {
    FunctionId F = Pending.back();
    Pending.pop_back();
    const FunctionDecl *D = Functions[F].Decl;
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(D))
      for (const CXXCtorInitializer *I : Ctor->inits())
        if (const Expr *Init = I->getInit()) {
          if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Init))
            walkBody(Default->getExpr(), F);
          else if (I->isWritten())
            walkBody(Init, F);
        }
    walkBody(D->getBody(), F);
  }
}

//===--- Bodies -----------------------------------------------------------===//

void FunctionIndex::walkBody(const Stmt *Body, FunctionId Inside) {
  forEachEvaluated(Body,
                   [&](const Stmt *S, const Stmt *) { visitExpr(S, Inside); });
}

/// The only function that an unresolved name can mean.
static const FunctionDecl *dependentCallee(const CallExpr &C) {
  const auto *U =
      dyn_cast<UnresolvedLookupExpr>(C.getCallee()->IgnoreParenCasts());
  if (!U || U->getNumDecls() != 1)
    return nullptr;
  return dyn_cast<FunctionDecl>((*U->decls_begin())->getUnderlyingDecl());
}

void FunctionIndex::visitExpr(const Stmt *S, FunctionId Inside) {
  if (const auto *C = dyn_cast<CallExpr>(S)) {
    bool ThroughPointer = false;
    if (const FunctionDecl *F = C->getDirectCallee()) {
      visitCall(C, F, Inside, false);
      // A name in parentheses or behind `&` is a call as well, see Mentions.
      if (!isa<CXXMemberCallExpr>(C))
        ++Uses[F->getCanonicalDecl()];
    } else if (const FunctionDecl *F = calleeOf(*C, &ThroughPointer);
               F && !ThroughPointer) {
      visitCall(C, F, Inside, false);
      ++Uses[F->getCanonicalDecl()];
    } else if (const FunctionDecl *F = dependentCallee(*C)) {
      // In a template that nobody instantiates: all that is known.
      if (Apis.of(*F).ForcedStop)
        ForcedStops.push_back({C, F, Inside, false});
    } else if (const FunctionDecl *F = forcedStopIn(*C)) {
      ForcedStops.push_back({C, F, Inside, true});
      AsksThreads = true;
      if (Inside != NoFunction)
        Functions[Inside].UsesThreads = true;
    } else {
      Indirect.push_back({C, Inside});
    }
  } else if (const auto *D = dyn_cast<DeclRefExpr>(S)) {
    if (const auto *F = dyn_cast<FunctionDecl>(D->getDecl()))
      noteReference(F, Inside);
  } else if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    if (B->getOpcode() == BO_Assign)
      noteAssignment(B->getLHS(), B->getRHS());
  } else if (const auto *C = dyn_cast<CXXConstructExpr>(S)) {
    noteConstruction(C, Inside);
  } else if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    if (const CXXMethodDecl *Op = L->getCallOperator(); Op && Op->hasBody())
      add(Op);
  } else if (const auto *I = dyn_cast<InitListExpr>(S)) {
    const InitListExpr *Sem = I->isSemanticForm() ? I : I->getSemanticForm();
    const RecordDecl *R = Sem && !Sem->getType().isNull()
                              ? Sem->getType()->getAsRecordDecl()
                              : nullptr;
    if (!R || R->isUnion())
      return;
    unsigned N = 0;
    for (const FieldDecl *F : R->fields()) {
      if (N >= Sem->getNumInits())
        break;
      if (F->getType()->isFunctionPointerType() && Sem->getInit(N)) {
        PointerValue &V = Pointers[F];
        const FunctionDecl *To = functionOf(Sem->getInit(N));
        if (!To || (V.Only && V.Only != To->getCanonicalDecl()))
          V.Many = true;
        else
          V.Only = To->getCanonicalDecl();
      }
      ++N;
    }
  } else if (const auto *D = dyn_cast<DeclStmt>(S)) {
    for (const Decl *Each : D->decls()) {
      if (const auto *V = dyn_cast<VarDecl>(Each)) {
        noteVariable(V);
        if (Inside == NoFunction)
          continue;
        Functions[Inside].HasRegion |= isCleanupMarker(*V);
        if (const Expr *Init = V->getInit()) {
          if (V->getDeclName().isIdentifier() &&
              V->getName() == "__cancel_routine")
            noteCallback(Init);
          else if (const auto *C =
                       dyn_cast<CXXConstructExpr>(Init->IgnoreImplicit());
                   C && isCleanupMarker(*V) && C->getNumArgs() == 2)
            noteCallback(C->getArg(0));
          else if (const auto *L = dyn_cast<InitListExpr>(Init);
                   L && isCleanupMarker(*V) && L->getNumInits() > 0)
            noteCallback(L->getInit(0));
        }
        if (const CXXRecordDecl *R =
                Ctx.getBaseElementType(V->getType().getNonReferenceType())
                    ->getAsCXXRecordDecl()) {
          Functions[Inside].UsesLocks |=
              Apis.guardOf(*R) != nullptr || R->hasAttr<ScopedLockableAttr>();
          // Its destructor runs at the end of the scope.
          if (const CXXDestructorDecl *Dtor =
                  R->hasDefinition() ? R->getDestructor() : nullptr)
            if (const FunctionDecl *Def = Dtor->getDefinition();
                Def && !Def->isDefaulted() &&
                Apis.isUserCode(Def->getLocation()))
              addCall(Inside, add(Def));
        }
        if (const auto *Cleanup = V->getAttr<CleanupAttr>())
          if (const FunctionDecl *Def =
                  Cleanup->getFunctionDecl()->getDefinition();
              Def && Apis.isUserCode(Def->getLocation()))
            addCall(Inside, add(Def));
      } else if (isa<CXXRecordDecl>(Each)) {
        visitDecl(Each);
      }
    }
  }
}

void FunctionIndex::noteConstruction(const CXXConstructExpr *C,
                                     FunctionId Inside) {
  const CXXConstructorDecl *Ctor = C->getConstructor();
  if (!Apis.isUserCode(Ctor->getLocation())) {
    if (Apis.of(*Ctor).ThreadCreate)
      visitCall(C, Ctor, Inside, false);
    return;
  }
  const FunctionDecl *Def = Ctor->getDefinition();
  if (Def && !Def->isDefaulted() && Inside != NoFunction)
    addCall(Inside, add(Def));
}

void FunctionIndex::addCall(FunctionId From, FunctionId To) {
  if (Called.insert({From, To}).second)
    Functions[From].Callees.push_back(To);
}

static bool hasLockAttribute(const FunctionDecl &F) {
  return F.hasAttr<AcquireCapabilityAttr>() ||
         F.hasAttr<ReleaseCapabilityAttr>() ||
         F.hasAttr<TryAcquireCapabilityAttr>();
}

void FunctionIndex::visitCall(const Expr *Call, const FunctionDecl *Callee,
                              FunctionId Inside, bool ThroughPointer) {
  const Api &A = Apis.of(*Callee);
  const ApiCall Entry{Call, Callee, Inside, ThroughPointer};
  if (A.ForcedStop)
    ForcedStops.push_back(Entry);
  AsksThreads |= A.ForcedStop || A.is(model::CancelRole::StopRequest);
  if (const IdentifierInfo *Name = Callee->getIdentifier())
    MakesRobust |= Name->isStr("pthread_mutexattr_setrobust") ||
                   Name->isStr("pthread_mutexattr_setrobust_np");
  if (A.setsMode())
    ModeCalls.push_back(Entry);
  if (A.is(model::CancelRole::Join))
    Joins.push_back(Entry);
  if (A.is(model::CancelRole::ExitThread))
    ThreadExits.push_back(Entry);
  if (A.Signal)
    SignalCalls.push_back(Entry);
  if (!A.ThreadCreate && Callee->isExternC() &&
      !Apis.isUserCode(Callee->getLocation()))
    if (const auto *C = dyn_cast<CallExpr>(Call))
      for (const Expr *Argument : C->arguments())
        noteCallback(Argument);
  if (A.ThreadCreate) {
    Creations.push_back(Entry);
    noteCreation(Call, *Callee);
  }
  if (Inside == NoFunction)
    return;
  noteOnce(Call, *Callee, Inside);
  FunctionInfo &In = Functions[Inside];
  In.SetsMode |= A.setsMode() || A.DeclaredPair != 0;
  In.TestsCancel |= A.is(model::CancelRole::TestCancel);
  In.UsesThreads |= A.is(model::CancelRole::Join) ||
                    A.is(model::CancelRole::Detach) || A.ForcedStop ||
                    A.is(model::CancelRole::StopRequest);
  In.UsesLocks |= A.Lock || A.DeclaredLock || hasLockAttribute(*Callee);
  const FunctionDecl *Definition = Callee->getDefinition();
  if (!Definition || Definition->isDefaulted() || !Definition->hasBody() ||
      !Apis.isUserCode(Definition->getLocation()))
    return;
  FunctionId To = add(Definition); // may move Functions
  addCall(Inside, To);
}

/// pthread_once(&once, routine) calls the routine.
void FunctionIndex::noteOnce(const Expr *Call, const FunctionDecl &Callee,
                             FunctionId Inside) {
  const auto *C = dyn_cast<CallExpr>(Call);
  if (!C || C->getNumArgs() < 2 || !Callee.getIdentifier() ||
      (Callee.getName() != "pthread_once" && Callee.getName() != "call_once") ||
      Apis.isUserCode(Callee.getLocation()))
    return;
  const FunctionDecl *F = functionOf(C->getArg(1));
  const FunctionDecl *Def = F ? F->getDefinition() : nullptr;
  if (Def && Def->hasBody() && Apis.isUserCode(Def->getLocation()))
    addCall(Inside, add(Def));
}

/// Which arguments of a creating call are start routines: the modelled one, or
/// any function for a creator that only the options name.
void FunctionIndex::noteCreation(const Expr *Call, const FunctionDecl &Callee) {
  const model::CancelApi *Row = Apis.of(Callee).Cancel;
  llvm::SmallVector<const Expr *, 8> Arguments;
  if (const auto *C = dyn_cast<CallExpr>(Call))
    Arguments.append(C->arg_begin(), C->arg_end());
  else if (const auto *C = dyn_cast<CXXConstructExpr>(Call))
    Arguments.append(C->arg_begin(), C->arg_end());
  for (size_t I = 0; I < Arguments.size(); ++I) {
    if (Row && Row->Routine >= 0 && static_cast<size_t>(Row->Routine) != I)
      continue;
    const FunctionDecl *F = functionOf(Arguments[I]);
    if (!F)
      continue;
    ++Uses[F->getCanonicalDecl()];
    const FunctionDecl *Definition = F->getDefinition();
    if (Definition && Apis.isUserCode(Definition->getLocation()) &&
        Definition->hasBody())
      Functions[add(Definition)].IsStarted = true;
  }
}

//===--- Function pointers ------------------------------------------------===//

void FunctionIndex::noteReference(const FunctionDecl *F, FunctionId Inside) {
  ++Mentions[F->getCanonicalDecl()];
  const FunctionDecl *Def = F->getDefinition();
  if (!Def || !Def->hasBody() || Def->isDefaulted() ||
      !Apis.isUserCode(Def->getLocation()))
    return;
  FunctionId To = add(Def); // may move Functions
  if (Inside == NoFunction)
    return;
  if (Mentioned.insert({Inside, To}).second)
    Functions[Inside].Named.push_back(To);
}

static const ValueDecl *pointerVariable(const Expr *E) {
  E = E->IgnoreParenCasts();
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    return D->getDecl();
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return M->getMemberDecl();
  return nullptr;
}

void FunctionIndex::noteCallback(const Expr *E) {
  if (const FunctionDecl *F = functionOf(E))
    ++Callbacks[F->getCanonicalDecl()];
}

void FunctionIndex::noteAssignment(const Expr *To, const Expr *Value) {
  const ValueDecl *V = pointerVariable(To);
  if (V && isa<FieldDecl>(V) && !Apis.isUserCode(V->getLocation()))
    noteCallback(Value); // sa_handler
  if (!V || !V->getType()->isFunctionPointerType())
    return;
  PointerValue &P = Pointers[V];
  const FunctionDecl *F = functionOf(Value);
  if (!F || (P.Only && P.Only != F->getCanonicalDecl()))
    P.Many = true;
  else
    P.Only = F->getCanonicalDecl();
}

void FunctionIndex::noteVariable(const VarDecl *V) {
  if (!V->getType()->isFunctionPointerType())
    return;
  PointerValue &P = Pointers[V];
  if (isa<ParmVarDecl>(V) ||
      (V->hasExternalStorage() && !V->getType().isConstQualified())) {
    P.Many = true;
    return;
  }
  if (const Expr *Init = V->getInit()) {
    const FunctionDecl *F = functionOf(Init);
    if (F)
      P.Only = F->getCanonicalDecl();
    else if (!Init->isValueDependent() &&
             !Init->isNullPointerConstant(const_cast<ASTContext &>(Ctx),
                                          Expr::NPC_ValueDependentIsNotNull))
      P.Many = true;
  }
}

const FunctionDecl *FunctionIndex::functionOf(const Expr *E) const {
  for (int Depth = 0; E && Depth < 16; ++Depth) {
    E = E->IgnoreParenCasts();
    if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
      if (const auto *F = dyn_cast<FunctionDecl>(D->getDecl()))
        return F;
      if (const CXXRecordDecl *R =
              D->getType().getNonReferenceType()->getAsCXXRecordDecl();
          R && R->isLambda())
        return R->getLambdaCallOperator();
      auto It = Pointers.find(D->getDecl());
      return It != Pointers.end() && !It->second.Many ? It->second.Only
                                                      : nullptr;
    }
    if (const auto *U = dyn_cast<UnaryOperator>(E);
        U && (U->getOpcode() == UO_AddrOf || U->getOpcode() == UO_Deref ||
              U->getOpcode() == UO_Plus)) {
      E = U->getSubExpr();
    } else if (const auto *L = dyn_cast<LambdaExpr>(E)) {
      return L->getCallOperator();
    } else if (const auto *T = dyn_cast<MaterializeTemporaryExpr>(E)) {
      E = T->getSubExpr();
    } else if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E)) {
      E = B->getSubExpr();
    } else if (const auto *C = dyn_cast<CXXConstructExpr>(E);
               C && C->getNumArgs() >= 1) {
      E = C->getArg(0);
    } else if (const auto *C = dyn_cast<CXXMemberCallExpr>(E);
               C && isa_and_nonnull<CXXConversionDecl>(C->getMethodDecl())) {
      E = C->getImplicitObjectArgument(); // lambda to function pointer
    } else if (const auto *C = dyn_cast<CallExpr>(E);
               C && C->getDirectCallee() && C->getNumArgs() >= 1 &&
               C->getDirectCallee()->isInStdNamespace()) {
      E = C->getArg(0); // std::bind, std::ref, std::move
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

/// The one function that all elements of a constant table are, or null.
const FunctionDecl *FunctionIndex::onlyElement(const Expr *Table) const {
  const auto *D = dyn_cast<DeclRefExpr>(Table->IgnoreParenCasts());
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  const auto *List = V && V->getInit()
                         ? dyn_cast<InitListExpr>(V->getInit()->IgnoreParens())
                         : nullptr;
  if (!List || List->getNumInits() == 0 ||
      !V->getType()->isConstantArrayType() ||
      !V->getType()
           ->getAsArrayTypeUnsafe()
           ->getElementType()
           .isConstQualified())
    return nullptr;
  const FunctionDecl *Only = functionOf(List->getInit(0));
  for (const Expr *Each : List->inits())
    if (functionOf(Each) != Only)
      return nullptr;
  return Only;
}

const FunctionDecl *FunctionIndex::forcedStopIn(const CallExpr &C) const {
  const auto *Either = dyn_cast<ConditionalOperator>(
      C.getCallee()->IgnoreParenImpCasts()->IgnoreParenCasts());
  if (!Either)
    return nullptr;
  for (const Expr *Arm : {Either->getTrueExpr(), Either->getFalseExpr()})
    if (const FunctionDecl *F = functionOf(Arm); F && Apis.of(*F).ForcedStop)
      return F;
  return nullptr;
}

const FunctionDecl *FunctionIndex::calleeOf(const CallExpr &C,
                                            bool *ThroughPointer) const {
  if (const FunctionDecl *F = C.getDirectCallee())
    return F;
  const Expr *E = C.getCallee();
  for (int Depth = 0; E && Depth < 16; ++Depth) {
    E = E->IgnoreParenCasts();
    if (const auto *U = dyn_cast<UnaryOperator>(E);
        U && (U->getOpcode() == UO_AddrOf || U->getOpcode() == UO_Deref)) {
      E = U->getSubExpr();
      continue;
    }
    if (const auto *S = dyn_cast<ArraySubscriptExpr>(E)) {
      if (ThroughPointer)
        *ThroughPointer = true;
      return onlyElement(S->getBase());
    }
    if (const auto *D = dyn_cast<DeclRefExpr>(E))
      if (const auto *F = dyn_cast<FunctionDecl>(D->getDecl()))
        return F;
    break;
  }
  const ValueDecl *V = E ? pointerVariable(E) : nullptr;
  if (!V)
    return nullptr;
  auto It = Pointers.find(V);
  if (It == Pointers.end() || It->second.Many || !It->second.Only)
    return nullptr;
  // A field or an external variable may be set elsewhere unless it is const.
  if (const auto *Var = dyn_cast<VarDecl>(V);
      Var && Var->hasGlobalStorage() && Var->isExternallyVisible() &&
      !Var->getType().isConstQualified())
    return nullptr;
  if (ThroughPointer)
    *ThroughPointer = true;
  return It->second.Only;
}

} // namespace thread_stop::flow
