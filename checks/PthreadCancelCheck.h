// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_PTHREADCANCELCHECK_H
#define THREAD_STOP_CHECKS_PTHREADCANCELCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds calls that stop another thread by force.
///
/// See docs/checks/pthread-cancel.md.
class PthreadCancelCheck : public ThreadStopCheck {
public:
  PthreadCancelCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const std::string ForcedStopFunctions;
  const std::vector<std::string> ForcedStopFunctionsList;
};

} // namespace clang::tidy::thread_stop

#endif
