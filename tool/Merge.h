// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `thread-stop merge`: one report from those of shards or of build actions.

#ifndef THREAD_STOP_TOOL_MERGE_H
#define THREAD_STOP_TOOL_MERGE_H

#include "Output.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

struct MergeOptions {
  std::vector<std::string> Inputs; ///< JSON or SARIF; "-": standard input
  std::vector<OutputSpec> Outputs; ///< none: text
  TextStyle Style;
  std::string BaselineFile;      ///< findings in it are not told; empty: none
  std::string WriteBaselineFile; ///< all findings are known from now on
};

/// The exit code: 0 clean, 1 findings, 2 something is missing in the report or
/// could not be written.
int runMerge(const MergeOptions &Options);

} // namespace thread_stop::tool

#endif
