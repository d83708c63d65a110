// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_NOCANCELLATIONPOINTCHECK_H
#define THREAD_STOP_CHECKS_NOCANCELLATIONPOINTCHECK_H

#include "GatedCheck.h"

namespace clang::tidy::thread_stop {

/// Finds loops and waits in which a cancelled thread never notices.
///
/// See docs/checks/no-cancellation-point.md.
class NoCancellationPointCheck : public GatedCheck {
public:
  NoCancellationPointCheck(StringRef Name, ClangTidyContext *Context)
      : GatedCheck(Name, Context,
                   ::thread_stop::flow::CheckKind::NoCancellationPoint) {}
};

} // namespace clang::tidy::thread_stop

#endif
