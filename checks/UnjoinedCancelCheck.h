// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_UNJOINEDCANCELCHECK_H
#define THREAD_STOP_CHECKS_UNJOINEDCANCELCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds threads that are asked to stop and not waited for.
///
/// See docs/checks/unjoined-cancel.md.
class UnjoinedCancelCheck : public ThreadStopCheck {
public:
  UnjoinedCancelCheck(StringRef Name, ClangTidyContext *Context)
      : ThreadStopCheck(Name, Context,
                        ::thread_stop::flow::CheckKind::UnjoinedCancel) {}
};

} // namespace clang::tidy::thread_stop

#endif
