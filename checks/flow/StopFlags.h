// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stop flags: variables and members that a signal handler writes, or a function
// that sends a signal to a thread, or one thread for another; and what a test
// of one means.

#ifndef THREAD_STOP_CHECKS_FLOW_STOPFLAGS_H
#define THREAD_STOP_CHECKS_FLOW_STOPFLAGS_H

#include "flow/Signals.h"
#include <map>
#include <optional>

namespace thread_stop::flow {

/// A write of a constant, plain or atomic.
struct FlagWrite {
  const clang::Stmt *At = nullptr;
  const clang::ValueDecl *Flag = nullptr;
  FunctionId Inside = NoFunction;
  std::optional<int64_t> Value; ///< nothing: not known, but not 0 as a rule
  bool Atomic = false;
};

/// Why a variable counts as a flag that a signal belongs to.
struct FlagLink {
  FlagWrite Write;
  /// The handler that writes it; null for a requester.
  const Install *Handler = nullptr;
  /// The send next to the write; null for a handler.
  const Send *By = nullptr;
};

struct StopFlag {
  const clang::ValueDecl *Decl = nullptr;
  std::vector<FlagLink> Links;
};

/// What a condition says of a flag.
struct FlagTest {
  const StopFlag *Flag = nullptr;
  /// The condition's value when the flag says stop.
  bool WhenStopped = false;
  const clang::Expr *At = nullptr;
};

class StopFlags {
public:
  explicit StopFlags(TuAnalysis &A);

  /// Flags that a handler, or a function that sends a signal, writes.
  const std::map<const clang::ValueDecl *, StopFlag> &linked() const {
    return Linked;
  }
  /// Writes of constants, of all variables that more than one function sees.
  const std::vector<FlagWrite> &writes() const { return Writes; }

  /// The linked flag that decides the condition, if there is one.
  std::optional<FlagTest> testOf(const clang::Expr *Condition) const;
  /// The value of a condition when `Flag` holds `Value`, if that decides it.
  std::optional<int64_t> evaluate(const clang::Expr *E,
                                  const clang::ValueDecl *Flag, int64_t Value,
                                  unsigned Depth = 0) const;
  /// The variables and members that a condition reads, through getters.
  void readBy(const clang::Stmt *E,
              llvm::SmallVectorImpl<const clang::ValueDecl *> &Out,
              unsigned Depth = 0) const;

  /// A local that a lambda has by reference: two threads may see it.
  bool isShared(const clang::VarDecl &V) const { return Shared.count(&V) != 0; }

  /// `target` for a parameter or pointer that only ever holds its address.
  const clang::ValueDecl *behind(const clang::ValueDecl *D) const;

private:
  void collectWrites(FunctionId F);
  void addWrite(const clang::Expr *To, bool IsPointer, const clang::Expr *Value,
                const clang::Stmt *At, FunctionId Inside, bool Atomic);
  void linkHandlers();
  void linkRequesters();
  bool repeatsUntilGone(const Send &S) const;
  bool isReplaced(const FlagWrite &W, const Send &S) const;

  TuAnalysis &A;
  bool canBeFlag(const clang::ValueDecl &D) const;

  std::vector<FlagWrite> Writes;
  llvm::DenseSet<const clang::VarDecl *> Shared;
  std::map<const clang::ValueDecl *, StopFlag> Linked;
};

/// An atomic load or store, by C11, GNU, C++ or a library.
struct AtomicAccess {
  const clang::Expr *Object = nullptr;
  bool IsPointer = false;             ///< Object points to it
  const clang::Expr *Value = nullptr; ///< null: a load
  bool SetsTrue = false;              ///< test_and_set
};
std::optional<AtomicAccess> atomicAccess(const clang::Stmt *S);

} // namespace thread_stop::flow

#endif
