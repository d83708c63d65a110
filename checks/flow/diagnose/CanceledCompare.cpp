// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-canceled-compare: the result of a join compared with a number
// where PTHREAD_CANCELED is meant.

#include "flow/Joins.h"
#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"
#include "clang/Basic/SourceManager.h"

#include <algorithm>
#include <set>

using namespace clang;

namespace thread_stop::flow {

/// The narrowest integer that casts make of a value, in bits; 64 if none.
static unsigned narrowestCast(const Expr *E, const ASTContext &Ctx) {
  unsigned Bits = 64;
  for (unsigned I = 0; I < 32; ++I) {
    if (E->getType()->isBooleanType())
      return 1;
    if (E->getType()->isIntegerType())
      Bits =
          std::min(Bits, static_cast<unsigned>(Ctx.getTypeSize(E->getType())));
    if (const auto *C = dyn_cast<CastExpr>(E))
      E = C->getSubExpr();
    else if (const auto *P = dyn_cast<ParenExpr>(E))
      E = P->getSubExpr();
    else
      break;
  }
  return Bits;
}

namespace {
/// A comparison of a join's result with a number.
struct Comparison {
  const Expr *Result = nullptr;
  const Expr *Constant = nullptr;
  BinaryOperatorKind Op = BO_EQ; ///< with the result on the left
  int64_t Number = 0;
  const CallExpr *Join = nullptr;
};

class CanceledCompareDiagnoser {
public:
  CanceledCompareDiagnoser(TuAnalysis &A, JoinIndex &Joins,
                           DefinitionFlow &Flow, std::vector<Finding> &Out)
      : A(A), Joins(Joins), Flow(Flow), Out(Out), Text(A.context()) {}

  void run() {
    Flow.forEach([&](const DefinitionState &S, const Stmt *Each) {
      if (const auto *B = dyn_cast<BinaryOperator>(Each))
        noteNamed(*B, S);
      else if (const auto *C = dyn_cast<CallExpr>(Each))
        noteCancel(*C);
    });
    Flow.forEach([&](const DefinitionState &S, const Stmt *Each) {
      if (const auto *B = dyn_cast<BinaryOperator>(Each))
        checkComparison(*B, S);
      else if (const auto *Switch = dyn_cast<SwitchStmt>(Each))
        checkSwitch(*Switch, S);
    });
  }

private:
  //===--- What the function does with its threads -----------------------===//

  /// The joins whose result `E` may be; empty unless it is one whenever it
  /// has a value that the program did not write out itself.
  std::set<const CallExpr *> joinsOf(const Expr *E, const DefinitionState &S,
                                     std::optional<int64_t> Excluded) {
    std::set<const CallExpr *> Found;
    for (DefinitionId Id : Flow.valueOf(E, S)) {
      const Definition &D = Flow[Id];
      if (D.K == Definition::Kind::Joined)
        Found.insert(cast<CallExpr>(D.Value));
      else if (D.K == Definition::Kind::Constant) {
        // `result = (void *)-1;` where the join failed: an own marker.
        if (!Excluded || D.isNumber(*Excluded) || D.IsCanceled)
          return {};
      } else if (D.K != Definition::Kind::Uninitialized) {
        return {};
      }
    }
    return Found;
  }

  /// The one constant that `E` is.
  const Definition *constantOf(const Expr *E, const DefinitionState &S) {
    const DefinitionSet D = Flow.valueOf(E, S);
    return D.size() == 1 && Flow[D[0]].K == Definition::Kind::Constant
               ? &Flow[D[0]]
               : nullptr;
  }

  /// Who compares with the right name knows what the other numbers mean.
  void noteNamed(const BinaryOperator &B, const DefinitionState &S) {
    if (!B.isComparisonOp())
      return;
    for (auto [Named, Result] :
         {std::pair(B.getLHS(), B.getRHS()), std::pair(B.getRHS(), B.getLHS())})
      if (const Definition *D = constantOf(Named, S); D && D->IsCanceled)
        for (DefinitionId Id : Flow.valueOf(Result, S))
          if (Flow[Id].K == Definition::Kind::Joined)
            ComparedByName.insert(Flow[Id].Value);
  }

  void noteCancel(const CallExpr &C) {
    const FunctionDecl *Callee = A.index().calleeOf(C);
    if (!Callee || !A.apis().of(*Callee).is(model::CancelRole::Cancel) ||
        C.getNumArgs() == 0)
      return;
    Cancels.push_back({&C, Joins.storageOf(C.getArg(0))});
  }

  /// The call that cancels, in this function and before `Join`, the thread
  /// that it joins.
  const CallExpr *cancelBefore(const CallExpr &Join) {
    const Expr *Handle = Joins.joinOf(Join).Handle;
    const ValueDecl *Storage = Handle ? Joins.storageOf(Handle) : nullptr;
    const SourceManager &SM = A.context().getSourceManager();
    for (const auto &[Call, Its] : Cancels)
      if (Storage && Its == Storage &&
          SM.isBeforeInTranslationUnit(Call->getBeginLoc(), Join.getBeginLoc()))
        return Call;
    return nullptr;
  }

  /// Some call in this file cancels the thread that `Join` joins.
  bool isCancelled(const CallExpr &Join) {
    const Expr *Handle = Joins.joinOf(Join).Handle;
    const ValueDecl *Storage = Handle ? Joins.storageOf(Handle) : nullptr;
    const std::vector<ApiCall> &Stops = A.index().ForcedStops;
    return Storage &&
           std::any_of(Stops.begin(), Stops.end(), [&](const ApiCall &S) {
             const auto *C = dyn_cast<CallExpr>(S.Call);
             return C && C->getNumArgs() > 0 &&
                    A.apis().of(*S.Callee).is(model::CancelRole::Cancel) &&
                    Joins.storageOf(C->getArg(0)) == Storage;
           });
  }

  /// A thread of this file that nothing can cancel: the file cancels none, and
  /// its handle does not leave the file.
  bool isNeverCancelled(const CallExpr &Join) {
    const Threads *All = A.gate().threads();
    const Expr *Handle = Joins.joinOf(Join).Handle;
    const HandleId H = All && Handle ? All->handleOf(Handle) : NoHandle;
    if (H == NoHandle || !A.index().ForcedStops.empty())
      return false;
    const ThreadHandle &Its = All->handle(H);
    return !All->createsOf(H).empty() && Its.Escapes.isInvalid() &&
           !Its.Visible;
  }

  //===--- Comparisons ----------------------------------------------------===//

  bool canOnlyMeanCanceled(const Comparison &C) {
    if (ComparedByName.count(C.Join))
      return false;
    const Answers Its = Joins.answersOf(Joins.joinOf(*C.Join).Handle);
    if (C.Op != BO_EQ && C.Op != BO_NE)
      // "Negative": only where no routine answers with numbers.
      return Its.Known && isCancelled(*C.Join) &&
             !Its.may(Answers::MinusOne | Answers::Negative);
    // Among other numbers it may be one of the program's own.
    if (C.Number == -1)
      return Its.Known ? !Its.may(Answers::MinusOne) &&
                             !(Its.may(Answers::Number | Answers::Negative) &&
                               isNeverCancelled(*C.Join))
                       : isCancelled(*C.Join);
    // NULL: a routine that has other answers may mean something by it.
    return cancelBefore(*C.Join) &&
           (!Its.Known || !Its.may(Answers::Null) || Its.Bits == Answers::Null);
  }

  static bool isNegativeTest(BinaryOperatorKind Op, int64_t Number) {
    return ((Op == BO_LT || Op == BO_GE) && Number == 0) ||
           ((Op == BO_LE || Op == BO_GT) && Number == -1);
  }

  void checkComparison(const BinaryOperator &B, const DefinitionState &S) {
    if (!B.isEqualityOp() && !B.isRelationalOp())
      return;
    for (bool Swapped : {false, true}) {
      Comparison C;
      C.Result = Swapped ? B.getRHS() : B.getLHS();
      C.Constant = Swapped ? B.getLHS() : B.getRHS();
      C.Op = Swapped && B.isRelationalOp()
                 ? BinaryOperator::reverseComparisonOp(B.getOpcode())
                 : B.getOpcode();
      const Definition *Number = constantOf(C.Constant, S);
      if (!Number || Number->IsCanceled)
        continue;
      C.Number = Number->Number == 0xffffffff ? -1 : Number->Number;
      if (B.isRelationalOp() ? !isNegativeTest(C.Op, C.Number) ||
                                   !C.Result->getType()->isSignedIntegerType()
                             : C.Number != -1 && C.Number != 0)
        continue;
      if (B.isEqualityOp() && C.Number == 0 && !isNull(C))
        continue;
      const std::set<const CallExpr *> From = joinsOf(C.Result, S, C.Number);
      if (From.empty() || narrowestCast(C.Result, A.context()) < 32)
        continue;
      if (std::all_of(From.begin(), From.end(), [&](const CallExpr *Join) {
            C.Join = Join;
            return canOnlyMeanCanceled(C);
          }))
        report(B, C, From);
      return;
    }
  }

  /// `result == NULL`, and not `(long)result == 0`, which is a number.
  static bool isNull(const Comparison &C) {
    return C.Result->getType()->isPointerType();
  }

  void checkSwitch(const SwitchStmt &Switch, const DefinitionState &S) {
    Comparison C;
    C.Result = Switch.getCond();
    C.Number = -1;
    const std::set<const CallExpr *> From = joinsOf(C.Result, S, -1);
    if (From.empty() || narrowestCast(C.Result, A.context()) < 32)
      return;
    for (const SwitchCase *Each = Switch.getSwitchCaseList(); Each;
         Each = Each->getNextSwitchCase()) {
      const auto *Case = dyn_cast<CaseStmt>(Each);
      if (!Case || Case->getRHS())
        continue;
      const Definition *Number = constantOf(Case->getLHS(), S);
      if (!Number || !Number->isNumber(-1))
        continue;
      if (std::all_of(From.begin(), From.end(), [&](const CallExpr *Join) {
            C.Join = Join;
            return canOnlyMeanCanceled(C);
          }))
        add(Case->getBeginLoc(), -1, From);
    }
  }

  //===--- Reports --------------------------------------------------------===//

  Finding &add(SourceLocation L, int64_t Number,
               const std::set<const CallExpr *> &From,
               const char *Instead = nullptr) {
    Finding New;
    New.Check = CheckKind::CanceledCompare;
    New.Loc = Text.fileLoc(L);
    New.Message = "the result of a cancelled thread is 'PTHREAD_CANCELED', "
                  "which ";
    New.Message += Instead       ? Instead
                   : Number == 0 ? "is never NULL"
                                 : "need not be -1";
    std::vector<const CallExpr *> Calls(From.begin(), From.end());
    const SourceManager &SM = A.context().getSourceManager();
    std::sort(Calls.begin(), Calls.end(), [&](auto *Left, auto *Right) {
      return SM.isBeforeInTranslationUnit(Left->getBeginLoc(),
                                          Right->getBeginLoc());
    });
    if (const CallExpr *Cancel = cancelBefore(*Calls.front()))
      New.Notes.push_back({Text.fileLoc(Cancel->getBeginLoc()),
                           "the thread is cancelled here",
                           {},
                           false});
    New.Notes.push_back({Text.fileLoc(Calls.front()->getBeginLoc()),
                         "the result comes from this join",
                         {},
                         false});
    Out.push_back(std::move(New));
    return Out.back();
  }

  void report(const BinaryOperator &B, const Comparison &C,
              const std::set<const CallExpr *> &From) {
    if (B.isRelationalOp()) {
      add(B.getBeginLoc(), C.Number, From, "need not be negative");
      return;
    }
    Finding &New = add(B.getBeginLoc(), C.Number, From);
    // What NULL was meant to say is not certain: no fix.
    if (C.Number == -1)
      New.Fix = replacement(C);
  }

  /// `(intptr_t)result == -1` becomes `result == PTHREAD_CANCELED`.
  std::vector<Edit> replacement(const Comparison &C) {
    const std::optional<CharSourceRange> Number =
        Text.range(C.Constant->IgnoreImplicit());
    if (!Number)
      return {};
    const Expr *Result = C.Result->IgnoreImplicit();
    if (Result->getType()->isPointerType())
      return {{*Number, "PTHREAD_CANCELED"}};
    const Expr *Inner = withoutCasts(Result);
    if (Inner->getType()->isVoidPointerType()) {
      const std::optional<CharSourceRange> Casts =
          Text.fileRange(Result->getSourceRange());
      const std::string Pointer = Text.text(Inner);
      if (!Casts || Pointer.empty())
        return {};
      const bool NeedsParens =
          isa<BinaryOperator>(Inner) || isa<AbstractConditionalOperator>(Inner);
      return {{*Casts, NeedsParens ? "(" + Pointer + ")" : Pointer},
              {*Number, "PTHREAD_CANCELED"}};
    }
    // A number that was made from the result elsewhere.
    const ASTContext &Ctx = A.context();
    const QualType T = Result->getType().getUnqualifiedType();
    std::string Cast = "(" + T.getAsString(Ctx.getPrintingPolicy()) + ")";
    if (Ctx.getTypeSize(T) != Ctx.getTypeSize(Ctx.VoidPtrTy))
      Cast += "(long)";
    return {{*Number, Cast + "PTHREAD_CANCELED"}};
  }

  TuAnalysis &A;
  JoinIndex &Joins;
  DefinitionFlow &Flow;
  std::vector<Finding> &Out;
  support::SourceText Text;
  std::set<const Expr *> ComparedByName;
  std::vector<std::pair<const CallExpr *, const ValueDecl *>> Cancels;
};
} // namespace

void diagnoseCanceledCompare(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken() || A.index().Joins.empty())
    return;
  JoinIndex Joins(A);
  for (FunctionId F : Joins.callers())
    if (DefinitionFlow *Flow = Joins.flow(F))
      CanceledCompareDiagnoser(A, Joins, *Flow, Out).run();
}

} // namespace thread_stop::flow
