// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_CANCELEDCOMPARECHECK_H
#define THREAD_STOP_CHECKS_CANCELEDCOMPARECHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds join results compared with a number where PTHREAD_CANCELED is meant.
///
/// See docs/checks/canceled-compare.md.
class CanceledCompareCheck : public ThreadStopCheck {
public:
  CanceledCompareCheck(StringRef Name, ClangTidyContext *Context);
};

} // namespace clang::tidy::thread_stop

#endif
