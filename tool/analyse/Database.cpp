// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Database.h"

#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <tuple>

using namespace llvm;
using clang::tooling::CompilationDatabase;
using clang::tooling::CompileCommand;

namespace thread_stop::tool {

static constexpr StringLiteral DatabaseName = "compile_commands.json";

std::string absolutePath(StringRef Path, StringRef Directory) {
  SmallString<256> Out(Path);
  if (!sys::path::is_absolute(Out)) {
    Out = Directory;
    sys::path::append(Out, Path);
  }
  sys::path::remove_dots(Out, /*remove_dot_dot=*/true);
  return Out.str().str();
}

std::string displayPath(StringRef Path, StringRef Root) {
  const std::string Absolute = absolutePath(Path, Root);
  StringRef Below(Absolute);
  const std::string Base = Root == "/" ? "/" : (Root + "/").str();
  return Below.consume_front(Base) && !Below.empty() ? Below.str() : Absolute;
}

static std::string workingDirectory() {
  SmallString<256> Path;
  sys::fs::current_path(Path);
  return Path.str().str();
}

static bool isSource(StringRef Path) {
  static const StringSet<> Extensions = {".c",   ".cc",  ".cpp",
                                         ".cxx", ".c++", ".C"};
  return Extensions.count(sys::path::extension(Path)) != 0;
}

static bool isHeader(StringRef Path) {
  static const StringSet<> Extensions = {".h",   ".hh", ".hpp", ".hxx",
                                         ".h++", ".H",  ".inc", ".ipp"};
  return Extensions.count(sys::path::extension(Path)) != 0;
}

/// In the folder or its "build", or those of its parents, as clangd looks.
static std::string findDatabase(StringRef From) {
  for (SmallString<256> Folder(From); !Folder.empty();
       Folder = sys::path::parent_path(Folder))
    for (StringRef Below : {"", "build"}) {
      SmallString<256> Path(Folder);
      sys::path::append(Path, Below, DatabaseName);
      if (sys::fs::exists(Path))
        return Path.str().str();
    }
  return std::string();
}

static Error userError(const Twine &Message) {
  return createStringError(std::errc::invalid_argument, "%s",
                           Message.str().c_str());
}

//===--- Reading the database ---------------------------------------------===//

static Expected<std::string> namedDatabase(StringRef BuildPath) {
  SmallString<256> Path(BuildPath);
  if (sys::fs::is_directory(Path))
    sys::path::append(Path, DatabaseName);
  if (!sys::fs::exists(Path))
    return userError(
        "there is no " + Path.str() +
        ": make one (cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, bear -- make), "
        "or name the folder that has it with -p");
  return absolutePath(Path, workingDirectory());
}

static Expected<std::unique_ptr<CompilationDatabase>>
openDatabase(StringRef Path) {
  std::string Why;
  std::unique_ptr<CompilationDatabase> Json =
      clang::tooling::JSONCompilationDatabase::loadFromFile(
          Path, Why, clang::tooling::JSONCommandLineSyntax::AutoDetect);
  if (!Json) {
    // LLVM's reader tells where, over several lines.
    const StringRef First = StringRef(Why).split('\n').first.trim();
    return userError(Path + " cannot be read: " +
                     (First.empty() ? "it is no compilation database" : First) +
                     "; make it again (cmake "
                     "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON, bear -- make)");
  }
  return clang::tooling::expandResponseFiles(std::move(Json),
                                             vfs::getRealFileSystem());
}

/// The argument that names the file, as it stands in the command.
static std::string spelledFile(const CompileCommand &C, StringRef File) {
  for (const std::string &Arg : drop_begin(C.CommandLine))
    if (!Arg.empty() && Arg[0] != '-' && absolutePath(Arg, C.Directory) == File)
      return Arg;
  return std::string();
}

static Job jobOf(const CompileCommand &C, StringRef File) {
  Job J;
  J.File = File.str();
  J.Directory = absolutePath(C.Directory, workingDirectory());
  J.Command = C.CommandLine;
  J.SpelledFile = spelledFile(C, File);
  if (J.SpelledFile.empty()) {
    J.SpelledFile = J.File;
    J.Command.push_back(J.File);
  }
  return J;
}

//===--- Files without a command ------------------------------------------===//

static Job lonelyJob(StringRef File, ArrayRef<std::string> Flags) {
  Job J;
  J.File = J.SpelledFile = File.str();
  J.Directory = workingDirectory();
  J.Guessed = true;
  const StringRef Extension = sys::path::extension(File);
  const bool IsC = Extension == ".c" || Extension == ".h";
  J.Command = {IsC ? "clang" : "clang++"};
  J.Command.insert(J.Command.end(), Flags.begin(), Flags.end());
  if (isHeader(File))
    J.Command.insert(J.Command.begin() + 1, {"-x", IsC ? "c" : "c++"});
  J.Command.push_back(J.SpelledFile);
  return J;
}

/// What helps a lone file most: its own folder and the usual one for headers,
/// and declarations that are there with the GNU extensions only.
static std::vector<std::string> guessedFlags(StringRef File) {
  std::vector<std::string> Flags = {"-D_GNU_SOURCE"};
  for (StringRef Folder = sys::path::parent_path(File); !Folder.empty();
       Folder = sys::path::parent_path(Folder)) {
    SmallString<256> Include(Folder);
    sys::path::append(Include, "include");
    if (sys::fs::is_directory(Include) && Include != "/usr/include" &&
        Folder != "/")
      Flags.push_back("-I" + Include.str().str());
    SmallString<256> Root(Folder);
    sys::path::append(Root, ".git");
    if (sys::fs::exists(Root))
      break;
  }
  return Flags;
}

//===--- Selecting --------------------------------------------------------===//

namespace {
class Selector {
public:
  explicit Selector(const Selection &S) : S(S), Here(workingDirectory()) {}

  Expected<JobList> run() {
    if (Error E = open())
      return std::move(E);
    if (S.Paths.empty())
      addAll(std::string());
    for (const std::string &Path : S.Paths)
      if (Error E = addPath(absolutePath(Path, Here), Path))
        return std::move(E);
    if (Out.Jobs.empty() && Out.Failures.empty())
      return userError(
          S.Paths.empty()
              ? Out.Database + " has no commands"
              : "there is nothing to analyse in " + join(S.Paths, ", ") +
                    ": no source files, or none that " +
                    (Out.Database.empty() ? "end in .c, .cc, "
                                            ".cpp, .cxx or .c++"
                                          : Out.Database + " names"));
    sort();
    return std::move(Out);
  }

private:
  Error open() {
    if (S.HasFixedFlags) {
      if (S.Paths.empty())
        return userError("name the files to analyse before --");
      return Error::success();
    }
    std::string Path;
    if (!S.BuildPath.empty()) {
      Expected<std::string> Named = namedDatabase(S.BuildPath);
      if (!Named)
        return Named.takeError();
      Path = *Named;
    } else {
      Path = findDatabase(searchFrom());
    }
    if (Path.empty()) {
      if (S.Paths.empty())
        return userError(
            "there is no compile_commands.json in " + Here +
            " or above: make one (cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, "
            "bear -- make), name its folder with -p, or name the files to "
            "analyse");
      return Error::success();
    }
    auto Opened = openDatabase(Path);
    if (!Opened)
      return Opened.takeError();
    Commands = std::move(*Opened);
    Out.Database = Path;
    return Error::success();
  }

  /// Where the code is that the user speaks of.
  std::string searchFrom() const {
    if (S.Paths.empty())
      return Here;
    const std::string First = absolutePath(S.Paths.front(), Here);
    return sys::fs::is_directory(First) ? First
                                        : sys::path::parent_path(First).str();
  }

  Error addPath(const std::string &Path, StringRef Spelled) {
    sys::fs::file_status Status;
    if (std::error_code EC = sys::fs::status(Path, Status)) {
      // One of many that has gone must not hide what is in the others.
      Out.Failures.push_back({displayPath(Path, Here),
                              "cannot be read: " + EC.message(),
                              "check the path",
                              {}});
      return Error::success();
    }
    if (Status.type() != sys::fs::file_type::directory_file) {
      addFile(Path);
      return Error::success();
    }
    (void)Spelled;
    if (Commands) {
      addAll(Path == "/" ? Path : Path + "/");
      return Error::success();
    }
    return walk(Path);
  }

  void addFile(const std::string &Path) {
    if (S.HasFixedFlags) {
      add(lonelyJob(Path, S.FixedFlags));
      return;
    }
    bool Found = false;
    if (Commands)
      for (const CompileCommand &C : Commands->getCompileCommands(Path)) {
        add(jobOf(C, Path));
        Found = true;
      }
    if (Found)
      return;
    // A header, or a source that is not built: like its neighbours.
    if (Commands) {
      if (!Inferred)
        Inferred = clang::tooling::inferMissingCompileCommands(reopen());
      if (Inferred)
        for (const CompileCommand &C : Inferred->getCompileCommands(Path)) {
          Job J = jobOf(C, Path);
          J.Guessed = true;
          add(std::move(J));
          return;
        }
    }
    add(lonelyJob(Path, guessedFlags(Path)));
  }

  std::unique_ptr<CompilationDatabase> reopen() {
    auto Again = openDatabase(Out.Database);
    if (Again)
      return std::move(*Again);
    consumeError(Again.takeError());
    return nullptr;
  }

  /// All commands for files whose path begins like this.
  void addAll(const std::string &Prefix) {
    for (const CompileCommand &C : Commands->getAllCompileCommands()) {
      const std::string File =
          absolutePath(C.Filename, absolutePath(C.Directory, Here));
      // Assembler and the like.
      const bool IsOurs =
          isSource(File) || isHeader(File) || is_contained(C.CommandLine, "-x");
      if (!IsOurs || StringRef(File).take_front(Prefix.size()) != Prefix)
        continue;
      add(jobOf(C, File));
    }
  }

  Error walk(const std::string &Folder) {
    std::error_code EC;
    std::vector<std::string> Found;
    for (sys::fs::recursive_directory_iterator It(Folder, EC, false), End;
         It != End && !EC; It.increment(EC)) {
      const StringRef Name = sys::path::filename(It->path());
      if (It->type() == sys::fs::file_type::directory_file) {
        // As git and ripgrep see it: hidden folders are not the project.
        if (Name.take_front(1) == "." || Name == "node_modules")
          It.no_push();
      } else if (isSource(Name)) {
        Found.push_back(It->path());
      }
    }
    if (EC)
      return userError(Folder + " cannot be read: " + EC.message());
    for (const std::string &File : Found)
      add(lonelyJob(File, guessedFlags(File)));
    return Error::success();
  }

  void add(Job J) {
    sys::fs::file_status Status;
    if (std::error_code EC = sys::fs::status(J.File, Status)) {
      Out.Failures.push_back(
          {displayPath(J.File, Here),
           "cannot be read: " + EC.message(),
           "the compilation database is out of date: make it again",
           {}});
      return;
    }
    if (sys::fs::file_status D;
        sys::fs::status(J.Directory, D) ||
        D.type() != sys::fs::file_type::directory_file) {
      Out.Failures.push_back(
          {displayPath(J.File, Here),
           "its command runs in " + J.Directory + ", which is not there",
           "the compilation database is out of date: make it again",
           {}});
      return;
    }
    Out.Jobs.push_back(std::move(J));
  }

  void sort() {
    auto Key = [](const Job &J) {
      return std::tie(J.File, J.Directory, J.Command);
    };
    llvm::stable_sort(
        Out.Jobs, [&](const Job &A, const Job &B) { return Key(A) < Key(B); });
    Out.Jobs.erase(std::unique(Out.Jobs.begin(), Out.Jobs.end(),
                               [&](const Job &A, const Job &B) {
                                 return Key(A) == Key(B);
                               }),
                   Out.Jobs.end());
    auto ByFile = [](const Failure &A, const Failure &B) {
      return A.File < B.File;
    };
    llvm::stable_sort(Out.Failures, ByFile);
    Out.Failures.erase(std::unique(Out.Failures.begin(), Out.Failures.end(),
                                   [](const Failure &A, const Failure &B) {
                                     return A.File == B.File &&
                                            A.Reason == B.Reason;
                                   }),
                       Out.Failures.end());
  }

  const Selection &S;
  const std::string Here;
  std::unique_ptr<CompilationDatabase> Commands, Inferred;
  JobList Out;
};
} // namespace

Expected<JobList> selectJobs(const Selection &S) { return Selector(S).run(); }

} // namespace thread_stop::tool
