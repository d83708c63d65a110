// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Positions and text of the user's source, for findings and fixes.

#ifndef THREAD_STOP_CHECKS_SUPPORT_SOURCETEXT_H
#define THREAD_STOP_CHECKS_SUPPORT_SOURCETEXT_H

#include "clang/AST/ASTContext.h"
#include "clang/AST/Stmt.h"
#include "clang/Basic/SourceLocation.h"
#include <optional>
#include <string>

namespace thread_stop::support {

class SourceText {
public:
  explicit SourceText(const clang::ASTContext &Ctx) : Ctx(Ctx) {}

  /// Where a reader sees the code: in a file, at the use of a macro.
  clang::SourceLocation fileLoc(clang::SourceLocation L) const;

  /// The characters of a node, if all of it stands in a file as written.
  std::optional<clang::CharSourceRange> fileRange(clang::SourceRange R) const;

  /// The text of a node; empty if some of it comes from a macro. The name of
  /// a macro that is the whole node (`NULL`, `PTHREAD_CANCEL_ENABLE`) counts
  /// as text.
  std::string text(const clang::Stmt *S) const;

  /// What `S` covers in the file, seeing a macro that is all of it as text.
  std::optional<clang::CharSourceRange> range(const clang::Stmt *S) const;

  /// The blanks at the beginning of the line of `L`.
  std::string indentation(clang::SourceLocation L) const;

  /// The line and column a note can be told apart by.
  unsigned line(clang::SourceLocation L) const;

  /// An empty range at `L`, for insertions.
  static clang::CharSourceRange at(clang::SourceLocation L) {
    return clang::CharSourceRange::getCharRange(L, L);
  }

  /// Just after the next `;` that follows `S`, or invalid.
  clang::SourceLocation afterSemicolon(const clang::Stmt *S) const;

  /// Just after the last character before `L` that is not blank.
  clang::SourceLocation afterPrevious(clang::SourceLocation L) const;

private:
  const clang::ASTContext &Ctx;
};

} // namespace thread_stop::support

#endif
