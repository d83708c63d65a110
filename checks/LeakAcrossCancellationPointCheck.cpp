// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LeakAcrossCancellationPointCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral ResourceFunctionsOption =
    "ResourceFunctions";

LeakAcrossCancellationPointCheck::LeakAcrossCancellationPointCheck(
    StringRef Name, ClangTidyContext *Context)
    : GatedCheck(Name, Context,
                 ::thread_stop::flow::CheckKind::LeakAcrossPoint),
      ResourceFunctions(Options.getLocalOrGlobal(ResourceFunctionsOption, "")),
      ResourceFunctionsList(
          parsePairs(ResourceFunctionsOption, ResourceFunctions)) {}

void LeakAcrossCancellationPointCheck::storeOptions(
    ClangTidyOptions::OptionMap &Opts) {
  GatedCheck::storeOptions(Opts);
  Options.store(Opts, ResourceFunctionsOption, ResourceFunctions);
}

void LeakAcrossCancellationPointCheck::contribute(
    ::thread_stop::flow::Options &To) const {
  GatedCheck::contribute(To);
  To.ResourceFunctions.insert(To.ResourceFunctions.end(),
                              ResourceFunctionsList.begin(),
                              ResourceFunctionsList.end());
}

} // namespace clang::tidy::thread_stop
