// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The uses of pthread_cleanup_push and pthread_cleanup_pop as the preprocessor
// saw them. Where they do not pair, the parser loses the function's structure,
// and this is all there is to go by.

#ifndef THREAD_STOP_CHECKS_FLOW_CLEANUPEXPANSIONS_H
#define THREAD_STOP_CHECKS_FLOW_CLEANUPEXPANSIONS_H

#include "clang/Basic/SourceLocation.h"
#include <vector>

namespace thread_stop::flow {

struct CleanupExpansion {
  /// Where the user's code uses the macro, or a macro that uses it.
  clang::SourceLocation Loc;
  bool IsPush = false;
  bool IsNonPortable = false; ///< push_defer_np / pop_restore_np
};

struct CleanupExpansions {
  std::vector<CleanupExpansion> Uses;      ///< in the order of expansion
  std::vector<clang::SourceRange> Skipped; ///< by #if, user files only
};

} // namespace thread_stop::flow

#endif
