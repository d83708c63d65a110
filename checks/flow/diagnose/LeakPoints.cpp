// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-leak-across-cancellation-point, and for variables whose cleanup
// is skipped thread-stop-skipped-cleanup-attribute.

#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include <algorithm>
#include <map>
#include <set>

using namespace clang;

namespace thread_stop::flow {

namespace {
class LeakPointDiagnoser {
public:
  LeakPointDiagnoser(TuAnalysis &A, const FunctionFlow &F, bool Scopes,
                     std::vector<Finding> &Out)
      : A(A), F(F), Scopes(Scopes), Handlers(A, F), Report(A, F), Out(Out) {
    Wanted.Strict = A.options().gated(kind()).StrictPoints;
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
  CheckKind kind() const {
    return Scopes ? CheckKind::SkippedCleanupAttribute
                  : CheckKind::LeakAcrossPoint;
  }

  static bool has(const PathState &P, SiteId By) {
    return std::any_of(P.Resources.begin(), P.Resources.end(),
                       [&](const Owned &R) { return R.By == By; });
  }

  /// Owned on every path on which the call that acquires it succeeded, and
  /// there is such a path.
  bool isLive(const StateSet &S, SiteId By) const {
    bool Any = false;
    for (const PathState &P : S.States) {
      if (P.LockFailed || P.ModeFailed)
        continue;
      if (!has(P, By) || Handlers.ofResource(P, By))
        return false;
      Any |= P.mayOwn(By);
    }
    return Any;
  }

  /// Some variable of the function holds it; not just a temporary value.
  const Owned *holder(const StateSet &S, SiteId By) const {
    const Owned *Holder = nullptr;
    for (const PathState &P : S.States)
      for (const Owned &R : P.Resources)
        if (R.By == By) {
          // Left for the caller already.
          if (isHandedOut(A.places()[R.Where]))
            return nullptr;
          const BaseKind K = A.places()[R.Where].Kind;
          if (!Holder && (K == BaseKind::Local || K == BaseKind::Param))
            Holder = &R;
        }
    return Holder;
  }

  /// `Of.Where` holds one of these on every path: what one call acquires in a
  /// first round, another in the next.
  std::vector<SiteId> eitherOf(const StateSet &S, const Owned &Of) const {
    std::vector<SiteId> Sites;
    bool Any = false;
    for (const PathState &P : S.States) {
      if (P.LockFailed || P.ModeFailed)
        continue;
      auto It = std::find_if(P.Resources.begin(), P.Resources.end(),
                             [&](const Owned &R) {
                               return R.Where == Of.Where && R.Kind == Of.Kind;
                             });
      if (It == P.Resources.end() || !holder(S, It->By) ||
          Handlers.ofResource(P, It->By))
        return {};
      Any |= P.mayOwn(It->By);
      if (std::find(Sites.begin(), Sites.end(), It->By) == Sites.end())
        Sites.push_back(It->By);
    }
    return Any ? Sites : std::vector<SiteId>();
  }

  /// The calls one of which has acquired what would be lost here, that at `By`
  /// among them; empty if nothing is.
  std::vector<SiteId> lostHere(const StateSet &S, SiteId By) const {
    if (isLive(S, By))
      return {By};
    if (Scopes)
      return {};
    const auto First =
        std::find_if(S.States.begin(), S.States.end(),
                     [&](const PathState &P) { return has(P, By); });
    for (const Owned &R : First->Resources) {
      const BaseKind K = A.places()[R.Where].Kind;
      if (R.By != By || (K != BaseKind::Local && K != BaseKind::Param))
        continue;
      if (std::vector<SiteId> Sites = eitherOf(S, R); !Sites.empty())
        return Sites;
    }
    return {};
  }

  /// The callee takes it over, whatever then becomes of it.
  bool isHandedOver(const StateSet &Before, const PointHere &P,
                    SiteId By) const {
    return P.Call && std::any_of(Before.States.begin(), Before.States.end(),
                                 [&](const PathState &Past) {
                                   return isHandedOver(Past, P, By);
                                 });
  }
  bool isHandedOver(const PathState &Before, const PointHere &P,
                    SiteId By) const {
    if (!has(Before, By))
      return false;
    StateSet After{Before};
    CancelAnalysis(A.places(), A, F.EntryLocks).transfer(After, *P.Call);
    return !After.States.empty() &&
           std::any_of(After.States.begin(), After.States.end(),
                       [&](const PathState &S) { return !has(S, By); });
  }

  void check(const StateSet &S, const PointHere &P) {
    std::set<SiteId> Here;
    for (const PathState &Past : S.States)
      for (const Owned &R : Past.Resources)
        if ((R.Kind == ScopedObject) == Scopes)
          Here.insert(R.By);
    for (SiteId By : Here) {
      const Owned *R = holder(S, By);
      const std::vector<SiteId> Lost =
          R ? lostHere(S, By) : std::vector<SiteId>();
      if (Lost.empty() ||
          std::any_of(Lost.begin(), Lost.end(), [&](SiteId Each) {
            return Reported.count(Each) || isHandedOver(S, P, Each);
          }))
        continue;
      Reported.insert(Lost.begin(), Lost.end());
      report(*R, P);
      for (SiteId Other : Lost)
        if (Other != By)
          Report.note(Out[At[P.Site]], Other, "or acquired here");
    }
  }

  /// One finding for a place: further resources are notes.
  bool joins(const Owned &R, const PointHere &P) {
    auto It = At.find(P.Site);
    if (It == At.end()) {
      At[P.Site] = Out.size();
      return false;
    }
    Report.note(Out[It->second], R.By,
                Scopes ? "and the same for this variable"
                       : "and the " +
                             model::resourceName(
                                 static_cast<model::ResourceKind>(R.Kind))
                                 .str() +
                             " acquired here");
    return true;
  }

  void report(const Owned &R, const PointHere &P) {
    if (joins(R, P))
      return;
    const std::string Callee = Report.callee(P.Site);
    std::string What, Where;
    if (Scopes) {
      What = A.context().getLangOpts().CPlusPlus
                 ? "built without exceptions: a thread cancelled in " + Callee +
                       " skips the destructor"
                 : "built without -fexceptions: a thread cancelled in " +
                       Callee + " skips the cleanup attribute";
      Where = "the variable is declared here";
    } else {
      const auto Kind = static_cast<model::ResourceKind>(R.Kind);
      What = "a thread cancelled in " + Callee + " leaks the " +
             model::resourceName(Kind).str();
      Where = "acquired here";
    }
    Finding New = Report.finding(kind(), P.Site, What);
    Report.note(New, R.By, Where);
    Report.noteInside(New, P);
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  const bool Scopes;
  const Protection Handlers;
  const Reporter Report;
  std::vector<Finding> &Out;
  PointFilter Wanted;
  std::set<SiteId> Reported;
  std::map<SiteId, size_t> At; ///< the finding at each point
};
} // namespace

void diagnoseLeakPoints(TuAnalysis &A, std::vector<Finding> &Out) {
  forEachCancellable(A, CheckKind::LeakAcrossPoint, [&](const FunctionFlow &F) {
    LeakPointDiagnoser(A, F, false, Out).run();
  });
}

void diagnoseSkippedCleanups(TuAnalysis &A, std::vector<Finding> &Out) {
  forEachCancellable(A, CheckKind::SkippedCleanupAttribute,
                     [&](const FunctionFlow &F) {
                       LeakPointDiagnoser(A, F, true, Out).run();
                     });
}

} // namespace thread_stop::flow
