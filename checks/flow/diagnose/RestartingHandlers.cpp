// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-restarting-handler.

#include "flow/AstWalk.h"
#include "flow/StopFlags.h"
#include "flow/Waits.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include <algorithm>
#include <set>

using namespace clang;

namespace thread_stop::flow {

using model::WaitKind;

static constexpr int64_t RestartFlag = 0x10000000;

namespace {
class RestartDiagnoser {
public:
  RestartDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), Known(A), Text(A.context()), Out(Out) {}

  void check(const Install &I) {
    if (I.Does != Install::What::Function || I.Id == NoFunction ||
        I.Restarts != Install::Restart::Yes ||
        !A.apis().isUserCode(I.Named->getBeginLoc()) || !isPassive(I.Id))
      return;
    for (const Send &S : A.signals().sends())
      for (SignalKey K : S.Signals.Known)
        if (K != 0 && I.Signals.has(K) && !S.ToSelf &&
            !A.signals().isInterrupting(K))
          if (const CallExpr *Wait =
                  isLookedFor(I, S) ? restartedWait(S, I) : nullptr) {
            report(I, S, *Wait);
            return;
          }
  }

private:
  /// Only writes variables: nothing in it wakes anybody.
  bool isPassive(FunctionId Handler) const {
    for (FunctionId F : Threads::reachable(A.index(), Handler))
      if (anyEvaluated(
              A.index()[F].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
                const auto *C = dyn_cast<CallExpr>(S);
                if (!C || atomicAccess(C))
                  return false;
                const FunctionDecl *G = A.index().calleeOf(*C);
                if (!G)
                  return true;
                if (A.index().idOf(G) != NoFunction || G->getBuiltinID() != 0)
                  return false;
                const Api &Row = A.apis().of(*G);
                if (Row.Signal)
                  return Row.Signal->Role != model::SignalRole::Install &&
                         Row.Signal->Role != model::SignalRole::Action;
                return !G->getIdentifier() ||
                       G->getName().find("errno") == llvm::StringRef::npos;
              }))
        return false;
    return true;
  }

  /// What it sets is not looked at by the sender, and not by the thread: that
  /// would tell that the thread lives, and stop nothing.
  bool isLookedFor(const Install &I, const Send &S) const {
    std::vector<const ValueDecl *> Set;
    std::vector<uint8_t> Runs(A.index().size());
    for (FunctionId F : Threads::reachable(A.index(), I.Id))
      Runs[F] = 1;
    for (const FlagWrite &W : A.flags().writes())
      if (Runs[W.Inside])
        Set.push_back(W.Flag);
    auto Looks = [&](FunctionId F) {
      llvm::SmallVector<const ValueDecl *, 16> Reads;
      A.flags().readBy(A.index()[F].Decl->getBody(), Reads);
      return llvm::any_of(Set, [&](const ValueDecl *D) {
        return llvm::is_contained(Reads, D);
      });
    };
    bool IsThread = false;
    if (llvm::any_of(codeOf(S, IsThread), Looks))
      return true;
    llvm::SmallVector<const ValueDecl *, 16> Names;
    A.flags().readBy(A.index()[S.Inside].Decl->getBody(), Names);
    return llvm::none_of(Set, [&](const ValueDecl *D) {
      // Each write of it names it, too.
      auto Writes = llvm::count_if(A.flags().writes(), [&](const FlagWrite &W) {
        return W.Flag == D && W.Inside == S.Inside;
      });
      return llvm::count(Names, D) > Writes;
    });
  }

  /// What the thread that gets the signal runs; everything if that is not
  /// known.
  std::vector<FunctionId> codeOf(const Send &S, bool &IsThread) const {
    std::vector<FunctionId> Code;
    std::vector<uint8_t> Seen(A.index().size());
    for (const ThreadUse &U : A.threads().uses())
      if (U.Call == S.Call)
        for (FunctionId Start : A.threads().startsOf(U))
          for (FunctionId F : Threads::reachable(A.index(), Start))
            if (!Seen[F]) {
              Seen[F] = 1;
              Code.push_back(F);
            }
    IsThread = !Code.empty();
    if (Code.empty())
      for (FunctionId F = 0; F < A.index().size(); ++F)
        if (!A.signals().runsInHandler(F) && F != S.Inside)
          Code.push_back(F);
    return Code;
  }

  const CallExpr *restartedWait(const Send &S, const Install &I) const {
    bool IsThread = false, Polls = false;
    const CallExpr *OfDescriptor = nullptr, *Other = nullptr;
    const FunctionId Setters[] = {I.Id, S.Inside};
    for (FunctionId F : codeOf(S, IsThread))
      forEachEvaluated(
          A.index()[F].Decl->getBody(), [&](const Stmt *Each, const Stmt *) {
            const auto *C = dyn_cast<CallExpr>(Each);
            const model::Wait *Row = C ? Known.rowOf(*C) : nullptr;
            if (!Row)
              return;
            Polls |= Row->Kind == WaitKind::Poll;
            if (Row->Restart != model::WaitRestart::Restarted ||
                !Known.isEndless(*C, nullptr) || Known.isWoken(*C, F, Setters))
              return;
            const FunctionFlow *Flow = A.flow(F);
            if (Flow && !Flow->reaches(C))
              return;
            const bool Descriptor =
                Row->Kind == WaitKind::Input || Row->Kind == WaitKind::Output;
            const CallExpr *&To = Descriptor ? OfDescriptor : Other;
            if (!To)
              To = C;
          });
    // After a poll, what is ready does not wait.
    if (Other)
      return Other;
    return Polls ? nullptr : OfDescriptor;
  }

  void report(const Install &I, const Send &S, const CallExpr &Wait) {
    Finding New;
    New.Check = CheckKind::RestartingHandler;
    New.Loc = Text.fileLoc(I.Named->getBeginLoc());
    if (!Done.insert(New.Loc.getRawEncoding()).second)
      return;
    const FunctionDecl *Callee = Wait.getDirectCallee();
    const std::string Name =
        Callee ? "'" + Callee->getNameAsString() + "'" : "the call";
    New.Message = Name + " goes on after this handler: the thread that is to "
                         "stop does not notice";
    auto Note = [&](SourceLocation At, std::string Message) {
      New.Notes.push_back({Text.fileLoc(At), std::move(Message), {}, false});
    };
    Note(S.Call->getBeginLoc(), "the signal is sent to the thread here");
    Note(Wait.getBeginLoc(), Name + " waits here, and is restarted");
    if (I.Call != I.Named)
      Note(I.Call->getBeginLoc(), "the handler is installed here");
    if (I.Flags.empty())
      Note(I.Call->getBeginLoc(),
           "'signal' restarts; install it with 'sigaction' and without "
           "SA_RESTART");
    else
      addFix(New, I);
    Out.push_back(std::move(New));
  }

  bool isRestart(const Expr *E) const {
    return A.signals().values().integer(E) == RestartFlag;
  }

  /// Drops the flag where it is written, if nobody else gets it from there.
  void addFix(Finding &To, const Install &I) const {
    for (const Install &Other : A.signals().installs())
      if (Other.Call != I.Call || Other.Named != I.Named)
        for (const Expr *E : Other.Flags)
          if (llvm::is_contained(I.Flags, E))
            return;
    std::vector<Edit> Edits;
    for (const Expr *E : I.Flags)
      if (!drop(E, Edits))
        return;
    To.Fix = std::move(Edits);
  }

  bool drop(const Expr *E, std::vector<Edit> &Edits) const {
    E = E->IgnoreParenImpCasts();
    if (isRestart(E)) {
      const std::optional<CharSourceRange> R = Text.range(E);
      if (R)
        Edits.push_back({*R, "0"});
      return R.has_value();
    }
    const auto *B = dyn_cast<BinaryOperator>(E);
    if (!B || B->getOpcode() != BO_Or)
      return false;
    for (const auto &[Flag, Rest] : {std::pair(B->getLHS(), B->getRHS()),
                                     std::pair(B->getRHS(), B->getLHS())})
      if (isRestart(Flag)) {
        const std::string Kept = Text.text(Rest);
        const auto All = wholeRange(*B);
        if (Kept.empty() || !All)
          return false;
        Edits.push_back({*All, Kept});
        return true;
      }
    return drop(B->getLHS(), Edits) || drop(B->getRHS(), Edits);
  }

  /// `A | B` where each may be a macro.
  std::optional<CharSourceRange> wholeRange(const BinaryOperator &B) const {
    const auto *L = B.getLHS()->IgnoreParenImpCasts();
    const std::optional<CharSourceRange> From = Text.range(L),
                                         To = Text.range(B.getRHS());
    if (From && To)
      return CharSourceRange::getCharRange(From->getBegin(), To->getEnd());
    const auto *Inner = dyn_cast<BinaryOperator>(L);
    const auto Left = Inner ? wholeRange(*Inner) : std::nullopt;
    if (Left && To)
      return CharSourceRange::getCharRange(Left->getBegin(), To->getEnd());
    return std::nullopt;
  }

  TuAnalysis &A;
  const Waits Known;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  std::set<unsigned> Done;
};
} // namespace

void diagnoseRestartingHandlers(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken() || A.index().SignalCalls.empty() ||
      A.signals().sends().empty())
    return;
  RestartDiagnoser D(A, Out);
  for (const Install &I : A.signals().installs())
    D.check(I);
}

} // namespace thread_stop::flow
