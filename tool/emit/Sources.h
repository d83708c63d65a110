// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sources that a report speaks of, as far as they are still there. What a
// report says of a line is compared with the line: a file that has changed
// since is not shown.

#ifndef THREAD_STOP_TOOL_EMIT_SOURCES_H
#define THREAD_STOP_TOOL_EMIT_SOURCES_H

#include "Report.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <map>
#include <string>
#include <vector>

namespace thread_stop::tool {

class Sources {
public:
  explicit Sources(const Report &R);

  /// The lines of a file, without their ends; empty if it is not there or is
  /// not what the report was made from.
  llvm::ArrayRef<std::string> linesOf(llvm::StringRef File);

  /// The text of a line, from 1: of the file, else what the report has of it.
  /// Null if neither has it.
  const std::string *line(llvm::StringRef File, unsigned Number);

private:
  void addKnown(const Location &L);
  void load(llvm::StringRef File, std::vector<std::string> &Lines) const;

  std::string Root;
  std::map<std::string, std::vector<std::string>> Files;
  /// What the report says of lines.
  std::map<std::string, std::map<unsigned, std::string>> Known;
};

/// A line of a fix as `diff` shows it.
struct DiffLine {
  char Kind; ///< '-', '+'
  unsigned Number;
  std::string Text;
};

struct FileDiff {
  std::string File;
  std::vector<DiffLine> Lines;
};

/// What the edits change, file by file. Empty if a line is not known.
std::vector<FileDiff> diffOf(llvm::ArrayRef<Edit> Edits, Sources &S);

} // namespace thread_stop::tool

#endif
