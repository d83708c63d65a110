// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Threads.h"

#include "flow/AstWalk.h"
#include "flow/Values.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

//===--- Names of handles -------------------------------------------------===//

static const Expr *strip(const Expr *E) {
  return E->IgnoreParenCasts()->IgnoreImplicit();
}

/// The variable or member that a handle, or a pointer to one, is kept in.
static const ValueDecl *nameOf(const Expr *E) {
  for (unsigned Depth = 0; E && Depth < 24; ++Depth) {
    E = strip(E);
    if (const auto *D = dyn_cast<DeclRefExpr>(E))
      return isa<VarDecl>(D->getDecl()) ? D->getDecl() : nullptr;
    if (const auto *M = dyn_cast<MemberExpr>(E))
      return isa<CXXMethodDecl>(M->getMemberDecl()) ? nullptr
                                                    : M->getMemberDecl();
    if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
      E = A->getBase();
    else if (const auto *U = dyn_cast<UnaryOperator>(E))
      E = U->getSubExpr();
    else if (const auto *B = dyn_cast<BinaryOperator>(E))
      E = B->isAdditiveOp() ? B->getLHS() : nullptr; // handles + i
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
             O && O->getNumArgs() > 0)
      E = O->getArg(0); // handles[i]
    else
      return nullptr;
  }
  return nullptr;
}

/// Whether the type is written with `pthread_t` or `thrd_t`: itself, a pointer
/// to it, an array of it.
static bool holdsHandle(QualType T) {
  for (unsigned Depth = 0; Depth < 24 && !T.isNull(); ++Depth) {
    if (const auto *D = T->getAs<TypedefType>()) {
      const IdentifierInfo *Name = D->getDecl()->getIdentifier();
      if (Name && (Name->isStr("pthread_t") || Name->isStr("thrd_t")))
        return true;
      T = D->desugar();
    } else if (T->isPointerType() || T->isReferenceType()) {
      T = T->getPointeeType();
    } else if (const Type *Element = T->getArrayElementTypeNoTypeQual()) {
      T = QualType(Element, 0);
    } else {
      return false;
    }
  }
  return false;
}

static bool isSelf(const Expr *E) {
  const auto *C = dyn_cast<CallExpr>(strip(E));
  const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
  return F && F->getIdentifier() &&
         (F->getName() == "pthread_self" || F->getName() == "thrd_current");
}

uint32_t Threads::node(const ValueDecl *D) {
  D = cast<ValueDecl>(D->getCanonicalDecl());
  auto [It, New] = Nodes.try_emplace(D, Parents.size());
  if (New) {
    Parents.push_back(It->second);
    Decls.push_back(D);
    EscapedAt.emplace_back();
    LeftAt.emplace_back();
  }
  return It->second;
}

uint32_t Threads::root(uint32_t N) const {
  while (Parents[N] != N)
    N = Parents[N] = Parents[Parents[N]];
  return N;
}

void Threads::join(const ValueDecl *A, const ValueDecl *B) {
  const uint32_t To = root(node(A)), From = root(node(B));
  Parents[From] = To;
}

void Threads::escape(const ValueDecl *D, SourceLocation At, bool OnlyMemory) {
  const uint32_t N = node(D);
  if (EscapedAt[N].isInvalid())
    EscapedAt[N] = At;
  if (!OnlyMemory && LeftAt[N].isInvalid())
    LeftAt[N] = At;
}

/// A variable or record that a header declares, or a parameter that callers
/// in other files give.
bool Threads::isVisibleElsewhere(const ValueDecl *D) const {
  const SourceManager &SM = Ctx.getSourceManager();
  auto InHeader = [&](SourceLocation L) {
    return !SM.isInMainFile(SM.getExpansionLoc(L));
  };
  if (isa<FieldDecl>(D))
    return InHeader(D->getLocation());
  if (const auto *P = dyn_cast<ParmVarDecl>(D)) {
    const auto *F = dyn_cast<FunctionDecl>(P->getDeclContext());
    const FunctionId Id = Index.idOf(F);
    return !F || F->isExternallyVisible() || Id == NoFunction ||
           Index[Id].AddressTaken;
  }
  const auto *V = dyn_cast<VarDecl>(D);
  if (!V || V->hasLocalStorage())
    return false;
  for (const VarDecl *Each : V->redecls())
    if (InHeader(Each->getLocation()))
      return true;
  return V->hasExternalStorage() && !V->getDefinition() &&
         !V->getActingDefinition();
}

//===--- One walk over all bodies -----------------------------------------===//

/// A place in the code that names a handle, and what is around it.
struct Threads::Reference {
  const Expr *E = nullptr;
  const ValueDecl *D = nullptr;
  FunctionId Inside = NoFunction;
  const llvm::DenseMap<const Stmt *, const Stmt *> *ParentOf = nullptr;
};

Threads::Threads(const ASTContext &Ctx, const FunctionIndex &Index,
                 ApiResolver &Apis)
    : Ctx(Ctx), Index(Index), Apis(Apis), CallSites(Index.size()) {
  for (FunctionId F = 0; F < Index.size(); ++F)
    if (!Index[F].Decl->isDependentContext()) {
      collectObjects(F);
      collect(Index[F].Decl->getBody(), F);
    }
  finish();
}

void Threads::collect(const Stmt *Body, FunctionId Inside) {
  llvm::DenseMap<const Stmt *, const Stmt *> ParentOf;
  std::vector<Reference> References;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *Parent) {
    ParentOf[S] = Parent;
    if (const auto *C = dyn_cast<CallExpr>(S))
      addCall(*C, Inside);
    const ValueDecl *D = nullptr;
    if (const auto *R = dyn_cast<DeclRefExpr>(S))
      D = isa<VarDecl>(R->getDecl()) ? R->getDecl() : nullptr;
    else if (const auto *M = dyn_cast<MemberExpr>(S))
      D = isa<CXXMethodDecl>(M->getMemberDecl()) ? nullptr : M->getMemberDecl();
    if (D && holdsHandle(D->getType()))
      References.push_back({cast<Expr>(S), D, Inside, &ParentOf});
    // `pthread_t t = w->thread;` and `pthread_t *p = &w->thread;`
    if (const auto *Declares = dyn_cast<DeclStmt>(S))
      for (const Decl *Each : Declares->decls())
        if (const auto *V = dyn_cast<VarDecl>(Each);
            V && V->getInit() && holdsHandle(V->getType())) {
          if (isSelf(V->getInit()))
            escape(V, V->getLocation());
          else if (const ValueDecl *From = nameOf(V->getInit()))
            join(V, From);
        }
  });
  for (const Reference &R : References)
    classify(R);
}

void Threads::addCall(const CallExpr &C, FunctionId Inside) {
  const FunctionDecl *F = Index.calleeOf(C);
  if (const FunctionId Callee = Index.idOf(F); Callee != NoFunction)
    CallSites[Callee].push_back({nullptr, &C, Inside});
  if (!F)
    F = Index.forcedStopIn(C);
  const Api *A = F ? &Apis.of(*F) : nullptr;
  const model::CancelApi *Row = A ? A->Cancel : nullptr;
  if (F && !Row && Index.idOf(F) == NoFunction)
    addForeign(C, *F, Inside);
  if (!Row || Row->Form != model::ApiForm::Function || Row->Handle < 0 ||
      static_cast<unsigned>(Row->Handle) >= C.getNumArgs())
    return;
  const Expr *Operand = C.getArg(Row->Handle);
  const ValueDecl *D = nameOf(Operand);
  const HandleId Node = D ? node(D) : NoHandle; // becomes a handle in finish()
  if (Row->Role == CancelRole::Create) {
    ThreadCreate T;
    T.Call = &C;
    T.Inside = Inside;
    T.Handle = Node;
    if (Row->Routine >= 0 &&
        static_cast<unsigned>(Row->Routine) < C.getNumArgs())
      T.RoutineExpr = C.getArg(Row->Routine);
    if (T.RoutineExpr)
      T.Routine = Index.functionOf(T.RoutineExpr);
    if (Row->Argument >= 0 &&
        static_cast<unsigned>(Row->Argument) < C.getNumArgs())
      T.Data = C.getArg(Row->Argument);
    T.At = &C;
    T.Start = Index.idOf(T.Routine);
    T.Attached = F->getName() == "thread_stop_create";
    Creates.push_back(T);
    return;
  }
  ThreadUse U;
  U.Role = Row->Role;
  U.Call = U.At = &C;
  U.Row = Row;
  U.Inside = Inside;
  U.Handle = Node;
  U.Self = isSelf(Operand);
  U.OfObject = isa<CXXMemberCallExpr>(strip(Operand));
  U.Object = objectOf(Operand);
  Uses.push_back(U);
}

/// `void *(*)(void *)`
static bool isRoutine(QualType T) {
  const auto *Type = T->isFunctionPointerType()
                         ? T->getPointeeType()->getAs<FunctionProtoType>()
                         : nullptr;
  return Type && Type->getNumParams() == 1 &&
         Type->getParamType(0)->isVoidPointerType() &&
         Type->getReturnType()->isVoidPointerType();
}

/// `spawn(&w->thread, run, w)`, where `spawn` is in another file.
void Threads::addForeign(const CallExpr &C, const FunctionDecl &F,
                         FunctionId Inside) {
  const Expr *Handle = nullptr, *Routine = nullptr;
  for (unsigned I = 0; I < F.getNumParams() && I < C.getNumArgs(); ++I) {
    const QualType T = F.getParamDecl(I)->getType();
    const bool IsHandle = T->isPointerType() && holdsHandle(T);
    const Expr *&Found = IsHandle ? Handle : Routine;
    if (!IsHandle && !isRoutine(T))
      continue;
    if (Found)
      return;
    Found = C.getArg(I);
  }
  const ValueDecl *D = Handle && Routine ? nameOf(Handle) : nullptr;
  if (!D)
    return;
  ThreadCreate T;
  T.Call = T.At = &C;
  T.Inside = Inside;
  T.Handle = node(D);
  T.RoutineExpr = Routine;
  T.Routine = Index.functionOf(Routine);
  T.Start = Index.idOf(T.Routine);
  if (T.Routine)
    Foreign.push_back(T);
}

/// Does `S` hand on what its child is: the same handle, or a pointer to it?
static bool handsOn(const Stmt *S, const Stmt *Child) {
  if (isa<ParenExpr>(S) || isa<CastExpr>(S) || isa<FullExpr>(S))
    return true;
  if (const auto *U = dyn_cast<UnaryOperator>(S))
    return U->getOpcode() == UO_AddrOf || U->getOpcode() == UO_Deref;
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(S))
    return A->getBase() == Child;
  const auto *B = dyn_cast<BinaryOperator>(S);
  return B && B->isAdditiveOp() && B->getType()->isPointerType();
}

void Threads::classify(const Reference &R) {
  const Stmt *Child = R.E;
  const Stmt *S = R.ParentOf->lookup(Child);
  while (S && handsOn(S, Child)) {
    Child = S;
    S = R.ParentOf->lookup(S);
  }
  if (!S)
    return;
  if (const auto *C = dyn_cast<CallExpr>(S)) {
    classifyArgument(R, *C);
  } else if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    if (B->getOpcode() == BO_Assign)
      noteFlow(B->getLHS(), B->getRHS(), R.D, R.E->getBeginLoc());
    else if (!B->isComparisonOp() && !B->isLogicalOp() && !B->isCommaOp())
      escape(R.D, R.E->getBeginLoc());
  } else if (const auto *D = dyn_cast<DeclStmt>(S)) {
    // A variable that is a handle itself was joined by collect().
    for (const Decl *Each : D->decls())
      if (const auto *V = dyn_cast<VarDecl>(Each);
          V && V->getInit() && !holdsHandle(V->getType()))
        escape(R.D, R.E->getBeginLoc());
  } else if (isa<ReturnStmt>(S) || isa<InitListExpr>(S) ||
             isa<CXXConstructExpr>(S) || isa<ConditionalOperator>(S) ||
             isa<StmtExpr>(S)) {
    escape(R.D, R.E->getBeginLoc());
  }
}

/// malloc, free and their like.
bool Threads::isMemory(const CallExpr &C) {
  const FunctionDecl *F = Index.calleeOf(C);
  const Api *A = F ? &Apis.of(*F) : nullptr;
  return A && A->OfCLibrary &&
         ((A->Obtains && A->Obtains->Kind == model::ResourceKind::Memory) ||
          (A->Releases && A->Releases->releases(model::ResourceKind::Memory)));
}

/// `To = From`, seen at a reference to `Seen`, which is one of them.
void Threads::noteFlow(const Expr *To, const Expr *From, const ValueDecl *Seen,
                       SourceLocation At) {
  const ValueDecl *A = nameOf(To), *B = nameOf(From);
  if (A && B && holdsHandle(A->getType()) && holdsHandle(B->getType()))
    join(A, B);
  else if (A == Seen ? isa<CallExpr>(strip(From)) : B == Seen)
    escape(Seen, At, A == Seen && isMemory(*cast<CallExpr>(strip(From))));
}

void Threads::linkParameter(const Reference &R, const ParmVarDecl *P,
                            const CallExpr &C, FunctionId Callee) {
  // The definition's parameter is the one that its body names.
  const FunctionDecl *F = Index[Callee].Decl;
  P = F->getParamDecl(P->getFunctionScopeIndex());
  node(R.D);
  node(P);
  Links[cast<ValueDecl>(P->getCanonicalDecl())].push_back({R.D, &C, R.Inside});
}

void Threads::classifyArgument(const Reference &R, const CallExpr &C) {
  unsigned At = 0;
  while (At < C.getNumArgs() && nameOf(C.getArg(At)) != R.D)
    ++At;
  const FunctionDecl *F = Index.calleeOf(C);
  if (!F || At == C.getNumArgs()) {
    escape(R.D, R.E->getBeginLoc());
    return;
  }
  const FunctionId Callee = Index.idOf(F);
  if (Callee != NoFunction) {
    const ParmVarDecl *P =
        At < F->getNumParams() ? F->getParamDecl(At) : nullptr;
    if (P && holdsHandle(P->getType()))
      linkParameter(R, P, C, Callee);
    else
      escape(R.D, R.E->getBeginLoc());
    return;
  }
  const model::CancelApi *Row = Apis.of(*F).Cancel;
  if (Row && Row->Handle == static_cast<int>(At))
    return;
  // The library's other functions look at a value: pthread_equal, printf.
  const bool ByValue = !C.getArg(At)->getType()->isPointerType() &&
                       !C.getArg(At)->getType()->isArrayType();
  if (!(ByValue && F->isExternC() && !Apis.isUserCode(F->getLocation())))
    escape(R.D, R.E->getBeginLoc(), !ByValue && isMemory(C));
}

//===--- Results ----------------------------------------------------------===//

void Threads::finish() {
  joinCopiedParameters();
  followCallers();
  for (uint32_t N = 0; N < Parents.size(); ++N) {
    auto [It, New] = HandleOfRoot.try_emplace(root(N), Handles.size());
    if (New)
      Handles.emplace_back();
    ThreadHandle &H = Handles[It->second];
    H.Names.push_back(Decls[N]);
    if (H.Escapes.isInvalid())
      H.Escapes = EscapedAt[N];
    if (H.Leaves.isInvalid())
      H.Leaves = LeftAt[N];
    if (!H.Visible && isVisibleElsewhere(Decls[N]))
      H.Visible = Decls[N];
  }
  auto Resolve = [&](HandleId &H) {
    if (H != NoHandle)
      H = HandleOfRoot.lookup(root(H));
  };
  for (ThreadCreate &C : Creates)
    Resolve(C.Handle);
  for (ThreadCreate &C : Foreign)
    Resolve(C.Handle);
  for (ThreadUse &U : Uses)
    Resolve(U.Handle);
}

HandleId Threads::handleOf(const Expr *E) const {
  const ValueDecl *D = nameOf(E);
  if (!D)
    return NoHandle;
  auto It = Nodes.find(cast<ValueDecl>(D->getCanonicalDecl()));
  return It == Nodes.end() ? NoHandle : HandleOfRoot.lookup(root(It->second));
}

std::vector<const ThreadCreate *> Threads::createsOf(HandleId H) const {
  std::vector<const ThreadCreate *> Out;
  for (const ThreadCreate &C : Creates)
    if (H != NoHandle && C.Handle == H)
      Out.push_back(&C);
  return Out;
}

std::vector<const ThreadUse *> Threads::usesOf(HandleId H,
                                               CancelRole Role) const {
  std::vector<const ThreadUse *> Out;
  for (const ThreadUse &U : Uses)
    if (H != NoHandle && U.Handle == H && U.Role == Role)
      Out.push_back(&U);
  return Out;
}

std::vector<FunctionId> Threads::reachable(const FunctionIndex &Index,
                                           FunctionId Start) {
  std::vector<FunctionId> Out;
  if (Start == NoFunction)
    return Out;
  std::vector<uint8_t> Seen(Index.size());
  Out.push_back(Start);
  Seen[Start] = 1;
  for (size_t I = 0; I < Out.size(); ++I)
    for (FunctionId To : Index[Out[I]].Callees)
      if (!Seen[To]) {
        Seen[To] = 1;
        Out.push_back(To);
      }
  return Out;
}

} // namespace thread_stop::flow
