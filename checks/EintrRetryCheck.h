// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_EINTRRETRYCHECK_H
#define THREAD_STOP_CHECKS_EINTRRETRYCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds calls that are retried on EINTR without a look at the stop flag.
///
/// See docs/checks/eintr-retry.md.
class EintrRetryCheck : public ThreadStopCheck {
public:
  EintrRetryCheck(StringRef Name, ClangTidyContext *Context)
      : ThreadStopCheck(Name, Context,
                        ::thread_stop::flow::CheckKind::EintrRetry) {}
};

} // namespace clang::tidy::thread_stop

#endif
