// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// May a function be called while the cancellation type is asynchronous?
//
// Sources: POSIX names three functions (XSH 2.9.5); everything else comes from
// the AC notes of the glibc 2.36 manual (data/ac_safety.tsv), which are
// preliminary and promise nothing to programs. A function without a row is
// unsafe. The manual says nothing of most pthread_* functions.

#ifndef THREAD_STOP_MODEL_ASYNCSAFETY_H
#define THREAD_STOP_MODEL_ASYNCSAFETY_H

#include "model/ApiTable.h"
#include <string>

namespace thread_stop {
namespace model {

/// What is left behind when the thread ends in the middle of the call. A bit
/// set, since most rows have several.
enum AsyncReason : unsigned {
  NoReason = 0,
  LockReason = 1u << 0,    ///< a lock inside libc stays taken
  MemReason = 1u << 1,     ///< memory leaks
  FdReason = 1u << 2,      ///< a file descriptor leaks
  CorruptReason = 1u << 3, ///< data of libc or of the caller is half changed
  InitReason = 1u << 4,    ///< a one-time initialisation is half done
  OtherReason = 1u << 5,   ///< cwd, terminal mode
};

/// One row of ac_safety.tsv.
struct AsyncSafety {
  llvm::StringRef Name;
  /// The manual's verdict. "fd" or "mem" alone does not make a function
  /// unsafe: open is AC-Safe with FdReason, it may leak.
  bool Safe;
  /// Reasons that hold on Linux; those qualified "/hurd" or "/bsd" are gone.
  unsigned Reasons;
  /// Unsafe for reasons of other systems alone (sigprocmask: lock/hurd). The
  /// verdict stays unsafe, since glibc promises nothing, but a message has no
  /// reason to name.
  bool ElsewhereOnly;
  llvm::StringRef ManualNode; ///< section of the glibc manual
};

/// All rows, sorted by name.
llvm::ArrayRef<AsyncSafety> asyncSafetyTable();
/// The row of \p Name, or null.
const AsyncSafety *findAsyncSafety(llvm::StringRef Name);

/// Is \p Name one of the three functions POSIX calls async-cancel-safe:
/// pthread_cancel, pthread_setcancelstate, pthread_setcanceltype?
bool isPosixAsyncCancelSafe(llvm::StringRef Name);

/// May \p Name be called in an asynchronous region? The POSIX names always;
/// with \p Strict nothing else; otherwise also what the glibc manual calls
/// AC-Safe. Functions without a row are not.
bool isAsyncCancelSafe(llvm::StringRef Name, bool Strict);

/// The manual's words for \p Reasons, worst first: "lock, corrupt, mem".
std::string asyncReasonNames(unsigned Reasons);

/// The words for the worst of \p Reasons, for a message of the form "... may
/// be cancelled while it <text>": lock before corrupt, init, mem, fd, other.
/// Empty if \p Reasons is.
llvm::StringRef describeAsyncReasons(unsigned Reasons);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_ASYNCSAFETY_H
