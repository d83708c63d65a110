// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/Sources.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace thread_stop::tool {

/// Nobody reads a longer source in a report, and it would be in it whole.
static constexpr uint64_t MaxSize = 16u << 20;

Sources::Sources(const Report &R) : Root(R.Root) {
  for (const Finding &F : R.Findings) {
    addKnown(F.At);
    for (const Edit &E : F.Fix)
      addKnown(E.At);
    for (const Note &N : F.Notes) {
      addKnown(N.At);
      for (const Edit &E : N.Edits)
        addKnown(E.At);
    }
  }
}

void Sources::addKnown(const Location &L) {
  if (L.Line && !L.Snippet.empty())
    Known[L.File].emplace(L.Line, L.Snippet);
}

/// Only regular files: a pipe or a device would be waited for.
static std::unique_ptr<llvm::MemoryBuffer> read(llvm::StringRef Path) {
  llvm::sys::fs::file_status Status;
  if (llvm::sys::fs::status(Path, Status) ||
      !llvm::sys::fs::is_regular_file(Status) || Status.getSize() > MaxSize)
    return nullptr;
  auto Buffer = llvm::MemoryBuffer::getFile(Path);
  return Buffer ? std::move(*Buffer) : nullptr;
}

void Sources::load(llvm::StringRef File,
                   std::vector<std::string> &Lines) const {
  llvm::SmallString<256> Path(File);
  if (!Root.empty() && !llvm::sys::path::is_absolute(File)) {
    Path = Root;
    llvm::sys::path::append(Path, File);
  }
  std::unique_ptr<llvm::MemoryBuffer> Buffer = read(Path);
  // A report of another machine: its folder may be ours under another name.
  if (!Buffer)
    Buffer = read(File);
  if (!Buffer)
    return;
  llvm::StringRef Rest = Buffer->getBuffer();
  while (!Rest.empty()) {
    llvm::StringRef Line;
    std::tie(Line, Rest) = Rest.split('\n');
    Line.consume_back("\r");
    Lines.push_back(Line.str());
  }
  const auto Told = Known.find(File.str());
  if (Told == Known.end())
    return;
  const bool Same = llvm::all_of(Told->second, [&](const auto &Entry) {
    llvm::StringRef Text = Entry.second;
    Text.consume_back("\r");
    return Entry.first <= Lines.size() && Lines[Entry.first - 1] == Text;
  });
  if (!Same)
    Lines.clear();
}

llvm::ArrayRef<std::string> Sources::linesOf(llvm::StringRef File) {
  const auto [Position, IsNew] = Files.try_emplace(File.str());
  if (IsNew)
    load(File, Position->second);
  return Position->second;
}

const std::string *Sources::line(llvm::StringRef File, unsigned Number) {
  const llvm::ArrayRef<std::string> Lines = linesOf(File);
  if (Number && Number <= Lines.size())
    return &Lines[Number - 1];
  const auto Told = Known.find(File.str());
  if (Told == Known.end())
    return nullptr;
  const auto Text = Told->second.find(Number);
  return Text == Told->second.end() ? nullptr : &Text->second;
}

// --- Fixes as a diff --------------------------------------------------------

/// The text of lines First to Last; false if one is not known.
static bool textOf(Sources &S, llvm::StringRef File, unsigned First,
                   unsigned Last, std::vector<std::string> &Lines) {
  for (unsigned Number = First; Number <= Last; ++Number) {
    const std::string *Text = S.line(File, Number);
    if (!Text)
      return false;
    Lines.push_back(*Text);
  }
  return true;
}

static size_t offsetIn(llvm::ArrayRef<std::string> Lines, unsigned First,
                       unsigned Line, unsigned Column) {
  size_t Offset = 0;
  for (unsigned I = First; I < Line; ++I)
    Offset += Lines[I - First].size() + 1;
  return Offset + (Column ? Column - 1 : 0);
}

/// The edits of neighbouring lines, applied to the text of these lines.
static bool applyTo(std::string &Text, llvm::ArrayRef<std::string> Lines,
                    llvm::ArrayRef<const Edit *> Group, unsigned First) {
  for (const Edit *E : llvm::reverse(Group)) {
    const size_t Begin = offsetIn(Lines, First, E->At.Line, E->At.Column);
    const size_t End = offsetIn(Lines, First, E->At.EndLine, E->At.EndColumn);
    if (Begin > End || End > Text.size())
      return false;
    Text.replace(Begin, End - Begin, E->Text);
  }
  return true;
}

static bool addGroup(FileDiff &Diff, llvm::ArrayRef<const Edit *> Group,
                     Sources &S) {
  const unsigned First = Group.front()->At.Line;
  unsigned Last = First;
  for (const Edit *E : Group)
    Last = std::max(Last, E->At.EndLine);
  std::vector<std::string> Old;
  if (!textOf(S, Diff.File, First, Last, Old))
    return false;
  std::string Text = llvm::join(Old, "\n");
  if (!applyTo(Text, Old, Group, First))
    return false;
  llvm::SmallVector<llvm::StringRef, 8> New;
  llvm::StringRef(Text).split(New, '\n');
  llvm::ArrayRef<std::string> Out = Old;
  llvm::ArrayRef<llvm::StringRef> In = New;
  unsigned Number = First;
  // Lines that stay as they are, at both ends.
  while (!Out.empty() && !In.empty() && In.front() == Out.front()) {
    Out = Out.drop_front();
    In = In.drop_front();
    ++Number;
  }
  while (!Out.empty() && !In.empty() && In.back() == Out.back()) {
    Out = Out.drop_back();
    In = In.drop_back();
  }
  for (size_t I = 0; I < Out.size(); ++I)
    Diff.Lines.push_back({'-', Number + static_cast<unsigned>(I), Out[I]});
  for (size_t I = 0; I < In.size(); ++I)
    Diff.Lines.push_back({'+', Number + static_cast<unsigned>(I), In[I].str()});
  return true;
}

std::vector<FileDiff> diffOf(llvm::ArrayRef<Edit> Edits, Sources &S) {
  std::vector<const Edit *> Sorted;
  for (const Edit &E : Edits)
    Sorted.push_back(&E);
  llvm::stable_sort(Sorted, [](const Edit *A, const Edit *B) {
    return std::tie(A->At.File, A->At.Line, A->At.Column) <
           std::tie(B->At.File, B->At.Line, B->At.Column);
  });
  std::vector<FileDiff> Result;
  for (size_t I = 0; I < Sorted.size();) {
    const Location &First = Sorted[I]->At;
    unsigned Last = First.EndLine;
    size_t End = I + 1;
    while (End < Sorted.size() && Sorted[End]->At.File == First.File &&
           Sorted[End]->At.Line <= Last)
      Last = std::max(Last, Sorted[End++]->At.EndLine);
    if (Result.empty() || Result.back().File != First.File)
      Result.push_back({First.File, {}});
    if (!addGroup(Result.back(),
                  llvm::ArrayRef<const Edit *>(Sorted).slice(I, End - I), S))
      return {};
    I = End;
  }
  return Result;
}

} // namespace thread_stop::tool
