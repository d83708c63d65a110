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
#include <set>
#include <unistd.h>

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
  /// False if the edits do not go with those that are there.
  bool add(const std::vector<Edit> &Edits) {
    std::map<std::string, Replacements> Trial;
    for (const Edit &E : Edits)
      Trial[E.At.File] = Files[E.At.File];
    for (const Edit &E : Edits) {
      const Replacement R(E.At.File, E.At.Offset, E.At.Length, E.Text);
      Replacements &Of = Trial[E.At.File];
      // Two findings may need one header.
      if (StringRef(E.Text).ltrim().take_front(8) == "#include" &&
          is_contained(Of, R))
        continue;
      if (Error Overlap = Of.add(R)) {
        consumeError(std::move(Overlap));
        return false;
      }
    }
    for (auto &[File, All] : Trial)
      Files[File] = std::move(All);
    for (const Edit &E : Edits)
      Snippets[E.At.File].push_back(&E.At);
    return true;
  }

  std::map<std::string, Replacements> Files;
  std::map<std::string, std::vector<const Location *>> Snippets;
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

/// But for the name of the file.
static bool isSame(const Replacements &A, const Replacements &B) {
  return std::equal(A.begin(), A.end(), B.begin(), B.end(),
                    [](const Replacement &X, const Replacement &Y) {
                      return X.getOffset() == Y.getOffset() &&
                             X.getLength() == Y.getLength() &&
                             X.getReplacementText() == Y.getReplacementText();
                    });
}

/// The new text takes the place of the old at once; whoever reads the file
/// meanwhile sees one of the two. Links stay links.
static Error replaceFile(StringRef Path, StringRef Text) {
  SmallString<256> Real;
  sys::fs::file_status Status;
  if (std::error_code EC = sys::fs::real_path(Path, Real))
    return errorCodeToError(EC);
  if (std::error_code EC = sys::fs::status(Real, Status))
    return errorCodeToError(EC);
  // A new file could be put in place of one that may not be written.
  if (std::error_code EC = sys::fs::access(Real, sys::fs::AccessMode::Write))
    return errorCodeToError(EC);
  SmallString<256> Temporary;
  int Handle;
  if (std::error_code EC = sys::fs::createUniqueFile(
          Real + ".thread-stop-%%%%%%", Handle, Temporary))
    return errorCodeToError(EC);
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
  if (!EC)
    EC = sys::fs::rename(Temporary, Real);
  if (EC)
    sys::fs::remove(Temporary);
  return errorCodeToError(EC);
}

FixResult applyFixes(const Report &R, bool FromNotes,
                     function_ref<std::string(const std::string &File)> Style) {
  FixResult Out;
  Plan All;
  std::vector<const std::vector<Edit> *> Planned;
  for (const Finding &F : R.Findings)
    if (const std::vector<Edit> *Edits = fixOf(F, FromNotes)) {
      if (All.add(*Edits))
        Planned.push_back(Edits);
      else
        ++Out.Left;
    }

  std::map<std::string, const Replacements *> Done;
  for (const auto &[File, Edits] : All.Files) {
    if (Edits.empty())
      continue; // only what was left out would have changed it
    const std::string Path = absolutePath(File, R.Root);
    SmallString<256> Real(Path);
    (void)sys::fs::real_path(Path, Real);
    // A file that has two names has the same findings twice.
    const auto Before = Done.find(Real.str().str());
    if (Before != Done.end() && isSame(*Before->second, Edits)) {
      Out.Changed.push_back(File);
      continue;
    }
    auto Fail = [&, &Name = File](const Twine &Why, const char *Help) {
      Out.Failures.push_back(
          {Name, ("its fixes were not applied: " + Why).str(), Help, {}});
    };
    auto Read = MemoryBuffer::getFile(Path);
    if (!Read) {
      Fail(Read.getError().message(), "check the path and its permissions");
      continue;
    }
    const StringRef Code = (*Read)->getBuffer();
    if (!isUnchanged(Code, All.Snippets[File])) {
      Fail("it has changed since it was analysed", "run again");
      continue;
    }
    Expected<std::string> New = changed(Code, Edits, Path, Style(Path));
    if (!New) {
      Fail(toString(New.takeError()), "apply them by hand");
      continue;
    }
    if (Error E = replaceFile(Path, *New)) {
      Fail(toString(std::move(E)), "check its permissions and the disk");
      continue;
    }
    Out.Changed.push_back(File);
    Done[Real.str().str()] = &Edits;
  }
  const std::set<StringRef> Changed(Out.Changed.begin(), Out.Changed.end());
  Out.Applied = static_cast<unsigned>(
      count_if(Planned, [&](const std::vector<Edit> *Edits) {
        return all_of(*Edits, [&](const Edit &E) {
          return Changed.count(E.At.File) != 0;
        });
      }));
  return Out;
}

} // namespace thread_stop::tool
