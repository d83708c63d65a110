// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C++ code that the unwinding of a cancelled thread cannot pass:
// thread-stop-cancel-in-noexcept and thread-stop-swallowed-unwind.

#include "flow/AstWalk.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace thread_stop::flow {

/// A point (or the thread's end) that unwinds from here.
static bool canUnwind(const TuAnalysis &A, const StateSet &S, FunctionId F,
                      const PointHere &P) {
  if (P.EndsThread)
    return !S.States.empty();
  return allEnabled(A, S, F);
}

//===--- noexcept ---------------------------------------------------------===//

static bool isNoexcept(const FunctionDecl &F) {
  const auto *T = F.getType()->getAs<FunctionProtoType>();
  return T && !isUnresolvedExceptionSpec(T->getExceptionSpecType()) &&
         T->isNothrow();
}

static std::string describe(const FunctionDecl &F) {
  if (isa<CXXDestructorDecl>(F))
    return "a destructor is noexcept";
  const auto *M = dyn_cast<CXXMethodDecl>(&F);
  if (M && M->getParent()->isLambda())
    return "this lambda is noexcept";
  return "this function is noexcept";
}

static void diagnoseNoexcept(TuAnalysis &A, const FunctionFlow &F,
                             std::vector<Finding> &Out) {
  const Reporter Report(A, F);
  const bool Noexcept = isNoexcept(*F.Decl);
  PointFilter Wanted;
  Wanted.Strict = A.options().gated(CheckKind::CancelInNoexcept).StrictPoints;
  Wanted.ThreadEnds = true;
  bool Done = false;
  A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
    std::optional<PointHere> P = pointAt(A, Each, Wanted);
    if (!P || Done || !(Noexcept || P->Nothrow) || !canUnwind(A, S, F.Id, *P))
      return;
    const std::string Callee = Report.callee(P->Site);
    Finding New = Report.finding(
        CheckKind::CancelInNoexcept, P->Site,
        P->EndsThread
            ? Callee + " unwinds out of a noexcept function: the program is "
                       "terminated"
        : Noexcept ? "a thread cancelled in " + Callee +
                         " unwinds into noexcept code: the program is "
                         "terminated"
                   : Callee + " is declared to throw nothing, but a cancel "
                              "unwinds out of it");
    if (Noexcept) {
      Report.note(New, F.Decl->getLocation(), describe(*F.Decl));
      Done = true;
    }
    Report.noteInside(New, *P);
    Out.push_back(std::move(New));
  });
}

void diagnoseNoexceptPoints(TuAnalysis &A, std::vector<Finding> &Out) {
  if (unwinds(A))
    forEachCancellable(
        A, CheckKind::CancelInNoexcept,
        [&](const FunctionFlow &F) { diagnoseNoexcept(A, F, Out); });
}

//===--- catch (...) ------------------------------------------------------===//

namespace {
/// What can become of an unwinding that a handler has caught.
class Handler {
public:
  explicit Handler(const TuAnalysis &A) : A(A) {}

  /// Some path through `S` ends without a rethrow, an abort or the like.
  bool swallows(const Stmt *S) { return walk(S) || Leaves; }

private:
  bool endsProgram(const Expr *E) const {
    const auto *C = dyn_cast<CallExpr>(E->IgnoreParenCasts()->IgnoreImplicit());
    const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
    if (!F)
      return false;
    if (F->isNoReturn())
      return true;
    const FunctionId Id = A.index().idOf(F);
    return Id != NoFunction && A.index()[Id].Followed &&
           A.summaryOf(Id).neverReturns();
  }

  /// Every label leads to an end, and there is one for all other values.
  bool walkSwitch(const SwitchStmt &W) {
    const auto *Body = dyn_cast_or_null<CompoundStmt>(W.getBody());
    bool HasDefault = false, Open = false;
    if (!Body)
      return true;
    for (const Stmt *Each : Body->body()) {
      if (const auto *C = dyn_cast<SwitchCase>(Each)) {
        HasDefault |= isa<DefaultStmt>(C);
        Open = true;
      }
      if (isa<BreakStmt>(Each))
        return true;
      if (Open)
        Open = walk(Each);
    }
    return Open || !HasDefault;
  }

  /// True if control can go on behind `S`.
  bool walk(const Stmt *S) {
    if (!S)
      return true;
    if (const auto *C = dyn_cast<CompoundStmt>(S)) {
      for (const Stmt *Each : C->body())
        if (!walk(Each))
          return false;
      return true;
    }
    if (const auto *I = dyn_cast<IfStmt>(S)) {
      const bool Then = walk(I->getThen());
      const bool Else = walk(I->getElse());
      return Then || Else;
    }
    if (isa<ReturnStmt>(S) || isa<GotoStmt>(S) || isa<BreakStmt>(S) ||
        isa<ContinueStmt>(S) || isa<CoreturnStmt>(S)) {
      Leaves = true;
      return false;
    }
    if (const auto *L = dyn_cast<LabelStmt>(S))
      return walk(L->getSubStmt());
    if (const auto *E = dyn_cast<Expr>(S)) {
      const Expr *Plain = E->IgnoreParenCasts()->IgnoreImplicit();
      if (const auto *T = dyn_cast<CXXThrowExpr>(Plain))
        return T->getSubExpr() != nullptr;
      return !endsProgram(E);
    }
    if (const auto *T = dyn_cast<CXXTryStmt>(S))
      return walk(T->getTryBlock());
    if (const auto *W = dyn_cast<SwitchStmt>(S))
      return walkSwitch(*W);
    if (const auto *C = dyn_cast<SwitchCase>(S))
      return walk(C->getSubStmt());
    return true;
  }

  const TuAnalysis &A;
  bool Leaves = false;
};

class SwallowDiagnoser {
public:
  SwallowDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                   std::vector<Finding> &Out)
      : A(A), F(F), Report(A, F), Out(Out) {}

  void run() {
    forEachEvaluated(F.Decl->getBody(), [&](const Stmt *S, const Stmt *) {
      if (const auto *T = dyn_cast<CXXTryStmt>(S))
        consider(*T);
    });
    if (Tries.empty())
      return;
    PointFilter Wanted;
    Wanted.Strict = A.options().gated(CheckKind::SwallowedUnwind).StrictPoints;
    Wanted.ThreadEnds = true;
    A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
      std::optional<PointHere> P = pointAt(A, Each, Wanted);
      if (P && canUnwind(A, S, F.Id, *P))
        caught(*P);
    });
  }

private:
  struct Try {
    const CXXCatchStmt *All = nullptr; ///< the catch (...), null: none
    bool Swallows = false;
    llvm::DenseSet<const Stmt *> Inside;
    bool Reported = false;
  };

  /// abi::__forced_unwind, which is what a cancel throws.
  static bool catchesForcedUnwind(const CXXCatchStmt &C) {
    const CXXRecordDecl *R =
        C.getCaughtType().getNonReferenceType()->getAsCXXRecordDecl();
    return R && R->getIdentifier() && R->getName() == "__forced_unwind";
  }

  void consider(const CXXTryStmt &T) {
    for (unsigned I = 0; I < T.getNumHandlers(); ++I) {
      const CXXCatchStmt &C = *T.getHandler(I);
      const bool Forced = C.getExceptionDecl() && catchesForcedUnwind(C);
      if (C.getExceptionDecl() && !Forced)
        continue;
      Try New;
      New.All = &C;
      // The handler of a constructor's or destructor's own body rethrows.
      const bool Rethrows =
          F.Decl->getBody() == &T &&
          (isa<CXXConstructorDecl>(F.Decl) || isa<CXXDestructorDecl>(F.Decl));
      New.Swallows = !Rethrows && Handler(A).swallows(C.getHandlerBlock());
      forEachEvaluated(T.getTryBlock(), [&](const Stmt *S, const Stmt *) {
        New.Inside.insert(S);
      });
      Tries.push_back(std::move(New));
      return;
    }
  }

  /// The innermost handler gets the unwinding first; one that rethrows hands
  /// it on to the next.
  void caught(const PointHere &P) {
    const Stmt *S = F.Sites[P.Site].S;
    for (auto It = Tries.rbegin(); It != Tries.rend(); ++It) {
      if (!S || !It->Inside.count(S))
        continue;
      if (!It->Swallows)
        continue;
      if (!It->Reported)
        report(*It, P);
      It->Reported = true;
      return;
    }
  }

  void report(const Try &T, const PointHere &P) {
    Finding New;
    New.Check = CheckKind::SwallowedUnwind;
    const SourceLocation At = T.All->getCatchLoc();
    New.Loc = support::SourceText(A.context()).fileLoc(At);
    New.Message = "this handler swallows the unwinding of a cancelled thread: "
                  "the program is aborted";
    Report.note(New, P.Site,
                P.EndsThread ? "the thread ends here"
                             : "the thread can be cancelled here");
    Report.noteInside(New, P);
    if (At.isFileID() && !T.All->getExceptionDecl()) {
      New.Fix.push_back({support::SourceText::at(At),
                         "catch (abi::__forced_unwind &) {\n" +
                             support::SourceText(A.context()).indentation(At) +
                             "    throw;\n" +
                             support::SourceText(A.context()).indentation(At) +
                             "} "});
      New.FixHeader = "cxxabi.h";
    }
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  const Reporter Report;
  std::vector<Finding> &Out;
  std::vector<Try> Tries; // outer ones first
};
} // namespace

void diagnoseSwallowedUnwinds(TuAnalysis &A, std::vector<Finding> &Out) {
  if (unwinds(A))
    forEachCancellable(
        A, CheckKind::SwallowedUnwind,
        [&](const FunctionFlow &F) { SwallowDiagnoser(A, F, Out).run(); });
}

} // namespace thread_stop::flow
