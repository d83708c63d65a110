// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-unmatched-cleanup where the macros do not pair: the code does not
// parse then, so this reads tokens, not the AST.

#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

#include <algorithm>
#include <map>

using namespace clang;

namespace thread_stop::flow {

namespace {
/// An open brace, or a push that waits for its pop.
struct Open {
  const CleanupExpansion *Push = nullptr;
};

class MacroPairing {
public:
  MacroPairing(TuAnalysis &A, FileID File) : A(A), File(File) {}

  std::vector<const CleanupExpansion *> Uses;

  /// The uses without a counterpart; none where the braces themselves do not
  /// match, for then they say nothing.
  std::vector<const CleanupExpansion *> unpaired() {
    const SourceManager &SM = A.context().getSourceManager();
    bool Invalid = false;
    const StringRef Buffer = SM.getBufferData(File, &Invalid);
    if (Invalid)
      return {};
    LangOptions Options = A.context().getLangOpts();
    Lexer Raw(SM.getLocForStartOfFile(File), Options, Buffer.begin(),
              Buffer.begin(), Buffer.end());
    findSkipped();
    Token T;
    size_t Next = 0;
    bool More = true;
    while (More && Balanced) {
      More = !Raw.LexFromRawLexer(T);
      if (T.is(tok::eof))
        break;
      const unsigned Offset = SM.getFileOffset(T.getLocation());
      while (Next < Uses.size() && offsetOf(*Uses[Next]) < Offset)
        use(Uses[Next++]);
      if (T.is(tok::hash) && T.isAtStartOfLine()) {
        skipDirective(Raw, T);
        continue;
      }
      if (isSkipped(Offset))
        continue;
      if (T.is(tok::l_brace))
        Stack.push_back({});
      else if (T.is(tok::r_brace))
        close();
    }
    while (Next < Uses.size())
      use(Uses[Next++]);
    for (const Open &O : Stack)
      if (O.Push)
        Unpaired.push_back(O.Push);
      else
        Balanced = false;
    if (!Balanced)
      Unpaired.clear();
    return Unpaired;
  }

private:
  unsigned offsetOf(const CleanupExpansion &E) const {
    return A.context().getSourceManager().getFileOffset(E.Loc);
  }

  static void skipDirective(Lexer &Raw, Token &T) {
    Raw.setParsingPreprocessorDirective(true);
    while (!T.is(tok::eod) && !T.is(tok::eof))
      if (Raw.LexFromRawLexer(T))
        break;
    Raw.setParsingPreprocessorDirective(false);
  }

  /// Offsets must not fall from one call to the next.
  bool isSkipped(unsigned Offset) {
    while (!Skipped.empty() && Skipped.back().second < Offset)
      Skipped.pop_back();
    return !Skipped.empty() && Skipped.back().first <= Offset;
  }

  /// The ranges of this file that the preprocessor left out, last one first.
  /// They do not overlap.
  void findSkipped() {
    const SourceManager &SM = A.context().getSourceManager();
    for (const SourceRange &R : A.expansions().Skipped)
      if (SM.getFileID(R.getBegin()) == File)
        Skipped.push_back(
            {SM.getFileOffset(R.getBegin()), SM.getFileOffset(R.getEnd())});
    std::sort(Skipped.rbegin(), Skipped.rend());
  }

  void use(const CleanupExpansion *E) {
    if (E->IsPush) {
      Stack.push_back({E});
    } else if (!Stack.empty() && Stack.back().Push) {
      Stack.pop_back();
    } else {
      Unpaired.push_back(E);
    }
  }

  void close() {
    while (!Stack.empty() && Stack.back().Push) {
      Unpaired.push_back(Stack.back().Push);
      Stack.pop_back();
    }
    if (Stack.empty())
      Balanced = false;
    else
      Stack.pop_back();
  }

  TuAnalysis &A;
  FileID File;
  std::vector<Open> Stack;
  std::vector<const CleanupExpansion *> Unpaired;
  std::vector<std::pair<unsigned, unsigned>> Skipped;
  bool Balanced = true;
};
} // namespace

void diagnoseUnpairedMacros(TuAnalysis &A, std::vector<Finding> &Out) {
  // Without an error they pair: each opens a brace that the other closes.
  if (!A.isBroken() || A.expansions().Uses.empty())
    return;
  const SourceManager &SM = A.context().getSourceManager();
  std::map<FileID, MacroPairing> Files;
  for (const CleanupExpansion &E : A.expansions().Uses) {
    if (E.Loc.isInvalid() || !A.apis().isUserCode(E.Loc))
      continue;
    const FileID File = SM.getFileID(E.Loc);
    Files.try_emplace(File, A, File).first->second.Uses.push_back(&E);
  }
  for (auto &[File, Pairing] : Files) {
    // Several in one macro stay in the order in which they were expanded.
    std::sort(Pairing.Uses.begin(), Pairing.Uses.end(),
              [&](const CleanupExpansion *L, const CleanupExpansion *R) {
                return std::make_pair(SM.getFileOffset(L->Loc), L) <
                       std::make_pair(SM.getFileOffset(R->Loc), R);
              });
    for (const CleanupExpansion *E : Pairing.unpaired()) {
      Finding New;
      New.Check = CheckKind::UnmatchedCleanup;
      New.Loc = E->Loc;
      const std::string Push = E->IsNonPortable
                                   ? "'pthread_cleanup_push_defer_np'"
                                   : "'pthread_cleanup_push'";
      const std::string Pop = E->IsNonPortable
                                  ? "'pthread_cleanup_pop_restore_np'"
                                  : "'pthread_cleanup_pop'";
      New.Message = E->IsPush ? Push + " without " + Pop + " in the same block"
                              : Pop + " without " + Push + " in the same block";
      New.Notes.push_back(
          {E->Loc,
           E->IsPush ? "the macro opens a block that only the pop closes: the "
                       "compiler misses a '}' far below"
                     : "the macro closes a block that only the push opens: "
                       "the compiler sees the function end here",
           {},
           false});
      Out.push_back(std::move(New));
    }
  }
}

} // namespace thread_stop::flow
