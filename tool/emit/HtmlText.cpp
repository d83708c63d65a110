// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/HtmlText.h"

#include "emit/Utf8.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace thread_stop::tool {

std::string html(llvm::StringRef Text) {
  std::string Result;
  for (const char C : validUtf8(Text)) {
    if (C == '&')
      Result += "&amp;";
    else if (C == '<')
      Result += "&lt;";
    else if (C == '>')
      Result += "&gt;";
    else if (C == '"')
      Result += "&quot;";
    else if (C == '\'')
      Result += "&#39;";
    else if ((C >= 0 && C < 0x20 && C != '\n' && C != '\t') || C == 0x7f)
      Result += "\xEF\xBF\xBD";
    else
      Result += C;
  }
  return Result;
}

// --- C and C++ --------------------------------------------------------------

static bool isKeyword(llvm::StringRef Word) {
  static constexpr llvm::StringLiteral Words[] = {
      "alignas",  "alignof",   "auto",     "bool",     "break",     "case",
      "catch",    "char",      "class",    "co_await", "co_return", "co_yield",
      "const",    "constexpr", "continue", "decltype", "default",   "delete",
      "do",       "double",    "else",     "enum",     "explicit",  "extern",
      "false",    "final",     "float",    "for",      "goto",      "if",
      "inline",   "int",       "long",     "mutable",  "namespace", "new",
      "noexcept", "nullptr",   "operator", "override", "private",   "protected",
      "public",   "register",  "restrict", "return",   "short",     "signed",
      "sizeof",   "static",    "struct",   "switch",   "template",  "this",
      "throw",    "true",      "try",      "typedef",  "typename",  "union",
      "unsigned", "using",     "virtual",  "void",     "volatile",  "while"};
  return llvm::is_contained(Words, Word);
}

static bool isWord(char C) { return llvm::isAlnum(C) || C == '_'; }

namespace {
/// One line at a time; only a block comment goes on in the next.
class Scanner {
public:
  std::string scan(llvm::StringRef Text);

private:
  size_t token(size_t At);
  size_t word(size_t At);
  size_t quoted(size_t At) const;
  void fill(size_t From, size_t To, char Class);

  bool InComment = false;
  llvm::StringRef Line;
  std::string Classes;
};
} // namespace

void Scanner::fill(size_t From, size_t To, char Class) {
  std::fill(Classes.begin() + From, Classes.begin() + To, Class);
}

/// The end of a literal that begins at At; that of the line, if it has none.
size_t Scanner::quoted(size_t At) const {
  const char Quote = Line[At];
  for (size_t I = At + 1; I < Line.size(); ++I) {
    if (Line[I] == '\\')
      ++I;
    else if (Line[I] == Quote)
      return I + 1;
  }
  return Line.size();
}

size_t Scanner::word(size_t At) {
  size_t End = At;
  while (End < Line.size() && isWord(Line[End]))
    ++End;
  if (llvm::isDigit(Line[At]))
    fill(At, End, 'n');
  else if (isKeyword(Line.slice(At, End)))
    fill(At, End, 'k');
  return End;
}

size_t Scanner::token(size_t At) {
  const llvm::StringRef Rest = Line.substr(At);
  if (Rest.take_front(2) == "//") {
    fill(At, Line.size(), 'c');
    return Line.size();
  }
  if (Rest.take_front(2) == "/*") {
    InComment = true;
    fill(At, At + 2, 'c');
    return At + 2;
  }
  if (Line[At] == '"' || Line[At] == '\'') {
    const size_t End = quoted(At);
    fill(At, End, 's');
    return End;
  }
  return isWord(Line[At]) ? word(At) : At + 1;
}

std::string Scanner::scan(llvm::StringRef Text) {
  Line = Text;
  Classes.assign(Text.size(), ' ');
  size_t At = 0;
  if (!InComment && Text.ltrim().take_front(1) == "#") {
    At = Text.find('#');
    size_t End = At + 1;
    while (End < Text.size() && (isWord(Text[End]) || Text[End] == ' '))
      ++End;
    fill(At, End, 'p');
    At = End;
  }
  while (At < Text.size()) {
    if (!InComment) {
      At = token(At);
      continue;
    }
    const size_t Close = Text.find("*/", At);
    InComment = Close == llvm::StringRef::npos;
    const size_t End = InComment ? Text.size() : Close + 2;
    fill(At, End, 'c');
    At = End;
  }
  return Classes;
}

std::vector<std::string> classify(llvm::ArrayRef<std::string> Lines) {
  Scanner S;
  std::vector<std::string> Result;
  Result.reserve(Lines.size());
  for (const std::string &Line : Lines)
    Result.push_back(S.scan(Line));
  return Result;
}

static const Mark *markAt(llvm::ArrayRef<Mark> Marks, unsigned Offset) {
  const Mark *Found = llvm::find_if(Marks, [&](const Mark &M) {
    return M.Begin <= Offset && Offset < M.End;
  });
  return Found == Marks.end() ? nullptr : Found;
}

static std::string markTag(const Mark &M) {
  return "<mark class=\"" + std::string(M.Class) + "\">";
}

static std::string pieceOf(llvm::StringRef Text, char Class) {
  if (Class == ' ')
    return html(Text);
  return std::string("<i class=\"") + Class + "\">" + html(Text) + "</i>";
}

std::string codeLine(llvm::StringRef Line, llvm::StringRef Classes,
                     llvm::ArrayRef<Mark> Marks) {
  const auto ClassAt = [&](size_t At) {
    return At < Classes.size() ? Classes[At] : ' ';
  };
  std::string Result;
  const Mark *Open = nullptr;
  for (unsigned At = 0; At < Line.size();) {
    const Mark *M = markAt(Marks, At);
    unsigned End = At;
    do
      End += characterLength(Line.substr(End));
    while (End < Line.size() && markAt(Marks, End) == M &&
           ClassAt(End) == ClassAt(At));
    if (Open && M != Open)
      Result += "</mark>";
    if (M && M != Open)
      Result += markTag(*M);
    Result += pieceOf(Line.slice(At, End), ClassAt(At));
    Open = M;
    At = End;
  }
  if (Open)
    Result += "</mark>";
  // A place behind the last character, such as the end of a file.
  for (const Mark &M : Marks)
    if (M.Begin >= Line.size())
      Result += markTag(M) + "&nbsp;</mark>";
  return Result;
}

} // namespace thread_stop::tool
