// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A walk over the statements of a function, without recursion: the depth of
// the AST is the program's (a sum of ten thousand terms is ten thousand deep).

#ifndef THREAD_STOP_CHECKS_FLOW_ASTWALK_H
#define THREAD_STOP_CHECKS_FLOW_ASTWALK_H

#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Stmt.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>

namespace thread_stop::flow {

/// Whether the operands of `S` are only looked at, never run.
inline bool isUnevaluated(const clang::Stmt *S) {
  return llvm::isa<clang::UnaryExprOrTypeTraitExpr>(S) ||
         llvm::isa<clang::CXXNoexceptExpr>(S) ||
         llvm::isa<clang::CXXTypeidExpr>(S);
}

/// The children of `S` that are run as part of it. Bodies of lambdas and
/// blocks are functions of their own.
template <class Visit>
void forEachEvaluatedChild(const clang::Stmt *S, Visit V) {
  if (isUnevaluated(S))
    return;
  if (const auto *G = llvm::dyn_cast<clang::GenericSelectionExpr>(S)) {
    if (!G->isResultDependent())
      V(G->getResultExpr());
    return;
  }
  if (const auto *C = llvm::dyn_cast<clang::ChooseExpr>(S)) {
    if (!C->isConditionDependent())
      V(C->getChosenSubExpr());
    return;
  }
  if (const auto *L = llvm::dyn_cast<clang::LambdaExpr>(S)) {
    for (const clang::Expr *Init : L->capture_inits())
      if (Init)
        V(Init);
    return;
  }
  for (const clang::Stmt *Child : S->children())
    if (Child)
      V(Child);
}

/// Calls `Found(statement, parent)` for `Root` and all below it, parents first
/// and siblings in source order, until it returns true; whether it did. The
/// parent of `Root` is null.
template <class Predicate>
bool anyEvaluated(const clang::Stmt *Root, Predicate Found) {
  if (!Root)
    return false;
  struct Item {
    const clang::Stmt *S, *Parent;
  };
  llvm::SmallVector<Item, 64> Stack;
  Stack.push_back({Root, nullptr});
  while (!Stack.empty()) {
    Item I = Stack.pop_back_val();
    if (Found(I.S, I.Parent))
      return true;
    const size_t First = Stack.size();
    forEachEvaluatedChild(I.S, [&](const clang::Stmt *C) {
      Stack.push_back({C, I.S});
    });
    std::reverse(Stack.begin() + First, Stack.end());
  }
  return false;
}

/// Calls `Each(statement, parent)` for `Root` and all below it, as above.
template <class Visit>
void forEachEvaluated(const clang::Stmt *Root, Visit Each) {
  anyEvaluated(Root, [&](const clang::Stmt *S, const clang::Stmt *Parent) {
    Each(S, Parent);
    return false;
  });
}

} // namespace thread_stop::flow

#endif
