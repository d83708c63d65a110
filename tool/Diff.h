// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which lines have changed since a revision, as git says.

#ifndef THREAD_STOP_TOOL_DIFF_H
#define THREAD_STOP_TOOL_DIFF_H

#include "Report.h"
#include "llvm/Support/Error.h"
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace thread_stop::tool {

class ChangedLines {
public:
  /// Of the repository that `Folder` is in, between `Revision` and the files as
  /// they are now, new ones too.
  static llvm::Expected<ChangedLines> since(const std::string &Revision,
                                            const std::string &Folder);

  /// `Path` is absolute; lines begin at 1.
  bool has(const std::string &Path, unsigned Line) const;
  /// Whether an absolute path is in the repository at all.
  bool knows(const std::string &File) const;
  /// The folder of the repository.
  const std::string &top() const { return Top; }
  /// Absolute paths of all files that have changed.
  const std::set<std::string> &files() const { return Files; }

private:
  /// Adds what `git diff -U0` prints; paths in it are relative to `Top`.
  void read(llvm::StringRef Diff, const std::string &Top);

  std::string Top;
  std::set<std::string> Files, Whole;
  /// First and last line.
  std::map<std::string, std::vector<std::pair<unsigned, unsigned>>> Ranges;
};

/// Removes findings on lines that have not changed, and counts them.
void keepChanged(Report &R, const ChangedLines &Changed);

} // namespace thread_stop::tool

#endif
