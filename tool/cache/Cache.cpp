// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "cache/Cache.h"

#include "clang/Basic/Version.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <chrono>
#include <cstring>
#include <sqlite3.h>
#include <sys/stat.h>

using namespace llvm;

namespace thread_stop::tool {

/// Written into the database: whose it is, and in which shape.
static constexpr int ApplicationId = 0x54535450;
static constexpr int SchemaVersion = 1;
/// Unused for so many days, a result is forgotten.
static constexpr int MaxAge = 30;
/// How long another run may be busy with it, in ms.
static constexpr int MaxWait = 10000;
/// After so many new results they are written.
static constexpr size_t MaxNew = 256;
/// A file that has just been written may be written again within the same tick
/// of its clock; its index is not kept, in ns.
static constexpr int64_t MinFileAge = 2000000000;

static int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

static int today() {
  return static_cast<int>(now() / 1000000000 / (24 * 60 * 60));
}

static int64_t changedAt(const vfs::Status &S) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             S.getLastModificationTime().time_since_epoch())
      .count();
}

const std::string &Cache::ourselves() {
  static const std::string Text = [] {
    sys::fs::file_status Self;
    sys::fs::status("/proc/self/exe", Self);
    return std::string(THREAD_STOP_VERSION) + "/" +
           clang::getClangFullVersion() + "/" + std::to_string(Self.getSize()) +
           "/" +
           std::to_string(
               Self.getLastModificationTime().time_since_epoch().count());
  }();
  return Text;
}

/// When anything about the file has changed: unlike its time, nobody can set
/// that back. 0 if it has gone.
static int64_t touchedAt(StringRef Path) {
  struct stat Is;
  if (::stat(Path.str().c_str(), &Is) != 0)
    return 0;
  return int64_t(Is.st_ctim.tv_sec) * 1000000000 + Is.st_ctim.tv_nsec;
}

/// The index of a file depends on its text, and on who made it.
static std::string stampOf(StringRef Path, const vfs::Status &S) {
  static const std::string Us =
      std::to_string(xxHash64(StringRef(Cache::ourselves())));
  return std::to_string(S.getSize()) + "," + std::to_string(changedAt(S)) +
         "," + std::to_string(touchedAt(Path)) + "," +
         std::to_string(S.getUniqueID().getDevice()) + "," +
         std::to_string(S.getUniqueID().getFile()) + "," + Us;
}

/// With a checksum in front: SQLite has none.
static std::string sealed(StringRef Value) {
  const uint64_t Hash = xxHash64(Value);
  std::string Out(sizeof Hash, '\0');
  std::memcpy(Out.data(), &Hash, sizeof Hash);
  return Out + Value.str();
}

static std::optional<std::string> unsealed(StringRef Bytes) {
  uint64_t Hash;
  if (Bytes.size() < sizeof Hash)
    return std::nullopt;
  std::memcpy(&Hash, Bytes.data(), sizeof Hash);
  Bytes = Bytes.drop_front(sizeof Hash);
  if (xxHash64(Bytes) != Hash)
    return std::nullopt;
  return Bytes.str();
}

//===--- Opening ----------------------------------------------------------===//

std::unique_ptr<Cache> Cache::open(const std::string &Folder) {
  SmallString<256> Path(Folder);
  sys::path::append(Path, "cache-" + std::to_string(SchemaVersion) + ".sqlite");
  std::unique_ptr<Cache> Out(new Cache(Path.str().str()));
  if (std::error_code EC = sys::fs::create_directories(Folder)) {
    Out->Warnings.push_back("no cache: " + Folder + " cannot be made: " +
                            EC.message() + "; see --cache-dir, --no-cache");
    return Out;
  }
  Out->connect();
  return Out;
}

Cache::~Cache() { disconnect(); }

void Cache::disconnect() {
  for (sqlite3_stmt **S : {&FindFile, &AddFile, &TouchFile, &FindResult,
                           &AddResult, &TouchResult}) {
    sqlite3_finalize(*S);
    *S = nullptr;
  }
  sqlite3_close(Db);
  Db = nullptr;
}

bool Cache::run(const char *Sql) {
  return sqlite3_exec(Db, Sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

static int number(sqlite3 *Db, const char *Sql) {
  sqlite3_stmt *S = nullptr;
  int Value = -1;
  if (sqlite3_prepare_v2(Db, Sql, -1, &S, nullptr) == SQLITE_OK &&
      sqlite3_step(S) == SQLITE_ROW)
    Value = sqlite3_column_int(S, 0);
  sqlite3_finalize(S);
  return Value;
}

/// Renamed, because it may be somebody's.
void Cache::putAside(const char *Why) {
  disconnect();
  const std::string Aside = Path + ".bad";
  const std::error_code EC = sys::fs::rename(Path, Aside);
  for (const char *Part : {"-wal", "-shm", "-journal"})
    sys::fs::remove(Path + Part);
  if (EC) {
    Warnings.push_back("no cache: " + Path + " " + Why +
                       " and cannot be put aside: " + EC.message());
    return;
  }
  Warnings.push_back("the cache " + Path + " " + Why + ": it is now " + Aside +
                     ", and a new one was begun");
  connect();
}

/// After a call of SQLite that failed. What is damaged is begun anew, anything
/// else ends the use of the cache.
void Cache::noteError(const char *What) {
  const int Code = Db ? sqlite3_errcode(Db) & 0xff : SQLITE_CANTOPEN;
  // SQLITE_ERROR: it has tables, but not those that we know.
  if (Code == SQLITE_CORRUPT || Code == SQLITE_NOTADB || Code == SQLITE_ERROR) {
    putAside("is damaged");
    return;
  }
  Warnings.push_back(std::string("no cache: ") + Path + " " + What + ": " +
                     (Db ? sqlite3_errmsg(Db) : "out of memory") +
                     "; see --cache-dir, --no-cache");
  disconnect();
}

void Cache::connect() {
  if (sqlite3_open_v2(Path.c_str(), &Db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                          SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK) {
    noteError("cannot be opened");
    return;
  }
  sqlite3_busy_timeout(Db, MaxWait);
  const int Tables = number(Db, "SELECT count(*) FROM sqlite_master");
  if (Tables < 0)
    noteError("cannot be read");
  else if (Tables > 0 && number(Db, "PRAGMA application_id") != ApplicationId)
    putAside("is not a cache of thread-stop");
  else if (!prepare())
    noteError("cannot be prepared");
}

bool Cache::prepare() {
  // Losing the last results in a crash of the machine is no loss.
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = OFF");
  run("PRAGMA mmap_size = 268435456");
  if (number(Db, "PRAGMA application_id") != ApplicationId &&
      !(run("PRAGMA application_id = 1414747216") &&
        run("PRAGMA user_version = 1")))
    return false;
  if (!run("CREATE TABLE IF NOT EXISTS files(path TEXT PRIMARY KEY, stamp "
           "TEXT, used INTEGER, data BLOB) WITHOUT ROWID;"
           "CREATE TABLE IF NOT EXISTS results(key BLOB PRIMARY KEY, used "
           "INTEGER, data BLOB) WITHOUT ROWID"))
    return false;
  auto Make = [&](const char *Sql, sqlite3_stmt **S) {
    return sqlite3_prepare_v2(Db, Sql, -1, S, nullptr) == SQLITE_OK;
  };
  return Make("SELECT data, stamp, used FROM files WHERE path = ?",
              &FindFile) &&
         Make("INSERT OR REPLACE INTO files VALUES(?, ?, ?, ?)", &AddFile) &&
         Make("UPDATE files SET used = ? WHERE path = ?", &TouchFile) &&
         Make("SELECT data, used FROM results WHERE key = ?", &FindResult) &&
         Make("INSERT OR REPLACE INTO results VALUES(?, ?, ?)", &AddResult) &&
         Make("UPDATE results SET used = ? WHERE key = ?", &TouchResult);
}

//===--- Reading ----------------------------------------------------------===//

static void bindBlob(sqlite3_stmt *S, int At, StringRef Value) {
  sqlite3_bind_blob(S, At, Value.data(), static_cast<int>(Value.size()),
                    SQLITE_STATIC);
}

static void bindText(sqlite3_stmt *S, int At, StringRef Value) {
  sqlite3_bind_text(S, At, Value.data(), static_cast<int>(Value.size()),
                    SQLITE_STATIC);
}

static StringRef column(sqlite3_stmt *S, int At) {
  const void *Data = sqlite3_column_blob(S, At);
  return StringRef(static_cast<const char *>(Data),
                   static_cast<size_t>(sqlite3_column_bytes(S, At)));
}

std::optional<FileIndex> Cache::find(StringRef Of, const vfs::Status &S) {
  std::lock_guard<std::mutex> Lock(Guard);
  if (!Db)
    return std::nullopt;
  bindText(FindFile, 1, Of);
  const int Step = sqlite3_step(FindFile);
  std::optional<FileIndex> Out;
  if (Step == SQLITE_ROW && column(FindFile, 1) == stampOf(Of, S))
    if (std::optional<std::string> Bytes = unsealed(column(FindFile, 0)))
      Out = readIndex(*Bytes);
  if (Out && sqlite3_column_int(FindFile, 2) != today())
    UsedFiles.push_back(Of.str());
  sqlite3_reset(FindFile);
  if (Step != SQLITE_ROW && Step != SQLITE_DONE)
    noteError("cannot be read");
  return Out;
}

std::optional<std::string> Cache::result(StringRef Key) {
  std::lock_guard<std::mutex> Lock(Guard);
  if (!Db)
    return std::nullopt;
  bindBlob(FindResult, 1, Key);
  const int Step = sqlite3_step(FindResult);
  std::optional<std::string> Out;
  if (Step == SQLITE_ROW) {
    Out = unsealed(column(FindResult, 0));
    if (Out && sqlite3_column_int(FindResult, 1) != today())
      Used.push_back(Key.str());
  }
  sqlite3_reset(FindResult);
  if (Step != SQLITE_ROW && Step != SQLITE_DONE)
    noteError("cannot be read");
  return Out;
}

//===--- Writing ----------------------------------------------------------===//

void Cache::add(StringRef Of, const vfs::Status &S, const FileIndex &I) {
  if (now() - std::max(changedAt(S), touchedAt(Of)) < MinFileAge)
    return;
  std::lock_guard<std::mutex> Lock(Guard);
  if (Db)
    NewFiles[Of.str()] = {stampOf(Of, S), sealed(writeIndex(I))};
}

void Cache::addResult(StringRef Key, std::string Value) {
  std::lock_guard<std::mutex> Lock(Guard);
  if (!Db)
    return;
  NewResults[Key.str()] = sealed(Value);
  if (NewResults.size() >= MaxNew)
    write();
}

static bool done(sqlite3_stmt *S) {
  const int Step = sqlite3_step(S);
  sqlite3_reset(S);
  return Step == SQLITE_DONE;
}

void Cache::write() {
  if (!Db || (NewFiles.empty() && NewResults.empty() && Used.empty() &&
              UsedFiles.empty()))
    return;
  bool Ok = run("BEGIN IMMEDIATE");
  for (const auto &[Of, New] : NewFiles) {
    if (!Ok)
      break;
    bindText(AddFile, 1, Of);
    bindText(AddFile, 2, New.Stamp);
    sqlite3_bind_int(AddFile, 3, today());
    bindBlob(AddFile, 4, New.Index);
    Ok = done(AddFile);
  }
  for (const auto &[Key, Value] : NewResults) {
    if (!Ok)
      break;
    bindBlob(AddResult, 1, Key);
    sqlite3_bind_int(AddResult, 2, today());
    bindBlob(AddResult, 3, Value);
    Ok = done(AddResult);
  }
  for (const std::string &Key : Used) {
    if (!Ok)
      break;
    sqlite3_bind_int(TouchResult, 1, today());
    bindBlob(TouchResult, 2, Key);
    Ok = done(TouchResult);
  }
  for (const std::string &Of : UsedFiles) {
    if (!Ok)
      break;
    sqlite3_bind_int(TouchFile, 1, today());
    bindText(TouchFile, 2, Of);
    Ok = done(TouchFile);
  }
  Ok = Ok && run("COMMIT");
  NewFiles.clear();
  UsedFiles.clear();
  NewResults.clear();
  Used.clear();
  if (!Ok)
    noteError("cannot be written");
}

void Cache::flush() {
  std::lock_guard<std::mutex> Lock(Guard);
  const bool IsNew = !NewResults.empty();
  write();
  // Where nothing was written, there is nothing to make room for.
  if (Db && IsNew) {
    const std::string Old = " WHERE used < " + std::to_string(today() - MaxAge);
    run(("DELETE FROM results" + Old + "; DELETE FROM files" + Old).c_str());
  }
}

std::vector<std::string> Cache::takeWarnings() {
  std::lock_guard<std::mutex> Lock(Guard);
  return std::move(Warnings);
}

} // namespace thread_stop::tool
