// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_ASYNCCANCELUNSAFECALLCHECK_H
#define THREAD_STOP_CHECKS_ASYNCCANCELUNSAFECALLCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds calls that are not safe under asynchronous cancellation.
///
/// See docs/checks/async-cancel-unsafe-call.md.
class AsyncCancelUnsafeCallCheck : public ThreadStopCheck {
public:
  AsyncCancelUnsafeCallCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const bool StrictAsync;
};

} // namespace clang::tidy::thread_stop

#endif
