// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/StopPaths.h"

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "flow/Loops.h"
#include "flow/TuAnalysis.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <utility>

using namespace clang;

namespace thread_stop::flow {

/// clang builds the graph of `a && b && ...` recursively.
static constexpr unsigned MaxLogicalDepth = 5000;
static constexpr int64_t Interrupted = 4; // EINTR

StopPaths::StopPaths(TuAnalysis &A, const StopFlags &Flags, const Waits &Known,
                     FunctionId F)
    : A(A), Flags(Flags), Known(Known), F(F) {
  const FunctionDecl *D = A.index()[F].Decl;
  llvm::DenseMap<const Stmt *, unsigned> Depth;
  bool TooDeep = false;
  forEachEvaluated(D->getBody(), [&](const Stmt *S, const Stmt *Parent) {
    Parents[S] = Parent;
    if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->isLogicalOp())
      TooDeep |= (Depth[S] = Depth.lookup(Parent) + 1) > MaxLogicalDepth;
  });
  if (TooDeep || D->isDependentContext())
    return;
  CFG::BuildOptions Options;
  Options.AddEHEdges = false;
  const std::unique_ptr<CFG> Graph = CFG::buildCFG(
      D, D->getBody(), &const_cast<ASTContext &>(A.context()), Options);
  if (!Graph)
    return;
  Blocks.resize(Graph->getNumBlockIDs());
  Entry = Graph->getEntry().getBlockID();
  for (const CFGBlock *B : *Graph) {
    PathBlock &Out = Blocks[B->getBlockID()];
    for (const CFGElement &E : *B)
      if (const auto S = E.getAs<CFGStmt>())
        addElement(Out, S->getStmt());
    for (const CFGBlock::AdjacentBlock &Next : B->succs())
      Out.Next.push_back(Next.isReachable()
                             ? Next.getReachableBlock()->getBlockID()
                             : NoBlock);
    const Stmt *Terminator = B->getTerminatorStmt();
    if (const auto *W = dyn_cast_or_null<SwitchStmt>(Terminator)) {
      if (!isErrno(W->getCond()))
        continue;
      for (uint32_t I = 0; I < Out.Next.size(); ++I) {
        const CFGBlock *To = (B->succ_begin() + I)->getReachableBlock();
        const auto *Case =
            To ? dyn_cast_or_null<CaseStmt>(To->getLabel()) : nullptr;
        // `case EAGAIN: case EINTR:` share one block behind two labels.
        for (const Stmt *Each = Case; Each && isa<CaseStmt>(Each);
             Each = cast<CaseStmt>(Each)->getSubStmt())
          if (A.signals().values().integer(cast<CaseStmt>(Each)->getLHS()) ==
              Interrupted) {
            Out.Eintr = cast<CaseStmt>(Each)->getLHS();
            Out.WhenInterrupted = I;
          }
      }
    } else if (Terminator && Out.Next.size() == 2) {
      addCondition(Out, B->getLastCondition());
      if (const auto *Op = dyn_cast<BinaryOperator>(Terminator))
        Out.ToOperand = Op->getOpcode() == BO_LAnd ? 0 : 1;
    }
  }
  splitJoined(*Graph);
}

/// Without `!` and __builtin_expect.
static const Expr *bareCondition(const Expr *E, bool &Negated) {
  for (;;) {
    E = E->IgnoreParenImpCasts();
    if (const auto *C = dyn_cast<CallExpr>(E);
        C && C->getDirectCallee() && C->getDirectCallee()->getIdentifier() &&
        C->getDirectCallee()->getName() == "__builtin_expect") {
      E = C->getArg(0);
    } else if (const auto *U = dyn_cast<UnaryOperator>(E);
               U && U->getOpcode() == UO_LNot) {
      Negated = !Negated;
      E = U->getSubExpr();
    } else {
      return E;
    }
  }
}

/// The condition of a `do` is made from its operands in a block of its own:
/// their blocks lead to where it leads.
void StopPaths::splitJoined(const CFG &Graph) {
  for (const CFGBlock *B : Graph) {
    bool Negated = false;
    const Stmt *Last = B->getTerminatorStmt() ? B->getLastCondition() : nullptr;
    const auto *Whole = dyn_cast_or_null<BinaryOperator>(
        Last ? bareCondition(cast<Expr>(Last), Negated) : nullptr);
    PathBlock &Join = Blocks[B->getBlockID()];
    if (!Whole || !Whole->isLogicalOp() || Join.Next.size() != 2 ||
        !Join.Events.empty() || isa<SwitchStmt>(B->getTerminatorStmt()))
      continue;
    const auto To = [&](bool Value) {
      return Join.Next[Value != Negated ? 0 : 1];
    };
    bool All = true;
    for (const CFGBlock::AdjacentBlock &Pred : B->preds()) {
      const CFGBlock *From = Pred.getReachableBlock();
      if (!From)
        continue;
      PathBlock &P = Blocks[From->getBlockID()];
      const auto *Short =
          dyn_cast_or_null<BinaryOperator>(From->getTerminatorStmt());
      if (Short && Short->isLogicalOp() && P.Next.size() == 2) {
        for (uint32_t I = 0; I < 2; ++I)
          if (P.Next[I] == B->getBlockID())
            P.Next[I] = To(I == 0);
        continue;
      }
      const Expr *Operand = nullptr;
      if (!From->empty() && P.Next.size() == 1)
        if (const auto S = From->back().getAs<CFGStmt>())
          Operand = dyn_cast<Expr>(S->getStmt());
      if (!Operand) {
        All = false;
        continue;
      }
      P.Next = {To(true), To(false)};
      addCondition(P, Operand);
    }
    if (All) {
      Join.Next.clear();
      Join.Test = std::nullopt;
      Join.Eintr = nullptr;
    }
  }
}

/// Whether a parameter is where select(), poll() or epoll_wait() put what is
/// ready.
static bool fillsReady(const FunctionDecl &F) {
  return llvm::any_of(F.parameters(), [](const ParmVarDecl *P) {
    const QualType To = P->getType()->getPointeeType();
    const RecordDecl *R =
        To.isNull() || To.isConstQualified() ? nullptr : To->getAsRecordDecl();
    if (!R)
      return false;
    const TypedefNameDecl *Typedef = R->getTypedefNameForAnonDecl();
    const llvm::StringRef Name =
        Typedef ? Typedef->getName() : llvm::StringRef(R->getName());
    return Name == "fd_set" || Name == "pollfd" || Name == "epoll_event";
  });
}

void StopPaths::addElement(PathBlock &B, const Stmt *S) {
  const auto *C = dyn_cast<CallExpr>(S);
  const FunctionDecl *G = C ? A.index().calleeOf(*C) : nullptr;
  if (!G)
    return;
  PathEvent E;
  E.Call = C;
  E.Row = Known.rowOf(*C);
  E.Callee = A.index().idOf(G);
  if (E.Row) {
    E.K = PathEvent::Kind::Wait;
  } else if (E.Callee == NoFunction) {
    const auto Is = [&](const MaskCall &M) { return M.Call == C; };
    const auto &Masks = A.signals().masks();
    const auto M = std::find_if(Masks.begin(), Masks.end(), Is);
    const bool Opens = M != Masks.end() && (M->Does == MaskCall::How::Unblock ||
                                            M->Does == MaskCall::How::Set);
    if (!Opens && (M != Masks.end() || !fillsReady(*G)))
      return;
    E.K = Opens ? PathEvent::Kind::Unblock : PathEvent::Kind::MayPoll;
    E.Mask = Opens ? &*M : nullptr;
  }
  B.Events.push_back(E);
}

bool StopPaths::isErrno(const Expr *E) const {
  const ResolvedSet All = A.signals().values().resolve(E, nullptr);
  return llvm::any_of(All.Items, [](const Resolved &R) {
    const Expr *Each = R.E->IgnoreParenCasts();
    if (const auto *U = dyn_cast<UnaryOperator>(Each))
      Each = U->getSubExpr()->IgnoreParenCasts();
    const auto *C = dyn_cast<CallExpr>(Each);
    const FunctionDecl *G = C ? C->getDirectCallee() : nullptr;
    return G && G->getIdentifier() &&
           G->getName().find("errno") != llvm::StringRef::npos;
  });
}

void StopPaths::addCondition(PathBlock &B, const Stmt *Condition) {
  const auto *E = dyn_cast_or_null<Expr>(Condition);
  if (!E)
    return;
  B.Test = Flags.testOf(E);
  bool Negated = false;
  const Expr *Bare = bareCondition(E, Negated);
  const auto *Compare = dyn_cast<BinaryOperator>(Bare);
  if (!Compare || !Compare->isEqualityOp())
    return;
  const Values &Vals = A.signals().values();
  for (const auto &[Number, Other] :
       {std::pair(Compare->getRHS(), Compare->getLHS()),
        std::pair(Compare->getLHS(), Compare->getRHS())}) {
    const std::optional<int64_t> N = Vals.integer(Number);
    const bool Named = isSpelledAs(Number->getBeginLoc(), "EINTR", A.context());
    if (!N || (*N != Interrupted && *N != -Interrupted) ||
        !(Named || isErrno(Other)))
      continue;
    B.Eintr = Compare;
    B.WhenInterrupted = (Compare->getOpcode() == BO_EQ) != Negated ? 0 : 1;
  }
}

/// In `stop && !busy`, where the stop is only one operand: the way on which all
/// of the condition says so.
uint32_t StopPaths::stopWay(uint32_t Block) const {
  const uint32_t Way = Blocks[Block].Test->WhenStopped ? 0 : 1;
  for (uint32_t B = Block; Blocks[B].Next.size() == 2;) {
    const uint32_t To = Blocks[B].Next[Way];
    if (Blocks[B].ToOperand != Way || To == NoBlock)
      return To;
    B = To;
  }
  return NoBlock;
}

uint32_t StopPaths::goWay(uint32_t Block) const {
  const PathBlock &B = Blocks[Block];
  return B.Next.size() == 2 ? B.Next[B.Test->WhenStopped ? 1 : 0] : NoBlock;
}

void StopPaths::follow(PathPoint From, const StopFlag *Flag,
                       Visitor Visit) const {
  if (From.Block == NoBlock)
    return;
  std::vector<uint8_t> Seen(Blocks.size());
  std::vector<PathPoint> Stack{From};
  while (!Stack.empty()) {
    const PathPoint P = Stack.back();
    Stack.pop_back();
    const PathBlock &B = Blocks[P.Block];
    bool On = true;
    for (size_t I = P.Event; I < B.Events.size() && On; ++I)
      On = Visit(B.Events[I], {P.Block, I});
    if (!On || (Flag && looksAt(B, *Flag)))
      continue;
    for (auto I = B.Next.rbegin(); I != B.Next.rend(); ++I)
      if (*I != NoBlock && !Seen[*I]) {
        Seen[*I] = 1;
        Stack.push_back({*I, 0});
      }
  }
}

std::vector<uint8_t> StopPaths::reachedFrom(uint32_t From,
                                            uint32_t Without) const {
  std::vector<uint8_t> Seen(Blocks.size());
  if (From == NoBlock || From == Without)
    return Seen;
  std::vector<uint32_t> Stack{From};
  Seen[From] = 1;
  while (!Stack.empty()) {
    const uint32_t B = Stack.back();
    Stack.pop_back();
    for (uint32_t N : Blocks[B].Next)
      if (N != NoBlock && N != Without && !Seen[N]) {
        Seen[N] = 1;
        Stack.push_back(N);
      }
  }
  return Seen;
}

bool StopPaths::reaches(uint32_t From, uint32_t To, uint32_t Without) const {
  return reachedFrom(From, Without)[To] != 0;
}

bool StopPaths::meetAgain(uint32_t X, uint32_t Y) const {
  const std::vector<uint8_t> OfX = reachedFrom(X, NoBlock),
                             OfY = reachedFrom(Y, NoBlock);
  for (uint32_t B = 0; B < Blocks.size(); ++B) {
    const PathBlock &Each = Blocks[B];
    if (OfX[B] && OfY[B] &&
        (!Each.Events.empty() ||
         Each.Next.size() - llvm::count(Each.Next, NoBlock) > 1))
      return true;
  }
  return false;
}

const Stmt *StopPaths::loopAround(const Stmt *S) const {
  for (S = Parents.lookup(S); S; S = Parents.lookup(S))
    if (isLoop(S, A.context()))
      return S;
  return nullptr;
}

bool StopPaths::isWithin(const Stmt *S, const Stmt *Outer) const {
  for (; S; S = Parents.lookup(S))
    if (S == Outer)
      return true;
  return false;
}

bool StopPaths::isAfterPoll(PathPoint At,
                            llvm::function_ref<bool(FunctionId)> Polls) const {
  // Once it was ready, EINTR does not come: that way back does not count.
  return !comesTo(At, {Entry, 0}, false, Polls) &&
         !comesTo(At, {At.Block, At.Event + 1}, true, Polls);
}

bool StopPaths::comesTo(PathPoint At, PathPoint From, bool Ready,
                        llvm::function_ref<bool(FunctionId)> Polls) const {
  std::vector<uint8_t> Seen(Blocks.size());
  std::vector<PathPoint> Stack{From};
  while (!Stack.empty()) {
    const PathPoint P = Stack.back();
    Stack.pop_back();
    const PathBlock &B = Blocks[P.Block];
    bool On = true;
    for (size_t I = P.Event; I < B.Events.size() && On; ++I) {
      if (P.Block == At.Block && I == At.Event)
        return true;
      const PathEvent &E = B.Events[I];
      On = E.K != PathEvent::Kind::MayPoll &&
           !(E.K == PathEvent::Kind::Wait &&
             E.Row->Kind == model::WaitKind::Poll) &&
           !(E.K == PathEvent::Kind::Call && Polls(E.Callee));
    }
    if (!On)
      continue;
    for (uint32_t I = 0; I < B.Next.size(); ++I) {
      const uint32_t N = B.Next[I];
      if (N == NoBlock || Seen[N] ||
          (Ready && B.Eintr && I == B.WhenInterrupted))
        continue;
      Seen[N] = 1;
      Stack.push_back({N, 0});
    }
  }
  return false;
}

/// The statements in braces that `At` is one of.
static const CompoundStmt *listOf(const Stmt *Body, const Stmt *At) {
  const CompoundStmt *Found = nullptr;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *) {
    const auto *List = dyn_cast<CompoundStmt>(S);
    if (List && llvm::is_contained(List->body(), At))
      Found = List;
  });
  return Found;
}

/// Whether one signal or one requester sets both, one right after the other.
bool StopPaths::areSetTogether(const StopFlag &X, const StopFlag &Y) const {
  for (const FlagLink &L : X.Links)
    for (const FlagLink &M : Y.Links) {
      if (L.Handler != M.Handler || L.By != M.By ||
          L.Write.Inside != M.Write.Inside || L.Write.Inside == NoFunction)
        continue;
      const Stmt *Body = A.index()[L.Write.Inside].Decl->getBody();
      const CompoundStmt *List = listOf(Body, L.Write.At);
      if (List && List == listOf(Body, M.Write.At))
        return true;
    }
  return false;
}

bool StopPaths::looksAt(const PathBlock &B, const StopFlag &Flag) const {
  if (!B.Test || B.Test->Flag == &Flag)
    return B.Test.has_value();
  const auto [It, New] = SetTogether.try_emplace({B.Test->Flag, &Flag}, false);
  if (New)
    It->second = areSetTogether(*B.Test->Flag, Flag);
  return It->second;
}

/// Whether the wait comes next after `From`, where errno is EINTR.
bool StopPaths::isMadeAgain(uint32_t From, PathPoint Wait,
                            const StopFlag &Flag) const {
  std::vector<uint8_t> Seen(Blocks.size());
  std::vector<uint32_t> Stack{From};
  while (!Stack.empty()) {
    const uint32_t Here = Stack.back();
    Stack.pop_back();
    if (Here == NoBlock || std::exchange(Seen[Here], 1))
      continue;
    const PathBlock &B = Blocks[Here];
    const auto First = llvm::find_if(B.Events, [](const PathEvent &E) {
      return E.K == PathEvent::Kind::Wait;
    });
    if (First != B.Events.end()) {
      if (Here == Wait.Block &&
          First == B.Events.begin() + static_cast<std::ptrdiff_t>(Wait.Event))
        return true;
      continue;
    }
    if (looksAt(B, Flag))
      continue;
    for (uint32_t I = 0; I < B.Next.size(); ++I)
      if (!B.Eintr || I == B.WhenInterrupted)
        Stack.push_back(B.Next[I]);
  }
  return false;
}

const Expr *StopPaths::retryOf(PathPoint Wait, const StopFlag *Flag) const {
  // From the wait to a comparison with EINTR, past no other wait ...
  std::vector<uint8_t> Seen(Blocks.size());
  std::vector<PathPoint> Stack{{Wait.Block, Wait.Event + 1}};
  while (!Stack.empty()) {
    const PathPoint P = Stack.back();
    Stack.pop_back();
    const PathBlock &B = Blocks[P.Block];
    bool On = true;
    for (size_t I = P.Event; I < B.Events.size() && On; ++I)
      On = B.Events[I].K != PathEvent::Kind::Wait;
    if (!On || looksAt(B, *Flag))
      continue;
    if (B.Eintr && B.WhenInterrupted < B.Next.size()) {
      // ... and from there to the wait again.
      if (isMadeAgain(B.Next[B.WhenInterrupted], Wait, *Flag))
        return B.Eintr;
    }
    for (uint32_t I = 0; I < B.Next.size(); ++I) {
      const uint32_t N = B.Next[I];
      if (N == NoBlock || Seen[N] || (B.Eintr && I != B.WhenInterrupted))
        continue;
      Seen[N] = 1;
      Stack.push_back({N, 0});
    }
  }
  return nullptr;
}

} // namespace thread_stop::flow
