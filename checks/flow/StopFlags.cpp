// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/StopFlags.h"

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "flow/TuAnalysis.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned MaxDepth = 12;

//===--- Accesses ---------------------------------------------------------===//

static bool isAtomicObject(QualType T) {
  T = T.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  if (T->isAtomicType())
    return true;
  const CXXRecordDecl *R = T->getAsCXXRecordDecl();
  const IdentifierInfo *Name = R ? R->getIdentifier() : nullptr;
  return Name &&
         (Name->isStr("atomic") || Name->isStr("atomic_flag") ||
          Name->isStr("__atomic_base") || Name->isStr("atomic_bool") ||
          Name->isStr("QAtomicInt") || Name->isStr("QBasicAtomicInteger") ||
          Name->isStr("QAtomicInteger"));
}

static std::optional<AtomicAccess> byBuiltin(const AtomicExpr &E) {
  AtomicAccess Out;
  Out.Object = E.getPtr();
  Out.IsPointer = true;
  switch (E.getOp()) {
  case AtomicExpr::AO__c11_atomic_load:
  case AtomicExpr::AO__atomic_load:
  case AtomicExpr::AO__atomic_load_n:
    return Out;
  case AtomicExpr::AO__c11_atomic_store:
  case AtomicExpr::AO__atomic_store:
  case AtomicExpr::AO__atomic_store_n:
  case AtomicExpr::AO__c11_atomic_exchange:
  case AtomicExpr::AO__atomic_exchange_n:
  case AtomicExpr::AO__c11_atomic_fetch_or:
  case AtomicExpr::AO__atomic_fetch_or:
  case AtomicExpr::AO__atomic_or_fetch:
    Out.Value = E.getVal1();
    return Out;
  default:
    return std::nullopt;
  }
}

static std::optional<AtomicAccess> byMethod(const CXXMemberCallExpr &C) {
  const Expr *Object = C.getImplicitObjectArgument();
  const CXXMethodDecl *M = C.getMethodDecl();
  if (!Object || !M || !isAtomicObject(Object->getType()))
    return std::nullopt;
  AtomicAccess Out;
  Out.Object = Object;
  if (isa<CXXConversionDecl>(M))
    return Out;
  const llvm::StringRef Name =
      M->getIdentifier() ? M->getName() : llvm::StringRef();
  if (Name == "load" || Name == "test" || Name == "loadAcquire" ||
      Name == "loadRelaxed")
    return Out;
  if ((Name == "store" || Name == "exchange" || Name == "storeRelease" ||
       Name == "storeRelaxed" || Name == "fetch_or") &&
      C.getNumArgs() > 0) {
    Out.Value = C.getArg(0);
    return Out;
  }
  Out.SetsTrue = Name == "test_and_set";
  return Out.SetsTrue ? std::optional<AtomicAccess>(Out) : std::nullopt;
}

static std::optional<AtomicAccess> byFunction(const CallExpr &C) {
  const FunctionDecl *F = C.getDirectCallee();
  const llvm::StringRef Name =
      F && F->getIdentifier() ? F->getName() : llvm::StringRef();
  AtomicAccess Out;
  if (C.getNumArgs() == 0)
    return std::nullopt;
  Out.Object = C.getArg(0);
  Out.IsPointer = true;
  if (Name == "g_atomic_int_get" || Name == "SDL_AtomicGet" ||
      Name == "atomic_load" || Name == "atomic_load_explicit")
    return Out;
  if (C.getNumArgs() >= 2 &&
      (Name == "g_atomic_int_set" || Name == "SDL_AtomicSet" ||
       Name == "atomic_store" || Name == "atomic_store_explicit" ||
       Name.find("__sync_fetch_and_or") == 0 ||
       Name.find("__sync_lock_test_and_set") == 0 ||
       Name.find("__sync_fetch_and_add") == 0)) {
    Out.Value = C.getArg(1);
    return Out;
  }
  return std::nullopt;
}

std::optional<AtomicAccess> atomicAccess(const Stmt *S) {
  if (const auto *E = dyn_cast<AtomicExpr>(S))
    return byBuiltin(*E);
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S)) {
    if (O->getOperator() != OO_Equal || O->getNumArgs() != 2 ||
        !isAtomicObject(O->getArg(0)->getType()))
      return std::nullopt;
    AtomicAccess Out;
    Out.Object = O->getArg(0);
    Out.Value = O->getArg(1);
    return Out;
  }
  if (const auto *C = dyn_cast<CXXMemberCallExpr>(S))
    return byMethod(*C);
  if (const auto *C = dyn_cast<CallExpr>(S))
    return byFunction(*C);
  return std::nullopt;
}

//===--- Writes -----------------------------------------------------------===//

const ValueDecl *StopFlags::behind(const ValueDecl *D) const {
  for (unsigned Depth = 0; D && Depth < 4; ++Depth) {
    if (!D->getType()->isPointerType())
      return D;
    const Values &Vals = A.signals().values();
    const ValueDecl *Only = nullptr;
    bool Known = true;
    auto Consider = [&](const Expr *E) {
      const ValueDecl *To = E ? pointeeDecl(E) : nullptr;
      Known &= To && (!Only || Only == To);
      Only = To;
    };
    for (const ValueWrite &W : Vals.writesOf(D))
      Consider(W.Value);
    if (const auto *P = dyn_cast<ParmVarDecl>(D)) {
      const auto *F = dyn_cast<FunctionDecl>(P->getDeclContext());
      const FunctionId Id = A.index().idOf(F);
      if (Id == NoFunction)
        return D;
      for (const CallSite &C : Vals.callsOf(Id))
        Consider(P->getFunctionScopeIndex() < C.Call->getNumArgs()
                     ? C.Call->getArg(P->getFunctionScopeIndex())
                     : nullptr);
    }
    if (!Known || !Only || Only == D)
      return D;
    D = Only;
  }
  return D;
}

/// The members of a library's atomic type are the object itself.
static const ValueDecl *flagOf(const Expr *E, bool IsPointer,
                               const StopFlags &Flags) {
  E = withoutCasts(E);
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      IsPointer && U && U->getOpcode() == UO_AddrOf) {
    IsPointer = false;
    E = withoutCasts(U->getSubExpr());
  }
  if (const auto *M = dyn_cast<MemberExpr>(E);
      M && !M->isArrow() && M->getMemberDecl()->getIdentifier() &&
      M->getMemberDecl()->getName() == "_Value")
    E = M->getBase();
  const ValueDecl *D = IsPointer ? pointeeDecl(E) : storageDecl(E);
  const auto *U = dyn_cast<UnaryOperator>(withoutCasts(E));
  const bool Through = IsPointer || (U && U->getOpcode() == UO_Deref);
  return D && Through ? Flags.behind(D) : D;
}

bool StopFlags::canBeFlag(const ValueDecl &D) const {
  const auto *V = dyn_cast<VarDecl>(&D);
  if (V && V->hasLocalStorage() && !isa<ParmVarDecl>(V) && !isShared(*V))
    return false;
  if (const auto *P = dyn_cast<ParmVarDecl>(&D);
      P && !P->getType()->isPointerType() && !P->getType()->isReferenceType())
    return false;
  QualType T = D.getType().getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  return T->isIntegralOrEnumerationType() || isAtomicObject(T);
}

void StopFlags::addWrite(const Expr *To, bool IsPointer, const Expr *Value,
                         const Stmt *At, FunctionId Inside, bool Atomic) {
  const ValueDecl *D = flagOf(To, IsPointer, *this);
  if (!D || !canBeFlag(*D))
    return;
  FlagWrite W;
  W.At = At;
  W.Flag = D;
  W.Inside = Inside;
  W.Atomic = Atomic || isAtomicObject(D->getType());
  if (Value)
    W.Value = A.signals().values().integer(withoutCasts(Value));
  Writes.push_back(W);
}

void StopFlags::collectWrites(FunctionId F) {
  forEachEvaluated(A.index()[F].Decl->getBody(), [&](const Stmt *S,
                                                     const Stmt *) {
    if (const auto *B = dyn_cast<BinaryOperator>(S)) {
      if (B->getOpcode() == BO_Assign || B->getOpcode() == BO_OrAssign)
        addWrite(B->getLHS(), false, B->getRHS(), B, F, false);
      return;
    }
    if (const auto *U = dyn_cast<UnaryOperator>(S)) {
      if (U->isIncrementOp())
        addWrite(U->getSubExpr(), false, nullptr, U, F, false);
      return;
    }
    const std::optional<AtomicAccess> Access = atomicAccess(S);
    if (Access && (Access->Value || Access->SetsTrue))
      addWrite(Access->Object, Access->IsPointer, Access->Value, S, F, true);
  });
}

StopFlags::StopFlags(TuAnalysis &A) : A(A) {
  const bool Lambdas = A.context().getLangOpts().CPlusPlus;
  for (FunctionId F = 0; Lambdas && F < A.index().size(); ++F)
    forEachEvaluated(
        A.index()[F].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
          const auto *L = dyn_cast<LambdaExpr>(S);
          if (!L)
            return;
          for (const LambdaCapture &C : L->captures())
            if (C.capturesVariable() && C.getCaptureKind() == LCK_ByRef)
              if (const auto *V = dyn_cast<VarDecl>(C.getCapturedVar()))
                Shared.insert(V->getCanonicalDecl());
        });
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (!A.index()[F].Decl->isDependentContext())
      collectWrites(F);
  linkHandlers();
  linkRequesters();
}

void StopFlags::linkHandlers() {
  for (const Install &I : A.signals().installs()) {
    if (I.Does != Install::What::Function || I.Id == NoFunction)
      continue;
    std::vector<uint8_t> Runs(A.index().size());
    for (FunctionId F : Threads::reachable(A.index(), I.Id))
      Runs[F] = 1;
    for (const FlagWrite &W : Writes)
      if (Runs[W.Inside]) {
        FlagLink L;
        L.Write = W;
        L.Handler = &I;
        StopFlag &Flag = Linked[W.Flag];
        Flag.Decl = W.Flag;
        Flag.Links.push_back(L);
      }
  }
}

/// A send that is repeated until the thread is gone wakes it in the end.
bool StopFlags::repeatsUntilGone(const Send &S) const {
  bool Found = false;
  const SourceManager &SM = A.context().getSourceManager();
  auto Contains = [&](const Stmt *Loop, const Stmt *Inner) {
    return !SM.isBeforeInTranslationUnit(Inner->getBeginLoc(),
                                         Loop->getBeginLoc()) &&
           !SM.isBeforeInTranslationUnit(Loop->getEndLoc(),
                                         Inner->getBeginLoc());
  };
  forEachEvaluated(
      A.index()[S.Inside].Decl->getBody(), [&](const Stmt *Loop, const Stmt *) {
        if (!isa<WhileStmt>(Loop) && !isa<DoStmt>(Loop) && !isa<ForStmt>(Loop))
          return;
        if (!Contains(Loop, S.Call))
          return;
        forEachEvaluated(Loop, [&](const Stmt *Each, const Stmt *) {
          const auto *C = dyn_cast<CallExpr>(Each);
          const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
          if (!F || !F->getIdentifier())
            return;
          const model::Wait *W = A.apis().of(*F).Wait;
          const llvm::StringRef Name = F->getName();
          Found |= (W && W->Kind == model::WaitKind::Sleep) ||
                   Name == "pthread_tryjoin_np" ||
                   Name == "pthread_timedjoin_np" || Name == "sched_yield" ||
                   Name == "pthread_cond_timedwait" || Name == "sleep_for" ||
                   Name == "yield" || Name == "sem_timedwait";
        });
      });
  return Found;
}

/// `stop = 0; create(); ... stop = 1; kill();`: the first is for the start.
bool StopFlags::isReplaced(const FlagWrite &W, const Send &S) const {
  const SourceManager &SM = A.context().getSourceManager();
  auto IsBefore = [&](const Stmt *X, const Stmt *Y) {
    return SM.isBeforeInTranslationUnit(X->getBeginLoc(), Y->getBeginLoc());
  };
  return W.Inside == S.Inside &&
         llvm::any_of(Writes, [&](const FlagWrite &Later) {
           return Later.Flag == W.Flag && Later.Inside == S.Inside &&
                  IsBefore(W.At, Later.At) && IsBefore(Later.At, S.Call);
         });
}

void StopFlags::linkRequesters() {
  for (const Send &S : A.signals().sends()) {
    const bool Probes = !S.Signals.Incomplete && S.Signals.Known.size() == 1 &&
                        (S.Signals.Known[0] == 0 || S.Signals.Known[0] == 9 ||
                         S.Signals.Known[0] == 19);
    if (S.ToSelf || Probes || repeatsUntilGone(S))
      continue;
    // The function itself, and the setters that it calls.
    std::vector<uint8_t> Near(A.index().size());
    Near[S.Inside] = 1;
    for (FunctionId F : A.index()[S.Inside].Callees)
      if (A.index()[F].Callees.empty())
        Near[F] = 1;
    for (const FlagWrite &W : Writes)
      if (Near[W.Inside] && W.Value && !isReplaced(W, S)) {
        FlagLink L;
        L.Write = W;
        L.By = &S;
        StopFlag &Flag = Linked[W.Flag];
        Flag.Decl = W.Flag;
        Flag.Links.push_back(L);
      }
  }
}

//===--- Tests ------------------------------------------------------------===//

/// What a function that does nothing but return returns.
static const Expr *onlyReturn(const FunctionDecl &F) {
  const Expr *Out = nullptr;
  unsigned Returns = 0;
  forEachEvaluated(F.getBody(), [&](const Stmt *S, const Stmt *) {
    if (const auto *R = dyn_cast<ReturnStmt>(S)) {
      Out = R->getRetValue();
      ++Returns;
    }
  });
  return Returns == 1 ? Out : nullptr;
}

/// `bool stopped = flag;`, which is not written again.
static const Expr *copiedFrom(const Expr *E, const Values &Vals) {
  const auto *D = dyn_cast<DeclRefExpr>(E);
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!V || !V->hasLocalStorage() || isa<ParmVarDecl>(V) ||
      V->getType()->isReferenceType() ||
      !V->getType()->isIntegralOrEnumerationType() || Vals.isExposed(V))
    return nullptr;
  const llvm::ArrayRef<ValueWrite> Writes = Vals.writesOf(V);
  if (V->getInit() && Writes.empty())
    return V->getInit();
  return !V->getInit() && Writes.size() == 1 ? Writes[0].Value : nullptr;
}

static const CallExpr *getterCall(const Expr *E) {
  const auto *C = dyn_cast<CallExpr>(E);
  return C && !isa<CXXOperatorCallExpr>(C) ? C : nullptr;
}

/// likely() and unlikely()
static const Expr *expected(const Expr *E) {
  const auto *C = dyn_cast<CallExpr>(E);
  const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
  return F && F->getIdentifier() && C->getNumArgs() >= 2 &&
                 F->getName().find("__builtin_expect") == 0
             ? C->getArg(0)
             : nullptr;
}

void StopFlags::readBy(const Stmt *E,
                       llvm::SmallVectorImpl<const ValueDecl *> &Out,
                       unsigned Depth) const {
  if (!E || Depth > 4)
    return;
  const Values &Vals = A.signals().values();
  forEachEvaluated(E, [&](const Stmt *S, const Stmt *) {
    const auto *Each = dyn_cast<Expr>(S);
    if (!Each)
      return;
    if (isa<DeclRefExpr>(Each) || isa<MemberExpr>(Each) ||
        (isa<UnaryOperator>(Each) &&
         cast<UnaryOperator>(Each)->getOpcode() == UO_Deref)) {
      if (const ValueDecl *D = flagOf(Each, false, *this))
        Out.push_back(D);
      if (const Expr *From = copiedFrom(Each, Vals))
        readBy(From, Out, Depth + 1);
    } else if (const std::optional<AtomicAccess> Access = atomicAccess(S)) {
      if (const ValueDecl *D = flagOf(Access->Object, Access->IsPointer, *this))
        Out.push_back(D);
    } else if (const CallExpr *C = getterCall(Each)) {
      const FunctionId F = A.index().idOf(A.index().calleeOf(*C));
      if (F != NoFunction)
        readBy(onlyReturn(*A.index()[F].Decl), Out, Depth + 1);
    }
  });
}

std::optional<int64_t> StopFlags::evaluate(const Expr *E, const ValueDecl *Flag,
                                           int64_t Value,
                                           unsigned Depth) const {
  E = E ? withoutCasts(E) : nullptr;
  if (!E || Depth > MaxDepth)
    return std::nullopt;
  const Values &Vals = A.signals().values();
  auto Inner = [&](const Expr *Each) {
    return evaluate(Each, Flag, Value, Depth + 1);
  };
  if (const std::optional<AtomicAccess> Access = atomicAccess(E))
    return !Access->Value && !Access->SetsTrue &&
                   flagOf(Access->Object, Access->IsPointer, *this) == Flag
               ? std::optional<int64_t>(Value)
               : std::nullopt;
  if (const Expr *Operand = expected(E))
    return Inner(Operand);
  if (isa<DeclRefExpr>(E) || isa<MemberExpr>(E) ||
      (isa<UnaryOperator>(E) &&
       cast<UnaryOperator>(E)->getOpcode() == UO_Deref)) {
    if (flagOf(E, false, *this) == Flag)
      return Value;
    if (const Expr *From = copiedFrom(E, Vals))
      return Inner(From);
    return Vals.integer(E);
  }
  if (const auto N = Vals.integer(E))
    return N;
  if (const auto *U = dyn_cast<UnaryOperator>(E)) {
    if (U->getOpcode() != UO_LNot)
      return std::nullopt;
    const std::optional<int64_t> N = Inner(U->getSubExpr());
    return N ? std::optional<int64_t>(*N == 0) : std::nullopt;
  }
  if (const CallExpr *C = getterCall(E)) {
    const FunctionId F = A.index().idOf(A.index().calleeOf(*C));
    return F != NoFunction ? Inner(onlyReturn(*A.index()[F].Decl))
                           : std::nullopt;
  }
  const auto *B = dyn_cast<BinaryOperator>(E);
  if (!B || B->isAssignmentOp())
    return std::nullopt;
  const std::optional<int64_t> L = Inner(B->getLHS()), R = Inner(B->getRHS());
  if (B->getOpcode() == BO_LAnd) {
    if ((L && !*L) || (R && !*R))
      return 0;
    return L && R ? std::optional<int64_t>(1) : std::nullopt;
  }
  if (B->getOpcode() == BO_LOr) {
    if ((L && *L) || (R && *R))
      return 1;
    return L && R ? std::optional<int64_t>(0) : std::nullopt;
  }
  if (!L || !R)
    return std::nullopt;
  switch (B->getOpcode()) {
  case BO_EQ:
    return *L == *R;
  case BO_NE:
    return *L != *R;
  case BO_LT:
    return *L < *R;
  case BO_GT:
    return *L > *R;
  case BO_LE:
    return *L <= *R;
  case BO_GE:
    return *L >= *R;
  case BO_And:
    return *L & *R;
  case BO_Or:
    return *L | *R;
  default:
    return std::nullopt;
  }
}

std::optional<FlagTest> StopFlags::testOf(const Expr *Condition) const {
  if (Linked.empty() || !Condition)
    return std::nullopt;
  llvm::SmallVector<const ValueDecl *, 8> Reads;
  readBy(Condition, Reads);
  for (const ValueDecl *D : Reads) {
    auto It = Linked.find(D);
    if (It == Linked.end())
      continue;
    for (const FlagLink &L : It->second.Links) {
      const std::optional<int64_t> Stopped =
          evaluate(Condition, D, L.Write.Value.value_or(1));
      if (!Stopped)
        continue;
      // Some other value has to give the other answer.
      llvm::SmallVector<int64_t, 8> Others{0, 1, 2, -1};
      forEachEvaluated(Condition, [&](const Stmt *S, const Stmt *) {
        if (const auto *E = dyn_cast<Expr>(S))
          if (const auto N = A.signals().values().integer(E))
            Others.push_back(*N);
      });
      if (llvm::none_of(Others, [&](int64_t Other) {
            const std::optional<int64_t> Running =
                evaluate(Condition, D, Other);
            return Running && (*Running != 0) != (*Stopped != 0);
          }))
        continue;
      return FlagTest{&It->second, *Stopped != 0, Condition};
    }
  }
  return std::nullopt;
}

} // namespace thread_stop::flow
