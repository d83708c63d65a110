// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one object holds when a statement is reached: the statements of a
// function in the order in which they run, branches joined, loops once. For
// objects that are filled step by step and then handed over: struct sigaction,
// sigset_t.

#ifndef THREAD_STOP_CHECKS_FLOW_HISTORY_H
#define THREAD_STOP_CHECKS_FLOW_HISTORY_H

#include "flow/AstWalk.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include <optional>

namespace thread_stop::flow {

/// `V` has `void join(const V &)`.
template <class V> class History {
public:
  using Effect = llvm::function_ref<void(V &, const clang::Stmt *)>;

  /// What is known of a condition, if anything is.
  using Decision = llvm::function_ref<std::optional<bool>(const clang::Expr *)>;

  History(V Start, Effect Apply) : Apply(Apply), Now(std::move(Start)) {}
  History(V Start, Effect Apply, Decision Decide)
      : Apply(Apply), Decide(Decide), Now(std::move(Start)) {}

  /// The value just before `At`; nothing if `At` is not reached.
  std::optional<V> before(const clang::Stmt *Body, const clang::Stmt *At) {
    Wanted = At;
    run(Body);
    return Found;
  }
  /// The value when the function returns.
  std::optional<V> atEnd(const clang::Stmt *Body) {
    run(Body);
    join(Returned, Now);
    return Returned;
  }

private:
  using State = std::optional<V>; ///< nothing: not reached

  static void join(State &To, const State &From) {
    if (!From)
      return;
    if (To)
      To->join(*From);
    else
      To = From;
  }

  void run(const clang::Stmt *S) {
    using namespace clang;
    if (!S)
      return;
    if (const auto *I = llvm::dyn_cast<IfStmt>(S)) {
      run(I->getInit());
      run(I->getCond());
      if (const std::optional<bool> Known = decide(I->getCond())) {
        run(*Known ? I->getThen() : I->getElse());
        return;
      }
      State Else = Now;
      run(I->getThen());
      std::swap(Now, Else);
      run(I->getElse());
      join(Now, Else);
    } else if (const auto *L = llvm::dyn_cast<WhileStmt>(S)) {
      run(L->getCond());
      loop(L->getBody(), nullptr);
    } else if (const auto *L = llvm::dyn_cast<DoStmt>(S)) {
      loop(L->getBody(), L->getCond(), /*AtLeastOnce=*/true);
    } else if (const auto *L = llvm::dyn_cast<ForStmt>(S)) {
      run(L->getInit());
      run(L->getCond());
      loop(L->getBody(), L->getInc());
    } else if (const auto *L = llvm::dyn_cast<CXXForRangeStmt>(S)) {
      run(L->getRangeInit());
      loop(L->getBody(), nullptr);
    } else if (const auto *W = llvm::dyn_cast<SwitchStmt>(S)) {
      run(W->getCond());
      State Entry = Now, Left;
      Now = std::nullopt;
      std::swap(Cases, Entry);
      std::swap(Breaks, Left);
      run(W->getBody());
      join(Now, Breaks);
      join(Now, Cases);
      std::swap(Cases, Entry);
      std::swap(Breaks, Left);
    } else if (const auto *C = llvm::dyn_cast<SwitchCase>(S)) {
      join(Now, Cases);
      run(C->getSubStmt());
    } else if (const auto *L = llvm::dyn_cast<LabelStmt>(S)) {
      join(Now, Jumps.lookup(L->getDecl()));
      run(L->getSubStmt());
    } else if (const auto *G = llvm::dyn_cast<GotoStmt>(S)) {
      join(Jumps[G->getLabel()], Now);
      Now = std::nullopt;
    } else if (llvm::isa<BreakStmt>(S) || llvm::isa<ContinueStmt>(S)) {
      join(Breaks, Now);
      Now = std::nullopt;
    } else if (const auto *R = llvm::dyn_cast<ReturnStmt>(S)) {
      run(R->getRetValue());
      join(Returned, Now);
      Now = std::nullopt;
    } else if (llvm::isa<Expr>(S) || llvm::isa<DeclStmt>(S)) {
      evaluate(S);
    } else {
      for (const Stmt *Child : S->children())
        run(Child);
    }
  }

  /// An expression has branches of its own: `a && b`, `a ? b : c`, and the
  /// statements that assert() is made of.
  void evaluate(const clang::Stmt *Root) {
    using namespace clang;
    llvm::SmallVector<const Stmt *, 16> Open{Root};
    while (!Open.empty()) {
      const Stmt *S = Open.pop_back_val();
      visit(S);
      const auto *B = llvm::dyn_cast<BinaryOperator>(S);
      if (const auto *Block = llvm::dyn_cast<StmtExpr>(S)) {
        run(Block->getSubStmt());
      } else if (const auto *C =
                     llvm::dyn_cast<AbstractConditionalOperator>(S)) {
        const auto *Short = llvm::dyn_cast<BinaryConditionalOperator>(S);
        evaluate(Short ? Short->getCommon() : C->getCond());
        State Else = Now;
        if (!Short)
          evaluate(C->getTrueExpr());
        std::swap(Now, Else);
        evaluate(C->getFalseExpr());
        join(Now, Else);
      } else if (B && B->isLogicalOp()) {
        evaluateChain(B);
      } else {
        const size_t First = Open.size();
        forEachEvaluatedChild(
            S, [&](const Stmt *Child) { Open.push_back(Child); });
        std::reverse(Open.begin() + static_cast<long>(First), Open.end());
      }
    }
  }

  /// `a && b && c` nests to the left, as deep as the program likes.
  void evaluateChain(const clang::BinaryOperator *Last) {
    using namespace clang;
    llvm::SmallVector<const Expr *, 8> Rights;
    const Expr *First = Last;
    for (const BinaryOperator *B = Last; B && B->isLogicalOp();
         B = llvm::dyn_cast<BinaryOperator>(First->IgnoreParenImpCasts())) {
      if (B != Last)
        visit(B);
      Rights.push_back(B->getRHS());
      First = B->getLHS();
    }
    evaluate(First);
    for (const Expr *Right : llvm::reverse(Rights)) {
      const State Short = Now;
      evaluate(Right);
      join(Now, Short);
    }
  }

  std::optional<bool> decide(const clang::Expr *Condition) const {
    // `if (0)`, as macros have it.
    if (const auto *N = llvm::dyn_cast<clang::IntegerLiteral>(
            Condition->IgnoreParenCasts()))
      return N->getValue().getBoolValue();
    return Decide ? Decide(Condition) : std::nullopt;
  }

  void loop(const clang::Stmt *Body, const clang::Stmt *After,
            bool AtLeastOnce = false) {
    State Before = Now, Left;
    std::swap(Breaks, Left);
    run(Body);
    run(After);
    if (!AtLeastOnce)
      join(Now, Before);
    join(Now, Breaks);
    std::swap(Breaks, Left);
  }

  void visit(const clang::Stmt *S) {
    if (S == Wanted)
      join(Found, Now);
    if (Now)
      Apply(*Now, S);
    if (const auto *C = llvm::dyn_cast<clang::CallExpr>(S))
      if (const clang::FunctionDecl *F = C->getDirectCallee();
          F && F->isNoReturn())
        Now = std::nullopt;
  }

  Effect Apply;
  Decision Decide = nullptr;
  State Now, Found, Returned, Cases, Breaks;
  llvm::DenseMap<const clang::LabelDecl *, State> Jumps;
  const clang::Stmt *Wanted = nullptr;
};

} // namespace thread_stop::flow

#endif
