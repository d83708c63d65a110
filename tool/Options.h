// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line. One table of options, in Options.cpp, gives the parser and
// the help.

#ifndef THREAD_STOP_TOOL_OPTIONS_H
#define THREAD_STOP_TOOL_OPTIONS_H

#include "Output.h"
#include "analyse/Config.h"
#include "analyse/Database.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

enum class Command { Check, List, Explain, Merge, Help, Version };
enum class When { Auto, Always, Never };

struct CommandLine {
  Command Do = Command::Check;
  /// Of `explain`: checks; of `merge`: reports.
  std::vector<std::string> Arguments;

  Selection What;
  ConfigRequest Config;
  std::vector<OutputSpec> Outputs; ///< none given: text
  bool Fix = false, FixNotes = false;
  std::string DiffRevision;
  bool HasDiff = false;
  std::string Baseline;
  bool WriteBaseline = false;
  unsigned Workers = 0; ///< 0: one for each processor
  std::string CacheDir; ///< empty: the usual place
  bool NoCache = false;
  unsigned Shard = 0, Shards = 0;     ///< 1-based; 0: all
  std::string Depfile, DepfileTarget; ///< both or none
  bool Quiet = false, Summary = true, Stats = false, ExitZero = false;
  When Color = When::Auto, Progress = When::Auto;
  // For comparison, and for our tests: not in the help.
  bool ParseAll = false, ParseSystemBodies = false;
};

/// The message says what is wrong and what is meant instead.
llvm::Expected<CommandLine> parseCommandLine(int Argc, char **Argv);

std::string helpText();

} // namespace thread_stop::tool

#endif
