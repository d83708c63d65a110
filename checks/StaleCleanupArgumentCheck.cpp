// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StaleCleanupArgumentCheck.h"

namespace clang::tidy::thread_stop {

StaleCleanupArgumentCheck::StaleCleanupArgumentCheck(StringRef Name,
                                                     ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::StaleCleanupArgument) {}

} // namespace clang::tidy::thread_stop
