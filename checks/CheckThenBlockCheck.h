// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_CHECKTHENBLOCKCHECK_H
#define THREAD_STOP_CHECKS_CHECKTHENBLOCKCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds waits that miss a stop signal which comes just after the flag was
/// tested.
///
/// See docs/checks/check-then-block.md.
class CheckThenBlockCheck : public ThreadStopCheck {
public:
  CheckThenBlockCheck(StringRef Name, ClangTidyContext *Context)
      : ThreadStopCheck(Name, Context,
                        ::thread_stop::flow::CheckKind::CheckThenBlock) {}
};

} // namespace clang::tidy::thread_stop

#endif
