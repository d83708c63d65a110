// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether the process ends right after a call: nobody is left to miss what a
// thread that was cancelled there had in hand.

#ifndef THREAD_STOP_CHECKS_FLOW_PROCESSEND_H
#define THREAD_STOP_CHECKS_FLOW_PROCESSEND_H

#include "flow/Api.h"
#include "clang/AST/Expr.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <memory>

namespace thread_stop::flow {

class ProcessEnds {
public:
  ProcessEnds(ApiResolver &Apis, const clang::ASTContext &Ctx)
      : Apis(Apis), Ctx(Ctx) {}

  /// Every way on from `Call`, in `Function`, leads to exit, abort or the like,
  /// past nothing but further requests and functions of the C library that do
  /// not wait. Returning from main is not meant. Fast for many calls of one
  /// function in turn.
  bool after(const clang::CallExpr &Call, const clang::FunctionDecl &Function);

  /// Whether control can reach the call; true if nothing is known.
  bool isReached(const clang::CallExpr &Call,
                 const clang::FunctionDecl &Function);

private:
  void read(const clang::FunctionDecl &Function);

  ApiResolver &Apis;
  const clang::ASTContext &Ctx;
  /// The function that was read last, and where its calls are.
  const clang::FunctionDecl *Last = nullptr;
  std::unique_ptr<clang::CFG> Graph;
  struct Position {
    const clang::CFGBlock *Block = nullptr;
    unsigned Element = 0;
  };
  llvm::DenseMap<const clang::Stmt *, Position> Calls;
  llvm::DenseSet<const clang::CFGBlock *> Reached;
};

} // namespace thread_stop::flow

#endif
