// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/diagnose/Points.h"

#include "flow/AstWalk.h"
#include "flow/PlaceBuilder.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

//===--- Points -----------------------------------------------------------===//

static std::optional<PointHere>
pointOfCall(const TuAnalysis &A, const CallFunction &C, PointFilter Wanted) {
  if (C.Callee == NoFunction)
    return std::nullopt;
  const Summary &S = A.summaryOf(C.Callee);
  PointHere P;
  P.Site = C.Site;
  P.Call = &C;
  P.Inside = S.inside(Wanted.Bare     ? Wanted.Strict ? InsideKind::BareStrict
                                                      : InsideKind::BareSure
                      : Wanted.Strict ? InsideKind::StrictPoint
                                      : InsideKind::SurePoint);
  if (P.Inside)
    return P;
  P.Inside = S.inside(InsideKind::ThreadExit);
  P.EndsThread = true;
  if (Wanted.ThreadEnds && P.Inside)
    return P;
  return std::nullopt;
}

std::optional<PointHere> pointAt(const TuAnalysis &A, const Fact &F,
                                 PointFilter Wanted) {
  if (const auto *C = std::get_if<CallFunction>(&F))
    return pointOfCall(A, *C, Wanted);
  const auto *Call = std::get_if<PointCall>(&F);
  if (!Call)
    return std::nullopt;
  PointHere P;
  P.Site = Call->Site;
  P.Reacquires = Call->Reacquires;
  P.Nothrow = Call->Nothrow;
  P.EndsThread = Call->Kind == PointKind::Exit;
  if (Call->Kind == PointKind::Sure ||
      (Call->Kind == PointKind::Strict && Wanted.Strict) ||
      (P.EndsThread && Wanted.ThreadEnds))
    return P;
  return std::nullopt;
}

bool allEnabled(const TuAnalysis &A, const StateSet &S, FunctionId F) {
  if (S.Overflow || S.States.empty())
    return false;
  bool Any = false;
  for (const PathState &P : S.States) {
    if (P.ModeFailed || P.LockFailed)
      continue;
    if (!A.isEnabled(P, F))
      return false;
    Any = true;
  }
  return Any;
}

bool unwinds(const TuAnalysis &A) {
  const LangOptions &L = A.context().getLangOpts();
  return L.CPlusPlus && L.CXXExceptions &&
         const_cast<TuAnalysis &>(A).apis().library() == model::Libc::Glibc;
}

bool isCaughtOnUnwinding(const FunctionFlow &F, SiteId At) {
  const Stmt *Point = F.Sites[At].S;
  bool Found = false;
  forEachEvaluated(F.Decl->getBody(), [&](const Stmt *S, const Stmt *) {
    const auto *T = dyn_cast<CXXTryStmt>(S);
    if (!T || Found)
      return;
    bool CatchesIt = false;
    for (unsigned I = 0; I < T->getNumHandlers(); ++I) {
      const VarDecl *V = T->getHandler(I)->getExceptionDecl();
      const CXXRecordDecl *R =
          V ? V->getType().getNonReferenceType()->getAsCXXRecordDecl()
            : nullptr;
      CatchesIt |=
          !V || (R && R->getIdentifier() && R->getName() == "__forced_unwind");
    }
    if (CatchesIt)
      forEachEvaluated(T->getTryBlock(), [&](const Stmt *Inner, const Stmt *) {
        Found |= Inner == Point;
      });
  });
  return Found;
}

//===--- Protection -------------------------------------------------------===//

bool Protection::isUnknown(const HandlerInfo &H) const {
  // Of a destructor elsewhere nothing is expected.
  if (H.IsDestructor)
    return H.Function != NoFunction && !A.summaryOf(H.Function).Known;
  return H.Function == NoFunction ? !H.IsLibrary
                                  : !A.summaryOf(H.Function).Known;
}

/// The caller's place for a place of the handler, whose only argument is known.
static PlaceId inPusher(PlaceTable &Places, PlaceId P, const HandlerInfo &H) {
  CallFunction Run;
  if (H.IsDestructor)
    Run.Object = H.Argument;
  else
    Run.Arguments = {H.Argument};
  return inCaller(Places, P, Run);
}

/// `Inner` is behind a member of the destructor's object that is a reference or
/// pointer. The place that it names if that refers to `To`.
static PlaceId behindMember(PlaceTable &Places, PlaceId Inner, PlaceId To) {
  const Place Of = Places[Inner];
  const FieldDecl *Member = Of.Kind == BaseKind::This && Of.Path.size() >= 2
                                ? PlaceBuilder::fieldOf(Of.Path[1])
                                : nullptr;
  if (!Member)
    return NoPlace;
  size_t Next = 2;
  if (!Member->getType()->isReferenceType()) {
    if (Of.Path.size() < 3 || Of.Path[2].K != Step::Kind::Deref)
      return NoPlace;
    Next = 3;
  }
  for (; Next < Of.Path.size(); ++Next)
    To = Places.extend(To, Of.Path[Next]);
  return To;
}

/// The destructor of an object that refers to something gives back `P` there.
bool Protection::givesBack(const HandlerInfo &H, PlaceId P, bool IsLock) const {
  PlaceTable &Places = A.places();
  if (!Places.isWithin(P, H.Argument.Target))
    return false;
  if (H.Function == NoFunction || !A.summaryOf(H.Function).Known)
    return true;
  const Summary &S = A.summaryOf(H.Function);
  auto Is = [&](PlaceId Inner) {
    return behindMember(Places, Inner, H.Argument.Target) == P;
  };
  if (IsLock)
    return std::any_of(
        S.Outcomes.begin(), S.Outcomes.end(), [&](const Outcome &O) {
          return std::any_of(O.GivenBack.begin(), O.GivenBack.end(), Is);
        });
  return std::any_of(S.Disowns.begin(), S.Disowns.end(), Is) ||
         std::any_of(S.DisownsWithin.begin(), S.DisownsWithin.end(),
                     [&](PlaceId In) {
                       return Places.isWithin(
                           P, behindMember(Places, In, H.Argument.Target));
                     });
}

bool Protection::releasesLock(const HandlerInfo &H, PlaceId Lock) const {
  if (H.Refers)
    return givesBack(H, Lock, true);
  if (H.OfCode && H.Frees != NoPlace)
    return false;
  if (H.Releases != NoPlace)
    return A.places().mayAlias(H.Releases, Lock);
  if (isUnknown(H))
    return H.Argument.Target == NoPlace ||
           A.places().isWithin(Lock, H.Argument.Target) ||
           !H.Argument.IsAddress;
  if (H.Function == NoFunction)
    return false;
  for (const Outcome &O : A.summaryOf(H.Function).Outcomes)
    for (PlaceId L : O.GivenBack) {
      const PlaceId Here = inPusher(A.places(), L, H);
      if (Here == NoPlace || A.places().mayAlias(Here, Lock))
        return true;
    }
  return false;
}

bool Protection::ofLock(const PathState &S, PlaceId Lock) const {
  return std::any_of(
             S.Cleanup.begin(), S.Cleanup.end(),
             [&](uint32_t R) { return releasesLock(F.Handlers[R], Lock); }) ||
         std::any_of(
             F.ScopeHandlers.begin(), F.ScopeHandlers.end(),
             [&](const HandlerInfo &H) { return releasesLock(H, Lock); });
}

bool Protection::releasesResource(const HandlerInfo &H, PlaceId Where) const {
  const PlaceTable &Places = A.places();
  if (H.Refers)
    return givesBack(H, Where, false);
  if (H.Frees != NoPlace)
    return H.Frees == Where;
  if (H.OfCode)
    return false;
  const PlaceId Given = H.Argument.Target;
  // Its own variable was pushed, or an object that holds it: what the handler
  // makes of it is the business of another check.
  if (!H.IsDestructor && Given != NoPlace && Places.isWithin(Where, Given))
    return true;
  if (isUnknown(H))
    return Given == NoPlace;
  if (H.Function == NoFunction)
    return false;
  const Summary &S = A.summaryOf(H.Function);
  for (PlaceId P : S.Disowns)
    if (valueInCaller(A.places(), P, H.Argument) == Where)
      return true;
  for (PlaceId P : S.DisownsWithin)
    if (PlaceId Here = inPusher(A.places(), P, H);
        Here != NoPlace && Places.isWithin(Where, Here))
      return true;
  return false;
}

bool Protection::ofResource(const PathState &S, SiteId By) const {
  for (const Owned &O : S.Resources) {
    if (O.By != By || O.Kind == ScopedObject)
      continue;
    for (uint32_t R : S.Cleanup)
      if (releasesResource(F.Handlers[R], O.Where))
        return true;
    for (const HandlerInfo &H : F.ScopeHandlers)
      if (releasesResource(H, O.Where))
        return true;
  }
  return false;
}

//===--- Reports ----------------------------------------------------------===//

Finding Reporter::finding(CheckKind K, SiteId At, std::string Message) const {
  Finding New;
  New.Check = K;
  New.Loc = loc(At);
  New.Message = std::move(Message);
  return New;
}

void Reporter::note(Finding &To, SourceLocation L, std::string Message) const {
  // With two locks held, one call is a step for both.
  if (std::none_of(To.Notes.begin(), To.Notes.end(), [&](const Note &N) {
        return N.Loc == L && N.Message == Message;
      }))
    To.Notes.push_back({L, std::move(Message), {}, false});
}

void Reporter::noteInside(Finding &To, const PointHere &P) const {
  if (!P.Inside)
    return;
  if (const FunctionFlow *G = A.flow(P.Inside.Function))
    note(To, Text.fileLoc(G->Sites[P.Inside.Site].Loc),
         P.EndsThread ? "the thread ends here"
                      : "the thread is cancelled here");
}

std::string Reporter::callee(SiteId S) const {
  const auto *C = dyn_cast_or_null<CallExpr>(F.Sites[S].S);
  const FunctionDecl *D = C ? A.index().calleeOf(*C) : nullptr;
  return D && D->getDeclName().isIdentifier() ? "'" + D->getName().str() + "'"
                                              : "the call";
}

} // namespace thread_stop::flow
