// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Fix.h"

#include "analyse/Database.h"
#include "clang/Format/Format.h"
#include "clang/Tooling/Core/Replacement.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <unistd.h>
#include <utility>

using namespace llvm;
using clang::tooling::Replacement;
using clang::tooling::Replacements;

namespace thread_stop::tool {

/// The finding's own fix; if it may come from a note, that of the only note
/// that has one.
static const std::vector<Edit> *fixOf(const Finding &F, bool FromNotes) {
  if (!F.Fix.empty())
    return &F.Fix;
  const std::vector<Edit> *Only = nullptr;
  for (const Note &N : F.Notes)
    if (FromNotes && !N.Edits.empty()) {
      if (Only)
        return nullptr;
      Only = &N.Edits;
    }
  return Only;
}

namespace {
/// What is to become of each file.
class Plan {
public:
  struct File {
    std::set<std::string> Names; ///< as in Location; links give several
    std::vector<Replacement> Accepted;
    Replacements All; ///< of them
    std::vector<const Location *> Snippets;
  };

  explicit Plan(StringRef Root) : Root(Root) {}

  /// False if the edits do not go with those that are there.
  bool add(const std::vector<Edit> &Edits) {
    std::vector<std::pair<File *, Replacement>> New;
    for (const Edit &E : Edits) {
      auto &[Path, Of] = fileOf(E.At.File);
      const bool IsOtherName = Of.Names.insert(E.At.File).second;
      const Replacement R(Path, E.At.Offset, E.At.Length, E.Text);
      // Two findings may need one header; and under each of its names a file
      // has the same findings.
      if ((IsOtherName || Of.Names.size() > 1 ||
           StringRef(E.Text).ltrim().take_front(8) == "#include") &&
          is_contained(Of.Accepted, R))
        continue;
      New.emplace_back(&Of, R);
      if (Error Overlap = Of.All.add(R)) {
        consumeError(std::move(Overlap));
        for (const auto &Each : New)
          restore(*Each.first);
        return false;
      }
    }
    for (auto &[Of, R] : New)
      Of->Accepted.push_back(R);
    for (const Edit &E : Edits)
      fileOf(E.At.File).second.Snippets.push_back(&E.At);
    return true;
  }

  std::map<std::string, File> Files; ///< by the path without links

private:
  std::pair<const std::string, File> &fileOf(const std::string &Name) {
    auto [It, New] = ByName.try_emplace(Name);
    if (New) {
      const std::string Path = absolutePath(Name, Root);
      SmallString<256> Real(Path);
      (void)sys::fs::real_path(Path, Real);
      It->second = &*Files.try_emplace(Real.str().str()).first;
    }
    return *It->second;
  }

  static void restore(File &Of) {
    Of.All = Replacements();
    for (const Replacement &R : Of.Accepted)
      cantFail(Of.All.add(R)); // in the order in which they went in
  }

  const std::string Root;
  std::map<std::string, std::pair<const std::string, File> *> ByName;
};
} // namespace

/// Whether the lines to change are still what the analysis has seen.
static bool isUnchanged(StringRef Code,
                        const std::vector<const Location *> &In) {
  return all_of(In, [&](const Location *At) {
    if (At->Offset + At->Length > Code.size())
      return false;
    const size_t Begin = Code.take_front(At->Offset).rfind('\n') + 1;
    return Code.drop_front(Begin).split('\n').first.rtrim('\r') == At->Snippet;
  });
}

/// New lines end as those of the file do.
static Replacements withLineEnds(StringRef Code, const Replacements &All) {
  const size_t First = Code.find('\n');
  if (First == StringRef::npos || First == 0 || Code[First - 1] != '\r')
    return All;
  Replacements Out;
  for (const Replacement &R : All) {
    std::string Text;
    for (const char C : R.getReplacementText()) {
      if (C == '\n' && (Text.empty() || Text.back() != '\r'))
        Text += '\r';
      Text += C;
    }
    consumeError(Out.add(
        Replacement(R.getFilePath(), R.getOffset(), R.getLength(), Text)));
  }
  return Out;
}

static Expected<std::string> changed(StringRef Code, const Replacements &All,
                                     StringRef Path, StringRef StyleName) {
  Expected<clang::format::FormatStyle> Style =
      clang::format::getStyle(StyleName, Path, "none");
  if (!Style)
    return Style.takeError();
  Expected<Replacements> Clean = clang::format::cleanupAroundReplacements(
      Code, withLineEnds(Code, All), *Style);
  if (!Clean)
    return Clean.takeError();
  if (Expected<Replacements> Formatted =
          clang::format::formatReplacements(Code, *Clean, *Style))
    Clean = std::move(Formatted);
  else
    consumeError(Formatted.takeError());
  return clang::tooling::applyAllReplacements(Code, *Clean);
}

namespace {
/// The new text of a file, written beside it: it takes the place of the old at
/// once, and whoever reads the file meanwhile sees one of the two. Links stay
/// links.
class StagedFile {
public:
  StagedFile() = default;
  StagedFile(StagedFile &&Other)
      : Real(Other.Real), Temporary(std::exchange(Other.Temporary, {})) {}
  ~StagedFile() {
    if (!Temporary.empty())
      sys::fs::remove(Temporary);
  }

  Error write(StringRef Path, StringRef Text);

  Error commit() {
    const std::error_code EC = sys::fs::rename(Temporary, Real);
    if (!EC)
      Temporary.clear();
    return errorCodeToError(EC);
  }

private:
  SmallString<256> Real, Temporary;
};
} // namespace

Error StagedFile::write(StringRef Path, StringRef Text) {
  sys::fs::file_status Status;
  if (std::error_code EC = sys::fs::real_path(Path, Real))
    return errorCodeToError(EC);
  if (std::error_code EC = sys::fs::status(Real, Status))
    return errorCodeToError(EC);
  // A new file could be put in place of one that may not be written.
  if (std::error_code EC = sys::fs::access(Real, sys::fs::AccessMode::Write))
    return errorCodeToError(EC);
  int Handle;
  if (std::error_code EC = sys::fs::createUniqueFile(
          Real + ".thread-stop-%%%%%%", Handle, Temporary)) {
    Temporary.clear();
    return errorCodeToError(EC);
  }
  std::error_code EC;
  {
    raw_fd_ostream OS(Handle, /*shouldClose=*/true);
    OS << Text;
    OS.close();
    EC = OS.error();
    OS.clear_error();
  }
  // As root, the file stays its owner's. Whoever else may not give it away has
  // made it his own already.
  if (!EC &&
      ::chown(Temporary.c_str(), Status.getUser(), Status.getGroup()) != 0)
    errno = 0;
  if (!EC)
    EC = sys::fs::setPermissions(Temporary, Status.permissions());
  return errorCodeToError(EC);
}

using StyleFn = function_ref<std::string(const std::string &File)>;

namespace {
/// One attempt: what is to change, staged, and the files where that failed.
struct Attempt {
  explicit Attempt(const Report &R) : R(R), All(R.Root) {}

  const Report &R;
  Plan All;
  std::vector<const std::vector<Edit> *> Planned;
  unsigned Left = 0;
  std::vector<StagedFile> Staged;
  std::vector<std::string> Changed; ///< the names of what is staged
  std::map<std::string, Failure> Failed;

  void plan(bool FromNotes, const std::map<std::string, Failure> &Without);
  void stage(StyleFn Style);
};
} // namespace

void Attempt::plan(bool FromNotes,
                   const std::map<std::string, Failure> &Without) {
  for (const Finding &F : R.Findings) {
    const std::vector<Edit> *Edits = fixOf(F, FromNotes);
    if (!Edits || any_of(*Edits, [&](const Edit &E) {
          return Without.count(E.At.File) != 0;
        }))
      continue;
    if (All.add(*Edits))
      Planned.push_back(Edits);
    else
      ++Left;
  }
}

void Attempt::stage(StyleFn Style) {
  for (const auto &Each : All.Files) {
    const Plan::File &File = Each.second;
    if (File.Accepted.empty())
      continue; // only what was left out would have changed it
    auto Fail = [&](const Twine &Why, const char *Help) {
      for (const std::string &Name : File.Names)
        Failed[Name] = {
            Name, ("its fixes were not applied: " + Why).str(), Help, {}};
    };
    const std::string Path = absolutePath(*File.Names.begin(), R.Root);
    auto Read = MemoryBuffer::getFile(Path);
    if (!Read) {
      Fail(Read.getError().message(), "check the path and its permissions");
      continue;
    }
    const StringRef Code = (*Read)->getBuffer();
    if (!isUnchanged(Code, File.Snippets)) {
      Fail("it has changed since it was analysed", "run again");
      continue;
    }
    Expected<std::string> New = changed(Code, File.All, Path, Style(Path));
    if (!New) {
      Fail(toString(New.takeError()), "apply them by hand");
      continue;
    }
    StagedFile To;
    if (Error E = To.write(Path, *New)) {
      Fail(toString(std::move(E)), "check its permissions and the disk");
      continue;
    }
    Staged.push_back(std::move(To));
    Changed.insert(Changed.end(), File.Names.begin(), File.Names.end());
  }
}

FixResult applyFixes(const Report &R, bool FromNotes, StyleFn Style) {
  FixResult Out;
  std::map<std::string, Failure> Failed;
  std::optional<Attempt> Last;
  // Where one file cannot be changed, the fixes that need it are left out in
  // the others, too.
  do {
    Last.emplace(R);
    Last->plan(FromNotes, Failed);
    Last->stage(Style);
    Failed.insert(Last->Failed.begin(), Last->Failed.end());
  } while (!Last->Failed.empty());

  for (const auto &Each : Failed)
    Out.Failures.push_back(Each.second);
  for (StagedFile &File : Last->Staged)
    if (Error E = File.commit())
      Out.Failures.push_back(
          {"",
           "a fix was not applied whole: " + toString(std::move(E)),
           "compare with what the version control has",
           {}});
  Out.Changed = std::move(Last->Changed);
  llvm::sort(Out.Changed);
  Out.Left = Last->Left;
  Out.Applied = static_cast<unsigned>(Last->Planned.size());
  return Out;
}

} // namespace thread_stop::tool
