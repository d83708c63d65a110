// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AsyncCancelWithLockCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral LockFunctionsOption = "LockFunctions";

AsyncCancelWithLockCheck::AsyncCancelWithLockCheck(StringRef Name,
                                                   ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::AsyncCancelWithLock),
      LockFunctions(Options.getLocalOrGlobal(LockFunctionsOption, "")),
      LockFunctionsList(parsePairs(LockFunctionsOption, LockFunctions)) {}

void AsyncCancelWithLockCheck::storeOptions(ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, LockFunctionsOption, LockFunctions);
}

void AsyncCancelWithLockCheck::contribute(
    ::thread_stop::flow::Options &To) const {
  To.LockFunctions.insert(To.LockFunctions.end(), LockFunctionsList.begin(),
                          LockFunctionsList.end());
}

} // namespace clang::tidy::thread_stop
