// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Check.h"

#include "Baseline.h"
#include "Console.h"
#include "Depfile.h"
#include "Diff.h"
#include "Fingerprint.h"
#include "Fix.h"
#include "Output.h"
#include "analyse/Runner.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <chrono>
#include <cstdlib>
#include <optional>
#include <set>
#include <tuple>

using namespace llvm;

namespace thread_stop::tool {

/// $XDG_CACHE_HOME/thread-stop; empty if there is no home.
static std::string usualCache() {
  SmallString<256> Path;
  const char *Home = std::getenv("XDG_CACHE_HOME");
  if (Home && sys::path::is_absolute(Home)) {
    Path = Home;
  } else if (sys::path::home_directory(Path)) {
    sys::path::append(Path, ".cache");
  } else {
    return std::string();
  }
  sys::path::append(Path, "thread-stop");
  return Path.str().str();
}

/// Part I of N: every N-th file, so that neighbours, which are alike, are
/// spread over the parts.
static void keepShard(JobList &All, unsigned Shard, unsigned Shards) {
  std::vector<Job> Mine;
  for (size_t I = 0; I < All.Jobs.size(); ++I)
    if (I % Shards == Shard - 1)
      Mine.push_back(std::move(All.Jobs[I]));
  All.Jobs = std::move(Mine);
  // Told by one is enough.
  if (Shard != 1)
    All.Failures.clear();
}

namespace {
class CheckRun {
public:
  explicit CheckRun(const CommandLine &C) : C(C), Out(C) {
    SmallString<256> Here;
    sys::fs::current_path(Here);
    Root = Here.str().str();
  }

  int run() {
    Begin = std::chrono::steady_clock::now();
    if (Error E = prepare()) {
      Out.error(toString(std::move(E)));
      return HasFailed;
    }
    Report R = analyse();
    if (C.Fix && !R.Interrupted)
      fix(R);
    return finish(R);
  }

private:
  Error prepare() {
    Expected<std::unique_ptr<ConfigReader>> Made = ConfigReader::make(C.Config);
    if (!Made)
      return Made.takeError();
    Config = std::move(*Made);
    if (!C.Baseline.empty() && !C.WriteBaseline) {
      Expected<Baseline> Read = readBaseline(C.Baseline);
      if (!Read)
        return Read.takeError();
      Known = std::move(*Read);
    }
    if (C.HasDiff) {
      Expected<ChangedLines> Lines = ChangedLines::since(C.DiffRevision, Root);
      if (!Lines)
        return Lines.takeError();
      Changed = std::move(*Lines);
    }
    Expected<JobList> Selected = selectJobs(C.What);
    if (!Selected)
      return Selected.takeError();
    Jobs = std::move(*Selected);
    if (Changed && !Jobs.Jobs.empty() && none_of(Jobs.Jobs, [&](const Job &J) {
          return Changed->knows(J.File);
        }))
      return createStringError(
          std::errc::invalid_argument, "%s",
          ("--diff: none of the files is in " + Changed->top() +
           ", the repository of this folder; go to that of the code first")
              .c_str());
    if (C.Shards != 0)
      keepShard(Jobs, C.Shard, C.Shards);
    noteGuesses();
    openCache();
    return Error::success();
  }

  void noteGuesses() {
    const size_t Guessed =
        llvm::count_if(Jobs.Jobs, [](const Job &J) { return J.Guessed; });
    if (Guessed != 0 && !C.What.HasFixedFlags)
      Out.note(Jobs.Database.empty()
                   ? "there is no compile_commands.json: the compiler's "
                     "options are guessed; give them after --, or name the "
                     "folder with -p"
                   : std::to_string(Guessed) +
                         (Guessed == 1 ? " file is" : " files are") +
                         " not in " + displayPath(Jobs.Database, Root) +
                         ": taken to be compiled like their neighbours");
  }

  void openCache() {
    if (C.NoCache || C.ParseAll)
      return;
    const std::string Folder = C.CacheDir.empty() ? usualCache() : C.CacheDir;
    if (!Folder.empty())
      Kept = Cache::open(absolutePath(Folder, Root));
  }

  Report analyse() {
    RunOptions O;
    O.Workers = C.Workers;
    O.Analyze.Root = Root;
    O.Analyze.FixNotes = C.FixNotes;
    O.Analyze.ParseSystemBodies = C.ParseSystemBodies;
    O.ParseAll = C.ParseAll;
    O.NoteInputs = !C.Depfile.empty();
    std::set<sys::fs::UniqueID> Only;
    if (Changed) {
      for (const std::string &File : Changed->files()) {
        sys::fs::UniqueID Id;
        if (!sys::fs::getUniqueID(File, Id))
          Only.insert(Id);
      }
      O.Only = &Only;
    }
    Run = runJobs(Jobs.Jobs, *Config, Kept.get(), O,
                  [&](size_t Done) { Out.progress(Done, Jobs.Jobs.size()); });
    Out.endProgress();
    if (Kept) {
      Kept->flush();
      for (const std::string &Text : Kept->takeWarnings())
        Out.warning(Text);
    }
    return collect();
  }

  Report collect() {
    Report R;
    R.Version = THREAD_STOP_VERSION;
    R.Root = Root;
    R.Interrupted = Run.Interrupted;
    R.Shard = C.Shard;
    R.Shards = C.Shards;
    R.Failures = Jobs.Failures;
    R.Totals.Files =
        static_cast<unsigned>(Jobs.Jobs.size() + Jobs.Failures.size());
    for (const Unit &U : Run.Units)
      add(U, R);
    for (const auto &[File, Why] : Config->errors())
      R.Failures.push_back({displayPath(File, Root),
                            "cannot be read as a configuration: " + Why,
                            "correct it; its folder was checked without it",
                            {}});
    std::set<std::string> Failed;
    for (const Failure &F : R.Failures)
      Failed.insert(F.File);
    R.Totals.Failed = static_cast<unsigned>(Failed.size());
    if (R.Totals.NotReached != 0)
      R.Failures.push_back(
          {"",
           "interrupted: " + std::to_string(R.Totals.NotReached) + " of " +
               std::to_string(R.Totals.Files) + " files were not analysed",
           "run again; what was done is in the cache",
           {}});
    sortReport(R);
    setFingerprints(R);
    return R;
  }

  void add(const Unit &U, Report &R) {
    switch (U.State) {
    case UnitState::NotReached:
      ++R.Totals.NotReached;
      return;
    case UnitState::Irrelevant:
    case UnitState::Unchanged:
      ++R.Totals.Irrelevant;
      return;
    case UnitState::Analysed:
      ++R.Totals.Analysed;
      break;
    case UnitState::Cached:
      ++R.Totals.Cached;
      break;
    }
    const UnitResult &Of = U.Result;
    if (Of.Failures.empty())
      for (const Finding &F : Of.Findings)
        Sound.insert(keyOf(F));
    R.Findings.insert(R.Findings.end(), Of.Findings.begin(), Of.Findings.end());
    R.Failures.insert(R.Failures.end(), Of.Failures.begin(), Of.Failures.end());
  }

  /// Leaves in the report what the user wants to hear of.
  void filter(Report &R) {
    if (Known) {
      const unsigned Stale = applyBaseline(R, *Known, wasAnalysed(R));
      if (Stale != 0 && isWhole())
        Out.note(std::to_string(Stale) +
                 (Stale == 1 ? " finding of " : " findings of ") + C.Baseline +
                 " can no longer be found: --write-baseline brings it up to "
                 "date");
    }
    if (Changed)
      keepChanged(R, *Changed);
  }

  /// All checks have looked at all files.
  bool isWhole() const {
    return !Changed && C.Shards == 0 && C.What.Paths.empty() &&
           C.Config.Checks.empty();
  }

  /// Files whose findings are known to be all there.
  static std::function<bool(StringRef)> wasAnalysed(const Report &R) {
    std::set<std::string> Failed;
    for (const Failure &F : R.Failures)
      Failed.insert(F.File);
    return [Failed = std::move(Failed)](StringRef File) {
      return !Failed.count(File.str()) && !Failed.count("");
    };
  }

  static std::tuple<std::string, unsigned, std::string>
  keyOf(const Finding &F) {
    return {F.At.File, F.At.Offset, F.Check};
  }

  /// What does not compile is not understood well enough to be changed, nor is
  /// a header that only such a unit includes.
  Report fixable(const Report &R) const {
    std::set<std::string> Failed;
    for (const Failure &F : R.Failures)
      Failed.insert(F.File);
    Report Out = R;
    erase_if(Out.Findings, [&](const Finding &F) {
      return Failed.count(F.At.File) != 0 || !Sound.count(keyOf(F));
    });
    return Out;
  }

  void fix(Report &R) {
    filter(R);
    Filtered = true;
    const FixResult Fixed =
        applyFixes(fixable(R), C.FixNotes, [&](const std::string &File) {
          const auto &Style = Config->optionsFor(File).FormatStyle;
          return Style ? std::string(*Style) : std::string("none");
        });
    for (const std::string &File : Fixed.Changed)
      Out.note("changed " + File);
    if (Fixed.Left != 0)
      Out.note(std::to_string(Fixed.Left) +
               (Fixed.Left == 1 ? " fix overlaps another: run again to apply it"
                                : " fixes overlap others: run again to apply "
                                  "them"));
    if (!Fixed.Changed.empty()) {
      // Where everything is now, and whether it is gone.
      if (C.HasDiff) {
        Expected<ChangedLines> Lines =
            ChangedLines::since(C.DiffRevision, Root);
        if (Lines)
          Changed = std::move(*Lines);
        else
          consumeError(Lines.takeError());
      }
      R = analyse();
      Filtered = false;
      R.Totals.Fixed = Fixed.Applied;
    }
    R.Failures.insert(R.Failures.end(), Fixed.Failures.begin(),
                      Fixed.Failures.end());
  }

  /// What the baseline that is to be replaced says of files that could not be
  /// analysed now: that they have it no more is not known.
  std::vector<BaselineEntry> stillKnown(const Report &R) const {
    std::vector<BaselineEntry> Out;
    if (R.Failures.empty() || !sys::fs::exists(C.Baseline))
      return Out;
    Expected<Baseline> Old = readBaseline(C.Baseline);
    if (!Old) {
      consumeError(Old.takeError());
      return Out;
    }
    const auto WasAnalysed = wasAnalysed(R);
    copy_if(Old->Entries, std::back_inserter(Out),
            [&](const BaselineEntry &E) { return !WasAnalysed(E.File); });
    return Out;
  }

  int finish(Report &R) {
    int Code = Clean;
    if (C.WriteBaseline && R.Interrupted) {
      Out.warning(C.Baseline + " was not written: the run was interrupted");
      Code = HasFailed;
    } else if (C.WriteBaseline) {
      if (Error E = writeBaseline(C.Baseline, R, stillKnown(R))) {
        Out.error(toString(std::move(E)));
        Code = HasFailed;
      } else {
        Out.note("wrote " + std::to_string(R.Findings.size()) +
                 (R.Findings.size() == 1 ? " finding to " : " findings to ") +
                 C.Baseline);
        if (!R.Failures.empty())
          Out.warning("what is new in files that could not be analysed is not "
                      "in " +
                      C.Baseline + ": write it again when they can be");
        Expected<Baseline> Read = readBaseline(C.Baseline);
        if (Read)
          Known = std::move(*Read);
        else
          consumeError(Read.takeError());
      }
    }
    if (!Filtered)
      filter(R);
    if (!R.Findings.empty() && !C.ExitZero)
      Code = std::max<int>(Code, HasFindings);
    if (!R.Failures.empty())
      Code = HasFailed;

    if (!C.Depfile.empty())
      if (Error E = writeDepfile(C, Jobs.Jobs, Run, Root)) {
        Out.error(toString(std::move(E)));
        Code = HasFailed;
      }
    std::vector<OutputSpec> Outputs = C.Outputs;
    if (Outputs.empty())
      Outputs.push_back({Format::Text, ""});
    // Files first; then whoever reads our output may keep us waiting, and must
    // not make us impossible to stop.
    std::vector<OutputSpec> Printed;
    llvm::copy_if(Outputs, std::back_inserter(Printed),
                  [](const OutputSpec &S) { return S.isStandard(); });
    erase_if(Outputs, [](const OutputSpec &S) { return S.isStandard(); });
    for (const auto *Each : {&Outputs, &Printed}) {
      if (Each == &Printed)
        unblockStopSignals();
      if (Error E = writeOutputs(R, *Each, {Out.colorOut(), C.Quiet})) {
        Out.error(toString(std::move(E)));
        Code = HasFailed;
      }
    }
    Out.failures(R.Failures);
    if (!Run.Dropped.empty())
      Out.note("clang " + std::string(THREAD_STOP_LLVM) +
               " does not have these options, they were left out: " +
               join(Run.Dropped, " "));
    const double Seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - Begin)
            .count();
    Kept.reset();
    if (C.Stats)
      Out.stats(R, Run, Jobs.Jobs, Seconds);
    Out.summary(R, Seconds);
    return Code;
  }

  const CommandLine &C;
  Console Out;
  std::string Root;
  std::chrono::steady_clock::time_point Begin;
  std::unique_ptr<ConfigReader> Config;
  std::unique_ptr<Cache> Kept;
  std::optional<Baseline> Known;
  std::optional<ChangedLines> Changed;
  JobList Jobs;
  RunResult Run;
  /// The report has nothing any more that the user does not want to hear of.
  bool Filtered = false;
  /// Findings of units that compile, by where and what they are.
  std::set<std::tuple<std::string, unsigned, std::string>> Sound;
};
} // namespace

int runCheck(const CommandLine &C) {
  // Not freed, nor is what it holds: the process ends now, see main().
  CheckRun *Run = new CheckRun(C);
  return Run->run();
}

} // namespace thread_stop::tool
