// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where reports go: several of them, each to a file or to the standard output.
// A report is there whole or not at all.

#ifndef THREAD_STOP_TOOL_OUTPUT_H
#define THREAD_STOP_TOOL_OUTPUT_H

#include "Report.h"
#include "emit/Emit.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Error.h"
#include <string>

namespace thread_stop::tool {

struct OutputSpec {
  Format F = Format::Text;
  std::string File; ///< empty or "-": the standard output

  bool isStandard() const { return File.empty() || File == "-"; }
};

/// FORMAT or FORMAT=FILE.
llvm::Expected<OutputSpec> parseOutputSpec(llvm::StringRef Text);

/// What would go wrong at the end, asked before the work begins: two reports
/// for one place, a folder that is not there or not ours.
llvm::Error checkOutputs(llvm::ArrayRef<OutputSpec> Specs);

/// The same for one file.
llvm::Error checkWritable(llvm::StringRef File);

/// Writes beside Path and renames: whatever fails, Path is as it was. What is
/// no regular file, such as /dev/stdout, is written to directly. "-" is the
/// standard output; a reader that has gone away is no error there.
llvm::Error
writeAtomically(llvm::StringRef Path,
                llvm::function_ref<void(llvm::raw_ostream &)> Write);

/// All reports, also if one of them fails; files first, because a reader that
/// has seen enough may end the program. Colours only on the standard output.
llvm::Error writeOutputs(const Report &R, llvm::ArrayRef<OutputSpec> Specs,
                         const TextStyle &Style);

} // namespace thread_stop::tool

#endif
