// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_SWAPPEDCANCELCONSTANTCHECK_H
#define THREAD_STOP_CHECKS_SWAPPEDCANCELCONSTANTCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds cancellation states given as types and types given as states.
///
/// See docs/checks/swapped-cancel-constant.md.
class SwappedCancelConstantCheck : public ThreadStopCheck {
public:
  SwappedCancelConstantCheck(StringRef Name, ClangTidyContext *Context);
};

} // namespace clang::tidy::thread_stop

#endif
