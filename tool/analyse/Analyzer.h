// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One translation unit: clang parses it, the checks look at it, and what they
// say becomes plain data. The machinery around the checks, NOLINT comments and
// header filters above all, is clang-tidy's own.

#ifndef THREAD_STOP_TOOL_ANALYSE_ANALYZER_H
#define THREAD_STOP_TOOL_ANALYSE_ANALYZER_H

#include "Report.h"
#include "analyse/Config.h"
#include "analyse/Flags.h"
#include "analyse/SourceFiles.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace thread_stop::tool {

/// What came of one job.
struct UnitResult {
  std::vector<Finding> Findings;
  std::vector<Failure> Failures;
  /// All files that were read, absolute, sorted, but for the main file.
  std::vector<std::string> Read;
  bool Complete = true; ///< false: stopped on request
};

struct AnalyzeOptions {
  std::string Root; ///< what paths are shown relative to
  bool FixNotes = false;
  /// Also the bodies of functions in system headers; for comparison.
  bool ParseSystemBodies = false;
};

/// `Stop` is asked now and then whether to give up.
UnitResult analyze(const Job &J, const Flags &F,
                   const ConfigReader::Effective &Config, SourceFiles &Files,
                   const AnalyzeOptions &O, llvm::function_ref<bool()> Stop);

} // namespace thread_stop::tool

#endif
