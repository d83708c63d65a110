// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Preprocess.h"

#include "analyse/Database.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <map>

using namespace clang;
using llvm::StringRef;

namespace thread_stop::tool {

namespace {
/// Absolute paths of files that were entered, and whether as the user's.
using Entered = std::map<std::string, bool>;

class FileNoter : public PPCallbacks {
public:
  FileNoter(const SourceManager &SM, StringRef Directory, Entered &Files)
      : SM(SM), Directory(Directory), Files(Files) {}

  void FileChanged(SourceLocation Loc, FileChangeReason Reason,
                   SrcMgr::CharacteristicKind Kind, FileID) override {
    const StringRef Name = SM.getFilename(Loc);
    // What a pragma makes the system's later on is still taken for the user's.
    if (Reason == EnterFile && !Name.empty())
      Files[absolute(Name)] |= !SrcMgr::isSystem(Kind);
  }

private:
  /// With its '..', which a link on the way gives another meaning.
  std::string absolute(StringRef Name) const {
    llvm::SmallString<256> Path(Name);
    if (!llvm::sys::path::is_absolute(Path)) {
      Path = Directory;
      llvm::sys::path::append(Path, Name);
    }
    return Path.str().str();
  }

  const SourceManager &SM;
  const StringRef Directory;
  Entered &Files;
};

class NotingAction : public PreprocessOnlyAction {
public:
  NotingAction(StringRef Directory, Entered &Files)
      : Directory(Directory), Files(Files) {}

  bool BeginSourceFileAction(CompilerInstance &CI) override {
    CI.getPreprocessor().addPPCallbacks(
        std::make_unique<FileNoter>(CI.getSourceManager(), Directory, Files));
    return true;
  }

private:
  const StringRef Directory;
  Entered &Files;
};

class NotingFactory : public tooling::FrontendActionFactory {
public:
  NotingFactory(StringRef Directory, Entered &Files)
      : Directory(Directory), Files(Files) {}
  std::unique_ptr<FrontendAction> create() override {
    return std::make_unique<NotingAction>(Directory, Files);
  }

private:
  const StringRef Directory;
  Entered &Files;
};
} // namespace

std::optional<Closure> preprocess(const Job &J, const Flags &F,
                                  IndexTable &Table) {
  Entered Files;
  std::vector<std::string> Opened, Absent;
  SourceFiles &All = Table.files();
  NotingFactory Factory(J.Directory, Files);
  DiagnosticConsumer Errors; // counts them
  llvm::IntrusiveRefCntPtr<FileManager> Manager(new FileManager(
      FileSystemOptions(), All.view(J.Directory, &Opened, &Absent)));
  Factory.runInvocation(invocationFor(F, J), Manager.get(),
                        std::make_shared<PCHContainerOperations>(), &Errors);
  if (Errors.getNumErrors() != 0)
    return std::nullopt;
  Closure Out;
  // Names that mean the same file are one part.
  std::map<const IndexedFile *, bool> Parts;
  auto Add = [&](StringRef Path, bool IsUser) {
    if (const IndexedFile *File = Table.find(All.plainPath(Path)))
      Parts[File] |= IsUser || File->Index.LineMarkers;
  };
  for (const auto &[Path, IsUser] : Files)
    Add(Path, IsUser);
  // And what is not entered, but embedded or asked for.
  for (const std::string &Path : Opened)
    Add(Path, false);
  for (const auto &[File, IsUser] : Parts)
    Out.Parts.push_back({File, IsUser});
  llvm::sort(Out.Parts, [](const Closure::Part &A, const Closure::Part &B) {
    return A.File->Path < B.File->Path;
  });
  llvm::sort(Absent);
  Absent.erase(std::unique(Absent.begin(), Absent.end()), Absent.end());
  Out.Absent = std::move(Absent);
  setHash(Out);
  return Out;
}

} // namespace thread_stop::tool
