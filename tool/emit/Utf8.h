// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes, characters and columns. Our columns count bytes, a terminal counts
// cells, editors and GitHub count UTF-16 code units. A source need not be
// UTF-8, what we write must be.

#ifndef THREAD_STOP_TOOL_EMIT_UTF8_H
#define THREAD_STOP_TOOL_EMIT_UTF8_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

/// The text with U+FFFD for what is not UTF-8.
std::string validUtf8(llvm::StringRef Text);

/// In one line, for a terminal: no control characters, valid UTF-8.
std::string printable(llvm::StringRef Text);

/// The column in UTF-16 code units, from 1, of a column in bytes.
unsigned utf16Column(llvm::StringRef Line, unsigned ByteColumn);

/// The number of bytes of the character that Text begins with; 1 if it is not
/// UTF-8, 0 at the end.
unsigned characterLength(llvm::StringRef Text);

/// A piece of a line as a terminal shows it.
struct Cell {
  std::string Text;
  unsigned Offset; ///< of its first byte in the line
  unsigned Width;  ///< on the screen
};

/// The line in pieces: tabs as spaces, what cannot be shown as <U+001B>.
std::vector<Cell> cellsOf(llvm::StringRef Line);

} // namespace thread_stop::tool

#endif
