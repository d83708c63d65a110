// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/HtmlText.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

namespace thread_stop::tool {

static bool hasPrefix(llvm::StringRef Text, llvm::StringRef Prefix) {
  return Text.take_front(Prefix.size()) == Prefix;
}

// --- Within a line ----------------------------------------------------------

static std::string inlineHtml(llvm::StringRef Text);

/// What stands between two equal marks at the front of Text; false if the
/// second is missing.
static bool takeBetween(llvm::StringRef &Text, llvm::StringRef Mark,
                        llvm::StringRef &Inner) {
  if (!hasPrefix(Text, Mark))
    return false;
  const size_t End = Text.find(Mark, Mark.size() + 1);
  if (End == llvm::StringRef::npos)
    return false;
  Inner = Text.slice(Mark.size(), End);
  Text = Text.substr(End + Mark.size());
  return true;
}

static bool takeLink(llvm::StringRef &Text, std::string &Out) {
  const size_t Middle = Text.find("](");
  const size_t Close = Text.find(')', Middle);
  if (!hasPrefix(Text, "[") || Middle == llvm::StringRef::npos ||
      Close == llvm::StringRef::npos)
    return false;
  const llvm::StringRef Target = Text.slice(Middle + 2, Close);
  const std::string Label = inlineHtml(Text.slice(1, Middle));
  const bool IsWeb =
      hasPrefix(Target, "https://") || hasPrefix(Target, "http://");
  Out += IsWeb ? "<a rel=\"noreferrer\" href=\"" + html(Target) + "\">" +
                     Label + "</a>"
               : Label;
  Text = Text.substr(Close + 1);
  return true;
}

static std::string inlineHtml(llvm::StringRef Text) {
  std::string Result;
  while (!Text.empty()) {
    llvm::StringRef Inner;
    if (takeBetween(Text, "`", Inner))
      Result += "<code>" + html(Inner) + "</code>";
    else if (takeBetween(Text, "**", Inner))
      Result += "<strong>" + inlineHtml(Inner) + "</strong>";
    else if (Text.size() > 1 && Text[1] != ' ' && takeBetween(Text, "*", Inner))
      Result += "<em>" + inlineHtml(Inner) + "</em>";
    else if (!takeLink(Text, Result)) {
      const size_t Next = Text.find_first_of("`*[", 1);
      Result += html(Text.take_front(Next));
      Text = Text.substr(Next);
    }
  }
  return Result;
}

// --- Blocks -----------------------------------------------------------------

namespace {
class MarkdownPrinter {
public:
  MarkdownPrinter(llvm::StringRef Text, llvm::raw_ostream &OS) : OS(OS) {
    Text.split(Lines, '\n');
  }
  void print();

private:
  void fence();
  void table();
  void list(llvm::StringRef Tag);
  void paragraph();
  void row(llvm::StringRef Line, llvm::StringRef Tag);
  bool isBlock(llvm::StringRef Line) const;

  llvm::StringRef line() const { return Lines[At]; }
  bool more() const { return At < Lines.size(); }

  llvm::SmallVector<llvm::StringRef, 256> Lines;
  size_t At = 0;
  llvm::raw_ostream &OS;
};
} // namespace

/// "- " or "1. "; 0 if it is no item.
static size_t bulletLength(llvm::StringRef Line) {
  if (hasPrefix(Line, "- ") || hasPrefix(Line, "* "))
    return 2;
  const size_t Digits = Line.find_first_not_of("0123456789");
  return Digits && Digits != llvm::StringRef::npos &&
                 hasPrefix(Line.substr(Digits), ". ")
             ? Digits + 2
             : 0;
}

bool MarkdownPrinter::isBlock(llvm::StringRef Line) const {
  return Line.trim().empty() || hasPrefix(Line, "#") ||
         hasPrefix(Line, "```") || hasPrefix(Line, "|") || bulletLength(Line);
}

void MarkdownPrinter::fence() {
  const llvm::StringRef Language = line().drop_front(3).trim();
  std::vector<std::string> Code;
  for (++At; more() && !hasPrefix(line(), "```"); ++At)
    Code.push_back(line().str());
  ++At;
  const bool IsC = hasPrefix(Language, "c");
  const std::vector<std::string> Classes =
      IsC ? classify(Code) : std::vector<std::string>(Code.size());
  OS << "<pre>";
  for (size_t I = 0; I < Code.size(); ++I)
    OS << codeLine(Code[I], Classes[I], {}) << '\n';
  OS << "</pre>\n";
}

void MarkdownPrinter::row(llvm::StringRef Line, llvm::StringRef Tag) {
  Line = Line.trim();
  Line.consume_front("|");
  Line.consume_back("|");
  llvm::SmallVector<llvm::StringRef, 8> Cells;
  Line.split(Cells, '|');
  OS << "<tr>";
  for (const llvm::StringRef Cell : Cells)
    OS << '<' << Tag << '>' << inlineHtml(Cell.trim()) << "</" << Tag << '>';
  OS << "</tr>\n";
}

void MarkdownPrinter::table() {
  OS << "<div class=\"wide\"><table>\n";
  for (bool IsHead = true; more() && hasPrefix(line(), "|"); ++At) {
    if (line().find_first_not_of("|-: ") == llvm::StringRef::npos)
      continue;
    row(line(), IsHead ? "th" : "td");
    IsHead = false;
  }
  OS << "</table></div>\n";
}

void MarkdownPrinter::list(llvm::StringRef Tag) {
  OS << '<' << Tag << ">\n";
  while (more() && bulletLength(line())) {
    std::string Item = line().drop_front(bulletLength(line())).str();
    for (++At; more() && hasPrefix(line(), " ") && !line().trim().empty(); ++At)
      Item += " " + line().trim().str();
    OS << "<li>" << inlineHtml(Item) << "</li>\n";
  }
  OS << "</" << Tag << ">\n";
}

void MarkdownPrinter::paragraph() {
  std::string Text = line().trim().str();
  for (++At; more() && !isBlock(line()); ++At)
    Text += "\n" + line().trim().str();
  OS << "<p>" << inlineHtml(Text) << "</p>\n";
}

void MarkdownPrinter::print() {
  while (more()) {
    const llvm::StringRef Line = line();
    if (Line.trim().empty()) {
      ++At;
    } else if (hasPrefix(Line, "```")) {
      fence();
    } else if (hasPrefix(Line, "|")) {
      table();
    } else if (bulletLength(Line)) {
      list(llvm::isDigit(Line[0]) ? "ol" : "ul");
    } else if (hasPrefix(Line, "#")) {
      OS << "<h4>" << inlineHtml(Line.ltrim('#').trim()) << "</h4>\n";
      ++At;
    } else {
      paragraph();
    }
  }
}

void printMarkdown(llvm::StringRef Text, llvm::raw_ostream &OS) {
  MarkdownPrinter(Text, OS).print();
}

} // namespace thread_stop::tool
