// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   src/log.c:11:3: warning: <message> [thread-stop-x]
//      11 |   return -1;
//         |   ^~~~~~~~~
//   src/log.c:9:3: note: <message>
//       9 |   pthread_cleanup_push(free, buffer);
//         |   ^
//     = fix: --fix applies it
//     = help: 'thread-stop explain x' says more
//
// The first line is gcc's: editors and problem matchers read it.

#include "CheckInfo.h"
#include "emit/CodeFrame.h"
#include "emit/Emit.h"
#include "emit/Sources.h"
#include "emit/Utf8.h"

namespace thread_stop::tool {

static void printPlace(const Location &At, const Palette &Colors,
                       llvm::raw_ostream &OS) {
  OS << Colors.bold();
  if (At.File.empty())
    OS << "thread-stop";
  else
    OS << printable(At.File);
  if (At.Line)
    OS << ':' << At.Line << ':' << At.Column;
  OS << ": " << Colors.reset();
}

static void printFirstLine(const Finding &F, const Palette &Colors,
                           llvm::raw_ostream &OS) {
  printPlace(F.At, Colors, OS);
  OS << (F.IsError ? Colors.error() : Colors.warning())
     << (F.IsError ? "error: " : "warning: ") << Colors.reset() << Colors.bold()
     << printable(F.Message) << Colors.reset() << " [" << printable(F.Check)
     << (F.IsError ? ",-warnings-as-errors" : "") << "]\n";
}

/// For what does not fit below the caret: the lines before and after.
static void printDiff(llvm::ArrayRef<Edit> Edits, llvm::StringRef File,
                      Sources &S, const Palette &Colors,
                      llvm::raw_ostream &OS) {
  const std::vector<FileDiff> Files = diffOf(Edits, S);
  for (const FileDiff &Diff : Files) {
    if (Diff.File != File || Files.size() > 1)
      OS << "      --> " << printable(Diff.File) << '\n';
    for (const DiffLine &Line : Diff.Lines) {
      printGutter(Line.Number, Line.Kind, OS);
      OS << (Line.Kind == '-' ? Colors.removed() : Colors.added());
      for (const Cell &C : cellsOf(Line.Text))
        OS << C.Text;
      OS << Colors.reset() << '\n';
    }
  }
}

static void printHint(llvm::StringRef Label, llvm::StringRef Text,
                      const Palette &Colors, llvm::raw_ostream &OS) {
  OS << "  = " << Colors.bold() << Label << ':' << Colors.reset() << ' ' << Text
     << '\n';
}

static void printFix(const Location &At, llvm::ArrayRef<Edit> Edits,
                     llvm::StringRef Option, Sources &S, const Palette &Colors,
                     llvm::raw_ostream &OS) {
  if (Edits.empty())
    return;
  // What a note offers may be half of a change: whoever takes it has to know.
  const bool IsNote = Option == "--fix-notes";
  printHint("fix",
            (Option + " applies it" +
             (IsNote ? "; read the page of the check first" : ""))
                .str(),
            Colors, OS);
  if (!fitsFrame(At, Edits))
    printDiff(Edits, At.File, S, Colors, OS);
}

static void printNote(const Note &N, Sources &S, const Palette &Colors,
                      llvm::raw_ostream &OS) {
  printPlace(N.At, Colors, OS);
  OS << Colors.note() << "note: " << Colors.reset() << printable(N.Message)
     << '\n';
  printFrame(N.At, N.Edits, Colors, OS);
  printFix(N.At, N.Edits, "--fix-notes", S, Colors, OS);
}

static void printWhole(const Finding &F, Sources &S, const Palette &Colors,
                       llvm::raw_ostream &OS) {
  printFirstLine(F, Colors, OS);
  printFrame(F.At, F.Fix, Colors, OS);
  for (const Note &N : F.Notes)
    printNote(N, S, Colors, OS);
  printFix(F.At, F.Fix, "--fix", S, Colors, OS);
  if (const CheckInfo *Info = findCheck(F.Check))
    printHint("help",
              ("'thread-stop explain " + Info->Id + "' says more").str(),
              Colors, OS);
}

void emitText(const Report &R, const TextStyle &Style, llvm::raw_ostream &OS) {
  const Palette Colors(Style.Color);
  Sources S(R);
  bool IsFirst = true;
  for (const Finding &F : R.Findings) {
    if (Style.Brief) {
      printFirstLine(F, Colors, OS);
      continue;
    }
    if (!IsFirst)
      OS << '\n';
    IsFirst = false;
    printWhole(F, S, Colors, OS);
  }
}

} // namespace thread_stop::tool
