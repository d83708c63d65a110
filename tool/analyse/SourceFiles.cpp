// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/SourceFiles.h"

#include "support/LlvmCompat.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace thread_stop::tool {

const MemoryBuffer *FileContent::text(std::error_code *Error) {
  std::call_once(Once, [&] {
    // Copied, not mapped: reading a map of a file that shrinks kills us.
    ErrorOr<std::unique_ptr<MemoryBuffer>> Read = MemoryBuffer::getFile(
        Stat.getName(), /*IsText=*/false, /*RequiresNullTerminator=*/true,
        /*IsVolatile=*/true);
    if (Read)
      Buffer = std::move(*Read);
    else
      ReadError = Read.getError();
  });
  if (Error)
    *Error = ReadError;
  return Buffer.get();
}

FileContent *SourceFiles::contentOf(const vfs::Status &S) {
  std::lock_guard<std::mutex> Lock(ContentGuard);
  std::unique_ptr<FileContent> &Slot = Contents[S.getUniqueID()];
  if (!Slot)
    Slot = std::make_unique<FileContent>(S);
  return Slot.get();
}

const SourceFiles::Entry &SourceFiles::lookup(StringRef Path) {
  Shard &Of = Shards[static_cast<size_t>(hash_value(Path)) % Shards.size()];
  {
    std::lock_guard<std::mutex> Lock(Of.Guard);
    auto It = Of.Entries.find(Path);
    if (It != Of.Entries.end())
      return *It->second;
  }
  auto New = std::make_unique<Entry>();
  sys::fs::file_status Real;
  New->Error = sys::fs::status(Path, Real);
  if (!New->Error) {
    New->Stat = vfs::Status::copyWithNewName(Real, Path);
    if (Real.type() == sys::fs::file_type::regular_file ||
        Real.type() == sys::fs::file_type::character_file ||
        Real.type() == sys::fs::file_type::fifo_file)
      New->Content = contentOf(New->Stat);
  }
  std::lock_guard<std::mutex> Lock(Of.Guard);
  // Whoever was first: others may hold on to it.
  return *Of.Entries.try_emplace(Path, std::move(New)).first->second;
}

std::string SourceFiles::plainPath(StringRef Path) {
  SmallString<256> Plain(Path);
  sys::path::remove_dots(Plain, /*remove_dot_dot=*/true);
  if (Plain == Path)
    return Path.str();
  const Entry &As = lookup(Path);
  if (As.Error)
    return Plain.str().str();
  const Entry &To = lookup(Plain);
  return !To.Error && To.Stat.getUniqueID() == As.Stat.getUniqueID()
             ? Plain.str().str()
             : Path.str();
}

std::string SourceFiles::nameOf(StringRef Path) {
  const std::string Plain = plainPath(Path);
  SmallString<256> Real(Plain);
  sys::path::remove_dots(Real, /*remove_dot_dot=*/true);
  if (Real != Plain && sys::fs::real_path(Plain, Real))
    return Plain;
  return Real.str().str();
}

//===--- The view of one worker -------------------------------------------===//

namespace {
class OpenFile : public vfs::File {
public:
  OpenFile(vfs::Status Stat, const MemoryBuffer &Text)
      : Stat(std::move(Stat)), Text(Text) {}

  ErrorOr<vfs::Status> status() override { return Stat; }
  ErrorOr<std::unique_ptr<MemoryBuffer>> getBuffer(const Twine &Name, int64_t,
                                                   bool Null, bool) override {
    SmallString<256> Storage;
    return MemoryBuffer::getMemBuffer(Text.getBuffer(),
                                      Name.toStringRef(Storage), Null);
  }
  std::error_code close() override { return {}; }

private:
  vfs::Status Stat;
  const MemoryBuffer &Text;
};
} // namespace

class SourceFiles::View : public vfs::FileSystem {
public:
  View(SourceFiles &Files, StringRef Directory,
       std::vector<std::string> *Opened, std::vector<std::string> *Absent)
      : Files(Files), Directory(Directory.str()), Opened(Opened),
        Absent(Absent) {}

  ErrorOr<vfs::Status> status(const Twine &Path) override {
    SmallString<256> Storage;
    const StringRef Absolute = absolute(Path, Storage);
    const Entry &E = Files.lookup(Absolute);
    if (E.Error)
      return miss(Absolute, E);
    // That it is there may be all that matters.
    if (Opened && Absent && E.Content)
      Opened->push_back(Absolute.str());
    return vfs::Status::copyWithNewName(E.Stat, Path);
  }

  ErrorOr<std::unique_ptr<vfs::File>>
  openFileForRead(const Twine &Path) override {
    SmallString<256> Storage;
    const StringRef Absolute = absolute(Path, Storage);
    const Entry &E = Files.lookup(Absolute);
    if (E.Error)
      return miss(Absolute, E);
    if (!E.Content)
      return std::make_error_code(std::errc::is_a_directory);
    std::error_code Error;
    const MemoryBuffer *Text = E.Content->text(&Error);
    if (!Text)
      return Error;
    if (Opened)
      Opened->push_back(Absolute.str());
    // A device or pipe has no size before it is read.
    return std::unique_ptr<vfs::File>(std::make_unique<OpenFile>(
        vfs::Status::copyWithNewSize(vfs::Status::copyWithNewName(E.Stat, Path),
                                     Text->getBufferSize()),
        *Text));
  }

  vfs::directory_iterator dir_begin(const Twine &Path,
                                    std::error_code &Error) override {
    SmallString<256> Storage;
    return vfs::getRealFileSystem()->dir_begin(absolute(Path, Storage), Error);
  }

  std::error_code setCurrentWorkingDirectory(const Twine &Path) override {
    SmallString<256> Storage;
    const std::string New = absolute(Path, Storage).str();
    const Entry &E = Files.lookup(New);
    if (E.Error)
      return E.Error;
    Directory = New;
    return {};
  }

  ErrorOr<std::string> getCurrentWorkingDirectory() const override {
    return Directory;
  }

  std::error_code getRealPath(const Twine &Path, SmallVectorImpl<char> &Out)
      THREAD_STOP_REAL_PATH_CONST override {
    SmallString<256> Storage;
    return sys::fs::real_path(absolute(Path, Storage), Out);
  }

private:
  std::error_code miss(StringRef Path, const Entry &E) {
    if (Absent)
      Absent->push_back(Path.str());
    return E.Error;
  }

  StringRef absolute(const Twine &Path, SmallVectorImpl<char> &Storage) const {
    Path.toVector(Storage);
    if (!sys::path::is_absolute(StringRef(Storage.data(), Storage.size()))) {
      SmallString<256> Joined(Directory);
      sys::path::append(Joined, StringRef(Storage.data(), Storage.size()));
      Storage.assign(Joined.begin(), Joined.end());
    }
    return StringRef(Storage.data(), Storage.size());
  }

  SourceFiles &Files;
  std::string Directory;
  std::vector<std::string> *Opened, *Absent;
};

IntrusiveRefCntPtr<vfs::FileSystem>
SourceFiles::view(StringRef Directory, std::vector<std::string> *Opened,
                  std::vector<std::string> *Absent) {
  return IntrusiveRefCntPtr<vfs::FileSystem>(
      new View(*this, Directory, Opened, Absent));
}

} // namespace thread_stop::tool
