// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Joins.h"

#include "flow/AstWalk.h"
#include "flow/TuAnalysis.h"
#include "model/ResourceApi.h"
#include "clang/Basic/SourceManager.h"

#include <algorithm>
#include <set>

using namespace clang;

namespace thread_stop::flow {

/// Values that are handed through more functions than this are not followed.
static constexpr unsigned MaxDepth = 4;

JoinIndex::JoinIndex(TuAnalysis &A) : CallOracle(A.apis()), A(A) {
  const std::vector<ApiCall> &Joins = A.index().Joins;
  auto ReadsResult = [&](const ApiCall &J) {
    const auto *C = dyn_cast<CallExpr>(J.Call);
    return C && joinOf(*C).Into;
  };
  if (std::none_of(Joins.begin(), Joins.end(), ReadsResult))
    return;
  findCreations();
  findWrappers();
  std::set<FunctionId> Found;
  for (const ApiCall &J : Joins)
    if (J.Inside != NoFunction)
      Found.insert(J.Inside);
  for (const auto &[F, W] : Wrappers)
    for (FunctionId Caller : A.index()[A.index().idOf(F)].Callers)
      Found.insert(Caller);
  Callers.assign(Found.begin(), Found.end());
  // Built before all wrappers were known.
  Flows.clear();
}

JoinIndex::~JoinIndex() = default;

DefinitionFlow *JoinIndex::flow(FunctionId F) {
  auto [It, New] = Flows.try_emplace(F);
  if (New)
    It->second = std::make_unique<DefinitionFlow>(A.context(), A.places(),
                                                  *A.index()[F].Decl, *this);
  return It->second->isValid() ? It->second.get() : nullptr;
}

//===--- Joins and their wrappers -----------------------------------------===//

static const Expr *argument(const CallExpr &C, int Position) {
  return Position >= 0 && static_cast<unsigned>(Position) < C.getNumArgs()
             ? C.getArg(static_cast<unsigned>(Position))
             : nullptr;
}

JoinCall JoinIndex::joinOf(const CallExpr &C) {
  JoinCall J;
  J.Call = &C;
  const FunctionDecl *F = A.index().calleeOf(C);
  if (!F)
    return J;
  const Api &Callee = A.apis().of(*F);
  if (Callee.is(model::CancelRole::Join)) {
    J.Handle = argument(C, Callee.Cancel->Handle);
    J.Into = argument(C, Callee.Cancel->Result);
  } else if (auto It = Wrappers.find(F->getCanonicalDecl());
             It != Wrappers.end()) {
    J.Handle = argument(C, It->second.Handle);
    J.Into = argument(C, It->second.Into);
    J.ReturnsResult = It->second.ReturnsResult;
  }
  // thrd_join hands out an int: C11 threads cannot be cancelled.
  if (J.Into) {
    const QualType To = J.Into->getType()->getPointeeType();
    if (To.isNull() || !To->isVoidPointerType() ||
        J.Into->isNullPointerConstant(const_cast<ASTContext &>(A.context()),
                                      Expr::NPC_ValueDependentIsNotNull))
      J.Into = nullptr;
  }
  return J;
}

const Expr *JoinIndex::joinedInto(const CallExpr &C) { return joinOf(C).Into; }

bool JoinIndex::returnsJoined(const CallExpr &C) {
  return joinOf(C).ReturnsResult;
}

static int parameterIndex(const Expr *E) {
  const auto *D = E ? dyn_cast<DeclRefExpr>(withoutCasts(E)) : nullptr;
  const auto *P = D ? dyn_cast<ParmVarDecl>(D->getDecl()) : nullptr;
  return P ? static_cast<int>(P->getFunctionScopeIndex()) : -1;
}

void JoinIndex::findWrappers() {
  llvm::DenseMap<const FunctionDecl *, Wrapper> Found;
  for (const ApiCall &J : A.index().Joins) {
    const auto *C = dyn_cast<CallExpr>(J.Call);
    if (!C || J.Inside == NoFunction)
      continue;
    const JoinCall Join = joinOf(*C);
    if (!Join.Into)
      continue;
    Wrapper W;
    W.Handle = parameterIndex(Join.Handle);
    W.Into = parameterIndex(Join.Into);
    findReturns(J.Inside, W);
    if (W.Into >= 0 || W.ReturnsResult)
      Found[A.index()[J.Inside].Decl->getCanonicalDecl()] = W;
  }
  Wrappers = std::move(Found);
}

/// Whether all that `F` returns is the result of a join or a constant.
void JoinIndex::findReturns(FunctionId F, Wrapper &W) {
  if (!A.index()[F].Decl->getReturnType()->isVoidPointerType())
    return;
  DefinitionFlow *Flow = flow(F);
  if (!Flow)
    return;
  bool Joined = false, Other = false;
  Flow->forEach([&](const DefinitionState &S, const Stmt *Each) {
    const auto *R = dyn_cast<ReturnStmt>(Each);
    if (!R || !R->getRetValue())
      return;
    for (DefinitionId D : Flow->valueOf(R->getRetValue(), S)) {
      const Definition &Def = (*Flow)[D];
      Joined |= Def.K == Definition::Kind::Joined;
      Other |= Def.K != Definition::Kind::Joined &&
               Def.K != Definition::Kind::Uninitialized && !Def.isNumber(0) &&
               !Def.IsCanceled;
    }
  });
  W.ReturnsResult = Joined && !Other;
}

//===--- Creations --------------------------------------------------------===//

const ValueDecl *JoinIndex::storageOf(const Expr *Handle) const {
  for (unsigned Depth = 0; Handle && Depth < 16; ++Depth) {
    const Expr *E = withoutCasts(Handle);
    if (const auto *U = dyn_cast<UnaryOperator>(E)) {
      Handle = U->getSubExpr();
    } else if (const auto *S = dyn_cast<ArraySubscriptExpr>(E)) {
      Handle = S->getBase();
    } else if (const auto *B = dyn_cast<BinaryOperator>(E);
               B && B->isAdditiveOp()) {
      Handle = B->getLHS();
    } else if (const auto *C = dyn_cast<CXXMemberCallExpr>(E)) {
      Handle = C->getImplicitObjectArgument(); // native_handle()
    } else if (const auto *C = dyn_cast<CXXOperatorCallExpr>(E)) {
      Handle = C->getNumArgs() ? C->getArg(0) : nullptr;
    } else if (const auto *M = dyn_cast<MemberExpr>(E)) {
      return cast<ValueDecl>(M->getMemberDecl()->getCanonicalDecl());
    } else if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
      const auto *V = dyn_cast<VarDecl>(D->getDecl());
      // `pthread_t t = worker->thread;`, `for (pthread_t &t : threads)`
      const bool IsCopy = V && V->getInit() && V->hasLocalStorage() &&
                          !isa<ParmVarDecl>(V) && !V->getType()->isArrayType();
      const Expr *From = IsCopy ? withoutCasts(V->getInit()) : nullptr;
      const auto *Address = From ? dyn_cast<UnaryOperator>(From) : nullptr;
      if (From && (isa<MemberExpr>(From) || isa<ArraySubscriptExpr>(From) ||
                   isa<DeclRefExpr>(From) ||
                   (Address && (Address->getOpcode() == UO_AddrOf ||
                                Address->getOpcode() == UO_Deref))))
        Handle = From;
      else
        return V ? cast<ValueDecl>(V->getCanonicalDecl()) : nullptr;
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

/// `start(&t, worker)` where `start` hands its parameter to pthread_create:
/// one creation for each call of it in this file.
bool JoinIndex::addForwarded(Creation New, FunctionId Creator,
                             const Expr *Routine) {
  const int Position = parameterIndex(Routine);
  if (Position < 0 || Creator == NoFunction ||
      A.index()[Creator].Decl->isExternallyVisible())
    return false;
  const FunctionDecl *Callee = A.index()[Creator].Decl->getCanonicalDecl();
  const auto *Parameter = dyn_cast_or_null<ParmVarDecl>(New.Handle);
  const int Handle =
      Parameter ? static_cast<int>(Parameter->getFunctionScopeIndex()) : -1;
  bool Any = false;
  for (FunctionId Caller : A.index()[Creator].Callers)
    forEachEvaluated(
        A.index()[Caller].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
          const auto *C = dyn_cast<CallExpr>(S);
          const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
          if (!F || F->getCanonicalDecl() != Callee)
            return;
          const Expr *Given = argument(*C, Position);
          Creation Each = New;
          Each.Routine = Given ? A.index().functionOf(Given) : nullptr;
          if (Handle >= 0)
            Each.Handle = storageOf(argument(*C, Handle));
          Each.Argument = nullptr; // whatever the creator makes of it
          Creations.push_back(Each);
          Any = true;
        });
  return Any;
}

void JoinIndex::findCreations() {
  for (const ApiCall &C : A.index().Creations) {
    const model::CancelApi *Row = A.apis().of(*C.Callee).Cancel;
    Creation New;
    if (const auto *Call = dyn_cast<CallExpr>(C.Call)) {
      if (Row) {
        New.Handle = storageOf(argument(*Call, Row->Handle));
        New.Argument = argument(*Call, Row->Argument);
        const Expr *Routine = argument(*Call, Row->Routine);
        New.Routine = Routine ? A.index().functionOf(Routine) : nullptr;
        if (!New.Routine && addForwarded(New, C.Inside, Routine))
          continue;
      } else {
        for (const Expr *Each : Call->arguments())
          if (const FunctionDecl *F = A.index().functionOf(Each))
            New.Routine = F;
      }
    } else {
      continue; // std::thread: what the function returns is dropped
    }
    Creations.push_back(New);
  }
}

Answers JoinIndex::answersOf(const Expr *Handle) {
  const ValueDecl *Storage = storageOf(Handle);
  auto Matches = [&](const Creation &C) { return C.Handle == Storage; };
  const bool Matched =
      Storage && std::any_of(Creations.begin(), Creations.end(), Matches);
  Answers Out;
  Out.Known = !Creations.empty();
  for (const Creation &C : Creations) {
    if (Matched && !Matches(C))
      continue;
    const Answers Its = routineAnswers(C.Routine);
    Out.Known &= Its.Known;
    Out.Bits |= Its.Bits & ~Answers::Argument;
    if (Its.Bits & Answers::Argument)
      Out.Bits |= argumentBits(C);
  }
  return Out;
}

//===--- Answers ----------------------------------------------------------===//

Answers JoinIndex::routineAnswers(const FunctionDecl *Routine) {
  Answers Out;
  const FunctionId F = A.index().idOf(Routine);
  if (F == NoFunction) {
    Out.Known = false;
    return Out;
  }
  auto [It, New] = Known.try_emplace(Routine->getCanonicalDecl());
  if (New) {
    Out.Bits = returnsOf(F, 0);
    addReachableExits(F, Out);
    It->second = Out;
  }
  return It->second;
}

void JoinIndex::addReachableExits(FunctionId Root, Answers &Out) {
  std::set<FunctionId> Seen;
  std::vector<FunctionId> Stack{Root};
  while (!Stack.empty()) {
    const FunctionId F = Stack.back();
    Stack.pop_back();
    if (!Seen.insert(F).second)
      continue;
    const std::vector<FunctionId> &Callees = A.index()[F].Callees;
    Stack.insert(Stack.end(), Callees.begin(), Callees.end());
  }
  std::set<const Stmt *> Exits;
  std::set<FunctionId> Inside;
  for (const ApiCall &E : A.index().ThreadExits)
    if (E.Inside != NoFunction && Seen.count(E.Inside)) {
      Exits.insert(E.Call);
      Inside.insert(E.Inside);
    }
  for (FunctionId F : Inside) {
    DefinitionFlow *Flow = flow(F);
    if (!Flow) {
      Out.Bits |= Answers::Any;
      continue;
    }
    Flow->forEach([&](const DefinitionState &S, const Stmt *Each) {
      if (!Exits.count(Each))
        return;
      const auto *C = cast<CallExpr>(Each);
      if (C->getNumArgs() == 1)
        Out.Bits |= valueBits(*Flow, C->getArg(0), S, F == Root ? 0 : 1);
    });
  }
}

uint8_t JoinIndex::returnsOf(FunctionId F, unsigned Depth) {
  DefinitionFlow *Flow = flow(F);
  if (!Flow || Depth > MaxDepth)
    return Answers::Any;
  uint8_t Bits = 0;
  Flow->forEach([&](const DefinitionState &S, const Stmt *Each) {
    if (const auto *R = dyn_cast<ReturnStmt>(Each); R && R->getRetValue())
      Bits |= valueBits(*Flow, R->getRetValue(), S, Depth);
  });
  return Bits;
}

static uint8_t numberBits(int64_t N) {
  return N == 0    ? Answers::Null
         : N == -1 ? Answers::MinusOne
         : N < 0   ? Answers::Negative
                   : Answers::Number;
}

/// Types none of whose values is negative, or turns into -1 as a pointer.
static bool isNeverNegative(QualType T) {
  if (T->isBooleanType())
    return true;
  if (const auto *E = T->getAs<EnumType>())
    return E->getDecl()->isComplete() &&
           E->getDecl()->getNumNegativeBits() == 0;
  const auto *B = T->getAs<BuiltinType>();
  return B && (B->getKind() == BuiltinType::UChar ||
               B->getKind() == BuiltinType::UShort ||
               B->getKind() == BuiltinType::Char_U);
}

uint8_t JoinIndex::valueBits(DefinitionFlow &Flow, const Expr *E,
                             const DefinitionState &S, unsigned Depth) {
  const Expr *Inner = withoutCasts(E);
  uint8_t Bits = 0;
  for (DefinitionId Id : Flow.valueOf(E, S)) {
    const Definition &D = Flow[Id];
    switch (D.K) {
    case Definition::Kind::Uninitialized:
      break;
    case Definition::Kind::Constant:
      // A routine that returns PTHREAD_CANCELED itself means that.
      Bits |= D.IsCanceled ? 0 : numberBits(D.Number);
      break;
    case Definition::Kind::Joined:
      Bits |= Answers::Any;
      break;
    case Definition::Kind::Parameter:
      if (isNeverNegative(Inner->getType()))
        Bits |= Answers::Null | Answers::Number;
      else if (!Inner->getType()->isVoidPointerType())
        Bits |=
            Inner->getType()->isPointerType() ? Answers::Pointer : Answers::Any;
      else
        // Only the routine's own argument is known.
        Bits |= Depth == 0 ? Answers::Argument : Answers::Any;
      break;
    case Definition::Kind::Expression:
      Bits |= isNeverNegative(Inner->getType())
                  ? Answers::Null | Answers::Number
                  : expressionBits(D.Value, Depth);
      break;
    case Definition::Kind::Unknown:
    case Definition::Kind::ByAddress:
      Bits |= expressionBits(Inner, Depth);
      break;
    }
  }
  return Bits;
}

uint8_t JoinIndex::callBits(const CallExpr &C, unsigned Depth) {
  const FunctionDecl *F = A.index().calleeOf(C);
  const FunctionId Id = A.index().idOf(F);
  if (Id != NoFunction && Depth < MaxDepth) {
    const uint8_t Bits = returnsOf(Id, Depth + 1);
    return Bits & Answers::Argument ? Answers::Any : Bits;
  }
  if (!F || !C.getType()->isPointerType())
    return Answers::Any;
  if (C.getType()->isVoidPointerType() && !isLibraryCall(C))
    return Answers::Any;
  if (F->getDeclName().isIdentifier())
    if (const model::ResourceAcquire *Row = model::findAcquire(F->getName());
        Row && Row->Failure == model::ResourceFailure::MinusOne)
      return Answers::Pointer | Answers::MinusOne; // mmap
  return Answers::Pointer | Answers::Null;
}

uint8_t JoinIndex::expressionBits(const Expr *E, unsigned Depth) {
  E = withoutCasts(E);
  const QualType T = E->getType();
  if (const auto *C = dyn_cast<CallExpr>(E))
    return isNeverNegative(T) ? Answers::Null | Answers::Number
                              : callBits(*C, Depth);
  if (T->isArrayType() || T->isFunctionType() || isa<CXXNewExpr>(E) ||
      isa<CXXThisExpr>(E))
    return Answers::Pointer;
  if (T->isPointerType()) {
    if (isa<UnaryOperator>(E) &&
        cast<UnaryOperator>(E)->getOpcode() == UO_AddrOf)
      return Answers::Pointer;
    return T->isVoidPointerType() && !isa<BinaryOperator>(E)
               ? Answers::Any
               : Answers::Pointer | Answers::Null;
  }
  const auto *B = dyn_cast<BinaryOperator>(E);
  const auto *U = dyn_cast<UnaryOperator>(E);
  if (isNeverNegative(T) || (U && U->getOpcode() == UO_LNot) ||
      (B && (B->isComparisonOp() || B->isLogicalOp())))
    return Answers::Null | Answers::Number;
  return Answers::Any;
}

uint8_t JoinIndex::argumentBits(const Creation &C) {
  if (!C.Argument)
    return Answers::Any;
  const Expr *E = withoutCasts(C.Argument);
  if (E->isNullPointerConstant(const_cast<ASTContext &>(A.context()),
                               Expr::NPC_ValueDependentIsNotNull))
    return Answers::Null;
  Expr::EvalResult R;
  if (E->getType()->isIntegerType() && !E->isValueDependent() &&
      E->EvaluateAsInt(R, A.context()) && R.Val.getInt().getActiveBits() <= 32)
    return numberBits(R.Val.getInt().getExtValue());
  return E->getType()->isPointerType() || E->getType()->isArrayType()
             ? Answers::Pointer
             : expressionBits(E, 0);
}

} // namespace thread_stop::flow
