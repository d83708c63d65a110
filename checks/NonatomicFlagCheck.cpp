// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "NonatomicFlagCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral StrictFlagsOption = "StrictFlags";

NonatomicFlagCheck::NonatomicFlagCheck(StringRef Name,
                                       ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::NonatomicFlag),
      StrictFlags(Options.getLocalOrGlobal(StrictFlagsOption, false)) {}

void NonatomicFlagCheck::storeOptions(ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, StrictFlagsOption, StrictFlags);
}

void NonatomicFlagCheck::contribute(::thread_stop::flow::Options &To) const {
  To.StrictFlags |= StrictFlags;
}

} // namespace clang::tidy::thread_stop
