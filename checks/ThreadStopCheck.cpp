// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ThreadStopCheck.h"

#include "clang/ASTMatchers/ASTMatchFinder.h"

using namespace clang::ast_matchers;

namespace clang::tidy::thread_stop {

namespace flow = ::thread_stop::flow;

namespace {
/// Never matches; it only tells which ASTContext is being visited. clangd
/// visits the main file's declarations one by one and never the translation
/// unit's node, so any function must do as well.
template <class Node>
class ContextCatcher : public internal::MatcherInterface<Node> {
public:
  explicit ContextCatcher(const ASTContext *&Slot) : Slot(Slot) {}

  bool matches(const Node &, internal::ASTMatchFinder *Finder,
               internal::BoundNodesTreeBuilder *) const override {
    Slot = &Finder->getASTContext();
    return false;
  }

private:
  const ASTContext *&Slot;
};
} // namespace

ThreadStopCheck::ThreadStopCheck(StringRef Name, ClangTidyContext *Context,
                                 flow::CheckKind Kind)
    : ClangTidyCheck(Name, Context), Kind(Kind),
      SelfContained(::thread_stop::compat::selfContained(Context)) {}

void ThreadStopCheck::registerMatchers(MatchFinder *To) {
  Finder = To;
  watch();
}

void ThreadStopCheck::registerPPCallbacks(const SourceManager &SM,
                                          Preprocessor *PP, Preprocessor *) {
  Shared = SharedAnalysis::of(SM, *PP);
  if (flow::mayAddInclude(Kind))
    Shared->prepareIncludes(SelfContained, *PP);
  contribute(Shared->Options);
  watch();
}

/// When both are known; which of them comes first, the hosts do not agree.
void ThreadStopCheck::watch() {
  if (!Finder || !Shared)
    return;
  // Each check needs a matcher to be called when the unit ends.
  Finder->addMatcher(
      translationUnitDecl(internal::makeMatcher(
          new ContextCatcher<TranslationUnitDecl>(Shared->Context))),
      this);
  if (Shared->takeWatch())
    Finder->addMatcher(functionDecl(internal::makeMatcher(
                           new ContextCatcher<FunctionDecl>(Shared->Context))),
                       this);
}

void ThreadStopCheck::onEndOfTranslationUnit() {
  if (!Shared || !Shared->Context)
    return;
  for (const flow::Finding &F : Shared->findings())
    if (F.Check == Kind)
      report(F);
}

static FixItHint hint(const flow::Edit &E) {
  return E.Range.getBegin() == E.Range.getEnd()
             ? FixItHint::CreateInsertion(E.Range.getBegin(), E.Text)
             : FixItHint::CreateReplacement(E.Range, E.Text);
}

std::optional<FixItHint> ThreadStopCheck::include(const flow::Finding &F,
                                                  const std::string &Header) {
  const FileID File = Shared->Context->getSourceManager().getFileID(F.Loc);
  // Two of the same insertion, applied together, would be there twice.
  if (!SelfContained && !Included.insert({File, Header}).second)
    return std::nullopt;
  return Shared->include(File, Header);
}

void ThreadStopCheck::report(const flow::Finding &F) {
  {
    DiagnosticBuilder Warning = diag(F.Loc, "%0");
    Warning << F.Message;
    for (const flow::Edit &E : F.Fix)
      Warning << hint(E);
    if (!F.FixHeader.empty())
      if (auto Include = include(F, F.FixHeader))
        Warning << *Include;
  }
  for (const flow::Note &N : F.Notes) {
    DiagnosticBuilder Step = diag(N.Loc, "%0", DiagnosticIDs::Note);
    Step << N.Message;
    for (const flow::Edit &E : N.Edits)
      Step << hint(E);
    if (N.NeedsShimHeader)
      if (auto Include = include(F, "thread_stop.h"))
        Step << *Include;
  }
}

std::vector<std::string> ThreadStopCheck::parseList(StringRef Value) {
  llvm::SmallVector<StringRef, 8> Parts;
  Value.split(Parts, ';', -1, false);
  std::vector<std::string> Out;
  for (StringRef P : Parts)
    if (!P.trim().empty())
      Out.push_back(P.trim().str());
  return Out;
}

std::vector<std::pair<std::string, std::string>>
ThreadStopCheck::parsePairs(StringRef Option, StringRef Value) {
  std::vector<std::pair<std::string, std::string>> Out;
  for (const std::string &Entry : parseList(Value)) {
    auto [First, Second] = StringRef(Entry).split('=');
    First = First.trim();
    Second = Second.trim();
    if (First.empty() || Second.find('=') != StringRef::npos ||
        (Second.empty() && Entry.find('=') != std::string::npos)) {
      configurationDiag("'%0' in option '%1' is no pair 'open=close'; it is "
                        "ignored")
          << Entry << Option;
      continue;
    }
    Out.push_back({First.str(), Second.str()});
  }
  return Out;
}

} // namespace clang::tidy::thread_stop
