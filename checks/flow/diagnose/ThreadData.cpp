// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/diagnose/ThreadData.h"

#include "flow/AstWalk.h"
#include "clang/Basic/SourceManager.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

static bool isIndex(const Step &S) {
  return S.K == Step::Kind::ConstIndex || S.K == Step::Kind::VarIndex;
}

/// All elements of an array are one handle.
static bool isSame(const Step &A, const Step &B) {
  return A == B || (isIndex(A) && isIndex(B));
}

static bool haveOneBase(const Place &A, const Place &B) {
  return A.Kind == B.Kind && A.Index == B.Index && A.Base == B.Base;
}

/// Whether `Of` begins with the first `Steps` steps of `P`.
static bool beginsWith(const Place &Of, const Place &P, size_t Steps) {
  return haveOneBase(Of, P) && Of.Path.size() >= Steps &&
         std::equal(P.Path.begin(), P.Path.begin() + Steps, Of.Path.begin());
}

const VariableUse &ThreadData::useIn(FunctionId F) {
  const auto [It, New] = Uses.try_emplace(F);
  if (New)
    It->second = useOfVariables(A.index()[F].Decl->getBody());
  return It->second;
}

/// From the thread's argument to where its handle is kept: `->thread`. Nothing
/// if the one is no part of the other.
std::optional<std::vector<Step>>
ThreadData::wayToHandle(const ThreadCreate &C) {
  if (!C.Data || !C.At || C.Inside == NoFunction)
    return std::nullopt;
  const Expr *Where = nullptr;
  for (const Expr *Each : C.At->arguments())
    if (Each->getType()->isPointerType() && All.handleOf(Each) == C.Handle) {
      if (Where)
        return std::nullopt;
      Where = Each;
    }
  if (!Where)
    return std::nullopt;
  PlaceBuilder Builder(A.context(), A.places());
  Builder.Use = &useIn(C.Inside);
  const PlaceId Data = Builder.pointee(C.Data);
  const PlaceId Handle = Builder.pointee(Where);
  if (Data == NoPlace || Handle == NoPlace)
    return std::nullopt;
  const Place &D = A.places()[Data], &H = A.places()[Handle];
  const size_t Steps = D.Path.size();
  if (D.Kind == BaseKind::Expression || !beginsWith(H, D, Steps) ||
      H.Path.size() == Steps || H.Path[Steps].K != Step::Kind::Field)
    return std::nullopt;
  return std::vector<Step>(H.Path.begin() + Steps, H.Path.end());
}

/// `c->thread` for `t` after `pthread_t t = c->thread;`, where neither `c` nor
/// `t` is ever written again.
PlaceId ThreadData::original(const ThreadUse &Request, PlaceId Handle,
                             const FunctionFlow &F) {
  const int I = Request.Row ? Request.Row->Handle : -1;
  if (Request.At != Request.Call || I < 0 ||
      static_cast<unsigned>(I) >= Request.Call->getNumArgs())
    return Handle;
  const auto *D =
      dyn_cast<DeclRefExpr>(Request.Call->getArg(I)->IgnoreParenCasts());
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  const VariableUse &Use = useIn(F.Id);
  if (!V || !V->hasLocalStorage() || isa<ParmVarDecl>(V) || !V->getInit() ||
      !Use.neverWritten(V))
    return Handle;
  const auto *M = dyn_cast<MemberExpr>(V->getInit()->IgnoreParenImpCasts());
  const Expr *Base = M ? M->getBase()->IgnoreParenImpCasts() : nullptr;
  const auto *Of = dyn_cast_or_null<DeclRefExpr>(Base);
  const auto *Object = Of ? dyn_cast<VarDecl>(Of->getDecl()) : nullptr;
  const bool Stays =
      Object && Object->hasLocalStorage() && Use.neverWritten(Object);
  if (!M || (!Stays && !isa<CXXThisExpr>(Base)))
    return Handle;
  PlaceBuilder Builder(A.context(), A.places());
  Builder.Use = &Use;
  return Builder.lvalue(M);
}

/// Whether what runs from `Start` on names all these members.
bool ThreadData::uses(FunctionId Start, const std::vector<uintptr_t> &Fields) {
  const auto [It, New] = Named.try_emplace(Start);
  llvm::DenseSet<uintptr_t> &Members = It->second;
  if (New)
    for (FunctionId G : Threads::reachable(A.index(), Start))
      forEachEvaluated(
          A.index()[G].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
            if (const auto *M = dyn_cast<MemberExpr>(S))
              Members.insert(PlaceBuilder::identity(M->getMemberDecl()));
          });
  return llvm::all_of(Fields,
                      [&](uintptr_t F) { return Members.count(F) != 0; });
}

/// A call that waits for others, but for the end of a thread; or what it calls.
bool ThreadData::waits(const Stmt *S, bool Within) {
  const auto *C = dyn_cast<CallExpr>(S);
  const FunctionDecl *G = C ? A.index().calleeOf(*C) : nullptr;
  if (!G)
    return false;
  const Api &Row = A.apis().of(*G);
  if (Row.Point && Row.Point->Blocking == model::PointBlocking::Indefinite)
    return !Row.is(model::CancelRole::Join);
  const FunctionId Id = A.index().idOf(G);
  return Within && Id != NoFunction &&
         llvm::any_of(Threads::reachable(A.index(), Id), [&](FunctionId F) {
           return anyEvaluated(A.index()[F].Decl->getBody(),
                               [&](const Stmt *Each, const Stmt *) {
                                 return waits(Each, false);
                               });
         });
}

/// Whether a condition asks for something that the thread's code names too.
bool ThreadData::asksThread(const Expr *Condition, FunctionId Start) {
  return anyEvaluated(Condition, [&](const Stmt *S, const Stmt *) {
    if (const auto *M = dyn_cast<MemberExpr>(S))
      return Start == NoFunction ||
             uses(Start, {PlaceBuilder::identity(M->getMemberDecl())});
    const auto *D = dyn_cast<DeclRefExpr>(S);
    const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
    return V && V->hasGlobalStorage();
  });
}

/// Between the two, as they are written, may stand a wait for the thread to
/// say that it is done.
bool ThreadData::mayWait(const FunctionFlow &F, const Stmt *From,
                         const Stmt *To, FunctionId Start) {
  const SourceManager &SM = A.context().getSourceManager();
  return anyEvaluated(F.Decl->getBody(), [&](const Stmt *S, const Stmt *) {
    if (!SM.isBeforeInTranslationUnit(From->getBeginLoc(), S->getBeginLoc()) ||
        !SM.isBeforeInTranslationUnit(S->getBeginLoc(), To->getBeginLoc()))
      return false;
    if (const auto *W = dyn_cast<WhileStmt>(S))
      return asksThread(W->getCond(), Start);
    if (const auto *D = dyn_cast<DoStmt>(S))
      return asksThread(D->getCond(), Start);
    if (const auto *L = dyn_cast<ForStmt>(S))
      return asksThread(L->getCond(), Start);
    return waits(S, true);
  });
}

static bool contains(const Stmt *Root, const Stmt *S) {
  return anyEvaluated(
      Root, [&](const Stmt *Each, const Stmt *) { return Each == S; });
}

/// The variable that gets the value of a call, if it stands so.
static const VarDecl *resultOf(const Stmt *Body, const CallExpr *Call) {
  const VarDecl *Found = nullptr;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *) {
    if (const auto *B = dyn_cast<BinaryOperator>(S)) {
      const auto *To =
          dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParenImpCasts());
      if (To && B->getOpcode() == BO_Assign && contains(B->getRHS(), Call))
        Found = dyn_cast<VarDecl>(To->getDecl());
    } else if (const auto *D = dyn_cast<DeclStmt>(S)) {
      for (const Decl *Each : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(Each);
            V && V->getInit() && contains(V->getInit(), Call))
          Found = V;
    }
  });
  return Found;
}

/// Whether `To` may come after requests that failed only: there is no thread
/// then. So it is if a branch on the result has it inside, or leaves.
static bool mayHaveFailed(const Stmt *Body, const CallExpr *Request,
                          const Stmt *To) {
  const VarDecl *Result = resultOf(Body, Request);
  auto Asks = [&](const Stmt *S, const Stmt *) {
    const auto *D = dyn_cast<DeclRefExpr>(S);
    return S == Request || (D && Result && D->getDecl() == Result);
  };
  return anyEvaluated(Body, [&](const Stmt *S, const Stmt *) {
    const auto *If = dyn_cast<IfStmt>(S);
    return If && anyEvaluated(If->getCond(), Asks) &&
           anyEvaluated(If, [&](const Stmt *Each, const Stmt *) {
             return Each == To || isa<ReturnStmt>(Each) ||
                    isa<GotoStmt>(Each) || isa<BreakStmt>(Each) ||
                    isa<ContinueStmt>(Each);
           });
  });
}

/// `old` after `char *old = c->text;`: the member may hold another one now.
static bool isCopy(const Expr *E) {
  const auto *D = dyn_cast<DeclRefExpr>(E->IgnoreParenCasts());
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  const Expr *Init = V ? V->getInit() : nullptr;
  const auto *U =
      Init ? dyn_cast<UnaryOperator>(Init->IgnoreParenCasts()) : nullptr;
  return V && !(U && U->getOpcode() == UO_AddrOf);
}

/// Whether a start routine looks at its argument.
static bool namesArgument(const FunctionDecl &Start) {
  const ParmVarDecl *P = Start.param_empty() ? nullptr : Start.getParamDecl(0);
  return anyEvaluated(Start.getBody(), [&](const Stmt *S, const Stmt *) {
    const auto *D = dyn_cast<DeclRefExpr>(S);
    return D && D->getDecl() == P;
  });
}

bool ThreadData::has(const ThreadCreate &C, PlaceId Handle, const Taken &What) {
  const std::optional<std::vector<Step>> Way = wayToHandle(C);
  if (!Way)
    return false;
  const Place &H = A.places()[Handle], &Gone = A.places()[What.Object];
  if (H.Path.size() < Way->size() ||
      !std::equal(Way->begin(), Way->end(), H.Path.end() - Way->size(), isSame))
    return false;
  const size_t Steps = H.Path.size() - Way->size();
  if (!beginsWith(Gone, H, Steps))
    return false;
  std::vector<uintptr_t> Fields;
  for (size_t I = Steps; I < Gone.Path.size(); ++I)
    if (Gone.Path[I].K == Step::Kind::Field)
      Fields.push_back(Gone.Path[I].Id);
  Fields.insert(Fields.end(), What.Fields.begin(), What.Fields.end());
  if (Fields.empty())
    return Gone.Path.size() == Steps &&
           (C.Start == NoFunction || namesArgument(*A.index()[C.Start].Decl));
  return C.Start != NoFunction && uses(C.Start, Fields) &&
         (!What.Fields.empty() || !isCopy(What.Argument));
}

bool ThreadData::has(const ThreadUse &Request, PlaceId Handle,
                     const FunctionFlow &F, const Taken &What) {
  if (What.Object == NoPlace || Handle == NoPlace)
    return false;
  if (mayHaveFailed(F.Decl->getBody(), Request.At, What.At))
    return false;
  Handle = original(Request, Handle, F);
  const std::vector<const ThreadCreate *> Creates =
      All.createsOf(Request.Handle);
  return !Creates.empty() && llvm::all_of(Creates, [&](const auto *C) {
    const std::vector<FunctionId> Runs =
        Threads::reachable(A.index(), C->Start);
    return !llvm::is_contained(Runs, F.Id) && has(*C, Handle, What) &&
           !mayWait(F, Request.At, What.At, C->Start);
  });
}

} // namespace thread_stop::flow
