// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   ::warning file=src/log.c,line=11,endLine=11,col=3,...::message
//
// The runner makes annotations of these lines. A message has one line, the
// notes follow in it as %0A.

#include "emit/Emit.h"
#include "emit/Utf8.h"

namespace thread_stop::tool {

/// What the runner undoes. A ':' or ',' would end a property.
static std::string escaped(llvm::StringRef Text, bool IsProperty) {
  std::string Result;
  for (const char C : validUtf8(Text)) {
    if (C == '%')
      Result += "%25";
    else if (C == '\r')
      Result += "%0D";
    else if (C == '\n')
      Result += "%0A";
    else if (IsProperty && C == ':')
      Result += "%3A";
    else if (IsProperty && C == ',')
      Result += "%2C";
    else
      Result += C;
  }
  return Result;
}

static void printPlace(const Location &At, llvm::raw_ostream &OS) {
  if (At.File.empty())
    return;
  OS << "file=" << escaped(At.File, true) << ',';
  if (!At.Line)
    return;
  const unsigned EndLine = std::max(At.EndLine, At.Line);
  OS << "line=" << At.Line << ",endLine=" << EndLine << ',';
  // Columns are refused for more than one line.
  if (EndLine == At.Line)
    OS << "col=" << utf16Column(At.Snippet, At.Column) << ",endColumn="
       << utf16Column(At.Snippet, std::max(At.EndColumn, At.Column)) << ',';
}

static std::string messageOf(const Finding &F) {
  std::string Result = printable(F.Message);
  for (const Note &N : F.Notes) {
    Result += '\n';
    if (!N.At.File.empty())
      Result += printable(N.At.File) + ":" + std::to_string(N.At.Line) + ":" +
                std::to_string(N.At.Column) + ": ";
    Result += "note: " + printable(N.Message);
  }
  return Result;
}

void emitGithub(const Report &R, llvm::raw_ostream &OS) {
  for (const Finding &F : R.Findings) {
    OS << (F.IsError ? "::error " : "::warning ");
    printPlace(F.At, OS);
    OS << "title=" << escaped(F.Check, true)
       << "::" << escaped(messageOf(F), false) << '\n';
  }
  for (const Failure &F : R.Failures) {
    OS << "::error ";
    Location At;
    At.File = F.File;
    printPlace(At, OS);
    std::string Text = printable(F.Reason);
    for (const std::string &Line : F.Details)
      Text += '\n' + printable(Line);
    if (!F.Help.empty())
      Text += "\nhelp: " + printable(F.Help);
    OS << "title=thread-stop%3A not analysed::" << escaped(Text, false) << '\n';
  }
}

} // namespace thread_stop::tool
