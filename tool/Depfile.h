// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a run has depended on, for make and Ninja: as the compiler's -MD.

#ifndef THREAD_STOP_TOOL_DEPFILE_H
#define THREAD_STOP_TOOL_DEPFILE_H

#include "Options.h"
#include "analyse/Runner.h"
#include "llvm/Support/Error.h"

namespace thread_stop::tool {

/// Writes one rule to C.Depfile: C.DepfileTarget, or the first report that is a
/// file, depends on the sources, all that they may include, and what configures
/// the run. Paths below `Root` are relative if the paths on the command line
/// are, so that they are the names that a makefile has for them.
llvm::Error writeDepfile(const CommandLine &C, const std::vector<Job> &Jobs,
                         const RunResult &Run, const std::string &Root);

} // namespace thread_stop::tool

#endif
