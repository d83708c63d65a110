// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/HtmlPath.h"

#include "emit/HtmlText.h"
#include "emit/Utf8.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

namespace thread_stop::tool {

/// Lines shown around a step.
static constexpr unsigned Around = 3;
/// A gap that is not longer is not worth a fold.
static constexpr unsigned SmallGap = 2;
/// Of a longer gap, or of what is before the first and behind the last line
/// shown, this much is in the page.
static constexpr unsigned MaxFold = 60;
/// A message that stood further to the right could not be read.
static constexpr unsigned MaxIndent = 48;

namespace {

struct Step {
  const Location *At;
  const std::string *Message;
  const std::vector<Edit> *Edits; ///< of a note, else null
  std::string Label;              ///< what is in the badge
  bool IsFinding = false;
};

/// What one file has of the path.
class Panel {
public:
  Panel(llvm::StringRef File, Sources &S, llvm::raw_ostream &OS)
      : File(File), Code(S.linesOf(File)), S(S), OS(OS) {}
  void add(const Step &St, unsigned Order) { Steps.push_back({&St, Order}); }
  void print();

private:
  void fold(unsigned From, unsigned To, bool IsEdge);
  void line(unsigned Number);
  void bubble(const Step &St, unsigned Order);
  std::vector<Mark> marksOf(unsigned Number, llvm::StringRef Text) const;
  std::set<unsigned> shownLines() const;

  llvm::StringRef File;
  llvm::ArrayRef<std::string> Code;
  std::vector<std::string> Classes;
  std::vector<std::pair<const Step *, unsigned>> Steps;
  Sources &S;
  llvm::raw_ostream &OS;
};

} // namespace

std::set<unsigned> Panel::shownLines() const {
  std::set<unsigned> Result;
  for (const auto &[St, Order] : Steps) {
    const unsigned Line = St->At->Line;
    if (!Line)
      continue;
    Result.insert(Line);
    if (Code.empty())
      continue;
    const unsigned End = std::min<unsigned>(
        {std::max(St->At->EndLine, Line) + Around, Line + 4 * Around,
         static_cast<unsigned>(Code.size())});
    for (unsigned I = Line > Around ? Line - Around : 1; I <= End; ++I)
      Result.insert(I);
  }
  return Result;
}

std::vector<Mark> Panel::marksOf(unsigned Number, llvm::StringRef Text) const {
  std::vector<Mark> Result;
  for (const bool OfFinding : {true, false})
    for (const auto &[St, Order] : Steps) {
      const Location &At = *St->At;
      const unsigned Last = std::max(At.EndLine, At.Line);
      if (St->IsFinding != OfFinding || Number < At.Line || Number > Last)
        continue;
      const auto Indent =
          static_cast<unsigned>(Text.size() - Text.ltrim().size());
      const unsigned Begin =
          Number == At.Line ? std::max(At.Column, 1u) - 1 : Indent;
      const unsigned End = Number == Last ? std::max(At.EndColumn, 1u) - 1
                                          : static_cast<unsigned>(Text.size());
      Result.push_back(
          {Begin, std::max(End, Begin + 1), OfFinding ? "sink" : "step"});
    }
  return Result;
}

void Panel::bubble(const Step &St, unsigned Order) {
  unsigned Column = 0;
  for (const Cell &C : cellsOf(St.At->Snippet))
    if (C.Offset + 1 < St.At->Column)
      Column += C.Width;
  OS << "<div class=\"b" << (St.IsFinding ? " sink" : "")
     << (Column > MaxIndent ? " far" : "")
     << "\" style=\"--c:" << std::min(Column, MaxIndent)
     << "\"><span class=\"k\" data-step=\"" << Order << "\">" << html(St.Label)
     << "</span><div class=\"m\"><p>" << html(*St.Message)
     << "</p></div></div>\n";
}

void Panel::line(unsigned Number) {
  const std::string *Text = S.line(File, Number);
  const bool IsHit = llvm::any_of(Steps, [&](const auto &Entry) {
    return Entry.first->At->Line == Number;
  });
  OS << "<div class=\"l" << (IsHit ? " hit" : "") << "\"><span class=\"n\">"
     << Number << "</span><code>";
  if (Text) {
    const bool Known = Number <= Classes.size();
    OS << codeLine(*Text, Known ? Classes[Number - 1] : std::string(),
                   marksOf(Number, *Text));
  }
  OS << "</code></div>\n";
  for (const auto &[St, Order] : Steps)
    if (St->At->Line == Number)
      bubble(*St, Order);
}

void Panel::fold(unsigned From, unsigned To, bool IsEdge) {
  if (From > To)
    return;
  const unsigned Count = To - From + 1;
  if (!Code.empty() && !IsEdge && Count <= SmallGap) {
    for (unsigned I = From; I <= To; ++I)
      line(I);
    return;
  }
  const std::string Label =
      std::to_string(Count) + (Count == 1 ? " line" : " lines");
  if (Code.empty() || (Count > MaxFold && !IsEdge)) {
    OS << "<div class=\"gap\">" << Label << "</div>\n";
    return;
  }
  OS << "<details class=\"gap\"><summary>" << Label << "</summary>\n";
  for (unsigned I = From; I <= To; ++I)
    line(I);
  OS << "</details>\n";
}

void Panel::print() {
  Classes = classify(Code);
  OS << "<figure class=\"panel\"><figcaption>" << html(File)
     << (Code.empty() ? "<span>the source is not there, or has changed</span>"
                      : "")
     << "</figcaption><div class=\"code\">\n";
  const std::set<unsigned> Shown = shownLines();
  const auto Size = static_cast<unsigned>(Code.size());
  unsigned Next = 0;
  for (const unsigned Number : Shown) {
    if (Next)
      fold(Next, Number - 1, /*IsEdge=*/false);
    else if (Size)
      fold(Number > MaxFold ? Number - MaxFold : 1, Number - 1, true);
    line(Number);
    Next = Number + 1;
  }
  if (Next)
    fold(Next, std::min(Size, Next + MaxFold), true);
  OS << "</div></figure>\n";
}

// --- The path ---------------------------------------------------------------

static bool isBefore(const Location &A, const Location &B) {
  return std::tie(A.Line, A.Column) < std::tie(B.Line, B.Column);
}

/// The notes in their order, and among them the finding: notes at its end that
/// stand at or behind it say what comes of it.
static std::vector<Step> stepsOf(const Finding &F) {
  std::vector<Step> Steps;
  for (const Note &N : F.Notes)
    if (N.At.Line)
      Steps.push_back({&N.At, &N.Message, &N.Edits,
                       std::to_string(Steps.size() + 1), false});
  size_t Place = Steps.size();
  while (Place && Steps[Place - 1].At->File == F.At.File &&
         !isBefore(*Steps[Place - 1].At, F.At))
    --Place;
  if (F.At.Line)
    Steps.insert(Steps.begin() + static_cast<std::ptrdiff_t>(Place),
                 {&F.At, &F.Message, nullptr, "!", true});
  return Steps;
}

void printPath(const Finding &F, Sources &S, llvm::raw_ostream &OS) {
  const std::vector<Step> Steps = stepsOf(F);
  std::vector<std::pair<llvm::StringRef, Panel>> Panels;
  for (unsigned I = 0; I < Steps.size(); ++I) {
    const llvm::StringRef File = Steps[I].At->File;
    const auto Found = llvm::find_if(
        Panels, [&](const auto &Entry) { return Entry.first == File; });
    const auto Index = static_cast<size_t>(Found - Panels.begin());
    if (Index == Panels.size())
      Panels.emplace_back(File, Panel(File, S, OS));
    Panels[Index].second.add(Steps[I], I);
  }
  OS << "<div class=\"path\">\n";
  for (auto &Entry : Panels)
    Entry.second.print();
  OS << "</div>\n";
}

void printDiff(llvm::ArrayRef<Edit> Edits, llvm::StringRef Title, Sources &S,
               llvm::raw_ostream &OS) {
  if (Edits.empty())
    return;
  OS << "<figure class=\"diff\"><figcaption>" << Title << "</figcaption>\n";
  for (const FileDiff &Diff : diffOf(Edits, S)) {
    OS << "<p class=\"file\">" << html(Diff.File) << "</p><pre>";
    for (const DiffLine &Line : Diff.Lines)
      OS << "<span class=\"" << (Line.Kind == '+' ? "ins" : "del") << "\"><b>"
         << Line.Number << "</b>" << Line.Kind << "<code>" << html(Line.Text)
         << "</code>\n</span>";
    OS << "</pre>\n";
  }
  OS << "</figure>\n";
}

} // namespace thread_stop::tool
