// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Converter.h"

#include "CheckInfo.h"
#include "analyse/Database.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <tuple>

using namespace clang;
using llvm::StringRef;

namespace thread_stop::tool {

/// More of them tell nothing new.
static constexpr size_t MaxDetails = 5;

const std::vector<size_t> &Converter::lineStarts(const FileContent &Of,
                                                 StringRef Text) {
  std::vector<size_t> &Starts = Lines[&Of];
  if (!Starts.empty())
    return Starts;
  Starts.push_back(0);
  for (size_t End = Text.find('\n'); End != StringRef::npos;
       End = Text.find('\n', End + 1))
    Starts.push_back(End + 1);
  return Starts;
}

/// Sets line and column of the place `Offset`.
static void place(const std::vector<size_t> &Starts, size_t Offset,
                  unsigned &Line, unsigned &Column) {
  const auto Next = llvm::upper_bound(Starts, Offset);
  Line = static_cast<unsigned>(Next - Starts.begin());
  Column = static_cast<unsigned>(Offset - *std::prev(Next) + 1);
}

Location Converter::locate(StringRef Path, unsigned Offset, unsigned Length) {
  Location At;
  if (Path.empty())
    return At;
  llvm::SmallString<256> Full(Path);
  if (!llvm::sys::path::is_absolute(Path)) {
    Full = J.Directory;
    llvm::sys::path::append(Full, Path);
  }
  const std::string Absolute = Files.nameOf(Full);
  At.File = displayPath(Absolute, Root);
  At.Offset = Offset;
  At.Length = Length;
  FileContent *Content = Files.find(Absolute);
  const llvm::MemoryBuffer *Buffer = Content ? Content->text() : nullptr;
  if (!Buffer)
    return At;
  const StringRef Text = Buffer->getBuffer();
  At.Offset = std::min<size_t>(Offset, Text.size());
  At.Length = std::min<size_t>(Length, Text.size() - At.Offset);
  const std::vector<size_t> &Starts = lineStarts(*Content, Text);
  place(Starts, At.Offset, At.Line, At.Column);
  place(Starts, At.Offset + At.Length, At.EndLine, At.EndColumn);
  At.Snippet =
      Text.drop_front(Starts[At.Line - 1]).split('\n').first.rtrim('\r').str();
  return At;
}

/// A place, as long as the name that begins there.
Location Converter::locateToken(const tooling::DiagnosticMessage &M) {
  if (!M.Ranges.empty() && M.Ranges.front().FilePath == M.FilePath &&
      M.Ranges.front().FileOffset == M.FileOffset)
    return locate(M.FilePath, M.FileOffset, M.Ranges.front().Length);
  Location At = locate(M.FilePath, M.FileOffset, 0);
  if (At.Line == 0)
    return At;
  const StringRef Rest =
      StringRef(At.Snippet)
          .drop_front(std::min<size_t>(At.Column - 1, At.Snippet.size()));
  const StringRef Name =
      Rest.take_while([](char C) { return llvm::isAlnum(C) || C == '_'; });
  At.Length = static_cast<unsigned>(
      Name.empty() ? std::min<size_t>(1, Rest.size()) : Name.size());
  At.EndColumn = At.Column + At.Length;
  return At;
}

std::vector<Edit> Converter::edits(const tooling::DiagnosticMessage &M) {
  std::vector<Edit> Out;
  for (const auto &OfFile : M.Fix)
    for (const tooling::Replacement &R : OfFile.second)
      if (R.isApplicable())
        Out.push_back({locate(R.getFilePath(), R.getOffset(), R.getLength()),
                       R.getReplacementText().str()});
  llvm::stable_sort(Out, [](const Edit &A, const Edit &B) {
    return std::tie(A.At.File, A.At.Offset) < std::tie(B.At.File, B.At.Offset);
  });
  return Out;
}

Finding Converter::finding(const tidy::ClangTidyError &E) {
  Finding F;
  F.Check = E.DiagnosticName;
  F.IsError = E.IsWarningAsError;
  F.At = locateToken(E.Message);
  F.Message = E.Message.Message;
  F.Fix = edits(E.Message);
  for (const tooling::DiagnosticMessage &N : E.Notes)
    F.Notes.push_back({locateToken(N), N.Message, edits(N)});
  return F;
}

std::string Converter::oneLine(const tidy::ClangTidyError &E) {
  const Location At = locate(E.Message.FilePath, E.Message.FileOffset, 0);
  const std::string Where = At.Line == 0
                                ? std::string()
                                : At.File + ":" + std::to_string(At.Line) +
                                      ":" + std::to_string(At.Column) + ": ";
  return Where + "error: " + E.Message.Message;
}

void Converter::convert(const std::vector<tidy::ClangTidyError> &Errors,
                        bool Broken, UnitResult &Out) {
  std::vector<std::string> Details;
  size_t Count = 0;
  const std::string File = displayPath(J.File, Root);
  for (const tidy::ClangTidyError &E : Errors) {
    const StringRef Name(E.DiagnosticName);
    if (Name.take_front(CheckPrefix.size()) == CheckPrefix) {
      Out.Findings.push_back(finding(E));
    } else if (Name == "clang-tidy-config") {
      Out.Failures.push_back({File,
                              "an option is wrong: " + E.Message.Message,
                              "correct it in .clang-tidy or --config",
                              {}});
    } else if (Name == "clang-tidy-nolint") {
      Out.Failures.push_back(
          {File, oneLine(E), "correct the NOLINT comment", {}});
    } else if (E.DiagLevel == tidy::ClangTidyError::Error) {
      if (++Count <= MaxDetails)
        Details.push_back(oneLine(E));
    }
  }
  if (!Broken)
    return;
  if (Count > MaxDetails)
    Details.push_back("and " + std::to_string(Count - MaxDetails) + " more");
  Out.Failures.push_back(
      {File,
       Count == 1 ? "it does not compile: 1 error"
                  : "it does not compile: " + std::to_string(Count) + " errors",
       "what needs the flow of the code was not looked for; correct the code, "
       "or its command",
       std::move(Details)});
}

} // namespace thread_stop::tool
