// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that steer cancellation and the life of threads.
//
// Sources: POSIX.1-2024, the glibc 2.36 and musl 1.2.3 headers (functions
// behind the cleanup macros), the Linux manual pages, <thread_stop.h>.

#ifndef THREAD_STOP_MODEL_CANCELAPI_H
#define THREAD_STOP_MODEL_CANCELAPI_H

#include "model/ApiTable.h"
#include "model/CancellationPoints.h"
#include <cstdint>
#include <optional>

namespace thread_stop {
namespace model {

/// What a call is for. Behind each the meaning of CancelApi's positions, where
/// it has any.
enum class CancelRole {
  SetState,    ///< Argument: new state; Result: where the old one goes
  SetType,     ///< Argument: new type; Result: where the old one goes
  TestCancel,  ///< an explicit cancellation point
  Cancel,      ///< asks Handle to cancel itself
  StopRequest, ///< asks Handle to stop by flag
  ForcedStop,  ///< kills Handle on the spot (TerminateThread and the like)
  Signal,      ///< sends signal Argument to thread Handle
  CleanupPush, ///< registers Routine, to be called with Argument
  CleanupPop,  ///< Argument: whether to run the handler
  ExitProcess, ///< ends the process; never returns
  ExitThread,  ///< ends the calling thread; Result: its exit value
  Jump,        ///< non-local goto; never returns
  Create,      ///< starts Routine with Argument, Handle receives the thread,
               ///< Attributes its attributes
  Join,        ///< waits for Handle; Result: where the exit value goes
  Detach,      ///< gives Handle up
  AttrDetach,  ///< sets the detach state Argument in Attributes
  Self,        ///< returns the caller's own handle
  HandleGet,   ///< returns the native handle of Handle
  HandleUse,   ///< any other use of Handle: name, affinity, clock
  Other,       ///< listed only because it is a harmless prologue call
};

/// The library whose headers have a name.
enum class ApiOrigin { Any, Glibc, Musl, Other };

/// One row of cancel_api.tsv.
struct CancelApi {
  llvm::StringRef Name;
  CancelRole Role;
  ApiForm Form;
  ApiOrigin Origin;
  // Positions: see CancelRole. A handle is passed by value, except that a
  // Create row of Form Function takes a pointer to it.
  int Handle;
  int Routine;
  int Argument;
  int Result;
  int Attributes;
  /// Neither blocks nor is a cancellation point in practice, and is typically
  /// called by a thread before anything else (pthread_self, sigaddset...).
  bool Prologue;
  /// One of the three functions POSIX calls async-cancel-safe.
  bool AsyncSafe;
};

/// All rows, sorted by name.
llvm::ArrayRef<CancelApi> cancelApis();
/// The row of \p QualifiedName, or null. For constructors and cleanup classes
/// the name is that of the class ("std::thread").
const CancelApi *findCancelApi(llvm::StringRef QualifiedName);

/// Does \p QualifiedName have the role \p Role?
bool hasRole(llvm::StringRef QualifiedName, CancelRole Role);
/// Is \p QualifiedName a call that may stand before a thread's own
/// pthread_setcancelstate without weakening "at its beginning"?
bool isPrologueCall(llvm::StringRef QualifiedName);

/// State or type: the two settings of a thread, with constants of their own.
enum class CancelSetting { State, Type };

/// One row of cancel_constants.tsv.
struct CancelConstant {
  llvm::StringRef Name;
  CancelSetting Setting;
  /// Values measured on Linux; negative: the library does not have it.
  int GlibcValue;
  int MuslValue;

  /// The value, or nothing where \p Library lacks the constant.
  std::optional<int64_t> value(Libc Library) const;
};

/// All rows, sorted by name.
llvm::ArrayRef<CancelConstant> cancelConstants();
/// The row of \p Name ("PTHREAD_CANCEL_ENABLE"), or null.
const CancelConstant *findCancelConstant(llvm::StringRef Name);
/// The constant of \p Setting that has \p Value on \p Library, or null.
const CancelConstant *cancelConstantByValue(CancelSetting Setting,
                                            int64_t Value, Libc Library);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_CANCELAPI_H
