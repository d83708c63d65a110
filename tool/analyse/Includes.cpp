// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which files an #include can mean.

#include "analyse/Database.h"
#include "analyse/Relevance.h"
#include "support/LlvmCompat.h"
#include "clang/Basic/TargetOptions.h"
#include "clang/Lex/HeaderSearchOptions.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <algorithm>
#include <unordered_set>

using namespace clang;
using llvm::StringRef;

namespace thread_stop::tool {

//===--- Indices ----------------------------------------------------------===//

const IndexedFile *IndexTable::find(const std::string &Path) {
  FileContent *Content = Files.find(Path);
  if (!Content)
    return nullptr;
  Slot *Of;
  {
    std::lock_guard<std::mutex> Lock(Guard);
    std::unique_ptr<Slot> &Known = ByContent[Content];
    if (!Known)
      Known = std::make_unique<Slot>();
    Of = Known.get();
  }
  std::call_once(Of->Once, [&] {
    std::optional<FileIndex> Index;
    if (Kept)
      Index = Kept->find(Path, Content->status());
    if (!Index) {
      const llvm::MemoryBuffer *Text = Content->text();
      if (!Text)
        return;
      Index = indexText(Text->getBuffer());
      if (Kept)
        Kept->add(Path, Content->status(), *Index);
    }
    Of->Index = std::make_unique<FileIndex>(std::move(*Index));
  });
  if (!Of->Index)
    return nullptr;
  // What a file includes hangs on the name that it was found by.
  std::lock_guard<std::mutex> Lock(Guard);
  for (const std::unique_ptr<IndexedFile> &Known : Of->Names)
    if (Known->Path == Path)
      return Known.get();
  Of->Names.emplace_back(new IndexedFile{Path, Content, *Of->Index});
  return Of->Names.back().get();
}

//===--- The search path --------------------------------------------------===//

struct IncludeResolver::SearchPath {
  struct Folder {
    std::string Path;
    bool IsSystem;
  };
  std::vector<Folder> Folders; ///< the first Quoted are for "..." only
  unsigned Quoted = 0;
  bool TrustSystem = true;         ///< else every file may be the user's
  bool IsOpen = false;             ///< there is more than folders
  bool NamedModules = false;       ///< C++20's
  bool IsOpaque = false;           ///< and that is not found by #include
  std::vector<std::string> Forced; ///< -include
  std::vector<NameHash> Defined;
  bool DefinesPasting = false;

  std::mutex Guard;
  /// What <name> means, and the folder it is in.
  llvm::StringMap<std::pair<const IndexedFile *, unsigned>> Angled;
  struct Edges {
    std::vector<Target> To;
    bool HasMissing = false;
  };
  /// By file, whether it counts as the system's, and the folder it came from.
  using Key = std::pair<const IndexedFile *, unsigned>;
  llvm::DenseMap<Key, std::shared_ptr<const Edges>> Known;
};

static constexpr unsigned NoFolder = 1U << 30;

static bool isLinux(const CompilerInvocation &I) {
  // Elsewhere clang adds folders of its own that no option names.
  return StringRef(I.getTargetOpts().Triple).contains("linux") ||
         StringRef(I.getTargetOpts().Triple).contains("-none") ||
         StringRef(I.getTargetOpts().Triple).contains("-elf");
}

/// Some folders are for one language only.
static bool isFor(frontend::IncludeDirGroup Group, const LangOptions &L) {
  switch (Group) {
  case frontend::CSystem:
    return !L.CPlusPlus;
  case frontend::CXXSystem:
    return L.CPlusPlus;
  case frontend::ObjCSystem:
  case frontend::ObjCXXSystem:
    return false;
  default:
    return true;
  }
}

/// As clang does it: of a folder that is there twice the first counts, but a
/// folder of the user's that is also the system's is the system's, and comes
/// where that does.
template <class Folder>
static void removeDoubles(std::vector<Folder> &Folders, unsigned From,
                          SourceFiles &Files) {
  std::map<llvm::sys::fs::UniqueID, unsigned> Seen;
  std::vector<bool> Gone(Folders.size());
  for (unsigned I = From; I < Folders.size(); ++I) {
    const SourceFiles::Entry &E = Files.lookup(Folders[I].Path);
    if (E.Error)
      continue;
    auto [It, New] = Seen.try_emplace(E.Stat.getUniqueID(), I);
    if (New)
      continue;
    if (Folders[I].IsSystem && !Folders[It->second].IsSystem) {
      Gone[It->second] = true;
      It->second = I;
    } else {
      Gone[I] = true;
    }
  }
  std::vector<Folder> Left;
  for (unsigned I = 0; I < Folders.size(); ++I)
    if (!Gone[I])
      Left.push_back(std::move(Folders[I]));
  Folders = std::move(Left);
}

std::shared_ptr<IncludeResolver::SearchPath>
IncludeResolver::searchPath(const Job &J, const Flags &F) {
  std::lock_guard<std::mutex> Lock(Guard);
  std::shared_ptr<SearchPath> &Slot = Paths[{J.Directory, &F}];
  if (Slot)
    return Slot;
  Slot = std::make_shared<SearchPath>();
  SearchPath &Out = *Slot;
  const std::shared_ptr<CompilerInvocation> Shared = copyOf(F);
  CompilerInvocation &Copy = *Shared;
  const HeaderSearchOptions &Search = Copy.getHeaderSearchOpts();
  const PreprocessorOptions &PP = Copy.getPreprocessorOpts();
  const LangOptions &Language = compat::languageOf(Copy);
  // Microsoft's compiler looks into the folders of all includers.
  Out.IsOpen = !isLinux(Copy) || Language.MSVCCompat;
  // C++20 has modules switched on; whether there are any, the files say.
  Out.NamedModules = Language.CPlusPlusModules;
  Out.IsOpaque = !Search.VFSOverlayFiles.empty() ||
                 (Language.Modules && !Language.CPlusPlusModules) ||
                 Search.ImplicitModuleMaps ||
                 !Search.PrebuiltModuleFiles.empty() ||
                 !Copy.getFrontendOpts().ModuleFiles.empty() ||
                 !PP.ImplicitPCHInclude.empty();
  Out.TrustSystem = Search.SystemHeaderPrefixes.empty();

  const frontend::IncludeDirGroup Last = frontend::After;
  for (unsigned Pass = 0; Pass < 4; ++Pass)
    for (const HeaderSearchOptions::Entry &E : Search.UserEntries) {
      const unsigned Of = E.Group == frontend::Quoted   ? 0
                          : E.Group == frontend::Angled ? 1
                          : E.Group == Last             ? 3
                                                        : 2;
      Out.IsOpen |= E.IsFramework || Language.ObjC;
      if (Of != Pass || !isFor(E.Group, Language))
        continue;
      std::string Path = E.Path;
      if (!E.IgnoreSysRoot && llvm::sys::path::is_absolute(Path) &&
          Search.Sysroot != "/")
        Path = Search.Sysroot + Path;
      if (!llvm::sys::path::is_absolute(Path))
        Path = J.Directory + "/" + Path;
      Out.Folders.push_back({Table.files().plainPath(Path), Of >= 2});
      Out.Quoted += Of == 0;
    }
  removeDoubles(Out.Folders, Out.Quoted, Table.files());
  Out.Forced = PP.Includes;
  Out.Forced.insert(Out.Forced.end(), PP.MacroIncludes.begin(),
                    PP.MacroIncludes.end());
  for (const auto &Macro : PP.Macros) {
    std::string Text = Macro.first;
    std::replace(Text.begin(), Text.end(), '=', ' ');
    const FileIndex Index = indexText(Text);
    Out.IsOpen |= Index.mentions(hashName("__has_include"));
    Out.DefinesPasting |= Index.Pastes;
    Out.Defined.insert(Out.Defined.end(), Index.Names.begin(),
                       Index.Names.end());
  }
  return Slot;
}

//===--- Resolving --------------------------------------------------------===//

std::vector<IncludeResolver::Target>
IncludeResolver::resolve(SearchPath &Path, const IncludeDirective &D,
                         const IndexedFile &From, bool FromSystem,
                         unsigned FromFolder) {
  std::vector<Target> Out;
  const std::string &Name = D.Name;
  if (llvm::sys::path::is_absolute(Name)) {
    if (const IndexedFile *File = Table.find(Name))
      Out.push_back({File, FromSystem, NoFolder});
    return Out;
  }
  auto In = [&](StringRef Folder) {
    llvm::SmallString<256> Full(Folder);
    llvm::sys::path::append(Full, Name);
    return Table.find(Table.files().plainPath(Full));
  };
  if (!D.Angled && !D.Next)
    if (const IndexedFile *File = In(llvm::sys::path::parent_path(From.Path))) {
      Out.push_back({File, FromSystem, FromFolder});
      return Out;
    }
  if (D.Next) {
    // Whatever comes after is possible: which one depends on the way here.
    const unsigned First = FromFolder == NoFolder ? 0 : FromFolder + 1;
    // And from no folder it is an #include like any other.
    if (!D.Angled && FromFolder == NoFolder)
      if (const IndexedFile *File = In(llvm::sys::path::parent_path(From.Path));
          File && File != &From)
        Out.push_back({File, FromSystem, NoFolder});
    for (unsigned I = First; I < Path.Folders.size(); ++I)
      if (const IndexedFile *File = In(Path.Folders[I].Path);
          File && File != &From)
        Out.push_back({File, Path.Folders[I].IsSystem, I});
    return Out;
  }
  if (!D.Angled)
    for (unsigned I = 0; I < Path.Quoted; ++I)
      if (const IndexedFile *File = In(Path.Folders[I].Path)) {
        Out.push_back({File, false, I});
        return Out;
      }
  {
    std::lock_guard<std::mutex> Lock(Path.Guard);
    auto It = Path.Angled.find(Name);
    if (It != Path.Angled.end()) {
      if (const auto [File, I] = It->second; File)
        Out.push_back({File, Path.Folders[I].IsSystem, I});
      return Out;
    }
  }
  std::pair<const IndexedFile *, unsigned> Found{nullptr, NoFolder};
  for (unsigned I = Path.Quoted; I < Path.Folders.size() && !Found.first; ++I)
    Found = {In(Path.Folders[I].Path), I};
  if (Found.first)
    Out.push_back(
        {Found.first, Path.Folders[Found.second].IsSystem, Found.second});
  std::lock_guard<std::mutex> Lock(Path.Guard);
  Path.Angled[Name] = Found;
  return Out;
}

void setHash(Closure &C) {
  std::vector<uint64_t> Hashes;
  for (const Closure::Part &P : C.Parts)
    Hashes.push_back((llvm::xxHash64(P.File->Path) * 31 + P.File->Index.Hash) *
                         31 +
                     P.IsUser);
  for (const std::string &Path : C.Absent)
    Hashes.push_back(llvm::xxHash64(Path) * 31 + 2);
  // The way through the files depends on who came first.
  llvm::sort(Hashes);
  C.Hash =
      llvm::xxHash64(StringRef(reinterpret_cast<const char *>(Hashes.data()),
                               Hashes.size() * sizeof(uint64_t)));
}

/// Whether user code asks for a header by a macro, its own or one of the
/// system: which header, only the preprocessor knows. What the system's headers
/// ask for by themselves is theirs, too.
static bool asksByMacro(const Closure &C) {
  std::unordered_set<NameHash> Asking;
  for (const Closure::Part &P : C.Parts) {
    if (!P.File->Index.MacroProbes)
      continue;
    if (P.IsUser)
      return true;
    for (const MacroBody &M : P.File->Index.Macros)
      if (M.Probes)
        Asking.insert(M.Name);
  }
  for (bool Grows = !Asking.empty(); Grows;) {
    Grows = false;
    for (const Closure::Part &P : C.Parts)
      for (const MacroBody &M : P.File->Index.Macros)
        if (!Asking.count(M.Name) && llvm::any_of(M.Mentions, [&](NameHash N) {
              return Asking.count(N) != 0;
            }))
          Grows = Asking.insert(M.Name).second;
  }
  return llvm::any_of(C.Parts, [&](const Closure::Part &P) {
    return P.IsUser && llvm::any_of(Asking, [&](NameHash N) {
             return P.File->Index.mentions(N);
           });
  });
}

Closure IncludeResolver::closureOf(const Job &J, const Flags &F) {
  Closure Out;
  const IndexedFile *Main = Table.find(J.File);
  if (!Main) {
    Out.IsEmpty = true;
    return Out;
  }
  const std::shared_ptr<SearchPath> Path = searchPath(J, F);
  Out.IsOpen = Path->IsOpen;
  Out.IsOpaque = Path->IsOpaque;
  Out.Defined = Path->Defined;
  Out.DefinesPasting = Path->DefinesPasting;

  llvm::DenseMap<const IndexedFile *, size_t> Place;
  struct Visit {
    const IndexedFile *File;
    bool IsSystem;
    unsigned Folder;
  };
  std::vector<Visit> Todo;
  auto Add = [&](const Target &T) {
    const bool IsUser =
        !T.IsSystem || !Path->TrustSystem || T.File->Index.LineMarkers;
    auto [It, New] = Place.try_emplace(T.File, Out.Parts.size());
    if (New)
      Out.Parts.push_back({T.File, IsUser});
    else if (!IsUser || Out.Parts[It->second].IsUser)
      return;
    Out.Parts[It->second].IsUser = IsUser;
    Todo.push_back({T.File, !IsUser, T.Folder});
  };
  Add({Main, false, NoFolder});
  for (const std::string &Name : Path->Forced) {
    // Looked up as if the command's folder had the #include.
    static const FileIndex Nothing;
    const IndexedFile Here{J.Directory + "/.", nullptr, Nothing};
    const std::vector<Target> To =
        resolve(*Path, {Name, false, false}, Here, false, NoFolder);
    Out.HasMissing |= To.empty();
    llvm::for_each(To, Add);
  }
  while (!Todo.empty()) {
    const Visit V = Todo.back();
    Todo.pop_back();
    const FileIndex &Index = V.File->Index;
    Out.IsOpen |= Index.ComputedInclude;
    Out.IsOpaque |= Path->NamedModules && Index.Modules && !V.IsSystem;
    const SearchPath::Key Key(V.File, V.Folder * 2 + V.IsSystem);
    std::shared_ptr<const SearchPath::Edges> Edges;
    {
      std::lock_guard<std::mutex> Lock(Path->Guard);
      auto It = Path->Known.find(Key);
      if (It != Path->Known.end())
        Edges = It->second;
    }
    if (!Edges) {
      auto New = std::make_shared<SearchPath::Edges>();
      for (const IncludeDirective &D : Index.Includes) {
        const std::vector<Target> To =
            resolve(*Path, D, *V.File, V.IsSystem, V.Folder);
        New->HasMissing |= To.empty() && !D.Probe;
        New->To.insert(New->To.end(), To.begin(), To.end());
      }
      Edges = New;
      std::lock_guard<std::mutex> Lock(Path->Guard);
      Path->Known.try_emplace(Key, Edges);
    }
    Out.HasMissing |= Edges->HasMissing && !V.IsSystem;
    llvm::for_each(Edges->To, Add);
  }

  Out.IsOpen = Out.IsOpen || asksByMacro(Out);
  setHash(Out);
  return Out;
}

} // namespace thread_stop::tool
