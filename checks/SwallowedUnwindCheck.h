// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_SWALLOWEDUNWINDCHECK_H
#define THREAD_STOP_CHECKS_SWALLOWEDUNWINDCHECK_H

#include "GatedCheck.h"

namespace clang::tidy::thread_stop {

/// Finds handlers that swallow the unwinding of a cancelled thread.
///
/// See docs/checks/swallowed-unwind.md.
class SwallowedUnwindCheck : public GatedCheck {
public:
  SwallowedUnwindCheck(StringRef Name, ClangTidyContext *Context)
      : GatedCheck(Name, Context,
                   ::thread_stop::flow::CheckKind::SwallowedUnwind) {}
};

} // namespace clang::tidy::thread_stop

#endif
