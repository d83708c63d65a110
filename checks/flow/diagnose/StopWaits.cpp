// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-check-then-block and thread-stop-eintr-retry: waits that begin
// after the stop flag was tested, and what the signal does meanwhile.

#include "flow/AstWalk.h"
#include "flow/Loops.h"
#include "flow/SignalDelivery.h"
#include "flow/StopPaths.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"
#include "model/StopForms.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/StmtCXX.h"

#include <algorithm>
#include <map>
#include <set>

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned MaxCallees = 3;
/// SIGALRM, SIGVTALRM and SIGPROF, as timers send them.
static constexpr SignalKey TimerSignals[] = {14, 26, 27};

namespace {
/// How a wait is come to.
struct Way {
  const Frame *In = nullptr;
  bool Unblocked = false; ///< the mask was opened on the way
  bool Ready = false;     ///< something was polled for
  unsigned Depth = 0;
};

/// A wait that follows a test of a flag.
struct Candidate {
  const StopPaths *Of = nullptr; ///< the function that waits
  PathPoint At;
  const PathEvent *Wait = nullptr;
  const Frame *In = nullptr;
  bool Unblocked = false; ///< the mask was opened on the way
};

class StopWaitDiagnoser {
public:
  StopWaitDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), Flags(A.flags()), Known(A), Delivered(A), Text(A.context()),
        Out(Out) {}

  void run() {
    for (FunctionId F = 0; F < A.index().size(); ++F) {
      if (!mentionsFlag(F) ||
          !A.apis().isUserCode(A.index()[F].Decl->getLocation()))
        continue;
      const StopPaths *P = paths(F);
      if (!P->isValid())
        continue;
      for (uint32_t B = 0; B < P->blocks().size(); ++B)
        if (P->blocks()[B].Test) {
          checkTest(*P, B);
          checkUnblocked(*P, B);
        }
    }
  }

private:
  //--- Functions

  /// A first look: does the body name a flag, or call a function that does?
  bool mentionsFlag(FunctionId F) {
    if (A.signals().runsInHandler(F))
      return false;
    if (Mentions.empty())
      findMentions();
    return Mentions[F] != 0;
  }

  void findMentions() {
    Mentions.assign(A.index().size(), 0);
    std::vector<uint8_t> Direct(A.index().size());
    for (FunctionId F = 0; F < A.index().size(); ++F)
      Direct[F] = anyEvaluated(
          A.index()[F].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
            const auto *E = dyn_cast<Expr>(S);
            if (!E || (!isa<DeclRefExpr>(E) && !isa<MemberExpr>(E) &&
                       !isa<UnaryOperator>(E)))
              return false;
            const ValueDecl *D = storageDecl(E);
            return D && Flags.linked().count(Flags.behind(D)) != 0;
          });
    for (FunctionId F = 0; F < A.index().size(); ++F) {
      Mentions[F] = Direct[F];
      for (FunctionId To : A.index()[F].Callees)
        Mentions[F] |= Direct[To];
    }
  }

  const StopPaths *paths(FunctionId F) {
    std::unique_ptr<StopPaths> &P = Paths[F];
    if (!P)
      P = std::make_unique<StopPaths>(A, Flags, Known, F);
    return P.get();
  }

  //--- From a test to the waits behind it

  void checkTest(const StopPaths &P, uint32_t B) {
    const FlagTest &Test = *P.blocks()[B].Test;
    const uint32_t Go = P.goWay(B), Stop = P.stopWay(B);
    if (Go == NoBlock)
      return;
    const Stmt *Loop = P.loopAround(Test.At);
    // Outside of loops, only what leaves the function is a stop.
    if (!Loop && Stop != NoBlock && P.meetAgain(Go, Stop))
      return;
    std::vector<Candidate> Found;
    collect(P, {Go, 0}, Test.Flag, Way(), Found, [&](PathPoint At) {
      const Stmt *Wait = P.blocks()[At.Block].Events[At.Event].Call;
      return (!Loop || P.isWithin(Wait, Loop)) &&
             !(Stop != NoBlock && P.reaches(Stop, At.Block, B));
    });
    for (const Candidate &C : Found)
      check(P, Test, C);
    // The retry may be made before the first test.
    for (uint32_t Each = 0; Each < P.blocks().size(); ++Each)
      for (size_t I = 0; I < P.blocks()[Each].Events.size(); ++I) {
        const PathEvent &E = P.blocks()[Each].Events[I];
        if (E.K != PathEvent::Kind::Wait || !Loop ||
            !(P.isWithin(E.Call, Loop) || isStartOf(P, E, Each, B, Test)) ||
            !Known.isEndless(*E.Call, nullptr) || isReady(P, {Each, I}) ||
            (Stop != NoBlock && P.reaches(Stop, Each, B)))
          continue;
        Candidate C;
        C.Of = &P;
        C.At = {Each, I};
        C.Wait = &E;
        checkRetry(P, Test, C);
      }
  }

  /// The signal was blocked until right before the wait, and only after it the
  /// flag is looked at.
  void checkUnblocked(const StopPaths &P, uint32_t B) {
    const FlagTest &Test = *P.blocks()[B].Test;
    for (uint32_t Each = 0; Each < P.blocks().size(); ++Each)
      for (size_t I = 0; I < P.blocks()[Each].Events.size(); ++I) {
        const PathEvent &E = P.blocks()[Each].Events[I];
        if (E.K != PathEvent::Kind::Unblock || !unblocks(*E.Mask, *Test.Flag) ||
            !P.reaches(Each, B, NoBlock))
          continue;
        Way Came;
        Came.Unblocked = true;
        std::vector<Candidate> Found;
        collect(P, {Each, I + 1}, Test.Flag, Came, Found,
                [](PathPoint) { return true; });
        for (const Candidate &C : Found)
          check(P, Test, C);
      }
  }

  static bool unblocks(const MaskCall &M, const StopFlag &Flag) {
    return M.Does == MaskCall::How::Unblock &&
           llvm::any_of(Flag.Links, [&](const FlagLink &L) {
             const SignalKeys &Keys =
                 L.Handler ? L.Handler->Signals : L.By->Signals;
             return llvm::any_of(
                 Keys.Known, [&](SignalKey S) { return M.Set.has(S) == true; });
           });
  }

  /// A wait for others that the loop in block `B` only follows, with the
  /// handler in place: the signal is not heard of before that loop.
  bool isStartOf(const StopPaths &P, const PathEvent &Wait, uint32_t At,
                 uint32_t B, const FlagTest &Test) const {
    if (Wait.Row->Kind != model::WaitKind::Input &&
        Wait.Row->Kind != model::WaitKind::Poll)
      return false;
    return P.reaches(At, B, NoBlock) && !P.reaches(B, At, NoBlock) &&
           isInstalledBefore(*Wait.Call, P.function(), *Test.Flag);
  }

  /// Where the function installs the handler itself, that decides.
  bool isInstalledBefore(const CallExpr &Wait, FunctionId F,
                         const StopFlag &Flag) const {
    const SourceManager &SM = A.context().getSourceManager();
    bool Elsewhere = false, Later = false;
    for (const FlagLink &L : Flag.Links) {
      if (!L.Handler)
        continue;
      if (L.Handler->Inside != F)
        Elsewhere = true;
      else if (SM.isBeforeInTranslationUnit(L.Handler->Named->getBeginLoc(),
                                            Wait.getBeginLoc()))
        return true;
      else
        Later = true;
    }
    return Elsewhere && !Later;
  }

  /// The first waits on each way; those of callees as well. Whether control
  /// may come back without a wait.
  void collect(const StopPaths &P, PathPoint From, const StopFlag *Flag,
               Way Came, std::vector<Candidate> &Found,
               llvm::function_ref<bool(PathPoint)> Wanted) {
    P.follow(From, Flag, [&](const PathEvent &E, PathPoint At) {
      if (E.K == PathEvent::Kind::Unblock) {
        Came.Unblocked = true;
        return true;
      }
      if (E.K == PathEvent::Kind::MayPoll || !Wanted(At))
        return false;
      if (E.K == PathEvent::Kind::Call) {
        if (Came.Depth >= MaxCallees)
          return true;
        Way Inner = Came;
        Inner.Ready |= isReady(P, At);
        return !enter(P, E, Flag, Inner, Found);
      }
      if (isOfDescriptor(E) && (Came.Ready || isReady(P, At)))
        return false;
      if (Known.isEndless(*E.Call, Came.In)) {
        Candidate C;
        C.Of = &P;
        C.At = At;
        C.Wait = &E;
        C.In = Came.In;
        C.Unblocked = Came.Unblocked;
        Found.push_back(C);
        return false;
      }
      // Ready, or its time was over: what follows does not wait.
      return E.Row->Kind != model::WaitKind::Poll;
    });
  }

  /// Whether the callee waits in some way, so that nothing is known after it.
  bool enter(const StopPaths &P, const PathEvent &E, const StopFlag *Flag,
             Way Came, std::vector<Candidate> &Found) {
    if (E.Callee == P.function() || !reachesWait(E.Callee))
      return false;
    const StopPaths *Inner = paths(E.Callee);
    if (!Inner->isValid())
      return true;
    Came.In = A.signals().values().enter({E.Call, P.function()},
                                         A.index()[E.Callee].Decl, Came.In);
    ++Came.Depth;
    collect(*Inner, {Inner->entry(), 0}, Flag, Came, Found,
            [](PathPoint) { return true; });
    return true;
  }

  bool reachesWait(FunctionId F) { return waitsIn(F).Any; }

  struct KindsOfWaits {
    bool Any = false, Poll = false;
  };

  const KindsOfWaits &waitsIn(FunctionId F) {
    auto [It, New] = WaitsIn.try_emplace(F);
    if (!New)
      return It->second;
    KindsOfWaits Has;
    for (FunctionId G : Threads::reachable(A.index(), F))
      forEachEvaluated(A.index()[G].Decl->getBody(),
                       [&](const Stmt *S, const Stmt *) {
                         const auto *C = dyn_cast<CallExpr>(S);
                         const model::Wait *W = C ? Known.rowOf(*C) : nullptr;
                         Has.Any |= W && W->Kind != model::WaitKind::Sleep;
                         Has.Poll |= W && W->Kind == model::WaitKind::Poll;
                       });
    return WaitsIn[F] = Has;
  }

  static bool isOfDescriptor(const PathEvent &E) {
    return E.Row && (E.Row->Kind == model::WaitKind::Input ||
                     E.Row->Kind == model::WaitKind::Output);
  }

  /// A poll comes first, whether or not the flag is tested again after it.
  bool isReady(const StopPaths &P, PathPoint At) {
    const PathEvent &E = P.blocks()[At.Block].Events[At.Event];
    if (E.K == PathEvent::Kind::Wait && !isOfDescriptor(E))
      return false;
    return P.isAfterPoll(At, [&](FunctionId F) { return waitsIn(F).Poll; });
  }

  //--- Is the signal lost?

  enum class Window { None, Open, NullMask, BlockedInWait, Unblocked };

  std::vector<FunctionId> settersOf(const StopFlag &Flag) const {
    std::vector<FunctionId> Setters;
    for (const FlagLink &L : Flag.Links)
      Setters.push_back(L.Handler ? L.Handler->Id : L.By->Inside);
    return Setters;
  }

  Window windowOf(const FlagLink &L, const Candidate &C) {
    if (!Delivered.concerns(L, C.Of->function()))
      return Window::None;
    const SignalKeys &Keys = L.Handler ? L.Handler->Signals : L.By->Signals;
    // What SIGCHLD tells is what ends the wait for a child.
    if (C.Wait->Row->Kind == model::WaitKind::Child && !Keys.Incomplete &&
        Keys.Known.size() == 1 && signalName(Keys.Known[0]) == "SIGCHLD")
      return Window::None;
    const Expr *Mask = Waits::argument(*C.Wait->Call, C.Wait->Row->Mask);
    if (Mask) {
      if (A.signals().values().isNull(Mask, C.In))
        return Window::NullMask;
      const SignalSet Set =
          A.signals().setAt(Mask, C.Wait->Call, C.Of->function());
      const bool Blocked = !Keys.Known.empty() && !Keys.Incomplete &&
                           llvm::all_of(Keys.Known, [&](SignalKey S) {
                             return Set.has(S) == true;
                           });
      return Blocked ? Window::BlockedInWait : Window::None;
    }
    for (SignalKey S : Keys.Known) {
      if (A.signals().repeats() && llvm::is_contained(TimerSignals, S))
        continue;
      if (C.Unblocked)
        return Window::Unblocked;
      if (!Delivered.mayBeBlocked(S, C.Of->function()))
        return Window::Open;
    }
    if (Keys.Known.empty() && A.signals().masks().empty())
      return Window::Open;
    return Window::None;
  }

  /// A timer that comes again and again, and has a handler, ends this wait of
  /// the only thread soon enough.
  bool isEndedByTimer(const PathEvent &Wait) const {
    const model::WaitRestart Restart = Wait.Row->Restart;
    if (!A.signals().repeats() || Restart == model::WaitRestart::Deaf ||
        !A.index().Creations.empty())
      return false;
    return llvm::any_of(A.signals().installs(), [&](const Install &I) {
      return I.Does == Install::What::Function &&
             (Restart == model::WaitRestart::Interrupted ||
              I.Restarts == Install::Restart::No) &&
             llvm::any_of(I.Signals.Known, [](SignalKey S) {
               return llvm::is_contained(TimerSignals, S);
             });
    });
  }

  void check(const StopPaths &P, const FlagTest &Test, const Candidate &C) {
    if (!A.apis().isUserCode(C.Wait->Call->getBeginLoc()))
      return;
    checkRetry(P, Test, C);
    if (isEndedByTimer(*C.Wait))
      return;
    if (Known.isWoken(*C.Wait->Call, C.Of->function(), settersOf(*Test.Flag)))
      return;
    for (const FlagLink &L : Test.Flag->Links)
      if (const Window W = windowOf(L, C); W != Window::None) {
        report(Test, C, L, W);
        return;
      }
  }

  //--- Findings

  static std::string nameOf(const CallExpr &C) {
    const FunctionDecl *F = C.getDirectCallee();
    return F ? "'" + F->getNameAsString() + "'" : "the call";
  }

  void addSteps(Finding &To, const FlagTest &Test, const FlagLink &L) const {
    const std::string Flag = "'" + Test.Flag->Decl->getNameAsString() + "'";
    auto Note = [&](SourceLocation At, std::string Message) {
      To.Notes.push_back({Text.fileLoc(At), std::move(Message), {}, false});
    };
    Note(Test.At->getBeginLoc(), Flag + " is tested here");
    if (L.Handler) {
      Note(L.Write.At->getBeginLoc(), "the signal handler sets it here");
      Note(L.Handler->Named->getBeginLoc(), "the handler is installed here");
    } else {
      Note(L.Write.At->getBeginLoc(), "it is set here");
      Note(L.By->Call->getBeginLoc(), "the signal is sent here");
    }
  }

  void report(const FlagTest &Test, const Candidate &C, const FlagLink &L,
              Window W) {
    const CallExpr &Call = *C.Wait->Call;
    Finding New;
    New.Check = CheckKind::CheckThenBlock;
    New.Loc = Text.fileLoc(Call.getBeginLoc());
    if (!Done.insert({CheckKind::CheckThenBlock, New.Loc.getRawEncoding()})
             .second)
      return;
    const std::string Name = nameOf(Call);
    switch (W) {
    case Window::NullMask:
      New.Message = Name + " without a mask: a signal that comes after the "
                           "test is lost, the wait does not end";
      break;
    case Window::BlockedInWait:
      New.Message = "the mask of " + Name +
                    " still blocks the stop signal: "
                    "it never ends the wait";
      break;
    case Window::Unblocked:
      New.Message = "a stop signal between the unblocking and " + Name +
                    " is lost: the wait does not end";
      break;
    default:
      New.Message = "a stop signal between the test and " + Name +
                    " is lost: the wait does not end";
    }
    addSteps(New, Test, L);
    addForm(New, Call);
    Out.push_back(std::move(New));
  }

  void addForm(Finding &To, const CallExpr &Call) const {
    const FunctionDecl *F = Call.getDirectCallee();
    const model::StopForm *Form =
        F && F->getIdentifier() && !isa<CXXMethodDecl>(F)
            ? model::findStopForm(F->getName())
            : nullptr;
    Note Advice;
    Advice.Loc = To.Loc;
    if (isa_and_nonnull<CXXMethodDecl>(F)) {
      Advice.Message = "no signal ends this wait: let a thread take it with "
                       "'sigwait', set the flag under the lock and notify";
      To.Notes.push_back(std::move(Advice));
      return;
    }
    if (!Form) {
      Advice.Message = "block the signal, and let it in during the wait only: "
                       "'ppoll', 'pselect' or 'epoll_pwait' with a mask";
      To.Notes.push_back(std::move(Advice));
      return;
    }
    Advice.Message = "'" + Form->Form.str() +
                     "' of a thread made by 'thread_stop_create' ends when "
                     "'thread_stop_request' asks for it";
    const auto *Name =
        dyn_cast<DeclRefExpr>(Call.getCallee()->IgnoreImplicit());
    if (Name)
      if (std::optional<CharSourceRange> R =
              Text.fileRange(Name->getSourceRange())) {
        Advice.Edits.push_back(
            {*R, (Name->getQualifierLoc().hasQualifier() ? "::" : "") +
                     Form->Form.str()});
        Advice.NeedsShimHeader = true;
      }
    To.Notes.push_back(std::move(Advice));
  }

  //--- Retries

  void checkRetry(const StopPaths &P, const FlagTest &Test,
                  const Candidate &C) {
    const CallExpr &Call = *C.Wait->Call;
    if (C.Wait->Row->Restart == model::WaitRestart::Deaf)
      return;
    const Expr *Retry = C.Of->retryOf(C.At, Test.Flag);
    if (!Retry || !A.apis().isUserCode(Retry->getBeginLoc()))
      return;
    if (Known.isWoken(Call, C.Of->function(), settersOf(*Test.Flag)))
      return;
    const Expr *Mask = Waits::argument(Call, C.Wait->Row->Mask);
    for (const FlagLink &L : Test.Flag->Links) {
      if (!Delivered.concerns(L, C.Of->function()))
        continue;
      const SignalKeys &Keys = L.Handler ? L.Handler->Signals : L.By->Signals;
      const bool Comes =
          Mask || C.Unblocked || llvm::any_of(Keys.Known, [&](SignalKey S) {
            return !Delivered.mayBeBlocked(S, C.Of->function());
          });
      if (!Comes)
        continue;
      reportRetry(P, Test, C, L, *Retry);
      return;
    }
  }

  void reportRetry(const StopPaths &P, const FlagTest &Test, const Candidate &C,
                   const FlagLink &L, const Expr &Retry) {
    Finding New;
    New.Check = CheckKind::EintrRetry;
    New.Loc = Text.fileLoc(Retry.getBeginLoc());
    if (!Done.insert({CheckKind::EintrRetry, New.Loc.getRawEncoding()}).second)
      return;
    New.Message = nameOf(*C.Wait->Call) +
                  " is retried after the stop signal without a look at '" +
                  Test.Flag->Decl->getNameAsString() + "'";
    addSteps(New, Test, L);
    if (C.Of == &P)
      addRetryFix(New, P, Test, Retry);
    Out.push_back(std::move(New));
  }

  /// Whether the local variables of `Quoted` are there at `Where`, too.
  bool isInScope(const StopPaths &P, const Expr &Quoted,
                 const Expr &Where) const {
    const SourceManager &SM = A.context().getSourceManager();
    const Stmt *Body = A.index()[P.function()].Decl->getBody();
    return !anyEvaluated(&Quoted, [&](const Stmt *S, const Stmt *) {
      const auto *D = dyn_cast<DeclRefExpr>(S);
      const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
      if (!V || !V->isLocalVarDecl())
        return false;
      return !SM.isBeforeInTranslationUnit(V->getLocation(),
                                           Where.getBeginLoc()) ||
             !anyEvaluated(Body, [&](const Stmt *Each, const Stmt *Around) {
               const auto *Here = dyn_cast<DeclStmt>(Each);
               return Here && llvm::is_contained(Here->decls(), V) &&
                      P.isWithin(&Where, Around);
             });
    });
  }

  /// `while (n < 0 && errno == EINTR)` gets the operand of the test, if that
  /// can be quoted: `&& !stop`.
  void addRetryFix(Finding &To, const StopPaths &P, const FlagTest &Test,
                   const Expr &Retry) const {
    const Stmt *S = &Retry;
    const Stmt *Parent = P.parentOf(S);
    while (Parent && (isa<ParenExpr>(Parent) || isa<CastExpr>(Parent) ||
                      (isa<BinaryOperator>(Parent) &&
                       cast<BinaryOperator>(Parent)->getOpcode() == BO_LAnd))) {
      S = Parent;
      Parent = P.parentOf(S);
    }
    const auto *Compare = dyn_cast<BinaryOperator>(&Retry);
    const Stmt *Condition = Parent ? conditionOf(Parent) : nullptr;
    if (!Condition || Condition != S || !Compare ||
        Compare->getOpcode() != BO_EQ)
      return;
    const std::string Quoted = Text.text(Test.At);
    const std::optional<CharSourceRange> Range = Text.range(&Retry);
    std::optional<CharSourceRange> Last = Text.range(Compare->getRHS());
    if (Quoted.empty() || (!Range && !Last) || !isInScope(P, *Test.At, Retry))
      return;
    if (!Last)
      Last = Range;
    if (Test.At->getType().isVolatileQualified())
      return;
    const Expr *Bare = Test.At->IgnoreParenImpCasts();
    const bool Simple = isa<DeclRefExpr>(Bare) || isa<MemberExpr>(Bare) ||
                        isa<CallExpr>(Bare) || isa<UnaryOperator>(Bare) ||
                        isa<AtomicExpr>(Bare);
    std::string Text = Simple ? Quoted : "(" + Quoted + ")";
    // The test as it stands says "stop" or "go on".
    if (Test.WhenStopped)
      Text = "!" + (isa<UnaryOperator>(Bare) ? "(" + Quoted + ")" : Text);
    To.Fix.push_back({support::SourceText::at(Last->getEnd()), " && " + Text});
  }

  TuAnalysis &A;
  const StopFlags &Flags;
  const Waits Known;
  const SignalDelivery Delivered;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  std::vector<uint8_t> Mentions;
  std::map<FunctionId, std::unique_ptr<StopPaths>> Paths;
  std::map<FunctionId, KindsOfWaits> WaitsIn;
  std::set<std::pair<CheckKind, unsigned>> Done;
};
} // namespace

void diagnoseStopWaits(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken() || A.index().SignalCalls.empty() ||
      A.flags().linked().empty())
    return;
  StopWaitDiagnoser(A, Out).run();
}

} // namespace thread_stop::flow
