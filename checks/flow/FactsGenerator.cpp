// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/FactsGenerator.h"

#include "flow/AstWalk.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace thread_stop::flow {

//===--- One walk over the body -------------------------------------------===//

static const VarDecl *variableOf(const Expr *E) {
  const auto *D = dyn_cast<DeclRefExpr>(E->IgnoreParenCasts());
  return D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
}

/// The variable that `E` is, or is a part of without a pointer between.
static const VarDecl *storageOf(const Expr *E) {
  for (unsigned Depth = 0; Depth < 16; ++Depth) {
    E = E->IgnoreParenCasts();
    if (const auto *M = dyn_cast<MemberExpr>(E); M && !M->isArrow())
      E = M->getBase();
    else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E);
             A && A->getBase()->IgnoreParenCasts()->getType()->isArrayType())
      E = A->getBase();
    else
      break;
  }
  return variableOf(E);
}

/// clang builds the graph of `a && b && ...` recursively; a longer chain could
/// end its stack.
static constexpr unsigned MaxLogicalDepth = 5000;

void FactsGenerator::scanBody(const Stmt *Body) {
  llvm::DenseMap<const Stmt *, unsigned> Depth; // of nested && and ||
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *Parent) {
    Flow.Use.add(S);
    if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->isLogicalOp()) {
      const unsigned Here = Depth[S] = Depth.lookup(Parent) + 1;
      TooDeep |= Here > MaxLogicalDepth;
    }
    if (isa<CallExpr>(S) || isa<ParenExpr>(S) || isa<CastExpr>(S) ||
        isa<FullExpr>(S) || isa<BinaryOperator>(S) ||
        isa<AbstractConditionalOperator>(S))
      CallParents[S] = Parent;
    if (const auto *C = dyn_cast<CallExpr>(S)) {
      const FunctionDecl *F = C->getDirectCallee();
      if (F && C->getNumArgs() >= 2 && Apis.of(*F).setsMode())
        if (const auto *U =
                dyn_cast<UnaryOperator>(C->getArg(1)->IgnoreParenCasts()))
          if (const VarDecl *V = storageOf(U->getSubExpr()))
            SaveTargets.insert(V);
    } else if (const auto *D = dyn_cast<DeclStmt>(S)) {
      for (const Decl *Each : D->decls())
        NeedsScopes |= Each->hasAttr<CleanupAttr>();
    }
  });
}

/// Notes all that has a variable of SaveTargets in it, in one walk: asking for
/// each argument by itself would walk the inner ones of `a(b(c(...)))` again
/// for every call around them.
void FactsGenerator::findMentions(const Stmt *Root) {
  std::vector<std::pair<const Stmt *, const Stmt *>> Seen; // parents first
  forEachEvaluated(Root, [&](const Stmt *S, const Stmt *Parent) {
    Seen.push_back({S, Parent});
    if (const auto *D = dyn_cast<DeclRefExpr>(S))
      if (const auto *V = dyn_cast<VarDecl>(D->getDecl());
          V && SaveTargets.count(V))
        MentionsSave.insert(S);
  });
  for (auto It = Seen.rbegin(); It != Seen.rend(); ++It)
    if (MentionsSave.count(It->first))
      MentionsSave.insert(It->second);
}

//===--- The graph --------------------------------------------------------===//

FunctionFlow FactsGenerator::generate(FunctionId F) {
  Flow = FunctionFlow();
  CallParents.clear();
  RegionOf.clear();
  PushAt.clear();
  PopAt.clear();
  GuardLocks.clear();
  ValueCalls.clear();
  SaveTargets.clear();
  MentionsSave.clear();
  NeedsScopes = TooDeep = false;
  Builder.Use = &Flow.Use;

  Flow.Id = F;
  Flow.Decl = Index[F].Decl;
  const Stmt *Body = Flow.Decl->getBody();
  scanBody(Body);
  if (!SaveTargets.empty()) {
    findMentions(Body);
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Flow.Decl))
      for (const CXXCtorInitializer *I : Ctor->inits())
        findMentions(I->getInit());
  }
  Flow.EndSite = Flow.addSite(nullptr, Body->getEndLoc());
  Flow.ReturnPlace = Builder.returnOf(Flow.Decl);
  if (Index[F].HasRegion)
    Flow.Regions = cleanupRegions(Body);
  for (uint32_t I = 0; I < Flow.Regions.size(); ++I) {
    RegionOf[Flow.Regions[I].Marker] = I;
    PushAt[Flow.Regions[I].PushAt] = I;
    if (Flow.Regions[I].PopAt)
      PopAt[Flow.Regions[I].PopAt] = I;
  }
  for (const CleanupRegion &R : Flow.Regions)
    Flow.Handlers.push_back(handlerOf(R));
  addEntryLocks();
  // What a template that nobody instantiates does is not known.
  Flow.Valid = !TooDeep && !Flow.Decl->isDependentContext() && buildGraph();
  if (Flow.Regions.empty())
    Flow.Use = VariableUse();
  return std::move(Flow);
}

/// The reachable blocks in reverse postorder.
static std::vector<const CFGBlock *> blockOrder(const CFG &Cfg) {
  std::vector<const CFGBlock *> Order;
  std::vector<uint8_t> Seen(Cfg.getNumBlockIDs());
  std::vector<std::pair<const CFGBlock *, CFGBlock::const_succ_iterator>> Stack;
  auto Enter = [&](const CFGBlock *B) {
    if (B && !Seen[B->getBlockID()]) {
      Seen[B->getBlockID()] = 1;
      Stack.push_back({B, B->succ_begin()});
    }
  };
  Enter(&Cfg.getEntry());
  while (!Stack.empty()) {
    auto &[B, Next] = Stack.back();
    if (Next == B->succ_end()) {
      Order.push_back(B);
      Stack.pop_back();
    } else {
      Enter((Next++)->getReachableBlock());
    }
  }
  std::reverse(Order.begin(), Order.end());
  return Order;
}

bool FactsGenerator::buildGraph() {
  CFG::BuildOptions Options;
  Options.PruneTriviallyFalseEdges = true;
  Options.AddInitializers = true;
  Options.AddEHEdges =
      Ctx.getLangOpts().CPlusPlus && Ctx.getLangOpts().CXXExceptions;
  // The ends of scopes in C matter for the cleanup attribute only.
  Options.AddLifetime = NeedsScopes && !Ctx.getLangOpts().CPlusPlus;
  // Before LLVM 18 with both, trivial variables have no end of lifetime.
  Options.AddImplicitDtors = !Options.AddLifetime;
  // What facts come from, and what reaches() is asked about.
  for (Stmt::StmtClass Class :
       {Stmt::CallExprClass, Stmt::CXXMemberCallExprClass,
        Stmt::CXXOperatorCallExprClass, Stmt::CXXConstructExprClass,
        Stmt::CXXTemporaryObjectExprClass, Stmt::BinaryOperatorClass,
        Stmt::CompoundAssignOperatorClass, Stmt::UnaryOperatorClass,
        Stmt::CXXThrowExprClass, Stmt::CXXNewExprClass,
        Stmt::CXXDeleteExprClass, Stmt::LambdaExprClass})
    Options.setAlwaysAdd(Class);
  std::unique_ptr<CFG> Cfg = CFG::buildCFG(
      Flow.Decl, Flow.Decl->getBody(), const_cast<ASTContext *>(&Ctx), Options);
  if (!Cfg)
    return false;
  Flow.Graph.Blocks.resize(Cfg->getNumBlockIDs());
  Flow.Graph.Entry = Cfg->getEntry().getBlockID();
  // A guard or a call is seen before what is asked of it.
  const std::vector<const CFGBlock *> Order = blockOrder(*Cfg);
  for (const CFGBlock *B : Order)
    addBlock(*B);
  for (const CFGBlock *B : Order) {
    Now = &Flow.Graph.Blocks[B->getBlockID()];
    addEdges(*B);
  }
  const std::vector<uint32_t> Reached = reversePostorder(Flow.Graph);
  markBackEdges(Reached);
  findUnreached(*Cfg, Reached);
  if (KeepSource)
    Flow.Source = std::move(Cfg);
  return true;
}

void FactsGenerator::markBackEdges(const std::vector<uint32_t> &Order) {
  std::vector<uint32_t> Position(Flow.Graph.Blocks.size());
  for (uint32_t I = 0; I < Order.size(); ++I)
    Position[Order[I]] = I;
  for (uint32_t B = 0; B < Flow.Graph.Blocks.size(); ++B)
    for (Edge &E : Flow.Graph.Blocks[B].Edges)
      E.Back = Position[E.To] <= Position[B];
}

/// Most functions have no unreachable block, and nothing to remember here.
void FactsGenerator::findUnreached(const CFG &Cfg,
                                   const std::vector<uint32_t> &Order) {
  // No edge of ours leads to the exit block, which is empty.
  if (Order.size() + 1 == Cfg.size())
    return;
  std::vector<uint8_t> Seen(Flow.Graph.Blocks.size());
  for (uint32_t B : Order)
    Seen[B] = 1;
  auto ForEach = [&](bool Reached, llvm::function_ref<void(const Stmt *)> Do) {
    for (const CFGBlock *B : Cfg) {
      if ((Seen[B->getBlockID()] != 0) != Reached)
        continue;
      for (const CFGElement &E : *B)
        if (auto S = E.getAs<CFGStmt>())
          Do(S->getStmt());
      if (const Stmt *T = B->getTerminatorStmt())
        Do(T);
      if (const Stmt *L = B->getLabel())
        Do(L);
    }
  };
  ForEach(false, [&](const Stmt *S) { Flow.Unreached.insert(S); });
  // A statement may stand in several blocks.
  if (!Flow.Unreached.empty())
    ForEach(true, [&](const Stmt *S) { Flow.Unreached.erase(S); });
}

void FactsGenerator::addBlock(const CFGBlock &B) {
  Now = &Flow.Graph.Blocks[B.getBlockID()];
  Now->Facts.reserve(std::min<size_t>(B.size(), 8));
  for (const CFGElement &E : B) {
    if (auto S = E.getAs<CFGStmt>())
      addStatement(S->getStmt());
    else if (auto I = E.getAs<CFGInitializer>())
      addInitializer(I->getInitializer());
    else if (auto D = E.getAs<CFGAutomaticObjDtor>())
      addScopeEnd(D->getVarDecl());
    else if (auto L = E.getAs<CFGLifetimeEnds>())
      addScopeEnd(L->getVarDecl());
  }
  if (const Stmt *Loop = B.getLoopTarget())
    Now->LoopSite = Flow.addSite(Loop, Loop->getBeginLoc());
  else if (isa_and_nonnull<LabelStmt>(B.getLabel()))
    Now->LabelSite = site(B.getLabel());
  if (B.hasNoReturnElement())
    Now->End = Leaving::NoReturn;
}

SiteId FactsGenerator::site(const Stmt *S) {
  return Flow.addSite(S, S->getBeginLoc());
}

//===--- Statements -------------------------------------------------------===//

void FactsGenerator::addStatement(const Stmt *S) {
  if (addRegionStatement(S))
    return;
  if (const auto *C = dyn_cast<CallExpr>(S)) {
    addCall(C);
  } else if (const auto *D = dyn_cast<DeclStmt>(S)) {
    addDeclaration(D);
  } else if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    if (B->getOpcode() == BO_Assign)
      addAssignment(B->getLHS(), B->getRHS());
    else if (B->isAssignmentOp())
      addAssignment(B->getLHS(), nullptr);
  } else if (const auto *U = dyn_cast<UnaryOperator>(S)) {
    if (U->isIncrementDecrementOp())
      addAssignment(U->getSubExpr(), nullptr);
  } else if (const auto *R = dyn_cast<ReturnStmt>(S)) {
    addReturn(R);
  } else if (isa<CXXConstructExpr>(S) || isa<LambdaExpr>(S) ||
             isa<CXXNewExpr>(S) || isa<CXXDeleteExpr>(S)) {
    if (const auto *D = dyn_cast<CXXDeleteExpr>(S))
      addDestroy(D, nullptr);
    addKeepingExpression(S);
  } else if (isa<CXXThrowExpr>(S)) {
    Now->Facts.push_back(Return{site(S)});
  }
}

void FactsGenerator::addDeclaration(const DeclStmt *D) {
  for (const Decl *Each : D->decls())
    if (const auto *V = dyn_cast<VarDecl>(Each))
      addVariable(V);
}

/// The constructor call that makes a variable, through copies that C++17
/// elides.
static const CXXConstructExpr *constructionOf(const VarDecl *V) {
  const Expr *Init = V->getInit();
  if (!Init)
    return nullptr;
  Init = Init->IgnoreParenCasts()->IgnoreImplicit();
  if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(Init))
    Init = M->getSubExpr()->IgnoreParenCasts()->IgnoreImplicit();
  return dyn_cast<CXXConstructExpr>(Init);
}

const CXXRecordDecl *FactsGenerator::objectClass(const VarDecl *V) const {
  return Ctx.getBaseElementType(V->getType().getNonReferenceType())
      ->getAsCXXRecordDecl();
}

bool FactsGenerator::mentionsSave(const Expr *E) const {
  return MentionsSave.count(E) != 0;
}

void FactsGenerator::addVariable(const VarDecl *V) {
  if (!V->hasLocalStorage())
    return;
  addScopeHandler(V);
  if (losesScopeEnd(V))
    addScopedObject(V);
  if (addGuard(V) || addScopedCapability(V))
    return;
  // A variable in a loop starts anew each time.
  Now->Facts.push_back(Forget{NoPlace, PlaceBuilder::identity(V)});
  // Of arrays and of temporaries bound to references the destructor calls do
  // not show in every version's graph.
  if (const CXXConstructExpr *C = constructionOf(V);
      C && V->getType()->isRecordType()) {
    addTranslationUnitCall(C, *C->getConstructor(),
                           {Builder.variable(V), true});
  }
  if (objectClass(V)) {
    if (const Expr *Made = makerOf(V); Made && Index[Flow.Id].Gated)
      addAggregate(Builder.variable(V), Made, V->getType()->isRecordType());
    // A scope guard of whatever make that gets the saved value.
    if (V->getInit() && mentionsSave(V->getInit()))
      Now->Facts.push_back(Relinquish{});
    return;
  }
  if (const Expr *Init = V->getInit(); Init && !V->getType()->isReferenceType())
    addStore(Builder.variable(V), Init);
}

/// `Member(value)` of a constructor.
void FactsGenerator::addInitializer(const CXXCtorInitializer *I) {
  if (!I->isMemberInitializer() || !I->getInit() ||
      I->getMember()->getType()->isReferenceType())
    return;
  Place Object;
  Object.Kind = BaseKind::This;
  PlaceId Member = Places.extend(
      Places.extend(Places.intern(std::move(Object)), {Step::Kind::Deref, 0}),
      {Step::Kind::Field, PlaceBuilder::identity(I->getMember())});
  addStore(Member, I->getInit());
}

void FactsGenerator::addAssignment(const Expr *To, const Expr *From) {
  const PlaceId Target = Builder.lvalue(To);
  if (const VarDecl *V = variableOf(To))
    Now->Facts.push_back(Forget{NoPlace, PlaceBuilder::identity(V)});
  else
    Now->Facts.push_back(Forget{Target, 0});
  if (From)
    addStore(Target, From);
}

/// The signs of `errno`, or of `-errno`, after a call that failed; 0 for
/// anything else.
static uint8_t errnoSigns(const Expr *E) {
  E = E->IgnoreParenCasts()->IgnoreImplicit();
  uint8_t Signs = Knowledge::Positive;
  const auto *U = dyn_cast<UnaryOperator>(E);
  if (U && U->getOpcode() == UO_Minus) {
    Signs = Knowledge::Negative;
    U = dyn_cast<UnaryOperator>(
        U->getSubExpr()->IgnoreParenCasts()->IgnoreImplicit());
  }
  const auto *C = U && U->getOpcode() == UO_Deref
                      ? dyn_cast<CallExpr>(U->getSubExpr()->IgnoreParenCasts())
                      : nullptr;
  const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
  return F && F->getIdentifier() &&
                 (F->getName() == "__errno_location" ||
                  F->getName() == "___errno_location")
             ? Signs
             : 0;
}

/// A constant, a variable, or the result of a call that facts speak of.
bool FactsGenerator::armOf(const Expr *E, AssignEither::Arm &To) {
  if (std::optional<int64_t> C = Builder.constant(E)) {
    To.Value = *C;
    return true;
  }
  E = E->IgnoreParenCasts()->IgnoreImplicit();
  if (isa<CallExpr>(E))
    To.From = ValueCalls.count(E) ? Builder.valueOf(E) : NoPlace;
  else if (isa<DeclRefExpr>(E))
    To.From = Builder.lvalue(E);
  return To.From != NoPlace;
}

bool FactsGenerator::addEither(PlaceId To, const ConditionalOperator &Q) {
  AssignEither F;
  F.To = To;
  F.If = assumption(Q.getCond(), true);
  if (F.If.Term == NoPlace || !armOf(Q.getTrueExpr(), F.Then) ||
      !armOf(Q.getFalseExpr(), F.Else))
    return false;
  Now->Facts.push_back(F);
  return true;
}

void FactsGenerator::addStore(PlaceId To, const Expr *From) {
  if (To == NoPlace) {
    if (Index[Flow.Id].Gated)
      disownValues(From);
    return;
  }
  if (std::optional<int64_t> C = Builder.constant(From)) {
    Now->Facts.push_back(AssignConstant{To, *C});
    return;
  }
  if (const uint8_t Signs = errnoSigns(From)) {
    Now->Facts.push_back(AssignSigns{To, Signs});
    return;
  }
  const Expr *E = From->IgnoreParenCasts()->IgnoreImplicit();
  const auto *Compare = dyn_cast<BinaryOperator>(E);
  const auto *Not = dyn_cast<UnaryOperator>(E);
  if ((Compare && Compare->isComparisonOp()) ||
      (Not && Not->getOpcode() == UO_LNot)) {
    const Assumption A = assumption(E, true);
    // Nothing but a call's result or a variable is worth two states.
    if (A.Term != NoPlace)
      Now->Facts.push_back(AssignCondition{To, A});
    return;
  }
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_AddrOf) {
    if (Index[Flow.Id].Gated)
      disownValues(E);
    Now->Facts.push_back(AssignSigns{To, Knowledge::Positive});
    return;
  }
  if (const auto *Q = dyn_cast<ConditionalOperator>(E); Q && addEither(To, *Q))
    return;
  if (isa<CallExpr>(E) || isa<CXXNewExpr>(E)) {
    if (ValueCalls.count(E))
      Now->Facts.push_back(CopyPlace{To, Builder.valueOf(E)});
    else if (Index[Flow.Id].Gated)
      copyValues(To, E);
  } else if (PlaceId Source = Builder.lvalue(E); Source != NoPlace) {
    Now->Facts.push_back(CopyPlace{To, Source});
  } else if (Index[Flow.Id].Gated) {
    copyValues(To, E);
  }
}

void FactsGenerator::addScopeEnd(const VarDecl *V) {
  if (!V)
    return;
  const PlaceId Object = Builder.variable(V);
  if (losesScopeEnd(V))
    Now->Facts.push_back(Disown{Builder.lifeOf(Object), false, true});
  if (GuardLocks.count(V)) {
    Now->Facts.push_back(Release{NoPlace, Object});
    return;
  }
  if (const auto *Cleanup = V->getAttr<CleanupAttr>()) {
    const FunctionDecl *F = Cleanup->getFunctionDecl();
    CallFunction Call;
    Call.Callee = Index.idOf(F);
    Call.Site = Flow.EndSite;
    Call.Arguments = {{Object, true}};
    if (Call.Callee != NoFunction)
      Now->Facts.push_back(std::move(Call));
    return;
  }
  const CXXRecordDecl *R = V->getType()->getAsCXXRecordDecl();
  const CXXDestructorDecl *D =
      R && R->hasDefinition() ? R->getDestructor() : nullptr;
  if (!D)
    return;
  if (auto It = RegionOf.find(V); It != RegionOf.end())
    Now->Facts.push_back(PopHandler{It->second, std::nullopt});
  FunctionId Id = Index.idOf(D->getDefinition());
  if (Id == NoFunction || !Index[Id].Followed)
    return;
  Now->Facts.push_back(Release{NoPlace, Object});
  CallFunction Call;
  Call.Callee = Id;
  Call.Site = Flow.EndSite;
  Call.Object = {Object, true};
  Now->Facts.push_back(std::move(Call));
}

void FactsGenerator::addReturn(const ReturnStmt *R) {
  if (const Expr *Value = R->getRetValue()) {
    Now->Facts.push_back(Forget{Flow.ReturnPlace, 0});
    addStore(Flow.ReturnPlace, Value);
    // `return p == NULL;` and the like: the branch was not taken, the value is
    // open.
  }
  Now->Facts.push_back(Return{site(R)});
}

//===--- Cleanup regions --------------------------------------------------===//

bool FactsGenerator::addRegionStatement(const Stmt *S) {
  if (auto It = PushAt.find(S); It != PushAt.end()) {
    const CleanupRegion &R = Flow.Regions[It->second];
    if (R.Defers && R.Form != CleanupForm::GlibcFrame) {
      // In the frame form the macro calls pthread_setcanceltype itself.
      SetMode Defer;
      Defer.Site = site(S);
      Defer.Which = ModeKind::Type;
      Defer.Argument = {ModeArgument::Kind::Literal, false, NoPlace, false};
      Defer.SaveTo = Builder.variable(R.Marker);
      Defer.Hidden = true;
      Now->Facts.push_back(Defer);
    }
    Now->Facts.push_back(PushHandler{It->second});
    return true;
  }
  if (auto It = PopAt.find(S); It != PopAt.end()) {
    addPop(It->second);
    return true;
  }
  // The library's own call of the handler, after the pop.
  if (const auto *C = dyn_cast<CallExpr>(S); C && !Flow.Regions.empty())
    if (const VarDecl *V = variableOf(C->getCallee()))
      return V->getDeclName().isIdentifier() &&
             V->getName() == "__cancel_routine";
  return false;
}

void FactsGenerator::addPop(uint32_t Region) {
  const CleanupRegion &R = Flow.Regions[Region];
  PopHandler Pop{Region, std::nullopt};
  if (R.Execute)
    if (std::optional<int64_t> V = Builder.constant(R.Execute))
      Pop.Execute = *V != 0;
  Now->Facts.push_back(Pop);
  if (!Pop.Execute || *Pop.Execute)
    addHandlerRun(Flow.Handlers[Region], site(R.PopAt));
  if (R.Defers && R.Form != CleanupForm::GlibcFrame) {
    SetMode Restore;
    Restore.Site = site(R.PopAt);
    Restore.Which = ModeKind::Type;
    Restore.Argument = {ModeArgument::Kind::FromPlace, false,
                        Builder.variable(R.Marker), false};
    Restore.Hidden = true;
    Now->Facts.push_back(Restore);
  }
}

} // namespace thread_stop::flow
