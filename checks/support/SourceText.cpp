// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "support/SourceText.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace thread_stop::support {

SourceLocation SourceText::fileLoc(SourceLocation L) const {
  return Ctx.getSourceManager().getFileLoc(L);
}

std::optional<CharSourceRange> SourceText::fileRange(SourceRange R) const {
  const SourceManager &SM = Ctx.getSourceManager();
  if (R.isInvalid() || R.getBegin().isMacroID() || R.getEnd().isMacroID() ||
      !SM.isWrittenInSameFile(R.getBegin(), R.getEnd()))
    return std::nullopt;
  SourceLocation End =
      Lexer::getLocForEndOfToken(R.getEnd(), 0, SM, Ctx.getLangOpts());
  if (End.isInvalid())
    return std::nullopt;
  return CharSourceRange::getCharRange(R.getBegin(), End);
}

std::optional<CharSourceRange> SourceText::range(const Stmt *S) const {
  const SourceManager &SM = Ctx.getSourceManager();
  const SourceRange R = S->getSourceRange();
  if (std::optional<CharSourceRange> Plain = fileRange(R))
    return Plain;
  // One macro without arguments that stands in a file for the whole node.
  SourceLocation Begin = R.getBegin();
  if (!Begin.isMacroID())
    return std::nullopt;
  const CharSourceRange Use = SM.getExpansionRange(Begin);
  const CharSourceRange UseEnd = SM.getExpansionRange(R.getEnd());
  if (Use.getBegin() != UseEnd.getBegin() || Use.getBegin().isMacroID() ||
      Use.getBegin() != Use.getEnd())
    return std::nullopt;
  // Nested in another macro the text is not the node.
  SourceLocation Caller = SM.getImmediateMacroCallerLoc(Begin);
  while (Caller.isMacroID()) {
    Begin = Caller;
    Caller = SM.getImmediateMacroCallerLoc(Begin);
  }
  if (!Lexer::isAtStartOfMacroExpansion(R.getBegin(), SM, Ctx.getLangOpts()) ||
      !Lexer::isAtEndOfMacroExpansion(R.getEnd(), SM, Ctx.getLangOpts()))
    return std::nullopt;
  return fileRange({Use.getBegin(), Use.getEnd()});
}

std::string SourceText::text(const Stmt *S) const {
  std::optional<CharSourceRange> R = range(S);
  return R ? Lexer::getSourceText(*R, Ctx.getSourceManager(), Ctx.getLangOpts())
                 .str()
           : std::string();
}

std::string SourceText::indentation(SourceLocation L) const {
  const SourceManager &SM = Ctx.getSourceManager();
  auto [File, Offset] = SM.getDecomposedLoc(SM.getFileLoc(L));
  bool Invalid = false;
  const StringRef Buffer = SM.getBufferData(File, &Invalid);
  if (Invalid)
    return "";
  const size_t Start = Buffer.rfind('\n', Offset);
  const size_t Line = Start == StringRef::npos ? 0 : Start + 1;
  const size_t End = Buffer.find_first_not_of(" \t", Line);
  return Buffer.slice(Line, std::min<size_t>(End, Offset)).str();
}

unsigned SourceText::line(SourceLocation L) const {
  return Ctx.getSourceManager().getExpansionLineNumber(L);
}

SourceLocation SourceText::afterSemicolon(const Stmt *S) const {
  const SourceManager &SM = Ctx.getSourceManager();
  std::optional<CharSourceRange> R = fileRange(S->getSourceRange());
  if (!R)
    return {};
  auto [File, Offset] = SM.getDecomposedLoc(R->getEnd());
  bool Invalid = false;
  const StringRef Buffer = SM.getBufferData(File, &Invalid);
  if (Invalid)
    return {};
  const size_t At = Buffer.find_first_not_of(" \t\n", Offset);
  if (At == StringRef::npos || Buffer[At] != ';')
    return {};
  return R->getEnd().getLocWithOffset(static_cast<int>(At - Offset) + 1);
}

SourceLocation SourceText::afterPrevious(SourceLocation L) const {
  const SourceManager &SM = Ctx.getSourceManager();
  auto [File, Offset] = SM.getDecomposedLoc(L);
  bool Invalid = false;
  const StringRef Buffer = SM.getBufferData(File, &Invalid);
  if (Invalid || L.isMacroID())
    return {};
  const size_t At = Buffer.take_front(Offset).find_last_not_of(" \t\r\n");
  if (At == StringRef::npos)
    return {};
  // Anything but the head of a branch is a comment or a directive.
  const StringRef Line = Buffer.slice(Buffer.rfind('\n', At) + 1, At + 1);
  const bool Head =
      Line.back() == ')' || Line.back() == ':' || Line.take_back(4) == "else";
  if (!Head || Line.ltrim().take_front(1) == "#" || Line.contains("//"))
    return {};
  return L.getLocWithOffset(-static_cast<int>(Offset - At) + 1);
}

} // namespace thread_stop::support
