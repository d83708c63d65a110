// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SwappedCancelConstantCheck.h"

namespace clang::tidy::thread_stop {

SwappedCancelConstantCheck::SwappedCancelConstantCheck(
    StringRef Name, ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::SwappedCancelConstant) {}

} // namespace clang::tidy::thread_stop
