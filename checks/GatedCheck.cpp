// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GatedCheck.h"

namespace clang::tidy::thread_stop {

static constexpr llvm::StringLiteral AssumeOption = "AssumeCancellable";
static constexpr llvm::StringLiteral StrictOption = "StrictPoints";
static constexpr llvm::StringLiteral PointsOption = "CancellationPoints";
static constexpr llvm::StringLiteral LockFunctionsOption = "LockFunctions";

GatedCheck::GatedCheck(StringRef Name, ClangTidyContext *Context,
                       ::thread_stop::flow::CheckKind Kind)
    : ThreadStopCheck(Name, Context, Kind), Kind(Kind),
      AssumeCancellable(Options.getLocalOrGlobal(AssumeOption, false)),
      StrictPoints(Options.getLocalOrGlobal(StrictOption, false)),
      CancellationPoints(Options.getLocalOrGlobal(PointsOption, "")),
      LockFunctions(Options.getLocalOrGlobal(LockFunctionsOption, "")),
      LockFunctionsList(parsePairs(LockFunctionsOption, LockFunctions)) {}

void GatedCheck::storeOptions(ClangTidyOptions::OptionMap &Opts) {
  Options.store(Opts, AssumeOption, AssumeCancellable);
  Options.store(Opts, StrictOption, StrictPoints);
  Options.store(Opts, PointsOption, CancellationPoints);
  Options.store(Opts, LockFunctionsOption, LockFunctions);
}

void GatedCheck::contribute(::thread_stop::flow::Options &To) const {
  ::thread_stop::flow::GatedOptions &Mine = To.Gated[static_cast<size_t>(Kind)];
  Mine.AssumeCancellable = AssumeCancellable;
  Mine.StrictPoints = StrictPoints;
  for (std::string &Name : parseList(CancellationPoints))
    To.CancellationPoints.push_back(std::move(Name));
  To.LockFunctions.insert(To.LockFunctions.end(), LockFunctionsList.begin(),
                          LockFunctionsList.end());
}

} // namespace clang::tidy::thread_stop
