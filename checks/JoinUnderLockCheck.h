// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_JOINUNDERLOCKCHECK_H
#define THREAD_STOP_CHECKS_JOINUNDERLOCKCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds threads that are joined while a lock is held that they take.
///
/// See docs/checks/join-under-lock.md.
class JoinUnderLockCheck : public ThreadStopCheck {
public:
  JoinUnderLockCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const bool StrictJoin;
};

} // namespace clang::tidy::thread_stop

#endif
