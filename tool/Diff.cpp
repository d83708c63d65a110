// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Diff.h"

#include "analyse/Database.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <optional>

using namespace llvm;

namespace thread_stop::tool {

static Error gitError(const Twine &Message) {
  return createStringError(std::errc::invalid_argument, "%s",
                           ("--diff: " + Message).str().c_str());
}

/// The standard output of git; an error says what git said.
static Expected<std::string> git(const std::string &Folder,
                                 std::vector<StringRef> Arguments) {
  ErrorOr<std::string> Program = sys::findProgramByName("git");
  if (!Program)
    return gitError("there is no git in the path");
  SmallString<128> Out, Err;
  if (sys::fs::createTemporaryFile("thread-stop-diff", "out", Out) ||
      sys::fs::createTemporaryFile("thread-stop-diff", "err", Err))
    return gitError("no temporary file can be made");
  std::vector<StringRef> Args = {*Program, "-C", Folder, "-c",
                                 "core.quotePath=false"};
  Args.insert(Args.end(), Arguments.begin(), Arguments.end());
  const StringRef OutName(Out), ErrName(Err);
  std::string Why;
  const int Code = sys::ExecuteAndWait(
      *Program, Args, {}, {StringRef(), OutName, ErrName}, 0, 0, &Why);
  auto Text = [](StringRef Path) {
    auto Read = MemoryBuffer::getFile(Path);
    std::string Content = Read ? (*Read)->getBuffer().str() : std::string();
    sys::fs::remove(Path);
    return Content;
  };
  std::string Printed = Text(Out), Complaint = Text(Err);
  if (Code == 0)
    return Printed;
  StringRef First = StringRef(Complaint).split('\n').first;
  First.consume_front("fatal: ");
  return gitError(!Why.empty()    ? Twine(Why)
                  : First.empty() ? Twine("git has failed")
                                  : "git says: " + First);
}

/// "a\303\244\tb" as git quotes names with control characters.
static std::string unquoted(StringRef Name) {
  if (Name.size() < 2 || Name.front() != '"')
    return Name.str();
  Name = Name.drop_front().drop_back();
  std::string Out;
  for (size_t I = 0; I < Name.size(); ++I) {
    if (Name[I] != '\\' || I + 1 == Name.size()) {
      Out += Name[I];
      continue;
    }
    const char Next = Name[++I];
    unsigned Octal;
    if (I + 2 < Name.size() && Next >= '0' && Next <= '3' &&
        !Name.substr(I, 3).getAsInteger(8, Octal)) {
      Out += static_cast<char>(Octal);
      I += 2;
    } else {
      Out += Next == 't' ? '\t' : Next == 'n' ? '\n' : Next;
    }
  }
  return Out;
}

/// "12,3" or "12", which means "12,1". Nothing if it is neither.
static std::optional<std::pair<unsigned, unsigned>> rangeOf(StringRef Text) {
  const auto [First, Count] = Text.split(',');
  unsigned From = 0, Many = 1;
  if (First.getAsInteger(10, From) ||
      (!Count.empty() && Count.getAsInteger(10, Many)))
    return std::nullopt;
  return std::make_pair(From, Many);
}

void ChangedLines::read(StringRef Diff, const std::string &Top) {
  std::string File;
  unsigned Skip = 0; // lines of code, which may look like anything
  while (!Diff.empty()) {
    StringRef Line;
    std::tie(Line, Diff) = Diff.split('\n');
    if (Line.take_front(1) == "\\")
      continue; // no newline at the end of the file
    if (Skip != 0) {
      --Skip;
      continue;
    }
    if (Line.consume_front("+++ ")) {
      // With a tab at the end if the name has a space.
      std::string Name = unquoted(Line.rtrim('\t'));
      StringRef Path(Name);
      File = Path.consume_front("b/") ? absolutePath(Path, Top) : std::string();
      if (!File.empty())
        Files.insert(File);
    } else if (Line.take_front(3) == "@@ ") {
      // @@ -a,b +c,d @@: lines c to c + d - 1 are new.
      const auto Old = rangeOf(Line.split('-').second.split(' ').first);
      const auto New = rangeOf(Line.split('+').second.split(' ').first);
      if (!Old || !New)
        continue;
      const auto [From, Many] = *New;
      Skip = Old->second + Many;
      if (Many != 0 && !File.empty())
        Ranges[File].push_back({From, From + Many - 1});
    }
  }
}

Expected<ChangedLines> ChangedLines::since(const std::string &Revision,
                                           const std::string &Folder) {
  if (Revision.empty() || Revision.front() == '-')
    return gitError("'" + Revision + "' is no revision");
  Expected<std::string> Top = git(Folder, {"rev-parse", "--show-toplevel"});
  if (!Top)
    return Top.takeError();
  const std::string Root = StringRef(*Top).rtrim('\n').str();
  // Not a range, nor a tree: its lines would not be those of the files here.
  Expected<std::string> Commit =
      git(Root, {"rev-parse", "--verify", "--end-of-options",
                 Revision + "^{commit}"});
  if (!Commit) {
    consumeError(Commit.takeError());
    return gitError("'" + Revision + "' names no commit");
  }
  // What others have done on that branch since is not what has changed here.
  std::string From = Revision;
  Expected<std::string> Base = git(Root, {"merge-base", Revision, "HEAD"});
  if (Base)
    From = StringRef(*Base).rtrim('\n').str();
  else
    consumeError(Base.takeError());
  Expected<std::string> Diff =
      git(Root, {"diff", "--no-color", "--no-ext-diff", "--no-textconv",
                 "--src-prefix=a/", "--dst-prefix=b/", "-U0",
                 "--inter-hunk-context=0", "--text", "-M", From, "--"});
  if (!Diff)
    return Diff.takeError();
  Expected<std::string> New =
      git(Root, {"ls-files", "--others", "--exclude-standard", "-z"});
  if (!New)
    return New.takeError();
  ChangedLines Out;
  Out.Top = Root;
  Out.read(*Diff, Root);
  SmallVector<StringRef, 16> Names;
  StringRef(*New).split(Names, '\0', -1, false);
  for (StringRef Name : Names) {
    const std::string Path = absolutePath(Name, Root);
    Out.Files.insert(Path);
    Out.Whole.insert(Path);
  }
  return std::move(Out);
}

/// As git names a file: without links to folders on the way.
static std::string realName(const std::string &File) {
  SmallString<256> Real;
  return sys::fs::real_path(File, Real) ? File : Real.str().str();
}

bool ChangedLines::knows(const std::string &File) const {
  return StringRef(realName(File)).take_front(Top.size() + 1) == Top + "/";
}

bool ChangedLines::has(const std::string &Path, unsigned Line) const {
  const std::string File = realName(Path);
  if (Whole.count(File))
    return true;
  const auto It = Ranges.find(File);
  return It != Ranges.end() && any_of(It->second, [&](const auto &Range) {
           return Range.first <= Line && Line <= Range.second;
         });
}

void keepChanged(Report &R, const ChangedLines &Changed) {
  const size_t Before = R.Findings.size();
  erase_if(R.Findings, [&](const Finding &F) {
    return !Changed.has(absolutePath(F.At.File, R.Root), F.At.Line);
  });
  R.Totals.Unchanged += static_cast<unsigned>(Before - R.Findings.size());
}

} // namespace thread_stop::tool
