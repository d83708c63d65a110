// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Check.h"
#include "CheckInfo.h"
#include "Console.h"
#include "Merge.h"
#include "Options.h"
#include "clang/Basic/Version.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>

using namespace llvm;
using namespace thread_stop::tool;

static int list() {
  for (const CheckInfo &C : allChecks())
    outs() << left_justify(C.Name, 46) << left_justify(C.Severity, 8)
           << left_justify(C.Fix == "None" ? "" : "fix", 5) << C.Summary
           << '\n';
  return Clean;
}

static int explain(const std::vector<std::string> &Names, Console &Out) {
  for (size_t I = 0; I < Names.size(); ++I) {
    const CheckInfo *C = findCheck(Names[I]);
    if (!C) {
      const StringRef Near = nearestCheck(Names[I]);
      Out.error("there is no check '" + Names[I] + "'" +
                (Near.empty() ? std::string("; see thread-stop list")
                              : "; did you mean '" + Near.str() + "'?"));
      return HasFailed;
    }
    outs() << (I == 0 ? "" : "\n") << C->Page;
  }
  return Clean;
}

static int merge(const CommandLine &C, const Console &Out) {
  MergeOptions O;
  O.Inputs = C.Arguments;
  O.Outputs = C.Outputs;
  O.Style = {Out.colorOut(), C.Quiet};
  (C.WriteBaseline ? O.WriteBaselineFile : O.BaselineFile) = C.Baseline;
  return runMerge(O);
}

int main(int Argc, char **Argv) {
  // A reader of our output that goes away is told of by write().
  std::signal(SIGPIPE, SIG_IGN);
  blockStopSignals();
  Expected<CommandLine> Parsed = parseCommandLine(Argc, Argv);
  if (!Parsed) {
    Console(CommandLine()).error(toString(Parsed.takeError()));
    return HasFailed;
  }
  const CommandLine &C = *Parsed;
  Console Out(C);
  switch (C.Do) {
  case Command::Check:
    return runCheck(C);
  case Command::List:
    return list();
  case Command::Explain:
    return explain(C.Arguments, Out);
  case Command::Merge:
    return merge(C, Out);
  case Command::Help:
    outs() << helpText();
    return Clean;
  case Command::Version:
    outs() << "thread-stop " THREAD_STOP_VERSION " ("
           << clang::getClangFullVersion() << ")\n";
    return Clean;
  }
  return HasFailed;
}
