// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Objects that belong to one call of a function: locals, and what it allocates
// for itself, as long as no thread is given them. A member of such an object
// says nothing of the same member of another.

#ifndef THREAD_STOP_CHECKS_FLOW_OWNOBJECTS_H
#define THREAD_STOP_CHECKS_FLOW_OWNOBJECTS_H

#include "flow/TuAnalysis.h"
#include "llvm/ADT/DenseMap.h"

namespace thread_stop::flow {

class OwnObjects {
public:
  explicit OwnObjects(TuAnalysis &A) : A(A) {}

  /// Whether `Access`, which `Inside` evaluates, is a member of such an object,
  /// here or at all callers.
  bool isMember(const clang::Expr *Access, FunctionId Inside,
                unsigned Depth = 0);

private:
  bool isOwn(const clang::VarDecl &V, FunctionId Inside);
  bool goesAway(const clang::VarDecl &V, FunctionId Inside);
  bool keeps(const clang::CallExpr &C);
  bool isAllocated(const clang::VarDecl &V) const;

  TuAnalysis &A;
  llvm::DenseMap<const clang::VarDecl *, bool> Known;
};

} // namespace thread_stop::flow

#endif
