// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One job from its command to its result, by the cheapest way that is certain:
// the index, the cache, the preprocessor, the parser.

#ifndef THREAD_STOP_TOOL_ANALYSE_UNITRUNNER_H
#define THREAD_STOP_TOOL_ANALYSE_UNITRUNNER_H

#include "analyse/Runner.h"

namespace thread_stop::tool {

/// What all workers share.
class UnitRunner {
public:
  UnitRunner(ConfigReader &Config, Cache *Kept, const RunOptions &O)
      : Config(Config), Kept(Kept), O(O), Table(Files, Kept), Includes(Table),
        Reader(Files) {}

  /// Any thread may call it. `Stop` says that the result is not wanted.
  void run(const Job &J, Unit &Out, llvm::function_ref<bool()> Stop);

  /// Options that clang does not have, of all jobs so far, sorted.
  std::vector<std::string> dropped() const {
    return {Dropped.begin(), Dropped.end()};
  }

private:
  struct Question;
  const NeededNames &needed(const ConfigReader::Effective &E);
  std::optional<Closure> exact(const Question &Q, const Closure &About);
  bool isWanted(const Question &Q, Closure &C, bool &CanKeep);
  std::string keyOf(const Question &Q, const Closure &C) const;
  bool isAsIndexed(const Job &J, const UnitResult &R);
  void noteDropped(const Flags &F);
  void noteInputs(const Closure &C, Unit &Out) const;

  ConfigReader &Config;
  Cache *Kept;
  const RunOptions &O;
  SourceFiles Files;
  IndexTable Table;
  IncludeResolver Includes;
  FlagsReader Reader;
  std::mutex Guard;
  std::map<const ConfigReader::Effective *, NeededNames> Needed;
  std::set<std::string> Dropped;
};

} // namespace thread_stop::tool

#endif
