// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether the process ends right after a call: nobody is left to miss what a
// thread that was cancelled there had in hand.

#ifndef THREAD_STOP_CHECKS_FLOW_PROCESSEND_H
#define THREAD_STOP_CHECKS_FLOW_PROCESSEND_H

#include "flow/Api.h"
#include "clang/AST/Expr.h"

namespace thread_stop::flow {

/// Every way on from `Call`, in `Function`, leads to exit, abort or the like,
/// past nothing but further requests and functions of the C library that do not
/// wait. Returning from main is not meant.
bool processEndsAfter(const clang::CallExpr &Call,
                      const clang::FunctionDecl &Function, ApiResolver &Apis,
                      const clang::ASTContext &Ctx);

} // namespace thread_stop::flow

#endif
