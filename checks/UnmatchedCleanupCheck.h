// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_UNMATCHEDCLEANUPCHECK_H
#define THREAD_STOP_CHECKS_UNMATCHEDCLEANUPCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds cleanup handlers that are pushed and not popped, or the reverse.
///
/// See docs/checks/unmatched-cleanup.md.
class UnmatchedCleanupCheck : public ThreadStopCheck {
public:
  UnmatchedCleanupCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const std::string LockFunctions;
  const std::vector<std::pair<std::string, std::string>> LockFunctionsList;
};

} // namespace clang::tidy::thread_stop

#endif
