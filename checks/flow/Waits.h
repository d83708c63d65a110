// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which calls may wait for ever with the arguments that they get, and what else
// than a signal ends the wait.

#ifndef THREAD_STOP_CHECKS_FLOW_WAITS_H
#define THREAD_STOP_CHECKS_FLOW_WAITS_H

#include "flow/Signals.h"

namespace thread_stop::flow {

class Waits {
public:
  explicit Waits(TuAnalysis &A);

  /// The row of a call of the C library that waits, or null.
  const model::Wait *rowOf(const clang::CallExpr &C) const;
  /// Whether it certainly has no end of its own: no timeout, no descriptor that
  /// is known not to block or to be a file.
  bool isEndless(const clang::CallExpr &C, const Frame *In) const;
  /// Whether one of the functions, or what they call, also ends the wait: with
  /// a byte, a post, a broadcast; or some function shuts the socket down. True
  /// where that cannot be told.
  bool isWoken(const clang::CallExpr &C, FunctionId Inside,
               llvm::ArrayRef<FunctionId> Setters) const;

  /// The argument of that position, or null.
  static const clang::Expr *argument(const clang::CallExpr &C, int I);

private:
  struct Wake {
    model::WakerKind Kind;
    const clang::ValueDecl *Object; ///< null: not known
    FunctionId Inside;
  };

  void collect();
  void noteCall(const clang::CallExpr &C, FunctionId Inside);
  void noteMaker(const clang::ValueDecl *To, const clang::Expr *Value);
  void noteAgain(const clang::Stmt *S, FunctionId F);
  void spread();
  bool mentionsNonBlock(const clang::Expr *E, unsigned Depth = 0) const;
  bool mayWait(const clang::Expr *Descriptor, const model::Wait &Row) const;
  bool isExpectedToFail(const clang::CallExpr &C) const;
  bool isInPollSet(const clang::CallExpr &C, FunctionId Inside,
                   const clang::ValueDecl *Descriptor, bool &Known) const;

  bool runsInThread(FunctionId F) const;

  // Descriptors that are copied into each other are one.
  uint32_t root(const clang::ValueDecl *D) const;
  uint32_t node(const clang::ValueDecl *D);
  void join(const clang::ValueDecl *X, const clang::ValueDecl *Y);

  TuAnalysis &A;
  llvm::DenseMap<const clang::ValueDecl *, uint32_t> Nodes;
  mutable std::vector<uint32_t> Parents;
  llvm::DenseSet<uint32_t> NonBlocking;       ///< roots
  llvm::DenseSet<int64_t> NonBlockingNumbers; ///< 0 for standard input
  llvm::DenseMap<const clang::CallExpr *, FunctionId> Places;
  std::vector<uint8_t> KnowsAgain; ///< functions that look for EAGAIN
  llvm::DenseSet<const clang::Stmt *> BesideEintr;
  llvm::DenseMap<uint32_t, unsigned> Kinds; ///< roots: bits of DescriptorKind
  /// Sockets of which each message is on its way at once, roots in the end.
  std::vector<const clang::ValueDecl *> Datagrams;
  llvm::DenseSet<uint32_t> Packets;
  std::vector<std::pair<const clang::ValueDecl *, model::DescriptorKind>> Made;
  std::vector<const clang::ValueDecl *> Marked;
  std::vector<Wake> Wakes;
};

} // namespace thread_stop::flow

#endif
