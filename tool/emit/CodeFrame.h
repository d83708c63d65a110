// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A line of source with its number, the range underlined, and below it what a
// fix would put there.

#ifndef THREAD_STOP_TOOL_EMIT_CODEFRAME_H
#define THREAD_STOP_TOOL_EMIT_CODEFRAME_H

#include "Report.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace thread_stop::tool {

/// ANSI escapes, as clang colours its diagnostics. Empty without colours.
class Palette {
public:
  explicit Palette(bool On) : On(On) {}
  const char *bold() const { return On ? "\033[1m" : ""; }
  const char *error() const { return On ? "\033[0;1;31m" : ""; }
  const char *warning() const { return On ? "\033[0;1;35m" : ""; }
  const char *note() const { return On ? "\033[0;1;36m" : ""; }
  const char *caret() const { return On ? "\033[0;1;32m" : ""; }
  const char *added() const { return On ? "\033[0;32m" : ""; }
  const char *removed() const { return On ? "\033[0;31m" : ""; }
  const char *reset() const { return On ? "\033[0m" : ""; }

private:
  bool On;
};

/// Whether the frame of At can show these edits below its line: all of them in
/// this line, none of them more than one line.
bool fitsFrame(const Location &At, llvm::ArrayRef<Edit> Edits);

/// Prints nothing if the text of the line is not known. Edits are shown if
/// they fit.
void printFrame(const Location &At, llvm::ArrayRef<Edit> Edits,
                const Palette &Colors, llvm::raw_ostream &OS);

/// The number of a line and what divides it from the code, `Kind` in between.
void printGutter(unsigned Line, char Kind, llvm::raw_ostream &OS);

} // namespace thread_stop::tool

#endif
