// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all thread-stop checks have in common: they ask the shared analysis for
// their findings when the translation unit ends, and print them.

#ifndef THREAD_STOP_CHECKS_THREADSTOPCHECK_H
#define THREAD_STOP_CHECKS_THREADSTOPCHECK_H

#include "SharedAnalysis.h"
#include "support/LlvmCompat.h"
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace clang::tidy::thread_stop {

class ThreadStopCheck : public ClangTidyCheck {
public:
  ThreadStopCheck(StringRef Name, ClangTidyContext *Context,
                  ::thread_stop::flow::CheckKind Kind);

  void registerMatchers(ast_matchers::MatchFinder *Finder) final;
  void registerPPCallbacks(const SourceManager &SM, Preprocessor *PP,
                           Preprocessor *ModuleExpanderPP) final;
  void onEndOfTranslationUnit() final;

protected:
  /// Lets a check hand its options to the analysis, before parsing.
  virtual void contribute(::thread_stop::flow::Options &) const {}

  /// `a;b;c`, blanks around each ignored.
  static std::vector<std::string> parseList(StringRef Value);

  /// `open=close;open=close`. Warns about an entry that is neither a pair nor
  /// a single name.
  std::vector<std::pair<std::string, std::string>> parsePairs(StringRef Option,
                                                              StringRef Value);

private:
  void watch();
  void report(const ::thread_stop::flow::Finding &F);
  std::optional<FixItHint> include(const ::thread_stop::flow::Finding &F,
                                   const std::string &Header);

  const ::thread_stop::flow::CheckKind Kind;
  /// Diagnostics are shown one by one, in an editor: each has all it needs.
  const bool SelfContained;
  ast_matchers::MatchFinder *Finder = nullptr;
  std::shared_ptr<SharedAnalysis> Shared;
  std::set<std::pair<FileID, std::string>> Included;
};

} // namespace clang::tidy::thread_stop

#endif
