// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the analysis found, as plain data. Checks turn it into clang-tidy
// diagnostics; nothing here prints.

#ifndef THREAD_STOP_CHECKS_FLOW_FINDING_H
#define THREAD_STOP_CHECKS_FLOW_FINDING_H

#include "clang/Basic/SourceLocation.h"
#include <string>
#include <vector>

namespace thread_stop::flow {

/// Which check a finding belongs to.
enum class CheckKind : uint8_t {
  PthreadCancel,
  AsyncCancelWithLock,
  CancelStateNotRestored,
  SwappedCancelConstant,
  UnmatchedCleanup,
  AsyncCancelUnsafeCall,
  LockAcrossPoint,
  LeakAcrossPoint,
  UnjoinedCancel,
  NoCancellationPoint,
  CancelInNoexcept,
  SwallowedUnwind,
  SkippedCleanupAttribute,
  CanceledCompare,
  JoinUnderLock,
  StaleCleanupArgument,
  Migrate,
  CheckThenBlock,
  EintrRetry,
  RestartingHandler,
  NonatomicFlag,
  ProcessKillingSignal,
  ExitInHandler,
  ReservedSignal,
};
constexpr unsigned NumCheckKinds = 24;

/// Fixes of these may add an #include. For the others nobody has to note those
/// that are there.
constexpr bool mayAddInclude(CheckKind K) {
  return K == CheckKind::PthreadCancel || K == CheckKind::SwallowedUnwind ||
         K == CheckKind::Migrate || K == CheckKind::CheckThenBlock;
}

/// A change of the source: `Range` is replaced by `Text` (an insertion if the
/// range is empty). Ranges are in files, never in macro expansions.
struct Edit {
  clang::CharSourceRange Range;
  std::string Text;
};

/// A step on the way to a finding, or advice. A note with edits offers them as
/// an alternative that is never applied by itself.
struct Note {
  clang::SourceLocation Loc;
  std::string Message;
  std::vector<Edit> Edits;
  /// The edits use the runtime: `#include <thread_stop.h>` goes with them.
  bool NeedsShimHeader = false;
};

struct Finding {
  CheckKind Check = CheckKind::PthreadCancel;
  clang::SourceLocation Loc;
  clang::CharSourceRange Range;
  std::string Message;
  std::vector<Note> Notes;
  std::vector<Edit> Fix;
  /// A header that the fix needs, without brackets.
  std::string FixHeader;
};

} // namespace thread_stop::flow

#endif
