// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/migrate/FailurePaths.h"

#include "flow/AstWalk.h"
#include "llvm/ADT/DenseSet.h"
#include <limits>
#include <map>
#include <set>
#include <tuple>

using namespace clang;

namespace thread_stop::flow {

/// More steps than this are not taken; then the answer is `Unknown`.
static constexpr size_t MaxSteps = 4000;

//===--- Values -----------------------------------------------------------===//

namespace {
struct Value {
  int64_t V = 0;
  bool FromCall = false; ///< depends on the failed call

  friend bool operator<(const Value &A, const Value &B) {
    return std::tie(A.V, A.FromCall) < std::tie(B.V, B.FromCall);
  }
};

/// What is known on one way.
struct Knowledge {
  std::map<const VarDecl *, Value> Variables;
  bool ErrnoKnown = false;
  bool Tested = false;

  friend bool operator<(const Knowledge &A, const Knowledge &B) {
    return std::tie(A.Variables, A.ErrnoKnown, A.Tested) <
           std::tie(B.Variables, B.ErrnoKnown, B.Tested);
  }
};

class Evaluator {
public:
  Evaluator(const ASTContext &Ctx, const FailedCall &From, const Knowledge &K)
      : Ctx(Ctx), From(From), K(K) {}

  std::optional<Value> eval(const Expr *E, unsigned Depth = 0) const;

private:
  std::optional<Value> constant(const Expr *E) const;
  std::optional<Value> unary(const UnaryOperator *U, unsigned Depth) const;
  std::optional<Value> binary(const BinaryOperator *B, unsigned Depth) const;
  std::optional<Value> logical(const BinaryOperator *B, unsigned Depth) const;
  std::optional<Value> withLength(const BinaryOperator *B,
                                  const std::optional<Value> &L,
                                  const std::optional<Value> &R) const;
  Value fit(Value V, QualType T) const;

  const ASTContext &Ctx;
  const FailedCall &From;
  const Knowledge &K;
};
} // namespace

static bool isCallOf(const Expr *E, llvm::ArrayRef<llvm::StringRef> Names) {
  const auto *C = dyn_cast<CallExpr>(E->IgnoreParenCasts());
  const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
  return F && F->getIdentifier() && llvm::is_contained(Names, F->getName());
}

/// Where glibc and musl keep errno.
static bool isErrnoLocation(const Expr *E) {
  return isCallOf(E, {"__errno_location"});
}

/// The value as the type holds it.
Value Evaluator::fit(Value V, QualType T) const {
  if (!T->isIntegralOrEnumerationType() || T->isDependentType())
    return V;
  if (T->isBooleanType())
    return {V.V != 0, V.FromCall};
  const unsigned Width = static_cast<unsigned>(Ctx.getIntWidth(T));
  if (Width >= 64)
    return V;
  const uint64_t Bits = static_cast<uint64_t>(V.V) & ((1ull << Width) - 1);
  V.V = static_cast<int64_t>(Bits);
  if (T->isSignedIntegerOrEnumerationType() && (Bits >> (Width - 1)))
    V.V = static_cast<int64_t>(Bits | ~((1ull << Width) - 1));
  return V;
}

std::optional<Value> Evaluator::constant(const Expr *E) const {
  Expr::EvalResult R;
  if (E->isValueDependent() || !E->getType()->isIntegralOrEnumerationType() ||
      !E->EvaluateAsInt(R, Ctx))
    return std::nullopt;
  return Value{R.Val.getInt().getExtValue(), false};
}

std::optional<Value> Evaluator::eval(const Expr *E, unsigned Depth) const {
  if (!E || Depth > 64)
    return std::nullopt;
  E = E->IgnoreParens();
  if (const auto *C = dyn_cast<CallExpr>(E)) {
    if (C == From.Call)
      return From.Value ? std::optional<Value>({*From.Value, true})
                        : std::nullopt;
    if (isCallOf(C, {"__builtin_expect"}))
      return eval(C->getArg(0), Depth + 1);
  }
  if (const auto *C = dyn_cast<CastExpr>(E)) {
    std::optional<Value> V = eval(C->getSubExpr(), Depth + 1);
    return V ? std::optional<Value>(fit(*V, C->getType())) : std::nullopt;
  }
  if (const auto *F = dyn_cast<FullExpr>(E))
    return eval(F->getSubExpr(), Depth + 1);
  if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
    if (const auto *V = dyn_cast<VarDecl>(D->getDecl()))
      if (auto It = K.Variables.find(V); It != K.Variables.end())
        return It->second;
    return constant(E);
  }
  if (const auto *U = dyn_cast<UnaryOperator>(E))
    return unary(U, Depth);
  if (const auto *B = dyn_cast<BinaryOperator>(E))
    return binary(B, Depth);
  if (const auto *C = dyn_cast<ConditionalOperator>(E)) {
    std::optional<Value> V = eval(C->getCond(), Depth + 1);
    return V ? eval(V->V ? C->getTrueExpr() : C->getFalseExpr(), Depth + 1)
             : std::nullopt;
  }
  if (const auto *S = dyn_cast<StmtExpr>(E)) // TEMP_FAILURE_RETRY
    return S->getSubStmt()->body_empty()
               ? std::nullopt
               : eval(dyn_cast<Expr>(S->getSubStmt()->body_back()), Depth + 1);
  return constant(E);
}

std::optional<Value> Evaluator::unary(const UnaryOperator *U,
                                      unsigned Depth) const {
  if (U->getOpcode() == UO_Deref && isErrnoLocation(U->getSubExpr()))
    return K.ErrnoKnown ? std::optional<Value>({Canceled, true}) : std::nullopt;
  std::optional<Value> V = eval(U->getSubExpr(), Depth + 1);
  if (!V)
    return std::nullopt;
  switch (U->getOpcode()) {
  case UO_LNot:
    return Value{V->V == 0, V->FromCall};
  case UO_Minus:
    return fit(
        {static_cast<int64_t>(0 - static_cast<uint64_t>(V->V)), V->FromCall},
        U->getType());
  case UO_Not:
    return fit({~V->V, V->FromCall}, U->getType());
  case UO_Plus:
  case UO_Extension:
    return V;
  default:
    return std::nullopt;
  }
}

/// One known operand may decide; the other is then of no interest.
std::optional<Value> Evaluator::logical(const BinaryOperator *B,
                                        unsigned Depth) const {
  const bool Decides = B->getOpcode() == BO_LOr; // this value of an operand
  const std::optional<Value> L = eval(B->getLHS(), Depth + 1);
  if (L && (L->V != 0) == Decides)
    return Value{Decides, L->FromCall};
  const std::optional<Value> R = eval(B->getRHS(), Depth + 1);
  if (R && (R->V != 0) == Decides)
    return Value{Decides, R->FromCall};
  if (L && R)
    return Value{!Decides, L->FromCall || R->FromCall};
  return std::nullopt;
}

/// -1 compared with something unknown, such as `n != length`: lengths are not
/// negative.
std::optional<Value>
Evaluator::withLength(const BinaryOperator *B, const std::optional<Value> &L,
                      const std::optional<Value> &R) const {
  const Value Known = L ? *L : *R;
  if (!Known.FromCall || Known.V != -1)
    return std::nullopt;
  // As an unsigned number, -1 is the largest.
  const bool Unsigned = B->getLHS()->getType()->isUnsignedIntegerType();
  const bool LeftIsLess = static_cast<bool>(L) != Unsigned;
  switch (B->getOpcode()) {
  case BO_EQ:
  case BO_NE:
    return Value{B->getOpcode() == BO_NE, true};
  case BO_LT:
  case BO_LE:
    return Value{LeftIsLess, true};
  case BO_GT:
  case BO_GE:
    return Value{!LeftIsLess, true};
  default:
    return std::nullopt;
  }
}

std::optional<Value> Evaluator::binary(const BinaryOperator *B,
                                       unsigned Depth) const {
  if (B->isLogicalOp())
    return logical(B, Depth);
  if (B->isCommaOp())
    return eval(B->getRHS(), Depth + 1);
  const std::optional<Value> R = eval(B->getRHS(), Depth + 1);
  if (B->getOpcode() == BO_Assign)
    return R ? std::optional<Value>(fit(*R, B->getType())) : std::nullopt;
  const std::optional<Value> L = eval(B->getLHS(), Depth + 1);
  if (B->isAssignmentOp())
    return std::nullopt;
  if (B->isComparisonOp() && !L != !R)
    return withLength(B, L, R);
  if (!L || !R)
    return std::nullopt;
  const bool FromCall = L->FromCall || R->FromCall;
  const uint64_t UL = static_cast<uint64_t>(L->V),
                 UR = static_cast<uint64_t>(R->V);
  const bool Unsigned = B->getLHS()->getType()->isUnsignedIntegerType();
  const bool Less = Unsigned ? UL < UR : L->V < R->V;
  switch (B->getOpcode()) {
  case BO_EQ:
    return Value{UL == UR, FromCall};
  case BO_NE:
    return Value{UL != UR, FromCall};
  case BO_LT:
    return Value{Less, FromCall};
  case BO_GE:
    return Value{!Less, FromCall};
  case BO_LE:
    return Value{Less || UL == UR, FromCall};
  case BO_GT:
    return Value{!Less && UL != UR, FromCall};
  case BO_Add:
    return fit({static_cast<int64_t>(UL + UR), FromCall}, B->getType());
  case BO_Sub:
    return fit({static_cast<int64_t>(UL - UR), FromCall}, B->getType());
  default:
    return std::nullopt;
  }
}

std::optional<bool> conditionAfter(const ASTContext &Ctx, const Expr *Condition,
                                   FailedCall From) {
  Knowledge K;
  K.ErrnoKnown = From.SetsErrno;
  const std::optional<Value> V = Evaluator(Ctx, From, K).eval(Condition);
  return V ? std::optional<bool>(V->V != 0) : std::nullopt;
}

//===--- Ways -------------------------------------------------------------===//

namespace {
class Follower {
public:
  Follower(const CFG &Cfg, const ASTContext &Ctx, ApiResolver &Apis,
           FailedCall From, llvm::function_ref<bool(const CallExpr *)> IsStop)
      : Cfg(Cfg), Ctx(Ctx), Apis(Apis), From(From), IsStop(IsStop) {}

  FailurePaths run();

private:
  struct Way {
    const CFGBlock *Block;
    size_t First;
    Knowledge K;
  };

  void follow(Way W);
  /// False: the way ends here.
  bool step(const Stmt *S, Knowledge &K);
  bool stepCall(const CallExpr *C, Knowledge &K);
  void stepDeclaration(const DeclStmt *D, Knowledge &K);
  void store(const VarDecl *V, const Expr *E, Knowledge &K);
  void leave(const CFGBlock &B, const Knowledge &K);
  void go(const CFGBlock *To, const Knowledge &K);
  void look(const Stmt *S, const Knowledge &K);
  bool failed(const Expr *E, const Knowledge &K) const;
  void noteBranch(const CFGBlock &B, const Expr *Condition, Knowledge K);
  bool goOn(const CFGBlock &B, Knowledge K);
  void end(const Knowledge &K) { Out.Untested |= !K.Tested; }

  const CFG &Cfg;
  const ASTContext &Ctx;
  ApiResolver &Apis;
  const FailedCall From;
  llvm::function_ref<bool(const CallExpr *)> IsStop;
  std::vector<Way> Open;
  std::set<std::pair<unsigned, Knowledge>> Seen;
  bool ReturnsVary = false;
  FailurePaths Out;
};
} // namespace

bool givesBack(const FunctionDecl *F) {
  static const char *const Words[] = {
      "free",   "close",   "destroy", "release", "clean",    "delete",
      "fini",   "unref",   "unmap",   "unlock",  "shutdown", "teardown",
      "deinit", "dispose", "uninit",  "unlink"};
  if (!F || !F->getIdentifier())
    return false;
  const std::string Name = F->getName().lower();
  return std::any_of(std::begin(Words), std::end(Words), [&](const char *W) {
    return Name.find(W) != std::string::npos;
  });
}

static const VarDecl *variable(const Expr *E) {
  const auto *D = dyn_cast<DeclRefExpr>(E->IgnoreParenCasts());
  return D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
}

void Follower::store(const VarDecl *V, const Expr *E, Knowledge &K) {
  const std::optional<Value> Stored =
      E ? Evaluator(Ctx, From, K).eval(E) : std::nullopt;
  // Flags are kept as well: `ok = 0;` in the branch for errors.
  if (Stored && V->hasLocalStorage())
    K.Variables[V] = *Stored;
  else
    K.Variables.erase(V);
}

void Follower::stepDeclaration(const DeclStmt *D, Knowledge &K) {
  for (const Decl *Each : D->decls())
    if (const auto *V = dyn_cast<VarDecl>(Each))
      store(V, V->getInit(), K);
}

/// Whether this is the failure's negative number, perhaps made unsigned.
bool Follower::failed(const Expr *E, const Knowledge &K) const {
  const std::optional<Value> V = Evaluator(Ctx, From, K).eval(E);
  return V && V->FromCall &&
         (V->V < 0 || V->V > std::numeric_limits<int32_t>::max());
}

/// What a statement does besides: the failure's -1 is no index and no length.
void Follower::look(const Stmt *S, const Knowledge &K) {
  std::vector<const Stmt *> Below;
  const auto *B = dyn_cast<BinaryOperator>(S);
  // Not all operands of these are run.
  if (!isa<AbstractConditionalOperator>(S) && !(B && B->isLogicalOp()))
    Below.push_back(S);
  while (!Below.empty()) {
    const Stmt *Each = Below.back();
    Below.pop_back();
    if (const auto *A = dyn_cast<ArraySubscriptExpr>(Each))
      Out.Misused |= failed(A->getIdx(), K);
    forEachEvaluatedChild(Each, [&](const Stmt *Child) {
      // These come by themselves, where they are run.
      if (!isa<CallExpr>(Child) && !isa<BinaryOperator>(Child) &&
          !isa<UnaryOperator>(Child) &&
          !isa<AbstractConditionalOperator>(Child))
        Below.push_back(Child);
    });
  }
  if (B && B->getOpcode() == BO_Add && B->getType()->isPointerType())
    Out.Misused |= failed(
        B->getLHS()->getType()->isPointerType() ? B->getRHS() : B->getLHS(), K);
  const auto *U = dyn_cast<UnaryOperator>(S);
  const Expr *Stored = B && B->isAssignmentOp() ? B->getLHS() : nullptr;
  if (U && U->isIncrementDecrementOp())
    Stored = U->getSubExpr();
  if (Stored) {
    const VarDecl *V = variable(Stored);
    Out.Effects |= !V || !V->hasLocalStorage();
  }
  const auto *C = dyn_cast<CallExpr>(S);
  if (!C || isErrnoLocation(C) || isCallOf(C, {"__builtin_expect"}))
    return;
  Out.Effects = true;
  for (const Expr *Given : C->arguments())
    Out.Misused |=
        Given->getType()->isUnsignedIntegerType() && failed(Given, K);
}

bool Follower::stepCall(const CallExpr *C, Knowledge &K) {
  if (C == From.Call || IsStop(C)) {
    Out.Next.push_back(C);
    end(K);
    return false;
  }
  const FunctionDecl *F = C->getDirectCallee();
  const Api *A = F ? &Apis.of(*F) : nullptr;
  if (F && !llvm::is_contained(Out.Called, F))
    Out.Called.push_back(F);
  Out.Releases |= givesBack(F) || (A && A->Releases);
  if (A && A->is(model::CancelRole::ExitProcess)) {
    Out.EndsProcess = true;
    return false;
  }
  if (A && A->is(model::CancelRole::ExitThread)) {
    end(K);
    return false;
  }
  if (!isErrnoLocation(C))
    K.ErrnoKnown = false;
  return true;
}

static bool contains(const Stmt *Whole, const Stmt *Part) {
  bool Found = false;
  forEachEvaluated(Whole,
                   [&](const Stmt *S, const Stmt *) { Found |= S == Part; });
  return Found;
}

bool Follower::step(const Stmt *S, Knowledge &K) {
  const auto *Called = dyn_cast<CallExpr>(S);
  if (!Called || (Called != From.Call && !IsStop(Called)))
    look(S, K);
  if (const auto *C = dyn_cast<CallExpr>(S))
    return stepCall(C, K);
  if (const auto *D = dyn_cast<DeclStmt>(S)) {
    stepDeclaration(D, K);
  } else if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    const VarDecl *V = B->isAssignmentOp() ? variable(B->getLHS()) : nullptr;
    if (V)
      store(V, B->getOpcode() == BO_Assign ? B->getRHS() : nullptr, K);
  } else if (const auto *U = dyn_cast<UnaryOperator>(S)) {
    const VarDecl *V = variable(U->getSubExpr());
    if (V && (U->isIncrementDecrementOp() || U->getOpcode() == UO_AddrOf))
      K.Variables.erase(V);
  } else if (isa<CXXThrowExpr>(S)) {
    Out.EndsProcess = true;
    return false;
  } else if (const auto *R = dyn_cast<ReturnStmt>(S)) {
    Out.Returns.push_back(R);
    const std::optional<Value> V =
        R->getRetValue() ? Evaluator(Ctx, From, K).eval(R->getRetValue())
                         : std::nullopt;
    if (!V || (Out.Returned && *Out.Returned != V->V))
      ReturnsVary = true;
    else
      Out.Returned = V->V;
    // Whoever calls this function tests what it gets.
    if (!(V && V->FromCall) && !contains(R, From.Call))
      end(K);
    return false;
  }
  return true;
}

void Follower::go(const CFGBlock *To, const Knowledge &K) {
  if (!To)
    return;
  if (To == &Cfg.getExit()) {
    Out.FallsOff = true;
    end(K);
    return;
  }
  const Stmt *Loop = To->getLoopTarget();
  if (Loop && !llvm::is_contained(Out.Rounds, Loop))
    Out.Rounds.push_back(Loop);
  if (Seen.insert({To->getBlockID(), K}).second)
    Open.push_back({To, 0, K});
}

/// Notes the way that is taken here if a success would take the other one.
void Follower::noteBranch(const CFGBlock &B, const Expr *Condition,
                          Knowledge K) {
  const std::optional<Value> Now = Evaluator(Ctx, From, K).eval(Condition);
  if (!Now || !Now->FromCall || !From.Value || B.succ_size() != 2)
    return;
  for (auto It = K.Variables.begin(); It != K.Variables.end();) {
    const bool IsResult = It->second.V == *From.Value;
    if (It->second.FromCall && IsResult)
      It->second.V = From.Success;
    It = It->second.FromCall && !IsResult ? K.Variables.erase(It)
                                          : std::next(It);
  }
  K.ErrnoKnown = false;
  FailedCall Worked = From;
  Worked.Value = From.Success;
  const std::optional<Value> Then = Evaluator(Ctx, Worked, K).eval(Condition);
  if (Then && (Then->V != 0) != (Now->V != 0))
    if (const CFGBlock *To =
            (B.succ_begin() + (Now->V ? 0 : 1))->getReachableBlock())
      Out.Branches.push_back({&B, To});
}

/// Takes the one way that a known condition leaves; false if it is not known.
bool Follower::goOn(const CFGBlock &B, Knowledge K) {
  const Expr *Condition = B.getLastCondition();
  if (!Condition)
    Condition = dyn_cast_or_null<Expr>(B.getTerminatorCondition());
  const std::optional<Value> V =
      Condition ? Evaluator(Ctx, From, K).eval(Condition) : std::nullopt;
  if (!V)
    return false;
  if (V->FromCall)
    noteBranch(B, Condition, K);
  K.Tested |= V->FromCall;
  if (B.getTerminatorStmt() && isa<SwitchStmt>(B.getTerminatorStmt())) {
    const CFGBlock *Default = nullptr;
    for (const CFGBlock::AdjacentBlock &To : B.succs()) {
      const CFGBlock *Block = To.getReachableBlock();
      const auto *Case =
          Block ? dyn_cast_or_null<CaseStmt>(Block->getLabel()) : nullptr;
      if (!Case) {
        Default = Block ? Block : Default;
        continue;
      }
      const std::optional<Value> Label =
          Evaluator(Ctx, From, K).eval(Case->getLHS());
      if (!Label || Case->getRHS())
        return false;
      if (Label->V == V->V) {
        go(Block, K);
        return true;
      }
    }
    go(Default, K);
    return true;
  }
  if (B.succ_size() != 2)
    return false;
  go((B.succ_begin() + (V->V ? 0 : 1))->getReachableBlock(), K);
  return true;
}

void Follower::leave(const CFGBlock &B, const Knowledge &K) {
  if (B.hasNoReturnElement()) {
    Out.EndsProcess = true; // pthread_exit has ended the way before
    return;
  }
  if (!B.getTerminatorStmt()) {
    // A second successor is for exceptions that a call throws.
    if (B.succ_size() > 0)
      go(B.succ_begin()->getReachableBlock(), K);
    return;
  }
  if (B.succ_size() > 1 && goOn(B, K))
    return;
  for (const CFGBlock::AdjacentBlock &To : B.succs())
    go(To.getReachableBlock(), K);
}

void Follower::follow(Way W) {
  for (size_t I = W.First; I < W.Block->size(); ++I)
    if (auto S = (*W.Block)[I].getAs<CFGStmt>())
      if (!step(S->getStmt(), W.K))
        return;
  leave(*W.Block, W.K);
}

FailurePaths Follower::run() {
  Knowledge K;
  K.ErrnoKnown = From.SetsErrno;
  bool Found = false;
  for (const CFGBlock *B : Cfg)
    for (size_t I = 0; I < B->size() && !Found; ++I)
      if (auto S = (*B)[I].getAs<CFGStmt>(); S && S->getStmt() == From.Call) {
        Open.push_back({B, I + 1, K});
        Found = true;
      }
  size_t Steps = 0;
  while (!Open.empty() && ++Steps < MaxSteps) {
    Way W = std::move(Open.back());
    Open.pop_back();
    follow(std::move(W));
  }
  Out.Unknown = !Found || !Open.empty();
  if (ReturnsVary || Out.FallsOff)
    Out.Returned.reset();
  return std::move(Out);
}

FailurePaths followFailure(const CFG &Cfg, const ASTContext &Ctx,
                           ApiResolver &Apis, FailedCall From,
                           llvm::function_ref<bool(const CallExpr *)> IsStop) {
  return Follower(Cfg, Ctx, Apis, From, IsStop).run();
}

std::vector<const CFGBlock *> reachableBlocks(const CFG &Cfg) {
  std::vector<const CFGBlock *> Out{&Cfg.getEntry()};
  llvm::DenseSet<const CFGBlock *> Seen{&Cfg.getEntry()};
  for (size_t I = 0; I < Out.size(); ++I)
    for (const CFGBlock::AdjacentBlock &To : Out[I]->succs())
      if (const CFGBlock *B = To.getReachableBlock();
          B && Seen.insert(B).second)
        Out.push_back(B);
  return Out;
}

} // namespace thread_stop::flow
