// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Depfile.h"

#include "Output.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace llvm;

namespace thread_stop::tool {

/// As gcc writes it, which make and Ninja read alike.
static std::string escaped(StringRef Path) {
  std::string Out;
  for (size_t I = 0; I < Path.size(); ++I) {
    const char C = Path[I];
    if (C == ' ' || C == '\t') {
      // Before a space, backslashes have to be doubled; elsewhere not.
      for (size_t J = I; J != 0 && Path[J - 1] == '\\'; --J)
        Out += '\\';
      Out += '\\';
    } else if (C == '#') {
      Out += '\\';
    } else if (C == '$') {
      Out += '$';
    }
    Out += C;
  }
  return Out;
}

/// The .clang-tidy files that may speak of a file.
static void addConfigs(StringRef File, std::set<std::string> &To) {
  for (StringRef Folder = sys::path::parent_path(File); !Folder.empty();
       Folder = sys::path::parent_path(Folder)) {
    SmallString<256> Path = Folder;
    sys::path::append(Path, ".clang-tidy");
    if (sys::fs::exists(Path))
      To.insert(Path.str().str());
  }
}

/// Absolute, sorted.
static std::set<std::string> inputs(const CommandLine &C,
                                    const std::vector<Job> &Jobs,
                                    const RunResult &Run,
                                    const std::string &Root) {
  std::set<std::string> Out;
  const bool ReadsConfigs = !C.Config.IgnoreFiles && C.Config.Config.empty() &&
                            C.Config.ConfigFile.empty();
  for (size_t I = 0; I < Jobs.size(); ++I) {
    Out.insert(Jobs[I].File);
    Out.insert(Run.Units[I].Inputs.begin(), Run.Units[I].Inputs.end());
    if (ReadsConfigs)
      addConfigs(Jobs[I].File, Out);
  }
  for (const std::string &Each : {C.Config.ConfigFile, C.Baseline})
    if (!Each.empty())
      Out.insert(absolutePath(Each, Root));
  return Out;
}

Error writeDepfile(const CommandLine &C, const std::vector<Job> &Jobs,
                   const RunResult &Run, const std::string &Root) {
  const bool Relative = none_of(C.What.Paths, [](const std::string &Path) {
    return sys::path::is_absolute(Path);
  });
  const std::set<std::string> Inputs = inputs(C, Jobs, Run, Root);
  std::vector<std::string> Names;
  for (const std::string &Path : Inputs)
    Names.push_back(escaped(Relative ? displayPath(Path, Root) : Path));
  return writeAtomically(C.Depfile, [&](raw_ostream &OS) {
    OS << escaped(C.DepfileTarget) << ':';
    for (const std::string &Name : Names)
      OS << " \\\n  " << Name;
    OS << '\n';
    // As -MP: a header that is gone is no error for make.
    for (const std::string &Name : Names)
      OS << Name << ":\n";
  });
}

} // namespace thread_stop::tool
