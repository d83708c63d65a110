// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ProcessKillingSignalCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral StrictSignalsOption = "StrictSignals";
static constexpr llvm::StringLiteral HandledSignalsOption = "HandledSignals";

ProcessKillingSignalCheck::ProcessKillingSignalCheck(StringRef Name,
                                                     ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context,
                      ::thread_stop::flow::CheckKind::ProcessKillingSignal),
      StrictSignals(Options.getLocalOrGlobal(StrictSignalsOption, false)),
      HandledSignals(Options.getLocalOrGlobal(HandledSignalsOption, "")),
      HandledSignalsList(parseList(HandledSignals)) {}

void ProcessKillingSignalCheck::storeOptions(
    ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, StrictSignalsOption, StrictSignals);
  Options.store(Opts, HandledSignalsOption, HandledSignals);
}

void ProcessKillingSignalCheck::contribute(
    ::thread_stop::flow::Options &To) const {
  To.StrictSignals |= StrictSignals;
  To.HandledSignals.insert(To.HandledSignals.end(), HandledSignalsList.begin(),
                           HandledSignalsList.end());
}

} // namespace clang::tidy::thread_stop
