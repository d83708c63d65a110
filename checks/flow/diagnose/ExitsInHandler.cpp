// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-exit-in-handler: what a signal handler, or a function that it
// calls, must not do to its thread.

#include "flow/AstWalk.h"
#include "flow/Signals.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <set>

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

namespace {
enum class Deed { None, Exit, Jump, Throw, Cancel, Lock };

class HandlerDiagnoser {
public:
  HandlerDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), Text(A.context()), Out(Out) {}

  void check(const Install &I) {
    if (!Checked.insert({I.Id, onlyFaults(I)}).second)
      return;
    for (FunctionId F : Threads::reachable(A.index(), I.Id))
      look(F, I);
  }

private:
  /// SIGSEGV and the like come from the code itself: to jump out of it is how
  /// a fault is probed for, no thread is stopped.
  static bool onlyFaults(const Install &I) {
    if (I.Signals.Incomplete || I.Signals.Known.empty())
      return false;
    for (SignalKey K : I.Signals.Known) {
      const model::SignalNumber *N =
          isRealTime(K) ? nullptr : model::findSignal(int64_t(K));
      if (!N || !N->Fault)
        return false;
    }
    return true;
  }

  static bool isSelf(const Expr *E) {
    const auto *C = dyn_cast<CallExpr>(E->IgnoreParenCasts());
    const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
    return F && F->getIdentifier() && F->getName() == "pthread_self";
  }

  Deed deedOf(const Stmt *S) const {
    if (isa<CXXThrowExpr>(S))
      return Deed::Throw;
    if (const auto *D = dyn_cast<DeclStmt>(S)) {
      for (const Decl *Each : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(Each); V && isGuard(*V))
          return Deed::Lock;
      return Deed::None;
    }
    const auto *C = dyn_cast<CallExpr>(S);
    const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
    if (!F)
      return Deed::None;
    const Api &Row = A.apis().of(*F);
    // Without an exit value it is the end of a cleanup region's handlers.
    if (Row.is(CancelRole::ExitThread))
      return Row.Cancel->Result >= 0 ? Deed::Exit : Deed::None;
    if (Row.is(CancelRole::Jump))
      return Deed::Jump;
    if (Row.is(CancelRole::Cancel) && C->getNumArgs() > 0 &&
        isSelf(C->getArg(0)))
      return Deed::Cancel;
    if ((Row.Lock && Row.Lock->Op == model::LockOp::Acquire &&
         Row.Lock->Kind != model::LockKind::Semaphore &&
         Row.Lock->Kind != model::LockKind::Barrier) ||
        Row.DeclaredLock == 1 ||
        (F->hasAttr<AcquireCapabilityAttr>() &&
         A.index().idOf(F) == NoFunction))
      return Deed::Lock;
    return Deed::None;
  }

  /// A guard that takes its lock, for good, where it is declared.
  bool isGuard(const VarDecl &V) const {
    const CXXRecordDecl *R = V.getType()->getAsCXXRecordDecl();
    const auto *C =
        V.getInit() ? dyn_cast<CXXConstructExpr>(V.getInit()->IgnoreImplicit())
                    : nullptr;
    return R && C && C->getNumArgs() == 1 && A.apis().guardOf(*R);
  }

  static std::string message(Deed D) {
    switch (D) {
    case Deed::Exit:
      return "a signal handler ends its thread: locks and memory of the "
             "interrupted code are lost";
    case Deed::Jump:
      return "a signal handler jumps away: what the interrupted code was "
             "doing stays half done";
    case Deed::Throw:
      return "a signal handler throws: the interrupted code is not prepared "
             "for it, the process may end";
    case Deed::Cancel:
      return "a signal handler cancels its own thread: it ends at the next "
             "cancellation point, or inside this one";
    default:
      return "a signal handler takes a lock: if the interrupted code holds "
             "it, the thread hangs";
    }
  }

  void look(FunctionId F, const Install &I) {
    const FunctionFlow *Flow = nullptr;
    std::vector<const Stmt *> Tries;
    forEachEvaluated(
        A.index()[F].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
          if (isa<CXXTryStmt>(S))
            Tries.push_back(cast<CXXTryStmt>(S)->getTryBlock());
          const Deed D = deedOf(S);
          if (D == Deed::None || !A.apis().isUserCode(S->getBeginLoc()))
            return;
          if ((D == Deed::Jump || D == Deed::Throw) && onlyFaults(I))
            return;
          if (D == Deed::Throw && isInside(S, Tries))
            return;
          if (!Flow)
            Flow = A.flow(F);
          const auto *Decl = dyn_cast<DeclStmt>(S);
          if (Flow && !Flow->reaches(S) &&
              !(Decl && Flow->reaches(Decl->child_begin() != Decl->child_end()
                                          ? *Decl->child_begin()
                                          : S)))
            return;
          report(F, S, D, I);
        });
  }

  bool isInside(const Stmt *S, const std::vector<const Stmt *> &Tries) const {
    const SourceManager &SM = A.context().getSourceManager();
    for (const Stmt *T : Tries)
      if (!SM.isBeforeInTranslationUnit(S->getBeginLoc(), T->getBeginLoc()) &&
          !SM.isBeforeInTranslationUnit(T->getEndLoc(), S->getBeginLoc()))
        return true;
    return false;
  }

  void report(FunctionId F, const Stmt *S, Deed D, const Install &I) {
    Finding New;
    New.Check = CheckKind::ExitInHandler;
    New.Loc = Text.fileLoc(S->getBeginLoc());
    // Several locks in one function are one mistake.
    if (!Reported.insert({F, D}).second)
      return;
    New.Message = message(D);
    New.Notes.push_back({Text.fileLoc(I.Named->getBeginLoc()),
                         "'" + I.Handler->getNameAsString() +
                             "' becomes a handler" + signalOf(I) + " here",
                         {},
                         false});
    if (I.Handler->getDeclName().isIdentifier() == false ||
        (isa<CXXMethodDecl>(I.Handler) &&
         cast<CXXMethodDecl>(I.Handler)->getParent()->isLambda()))
      New.Notes.back().Message =
          "the handler is installed" + signalOf(I) + " here";
    if (F != I.Id)
      New.Notes.push_back({Text.fileLoc(A.index()[I.Id].Decl->getLocation()),
                           "the handler comes here through '" +
                               A.index()[F].Decl->getNameAsString() + "'",
                           {},
                           false});
    Out.push_back(std::move(New));
  }

  static std::string signalOf(const Install &I) {
    if (I.Signals.Incomplete || I.Signals.Known.size() != 1)
      return "";
    return " of " + signalName(I.Signals.Known[0]);
  }

  TuAnalysis &A;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  std::set<std::pair<FunctionId, bool>> Checked;
  std::set<std::pair<FunctionId, Deed>> Reported;
};
} // namespace

void diagnoseExitsInHandler(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken() || A.index().SignalCalls.empty())
    return;
  HandlerDiagnoser D(A, Out);
  for (const Install &I : A.signals().installs())
    if (I.Does == Install::What::Function && I.Id != NoFunction)
      D.check(I);
}

} // namespace thread_stop::flow
