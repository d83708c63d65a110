// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_MIGRATECHECK_H
#define THREAD_STOP_CHECKS_MIGRATECHECK_H

#include "ThreadStopCheck.h"

namespace clang::tidy::thread_stop {

/// Turns cancelled threads into threads that are asked to stop. Off unless it
/// is asked for by its full name or by an option.
///
/// See docs/checks/migrate.md.
class MigrateCheck : public ThreadStopCheck {
public:
  MigrateCheck(StringRef Name, ClangTidyContext *Context);
  void storeOptions(ClangTidyOptions::OptionMap &Opts) override;

protected:
  void contribute(::thread_stop::flow::Options &To) const override;

private:
  const bool Migrate;
  const std::string NonBlockingFunctions;
  const std::vector<std::string> NonBlockingFunctionsList;
};

} // namespace clang::tidy::thread_stop

#endif
