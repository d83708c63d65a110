// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an expression may be, without paths: seen through variables and members
// whose writes are all in the file, parameters of a known caller, functions
// that only return something, and the rows of constant tables. For what does
// not change while the program runs: signal numbers, handlers.

#ifndef THREAD_STOP_CHECKS_FLOW_VALUES_H
#define THREAD_STOP_CHECKS_FLOW_VALUES_H

#include "flow/FunctionIndex.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include <deque>
#include <optional>
#include <vector>

namespace thread_stop::flow {

/// What parameters stand for: those of `Callee` for the arguments of `Call`; or
/// which row of a table is meant.
struct Frame {
  const Frame *Outer = nullptr;
  const clang::FunctionDecl *Callee = nullptr;
  const clang::CallExpr *Call = nullptr;
  FunctionId Inside = NoFunction; ///< of the call
  const clang::InitListExpr *Table = nullptr;
  unsigned Row = 0;
};

/// An expression that is not seen through any further.
struct Resolved {
  const clang::Expr *E = nullptr;
  const Frame *In = nullptr;
};

struct ResolvedSet {
  llvm::SmallVector<Resolved, 4> Items;
  /// There may be others.
  bool Incomplete = false;
  /// A parameter of this function, whose caller is not given, is in the way.
  const clang::FunctionDecl *Parameter = nullptr;

  void add(const ResolvedSet &Other);
};

/// One place in the code that gives a variable or member a value.
struct ValueWrite {
  const clang::Stmt *At = nullptr;
  const clang::Expr *Value = nullptr; ///< null: ++, |=, by a callee, unknown
  FunctionId Inside = NoFunction;
};

struct CallSite {
  const clang::CallExpr *Call = nullptr;
  FunctionId Inside = NoFunction;
};

/// The variable or member that `E` is: `x`, `s->x`, `*p` for `p = &x`, an
/// element of the array `x`. All objects of a record are one.
const clang::ValueDecl *storageDecl(const clang::Expr *E);
/// The same for what the pointer `E` points to.
const clang::ValueDecl *pointeeDecl(const clang::Expr *E);

class Values {
public:
  Values(const clang::ASTContext &Ctx, const FunctionIndex &Index);

  ResolvedSet resolve(const clang::Expr *E, const Frame *In,
                      unsigned Depth = 0) const;
  std::optional<int64_t> integer(const clang::Expr *E) const;
  /// The one number that `E` is, seen through `In`.
  std::optional<int64_t> number(const clang::Expr *E, const Frame *In) const;
  /// What a condition is, if its operands are each one number.
  std::optional<bool> truth(const clang::Expr *E, const Frame *In) const;
  /// What `E` is one of, as far as `?:` and the functions it calls choose: one
  /// of these it is at some time. What variables held before does not count.
  void choices(const clang::Expr *E, const Frame *In,
               llvm::SmallVectorImpl<Resolved> &Out, unsigned Depth = 0);
  /// Certainly a null pointer.
  bool isNull(const clang::Expr *E, const Frame *In) const;

  /// The table that `E` is an element of, or null.
  const clang::InitListExpr *tableOf(const clang::Expr *E) const;

  const std::vector<CallSite> &callsOf(FunctionId F) const { return Calls[F]; }
  llvm::ArrayRef<ValueWrite> writesOf(const clang::ValueDecl *D) const;
  /// All variables and members that are written.
  const std::vector<const clang::ValueDecl *> &written() const { return Order; }
  /// Its address goes where this file does not follow.
  bool isExposed(const clang::ValueDecl *D) const;

  const Frame *enter(const CallSite &From, const clang::FunctionDecl *Callee,
                     const Frame *Outer);
  const Frame *row(const clang::InitListExpr *Table, unsigned Row,
                   const Frame *Outer);

private:
  void collect(const clang::Stmt *Body, FunctionId Inside);
  void noteWrite(const clang::Expr *To, const clang::Expr *Value,
                 const clang::Stmt *At, FunctionId Inside);
  ResolvedSet variable(const clang::DeclRefExpr *D, const Frame *In,
                       unsigned Depth) const;
  ResolvedSet parameter(const clang::ParmVarDecl *P, const Frame *In,
                        unsigned Depth) const;
  ResolvedSet member(const clang::MemberExpr *M, const Frame *In,
                     unsigned Depth) const;
  ResolvedSet element(const clang::InitListExpr *Table, const Frame *In,
                      llvm::ArrayRef<const clang::FieldDecl *> Path,
                      unsigned Depth) const;
  ResolvedSet returned(const clang::CallExpr *C, const Frame *In,
                       unsigned Depth) const;
  ResolvedSet fromWrites(const clang::ValueDecl *D, unsigned Depth) const;
  const clang::InitListExpr *tableBehind(const clang::Expr *Pointer,
                                         unsigned Depth) const;

  const clang::ASTContext &Ctx;
  const FunctionIndex &Index;
  std::vector<std::vector<CallSite>> Calls;
  llvm::DenseMap<const clang::ValueDecl *, std::vector<ValueWrite>> Writes;
  std::vector<const clang::ValueDecl *> Order;
  llvm::DenseSet<const clang::ValueDecl *> Exposed;
  std::deque<Frame> Frames;
};

/// The initialiser of one field in a list; null if it is zero or not listed.
const clang::Expr *initializerOf(const clang::InitListExpr *List,
                                 const clang::FieldDecl *F);

} // namespace thread_stop::flow

#endif
