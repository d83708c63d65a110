// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Database.h"

#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"
#include <algorithm>
#include <tuple>

using namespace llvm;
using clang::tooling::CompilationDatabase;
using clang::tooling::CompileCommand;

namespace thread_stop::tool {

static constexpr StringLiteral DatabaseName = "compile_commands.json";

/// Also if neither is there.
static bool isSameFile(StringRef A, StringRef B) {
  sys::fs::UniqueID IdA, IdB;
  const bool HasA = !sys::fs::getUniqueID(A, IdA);
  return !HasA || (!sys::fs::getUniqueID(B, IdB) && IdA == IdB);
}

std::string absolutePath(StringRef Path, StringRef Directory) {
  SmallString<256> Out(Path);
  if (!sys::path::is_absolute(Out)) {
    Out = Directory;
    sys::path::append(Out, Path);
  }
  SmallString<256> Plain(Out);
  if (!sys::path::remove_dots(Plain, /*remove_dot_dot=*/true))
    return Out.str().str();
  // Behind a link, the folder above is another one.
  SmallString<256> Real;
  if (StringRef(Out).contains("..") && !isSameFile(Out, Plain) &&
      !sys::fs::real_path(sys::path::parent_path(Out), Real)) {
    sys::path::append(Real, sys::path::filename(Out));
    return Real.str().str();
  }
  return Plain.str().str();
}

static std::string workingDirectory() {
  SmallString<256> Path;
  sys::fs::current_path(Path);
  return Path.str().str();
}

std::string displayPath(StringRef Path, StringRef Root) {
  const std::string Absolute = absolutePath(Path, Root);
  StringRef Below(Absolute);
  auto IsBelow = [&Below](StringRef Folder) {
    const std::string Base = Folder == "/" ? "/" : (Folder + "/").str();
    return Below.consume_front(Base) && !Below.empty();
  };
  // The working directory may be named by a link, and the file not.
  static const std::string Here = workingDirectory();
  static const std::string RealHere = [] {
    SmallString<256> Real;
    return sys::fs::real_path(Here, Real) ? Here : Real.str().str();
  }();
  return IsBelow(Root) || (Root == Here && IsBelow(RealHere)) ? Below.str()
                                                              : Absolute;
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
    return userError(Path.str() +
                     " does not exist: make one (cmake "
                     "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON, bear -- make), "
                     "or name the folder that has it with -p");
  return absolutePath(Path, workingDirectory());
}

/// LLVM's reader takes what is left of a database that was cut off for the
/// whole. It reads JSON as YAML, so that more than JSON is right.
static std::string syntaxError(StringRef Text) {
  if (Expected<json::Value> Json = json::parse(Text))
    return std::string();
  else
    consumeError(Json.takeError());
  std::string Why;
  SourceMgr Sources;
  Sources.setDiagHandler(
      [](const SMDiagnostic &D, void *To) {
        std::string &Out = *static_cast<std::string *>(To);
        if (Out.empty())
          Out = "line " + std::to_string(D.getLineNo()) + ": " +
                D.getMessage().str();
      },
      &Why);
  yaml::Stream Stream(Text, Sources);
  return Stream.validate() ? std::string()
         : Why.empty()     ? "it is no compilation database"
                           : Why;
}

static Expected<std::unique_ptr<CompilationDatabase>>
openDatabase(StringRef Path) {
  auto Read = MemoryBuffer::getFile(Path);
  if (!Read)
    return userError(Path + " cannot be read: " + Read.getError().message());
  const StringRef Text = (*Read)->getBuffer();
  std::string Why = syntaxError(Text);
  std::unique_ptr<CompilationDatabase> Json;
  if (Why.empty())
    Json = clang::tooling::JSONCompilationDatabase::loadFromBuffer(
        Text, Why, clang::tooling::JSONCommandLineSyntax::AutoDetect);
  if (!Json) {
    // LLVM's reader tells where, over several lines.
    const StringRef First = StringRef(Why).split('\n').first.trim();
    return userError(Path + " cannot be read: " +
                     (First.empty() ? "it is no compilation database" : First) +
                     "; make it again (cmake "
                     "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON, bear -- make)");
  }
  // The name of a compiler says what it compiles for.
  return clang::tooling::inferTargetAndDriverMode(
      clang::tooling::expandResponseFiles(std::move(Json),
                                          vfs::getRealFileSystem()));
}

/// The argument that names the file, as it stands in the command.
static std::string spelledFile(const Job &J) {
  for (size_t I = 1; I < J.Command.size(); ++I)
    if (const std::string &Arg = J.Command[I];
        !Arg.empty() && Arg[0] != '-' &&
        absolutePath(Arg, J.Directory) == J.File)
      return Arg;
  return std::string();
}

/// `Base`: what relative directories are relative to.
static Job jobOf(const CompileCommand &C, StringRef File, StringRef Base) {
  Job J;
  J.File = File.str();
  J.Directory = absolutePath(C.Directory, Base);
  J.Command = C.CommandLine;
  J.SpelledFile = spelledFile(J);
  if (J.SpelledFile.empty() && !J.Command.empty()) {
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

/// Options may be in files, in a command of the user's as well.
static std::vector<std::string> expanded(const std::vector<std::string> &Flags,
                                         StringRef Directory) {
  if (none_of(Flags, [](StringRef F) { return F.take_front(1) == "@"; }))
    return Flags;
  const auto Fixed = clang::tooling::expandResponseFiles(
      std::make_unique<clang::tooling::FixedCompilationDatabase>(Directory,
                                                                 Flags),
      vfs::getRealFileSystem());
  std::vector<std::string> Out =
      Fixed->getCompileCommands("file").front().CommandLine;
  // The program and the file.
  Out.erase(Out.begin());
  Out.pop_back();
  return Out;
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
      addAll("/");
    for (const std::string &Path : S.Paths)
      if (Error E = addPath(absolutePath(Path, Here)))
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
    Base = sys::path::parent_path(Path).str();
    for (CompileCommand &C : Commands->getAllCompileCommands())
      All.push_back({std::move(C), std::string()});
    keepOutputs();
    for (NamedCommand &C : All)
      C.File = absolutePath(C.Filename, absolutePath(C.Directory, Base));
    return Error::success();
  }

  static std::string outputOf(const CompileCommand &C) {
    if (!C.Output.empty())
      return C.Output;
    const auto It = llvm::find(C.CommandLine, "-o");
    return It == C.CommandLine.end() || std::next(It) == C.CommandLine.end()
               ? std::string()
               : *std::next(It);
  }

  /// A database of several targets may have several commands for one file.
  void keepOutputs() {
    if (S.OutputsBelow.empty())
      return;
    const std::string Folder = absolutePath(S.OutputsBelow, Here) + "/";
    const auto IsOther = [&](const NamedCommand &C) {
      return !StringRef(
                  absolutePath(outputOf(C), absolutePath(C.Directory, Base)))
                  .consume_front(Folder);
    };
    // Not every generator says where the output goes.
    if (!llvm::all_of(All, IsOther))
      erase_if(All, IsOther);
  }

  /// Where the code is that the user speaks of.
  std::string searchFrom() const {
    if (S.Paths.empty())
      return Here;
    const std::string First = absolutePath(S.Paths.front(), Here);
    return sys::fs::is_directory(First) ? First
                                        : sys::path::parent_path(First).str();
  }

  Error addPath(const std::string &Path) {
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
    if (Commands)
      addAll(Path);
    else
      walk(Path);
    return Error::success();
  }

  void addFile(const std::string &Path) {
    if (S.HasFixedFlags) {
      add(lonelyJob(Path, expanded(S.FixedFlags, Here)));
      return;
    }
    if (Commands && addCommandsFor(Path))
      return;
    // A header, or a source that is not built: like its neighbours.
    if (Commands) {
      if (!Inferred)
        Inferred = clang::tooling::inferMissingCompileCommands(reopen());
      if (Inferred)
        for (const CompileCommand &C : Inferred->getCompileCommands(Path)) {
          Job J = jobOf(C, Path, Base);
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

  /// By its name, or else by whatever name it has in the database. False if it
  /// is not there.
  bool addCommandsFor(const std::string &Path) {
    const size_t Before = Out.Jobs.size() + Out.Failures.size();
    for (const NamedCommand &C : All)
      if (C.File == Path)
        add(jobOf(C, Path, Base));
    if (Out.Jobs.size() + Out.Failures.size() != Before)
      return true;
    for (const NamedCommand &C : All)
      if (sys::fs::equivalent(C.File, Path))
        add(jobOf(C, C.File, Base));
    return Out.Jobs.size() + Out.Failures.size() != Before;
  }

  /// Whether a file is below a folder, by one of its names.
  bool isBelow(StringRef File, StringRef Folder) {
    auto Begins = [&](StringRef Path, StringRef With) {
      return With == "/" ||
             (Path.consume_front(With) && Path.take_front(1) == "/");
    };
    return Begins(File, Folder) ||
           Begins(realFolder(sys::path::parent_path(File)) + "/",
                  realFolder(Folder));
  }

  const std::string &realFolder(StringRef Folder) {
    const auto [It, New] = RealFolders.try_emplace(Folder);
    SmallString<256> Real(Folder);
    if (New && !sys::fs::real_path(Folder, Real))
      It->second = Real.str().str();
    else if (New)
      It->second = Folder.str();
    return It->second;
  }

  /// All commands for files below a folder.
  void addAll(const std::string &Folder) {
    for (const NamedCommand &C : All) {
      const std::string &File = C.File;
      // Assembler and the like.
      const bool IsOurs = isSource(File) || isHeader(File) ||
                          any_of(C.CommandLine, [](StringRef Arg) {
                            return Arg.take_front(2) == "-x";
                          });
      if (IsOurs && isBelow(File, Folder))
        add(jobOf(C, File, Base));
    }
  }

  /// One folder that cannot be read does not hide what is in the others.
  void walk(const std::string &Folder) {
    std::error_code EC;
    sys::fs::directory_iterator It(Folder, EC, false), End;
    for (; !EC && It != End; It.increment(EC)) {
      const std::string Path = It->path();
      const StringRef Name = sys::path::filename(Path);
      if (It->type() == sys::fs::file_type::directory_file) {
        // As git and ripgrep see it: hidden folders are not the project.
        if (Name.take_front(1) != "." && Name != "node_modules")
          walk(Path);
      } else if (isSource(Name) && sys::fs::is_regular_file(Path)) {
        // A pipe would be waited for.
        add(lonelyJob(Path, guessedFlags(Path)));
      }
    }
    if (EC)
      Out.Failures.push_back({displayPath(Folder, Here),
                              "cannot be read: " + EC.message(),
                              "check its permissions",
                              {}});
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
  struct NamedCommand : CompileCommand {
    std::string File; ///< absolute
  };
  std::vector<NamedCommand> All;
  std::string Base; ///< where the database is
  StringMap<std::string> RealFolders;
  JobList Out;
};
} // namespace

Expected<JobList> selectJobs(const Selection &S) { return Selector(S).run(); }

} // namespace thread_stop::tool
