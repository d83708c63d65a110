// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function does after one of its waits has failed because the thread
// was asked to stop: follows the branches that test the result.

#ifndef THREAD_STOP_CHECKS_FLOW_MIGRATE_FAILUREPATHS_H
#define THREAD_STOP_CHECKS_FLOW_MIGRATE_FAILUREPATHS_H

#include "flow/FunctionIndex.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/STLExtras.h"
#include <optional>

namespace thread_stop::flow {

/// A call, and what it returned when the thread was asked to stop.
struct FailedCall {
  const clang::CallExpr *Call = nullptr;
  /// Nothing: any value, such as the seconds that a sleep has left.
  std::optional<int64_t> Value;
  /// errno is ECANCELED afterwards.
  bool SetsErrno = false;
  /// What it returns when it has worked, as far as a failure is concerned.
  int64_t Success = 0;
};

/// ECANCELED, as Linux numbers it on all but three old architectures.
constexpr int64_t Canceled = 125;

struct FailurePaths {
  /// Some way goes on without a look at the result.
  bool Untested = false;
  /// Some way ends the process, or throws.
  bool EndsProcess = false;
  /// There were too many ways.
  bool Unknown = false;
  /// The function's end is reached without a return.
  bool FallsOff = false;
  /// Some way takes the failure's -1 for an index or a length.
  bool Misused = false;
  /// Some way gives something back: closes, frees, unlocks.
  bool Releases = false;
  /// Some way has an effect besides: a call, or a store to what others see.
  bool Effects = false;
  /// Functions that are called on a way.
  std::vector<const clang::FunctionDecl *> Called;
  /// Loops whose next round a way begins.
  std::vector<const clang::Stmt *> Rounds;
  /// Branches that only a failure takes, from and to.
  std::vector<std::pair<const clang::CFGBlock *, const clang::CFGBlock *>>
      Branches;
  /// The waits that are reached first, perhaps the call itself.
  std::vector<const clang::CallExpr *> Next;
  std::vector<const clang::ReturnStmt *> Returns;
  /// What the function returns, if that is one known value.
  std::optional<int64_t> Returned;

  bool returns() const { return FallsOff || !Returns.empty(); }
};

/// Gives something back, by its name.
bool givesBack(const clang::FunctionDecl *F);

/// The blocks that control can reach, the entry first.
std::vector<const clang::CFGBlock *> reachableBlocks(const clang::CFG &Cfg);

/// Follows all ways from `From`. A way ends at a wait for which `IsStop` holds:
/// that one will fail, too.
FailurePaths
followFailure(const clang::CFG &Cfg, const clang::ASTContext &Ctx,
              ApiResolver &Apis, FailedCall From,
              llvm::function_ref<bool(const clang::CallExpr *)> IsStop);

/// What a condition that contains the call comes to; nothing if that is open.
std::optional<bool> conditionAfter(const clang::ASTContext &Ctx,
                                   const clang::Expr *Condition,
                                   FailedCall From);

} // namespace thread_stop::flow

#endif
