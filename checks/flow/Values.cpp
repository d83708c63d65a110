// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Values.h"

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned MaxDepth = 12;
static constexpr size_t MaxItems = 32;

//===--- Names ------------------------------------------------------------===//

static const ValueDecl *storage(const Expr *E, unsigned Depth);

static const ValueDecl *pointee(const Expr *E, unsigned Depth) {
  E = withoutCasts(E);
  if (Depth > MaxDepth)
    return nullptr;
  if (const auto *U = dyn_cast<UnaryOperator>(E)) {
    if (U->getOpcode() == UO_AddrOf)
      return storage(U->getSubExpr(), Depth + 1);
    return nullptr;
  }
  if (const auto *B = dyn_cast<BinaryOperator>(E))
    return B->isAdditiveOp() ? pointee(B->getLHS(), Depth + 1) : nullptr;
  if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
    const auto *V = dyn_cast<VarDecl>(D->getDecl());
    // One alias step: `p` that begins as the address of something.
    if (V && V->getType()->isPointerType() && V->getInit() &&
        !isa<ParmVarDecl>(V))
      if (const auto *U = dyn_cast<UnaryOperator>(withoutCasts(V->getInit()));
          U && U->getOpcode() == UO_AddrOf)
        if (const ValueDecl *Target = storage(U->getSubExpr(), Depth + 1))
          return Target;
  }
  return storage(E, Depth + 1);
}

static const ValueDecl *storage(const Expr *E, unsigned Depth) {
  E = withoutCasts(E);
  if (!E || Depth > MaxDepth)
    return nullptr;
  if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
    const auto *V = dyn_cast<VarDecl>(D->getDecl());
    if (V && V->getType()->isReferenceType() && V->getInit() &&
        !isa<ParmVarDecl>(V))
      if (const ValueDecl *Target = storage(V->getInit(), Depth + 1))
        return Target;
    return V ? cast<ValueDecl>(V->getCanonicalDecl()) : nullptr;
  }
  if (const auto *M = dyn_cast<MemberExpr>(E)) {
    const auto *D = M->getMemberDecl();
    if (isa<FieldDecl>(D) || isa<VarDecl>(D))
      return cast<ValueDecl>(D->getCanonicalDecl());
    return nullptr;
  }
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return storage(A->getBase(), Depth + 1);
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_Deref)
    return pointee(U->getSubExpr(), Depth + 1);
  return nullptr;
}

const ValueDecl *storageDecl(const Expr *E) { return storage(E, 0); }
const ValueDecl *pointeeDecl(const Expr *E) { return pointee(E, 0); }

void ResolvedSet::add(const ResolvedSet &Other) {
  Incomplete |= Other.Incomplete;
  if (!Parameter)
    Parameter = Other.Parameter;
  for (const Resolved &R : Other.Items)
    if (Items.size() < MaxItems)
      Items.push_back(R);
    else
      Incomplete = true;
}

//===--- One walk over all bodies -----------------------------------------===//

Values::Values(const ASTContext &Ctx, const FunctionIndex &Index)
    : Ctx(Ctx), Index(Index), Calls(Index.size()) {
  for (FunctionId F = 0; F < Index.size(); ++F) {
    const FunctionDecl *D = Index[F].Decl;
    if (D->isDependentContext())
      continue;
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(D))
      for (const CXXCtorInitializer *I : Ctor->inits())
        if (I->isMemberInitializer() && I->getInit()) {
          auto [It, New] = Writes.try_emplace(
              cast<ValueDecl>(I->getMember()->getCanonicalDecl()));
          if (New)
            Order.push_back(It->first);
          It->second.push_back({I->getInit(), I->getInit(), F});
          collect(I->getInit(), F);
        }
    collect(D->getBody(), F);
  }
}

void Values::noteWrite(const Expr *To, const Expr *Value, const Stmt *At,
                       FunctionId Inside) {
  const ValueDecl *D = To ? storageDecl(To) : nullptr;
  if (!D)
    return;
  auto [It, New] = Writes.try_emplace(D);
  if (New)
    Order.push_back(D);
  It->second.push_back({At, Value, Inside});
}

void Values::collect(const Stmt *Body, FunctionId Inside) {
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *Parent) {
    if (const auto *B = dyn_cast<BinaryOperator>(S)) {
      if (B->isAssignmentOp())
        noteWrite(B->getLHS(),
                  B->getOpcode() == BO_Assign ? B->getRHS() : nullptr, B,
                  Inside);
      return;
    }
    if (const auto *C = dyn_cast<CallExpr>(S)) {
      const FunctionId Callee = Index.idOf(Index.calleeOf(*C));
      if (Callee != NoFunction)
        Calls[Callee].push_back({C, Inside});
      return;
    }
    const auto *U = dyn_cast<UnaryOperator>(S);
    if (!U)
      return;
    if (U->isIncrementDecrementOp())
      noteWrite(U->getSubExpr(), nullptr, U, Inside);
    else if (U->getOpcode() == UO_AddrOf)
      if (const ValueDecl *D = storageDecl(U->getSubExpr()))
        // The initialiser of a pointer is an alias that is followed.
        if (Parent && !isa<DeclStmt>(Parent))
          Exposed.insert(D);
  });
}

llvm::ArrayRef<ValueWrite> Values::writesOf(const ValueDecl *D) const {
  auto It = Writes.find(cast<ValueDecl>(D->getCanonicalDecl()));
  if (It == Writes.end())
    return {};
  return It->second;
}

bool Values::isExposed(const ValueDecl *D) const {
  return Exposed.count(cast<ValueDecl>(D->getCanonicalDecl())) != 0;
}

const Frame *Values::enter(const CallSite &From, const FunctionDecl *Callee,
                           const Frame *Outer) {
  Frame F;
  F.Outer = Outer;
  F.Callee = Callee->getCanonicalDecl();
  F.Call = From.Call;
  F.Inside = From.Inside;
  Frames.push_back(F);
  return &Frames.back();
}

const Frame *Values::row(const InitListExpr *Table, unsigned Row,
                         const Frame *Outer) {
  Frame F;
  F.Outer = Outer;
  F.Table = Table;
  F.Row = Row;
  Frames.push_back(F);
  return &Frames.back();
}

//===--- Tables -----------------------------------------------------------===//

static const InitListExpr *semantic(const Expr *E) {
  E = E ? withoutCasts(E) : nullptr;
  if (const auto *C = dyn_cast_or_null<CompoundLiteralExpr>(E))
    E = withoutCasts(C->getInitializer());
  if (const auto *S = dyn_cast_or_null<CXXStdInitializerListExpr>(E))
    E = withoutCasts(S->getSubExpr());
  const auto *L = dyn_cast_or_null<InitListExpr>(E);
  if (!L)
    return nullptr;
  return L->isSemanticForm() || !L->getSemanticForm() ? L
                                                      : L->getSemanticForm();
}

const Expr *initializerOf(const InitListExpr *List, const FieldDecl *F) {
  const RecordDecl *R = F->getParent();
  if (R->isUnion())
    return List->getInitializedFieldInUnion() == F && List->getNumInits() == 1
               ? List->getInit(0)
               : nullptr;
  const unsigned At = F->getFieldIndex();
  return At < List->getNumInits() ? List->getInit(At) : nullptr;
}

/// The table behind a pointer into it: the array, what a pointer began as, the
/// hidden variables of a range-based loop.
const InitListExpr *Values::tableBehind(const Expr *Pointer,
                                        unsigned Depth) const {
  const Expr *E = withoutCasts(Pointer);
  if (!E || Depth > MaxDepth)
    return nullptr;
  if (const InitListExpr *L = semantic(E))
    return L->getType()->isArrayType() ? L : nullptr;
  if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
    const auto *V = dyn_cast<VarDecl>(D->getDecl());
    if (!V || isa<ParmVarDecl>(V))
      return nullptr;
    const Expr *Init = V->getAnyInitializer();
    if (Init)
      if (const InitListExpr *L = semantic(Init)) {
        if (L->getType()->isArrayType())
          return L;
        // std::array
        if (L->getNumInits() == 1)
          if (const InitListExpr *In = semantic(L->getInit(0));
              In && In->getType()->isArrayType())
            return In;
        return nullptr;
      }
    if (Init && !Init->isNullPointerConstant(const_cast<ASTContext &>(Ctx),
                                             Expr::NPC_ValueDependentIsNotNull))
      return tableBehind(Init, Depth + 1);
    const InitListExpr *Only = nullptr;
    for (const ValueWrite &W : writesOf(V)) {
      const InitListExpr *L = W.Value ? tableBehind(W.Value, Depth + 1) : Only;
      if (!L && !Only)
        continue; // `++p` before anything else
      if (!L || (Only && Only != L))
        return nullptr;
      Only = L;
    }
    return Only;
  }
  if (const auto *C = dyn_cast<CXXMemberCallExpr>(E)) // begin(), data()
    return C->getNumArgs() == 0
               ? tableBehind(C->getImplicitObjectArgument(), Depth + 1)
               : nullptr;
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && (U->getOpcode() == UO_AddrOf || U->isIncrementDecrementOp()))
    return U->getOpcode() == UO_AddrOf
               ? tableOf(U->getSubExpr())
               : tableBehind(U->getSubExpr(), Depth + 1);
  if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isAdditiveOp())
    return tableBehind(B->getLHS(), Depth + 1);
  return nullptr;
}

const InitListExpr *Values::tableOf(const Expr *E) const {
  E = withoutCasts(E);
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return tableBehind(A->getBase(), 0);
  if (const auto *U = dyn_cast<UnaryOperator>(E))
    return U->getOpcode() == UO_Deref ? tableBehind(U->getSubExpr(), 0)
                                      : nullptr;
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
      O && O->getNumArgs() > 0 &&
      (O->getOperator() == OO_Star || O->getOperator() == OO_Subscript))
    return tableBehind(O->getArg(0), 0);
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return M->isArrow() ? tableBehind(M->getBase(), 0) : tableOf(M->getBase());
  // The variable of a range-based loop: `*__begin`.
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    if (const auto *V = dyn_cast<VarDecl>(D->getDecl());
        V && V->isCXXForRangeDecl() && V->getInit())
      return tableOf(V->getInit());
  return nullptr;
}

ResolvedSet Values::element(const InitListExpr *Table, const Frame *In,
                            llvm::ArrayRef<const FieldDecl *> Path,
                            unsigned Depth) const {
  ResolvedSet Out;
  for (unsigned I = 0; I < Table->getNumInits(); ++I) {
    bool Skip = false;
    for (const Frame *F = In; F; F = F->Outer)
      Skip |= F->Table == Table && F->Row != I;
    if (Skip)
      continue;
    const Expr *E = Table->getInit(I);
    for (const FieldDecl *Field : Path) {
      const InitListExpr *L = E ? semantic(E) : nullptr;
      E = L ? initializerOf(L, Field) : nullptr;
    }
    if (!E)
      Out.Incomplete = true;
    else if (!isa<ImplicitValueInitExpr>(withoutCasts(E)))
      Out.add(resolve(E, In, Depth + 1));
  }
  return Out;
}

//===--- Values -----------------------------------------------------------===//

ResolvedSet Values::resolve(const Expr *E, const Frame *In,
                            unsigned Depth) const {
  ResolvedSet Out;
  E = E ? withoutCasts(E) : nullptr;
  if (!E || Depth > MaxDepth) {
    Out.Incomplete = true;
    return Out;
  }
  if (integer(E) && !isa<ConditionalOperator>(E)) {
    Out.Items.push_back({E, In});
    return Out;
  }
  if (const auto *C = dyn_cast<ConditionalOperator>(E)) {
    Out.add(resolve(C->getTrueExpr(), In, Depth + 1));
    Out.add(resolve(C->getFalseExpr(), In, Depth + 1));
    return Out;
  }
  if (const auto *D = dyn_cast<DeclRefExpr>(E); D && isa<VarDecl>(D->getDecl()))
    return variable(D, In, Depth);
  if (const InitListExpr *Table = tableOf(E); Table && !isa<MemberExpr>(E))
    return element(Table, In, {}, Depth);
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return member(M, In, Depth);
  // A lambda becomes a pointer by a call.
  if (const auto *C = dyn_cast<CallExpr>(E);
      C && !isa_and_nonnull<CXXConversionDecl>(C->getCalleeDecl())) {
    ResolvedSet Inner = returned(C, In, Depth);
    if (!Inner.Items.empty() || Inner.Incomplete)
      return Inner;
  }
  Out.Items.push_back({E, In});
  return Out;
}

ResolvedSet Values::variable(const DeclRefExpr *D, const Frame *In,
                             unsigned Depth) const {
  const auto *V = cast<VarDecl>(D->getDecl());
  if (const auto *P = dyn_cast<ParmVarDecl>(V))
    return parameter(P, In, Depth);
  if (const InitListExpr *Table = tableOf(D))
    return element(Table, In, {}, Depth);
  ResolvedSet Out = fromWrites(V, Depth);
  const Expr *Init = V->getAnyInitializer();
  if (Init)
    Out.add(resolve(Init, In, Depth + 1));
  else if (V->hasExternalStorage())
    Out.Incomplete = true;
  else if (Out.Items.empty())
    Out.Incomplete = true;
  Out.Incomplete |= isExposed(V) || (V->isExternallyVisible() &&
                                     !V->getType().isConstQualified());
  return Out;
}

ResolvedSet Values::fromWrites(const ValueDecl *D, unsigned Depth) const {
  ResolvedSet Out;
  for (const ValueWrite &W : writesOf(D))
    if (W.Value)
      Out.add(resolve(W.Value, nullptr, Depth + 1));
    else
      Out.Incomplete = true;
  return Out;
}

ResolvedSet Values::parameter(const ParmVarDecl *P, const Frame *In,
                              unsigned Depth) const {
  ResolvedSet Out;
  const auto *Owner = dyn_cast<FunctionDecl>(P->getDeclContext());
  const FunctionDecl *F = Owner ? Owner->getCanonicalDecl() : nullptr;
  const unsigned At = P->getFunctionScopeIndex();
  if (!writesOf(P).empty())
    Out.Incomplete = true;
  for (const Frame *Each = In; Each; Each = Each->Outer)
    if (Each->Callee == F && Each->Call) {
      if (At < Each->Call->getNumArgs())
        Out.add(resolve(Each->Call->getArg(At), Each->Outer, Depth + 1));
      return Out;
    }
  Out.Incomplete = true;
  Out.Parameter = F;
  return Out;
}

ResolvedSet Values::member(const MemberExpr *M, const Frame *In,
                           unsigned Depth) const {
  const auto *Field = dyn_cast<FieldDecl>(M->getMemberDecl());
  ResolvedSet Out;
  Out.Incomplete = !Field;
  if (!Field) {
    if (const auto *V = dyn_cast<VarDecl>(M->getMemberDecl());
        V && V->getAnyInitializer() && V->getType().isConstQualified())
      return resolve(V->getAnyInitializer(), In, Depth + 1);
    return Out;
  }
  // The members between an element of a table, or a variable, and this one.
  llvm::SmallVector<const FieldDecl *, 4> Path{Field};
  const Expr *Base = M;
  while (const auto *Each = dyn_cast<MemberExpr>(Base)) {
    if (const InitListExpr *Table = Each->isArrow()
                                        ? tableBehind(Each->getBase(), 0)
                                        : tableOf(Each->getBase());
        Table && writesOf(Field).empty())
      return element(Table, In, Path, Depth);
    if (Each->isArrow())
      break;
    Base = withoutCasts(Each->getBase());
    if (const auto *Outer = dyn_cast<MemberExpr>(Base))
      if (const auto *F = dyn_cast<FieldDecl>(Outer->getMemberDecl()))
        Path.insert(Path.begin(), F);
  }
  if (const auto *D = dyn_cast<DeclRefExpr>(Base); D && writesOf(Field).empty())
    if (const auto *V = dyn_cast<VarDecl>(D->getDecl()); V && V->getInit()) {
      const Expr *E = V->getInit();
      for (const FieldDecl *F : Path) {
        const InitListExpr *L = E ? semantic(E) : nullptr;
        E = L ? initializerOf(L, F) : nullptr;
      }
      if (E)
        return resolve(E, In, Depth + 1);
    }
  Out = fromWrites(Field, Depth);
  if (const Expr *Init = Field->getInClassInitializer())
    Out.add(resolve(Init, In, Depth + 1));
  Out.Incomplete |= Out.Items.empty() || isExposed(Field);
  return Out;
}

/// A function that does nothing but return.
ResolvedSet Values::returned(const CallExpr *C, const Frame *In,
                             unsigned Depth) const {
  ResolvedSet Out;
  const FunctionDecl *F = C->getDirectCallee();
  if (!F || Index.idOf(F) == NoFunction || isa<CXXOperatorCallExpr>(C))
    return Out;
  F = Index[Index.idOf(F)].Decl;
  const ReturnStmt *Only = nullptr;
  unsigned Returns = 0;
  forEachEvaluated(F->getBody(), [&](const Stmt *S, const Stmt *) {
    if (const auto *R = dyn_cast<ReturnStmt>(S)) {
      Only = R;
      ++Returns;
    }
  });
  if (Returns != 1 || !Only->getRetValue() || Depth > 6) {
    Out.Incomplete = true;
    return Out;
  }
  Frame Here;
  Here.Outer = In;
  Here.Callee = F->getCanonicalDecl();
  Here.Call = C;
  Out = resolve(Only->getRetValue(), &Here, Depth + 1);
  for (Resolved &R : Out.Items)
    if (R.In == &Here)
      R.In = In; // what is left names no parameter of it that matters
  return Out;
}

std::optional<int64_t> Values::integer(const Expr *E) const {
  Expr::EvalResult R;
  if (!E || E->isValueDependent() || E->isTypeDependent() ||
      !E->getType()->isIntegralOrEnumerationType() ||
      !E->EvaluateAsInt(R, Ctx, Expr::SE_NoSideEffects))
    return std::nullopt;
  return R.Val.getInt().getExtValue();
}

std::optional<int64_t> Values::number(const Expr *E, const Frame *In) const {
  const ResolvedSet All = resolve(E, In);
  std::optional<int64_t> Only;
  if (All.Incomplete)
    return std::nullopt;
  for (const Resolved &R : All.Items) {
    const std::optional<int64_t> N = integer(R.E);
    if (!N || (Only && *Only != *N))
      return std::nullopt;
    Only = N;
  }
  return Only;
}

std::optional<bool> Values::truth(const Expr *E, const Frame *In) const {
  E = withoutCasts(E);
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_LNot)
    if (const std::optional<bool> Inner = truth(U->getSubExpr(), In))
      return !*Inner;
  if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isEqualityOp()) {
    const std::optional<int64_t> L = number(B->getLHS(), In),
                                 R = number(B->getRHS(), In);
    if (!L || !R)
      return std::nullopt;
    return (*L == *R) == (B->getOpcode() == BO_EQ);
  }
  const std::optional<int64_t> N = number(E, In);
  return N ? std::optional<bool>(*N != 0) : std::nullopt;
}

void Values::choices(const Expr *E, const Frame *In,
                     llvm::SmallVectorImpl<Resolved> &Out, unsigned Depth) {
  const Expr *Bare = withoutCasts(E);
  if (const auto *C = dyn_cast<ConditionalOperator>(Bare);
      C && Depth < MaxDepth) {
    const std::optional<bool> Which = truth(C->getCond(), In);
    if (Which != false)
      choices(C->getTrueExpr(), In, Out, Depth + 1);
    if (Which != true)
      choices(C->getFalseExpr(), In, Out, Depth + 1);
    return;
  }
  if (const auto *D = dyn_cast<DeclRefExpr>(Bare))
    if (const auto *V = dyn_cast<VarDecl>(D->getDecl());
        V && V->hasLocalStorage() && !isa<ParmVarDecl>(V) && V->getInit() &&
        writesOf(V).empty() && !isExposed(V) && Depth < MaxDepth)
      return choices(V->getInit(), In, Out, Depth + 1);
  const auto *C = dyn_cast<CallExpr>(Bare);
  const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
  const FunctionId Callee = F ? Index.idOf(F) : NoFunction;
  if (Callee == NoFunction || isa<CXXOperatorCallExpr>(C) ||
      Depth >= MaxDepth) {
    Out.push_back({E, In});
    return;
  }
  const Frame *Here = enter({C, NoFunction}, Index[Callee].Decl, In);
  forEachEvaluated(Index[Callee].Decl->getBody(),
                   [&](const Stmt *S, const Stmt *) {
                     if (const auto *R = dyn_cast<ReturnStmt>(S))
                       if (R->getRetValue())
                         choices(R->getRetValue(), Here, Out, Depth + 1);
                   });
}

bool Values::isNull(const Expr *E, const Frame *In) const {
  auto Is = [&](const Expr *Each) {
    return Each->isNullPointerConstant(const_cast<ASTContext &>(Ctx),
                                       Expr::NPC_ValueDependentIsNotNull) !=
           Expr::NPCK_NotNull;
  };
  if (!E)
    return false;
  if (Is(E->IgnoreParenImpCasts()) || Is(E))
    return true;
  const ResolvedSet All = resolve(E, In);
  return !All.Incomplete && !All.Items.empty() &&
         llvm::all_of(All.Items, [&](const Resolved &R) {
           const std::optional<int64_t> N = integer(R.E);
           return Is(R.E) || (N && *N == 0);
         });
}

} // namespace thread_stop::flow
