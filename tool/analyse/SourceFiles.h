// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The files of a run. Each is looked up and read once, whichever worker asks
// first, and stays as it was read: all workers see one state of the disk, and
// a file that changes or shrinks meanwhile can harm nobody.

#ifndef THREAD_STOP_TOOL_ANALYSE_SOURCEFILES_H
#define THREAD_STOP_TOOL_ANALYSE_SOURCEFILES_H

#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <vector>

namespace thread_stop::tool {

/// What a regular file holds. One for all names of the file.
class FileContent {
public:
  explicit FileContent(const llvm::vfs::Status &S) : Stat(S) {}

  /// Size, time and identity, as they were when first looked up.
  const llvm::vfs::Status &status() const { return Stat; }
  /// The text, read when first asked for; null if that failed.
  const llvm::MemoryBuffer *text(std::error_code *Error = nullptr);

private:
  const llvm::vfs::Status Stat;
  std::once_flag Once;
  std::unique_ptr<llvm::MemoryBuffer> Buffer;
  std::error_code ReadError;
};

class SourceFiles {
public:
  struct Entry {
    std::error_code Error; ///< there is no such file
    llvm::vfs::Status Stat;
    FileContent *Content = nullptr; ///< null for a folder
  };

  /// `Path` is absolute. The answer stays valid.
  const Entry &lookup(llvm::StringRef Path);
  /// The content of a regular file, or null.
  FileContent *find(llvm::StringRef Path) { return lookup(Path).Content; }

  /// Without '.' and '..', unless that names something else: a folder may be a
  /// link. `Path` is absolute.
  std::string plainPath(llvm::StringRef Path);
  /// The same, and never with '..': then without links.
  std::string nameOf(llvm::StringRef Path);

  /// A file system over these files with a working directory of its own. To be
  /// used by one thread. `Opened` gets the absolute path of each file that is
  /// opened, in this order; `Absent`, of each that was looked for in vain. With
  /// both, `Opened` also gets those that were only asked for.
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>
  view(llvm::StringRef WorkingDirectory,
       std::vector<std::string> *Opened = nullptr,
       std::vector<std::string> *Absent = nullptr);

private:
  class View;
  struct Shard {
    std::mutex Guard;
    llvm::StringMap<std::unique_ptr<Entry>> Entries;
  };
  FileContent *contentOf(const llvm::vfs::Status &S);

  std::array<Shard, 64> Shards;
  std::mutex ContentGuard;
  std::map<llvm::sys::fs::UniqueID, std::unique_ptr<FileContent>> Contents;
};

} // namespace thread_stop::tool

#endif
