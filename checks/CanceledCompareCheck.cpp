// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CanceledCompareCheck.h"

namespace clang::tidy::thread_stop {

CanceledCompareCheck::CanceledCompareCheck(StringRef Name,
                                           ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::CanceledCompare) {}

} // namespace clang::tidy::thread_stop
