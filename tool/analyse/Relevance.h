// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a translation unit may include, and whether any of it mentions a name
// that a check needs. Both are found without the preprocessor, from the
// indices of the files, and err on the side of too much: every #include counts,
// in whatever branch, and what cannot be known is said to be unknown.

#ifndef THREAD_STOP_TOOL_ANALYSE_RELEVANCE_H
#define THREAD_STOP_TOOL_ANALYSE_RELEVANCE_H

#include "analyse/FileIndex.h"
#include "analyse/Flags.h"
#include "analyse/SourceFiles.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace thread_stop::tool {

/// A file as an index knows it.
struct IndexedFile {
  std::string Path; ///< one of its names
  FileContent *Content = nullptr;
  const FileIndex &Index;
};

/// The indices of all files of a run, each made once.
class IndexTable {
public:
  /// Asked for an index before a file is read, and told of each new one.
  class Store {
  public:
    virtual ~Store() = default;
    virtual std::optional<FileIndex> find(llvm::StringRef Path,
                                          const llvm::vfs::Status &S) = 0;
    virtual void add(llvm::StringRef Path, const llvm::vfs::Status &S,
                     const FileIndex &I) = 0;
  };

  IndexTable(SourceFiles &Files, Store *Kept) : Files(Files), Kept(Kept) {}

  /// Null if there is no such file, or it cannot be read.
  const IndexedFile *find(const std::string &Path);
  SourceFiles &files() { return Files; }

private:
  const IndexedFile *make(const std::string &Path, FileContent *Content);

  SourceFiles &Files;
  Store *Kept;
  std::mutex Guard;
  struct Slot {
    std::once_flag Once;
    std::unique_ptr<FileIndex> Index;
    std::vector<std::unique_ptr<IndexedFile>> Names;
  };
  std::map<FileContent *, std::unique_ptr<Slot>> ByContent;
};

/// What a translation unit may consist of.
struct Closure {
  struct Part {
    const IndexedFile *File;
    bool IsUser; ///< not only from folders of the system
  };
  std::vector<Part> Parts; ///< the main file first; the order is the same for
                           ///< the same files
  /// Some #include names its file by a macro: the preprocessor knows.
  bool IsOpen = false;
  /// Something is read that no #include names: precompiled headers, modules,
  /// files that a file stands for.
  bool IsOpaque = false;
  /// A header that user code includes, in whatever branch, is not there.
  bool HasMissing = false;
  /// The main file could not be read.
  bool IsEmpty = false;
  /// Names in macros of the command line.
  std::vector<NameHash> Defined;
  bool DefinesPasting = false; ///< one of them has ##
  /// Absolute paths that the preprocessor has looked up in vain: a file there
  /// would change the rest. Sorted.
  std::vector<std::string> Absent;
  /// Of the contents and names of all parts.
  uint64_t Hash = 0;
};

class IncludeResolver {
public:
  explicit IncludeResolver(IndexTable &Table) : Table(Table) {}

  Closure closureOf(const Job &J, const Flags &F);

private:
  struct SearchPath;
  struct Target {
    const IndexedFile *File;
    bool IsSystem;
    unsigned Folder; ///< where in the search path it was found
  };
  std::shared_ptr<SearchPath> searchPath(const Job &J, const Flags &F);
  std::vector<Target> resolve(SearchPath &Path, const IncludeDirective &D,
                              const IndexedFile &From, bool FromSystem,
                              unsigned FromFolder);

  IndexTable &Table;
  std::mutex Guard;
  std::map<std::pair<std::string, const Flags *>, std::shared_ptr<SearchPath>>
      Paths;
};

/// Sets the hash from the parts, and what is absent.
void setHash(Closure &C);

/// Names that some check needs.
struct NeededNames {
  std::vector<std::string> Names; ///< sorted
  std::vector<NameHash> Hashes;   ///< sorted
  /// An option makes every file relevant.
  bool All = false;
};
NeededNames neededNames(llvm::ArrayRef<std::string> Checks,
                        const std::map<std::string, std::string> &Options);

/// Whether a user's part of the closure mentions one of the names, by itself,
/// through a macro, or pasted together.
bool isRelevant(const Closure &C, const NeededNames &Needed);

} // namespace thread_stop::tool

#endif
