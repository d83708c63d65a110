// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedAnalysis.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Lex/MacroArgs.h"
#include "clang/Lex/PPCallbacks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <mutex>

namespace clang::tidy::thread_stop {

/// Notes each expansion of the cleanup macros, whatever macro of the program
/// it comes from.
class SharedAnalysis::Recorder : public PPCallbacks {
public:
  Recorder(std::weak_ptr<SharedAnalysis> To, Preprocessor &PP)
      : To(std::move(To)), SM(PP.getSourceManager()),
        Names{PP.getIdentifierInfo("pthread_cleanup_push"),
              PP.getIdentifierInfo("pthread_cleanup_pop"),
              PP.getIdentifierInfo("pthread_cleanup_push_defer_np"),
              PP.getIdentifierInfo("pthread_cleanup_pop_restore_np")} {}

  void MacroExpands(const Token &Name, const MacroDefinition &, SourceRange R,
                    const MacroArgs *) override {
    const IdentifierInfo *Id = Name.getIdentifierInfo();
    for (size_t I = 0; I < 4; ++I)
      if (Id == Names[I])
        if (std::shared_ptr<SharedAnalysis> Shared = To.lock())
          Shared->Expansions.Uses.push_back(
              {SM.getExpansionLoc(R.getBegin()), I % 2 == 0, I >= 2});
  }

  void SourceRangeSkipped(SourceRange R, SourceLocation) override {
    if (SM.isInSystemHeader(R.getBegin()))
      return;
    if (std::shared_ptr<SharedAnalysis> Shared = To.lock())
      Shared->Expansions.Skipped.push_back(R);
  }

private:
  /// The preprocessor owns this and may outlive the checks.
  std::weak_ptr<SharedAnalysis> To;
  const SourceManager &SM;
  const IdentifierInfo *Names[4];
};

std::shared_ptr<SharedAnalysis> SharedAnalysis::of(const SourceManager &SM,
                                                   Preprocessor &PP) {
  // The only global state of the module: it finds, it does not keep.
  static std::mutex Guard;
  static llvm::DenseMap<const SourceManager *, std::weak_ptr<SharedAnalysis>>
      Alive;
  std::lock_guard<std::mutex> Lock(Guard);
  std::shared_ptr<SharedAnalysis> Shared = Alive.lookup(&SM).lock();
  if (!Shared) {
    // An editor opens and closes files all day.
    for (auto It = Alive.begin(), Next = It; It != Alive.end(); It = Next) {
      ++Next;
      if (It->second.expired())
        Alive.erase(It);
    }
    Shared = std::make_shared<SharedAnalysis>();
    Alive[&SM] = Shared;
    PP.addPPCallbacks(std::make_unique<Recorder>(Shared, PP));
  }
  return Shared;
}

void SharedAnalysis::prepareIncludes(bool SelfContained, Preprocessor &PP) {
  if (Inserter)
    return;
  Inserter.emplace(::thread_stop::compat::makeIncludeInserter(SelfContained));
  Inserter->registerPreprocessor(&PP);
}

std::optional<FixItHint> SharedAnalysis::include(FileID File,
                                                 const std::string &Header) {
  assert(Inserter && "see mayAddInclude");
  if (!Inserter)
    return std::nullopt;
  // The inserter answers once only, unless diagnostics are self-contained.
  auto [It, New] = Includes.try_emplace({File, Header});
  if (New)
    if (auto Hint = Inserter->createIncludeInsertion(File, "<" + Header + ">"))
      It->second = *Hint;
  return It->second;
}

const std::vector<::thread_stop::flow::Finding> &SharedAnalysis::findings() {
  if (Analyzed != Context) {
    Analyzed = Context;
    Analysis = std::make_unique<::thread_stop::flow::TuAnalysis>(
        *Context, Options, Expansions);
  }
  return Analysis->findings();
}

} // namespace clang::tidy::thread_stop
