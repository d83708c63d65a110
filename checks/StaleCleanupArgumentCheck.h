// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_STALECLEANUPARGUMENTCHECK_H
#define THREAD_STOP_CHECKS_STALECLEANUPARGUMENTCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds cleanup handlers that get an old value of a variable which is set
/// later.
///
/// See docs/checks/stale-cleanup-argument.md.
class StaleCleanupArgumentCheck : public ThreadStopCheck {
public:
  StaleCleanupArgumentCheck(StringRef Name, ClangTidyContext *Context);
};

} // namespace clang::tidy::thread_stop

#endif
