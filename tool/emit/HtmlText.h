// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text as HTML: escaped, C and C++ in colours, Markdown.

#ifndef THREAD_STOP_TOOL_EMIT_HTMLTEXT_H
#define THREAD_STOP_TOOL_EMIT_HTMLTEXT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

/// For text and for attributes in quotes, of whatever bytes.
std::string html(llvm::StringRef Text);

/// What each byte of each line is: 'k' keyword, 'c' comment, 's' string,
/// 'p' preprocessor, 'n' number, ' ' else.
std::vector<std::string> classify(llvm::ArrayRef<std::string> Lines);

/// A range of bytes in a line that is pointed out.
struct Mark {
  unsigned Begin, End;
  const char *Class;
};

/// A line with its classes and marks; of marks that overlap the first shows.
std::string codeLine(llvm::StringRef Line, llvm::StringRef Classes,
                     llvm::ArrayRef<Mark> Marks);

/// The part of Markdown that the pages of the checks use. Headings begin with
/// <h4>; links only lead to the web.
void printMarkdown(llvm::StringRef Text, llvm::raw_ostream &OS);

} // namespace thread_stop::tool

#endif
