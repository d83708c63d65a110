// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What earlier runs know: the index of each file and the result of each
// translation unit, by content, in one SQLite database. Several runs may use it
// at once. A cache that cannot be used is never a reason to fail: the run goes
// on without, and says so.

#ifndef THREAD_STOP_TOOL_CACHE_CACHE_H
#define THREAD_STOP_TOOL_CACHE_CACHE_H

#include "analyse/Relevance.h"
#include "llvm/ADT/StringRef.h"
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace thread_stop::tool {

class Cache : public IndexTable::Store {
public:
  /// Opens, or makes, the cache in a folder. One that is damaged, or not ours,
  /// is put aside under another name and begun anew. Never null.
  static std::unique_ptr<Cache> open(const std::string &Folder);
  ~Cache() override;

  std::optional<FileIndex> find(llvm::StringRef Path,
                                const llvm::vfs::Status &S) override;
  void add(llvm::StringRef Path, const llvm::vfs::Status &S,
           const FileIndex &I) override;

  /// `Key`: whatever bytes name all that the value depends on.
  std::optional<std::string> result(llvm::StringRef Key);
  void addResult(llvm::StringRef Key, std::string Value);

  /// Writes what is new, and forgets what nobody has used for a month.
  void flush();

  /// Our version, down to the build: another one may find something else.
  static const std::string &ourselves();

  /// What the user should hear of: one line each.
  std::vector<std::string> takeWarnings();

private:
  explicit Cache(std::string Path) : Path(std::move(Path)) {}
  void connect();
  bool prepare();
  void disconnect();
  void putAside(const char *Why);
  void noteError(const char *What);
  bool run(const char *Sql);
  void write();

  const std::string Path;
  std::mutex Guard;
  sqlite3 *Db = nullptr; ///< null: no cache
  sqlite3_stmt *FindFile = nullptr, *AddFile = nullptr, *TouchFile = nullptr,
               *FindResult = nullptr, *AddResult = nullptr,
               *TouchResult = nullptr;
  struct NewFile {
    std::string Stamp, Index;
  };
  std::map<std::string, NewFile> NewFiles;
  std::map<std::string, std::string> NewResults;
  std::vector<std::string> Used, UsedFiles;
  std::vector<std::string> Warnings;
};

} // namespace thread_stop::tool

#endif
