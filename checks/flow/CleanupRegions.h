// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What pthread_cleanup_push and pthread_cleanup_pop leave in the AST. They are
// macros everywhere; a region is recognised by the variable that the library
// declares for it, so wrapper macros of the program need no special case:
//
//   glibc, C                 __pthread_unwind_buf_t __cancel_buf
//   glibc, C -fexceptions    struct __pthread_cleanup_frame __clframe
//   glibc, C++               class __pthread_cleanup_class __clframe
//   musl                     struct __ptcb __cb

#ifndef THREAD_STOP_CHECKS_FLOW_CLEANUPREGIONS_H
#define THREAD_STOP_CHECKS_FLOW_CLEANUPREGIONS_H

#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"
#include "clang/AST/Stmt.h"
#include <optional>
#include <vector>

namespace thread_stop::flow {

enum class CleanupForm : uint8_t { GlibcC, GlibcFrame, GlibcClass, Musl };

struct CleanupRegion {
  CleanupForm Form = CleanupForm::GlibcC;
  const clang::DoStmt *Outer = nullptr;
  /// glibc C only: the inner loop whose body is the region.
  const clang::DoStmt *Inner = nullptr;
  const clang::VarDecl *Marker = nullptr;
  /// The statements that register and deregister the handler.
  const clang::Stmt *PushAt = nullptr;
  const clang::Stmt *PopAt = nullptr;
  const clang::Expr *Handler = nullptr;
  const clang::Expr *Argument = nullptr;
  const clang::Expr *Execute = nullptr;
  bool Defers = false;   ///< opened by pthread_cleanup_push_defer_np
  bool Restores = false; ///< closed by pthread_cleanup_pop_restore_np

  clang::SourceLocation pushLoc() const { return Marker->getLocation(); }
  clang::SourceLocation popLoc() const {
    return PopAt ? PopAt->getBeginLoc() : Outer->getEndLoc();
  }
};

/// Whether `V` is the variable of one of the forms above.
bool isCleanupMarker(const clang::VarDecl &V);

/// The region that a statement opens, if it is one.
std::optional<CleanupRegion> cleanupRegion(const clang::DoStmt &D);

/// All regions below `Body`, outer ones first.
std::vector<CleanupRegion> cleanupRegions(const clang::Stmt *Body);

} // namespace thread_stop::flow

#endif
