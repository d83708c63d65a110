// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_RESTARTINGHANDLERCHECK_H
#define THREAD_STOP_CHECKS_RESTARTINGHANDLERCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds stop handlers after which the interrupted call goes on.
///
/// See docs/checks/restarting-handler.md.
class RestartingHandlerCheck : public ThreadStopCheck {
public:
  RestartingHandlerCheck(StringRef Name, ClangTidyContext *Context)
      : ThreadStopCheck(Name, Context,
                        ::thread_stop::flow::CheckKind::RestartingHandler) {}
};

} // namespace clang::tidy::thread_stop

#endif
