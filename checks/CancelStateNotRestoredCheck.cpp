// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CancelStateNotRestoredCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral DisableFunctionsOption =
    "DisableFunctions";
static constexpr llvm::StringLiteral ThreadCreateFunctionsOption =
    "ThreadCreateFunctions";

CancelStateNotRestoredCheck::CancelStateNotRestoredCheck(
    StringRef Name, ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::CancelStateNotRestored),
      DisableFunctions(Options.getLocalOrGlobal(DisableFunctionsOption, "")),
      ThreadCreateFunctions(
          Options.getLocalOrGlobal(ThreadCreateFunctionsOption, "")),
      DisableFunctionsList(
          parsePairs(DisableFunctionsOption, DisableFunctions)),
      ThreadCreateFunctionsList(parseList(ThreadCreateFunctions)) {}

void CancelStateNotRestoredCheck::storeOptions(
    ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, DisableFunctionsOption, DisableFunctions);
  Options.store(Opts, ThreadCreateFunctionsOption, ThreadCreateFunctions);
}

void CancelStateNotRestoredCheck::contribute(
    ::thread_stop::flow::Options &To) const {
  To.DisableFunctions.insert(To.DisableFunctions.end(),
                             DisableFunctionsList.begin(),
                             DisableFunctionsList.end());
  To.ThreadCreateFunctions.insert(To.ThreadCreateFunctions.end(),
                                  ThreadCreateFunctionsList.begin(),
                                  ThreadCreateFunctionsList.end());
}

} // namespace clang::tidy::thread_stop
