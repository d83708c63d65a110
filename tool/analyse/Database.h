// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which translation units a run is about, from the paths that the user named
// and the compilation database.

#ifndef THREAD_STOP_TOOL_ANALYSE_DATABASE_H
#define THREAD_STOP_TOOL_ANALYSE_DATABASE_H

#include "Report.h"
#include "analyse/Flags.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

struct Selection {
  std::vector<std::string> Paths; ///< files and folders; none: everything
  std::string BuildPath;          ///< -p: a folder, or the database; or empty
  std::string OutputsBelow;       ///< only commands that write there; or empty
  /// After `--`: the compiler's options, instead of a database.
  std::vector<std::string> FixedFlags;
  bool HasFixedFlags = false;
};

struct JobList {
  std::vector<Job> Jobs; ///< sorted by file, each command once
  std::vector<Failure> Failures;
  std::string Database; ///< the file, or empty
};

/// Fails if there is nothing to begin with: no such path, no database where
/// one is needed, or one that cannot be read. What is wrong with single files
/// is in the list.
llvm::Expected<JobList> selectJobs(const Selection &S);

/// Relative to `Root` if it is below, with '.' and '..' resolved.
std::string displayPath(llvm::StringRef Path, llvm::StringRef Root);
/// Absolute, without '.' and '..'.
std::string absolutePath(llvm::StringRef Path, llvm::StringRef Directory);

} // namespace thread_stop::tool

#endif
