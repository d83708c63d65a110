// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-async-cancel-unsafe-call.

#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"
#include "model/AsyncSafety.h"

#include <algorithm>
#include <map>
#include <vector>

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned MaxFurther = 4;

namespace {
class UnsafeCallDiagnoser {
public:
  UnsafeCallDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                      std::vector<Finding> &Out)
      : A(A), F(F), Report(A, F), Out(Out) {}

  void run() {
    A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
      if (const auto *M = std::get_if<SetMode>(&Each)) {
        // Switched on once more: still the same region.
        if (const SiteId Before = region(S); Before != NoSite)
          Began[M->Site] = Before;
      } else if (const auto *P = std::get_if<PointCall>(&Each)) {
        if (P->AsyncUnsafe)
          check(S, P->Site, {});
      } else if (const auto *C = std::get_if<CallFunction>(&Each);
                 C && C->Callee != NoFunction && !C->IsHandler) {
        if (CallInside In =
                A.summaryOf(C->Callee).inside(InsideKind::AsyncUnsafe))
          check(S, C->Site, In);
      }
    });
    for (auto &[Region, Calls] : Found)
      report(Region, Calls);
  }

private:
  /// The call that made the type asynchronous, if it is so on every path, with
  /// cancellation enabled.
  SiteId region(const StateSet &S) const {
    SiteId At = NoSite;
    for (const PathState &P : S.States) {
      if (P.ModeFailed)
        continue;
      if (!P.mode(ModeKind::Type).isOn() || !A.isEnabled(P, F.Id))
        return NoSite;
      At = P.mode(ModeKind::Type).Site;
    }
    if (S.Overflow)
      return NoSite;
    auto It = Began.find(At);
    return It == Began.end() ? At : It->second;
  }

  static std::string reasons(const FunctionDecl *D) {
    const model::AsyncSafety *Row = D && D->getDeclName().isIdentifier()
                                        ? model::findAsyncSafety(D->getName())
                                        : nullptr;
    const std::string Names =
        Row ? model::asyncReasonNames(Row->Reasons) : std::string();
    return Names.empty() ? "" : " (" + Names + ")";
  }

  const FunctionDecl *calleeOf(const FunctionFlow &G, SiteId At) const {
    const auto *C = dyn_cast_or_null<CallExpr>(G.Sites[At].S);
    return C ? A.index().calleeOf(*C) : nullptr;
  }

  void check(const StateSet &S, SiteId At, CallInside In) {
    const SiteId Region = region(S);
    if (Region == NoSite)
      return;
    Found[Region].push_back({At, In});
  }

  struct Call {
    SiteId At = NoSite;
    CallInside In;
  };

  void report(SiteId Region, std::vector<Call> &Calls) {
    const SourceManager &SM = A.context().getSourceManager();
    std::stable_sort(Calls.begin(), Calls.end(),
                     [&](const Call &X, const Call &Y) {
                       return SM.isBeforeInTranslationUnit(Report.loc(X.At),
                                                           Report.loc(Y.At));
                     });
    report(Region, Calls[0].At, Calls[0].In);
    for (size_t I = 1; I < Calls.size() && I <= MaxFurther; ++I)
      Report.note(Out.back(), Calls[I].At,
                  Report.callee(Calls[I].At) +
                      reasons(calleeOf(F, Calls[I].At)) + " is no safer");
  }

  void report(SiteId Region, SiteId At, CallInside In) {
    const std::string Why = reasons(calleeOf(F, At));
    Finding New =
        Report.finding(CheckKind::AsyncCancelUnsafeCall, At,
                       Report.callee(At) + " is not async-cancel-safe" + Why +
                           ": a cancel inside leaves it half done");
    Report.note(New, Region, "asynchronous cancellation is switched on here");
    if (In)
      if (const FunctionFlow *G = A.flow(In.Function)) {
        const FunctionDecl *D = calleeOf(*G, In.Site);
        const std::string Name = D && D->getDeclName().isIdentifier()
                                     ? "'" + D->getName().str() + "'"
                                     : "the unsafe call";
        Report.note(
            New,
            support::SourceText(A.context()).fileLoc(G->Sites[In.Site].Loc),
            Name + reasons(D) + " is called here");
      }
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  const Reporter Report;
  std::vector<Finding> &Out;
  std::map<SiteId, std::vector<Call>> Found; // by region
  /// Where the region began that a call only prolongs.
  std::map<SiteId, SiteId> Began;
};
} // namespace

void diagnoseUnsafeCalls(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken())
    return;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (A.index()[F].ReachesMode && A.index()[F].Gated)
      if (const FunctionFlow *Flow = A.flow(F); Flow && Flow->Valid)
        UnsafeCallDiagnoser(A, *Flow, Out).run();
}

} // namespace thread_stop::flow
