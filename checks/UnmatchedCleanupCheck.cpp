// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "UnmatchedCleanupCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral LockFunctionsOption = "LockFunctions";

UnmatchedCleanupCheck::UnmatchedCleanupCheck(StringRef Name,
                                             ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::UnmatchedCleanup),
      LockFunctions(Options.getLocalOrGlobal(LockFunctionsOption, "")),
      LockFunctionsList(parsePairs(LockFunctionsOption, LockFunctions)) {}

void UnmatchedCleanupCheck::storeOptions(ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, LockFunctionsOption, LockFunctions);
}

void UnmatchedCleanupCheck::contribute(::thread_stop::flow::Options &To) const {
  To.LockFunctions.insert(To.LockFunctions.end(), LockFunctionsList.begin(),
                          LockFunctionsList.end());
}

} // namespace clang::tidy::thread_stop
