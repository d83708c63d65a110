// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-async-cancel-with-lock.

#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"

#include <algorithm>
#include <set>

using namespace clang;

namespace thread_stop::flow {

/// A cancel can strike at any instruction.
static bool isExposed(const PathState &S, const TuAnalysis &A, FunctionId F) {
  if (!S.mode(ModeKind::Type).isOn())
    return false;
  const Mode &State = S.mode(ModeKind::State);
  switch (State.K) {
  case Mode::Kind::Entry:
    return A.entryMode(F, ModeKind::State) != true;
  case Mode::Kind::Set:
    return !State.On;
  case Mode::Kind::OfPlace:
  case Mode::Kind::Unknown:
    return false;
  }
  return false;
}

namespace {
class AsyncLockDiagnoser {
public:
  AsyncLockDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                     std::vector<Finding> &Out)
      : A(A), F(F), Out(Out), Text(A.context()) {}

  void run() {
    const auto Wanted = isAnyOf<Acquire, CallFunction, SetMode>;
    A.forEachFact(F, Wanted, [&](const StateSet &S, const Fact &Each) {
      if (S.Overflow)
        return;
      if (const auto *L = std::get_if<Acquire>(&Each)) {
        if (!L->Adopted && exposed(S))
          reportLock(S, L->Site, {});
      } else if (const auto *C = std::get_if<CallFunction>(&Each)) {
        checkCall(S, *C);
      } else if (const auto *M = std::get_if<SetMode>(&Each)) {
        if (!M->Hidden && !exposed(S))
          checkExposure(S, Each, M->Site);
      }
    });
  }

private:
  void checkCall(const StateSet &S, const CallFunction &C) {
    if (C.IsHandler || C.Callee == NoFunction)
      return;
    if (!exposed(S)) {
      checkExposure(S, C, C.Site);
      return;
    }
    const CallInside &L = A.summaryOf(C.Callee).inside(InsideKind::Lock);
    if (L.Function != NoFunction && Reported.insert(typeSite(S)).second)
      reportLock(S, C.Site, L);
  }

  /// On all paths, but for one on which setting the mode was assumed to fail.
  bool exposed(const StateSet &S) const {
    bool Any = false;
    for (const PathState &P : S.States) {
      if (isExposed(P, A, F.Id))
        Any = true;
      else if (!P.ModeFailed)
        return false;
    }
    return Any;
  }

  /// The call that made the type asynchronous.
  static SiteId typeSite(const StateSet &S) {
    for (const PathState &P : S.States)
      if (P.mode(ModeKind::Type).isOn())
        return P.mode(ModeKind::Type).Site;
    return NoSite;
  }

  SourceLocation loc(SiteId S) const { return Text.fileLoc(F.Sites[S].Loc); }

  void note(Finding &To, SourceLocation L, std::string Message) const {
    To.Notes.push_back({L, std::move(Message), {}, false});
  }

  void noteType(Finding &To, const StateSet &S) const {
    const SiteId At = typeSite(S);
    if (At != NoSite)
      note(To, loc(At), "asynchronous cancellation is switched on here");
  }

  void noteHandlers(Finding &To, const StateSet &S) const {
    if (S.States[0].Cleanup.empty())
      return;
    note(To, Text.fileLoc(F.Regions[S.States[0].Cleanup.back()].pushLoc()),
         "this handler does not help: the cancel may come inside the lock "
         "call or half-way through an update");
  }

  void reportLock(const StateSet &S, SiteId Site, const CallInside &Inside) {
    Finding New;
    New.Check = CheckKind::AsyncCancelWithLock;
    New.Loc = loc(Site);
    New.Message = Inside.Function == NoFunction
                      ? "lock taken under asynchronous cancellation: a cancel "
                        "leaves it locked"
                      : "call takes a lock under asynchronous cancellation: a "
                        "cancel leaves it locked";
    noteType(New, S);
    if (Inside.Function != NoFunction)
      if (const FunctionFlow *G = A.flow(Inside.Function))
        note(New, Text.fileLoc(G->Sites[Inside.Site].Loc),
             "the lock is taken here");
    noteHandlers(New, S);
    Out.push_back(std::move(New));
  }

  /// The call that makes a thread exposed while it already holds a lock.
  void checkExposure(const StateSet &Before, const Fact &By, SiteId Here) {
    StateSet After = Before;
    CancelAnalysis(A.places(), A, F.EntryLocks).transfer(After, By);
    if (After.Overflow || After.States.empty() || !exposed(After))
      return;
    // The same lock on every path.
    const HeldLock *Common = nullptr;
    for (const HeldLock &L : After.States[0].Held)
      if (std::all_of(After.States.begin(), After.States.end(),
                      [&](const PathState &P) {
                        const HeldLock *H = P.held(L.Lock);
                        return H && !H->Escaped;
                      }))
        Common = &L;
    if (!Common)
      return;
    // A lock of the guarded part in between is no root cause of its own.
    const SiteId At = typeSite(After);
    if (At == NoSite)
      return;
    Finding New;
    New.Check = CheckKind::AsyncCancelWithLock;
    New.Loc = loc(At);
    New.Message = "asynchronous cancellation while a lock is held: a cancel "
                  "leaves it locked";
    if (Common->By != NoSite)
      note(New, loc(Common->By), "the lock is taken here");
    if (Here != At)
      note(New, loc(Here), "and cancellation is enabled here");
    noteHandlers(New, After);
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  std::vector<Finding> &Out;
  support::SourceText Text;
  /// Asynchronous regions in which a callee's lock was reported: one of them
  /// stands for all, the region is what has to change.
  std::set<SiteId> Reported;
};
} // namespace

void diagnoseAsyncLocks(TuAnalysis &A, std::vector<Finding> &Out) {
  const bool AnyType = std::any_of(
      A.index().ModeCalls.begin(), A.index().ModeCalls.end(),
      [&](const ApiCall &C) {
        return A.apis().of(*C.Callee).is(model::CancelRole::SetType);
      });
  if (A.isBroken() || !AnyType)
    return;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (A.index()[F].ReachesMode)
      if (const FunctionFlow *Flow = A.flow(F))
        AsyncLockDiagnoser(A, *Flow, Out).run();
}

} // namespace thread_stop::flow
