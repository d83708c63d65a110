// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that take, release, create and destroy locks, and the classes
// that do so in their constructor and destructor.
//
// Sources: POSIX.1-2024 and C11 for the C functions, the C++ standard, and
// the public documentation of Boost, Qt, Abseil, Folly, wxWidgets and POCO.
// File locks (flock, lockf, fcntl) are not here: they belong to a descriptor or
// process, not to the thread that dies.

#ifndef THREAD_STOP_MODEL_LOCKAPI_H
#define THREAD_STOP_MODEL_LOCKAPI_H

#include "model/ApiTable.h"
#include <cstdint>

namespace thread_stop {
namespace model {

enum class LockOp {
  Acquire,    ///< waits until it has the lock
  Try,        ///< takes it only if it is free
  Timed,      ///< waits no longer than a given time
  Release,    ///< gives the lock back
  Wait,       ///< releases, waits, has it again on every way out, cancel too
  Init,       ///< makes the object usable
  Destroy,    ///< ends its life
  Consistent, ///< repairs a robust mutex; who holds it does not change
};

enum class LockKind {
  Mutex,     ///< pthread_mutex_t and the C++ mutexes
  ReadWrite, ///< a read-write lock, mode unknown or irrelevant
  Read,      ///< shared mode of a read-write lock
  Write,     ///< exclusive mode of a read-write lock
  Spin,      ///< pthread_spinlock_t
  C11Mutex,  ///< mtx_t
  Stream,    ///< the recursive lock inside a FILE
  Condition, ///< no lock, but its life matters: Init and Destroy rows only
  Semaphore, ///< as Condition
  Barrier,   ///< as Condition
};

/// Which result says that the operation succeeded.
enum class LockSuccess {
  None,        ///< it returns nothing useful: done when it returns
  Zero,        ///< 0; an error number otherwise
  NonZero,     ///< true
  ThrdSuccess, ///< the C11 constant thrd_success, 0 on glibc and musl
  MinusOne,    ///< -1, as std::try_lock
};

/// One row of locks.tsv. Release rows of a read-write lock have the kind
/// ReadWrite if they end either mode (pthread_rwlock_unlock).
struct LockApi {
  llvm::StringRef Name;
  LockOp Op;
  LockKind Kind;
  /// The lock: an argument position, ImplicitObject or AllArguments. For Wait
  /// the mutex (or the unique_lock), not the condition; for Condition,
  /// Semaphore and Barrier rows the object itself.
  int LockArg;
  LockSuccess Success;
  ApiForm Form;

  /// Holds the lock after it returned success, and did not before.
  bool acquires() const {
    return Op == LockOp::Acquire || Op == LockOp::Try || Op == LockOp::Timed;
  }
  /// Holds only on the branch where the result is a success: a try, a timed
  /// wait.
  bool mayFail() const { return Op == LockOp::Try || Op == LockOp::Timed; }
};

/// All rows, sorted by name.
llvm::ArrayRef<LockApi> lockApis();
/// The row of \p QualifiedName ("mtx_lock", "std::mutex::lock"), or null.
const LockApi *findLockApi(llvm::StringRef QualifiedName);

/// Does result \p Value (of the call itself) mean success? None: always.
bool meansSuccess(LockSuccess Success, int64_t Value);

/// What a guard holds right after its construction.
enum class GuardStart {
  Held,    ///< the constructor took the lock
  NotHeld, ///< deferred
  Adopted, ///< the caller already had it, the guard will release it
  Maybe,   ///< tried or timed: unknown
};

/// What a member function of a guard does to the lock.
enum class GuardEffect {
  None,
  Locks,   ///< takes it again
  Tries,   ///< may take it
  Unlocks, ///< releases early
  Disowns, ///< lets go of the lock without releasing it
};

/// One row of lock_guards.tsv: a class whose destructor releases a lock.
struct LockGuard {
  llvm::StringRef Name; ///< qualified class name, no template arguments
  bool Shared;          ///< takes the lock in shared (read) mode
  bool Movable;         ///< ownership can leave the variable by a move
  // Comma-separated: member functions by effect, then constructor argument
  // types by what they say ("*" in Maybe: always).
  llvm::StringRef LockMembers;
  llvm::StringRef TryMembers;
  llvm::StringRef UnlockMembers;
  llvm::StringRef DisownMembers;
  llvm::StringRef DeferTags;
  llvm::StringRef AdoptTags;
  llvm::StringRef MaybeTags;

  /// The state after construction with an argument of the class \p TagType
  /// (qualified name without template arguments; empty if there is none).
  GuardStart startState(llvm::StringRef TagType) const;
  /// The effect of a call of \p Member (unqualified).
  GuardEffect memberEffect(llvm::StringRef Member) const;
  /// Can the lock be let go before the guard's scope ends?
  bool canUnlockEarly() const {
    return Movable || !UnlockMembers.empty() || !DisownMembers.empty();
  }
};

/// All rows, sorted by name.
llvm::ArrayRef<LockGuard> lockGuards();
/// The row of \p QualifiedClass ("std::unique_lock"), or null.
const LockGuard *findLockGuard(llvm::StringRef QualifiedClass);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_LOCKAPI_H
