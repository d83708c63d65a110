// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_PROCESSKILLINGSIGNALCHECK_H
#define THREAD_STOP_CHECKS_PROCESSKILLINGSIGNALCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds signals to one thread that end the whole process.
///
/// See docs/checks/process-killing-signal.md.
class ProcessKillingSignalCheck : public ThreadStopCheck {
public:
  ProcessKillingSignalCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const bool StrictSignals;
  const std::string HandledSignals;
  const std::vector<std::string> HandledSignalsList;
};

} // namespace clang::tidy::thread_stop

#endif
