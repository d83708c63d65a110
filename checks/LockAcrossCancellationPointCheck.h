// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_LOCKACROSSCANCELLATIONPOINTCHECK_H
#define THREAD_STOP_CHECKS_LOCKACROSSCANCELLATIONPOINTCHECK_H

#include "GatedCheck.h"

namespace clang::tidy::thread_stop {

/// Finds cancellation points at which a lock is held that nothing gives back.
///
/// See docs/checks/lock-across-cancellation-point.md.
class LockAcrossCancellationPointCheck : public GatedCheck {
public:
  LockAcrossCancellationPointCheck(StringRef Name, ClangTidyContext *Context)
      : GatedCheck(Name, Context,
                   ::thread_stop::flow::CheckKind::LockAcrossPoint) {}
};

} // namespace clang::tidy::thread_stop

#endif
