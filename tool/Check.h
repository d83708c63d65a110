// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `thread-stop [PATHS]`: from the command line to the reports.

#ifndef THREAD_STOP_TOOL_CHECK_H
#define THREAD_STOP_TOOL_CHECK_H

#include "Options.h"

namespace thread_stop::tool {

/// The program's exit codes.
enum ExitCode { Clean = 0, HasFindings = 1, HasFailed = 2 };

int runCheck(const CommandLine &C);

} // namespace thread_stop::tool

#endif
