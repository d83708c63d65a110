// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One analysis per translation unit for all checks. clang-tidy makes the checks
// anew for every translation unit and clangd does so on several threads; what
// they share is found by the SourceManager that each check is shown before
// parsing begins, and lives as long as one of these checks does.

#ifndef THREAD_STOP_CHECKS_SHAREDANALYSIS_H
#define THREAD_STOP_CHECKS_SHAREDANALYSIS_H

#include "flow/CleanupExpansions.h"
#include "flow/Options.h"
#include "flow/TuAnalysis.h"
#include "support/LlvmCompat.h"
#include "clang/Lex/Preprocessor.h"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace clang::tidy::thread_stop {

class SharedAnalysis {
public:
  /// The one of this translation unit; the first call for it also begins to
  /// record the cleanup macros that `PP` expands.
  static std::shared_ptr<SharedAnalysis> of(const SourceManager &SM,
                                            Preprocessor &PP);

  /// Filled by the checks before parsing.
  ::thread_stop::flow::Options Options;

  /// What is being visited, or null: then it has no function either.
  const ASTContext *Context = nullptr;

  /// Whether the caller is the first, and so the one to watch all functions
  /// for `Context`: each matcher is tried at each of them.
  bool takeWatch() { return !std::exchange(IsWatched, true); }

  /// Before parsing, if a fix may add an `#include`. One inserter for all
  /// checks: each is told of each `#include` of each header.
  void prepareIncludes(bool SelfContained, Preprocessor &PP);
  /// How to include `<Header>` in `File`; nothing if it is included already.
  std::optional<FixItHint> include(FileID File, const std::string &Header);

  /// What the analysis of `Context` found; runs it when first asked.
  const std::vector<::thread_stop::flow::Finding> &findings();

private:
  bool IsWatched = false;
  std::optional<utils::IncludeInserter> Inserter;
  std::map<std::pair<FileID, std::string>, std::optional<FixItHint>> Includes;
  ::thread_stop::flow::CleanupExpansions Expansions;
  const ASTContext *Analyzed = nullptr;
  std::unique_ptr<::thread_stop::flow::TuAnalysis> Analysis;
  class Recorder;
};

} // namespace clang::tidy::thread_stop

#endif
