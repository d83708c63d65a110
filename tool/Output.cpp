// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Output.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <csignal>
#include <unistd.h>

namespace fs = llvm::sys::fs;

namespace thread_stop::tool {

static llvm::Error failed(const llvm::Twine &What) {
  return llvm::make_error<llvm::StringError>(What,
                                             llvm::inconvertibleErrorCode());
}

// --- The command line -------------------------------------------------------

static llvm::Error unknownFormat(llvm::StringRef Name) {
  std::string List;
  llvm::StringRef Nearest;
  unsigned Least = 3;
  for (const FormatName &F : formatNames()) {
    List += (List.empty() ? "" : ", ") + F.Name.str();
    const unsigned Distance = Name.edit_distance(F.Name, true, Least);
    if (Distance < Least) {
      Least = Distance;
      Nearest = F.Name;
    }
  }
  const std::string Hint =
      Nearest.empty() ? "" : "; did you mean '" + Nearest.str() + "'?";
  return failed("unknown output format '" + Name + "'" + Hint +
                " (formats: " + List + ")");
}

llvm::Expected<OutputSpec> parseOutputSpec(llvm::StringRef Text) {
  const auto [Name, File] = Text.split('=');
  const std::optional<Format> F = parseFormat(Name);
  if (!F)
    return unknownFormat(Name);
  if (File.empty() && Name.size() < Text.size())
    return failed("'" + Text + "' names no file after '='");
  return OutputSpec{*F, File.str()};
}

static std::string folderOf(llvm::StringRef File) {
  const llvm::StringRef Parent = llvm::sys::path::parent_path(File);
  return Parent.empty() ? "." : Parent.str();
}

/// One name for each file, whichever way it was written.
static std::string realName(llvm::StringRef File) {
  llvm::SmallString<256> Result;
  if (!fs::real_path(File, Result))
    return Result.str().str();
  if (fs::real_path(folderOf(File), Result))
    return File.str();
  llvm::sys::path::append(Result, llvm::sys::path::filename(File));
  return Result.str().str();
}

static bool isSpecial(llvm::StringRef File) {
  fs::file_status Status;
  return !fs::status(File, Status) && fs::exists(Status) &&
         !fs::is_regular_file(Status) && !fs::is_directory(Status);
}

llvm::Error checkWritable(llvm::StringRef File) {
  if (fs::is_directory(File))
    return failed("cannot write '" + File + "': it is a folder");
  if (isSpecial(File)) {
    if (fs::access(File, fs::AccessMode::Write))
      return failed("cannot write '" + File + "': no permission");
    return llvm::Error::success();
  }
  const std::string Folder = folderOf(realName(File));
  if (!fs::is_directory(folderOf(File)))
    return failed("cannot write '" + File + "': there is no folder '" +
                  folderOf(File) + "'; create it first");
  if (fs::access(Folder, fs::AccessMode::Write))
    return failed("cannot write '" + File + "': no permission in the folder '" +
                  folderOf(File) + "'");
  return llvm::Error::success();
}

llvm::Error checkOutputs(llvm::ArrayRef<OutputSpec> Specs) {
  bool HasStandard = false;
  llvm::StringSet<> Files;
  for (const OutputSpec &S : Specs) {
    if (S.isStandard()) {
      if (HasStandard)
        return failed("two reports on the standard output; "
                      "give one of them a file: --output FORMAT=FILE");
      HasStandard = true;
      continue;
    }
    if (!Files.insert(realName(S.File)).second)
      return failed("two reports in one file, '" + S.File + "'");
    if (llvm::Error E = checkWritable(S.File))
      return E;
  }
  return llvm::Error::success();
}

// --- Writing ----------------------------------------------------------------

namespace {
/// A limit of the file size ends the program by a signal, which would leave
/// half a file behind. Ignored, it is an error like a full disk.
class FileSizeSignalIgnored {
public:
  FileSizeSignalIgnored() : Old(std::signal(SIGXFSZ, SIG_IGN)) {}
  ~FileSizeSignalIgnored() { std::signal(SIGXFSZ, Old); }
  FileSizeSignalIgnored(const FileSizeSignalIgnored &) = delete;
  FileSizeSignalIgnored &operator=(const FileSizeSignalIgnored &) = delete;

private:
  void (*Old)(int);
};
} // namespace

using Writer = llvm::function_ref<void(llvm::raw_ostream &)>;

/// The stream's error, taken out of it: it would end the program later.
static std::error_code takeError(llvm::raw_fd_ostream &OS) {
  const std::error_code Code = OS.error();
  OS.clear_error();
  return Code;
}

static std::error_code writeTo(int Descriptor, bool Close, Writer Write) {
  llvm::raw_fd_ostream OS(Descriptor, Close);
  Write(OS);
  OS.flush();
  std::error_code Code = takeError(OS);
  if (Close) {
    OS.close();
    const std::error_code AtClose = takeError(OS);
    Code = Code ? Code : AtClose;
  }
  return Code;
}

static llvm::Error writeStandard(Writer Write) {
  llvm::outs().flush();
  const std::error_code Code = writeTo(STDOUT_FILENO, /*Close=*/false, Write);
  if (!Code || Code == std::errc::broken_pipe)
    return llvm::Error::success();
  return failed("cannot write to the standard output: " + Code.message());
}

static llvm::Error writeSpecial(llvm::StringRef Path, Writer Write) {
  int Descriptor = -1;
  std::error_code Code =
      fs::openFileForWrite(Path, Descriptor, fs::CD_OpenExisting, fs::OF_None);
  if (!Code)
    Code = writeTo(Descriptor, /*Close=*/true, Write);
  if (!Code || Code == std::errc::broken_pipe)
    return llvm::Error::success();
  return failed("cannot write '" + Path + "': " + Code.message());
}

llvm::Error writeAtomically(llvm::StringRef Path, Writer Write) {
  const FileSizeSignalIgnored Ignored;
  if (Path == "-")
    return writeStandard(Write);
  if (isSpecial(Path))
    return writeSpecial(Path, Write);
  // Behind a link, so that the link stays one.
  const std::string Target = realName(Path);
  int Descriptor = -1;
  llvm::SmallString<256> Temporary;
  std::error_code Code =
      fs::createUniqueFile(Target + ".%%%%%%%%.tmp", Descriptor, Temporary);
  if (Code)
    return failed("cannot write '" + Path + "': " + Code.message());
  Code = writeTo(Descriptor, /*Close=*/true, Write);
  if (!Code)
    Code = fs::rename(Temporary, Target);
  if (!Code)
    return llvm::Error::success();
  fs::remove(Temporary);
  return failed("cannot write '" + Path + "': " + Code.message() +
                "; no part of the report was kept");
}

llvm::Error writeOutputs(const Report &R, llvm::ArrayRef<OutputSpec> Specs,
                         const TextStyle &Style) {
  llvm::Error Result = llvm::Error::success();
  for (const bool Standard : {false, true})
    for (const OutputSpec &S : Specs) {
      if (S.isStandard() != Standard)
        continue;
      TextStyle Own = Style;
      Own.Color &= Standard;
      Result = llvm::joinErrors(
          std::move(Result),
          writeAtomically(
              Standard ? llvm::StringRef("-") : llvm::StringRef(S.File),
              [&](llvm::raw_ostream &OS) { emit(S.F, R, Own, OS); }));
    }
  return Result;
}

} // namespace thread_stop::tool
