// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-stale-cleanup-argument: a cleanup handler that gets the value
// which a variable had at the push, although the variable is set later.

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "flow/HandlerArguments.h"
#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

#include <algorithm>
#include <set>

using namespace clang;

namespace thread_stop::flow {

/// What runs between push and pop.
static llvm::DenseSet<const Stmt *> statementsOf(const CleanupRegion &R) {
  llvm::DenseSet<const Stmt *> Inside;
  auto Add = [&](const Stmt *S) {
    forEachEvaluated(
        S, [&](const Stmt *Each, const Stmt *) { Inside.insert(Each); });
  };
  if (R.Inner) {
    Add(R.Inner->getBody());
    return Inside;
  }
  bool Open = false;
  for (const Stmt *S : cast<CompoundStmt>(R.Outer->getBody())->body()) {
    const Expr *E = dyn_cast<Expr>(S);
    const Stmt *Plain = E ? withoutCasts(E) : S;
    if (Plain == R.PopAt || S == R.PopAt)
      break;
    if (Open)
      Add(S);
    Open |= Plain == R.PushAt || S == R.PushAt;
  }
  return Inside;
}

namespace {
/// What happens to the pushed variable inside the region.
struct LaterWrite {
  enum class Kind : uint8_t { Set, Reallocated, Renewed };
  const Stmt *At = nullptr;
  Kind K = Kind::Set;
  /// Where the pushed value itself is given back, if it is.
  const Stmt *Released = nullptr;
};

/// A statement that writes a variable or gives its value back.
struct Event {
  const Stmt *At = nullptr;
  PlaceId Variable = NoPlace;
  DefinitionSet Before;
  DefinitionSet After;       ///< empty: it is not written
  bool IsAssignment = false; ///< `p = ...` or a call that gets `&p`
  bool IsRelease = false;
  bool IsRealloc = false;
};

class StaleArgumentDiagnoser {
public:
  StaleArgumentDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                         DefinitionFlow &Flow, HandlerArguments &Calls,
                         std::vector<Finding> &Out)
      : A(A), F(F), Flow(Flow), Calls(Calls), Out(Out), Text(A.context()) {}

  void run() {
    llvm::SmallVector<const CleanupRegion *, 4> Checked;
    for (const CleanupRegion &R : F.Regions)
      if (pushedVariable(R) != NoPlace && Calls.usesArgument(R.Handler)) {
        Checked.push_back(&R);
        PushedValue.insert({R.PushAt, {withoutCasts(R.Argument), {}}});
        Variables.insert(pushedVariable(R));
      }
    if (Checked.empty())
      return;
    Flow.forEach(
        [&](const DefinitionState &S, const Stmt *Each) { record(S, Each); });
    for (const CleanupRegion *R : Checked)
      check(*R);
  }

private:
  //===--- One walk over the function -------------------------------------===//

  /// The variable or field that a push hands over by value.
  PlaceId pushedVariable(const CleanupRegion &R) {
    if (!R.Handler || !R.Argument || !F.reaches(R.PushAt))
      return NoPlace;
    const Expr *E = withoutCasts(R.Argument);
    const QualType T = E->getType();
    bool IsElement = false;
    const PlaceId P = isa<DeclRefExpr>(E) || isa<MemberExpr>(E)
                          ? Flow.placeOf(E, &IsElement)
                          : NoPlace;
    return !IsElement &&
                   (T->isPointerType() || T->isIntegralOrEnumerationType())
               ? P
               : NoPlace;
  }

  void record(const DefinitionState &S, const Stmt *Each) {
    if (auto It = PushedValue.find(Each); It != PushedValue.end())
      It->second.second = Flow.valueOf(It->second.first, S);
    const auto *B = dyn_cast<BinaryOperator>(Each);
    const bool IsAssignment =
        isa<CallExpr>(Each) || (B && B->getOpcode() == BO_Assign);
    if (IsAssignment)
      for (const PlaceWrite &W : Flow.writesOf(Each, S))
        if (Variables.count(W.To)) {
          Event E;
          E.At = Each;
          E.Variable = W.To;
          E.Before = Flow.valueOf(W.To, S);
          E.After = W.Value;
          E.IsAssignment = true;
          Events.push_back(std::move(E));
        }
    if (!isa<CallExpr>(Each) && !isa<CXXDeleteExpr>(Each))
      return;
    for (const ReleasedArgument &R : Calls.releasedBy(*cast<Expr>(Each))) {
      Event E;
      E.At = Each;
      E.Variable = Flow.placeOf(R.Argument);
      if (!Variables.count(E.Variable))
        continue;
      E.Before = Flow.valueOf(R.Argument, S);
      E.IsRelease = true;
      E.IsRealloc = R.IsRealloc;
      Events.push_back(std::move(E));
    }
  }

  //===--- One push -------------------------------------------------------===//

  void check(const CleanupRegion &R) {
    Pushed = withoutCasts(R.Argument);
    Variable = pushedVariable(R);
    AtPush = PushedValue.find(R.PushAt)->second.second;
    if (AtPush.empty())
      return;
    Inside.clear();
    const llvm::DenseSet<const Stmt *> Region = statementsOf(R);
    for (const Event &E : Events)
      if (E.Variable == Variable && Region.count(E.At))
        Inside.push_back(&E);
    if (wasUnset())
      checkUnset(R);
    else
      checkReplaced(R, isPushedAgain(R, Region));
  }

  /// Nothing that a handler could give back.
  static bool isUnset(const Definition &D) {
    return D.K == Definition::Kind::Uninitialized || D.isNumber(0) ||
           D.isNumber(-1);
  }

  bool wasUnset() const {
    return std::all_of(AtPush.begin(), AtPush.end(),
                       [&](DefinitionId D) { return isUnset(Flow[D]); });
  }

  bool isRealValue(const DefinitionSet &Value) const {
    return std::any_of(Value.begin(), Value.end(),
                       [&](DefinitionId D) { return !isUnset(Flow[D]); });
  }

  bool isBefore(const Stmt *Left, const Stmt *Right) const {
    return A.context().getSourceManager().isBeforeInTranslationUnit(
        Left->getBeginLoc(), Right->getBeginLoc());
  }

  void checkUnset(const CleanupRegion &R) {
    LaterWrite First;
    for (const Event *E : Inside)
      if (E->IsAssignment && isRealValue(E->After) &&
          (!First.At || isBefore(E->At, First.At)))
        First.At = E->At;
    if (First.At)
      report(R, First);
  }

  /// Whether a value may be the one that was pushed.
  bool mayBePushed(const DefinitionSet &Value) const {
    return std::any_of(Value.begin(), Value.end(), [&](DefinitionId D) {
      return std::binary_search(AtPush.begin(), AtPush.end(), D);
    });
  }

  /// The same variable is pushed once more inside: each handler has its own
  /// value then.
  bool isPushedAgain(const CleanupRegion &R,
                     const llvm::DenseSet<const Stmt *> &Region) {
    return std::any_of(F.Regions.begin(), F.Regions.end(),
                       [&](const CleanupRegion &Other) {
                         return &Other != &R && Region.count(Other.Outer) &&
                                pushedVariable(Other) == Variable;
                       });
  }

  void checkReplaced(const CleanupRegion &R, bool PushedAgain) {
    LaterWrite First;
    for (const Event *E : Inside) {
      if (!E->IsAssignment || (First.At && !isBefore(E->At, First.At)))
        continue;
      const LaterWrite Its = replacementBy(*E, PushedAgain);
      if (Its.At)
        First = Its;
    }
    if (First.At)
      report(R, First);
  }

  /// How a write leaves the handler with a value that is not the variable's;
  /// nothing if that may be meant.
  LaterWrite replacementBy(const Event &E, bool PushedAgain) {
    // getline(&line, ...) reallocates as it likes.
    if (const auto *C = dyn_cast<CallExpr>(E.At))
      if (Calls.mayReallocate(*C) && mayBePushed(E.Before))
        return {E.At, LaterWrite::Kind::Reallocated, E.At};
    for (const Event *Release : Inside) {
      if (!Release->IsRelease || !mayBePushed(Release->Before))
        continue;
      if (Release->IsRealloc
              ? comesFrom(E.After, Release->At)
              : isRealValue(E.After) && isBefore(Release->At, E.At))
        return {E.At,
                Release->IsRealloc ? LaterWrite::Kind::Reallocated
                                   : LaterWrite::Kind::Renewed,
                Release->At};
    }
    if (!PushedAgain && isAcquired(E.After))
      return {E.At, LaterWrite::Kind::Renewed, nullptr};
    return {};
  }

  bool comesFrom(const DefinitionSet &Value, const Stmt *Call) const {
    return std::any_of(Value.begin(), Value.end(),
                       [&](DefinitionId D) { return Flow[D].Value == Call; });
  }

  /// A new resource: the one that was pushed is another.
  bool isAcquired(const DefinitionSet &Value) const {
    return std::all_of(Value.begin(), Value.end(), [&](DefinitionId D) {
      return Flow[D].K == Definition::Kind::Expression &&
             Calls.isAcquired(*Flow[D].Value);
    });
  }

  //===--- Reports --------------------------------------------------------===//

  /// As the programmer wrote it; the push is a macro, so that it stands in an
  /// argument.
  std::string nameOf(const Expr *E) const {
    const std::optional<CharSourceRange> R = Text.fileRange(
        {Text.fileLoc(E->getBeginLoc()), Text.fileLoc(E->getEndLoc())});
    const SourceManager &SM = A.context().getSourceManager();
    const bool IsArgument = SM.isMacroArgExpansion(E->getBeginLoc()) &&
                            SM.isMacroArgExpansion(E->getEndLoc());
    const StringRef Written =
        R && IsArgument
            ? Lexer::getSourceText(*R, SM, A.context().getLangOpts())
            : StringRef();
    if (!Written.empty() && !Written.contains('\n'))
      return Written.str();
    if (const auto *D = dyn_cast<DeclRefExpr>(E))
      return D->getDecl()->getNameAsString();
    return cast<MemberExpr>(E)->getMemberDecl()->getNameAsString();
  }

  const char *stateAtPush() const {
    auto All = [&](auto Is) {
      return std::all_of(AtPush.begin(), AtPush.end(),
                         [&](DefinitionId D) { return Is(Flow[D]); });
    };
    if (All([](const Definition &D) { return D.isNumber(-1); }))
      return "is -1";
    if (All([](const Definition &D) { return D.isNumber(0); }))
      return Pushed->getType()->isPointerType() ? "is null" : "is 0";
    if (All([](const Definition &D) {
          return D.K == Definition::Kind::Uninitialized;
        }))
      return "has no value yet";
    return "is not set yet";
  }

  void addNote(Finding &To, SourceLocation L, std::string Message) const {
    To.Notes.push_back({Text.fileLoc(L), std::move(Message), {}, false});
  }

  void report(const CleanupRegion &R, const LaterWrite &Later) {
    const std::string Name = "'" + nameOf(Pushed) + "'";
    Finding New;
    New.Check = CheckKind::StaleCleanupArgument;
    New.Loc = Text.fileLoc(R.pushLoc());
    const bool WasUnset =
        std::all_of(AtPush.begin(), AtPush.end(),
                    [&](DefinitionId D) { return isUnset(Flow[D]); });
    if (WasUnset)
      New.Message = Name + " " + stateAtPush() +
                    " at this push: the handler never gets the later value";
    else if (Later.K == LaterWrite::Kind::Reallocated)
      New.Message = Name + " is reallocated after this push: the handler gets "
                           "the old block";
    else
      New.Message = Name + " is set anew after this push: the handler gets the "
                           "old value";
    if (Later.Released && Later.Released != Later.At)
      addNote(New, Later.Released->getBeginLoc(),
              Later.K == LaterWrite::Kind::Reallocated
                  ? "the old block is given up here"
                  : "the old value is released here");
    addNote(New, Later.At->getBeginLoc(), Name + " is set here");
    addNote(New, New.Loc,
            "push '&" + nameOf(Pushed) + "' and let the handler read it there");
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  DefinitionFlow &Flow;
  HandlerArguments &Calls;
  std::vector<Finding> &Out;
  support::SourceText Text;
  // Of the whole function.
  llvm::DenseMap<const Stmt *, std::pair<const Expr *, DefinitionSet>>
      PushedValue;
  std::set<PlaceId> Variables;
  std::vector<Event> Events;
  // Of the push that is checked now.
  const Expr *Pushed = nullptr;
  PlaceId Variable = NoPlace;
  DefinitionSet AtPush;
  std::vector<const Event *> Inside;
};
} // namespace

/// Whether the function writes the field of some object, or may through its
/// address. In C only: in C++ a reference may be bound to it.
static bool setsField(const Stmt *Body, const ValueDecl *Field) {
  return anyEvaluated(Body, [&](const Stmt *S, const Stmt *) {
    const Expr *Target = nullptr;
    if (const auto *B = dyn_cast<BinaryOperator>(S))
      Target = B->isAssignmentOp() ? B->getLHS() : nullptr;
    else if (const auto *U = dyn_cast<UnaryOperator>(S))
      Target = U->isIncrementDecrementOp() || U->getOpcode() == UO_AddrOf
                   ? U->getSubExpr()
                   : nullptr;
    const auto *M =
        Target ? dyn_cast<MemberExpr>(Target->IgnoreParenCasts()) : nullptr;
    return M && M->getMemberDecl() == Field;
  });
}

/// A push of a variable that the function also sets: only then it is worth
/// following where values come from.
static bool mayGoStale(const FunctionFlow &F, const ASTContext &Ctx) {
  const Stmt *Body = F.Decl->getBody();
  return llvm::any_of(F.Regions, [&](const CleanupRegion &R) {
    const Expr *E = R.Argument ? withoutCasts(R.Argument) : nullptr;
    if (const auto *D = dyn_cast_or_null<DeclRefExpr>(E)) {
      const auto *V = dyn_cast<VarDecl>(D->getDecl());
      return V && (V->getType()->isReferenceType() || !F.Use.neverWritten(V));
    }
    const auto *M = dyn_cast_or_null<MemberExpr>(E);
    return M &&
           (Ctx.getLangOpts().CPlusPlus || setsField(Body, M->getMemberDecl()));
  });
}

void diagnoseStaleArguments(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken())
    return;
  HandlerArguments Calls(A);
  for (FunctionId F = 0; F < A.index().size(); ++F) {
    const FunctionFlow *Its = A.index()[F].HasRegion ? A.flow(F) : nullptr;
    if (!Its || !mayGoStale(*Its, A.context()))
      continue;
    CallOracle Oracle(A.apis());
    DefinitionFlow Flow(A.context(), A.places(), *Its->Decl, Oracle);
    if (Flow.isValid())
      StaleArgumentDiagnoser(A, *Its, Flow, Calls, Out).run();
  }
}

} // namespace thread_stop::flow
