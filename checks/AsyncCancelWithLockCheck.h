// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_ASYNCCANCELWITHLOCKCHECK_H
#define THREAD_STOP_CHECKS_ASYNCCANCELWITHLOCKCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds locks that are held while the thread can be cancelled at any
/// instruction.
///
/// See docs/checks/async-cancel-with-lock.md.
class AsyncCancelWithLockCheck : public ThreadStopCheck {
public:
  AsyncCancelWithLockCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const std::string LockFunctions;
  const std::vector<std::pair<std::string, std::string>> LockFunctionsList;
};

} // namespace clang::tidy::thread_stop

#endif
