// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the checks share that speak of cancellable code only: their options.

#ifndef THREAD_STOP_CHECKS_GATEDCHECK_H
#define THREAD_STOP_CHECKS_GATEDCHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

class GatedCheck : public ThreadStopCheck {
public:
  GatedCheck(StringRef Name, ClangTidyContext *Context,
             ::thread_stop::flow::CheckKind Kind);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const ::thread_stop::flow::CheckKind Kind;
  const bool AssumeCancellable;
  const bool StrictPoints;
  const std::string CancellationPoints;
  const std::string LockFunctions;
  const std::vector<std::pair<std::string, std::string>> LockFunctionsList;
};

} // namespace clang::tidy::thread_stop

#endif
