// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Merge.h"

#include "Baseline.h"
#include "emit/Utf8.h"
#include "llvm/Support/MemoryBuffer.h"
#include <set>

namespace thread_stop::tool {

static void printError(const llvm::Twine &What) {
  llvm::errs() << "thread-stop: error: " << printable(What.str()) << '\n';
}

static void printError(llvm::Error E) {
  llvm::handleAllErrors(std::move(E), [](const llvm::ErrorInfoBase &Info) {
    printError(Info.message());
  });
}

static llvm::Expected<Report> read(const std::string &Name) {
  auto Buffer = llvm::MemoryBuffer::getFileOrSTDIN(Name);
  if (!Buffer)
    return llvm::make_error<llvm::StringError>(
        Name + ": " + Buffer.getError().message(), Buffer.getError());
  return readReport((*Buffer)->getBuffer(),
                    Name == "-" ? "<stdin>" : llvm::StringRef(Name));
}

static void printFailure(const Failure &F) {
  printError(F.File.empty() ? F.Reason : F.File + ": " + F.Reason);
  for (const std::string &Line : F.Details)
    llvm::errs() << "  " << printable(Line) << '\n';
  if (!F.Help.empty())
    llvm::errs() << "  = help: " << printable(F.Help) << '\n';
}

/// A part of the result: who reads only that has to see that it is not whole.
static void addFailure(std::vector<Failure> &Failures, std::string Reason,
                       std::string Help) {
  Failure F;
  F.Reason = std::move(Reason);
  F.Help = std::move(Help);
  Failures.push_back(std::move(F));
}

static void findMissing(const std::vector<Report> &Reports,
                        std::vector<Failure> &Failures) {
  std::set<unsigned> Totals, Seen;
  for (const Report &R : Reports)
    if (R.Shards) {
      Totals.insert(R.Shards);
      Seen.insert(R.Shard);
    }
  if (Totals.empty())
    return;
  if (Totals.size() > 1) {
    addFailure(Failures,
               "the reports are of runs with different numbers of shards (" +
                   std::to_string(*Totals.begin()) + " and " +
                   std::to_string(*Totals.rbegin()) + ")",
               "merge only the reports of one run");
    return;
  }
  for (unsigned I = 1; I <= *Totals.begin(); ++I)
    if (!Seen.count(I)) {
      const std::string Name =
          std::to_string(I) + "/" + std::to_string(*Totals.begin());
      addFailure(Failures, "the report of shard " + Name + " is missing",
                 "run it with --shard " + Name + " and merge again");
    }
}

static llvm::Error useBaselines(const MergeOptions &Options, Report &R) {
  if (!Options.WriteBaselineFile.empty()) {
    if (llvm::Error E = writeBaseline(Options.WriteBaselineFile, R))
      return E;
    R.Totals.Baselined += static_cast<unsigned>(R.Findings.size());
    R.Findings.clear();
  }
  if (Options.BaselineFile.empty())
    return llvm::Error::success();
  llvm::Expected<Baseline> Known = readBaseline(Options.BaselineFile);
  if (!Known)
    return Known.takeError();
  if (const unsigned Stale = applyBaseline(R, *Known))
    llvm::errs() << "thread-stop: note: " << Options.BaselineFile << ": "
                 << Stale << (Stale == 1 ? " entry has" : " entries have")
                 << " no finding any more; --write-baseline drops them\n";
  return llvm::Error::success();
}

int runMerge(const MergeOptions &Options) {
  std::vector<OutputSpec> Outputs = Options.Outputs;
  if (Outputs.empty())
    Outputs.emplace_back();
  if (llvm::Error E = checkOutputs(Outputs)) {
    printError(std::move(E));
    return 2;
  }
  std::vector<Report> Reports;
  std::vector<Failure> Failures;
  for (const std::string &Name : Options.Inputs) {
    llvm::Expected<Report> R = read(Name);
    if (R)
      Reports.push_back(std::move(*R));
    else
      addFailure(Failures, llvm::toString(R.takeError()),
                 "write this report anew and merge again");
  }
  findMissing(Reports, Failures);
  Report Result = mergeReports(std::move(Reports));
  Result.Failures.insert(Result.Failures.end(), Failures.begin(),
                         Failures.end());
  sortReport(Result);
  for (const Failure &F : Result.Failures)
    printFailure(F);
  if (llvm::Error E = useBaselines(Options, Result)) {
    printError(std::move(E));
    return 2;
  }
  int Code = Result.Findings.empty() ? 0 : 1;
  if (!Result.Failures.empty() || Result.Interrupted)
    Code = 2;
  if (llvm::Error E = writeOutputs(Result, Outputs, Options.Style)) {
    printError(std::move(E));
    Code = 2;
  }
  return Code;
}

} // namespace thread_stop::tool
