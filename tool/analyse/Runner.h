// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All jobs of a run: what need not be parsed is told from what must be, a pool
// of workers does it, and it all comes back in the order of the jobs.

#ifndef THREAD_STOP_TOOL_ANALYSE_RUNNER_H
#define THREAD_STOP_TOOL_ANALYSE_RUNNER_H

#include "analyse/Analyzer.h"
#include "analyse/Config.h"
#include "analyse/Database.h"
#include "cache/Cache.h"
#include <functional>
#include <set>

namespace thread_stop::tool {

struct RunOptions {
  AnalyzeOptions Analyze;
  unsigned Workers = 1;
  /// Only units that include one of these; for --diff.
  const std::set<llvm::sys::fs::UniqueID> *Only = nullptr;
  bool NoteInputs = false; ///< fill in Unit::Inputs
  bool ParseAll = false;   ///< every unit is relevant; for comparison
};

enum class UnitState {
  NotReached,
  Analysed,
  Irrelevant, ///< mentions no name that a check needs
  Unchanged,  ///< includes nothing that has changed, see Only
  Cached,
};

struct Unit {
  UnitState State = UnitState::NotReached;
  UnitResult Result;
  /// Files that it consists of, or may consist of; with RunOptions::NoteInputs.
  std::vector<std::string> Inputs;
  double Seconds = 0; ///< of the worker
};

struct RunResult {
  std::vector<Unit> Units; ///< as the jobs
  bool Interrupted = false;
  std::vector<std::string> Dropped; ///< options that clang does not have
  double IndexSeconds = 0, ParseSeconds = 0; ///< of all workers
};

/// Called in the main thread with the number of units that are done.
using ProgressFn = std::function<void(size_t Done)>;

/// Ends early, with what is known, on SIGINT, SIGTERM or SIGHUP: the signals
/// are blocked in the calling thread, and have to be from the start. `Kept` may
/// be null.
RunResult runJobs(const std::vector<Job> &Jobs, ConfigReader &Config,
                  Cache *Kept, const RunOptions &O, const ProgressFn &Progress);

/// Blocks the signals that end a run, so that they arrive where they are
/// waited for. Before any thread is made.
void blockStopSignals();

/// They end the program again. Once there is nothing to wind up.
void unblockStopSignals();

} // namespace thread_stop::tool

#endif
