// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a loop goes round for.

#ifndef THREAD_STOP_CHECKS_FLOW_LOOPS_H
#define THREAD_STOP_CHECKS_FLOW_LOOPS_H

#include "clang/AST/ASTContext.h"
#include "clang/AST/Stmt.h"

namespace thread_stop::flow {

/// while, do, for, also over a range; of these, not `do { ... } while (0)`.
bool isLoop(const clang::Stmt *S, const clang::ASTContext &Context);

/// The loop goes on while this is true; null if it has none, or is no loop.
const clang::Expr *conditionOf(const clang::Stmt *Loop);

/// Whether each round looks at another object in `Read`, and the loop comes to
/// the end of them: `for (i = 0; i < n; i++) if (slot[i].used) ...`
bool isSearch(const clang::Stmt *Loop, const clang::Expr *Read);

} // namespace thread_stop::flow

#endif
