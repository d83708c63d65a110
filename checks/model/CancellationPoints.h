// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which functions are cancellation points, and which of them count.
//
// Sources: data/cancellation_points.tsv (POSIX.1-2008, 2016 edition, XSH 2.9.5;
// POSIX.1-2024; pthreads(7); runs on glibc 2.36 and musl 1.2.3),
// data/point_rules.tsv (functions the plain table rule does not fit) and
// data/point_arguments.tsv (functions that are points for some commands only).

#ifndef THREAD_STOP_MODEL_CANCELLATIONPOINTS_H
#define THREAD_STOP_MODEL_CANCELLATIONPOINTS_H

#include "model/ApiTable.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thread_stop {
namespace model {

/// The C library code is compiled for. Of others nothing was measured; they
/// are judged as Glibc.
enum class Libc { Glibc, Musl };

/// What the standards say, POSIX first, else pthreads(7), else the glibc
/// sources for functions POSIX does not know.
enum class PointStatus {
  Never,    ///< must not be one, or never is one on either library
  Optional, ///< an implementation may make it one
  Required, ///< has to be one
};

/// How glibc 2.36 declares the function. Nothrow is a veto against a point,
/// with two exceptions (wait3, wait4); MayThrow is no evidence for one.
enum class PointDecl { Undeclared, MayThrow, Nothrow };

/// For how long the call may wait.
enum class PointBlocking {
  None,       ///< does not wait for an event, or only for a disk
  Indefinite, ///< until another thread, process, signal or peer acts
  Timed,      ///< no longer than a time the caller gives
};

/// Where the plain rule (required, or optional and known to act) is not the
/// whole truth. From point_rules.tsv.
enum class PointRule {
  Table,  ///< the plain rule holds
  Strict, ///< counts only if PointPolicy::Strict
  Inert,  ///< of a Strict family, but does no I/O that was seen to act
  Never,  ///< never a point in practice, whatever POSIX permits
};

/// Why the rule of a row is not Table; Other for all remaining rows.
enum class PointFamily {
  Other,
  Close, ///< close(): the descriptor is gone either way
  Stdio, ///< acts on glibc only when that very call flushes or fills
  Lock,  ///< waits for a lock without looking at requests
  Raw,   ///< a bare system call in both libraries
};

/// One row of cancellation_points.tsv.
struct CancellationPoint {
  llvm::StringRef Name;
  PointStatus Status;
  /// Measured with a request pending on entry. For the Stdio family the value
  /// holds for one case only (a stream with room in its buffer, or not).
  Tri GlibcActs;
  Tri MuslActs;
  PointDecl GlibcDecl;
  PointBlocking Blocking;
  PointRule Rule;
  PointFamily Family;
  /// What is lost if the thread ends inside: empty, "fd", "mem", "mem+fd",
  /// "FILE*", "DIR*", "handle", "lock" or "child".
  llvm::StringRef Allocates;
  /// Free text for readers of the table, not for messages.
  llvm::StringRef Notes;
};

/// A function that is a point for one command only. One row per command.
struct PointArgument {
  llvm::StringRef Name;
  int Index;                ///< position of the command argument
  llvm::StringRef Constant; ///< macro that names the command
  /// Its value on generic Linux (x86, Arm, RISC-V). A few old architectures
  /// number fcntl commands differently: prefer Constant where it is visible.
  int64_t Value;
  Tri GlibcActs;
  Tri MuslActs;
};

/// What a check's options say about points.
class PointPolicy {
public:
  PointPolicy() = default;
  /// \p Names is the value of the option CancellationPoints: qualified names
  /// separated by ';' or ',', blanks around them ignored.
  PointPolicy(bool Strict, llvm::StringRef Names);

  /// Do `close` and stdio count (option StrictPoints)?
  bool isStrict() const { return Strict; }
  /// Did the user name \p Name? O(log n).
  bool names(llvm::StringRef Name) const;

private:
  bool Strict = false;
  std::vector<std::string> Extra; // sorted
};

/// All rows, sorted by name.
llvm::ArrayRef<CancellationPoint> cancellationPoints();
/// The row of \p Name, or null.
const CancellationPoint *findCancellationPoint(llvm::StringRef Name);

/// All commands, sorted by function, then by constant.
llvm::ArrayRef<PointArgument> pointArguments();
/// The commands that make \p Name a point; empty if it needs none.
llvm::ArrayRef<PointArgument> pointArguments(llvm::StringRef Name);
/// Position of the argument that decides whether \p Name is a point (fcntl: 1,
/// lockf: 1), NoArgument if the name alone decides.
int pointArgumentIndex(llvm::StringRef Name);

/// Is a call of \p Name a cancellation point?
///
/// Yes if its row is required, or optional and known to act: on glibc by the
/// glibc column, on musl by the musl column where that was run and else as on
/// glibc. The Strict rows (close, stdio) count only if \p Policy asks; stdio
/// never counts on musl, where it never acts. A name the user gave counts,
/// except a name that never can be a point (status or rule Never: mutex,
/// rwlock, spin locks, sem_post, flock, ioctl...): no option makes
/// pthread_mutex_lock react to a cancel, so naming it could only give wrong
/// findings.
///
/// \p Argument is the value of argument pointArgumentIndex(Name) where that is
/// known. Without it fcntl and lockf are no points: where the facts are not
/// certain, silence.
bool isCancellationPoint(llvm::StringRef Name, Libc Library,
                         const PointPolicy &Policy,
                         std::optional<int64_t> Argument = std::nullopt);

/// Might a call of \p Name act on a request? The opposite bias, for checks
/// that report the *absence* of points. True for every point under Strict, for
/// all of stdio on glibc, for fcntl and lockf with an unknown command and for
/// optional rows that were never run, unless glibc declares them nothrow.
/// False for names without a row: the caller decides about unknown functions.
bool mayBeCancellationPoint(llvm::StringRef Name, Libc Library,
                            const PointPolicy &Policy,
                            std::optional<int64_t> Argument = std::nullopt);

/// May a call of \p Name wait until somebody else acts (poll, read, accept)?
/// False for names without a row, and for timed waits.
bool mayBlockForever(llvm::StringRef Name);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_CANCELLATIONPOINTS_H
