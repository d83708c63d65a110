// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_EXITINHANDLERCHECK_H
#define THREAD_STOP_CHECKS_EXITINHANDLERCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds signal handlers that end or leave their thread, or wait for a lock.
///
/// See docs/checks/exit-in-handler.md.
class ExitInHandlerCheck : public ThreadStopCheck {
public:
  ExitInHandlerCheck(StringRef Name, ClangTidyContext *Context)
      : ThreadStopCheck(Name, Context,
                        ::thread_stop::flow::CheckKind::ExitInHandler) {}
};

} // namespace clang::tidy::thread_stop

#endif
