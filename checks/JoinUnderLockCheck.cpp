// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "JoinUnderLockCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral StrictJoinOption = "StrictJoin";

JoinUnderLockCheck::JoinUnderLockCheck(StringRef Name,
                                       ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::JoinUnderLock),
      StrictJoin(Options.getLocalOrGlobal(StrictJoinOption, false)) {}

void JoinUnderLockCheck::storeOptions(ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, StrictJoinOption, StrictJoin);
}

void JoinUnderLockCheck::contribute(::thread_stop::flow::Options &To) const {
  To.StrictJoin |= StrictJoin;
}

} // namespace clang::tidy::thread_stop
