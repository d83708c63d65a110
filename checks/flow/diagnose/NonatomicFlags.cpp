// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-nonatomic-flag.

#include "flow/AstWalk.h"
#include "flow/LocksAround.h"
#include "flow/Loops.h"
#include "flow/OwnObjects.h"
#include "flow/StopFlags.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/StmtCXX.h"

#include <algorithm>
#include <map>
#include <set>

using namespace clang;

namespace thread_stop::flow {

namespace {
/// A loop of one function, and a condition that can end it.
struct LoopTest {
  FunctionId Inside = NoFunction;
  const Stmt *Loop = nullptr;
  const Expr *Condition = nullptr;
  bool EndsWhen = false; ///< the loop ends if the condition has this value
};

class FlagDiagnoser {
public:
  FlagDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), Flags(A.flags()), Own(A), Locks(A), Text(A.context()), Out(Out) {}

  void run() {
    for (const FlagWrite &W : Flags.writes())
      if (isPlain(*W.Flag))
        WritesOf[W.Flag].push_back(&W);
    if (WritesOf.empty())
      return;
    for (const ThreadCreate &C : A.threads().creates())
      addStart(C.Start);
    for (const ApiCall &C : A.index().Creations)
      if (const auto *Object = dyn_cast<CXXConstructExpr>(C.Call);
          Object && Object->getNumArgs() > 0)
        addStart(A.index().idOf(A.index().functionOf(Object->getArg(0))));
    for (FunctionId F = 0; F < A.index().size(); ++F)
      if (A.apis().isUserCode(A.index()[F].Decl->getLocation()) &&
          !A.index()[F].Decl->isDependentContext())
        collectLoops(F);
    for (const LoopTest &T : Tests)
      check(T);
  }

private:
  void addStart(FunctionId Start) {
    if (Start == NoFunction || Runs.count(Start))
      return;
    std::vector<uint8_t> &Reach = Runs[Start];
    Reach.assign(A.index().size(), 0);
    for (FunctionId F : Threads::reachable(A.index(), Start))
      Reach[F] = 1;
  }

  //--- Variables

  static bool isSigAtomic(QualType T) {
    for (unsigned Depth = 0; Depth < 8; ++Depth) {
      const auto *D = T->getAs<TypedefType>();
      if (!D)
        return false;
      const IdentifierInfo *Name = D->getDecl()->getIdentifier();
      if (Name &&
          (Name->isStr("sig_atomic_t") || Name->isStr("__sig_atomic_t")))
        return true;
      T = D->desugar();
    }
    return false;
  }

  bool isPlain(const ValueDecl &D) const {
    const QualType T = D.getType();
    if (!T->isIntegralOrEnumerationType())
      return false; // an atomic type, or behind a pointer that is not followed
    if (const auto *V = dyn_cast<VarDecl>(&D);
        V && ((V->hasLocalStorage() && !Flags.isShared(*V)) ||
              V->getTLSKind() != VarDecl::TLS_None))
      return false;
    if (const auto *F = dyn_cast<FieldDecl>(&D); F && F->isBitField())
      return false;
    if (!A.apis().isUserCode(D.getLocation()) || D.hasAttr<GuardedByAttr>())
      return false;
    if (!T.isVolatileQualified())
      return true;
    return !isSigAtomic(T) && A.options().StrictFlags;
  }

  //--- Loops

  using ParentMap = llvm::DenseMap<const Stmt *, const Stmt *>;

  const ParentMap &parentsOf(FunctionId F) {
    auto [It, New] = ParentsOf.try_emplace(F);
    if (New)
      forEachEvaluated(A.index()[F].Decl->getBody(),
                       [&Map = It->second](const Stmt *S, const Stmt *Parent) {
                         Map[S] = Parent;
                       });
    return It->second;
  }

  const Stmt *loopAround(FunctionId F, const Stmt *S) {
    const ParentMap &Parents = parentsOf(F);
    for (S = Parents.lookup(S); S; S = Parents.lookup(S))
      if (isLoop(S, A.context()))
        return S;
    return nullptr;
  }

  void collectLoops(FunctionId F) {
    llvm::SmallVector<const Stmt *, 16> Found; // as in the source
    bool Any = false;
    forEachEvaluated(A.index()[F].Decl->getBody(),
                     [&](const Stmt *S, const Stmt *) {
                       const bool Loops = isLoop(S, A.context());
                       Any |= Loops;
                       if (Loops || isa<IfStmt>(S))
                         Found.push_back(S);
                     });
    if (!Any)
      return;
    for (const Stmt *S : Found)
      if (const auto *I = dyn_cast<IfStmt>(S))
        addBreak(F, *I);
      else
        addTest(F, S, conditionOf(S), false);
  }

  void addBreak(FunctionId F, const IfStmt &I) {
    const bool Then = leaves(I.getThen());
    if (!Then && !(I.getElse() && leaves(I.getElse())))
      return;
    if (const Stmt *Around = loopAround(F, &I))
      addTest(F, Around, I.getCond(), Then);
  }

  void addTest(FunctionId F, const Stmt *Loop, const Expr *Condition,
               bool EndsWhen) {
    if (Condition)
      Tests.push_back({F, Loop, Condition, EndsWhen});
  }

  static bool leaves(const Stmt *S) {
    if (const auto *C = dyn_cast_or_null<CompoundStmt>(S))
      S = C->body_empty() ? nullptr : C->body_back();
    return S && (isa<BreakStmt>(S) || isa<ReturnStmt>(S) || isa<GotoStmt>(S));
  }

  //--- Findings

  /// The name of the flag in the condition, if it is read there as it is; else
  /// null, and `Inside` tells whether a function that locks reads it.
  const Expr *plainRead(const Expr *Condition, const ValueDecl *Flag) const {
    const Expr *Found = nullptr;
    bool Special = false;
    forEachEvaluated(Condition, [&](const Stmt *S, const Stmt *) {
      const auto *E = dyn_cast<Expr>(S);
      if (!E)
        return;
      if (atomicAccess(S))
        Special = true;
      // READ_ONCE()
      if (const auto *U = dyn_cast<UnaryOperator>(E);
          U && U->getOpcode() == UO_Deref && U->getType().isVolatileQualified())
        Special |= !A.options().StrictFlags;
      if ((isa<DeclRefExpr>(E) || isa<MemberExpr>(E)) && storageDecl(E) == Flag)
        Found = E;
    });
    return Special ? nullptr : Found;
  }

  void check(const LoopTest &T) {
    llvm::SmallVector<const ValueDecl *, 8> Reads;
    Flags.readBy(T.Condition, Reads);
    std::set<const ValueDecl *> Each(Reads.begin(), Reads.end());
    for (const ValueDecl *D : Reads) {
      if (!Each.erase(D) || !WritesOf.count(D))
        continue;
      const bool Counts = isCounted(*D);
      const Expr *Read = plainRead(T.Condition, D);
      if (!Read && !readByPlainGetter(T.Condition, D))
        continue;
      if (Own.isMember(Read, T.Inside) ||
          isSearch(T.Loop, Read ? Read : T.Condition))
        continue;
      for (const FlagWrite *W : WritesOf[D])
        if ((!Counts || A.signals().runsInHandler(W->Inside)) &&
            endsLoop(T, *W) && isOfAnother(T, *W) && !isOrdered(T, *W)) {
          if (!Locks.isHeld(T.Inside, T.Condition))
            report(T, *W, Read ? Read : T.Condition);
          break;
        }
    }
  }

  /// Something that grows and shrinks is no flag, whatever ends at zero.
  bool isCounted(const ValueDecl &D) const {
    return llvm::any_of(
        A.signals().values().writesOf(&D), [&](const ValueWrite &W) {
          return !W.Value || isa<BinaryOperator>(W.Value->IgnoreParenCasts());
        });
  }

  /// A getter that takes no lock and loads nothing atomically.
  bool readByPlainGetter(const Expr *Condition, const ValueDecl *D) const {
    return anyEvaluated(Condition, [&](const Stmt *S, const Stmt *) {
      const auto *C = dyn_cast<CallExpr>(S);
      const FunctionId F =
          C ? A.index().idOf(A.index().calleeOf(*C)) : NoFunction;
      if (F == NoFunction || A.index()[F].UsesLocks)
        return false;
      const auto *Body = dyn_cast<CompoundStmt>(A.index()[F].Decl->getBody());
      const auto *R = Body && Body->size() == 1
                          ? dyn_cast<ReturnStmt>(Body->body_front())
                          : nullptr;
      return R && R->getRetValue() && plainRead(R->getRetValue(), D);
    });
  }

  bool endsLoop(const LoopTest &T, const FlagWrite &W) const {
    const bool ByHandler = A.signals().runsInHandler(W.Inside);
    if (!W.Value && !ByHandler)
      return false;
    const std::optional<int64_t> N =
        Flags.evaluate(T.Condition, W.Flag, W.Value.value_or(1));
    if (!N || (*N != 0) != T.EndsWhen)
      return false;
    for (int64_t Other : {0, 1, 2, -1}) {
      const std::optional<int64_t> M =
          Flags.evaluate(T.Condition, W.Flag, Other);
      if (!M || (*M != 0) != T.EndsWhen)
        return true;
    }
    return false;
  }

  bool isBefore(const Stmt *X, const Stmt *Y) const {
    return A.context().getSourceManager().isBeforeInTranslationUnit(
        X->getBeginLoc(), Y->getBeginLoc());
  }

  /// Written by a handler, or while another thread may be in the loop.
  bool isOfAnother(const LoopTest &T, const FlagWrite &W) {
    if (A.signals().runsInHandler(W.Inside))
      return !A.signals().runsInHandler(T.Inside);
    if (isa<CXXConstructorDecl>(A.index()[W.Inside].Decl))
      return false;
    if (Own.isMember(target(W), W.Inside))
      return false;
    for (const auto &[Start, Reach] : Runs) {
      if (Reach[T.Inside] && !Reach[W.Inside] && mayBeRunning(Start, W))
        return true;
      if (Reach[W.Inside] && !Reach[T.Inside] && runsBeside(Start, T) &&
          !isReachedFrom(T.Inside, W.Inside))
        return true;
    }
    return false;
  }

  static const Expr *target(const FlagWrite &W) {
    if (const auto *B = dyn_cast<BinaryOperator>(W.At))
      return B->getLHS();
    const auto *U = dyn_cast<UnaryOperator>(W.At);
    return U ? U->getSubExpr() : nullptr;
  }

  bool isReachedFrom(FunctionId From, FunctionId To) const {
    const std::vector<FunctionId> Reach = Threads::reachable(A.index(), From);
    return std::find(Reach.begin(), Reach.end(), To) != Reach.end();
  }

  /// The function of the loop, or one that calls it, creates the thread before
  /// it comes to the loop, and does not join it until then.
  bool runsBeside(FunctionId Start, const LoopTest &T) const {
    if (isBetween(Start, T.Inside, T.Loop))
      return true;
    for (const CallSite &C : A.signals().values().callsOf(T.Inside))
      if (isBetween(Start, C.Inside, C.Call))
        return true;
    return false;
  }

  bool isBetween(FunctionId Start, FunctionId F, const Stmt *At) const {
    const Stmt *Last = nullptr;
    auto Consider = [&](const Stmt *Made) {
      if (isBefore(Made, At) && (!Last || isBefore(Last, Made)))
        Last = Made;
    };
    for (const ThreadCreate &C : A.threads().creates())
      if (C.Start == Start) {
        if (C.Inside == F)
          Consider(C.Call);
        for (const CallSite &Made : A.signals().values().callsOf(C.Inside))
          if (Made.Inside == F)
            Consider(Made.Call);
      }
    if (!Last)
      return false;
    auto Ends = [&](const Stmt *Joined) {
      return isBefore(Last, Joined) && isBefore(Joined, At);
    };
    for (const ApiCall &J : A.index().Joins) {
      if (J.Inside == F && Ends(J.Call))
        return false;
      for (const CallSite &C : A.signals().values().callsOf(J.Inside))
        if (C.Inside == F && Ends(C.Call))
          return false;
    }
    return true;
  }

  /// Each round waits for a semaphore, a message or at a barrier, and who
  /// writes posts it: that orders the two.
  bool isOrdered(const LoopTest &T, const FlagWrite &W) const {
    const auto Has = [&](const Stmt *Root, auto Match) {
      return anyEvaluated(Root, [&](const Stmt *S, const Stmt *) {
        const auto *C = dyn_cast<CallExpr>(S);
        const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
        return F && F->getIdentifier() && Match(*F);
      });
    };
    const auto IsBarrier = [](const FunctionDecl &F) {
      return F.getName() == "pthread_barrier_wait" ||
             F.getName() == "arrive_and_wait";
    };
    const auto Waits = [&](const FunctionDecl &F) {
      const model::Wait *Row = A.apis().of(F).Wait;
      return IsBarrier(F) || (Row && (Row->Kind == model::WaitKind::Semaphore ||
                                      Row->Kind == model::WaitKind::Queue));
    };
    const auto Posts = [&](const FunctionDecl &F) {
      const model::Waker *Row = model::findWaker(F.getName());
      return IsBarrier(F) ||
             (Row && (Row->Kind == model::WakerKind::Semaphore ||
                      Row->Kind == model::WakerKind::Queue));
    };
    return !A.signals().runsInHandler(W.Inside) && Has(T.Loop, Waits) &&
           Has(A.index()[W.Inside].Decl->getBody(), Posts);
  }

  bool mayBeRunning(FunctionId Start, const FlagWrite &W) {
    // A function that creates the thread writes before, or when that failed,
    // or after the join; it stops the thread if it waits for it later.
    bool Creates = false, After = false;
    for (const ThreadCreate &C : A.threads().creates())
      if (C.Start == Start && C.Inside == W.Inside) {
        Creates = true;
        After |= isBefore(C.Call, W.At);
      }
    if (Creates && !After)
      return false;
    for (const ApiCall &C : A.index().Creations)
      Creates |= C.Inside == W.Inside && isa<CXXConstructExpr>(C.Call);
    bool JoinedLater = false, JoinedBefore = false;
    for (const ApiCall &J : A.index().Joins)
      if (J.Inside == W.Inside) {
        JoinedLater |= isBefore(W.At, J.Call);
        JoinedBefore |= isBefore(J.Call, W.At);
      }
    if (Creates && (!JoinedLater || isAfterFailure(W)))
      return false;
    if (JoinedBefore && !JoinedLater)
      return false;
    return !isOnlyBeforeCreation(Start, W);
  }

  /// Under a condition that asks whether a thread was created.
  bool isAfterFailure(const FlagWrite &W) {
    const ParentMap &Parents = parentsOf(W.Inside);
    auto Creates = [&](const Stmt *S) {
      return anyEvaluated(S, [&](const Stmt *Each, const Stmt *) {
        const auto *C = dyn_cast<CallExpr>(Each);
        const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
        return F && A.apis().of(*F).ThreadCreate;
      });
    };
    for (const Stmt *S = W.At; S; S = Parents.lookup(S)) {
      const auto *I = dyn_cast<IfStmt>(S);
      if (!I)
        continue;
      if (Creates(I->getCond()))
        return true;
      llvm::SmallVector<const Expr *, 4> Values;
      forEachEvaluated(I->getCond(), [&](const Stmt *Each, const Stmt *) {
        const auto *D = dyn_cast<DeclRefExpr>(Each);
        const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
        if (!V)
          return;
        Values.push_back(V->getInit());
        for (const ValueWrite &By : A.signals().values().writesOf(V))
          Values.push_back(By.Value);
      });
      for (const Expr *E : Values)
        if (E && Creates(E))
          return true;
    }
    return false;
  }

  /// Whatever calls the writing function creates the thread later.
  bool isOnlyBeforeCreation(FunctionId Start, const FlagWrite &W) const {
    const std::vector<CallSite> &Calls = A.signals().values().callsOf(W.Inside);
    if (Calls.empty())
      return false;
    return llvm::all_of(Calls, [&](const CallSite &C) {
      for (const ThreadCreate &T : A.threads().creates()) {
        if (T.Start != Start)
          continue;
        if (T.Inside == C.Inside && isBefore(C.Call, T.Call))
          return true;
        // ... in a function that is called after it.
        for (const CallSite &Later : A.signals().values().callsOf(T.Inside))
          if (Later.Inside == C.Inside && isBefore(C.Call, Later.Call))
            return true;
      }
      return false;
    });
  }

  void report(const LoopTest &T, const FlagWrite &W, const Expr *Read) {
    if (!Done.insert({W.Flag, T.Inside}).second)
      return;
    const bool ByHandler = A.signals().runsInHandler(W.Inside);
    const std::string Name = "'" + W.Flag->getNameAsString() + "'";
    Finding New;
    New.Check = CheckKind::NonatomicFlag;
    New.Loc = Text.fileLoc(Read->getBeginLoc());
    New.Message = Name +
                  (ByHandler ? " is set by a signal handler"
                             : " is set by another thread") +
                  " without atomic or lock: the loop may never end";
    auto Note = [&](SourceLocation At, std::string Message) {
      New.Notes.push_back({Text.fileLoc(At), std::move(Message), {}, false});
    };
    const bool C = !A.context().getLangOpts().CPlusPlus;
    Note(W.Flag->getLocation(),
         ByHandler ? Name + " is declared here; 'volatile sig_atomic_t' or an "
                            "atomic type is needed"
                   : Name + " is declared here; " +
                         (C ? "'atomic_bool'" : "'std::atomic<bool>'") +
                         " is what such a flag needs");
    Note(W.At->getBeginLoc(), "it is set here");
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const StopFlags &Flags;
  OwnObjects Own;
  LocksAround Locks;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  std::map<const ValueDecl *, std::vector<const FlagWrite *>> WritesOf;
  std::map<FunctionId, std::vector<uint8_t>> Runs;
  std::map<FunctionId, ParentMap> ParentsOf;
  std::vector<LoopTest> Tests;
  std::set<std::pair<const ValueDecl *, FunctionId>> Done;
};
} // namespace

void diagnoseNonatomicFlags(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken() ||
      (A.index().Creations.empty() && A.index().SignalCalls.empty()))
    return;
  FlagDiagnoser(A, Out).run();
}

} // namespace thread_stop::flow
