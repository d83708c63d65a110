// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_RESERVEDSIGNALCHECK_H
#define THREAD_STOP_CHECKS_RESERVEDSIGNALCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds signal numbers that the C library keeps for itself.
///
/// See docs/checks/reserved-signal.md.
class ReservedSignalCheck : public ThreadStopCheck {
public:
  ReservedSignalCheck(StringRef Name, ClangTidyContext *Context)
      : ThreadStopCheck(Name, Context,
                        ::thread_stop::flow::CheckKind::ReservedSignal) {}
};

} // namespace clang::tidy::thread_stop

#endif
