// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-process-killing-signal.

#include "flow/AstWalk.h"
#include "flow/BirthMasks.h"
#include "flow/Definitions.h"
#include "flow/Loops.h"
#include "flow/StopFlags.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include "clang/AST/StmtCXX.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

using model::SignalDefault;

namespace {
class KillingDiagnoser {
public:
  KillingDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), Text(A.context()), Out(Out), Masks(A) {}

  void check(const Send &S) {
    if (!A.apis().isUserCode(S.Call->getBeginLoc()))
      return;
    if (const FunctionFlow *F = A.flow(S.Inside); F && !F->reaches(S.Call))
      return;
    for (SignalKey K : S.Signals.Known)
      if (isFatal(K, S)) {
        report(S, K);
        return;
      }
  }

private:
  static SignalDefault defaultOf(SignalKey K) {
    const model::SignalNumber *N =
        isRealTime(K) ? nullptr : model::findSignal(int64_t(K));
    return N ? N->Default : SignalDefault::Terminate;
  }

  static bool always(SignalKey K) {
    return defaultOf(K) == SignalDefault::Kill ||
           defaultOf(K) == SignalDefault::Halt;
  }

  bool isFatal(SignalKey K, const Send &S) {
    if (K == 0)
      return false;
    if (always(K))
      return true;
    // What the caller sends to itself, as raise() does, is meant.
    if (defaultOf(K) != SignalDefault::Terminate || S.ToSelf)
      return false;
    const bool Ours = isRealTime(K) || K > 31 || signalName(K) == "SIGUSR1" ||
                      signalName(K) == "SIGUSR2";
    if (Ours && !A.options().StrictSignals)
      return false;
    const std::vector<std::string> &Handled = A.options().HandledSignals;
    return std::find(Handled.begin(), Handled.end(), signalName(K)) ==
               Handled.end() &&
           !A.signals().mayBeHandled(K) && !Masks.keep(K, S) &&
           (A.options().StrictSignals || !isExpected(S));
  }

  /// A part of a program, without main, whose thread looks for EINTR, or tests
  /// a flag that is set next to the signal, was made for a handler that another
  /// part installs.
  bool isExpected(const Send &S) const {
    for (FunctionId F = 0; F < A.index().size(); ++F)
      if (A.index()[F].IsMain)
        return false;
    std::vector<FunctionId> Code;
    for (const ThreadUse &U : A.threads().uses())
      if (U.Call == S.Call)
        for (FunctionId Start : A.threads().startsOf(U))
          for (FunctionId F : Threads::reachable(A.index(), Start))
            Code.push_back(F);
    // Created elsewhere: it may be any of them.
    if (Code.empty())
      for (FunctionId F = 0; F < A.index().size(); ++F)
        Code.push_back(F);
    return llvm::any_of(Code, [&](FunctionId F) {
      return F != S.Inside && anyEvaluated(A.index()[F].Decl->getBody(),
                                           [&](const Stmt *Each, const Stmt *) {
                                             return looksForEintr(Each) ||
                                                    testsFlag(Each, S);
                                           });
    });
  }

  bool looksForEintr(const Stmt *Each) const {
    return isa<IntegerLiteral>(Each) &&
           isSpelledAs(Each->getBeginLoc(), "EINTR", A.context());
  }

  bool testsFlag(const Stmt *Each, const Send &S) const {
    const Expr *Condition = conditionOf(Each);
    if (const auto *I = dyn_cast<IfStmt>(Each))
      Condition = I->getCond();
    if (!Condition)
      return false;
    llvm::SmallVector<const ValueDecl *, 8> Reads;
    A.flags().readBy(Condition, Reads);
    return llvm::any_of(A.flags().writes(), [&](const FlagWrite &W) {
      return W.Inside == S.Inside && llvm::is_contained(Reads, W.Flag);
    });
  }

  void report(const Send &S, SignalKey K) {
    Finding New;
    New.Check = CheckKind::ProcessKillingSignal;
    New.Loc = Text.fileLoc(S.Call->getBeginLoc());
    const std::string Name = "'" + signalName(K) + "'";
    New.Message =
        defaultOf(K) == SignalDefault::Kill
            ? Name + " ends the whole process, whichever thread it is sent to"
        : defaultOf(K) == SignalDefault::Halt
            ? Name + " stops the whole process, whichever thread it is sent to"
            : Name + " has no handler here: it ends the process, not the "
                     "thread";
    for (const ThreadUse &U : A.threads().uses()) {
      if (U.Call != S.Call)
        continue;
      for (const ThreadCreate *C : A.threads().createsOf(U.Handle)) {
        New.Notes.push_back({Text.fileLoc(C->Call->getBeginLoc()),
                             "the thread is created here",
                             {},
                             false});
        break;
      }
    }
    New.Notes.push_back({New.Loc,
                         "ask the thread with 'thread_stop_request', or set a "
                         "flag and send a signal that has a handler",
                         {},
                         false});
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  BirthMasks Masks;
};
} // namespace

void diagnoseKillingSignals(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken() || A.index().SignalCalls.empty())
    return;
  KillingDiagnoser D(A, Out);
  for (const Send &S : A.signals().sends())
    D.check(S);
}

} // namespace thread_stop::flow
