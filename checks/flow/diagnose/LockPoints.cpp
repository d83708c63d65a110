// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-lock-across-cancellation-point.

#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include <algorithm>
#include <map>

using namespace clang;

namespace thread_stop::flow {

/// Further points of a region that are shown; the rest adds nothing.
static constexpr unsigned MaxFurther = 4;

namespace {
class LockPointDiagnoser {
public:
  LockPointDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                     std::vector<Finding> &Out)
      : A(A), F(F), Handlers(A, F), Report(A, F), Out(Out) {
    Wanted.Strict = A.options().gated(CheckKind::LockAcrossPoint).StrictPoints;
    Wanted.Bare = true;
  }

  void run() {
    A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
      if (std::optional<PointHere> P = pointAt(A, Each, Wanted))
        if (allEnabled(A, S, F.Id) &&
            !(unwinds(A) && isCaughtOnUnwinding(F, P->Site)))
          check(S, *P);
    });
  }

private:
  /// Held on every path, by nothing that unwinding would release, and not
  /// given to code that may release it.
  bool isHeld(const StateSet &S, PlaceId Lock) const {
    return std::all_of(S.States.begin(), S.States.end(), [&](const auto &P) {
      if (P.LockFailed || P.ModeFailed)
        return true;
      const HeldLock *L = P.held(Lock);
      return L && L->Owner == NoPlace && L->By != NoSite && !L->Escaped &&
             !Handlers.ofLock(P, Lock);
    });
  }

  void check(const StateSet &S, const PointHere &P) {
    for (const PathState &First : S.States) {
      if (First.LockFailed || First.ModeFailed)
        continue;
      for (const HeldLock &L : First.Held)
        if (L.By != NoSite && isHeld(S, L.Lock))
          add(L, P);
      return;
    }
  }

  void add(const HeldLock &L, const PointHere &P) {
    auto [It, New] = Found.try_emplace(L.By, Region{Out.size(), 0, P.Site});
    if (New) {
      auto Same = std::find_if(Found.begin(), Found.end(), [&](const auto &E) {
        return E.first != L.By && E.second.First == P.Site;
      });
      if (Same == Found.end()) {
        report(L, P);
      } else {
        It->second.Index = Same->second.Index;
        Report.note(Out[It->second.Index], L.By,
                    "another lock is held as well, taken here");
      }
      return;
    }
    Region &R = It->second;
    if (R.First == P.Site || R.Further >= MaxFurther)
      return;
    ++R.Further;
    Report.note(Out[R.Index], P.Site, "and here, while it is still held");
  }

  void report(const HeldLock &L, const PointHere &P) {
    const bool Waits = P.Reacquires == L.Lock;
    Finding New = Report.finding(
        CheckKind::LockAcrossPoint, P.Site,
        Waits ? "a thread cancelled in " + Report.callee(P.Site) +
                    " takes the mutex again and dies with it locked"
              : "a thread cancelled in " + Report.callee(P.Site) +
                    " leaves the lock held: nobody else gets it any more");
    Report.note(New, L.By, "the lock is taken here");
    Report.noteInside(New, P);
    Out.push_back(std::move(New));
  }

  struct Region {
    size_t Index;
    unsigned Further;
    SiteId First;
  };

  TuAnalysis &A;
  const FunctionFlow &F;
  const Protection Handlers;
  const Reporter Report;
  std::vector<Finding> &Out;
  PointFilter Wanted;
  std::map<SiteId, Region> Found; // by the call that took the lock
};
} // namespace

void diagnoseLockPoints(TuAnalysis &A, std::vector<Finding> &Out) {
  // Which of the mutexes are robust is not followed.
  if (A.index().MakesRobust)
    return;
  forEachCancellable(A, CheckKind::LockAcrossPoint, [&](const FunctionFlow &F) {
    LockPointDiagnoser(A, F, Out).run();
  });
}

} // namespace thread_stop::flow
