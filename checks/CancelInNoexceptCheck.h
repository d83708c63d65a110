// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_CANCELINNOEXCEPTCHECK_H
#define THREAD_STOP_CHECKS_CANCELINNOEXCEPTCHECK_H

#include "GatedCheck.h"

namespace clang::tidy::thread_stop {

/// Finds cancellation points in code that must not unwind.
///
/// See docs/checks/cancel-in-noexcept.md.
class CancelInNoexceptCheck : public GatedCheck {
public:
  CancelInNoexceptCheck(StringRef Name, ClangTidyContext *Context)
      : GatedCheck(Name, Context,
                   ::thread_stop::flow::CheckKind::CancelInNoexcept) {}
};

} // namespace clang::tidy::thread_stop

#endif
