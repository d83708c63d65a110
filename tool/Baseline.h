// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A baseline: findings that are known and not to be told again. A text file
// that is kept with the sources, one line for each finding:
//
//   # thread-stop baseline 1
//   <fingerprint> <check> <file>: <message>
//   # end
//
// sorted by file, so that a change shows as a small diff. A reader may delete
// lines. The last line tells a whole file from one that was cut off.

#ifndef THREAD_STOP_TOOL_BASELINE_H
#define THREAD_STOP_TOOL_BASELINE_H

#include "Report.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

struct BaselineEntry {
  std::string Fingerprint;
  std::string Check;
  std::string File;
  std::string Message;
};

struct Baseline {
  std::vector<BaselineEntry> Entries;
};

/// The message names the line and what to do.
llvm::Expected<Baseline> readBaseline(llvm::StringRef Path);

/// The findings of R, and what else is to stay known.
llvm::Error writeBaseline(llvm::StringRef Path, const Report &R,
                          llvm::ArrayRef<BaselineEntry> Also = {});

/// Removes what the baseline has from R and adds it to Totals.Baselined.
/// Returns how many entries have no finding any more; only those of files for
/// which WasAnalysed is true, if it is given.
unsigned applyBaseline(
    Report &R, const Baseline &B,
    llvm::function_ref<bool(llvm::StringRef File)> WasAnalysed = nullptr);

} // namespace thread_stop::tool

#endif
