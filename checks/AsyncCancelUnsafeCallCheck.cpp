// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AsyncCancelUnsafeCallCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral StrictAsyncOption = "StrictAsync";

AsyncCancelUnsafeCallCheck::AsyncCancelUnsafeCallCheck(
    StringRef Name, ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::AsyncCancelUnsafeCall),
      StrictAsync(Options.getLocalOrGlobal(StrictAsyncOption, false)) {}

void AsyncCancelUnsafeCallCheck::storeOptions(
    ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, StrictAsyncOption, StrictAsync);
}

void AsyncCancelUnsafeCallCheck::contribute(
    ::thread_stop::flow::Options &To) const {
  To.StrictAsync |= StrictAsync;
}

} // namespace clang::tidy::thread_stop
