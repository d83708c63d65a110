// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether some lock is held where a statement is reached, whichever: by the
// calls before it, a guard in a block around it, or the function's callers. For
// checks that are silent if one may be.

#ifndef THREAD_STOP_CHECKS_FLOW_LOCKSAROUND_H
#define THREAD_STOP_CHECKS_FLOW_LOCKSAROUND_H

#include "flow/TuAnalysis.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace thread_stop::flow {

class LocksAround {
public:
  explicit LocksAround(TuAnalysis &A) : A(A) {}

  bool isHeld(FunctionId F, const clang::Stmt *At) { return isHeld(F, At, 0); }

private:
  bool isHeld(FunctionId F, const clang::Stmt *At, unsigned Depth);
  /// A guard that is declared before, in a block around.
  bool isGuarded(FunctionId F, const clang::Stmt *At);
  bool isGuard(const clang::Decl *D) const;
  /// 1: the call takes a lock, -1: it gives one back.
  int effectOfCall(const clang::Stmt *S, bool Deep);
  /// What a function does to the locks of its caller, from the calls in it.
  int effectOf(FunctionId F);

  TuAnalysis &A;
  std::map<FunctionId, llvm::DenseMap<const clang::Stmt *, const clang::Stmt *>>
      ParentsOf;
  std::map<FunctionId, int> Effects;
};

} // namespace thread_stop::flow

#endif
