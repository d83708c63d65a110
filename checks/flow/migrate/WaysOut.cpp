// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A part of StopEdits: the statement with which a function ends its thread.

#include "flow/AstWalk.h"
#include "flow/migrate/StopEdits.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

static constexpr const char *Exit = "pthread_exit(PTHREAD_CANCELED)";

static bool isLoop(const Stmt *S) {
  return isa<WhileStmt>(S) || isa<ForStmt>(S) || isa<DoStmt>(S) ||
         isa<CXXForRangeStmt>(S);
}

//===--- Ways out ---------------------------------------------------------===//

/// What the function has for a null pointer.
std::string StopEdits::nullText(FunctionId F) {
  std::string Found;
  forEachEvaluated(
      A.index()[F].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
        const auto *R = dyn_cast<ReturnStmt>(S);
        PlaceBuilder Builder(A.context(), A.places());
        if (R && R->getRetValue() && Found.empty() &&
            Builder.constant(R->getRetValue()) == std::optional<int64_t>(0))
          Found = Text.text(R->getRetValue());
      });
  if (!Found.empty())
    return Found;
  return A.context().getLangOpts().CPlusPlus11 ? "nullptr" : "NULL";
}

/// Gives something back, or says a word: may be run also where the loop before
/// it has not come to its end.
static bool releases(const FunctionDecl *F) {
  static const char *const Words[] = {"printf", "puts", "perror", "syslog",
                                      "fflush"};
  if (givesBack(F))
    return true;
  if (!F || !F->getIdentifier())
    return false;
  const std::string Name = F->getName().lower();
  return std::any_of(std::begin(Words), std::end(Words), [&](const char *W) {
    return Name.find(W) != std::string::npos;
  });
}

/// What follows the loop in its function: only a return; only what gives back
/// what the thread has (a `running = 0` counts as that); or more, such as work
/// with what the loop has waited for.
StopEdits::Rest StopEdits::after(FunctionId F, const Stmt *Loop) {
  Rest Found = Rest::Leaves;
  PlaceBuilder Builder(A.context(), A.places());
  auto Look = [&](const Stmt *S, const Stmt *) {
    const auto *U = dyn_cast<UnaryOperator>(S);
    const auto *B = dyn_cast<BinaryOperator>(S);
    bool Fine = !isa<CXXConstructExpr>(S) && !isa<CXXNewExpr>(S) &&
                !(U && U->isIncrementDecrementOp());
    if (const auto *C = dyn_cast<CallExpr>(S))
      Fine = releases(A.index().calleeOf(*C));
    else if (B && B->isAssignmentOp())
      Fine = B->getOpcode() == BO_Assign &&
             Builder.constant(B->getRHS()).value_or(1) <= 0;
    if (!Fine)
      Found = Rest::More;
  };
  const Stmt *Child = Loop;
  for (const Stmt *P = parent(F, Loop); P; Child = P, P = parent(F, P)) {
    const auto *Block = dyn_cast<CompoundStmt>(P);
    if (!Block)
      continue;
    auto It = std::find(Block->body_begin(), Block->body_end(), Child);
    for (++It; It < Block->body_end(); ++It) {
      if (!isa<ReturnStmt>(*It) && Found == Rest::Leaves)
        Found = Rest::Releases;
      forEachEvaluated(*It, Look);
    }
  }
  return Found;
}

/// Whether a return follows the loop in a block around it.
bool StopEdits::returnsAfter(FunctionId F, const Stmt *Loop) {
  if (A.index()[F].Decl->getReturnType()->isVoidType())
    return true;
  for (const Stmt *P = parent(F, Loop); P; P = parent(F, P))
    if (const auto *Block = dyn_cast<CompoundStmt>(P);
        Block && !Block->body_empty() && isa<ReturnStmt>(Block->body_back()))
      return true;
  return false;
}

/// The statement that ends the thread, for a place inside of `At`'s parent.
std::string StopEdits::wayOut(FunctionId F, const Stmt *At) {
  if (!Code.isStart(F) || KeepResult)
    return Exit;
  const Stmt *Outermost = nullptr;
  unsigned Loops = 0;
  bool BreakLeavesLoop = true;
  for (const Stmt *P = At; P; P = parent(F, P)) {
    // A break, or a return, would skip the handlers.
    if (const auto *D = dyn_cast<DoStmt>(P); D && cleanupRegion(*D))
      return Exit;
    if (isa<SwitchStmt>(P) && Loops == 0)
      BreakLeavesLoop = false;
    if (isLoop(P) && P != At) {
      ++Loops;
      Outermost = P;
    }
  }
  const std::string Return = "return " + nullText(F);
  if (!Outermost)
    return Return;
  const Rest Then = after(F, Outermost);
  if (Then == Rest::More)
    return Exit;
  // The end of a function that returns a value is no way out of it.
  if (Loops == 1 && BreakLeavesLoop && returnsAfter(F, Outermost))
    return "break";
  return Then == Rest::Leaves ? Return : Exit;
}

/// `Failed`: what must hold besides, as `n < 0 && `.
std::string StopEdits::test(FunctionId F, const Stmt *At,
                            const std::string &Indent,
                            const std::string &Failed) {
  return "if (" + Failed + "thread_stop_requested())\n" + Indent + unit(F) +
         wayOut(F, At) + ";";
}

} // namespace thread_stop::flow
