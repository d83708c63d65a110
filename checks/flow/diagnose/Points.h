// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the gated diagnosers share: where a pending cancel acts, and what then
// looks after locks and resources.

#ifndef THREAD_STOP_CHECKS_FLOW_DIAGNOSE_POINTS_H
#define THREAD_STOP_CHECKS_FLOW_DIAGNOSE_POINTS_H

#include "flow/TuAnalysis.h"
#include "support/SourceText.h"
#include <optional>

namespace thread_stop::flow {

/// A call that a cancel acts in, or inside of which it does.
struct PointHere {
  SiteId Site = NoSite;
  CallInside Inside; ///< the point proper, if it is in a callee
  PlaceId Reacquires = NoPlace;
  bool EndsThread = false; ///< pthread_exit
  bool Nothrow = false;
  const CallFunction *Call = nullptr;
};

/// Which points a diagnoser looks for.
struct PointFilter {
  bool Strict = false;
  /// Only those at which a callee still has all its caller's locks, and has
  /// pushed nothing that would give them back.
  bool Bare = false;
  bool ThreadEnds = false; ///< the calls that end the thread as well
};

std::optional<PointHere> pointAt(const TuAnalysis &A, const Fact &F,
                                 PointFilter Wanted);

/// Whether a cancel can act in each of these pasts, but for those in which a
/// call was assumed to have failed.
bool allEnabled(const TuAnalysis &A, const StateSet &S, FunctionId F);

/// Whether unwinding runs destructors when a thread is cancelled here.
bool unwinds(const TuAnalysis &A);

/// Whether a handler of the function gets the unwinding that starts at `At`: it
/// may give back what the function holds before it rethrows.
bool isCaughtOnUnwinding(const FunctionFlow &F, SiteId At);

/// The handlers that are pushed at a point, and those of cleanup attributes.
/// Whether an attribute's function runs is another check's business.
class Protection {
public:
  Protection(TuAnalysis &A, const FunctionFlow &F) : A(A), F(F) {}

  /// Does a handler on the stack of `S` give back `Lock`?
  bool ofLock(const PathState &S, PlaceId Lock) const;
  /// Does one release what was acquired at `By`, or get it to do so?
  bool ofResource(const PathState &S, SiteId By) const;

private:
  bool releasesLock(const HandlerInfo &H, PlaceId Lock) const;
  bool releasesResource(const HandlerInfo &H, PlaceId Where) const;
  bool givesBack(const HandlerInfo &H, PlaceId P, bool IsLock) const;
  bool isUnknown(const HandlerInfo &H) const;

  TuAnalysis &A;
  const FunctionFlow &F;
};

/// A finding at a site of one function, with the notes all diagnosers need.
class Reporter {
public:
  Reporter(TuAnalysis &A, const FunctionFlow &F)
      : A(A), F(F), Text(A.context()) {}

  clang::SourceLocation loc(SiteId S) const {
    return Text.fileLoc(F.Sites[S].Loc);
  }
  Finding finding(CheckKind K, SiteId At, std::string Message) const;
  void note(Finding &To, clang::SourceLocation L, std::string Message) const;
  void note(Finding &To, SiteId At, std::string Message) const {
    note(To, loc(At), std::move(Message));
  }
  /// Where inside its callee `P` acts.
  void noteInside(Finding &To, const PointHere &P) const;
  /// The name of the function that is called at `S`, in quotes, or "the call".
  std::string callee(SiteId S) const;

private:
  TuAnalysis &A;
  const FunctionFlow &F;
  support::SourceText Text;
};

/// Calls `Diagnose(flow)` for each function that was solved, has points
/// followed in it and is cancellable for the check.
template <class D>
void forEachCancellable(TuAnalysis &A, CheckKind K, D Diagnose) {
  if (A.isBroken())
    return;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (A.index()[F].Gated && A.index()[F].Followed && A.isCancellable(F, K))
      if (const FunctionFlow *Flow = A.flow(F); Flow && Flow->Valid)
        Diagnose(*Flow);
}

} // namespace thread_stop::flow

#endif
