// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Applies fixes: each finding's whole or not at all, and each file's whole or
// not at all.

#ifndef THREAD_STOP_TOOL_FIX_H
#define THREAD_STOP_TOOL_FIX_H

#include "Report.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

struct FixResult {
  unsigned Applied = 0;             ///< findings
  unsigned Left = 0;                ///< findings whose fix overlaps another
  std::vector<std::string> Changed; ///< files, as in Location, sorted
  std::vector<Failure> Failures;    ///< files that could not be changed
};

/// `Style` gives the FormatStyle option for a file.
FixResult
applyFixes(const Report &R, bool FromNotes,
           llvm::function_ref<std::string(const std::string &File)> Style);

} // namespace thread_stop::tool

#endif
