// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What functions do with a value that they are given: whether a cleanup handler
// looks at its argument, and which calls give back what they get.

#ifndef THREAD_STOP_CHECKS_FLOW_HANDLERARGUMENTS_H
#define THREAD_STOP_CHECKS_FLOW_HANDLERARGUMENTS_H

#include "clang/AST/Expr.h"
#include "llvm/ADT/SmallVector.h"

namespace thread_stop::flow {

class TuAnalysis;

/// An argument that a call gives back: `free(p)`, `realloc(p, n)`.
struct ReleasedArgument {
  const clang::Expr *Argument = nullptr;
  /// The call returns what takes its place.
  bool IsRealloc = false;
};

class HandlerArguments {
public:
  explicit HandlerArguments(TuAnalysis &A) : A(A) {}

  /// Whether the function that `Handler` denotes does anything with its
  /// argument but print it. An unknown function does.
  bool usesArgument(const clang::Expr *Handler) const;

  /// What a call (or a delete expression) gives back.
  llvm::SmallVector<ReleasedArgument, 2>
  releasedBy(const clang::Expr &Call) const {
    return releasedBy(Call, 0);
  }

  /// A call like getline, which may reallocate what its argument points to.
  bool mayReallocate(const clang::CallExpr &C) const;

  /// A call that returns a resource of its own: malloc, open.
  bool isAcquired(const clang::Expr &Value) const;

private:
  llvm::SmallVector<ReleasedArgument, 2> releasedBy(const clang::Expr &Call,
                                                    unsigned Depth) const;

  TuAnalysis &A;
};

} // namespace thread_stop::flow

#endif
