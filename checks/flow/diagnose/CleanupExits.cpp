// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-unmatched-cleanup: the ways out of a cleanup region that skip
// its pop, and the ways into it that skip its push.

#include "flow/AstWalk.h"
#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"
#include "clang/AST/StmtCXX.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

namespace {
constexpr char AfterReturn[] =
    "glibc C: a later cancel crashes; glibc C++ and -fexceptions: the handler "
    "runs here; musl: it runs later, on a dead stack frame";
constexpr char AfterGoto[] =
    "glibc C and musl: the handler stays and runs at a later cancel; glibc "
    "C++ and -fexceptions: it runs here";
constexpr char AfterBreak[] =
    "glibc C: the pop is done and the outer loop goes on; glibc C++ and "
    "-fexceptions: the handler runs; musl: a later cancel calls it for ever";
constexpr char AfterJump[] =
    "POSIX leaves this undefined: the handler may run later, on a dead stack "
    "frame, or not at all";

/// Regions around a statement, innermost first, as a linked list in a vector.
struct Scope {
  int Parent = -1;
  int Region = -1;
};

/// What `break` or `continue` would leave.
struct Target {
  enum class Kind : uint8_t { None, Loop, Hidden } K = Kind::None;
  int Region = -1;
};

class ExitDiagnoser {
public:
  ExitDiagnoser(TuAnalysis &A, const FunctionFlow &F, std::vector<Finding> &Out)
      : A(A), F(F), Out(Out), Text(A.context()) {}

  void run() {
    for (size_t I = 0; I < F.Regions.size(); ++I)
      Opens[F.Regions[I].Outer] = static_cast<int>(I);
    Scopes.push_back({});
    walk(F.Decl->getBody());
    for (const auto &[Goto, From] : Gotos)
      checkGoto(*Goto, From);
    for (const CleanupRegion &R : F.Regions)
      checkVariants(R);
  }

private:
  struct Item {
    const Stmt *S;
    int Scope = 0;
    int SwitchScope = 0;
    Target Break, Continue;
    bool InUserLoop = false; ///< some loop of the program is around
  };

  void walk(const Stmt *Body) {
    Stack.push_back({Body, 0, 0, {}, {}, false});
    llvm::SmallVector<Item, 16> Children;
    while (!Stack.empty()) {
      const Item I = Stack.pop_back_val();
      visit(I);
      Children.clear();
      addChildren(I, Children);
      for (auto It = Children.rbegin(); It != Children.rend(); ++It)
        Stack.push_back(*It);
    }
  }

  void addChildren(const Item &I, llvm::SmallVectorImpl<Item> &To) {
    if (auto It = Opens.find(I.S); It != Opens.end()) {
      addRegion(I, It->second, To);
      return;
    }
    Item Inner = I;
    if (isa<WhileStmt>(I.S) || isa<DoStmt>(I.S) || isa<ForStmt>(I.S) ||
        isa<CXXForRangeStmt>(I.S)) {
      Inner.Break = Inner.Continue = {Target::Kind::Loop, -1};
      Inner.InUserLoop = true;
    } else if (isa<SwitchStmt>(I.S)) {
      Inner.Break = {Target::Kind::Loop, -1};
      Inner.SwitchScope = I.Scope;
      Inner.InUserLoop = true;
    }
    forEachEvaluatedChild(I.S, [&](const Stmt *C) {
      Inner.S = C;
      To.push_back(Inner);
    });
  }

  /// Of the macros' own statements nothing is looked at.
  void addRegion(const Item &I, int Number, llvm::SmallVectorImpl<Item> &To) {
    const CleanupRegion &R = F.Regions[Number];
    Item Inner = I;
    Scopes.push_back({I.Scope, Number});
    Inner.Scope = static_cast<int>(Scopes.size() - 1);
    Inner.Break = Inner.Continue = {Target::Kind::Hidden, Number};
    if (R.Inner) {
      Inner.S = R.Inner->getBody();
      To.push_back(Inner);
      return;
    }
    bool Inside = false;
    for (const Stmt *S : cast<CompoundStmt>(R.Outer->getBody())->body()) {
      if (contains(S, R.PopAt))
        break;
      if (Inside) {
        Inner.S = S;
        To.push_back(Inner);
      }
      Inside |= contains(S, R.PushAt);
    }
  }

  /// Whether `S` is `What`, maybe behind casts.
  static bool contains(const Stmt *S, const Stmt *What) {
    if (S == What)
      return What != nullptr;
    const auto *E = dyn_cast<Expr>(S);
    return E && What && E->IgnoreParenCasts()->IgnoreImplicit() == What;
  }

  void visit(const Item &I) {
    if (const auto *L = dyn_cast<LabelStmt>(I.S)) {
      Labels[L->getDecl()] = I.Scope;
    } else if (const auto *G = dyn_cast<GotoStmt>(I.S)) {
      Gotos.push_back({G, I.Scope});
    } else if (isa<SwitchCase>(I.S) && I.Scope != I.SwitchScope) {
      reportEntry(I.S, isa<CaseStmt>(I.S) ? "case" : "default",
                  entered(I.SwitchScope, I.Scope));
    } else if (I.Scope == 0) {
      return;
    } else if (isa<ReturnStmt>(I.S)) {
      report(I.S, "this 'return' skips 'pthread_cleanup_pop'", left(I.Scope, 0),
             AfterReturn);
    } else if (isa<CoreturnStmt>(I.S)) {
      report(I.S, "this 'co_return' skips 'pthread_cleanup_pop'",
             left(I.Scope, 0), AfterReturn);
    } else if (isa<BreakStmt>(I.S)) {
      reportHidden(I, I.Break, "break");
    } else if (isa<ContinueStmt>(I.S)) {
      reportHidden(I, I.Continue, "continue");
    } else if (const auto *C = dyn_cast<CallExpr>(I.S)) {
      visitCall(I, *C);
    }
  }

  void visitCall(const Item &I, const CallExpr &C) {
    const FunctionDecl *Callee = C.getDirectCallee();
    if (!Callee)
      return;
    const Api &Row = A.apis().of(*Callee);
    if (Row.SetJump) {
      JumpTargets.insert(I.Scope);
    } else if (Row.is(model::CancelRole::Jump)) {
      // Back to a setjmp in the same region: nothing is left.
      if (JumpTargets.count(I.Scope))
        return;
      report(&C,
             "'" + Callee->getNameAsString() + "' skips 'pthread_cleanup_pop'",
             left(I.Scope, 0), AfterJump);
    }
  }

  void reportHidden(const Item &I, Target T, const char *Word) {
    if (T.K != Target::Kind::Hidden)
      return;
    std::string Message = std::string("this '") + Word +
                          "' ends the loop hidden in 'pthread_cleanup_push'";
    if (I.InUserLoop)
      Message += ", not the outer one";
    report(I.S, std::move(Message), {T.Region}, AfterBreak);
  }

  void checkGoto(const GotoStmt &G, int From) {
    auto It = Labels.find(G.getLabel());
    if (It == Labels.end())
      return;
    const std::vector<int> Out = left(From, It->second);
    if (!Out.empty())
      report(&G, "this 'goto' skips 'pthread_cleanup_pop'", Out, AfterGoto);
    else
      reportEntry(&G, "goto", entered(From, It->second));
  }

  /// push_defer_np saves a type that only pop_restore_np puts back.
  void checkVariants(const CleanupRegion &R) {
    if (R.Defers == R.Restores || !R.PopAt || !F.reaches(R.PopAt))
      return;
    Finding New = start(
        R.PopAt->getBeginLoc(),
        R.Defers
            ? "'pthread_cleanup_push_defer_np' ends in 'pthread_cleanup_pop': "
              "the type stays deferred"
            : "'pthread_cleanup_pop_restore_np' without a push that saved the "
              "type");
    notePush(New, R);
    Out.push_back(std::move(New));
  }

  //===--- Scopes ---------------------------------------------------------===//

  /// Regions around `From` that are not around `To`, outer ones first. A scope
  /// has a higher number than those around it.
  std::vector<int> left(int From, int To) const {
    std::vector<int> Out;
    while (From != To)
      if (From > To) {
        Out.push_back(Scopes[From].Region);
        From = Scopes[From].Parent;
      } else {
        To = Scopes[To].Parent;
      }
    std::reverse(Out.begin(), Out.end());
    return Out;
  }
  std::vector<int> entered(int From, int To) const { return left(To, From); }

  //===--- Reports --------------------------------------------------------===//

  Finding start(SourceLocation L, std::string Message) const {
    Finding New;
    New.Check = CheckKind::UnmatchedCleanup;
    New.Loc = Text.fileLoc(L);
    New.Message = std::move(Message);
    return New;
  }

  void notePush(Finding &To, const CleanupRegion &R) const {
    To.Notes.push_back(
        {Text.fileLoc(R.pushLoc()), "the handler is pushed here", {}, false});
  }

  void report(const Stmt *S, std::string Message,
              const std::vector<int> &Regions, const char *Consequence) {
    if (!F.reaches(S) || !A.apis().isUserCode(S->getBeginLoc()))
      return;
    Finding New = start(S->getBeginLoc(), std::move(Message));
    for (int R : Regions)
      notePush(New, F.Regions[R]);
    New.Notes.push_back({New.Loc, Consequence, {}, false});
    Out.push_back(std::move(New));
  }

  void reportEntry(const Stmt *S, const char *Word,
                   const std::vector<int> &Regions) {
    if (Regions.empty() || !F.reaches(S))
      return;
    Finding New =
        start(S->getBeginLoc(), std::string("this '") + Word +
                                    "' jumps past 'pthread_cleanup_push': "
                                    "there is no handler to pop");
    for (int R : Regions)
      notePush(New, F.Regions[R]);
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  std::vector<Finding> &Out;
  support::SourceText Text;
  llvm::DenseMap<const Stmt *, int> Opens;
  std::vector<Scope> Scopes;
  llvm::SmallVector<Item, 64> Stack;
  llvm::DenseMap<const LabelDecl *, int> Labels;
  std::vector<std::pair<const GotoStmt *, int>> Gotos;
  llvm::DenseSet<int> JumpTargets; ///< scopes
};
} // namespace

void diagnoseCleanupExits(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken())
    return;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (A.index()[F].HasRegion)
      if (const FunctionFlow *Flow = A.flow(F))
        ExitDiagnoser(A, *Flow, Out).run();
}

} // namespace thread_stop::flow
