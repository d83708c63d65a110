// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MigrateCheck.h"

#include "llvm/ADT/STLExtras.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral MigrateOption = "Migrate";
static constexpr llvm::StringLiteral NonBlockingFunctionsOption =
    "NonBlockingFunctions";

/// Whether the list of checks has the name itself, not only a pattern that
/// matches it: who writes `thread-stop-*` wants findings, not a rewrite.
static bool isNamed(StringRef Name, const ClangTidyContext &Context) {
  const auto &Checks = Context.getOptions().Checks;
  if (!Checks)
    return false;
  llvm::SmallVector<StringRef, 16> Globs;
  StringRef(*Checks).split(Globs, ',');
  bool Named = false;
  for (StringRef Each : Globs) {
    Each = Each.trim();
    if (Each == Name)
      Named = true;
    else if (Each.take_front(1) == "-" && Each.drop_front().trim() == Name)
      Named = false;
  }
  return Named;
}

MigrateCheck::MigrateCheck(StringRef Name, ClangTidyContext *Context)
    : ThreadStopCheck(Name, Context, ::thread_stop::flow::CheckKind::Migrate),
      Migrate(Options.get(MigrateOption, isNamed(Name, *Context))),
      NonBlockingFunctions(
          Options.getLocalOrGlobal(NonBlockingFunctionsOption, "")),
      NonBlockingFunctionsList(parseList(NonBlockingFunctions)) {}

void MigrateCheck::storeOptions(ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, MigrateOption, Migrate);
  Options.store(Opts, NonBlockingFunctionsOption, NonBlockingFunctions);
}

void MigrateCheck::contribute(::thread_stop::flow::Options &To) const {
  To.Migrate |= Migrate;
  To.NonBlockingFunctions.insert(To.NonBlockingFunctions.end(),
                                 NonBlockingFunctionsList.begin(),
                                 NonBlockingFunctionsList.end());
}

} // namespace clang::tidy::thread_stop
