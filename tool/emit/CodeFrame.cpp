// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/CodeFrame.h"

#include "emit/Utf8.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"

namespace thread_stop::tool {

/// Longer lines are cut around the range.
static constexpr unsigned MaxWidth = 110;
/// What is left of the range in a line that is cut.
static constexpr unsigned Before = 30;

namespace {

/// A line on the screen: what is underlined, and what of it is shown.
struct Frame {
  std::vector<Cell> Cells;
  unsigned Width = 0;           ///< of the whole line
  unsigned Begin = 0, End = 0;  ///< of the range, on the screen
  unsigned First = 0, Last = 0; ///< the window, on the screen
  bool isCut() const { return First > 0 || Last < Width; }
};

} // namespace

/// Where a column of bytes is on the screen; one behind the line is at its end.
static unsigned screenColumn(const Frame &F, unsigned ByteColumn) {
  const unsigned Offset = ByteColumn ? ByteColumn - 1 : 0;
  unsigned Screen = 0;
  for (const Cell &C : F.Cells) {
    if (C.Offset >= Offset)
      return Screen;
    Screen += C.Width;
  }
  return Screen;
}

static unsigned widthOf(llvm::StringRef Text) {
  unsigned Width = 0;
  for (const Cell &C : cellsOf(Text))
    Width += C.Width;
  return Width;
}

static Frame frameOf(const Location &At) {
  Frame F;
  F.Cells = cellsOf(llvm::StringRef(At.Snippet).rtrim());
  for (const Cell &C : F.Cells)
    F.Width += C.Width;
  F.Begin = screenColumn(F, At.Column);
  if (At.EndLine > At.Line)
    F.End = F.Width;
  else if (At.EndColumn > At.Column)
    F.End = screenColumn(F, At.EndColumn);
  F.End = std::max(F.End, F.Begin + 1);
  F.Last = F.Width;
  if (F.Width > MaxWidth) {
    F.First = F.Begin > Before ? F.Begin - Before : 0;
    F.Last = std::min(F.Width, F.First + MaxWidth);
    F.First = F.Last > MaxWidth ? std::min(F.First, F.Last - MaxWidth) : 0;
    F.End = std::min(F.End, std::max(F.Last, F.Begin + 1));
  }
  return F;
}

void printGutter(unsigned Line, char Kind, llvm::raw_ostream &OS) {
  if (Line)
    OS << llvm::format("%5u ", Line);
  else
    OS.indent(6);
  OS << Kind << ' ';
}

/// The cells that lie wholly in the window; returns the screen column that the
/// first of them has in the output.
static void printCode(const Frame &F, llvm::raw_ostream &OS) {
  if (F.First)
    OS << "...";
  unsigned Screen = 0;
  for (const Cell &C : F.Cells) {
    if (Screen >= F.First && Screen + C.Width <= F.Last)
      OS << C.Text;
    else if (Screen < F.First && Screen + C.Width > F.First)
      OS.indent(Screen + C.Width - F.First); // half of a wide one
    Screen += C.Width;
  }
  if (F.Last < F.Width)
    OS << "...";
}

static unsigned shift(const Frame &F, unsigned Screen) {
  return Screen - F.First + (F.First ? 3 : 0);
}

static bool isInFrame(const Location &At, const Edit &E) {
  return E.At.File == At.File && E.At.Line == At.Line &&
         E.At.EndLine == At.Line && !E.Text.empty() &&
         E.Text.find('\n') == std::string::npos;
}

bool fitsFrame(const Location &At, llvm::ArrayRef<Edit> Edits) {
  if (Edits.empty() || At.Snippet.empty())
    return false;
  const Frame F = frameOf(At);
  unsigned Free = 0;
  for (const Edit &E : Edits) {
    const unsigned Column = screenColumn(F, E.At.Column);
    if (!isInFrame(At, E) || Column < F.First || Column < Free ||
        (F.isCut() && Column >= F.Last))
      return false;
    Free = Column + widthOf(E.Text) + 1;
  }
  return true;
}

/// As clang: the new text stands below the place where it goes.
static void printEdits(const Frame &F, llvm::ArrayRef<Edit> Edits,
                       const Palette &Colors, llvm::raw_ostream &OS) {
  printGutter(0, '|', OS);
  OS << Colors.added();
  unsigned Screen = 0;
  for (const Edit &E : Edits) {
    const unsigned Column = shift(F, screenColumn(F, E.At.Column));
    OS.indent(Column - Screen);
    for (const Cell &C : cellsOf(E.Text))
      OS << C.Text;
    Screen = Column + widthOf(E.Text);
  }
  OS << Colors.reset() << '\n';
}

void printFrame(const Location &At, llvm::ArrayRef<Edit> Edits,
                const Palette &Colors, llvm::raw_ostream &OS) {
  if (At.Snippet.empty())
    return;
  const Frame F = frameOf(At);
  printGutter(At.Line, '|', OS);
  printCode(F, OS);
  OS << '\n';
  printGutter(0, '|', OS);
  OS.indent(shift(F, F.Begin)) << Colors.caret() << '^';
  OS << std::string(F.End - F.Begin - 1, '~') << Colors.reset() << '\n';
  if (fitsFrame(At, Edits))
    printEdits(F, Edits, Colors, OS);
}

} // namespace thread_stop::tool
