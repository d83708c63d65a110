// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_LEAKACROSSCANCELLATIONPOINTCHECK_H
#define THREAD_STOP_CHECKS_LEAKACROSSCANCELLATIONPOINTCHECK_H

#include "GatedCheck.h"

namespace clang::tidy::thread_stop {

/// Finds cancellation points at which a resource is owned that nothing
/// releases.
///
/// See docs/checks/leak-across-cancellation-point.md.
class LeakAcrossCancellationPointCheck : public GatedCheck {
public:
  LeakAcrossCancellationPointCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const std::string ResourceFunctions;
  const std::vector<std::pair<std::string, std::string>> ResourceFunctionsList;
};

} // namespace clang::tidy::thread_stop

#endif
