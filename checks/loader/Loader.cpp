// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The library that users give to clang-tidy -load. It asks the running program
// for its LLVM version and loads thread-stop-tidy-<major>.so from its own
// folder. It uses no symbol of LLVM's, so every clang-tidy can load it.
//
// Why not load the module itself: with another LLVM, dlopen fails in most
// cases, clang-tidy prints "-load request ignored", runs its other checks and
// exits with 0. Whatever goes wrong here ends the program instead, with one
// line that says what to do.

#include "HostVersion.h"
#include <climits>
#include <cstdio>
#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#ifndef THREAD_STOP_MODULE_PREFIX
#define THREAD_STOP_MODULE_PREFIX "thread-stop-tidy-"
#endif

namespace {

/// Laid out like llvm::StringRef, which this file cannot include.
struct StringRef {
  const char *Data;
  size_t Length;
};

/// What is known of the program that loads us.
struct Host {
  int Major = 0;
  std::string Version; ///< its own words, or a path; for messages
  bool OtherStdlib = false;
};

// clang::getClangToolFullVersion(llvm::StringRef). The tag says which
// std::string it returns, libstdc++'s since GCC 5 or any other one.
constexpr const char TaggedName[] =
    "_ZN5clang23getClangToolFullVersionB5cxx11EN4llvm9StringRefE";
constexpr const char UntaggedName[] =
    "_ZN5clang23getClangToolFullVersionEN4llvm9StringRefE";
#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
constexpr const char *OwnName = TaggedName, *OtherName = UntaggedName;
#else
constexpr const char *OwnName = UntaggedName, *OtherName = TaggedName;
#endif
// A function of the clang-tidy library that clang itself does not have.
constexpr const char TidyName[] =
    "_ZN5clang4tidy15ClangTidyModule16getModuleOptionsEv";

} // namespace

[[noreturn]] static void refuse(const std::string &Reason) {
  std::string Line = "error: thread-stop: " + Reason;
  for (char &C : Line)
    if (C == '\n')
      C = ' ';
  std::fprintf(stderr, "%s\n", Line.c_str());
  _exit(thread_stop::WrongHostExitCode);
}

/// The folder of \p Path.
static std::string parentOf(const std::string &Path) {
  size_t Slash = Path.rfind('/');
  return Slash == std::string::npos ? "." : Path.substr(0, Slash);
}

static std::string realPath(const std::string &Path) {
  char Buffer[PATH_MAX];
  return realpath(Path.c_str(), Buffer) ? Buffer : Path;
}

/// The path of the library that holds \p Address.
static std::string libraryOf(void *Address) {
  Dl_info Info;
  return dladdr(Address, &Info) && Info.dli_fname ? Info.dli_fname : "";
}

/// The version in a file name like libclang-cpp.so.22.1 or libLLVM-14.so.1.
static int majorFromFileName(const std::string &Path) {
  for (const char *Stem :
       {"libclang-cpp.so.", "libclang-cpp-", "libLLVM.so.", "libLLVM-"}) {
    size_t At = Path.rfind(Stem);
    if (At != std::string::npos)
      return std::atoi(Path.c_str() + At +
                       std::char_traits<char>::length(Stem));
  }
  return 0;
}

/// Without a function we can call: LLVM's C interface (from 16 on), then the
/// name of the library that has the function.
static int majorWithoutString(void *Symbol) {
  using GetVersion = void (*)(unsigned *, unsigned *, unsigned *);
  if (auto Get =
          reinterpret_cast<GetVersion>(dlsym(RTLD_DEFAULT, "LLVMGetVersion"))) {
    unsigned Major = 0;
    Get(&Major, nullptr, nullptr);
    return static_cast<int>(Major);
  }
  return majorFromFileName(realPath(libraryOf(Symbol)));
}

static Host inspectHost() {
  using FullVersion = std::string (*)(StringRef);
  Host Result;
  void *Own = dlsym(RTLD_DEFAULT, OwnName);
  if (Own) {
    static const char Tool[] = "clang-tidy";
    Result.Version =
        reinterpret_cast<FullVersion>(Own)({Tool, sizeof(Tool) - 1});
    Result.Major = thread_stop::majorVersion(Result.Version.c_str());
    if (Result.Major == 0)
      Result.Major = majorWithoutString(Own);
  } else if (void *Other = dlsym(RTLD_DEFAULT, OtherName)) {
    Result.OtherStdlib = true;
    Result.Version = libraryOf(Other);
    Result.Major = majorWithoutString(Other);
  }
  return Result;
}

/// The versions for which there is a module in \p Folder.
static std::set<int> modulesIn(const std::string &Folder) {
  std::set<int> Majors;
  DIR *Dir = opendir(Folder.c_str());
  if (!Dir)
    return Majors;
  const std::string Prefix = THREAD_STOP_MODULE_PREFIX;
  while (const dirent *Entry = readdir(Dir)) {
    const std::string Name = Entry->d_name;
    if (Name.compare(0, Prefix.size(), Prefix) != 0)
      continue;
    char *End = nullptr;
    long Major = std::strtol(Name.c_str() + Prefix.size(), &End, 10);
    if (Major > 0 && std::string(End) == ".so")
      Majors.insert(static_cast<int>(Major));
  }
  closedir(Dir);
  return Majors;
}

/// "/usr/lib/thread-stop has modules for LLVM 14, 19 and 22".
static std::string describe(const std::string &Folder,
                            const std::set<int> &Majors) {
  if (Majors.empty())
    return Folder + " has no module for any LLVM";
  std::string Text;
  for (int Major : Majors) {
    if (!Text.empty())
      Text += Major == *Majors.rbegin() ? " and " : ", ";
    Text += std::to_string(Major);
  }
  return Folder + " has modules for LLVM " + Text;
}

/// True for a regular file that is as long as its ELF headers say. dlopen
/// notices most damage, but maps a file that was cut short and then dies of
/// SIGBUS.
static bool isWhole(const std::string &Path) {
  FILE *File = std::fopen(Path.c_str(), "rb");
  if (!File)
    return false;
  struct stat Status;
  Elf64_Ehdr Header;
  bool Whole = fstat(fileno(File), &Status) == 0 && S_ISREG(Status.st_mode) &&
               std::fread(&Header, sizeof(Header), 1, File) == 1 &&
               std::memcmp(Header.e_ident, ELFMAG, SELFMAG) == 0;
  // Another word size is none of our business: dlopen refuses it.
  if (Whole && Header.e_ident[EI_CLASS] == ELFCLASS64)
    Whole = Header.e_shoff + size_t(Header.e_shnum) * Header.e_shentsize <=
            static_cast<size_t>(Status.st_size);
  std::fclose(File);
  return Whole;
}

static void load(const std::string &Module, const Host &Host) {
  const std::string Into = " cannot be loaded into LLVM " +
                           std::to_string(Host.Major) + " (" + Host.Version +
                           "): ";
  const std::string Advice = "; reinstall it, or build it again with make "
                             "build LLVM=" +
                             std::to_string(Host.Major);
  if (!isWhole(Module))
    refuse(Module + Into + "the file is damaged or unreadable" + Advice);
  // The flags that clang-tidy uses for -load. RTLD_NOW would let a missing
  // function of another LLVM win over the version guard's clearer message.
  if (dlopen(Module.c_str(), RTLD_LAZY | RTLD_GLOBAL))
    return;
  const char *Error = dlerror();
  refuse(Module + Into + (Error ? Error : "unknown error") + Advice);
}

__attribute__((constructor)) static void loadModule() {
  static const char Anchor = 0;
  const std::string Self =
      libraryOf(const_cast<char *>(&Anchor)); // as the user named it
  std::string Folder = parentOf(Self);
  const std::string RealFolder = parentOf(realPath(Self));
  std::set<int> Majors = modulesIn(Folder);
  // A link to the loader need not lie beside links to the modules.
  if (Majors.empty()) {
    Folder = RealFolder;
    Majors = modulesIn(Folder);
  }

  const Host Host = inspectHost();
  const std::string Ours = describe(Folder, Majors);
  if (Host.Major == 0)
    refuse("this program has no clang in it, but " + Self +
           " is a plugin for clang-tidy (" + Ours +
           "); use it as clang-tidy -load=" + Self);
  const std::string Major = std::to_string(Host.Major);
  const std::string Is =
      "this program has LLVM " + Major + " (" + Host.Version + ")";
  if (!dlsym(RTLD_DEFAULT, TidyName))
    refuse(Is + " but is not clang-tidy, or hides its symbols from plugins (" +
           Ours + "); use it as clang-tidy-" + Major + " -load=" + Self);
  if (Host.OtherStdlib)
    refuse(Is + " and was built with another C++ standard library than " +
           Self + " (" + Ours + "); build thread-stop with the same one");
  if (!Majors.count(Host.Major))
    refuse(Is + " but " + Ours + "; build it with make build LLVM=" + Major +
           " (if it was installed: make install LLVM=" + Major + ")" +
           (Majors.empty() ? "" : ", or run the clang-tidy of another LLVM"));
  load(Folder + "/" THREAD_STOP_MODULE_PREFIX + Major + ".so", Host);
}
