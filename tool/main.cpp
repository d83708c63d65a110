// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Check.h"
#include "CheckInfo.h"
#include "Console.h"
#include "Merge.h"
#include "Options.h"
#include "Output.h"
#include "clang/Basic/Version.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstdlib>

using namespace llvm;
using namespace thread_stop::tool;

/// A full disk is an error like any other; a reader that went away is none.
static int print(StringRef Text, Console &Out) {
  if (Error E = writeAtomically("-", [&](raw_ostream &OS) { OS << Text; })) {
    Out.error(toString(std::move(E)));
    return HasFailed;
  }
  return Clean;
}

static int list(Console &Out) {
  std::string Text;
  raw_string_ostream OS(Text);
  for (const CheckInfo &C : allChecks())
    OS << left_justify(C.Name, 46) << left_justify(C.Severity, 8)
       << left_justify(C.Fix == "None" ? "" : "fix", 5) << C.Summary << '\n';
  return print(OS.str(), Out);
}

static int explain(const std::vector<std::string> &Names, Console &Out) {
  std::string Text;
  for (size_t I = 0; I < Names.size(); ++I) {
    const CheckInfo *C = findCheck(Names[I]);
    if (!C) {
      const StringRef Near = nearestCheck(Names[I]);
      Out.error("there is no check '" + Names[I] + "'" +
                (Near.empty() ? std::string("; see thread-stop list")
                              : "; did you mean '" + Near.str() + "'?"));
      return HasFailed;
    }
    Text += (I == 0 ? "" : "\n") + C->Page.str();
  }
  return print(Text, Out);
}

static int merge(const CommandLine &C, const Console &Out) {
  MergeOptions O;
  O.Inputs = C.Arguments;
  (C.WriteBaseline ? O.WriteBaselineFile : O.BaselineFile) = C.Baseline;
  O.Outputs = C.Outputs;
  O.Style = {Out.colorOut(), C.Quiet};
  return runMerge(O);
}

static int run(int Argc, char **Argv) {
  // A reader of our output that goes away is told of by write().
  std::signal(SIGPIPE, SIG_IGN);
  // Nor does a limit of the file size end us with half a cache: it is an error
  // like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  // As clang-tidy does: a cross compiler's name is understood, and assembler.
  InitializeAllTargetInfos();
  InitializeAllTargetMCs();
  InitializeAllAsmParsers();
  Expected<CommandLine> Parsed = parseCommandLine(Argc, Argv);
  if (!Parsed) {
    Console(CommandLine()).error(toString(Parsed.takeError()));
    return HasFailed;
  }
  const CommandLine &C = *Parsed;
  Console Out(C);
  switch (C.Do) {
  case Command::Check:
    blockStopSignals();
    return runCheck(C);
  case Command::List:
    return list(Out);
  case Command::Explain:
    return explain(C.Arguments, Out);
  case Command::Merge:
    return merge(C, Out);
  case Command::Help:
    return print(helpText(), Out);
  case Command::Version:
    return print("thread-stop " THREAD_STOP_VERSION " (" +
                     clang::getClangFullVersion() + ")\n",
                 Out);
  }
  return HasFailed;
}

int main(int Argc, char **Argv) {
  const int Code = run(Argc, Argv);
  outs().flush();
  errs().flush();
  // All is written. What is left to be freed, above all by LLVM's libraries,
  // the system frees faster.
  std::_Exit(Code);
}
