// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PthreadCancelCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral ForcedStopFunctionsOption =
    "ForcedStopFunctions";
static constexpr llvm::StringLiteral ForcedStopFunctionsDefault =
    "QThread::terminate;TerminateThread;SDL_KillThread";

PthreadCancelCheck::PthreadCancelCheck(StringRef Name,
                                       ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::PthreadCancel),
      ForcedStopFunctions(Options.getLocalOrGlobal(ForcedStopFunctionsOption,
                                                   ForcedStopFunctionsDefault)),
      ForcedStopFunctionsList(parseList(ForcedStopFunctions)) {}

void PthreadCancelCheck::storeOptions(ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, ForcedStopFunctionsOption, ForcedStopFunctions);
}

void PthreadCancelCheck::contribute(::thread_stop::flow::Options &To) const {
  To.ForcedStopFunctions.insert(To.ForcedStopFunctions.end(),
                                ForcedStopFunctionsList.begin(),
                                ForcedStopFunctionsList.end());
}

} // namespace clang::tidy::thread_stop
