// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_CANCELSTATENOTRESTOREDCHECK_H
#define THREAD_STOP_CHECKS_CANCELSTATENOTRESTOREDCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds functions that lose their caller's cancellation state or type.
///
/// See docs/checks/cancel-state-not-restored.md.
class CancelStateNotRestoredCheck : public ThreadStopCheck {
public:
  CancelStateNotRestoredCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const std::string DisableFunctions;
  const std::string ThreadCreateFunctions;
  const std::vector<std::pair<std::string, std::string>> DisableFunctionsList;
  const std::vector<std::string> ThreadCreateFunctionsList;
};

} // namespace clang::tidy::thread_stop

#endif
