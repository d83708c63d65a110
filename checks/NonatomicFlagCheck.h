// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_NONATOMICFLAGCHECK_H
#define THREAD_STOP_CHECKS_NONATOMICFLAGCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Finds plain variables that end a loop of another thread.
///
/// See docs/checks/nonatomic-flag.md.
class NonatomicFlagCheck : public ThreadStopCheck {
public:
  NonatomicFlagCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const bool StrictFlags;
};

} // namespace clang::tidy::thread_stop

#endif
