// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that hand a resource to their caller, functions that take one back,
// and functions that keep a pointer they are given.
//
// Sources: POSIX.1-2024, C23, the Linux manual pages (section 2 and 3, "RETURN
// VALUE"). Left out: what the caller chose itself (dup2, dup3, mmap's address),
// results in several unrelated arguments (openpty), and results whose pieces
// need different calls (scandir, glob, wordexp).

#ifndef THREAD_STOP_MODEL_RESOURCEAPI_H
#define THREAD_STOP_MODEL_RESOURCEAPI_H

#include "model/ApiTable.h"
#include <cstdint>

namespace thread_stop {
namespace model {

enum class ResourceKind : uint8_t {
  Memory,
  Descriptor,
  Stream,        ///< FILE, closed with fclose
  ProcessStream, ///< FILE of popen
  Directory,     ///< DIR
  Mapping,       ///< mmap
  SharedMemory,  ///< shmat
  Timer,         ///< timer_create
  AddressList,   ///< getaddrinfo
  Library,       ///< dlopen
  Semaphore,     ///< sem_open
  MessageQueue,  ///< mq_open
  InterfaceNames,
  InterfaceAddresses,
  MountTable, ///< FILE of setmntent
  Converter,  ///< iconv_open
  Catalog,    ///< catopen
  Locale,
  FileTree, ///< fts_open
  Regex,    ///< what regcomp allocates inside its regex_t
};
constexpr unsigned NumResourceKinds = 20;

/// Where a function leaves the resource that it acquires.
enum class ResourcePlace : uint8_t {
  Return,   ///< it is the result
  Argument, ///< in the object that argument Index points to
  Array,    ///< two of them, in the array that argument Index points to
};

/// Which result of the call says that nothing was acquired.
enum class ResourceFailure : uint8_t {
  Null,     ///< a null pointer
  Negative, ///< -1, or any negative number
  MinusOne, ///< (T)-1: MAP_FAILED, (void *)-1, (iconv_t)-1
  NonZero,  ///< an error number
};

/// One row of resources.tsv.
struct ResourceAcquire {
  llvm::StringRef Name;
  ResourceKind Kind;
  ResourcePlace Place;
  int Index; ///< NoArgument for ResourcePlace::Return
  ResourceFailure Failure;
  /// The argument whose resource passes into the new one when the call
  /// succeeds (fdopen: the descriptor), or NoArgument.
  int Consumes;
  /// False: whether there is a new resource depends on the arguments (getline
  /// may use the buffer that it gets; signalfd(fd) returns fd).
  bool Certain;

  /// Does \p Result, of the call itself, mean that nothing was acquired? A
  /// pointer counts as its address.
  bool failed(int64_t Result) const;
};

/// One row of releases.tsv.
struct ResourceRelease {
  llvm::StringRef Name;
  int Index;      ///< the argument that is given back
  uint32_t Kinds; ///< bits of ResourceKind
  /// Only if the call succeeds, as ResourceAcquire::failed of the same function
  /// says (realloc, fdopen). Otherwise whatever the result: close too gives the
  /// descriptor back when it reports an error (close(2), "Dealing with error
  /// returns").
  bool OnSuccess;

  bool releases(ResourceKind Kind) const {
    return Kinds >> static_cast<unsigned>(Kind) & 1;
  }
};

/// One row of keepers.tsv. A row with NoArgument: keeps nothing; it is there
/// only because no other table has the function.
struct ResourceKeeper {
  llvm::StringRef Name;
  int Index; ///< or AllArguments
};

/// All rows, sorted by name.
llvm::ArrayRef<ResourceAcquire> resourceAcquires();
llvm::ArrayRef<ResourceRelease> resourceReleases();
llvm::ArrayRef<ResourceKeeper> resourceKeepers();

/// The row of \p Name ("malloc"), or null.
const ResourceAcquire *findAcquire(llvm::StringRef Name);
/// The row of \p Name ("free"), or null.
const ResourceRelease *findRelease(llvm::StringRef Name);

/// Does \p Name keep its argument \p Arg, or what is reachable from it, beyond
/// the call? False also for functions that no table knows.
bool isKeeper(llvm::StringRef Name, int Arg);
/// Is \p Name in any of the tables, so that isKeeper() is the whole answer? To
/// a function of another library an argument may be lost at any time.
bool isKnownFunction(llvm::StringRef Name);

/// For messages: "memory", "file descriptor", "stream" ...
llvm::StringRef resourceName(ResourceKind Kind);
/// The function that gives one back: "free", "close" ...
llvm::StringRef releaseNameFor(ResourceKind Kind);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_RESOURCEAPI_H
