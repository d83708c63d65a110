// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Options.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <getopt.h>
#include <thread>

using namespace llvm;

namespace thread_stop::tool {

static Error usageError(const Twine &Message) {
  return createStringError(std::errc::invalid_argument, "%s",
                           Message.str().c_str());
}

//===--- The table --------------------------------------------------------===//

namespace {
struct OptionRow {
  const char *Group; ///< the heading in the help; null: hidden
  const char *Name;
  char Short;        ///< or 0
  const char *Value; ///< what it takes; null: nothing; "[X]": perhaps X
  const char *Help;
  Error (*Set)(CommandLine &, StringRef Value);
};
} // namespace

static Error setNumber(StringRef Option, StringRef Value, unsigned &To) {
  if (Value.getAsInteger(10, To) || To == 0)
    return usageError(Option + " takes a number from 1 on, not '" + Value +
                      "'");
  return Error::success();
}

static Error setWhen(StringRef Option, StringRef Value, When &To) {
  if (Value == "auto")
    To = When::Auto;
  else if (Value == "always")
    To = When::Always;
  else if (Value == "never")
    To = When::Never;
  else
    return usageError(Option + " takes auto, always or never, not '" + Value +
                      "'");
  return Error::success();
}

static Error setShard(CommandLine &To, StringRef Value) {
  const auto [Which, Of] = Value.split('/');
  if (Which.getAsInteger(10, To.Shard) || Of.getAsInteger(10, To.Shards) ||
      To.Shard == 0 || To.Shard > To.Shards)
    return usageError("--shard takes I/N with I from 1 to N, not '" + Value +
                      "'");
  return Error::success();
}

static Error addOutput(CommandLine &To, StringRef Value) {
  Expected<OutputSpec> Spec = parseOutputSpec(Value);
  if (!Spec)
    return Spec.takeError();
  To.Outputs.push_back(std::move(*Spec));
  return Error::success();
}

static constexpr char Select[] = "What to look at";
static constexpr char Look[] = "What to look for";
static constexpr char Which[] = "Which findings count";
static constexpr char Show[] = "What to print";
static constexpr char Change[] = "Changing the code";
static constexpr char Speed[] = "Speed";
static constexpr char Other[] = "Other";

/// In a function of its own to keep the rows short.
#define TAKES(Statement)                                                       \
  [](CommandLine &C, StringRef V) -> Error {                                   \
    (void)C;                                                                   \
    (void)V;                                                                   \
    Statement;                                                                 \
    return Error::success();                                                   \
  }
#define CALLS(Function)                                                        \
  [](CommandLine &C, StringRef V) -> Error { return Function; }

static const OptionRow Rows[] = {
    {Select, "build-path", 'p', "DIR",
     "the folder of compile_commands.json, or the file;\n"
     "by default the nearest one above the code, or in build/",
     TAKES(C.What.BuildPath = V.str())},
    {Select, "outputs-below", 0, "DIR",
     "only commands that write to DIR, such as those of one target",
     TAKES(C.What.OutputsBelow = V.str())},
    {Select, "shard", 0, "I/N", "only part I of N parts of the files",
     CALLS(setShard(C, V))},
    {Look, "checks", 0, "LIST",
     "checks to run, such as pthread-cancel,nonatomic-flag;\n"
     "with -NAME all but NAME; patterns such as '*cancel*' work",
     TAKES(C.Config.Checks += (C.Config.Checks.empty() ? "" : ",") + V.str())},
    {Look, "config", 0, "YAML", "instead of .clang-tidy files",
     TAKES(C.Config.Config = V.str())},
    {Look, "config-file", 0, "FILE", "instead of .clang-tidy files",
     TAKES(C.Config.ConfigFile = V.str())},
    {Look, "no-config", 0, nullptr, "read no .clang-tidy files",
     TAKES(C.Config.IgnoreFiles = true)},
    {Look, "header-filter", 0, "REGEX",
     "show findings in headers whose path matches",
     TAKES(C.Config.HeaderFilter = V.str())},
    {Which, "diff", 0, "REV",
     "only findings on lines that have changed since REV in git",
     TAKES((C.DiffRevision = V.str(), C.HasDiff = true))},
    {Which, "baseline", 0, "FILE", "leave out the findings that FILE lists",
     TAKES(C.Baseline = V.str())},
    {Which, "write-baseline", 0, "[FILE]",
     "list the findings of this run in FILE, or that of --baseline",
     TAKES((C.WriteBaseline = true,
            C.Baseline = V.empty() ? C.Baseline : V.str()))},
    {Show, "output", 'o', "FORMAT[=FILE]",
     "text, json, sarif, github, gitlab, junit or html; may be\n"
     "given several times",
     CALLS(addOutput(C, V))},
    {Show, "quiet", 'q', nullptr, "one line for each finding, and no summary",
     TAKES(C.Quiet = true)},
    {Show, "no-summary", 0, nullptr, "findings and errors only",
     TAKES(C.Summary = false)},
    {Show, "stats", 0, nullptr, "say where the time went",
     TAKES(C.Stats = true)},
    {Show, "color", 0, "WHEN", "auto, always or never",
     CALLS(setWhen("--color", V, C.Color))},
    {Show, "progress", 0, "WHEN", "auto (on a terminal), always or never",
     CALLS(setWhen("--progress", V, C.Progress))},
    {Change, "fix", 0, nullptr, "apply the fixes that are safe to apply",
     TAKES(C.Fix = true)},
    {Change, "fix-notes", 0, nullptr,
     "--fix, and the alternatives that notes offer where there is\n"
     "just one: some are half of a change, read the page first",
     TAKES(C.Fix = C.FixNotes = true)},
    {Speed, "jobs", 'j', "N", "files at a time; by default the processors",
     CALLS(setNumber("-j", V, C.Workers))},
    {Speed, "cache-dir", 0, "DIR",
     "where results are kept; by default ~/.cache/thread-stop",
     TAKES(C.CacheDir = V.str())},
    {Speed, "no-cache", 0, nullptr, "keep nothing, and use nothing kept",
     TAKES(C.NoCache = true)},
    {Other, "depfile", 0, "FILE",
     "write what this run depends on as a rule for make or Ninja",
     TAKES(C.Depfile = V.str())},
    {Other, "depfile-target", 0, "NAME",
     "the target of that rule; by default the first report",
     TAKES(C.DepfileTarget = V.str())},
    {Other, "exit-zero", 0, nullptr, "exit with 0 if there are findings",
     TAKES(C.ExitZero = true)},
    {Other, "help", 'h', nullptr, "this text", TAKES(C.Do = Command::Help)},
    {Other, "version", 'V', nullptr, "the version of the program and of LLVM",
     TAKES(C.Do = Command::Version)},
    {nullptr, "parse-all", 0, nullptr, "", TAKES(C.ParseAll = true)},
    {nullptr, "parse-system-bodies", 0, nullptr, "",
     TAKES(C.ParseSystemBodies = true)},
};
#undef TAKES
#undef CALLS

//===--- Help -------------------------------------------------------------===//

static constexpr char HelpHead[] =
    R"(Finds wrong ways of stopping threads in C and C++.

Usage: thread-stop [OPTIONS] [PATHS] [-- COMPILER OPTIONS]
       thread-stop list
       thread-stop explain CHECK...
       thread-stop merge [-o FORMAT[=FILE]]... REPORTS...

PATHS are files and folders; without any, all that compile_commands.json names
is checked. 'list' names the checks, 'explain' shows the page of one, and
'merge' makes one report out of several (JSON or SARIF).
)";

static constexpr char HelpTail[] = R"(
Exit codes:
  0  no findings
  1  findings
  2  something could not be analysed, or the command was wrong

Examples:
  thread-stop                          the project in this folder
  thread-stop src/daemon.c -- -Iinclude
  thread-stop --diff main              only what a branch has changed
  thread-stop -o text -o sarif=thread-stop.sarif
)";

static std::string usageOf(const OptionRow &Row) {
  std::string Out = Row.Short ? std::string("-") + Row.Short + ", " : "    ";
  Out += std::string("--") + Row.Name;
  if (Row.Value && Row.Value[0] == '[')
    Out += "[=" + StringRef(Row.Value).drop_front().str();
  else if (Row.Value)
    Out += std::string("=") + Row.Value;
  return Out;
}

std::string helpText() {
  constexpr size_t Indent = 30;
  std::string Out = HelpHead;
  const char *Group = nullptr;
  for (const OptionRow &Row : Rows) {
    if (!Row.Group)
      continue;
    if (Row.Group != Group)
      Out += std::string("\n") + (Group = Row.Group) + ":\n";
    std::string Line = "  " + usageOf(Row);
    Line.resize(std::max(Indent, Line.size() + 2), ' ');
    SmallVector<StringRef, 4> Lines;
    StringRef(Row.Help).split(Lines, '\n');
    for (StringRef Each : Lines) {
      Out += Line + Each.str() + "\n";
      Line.assign(Indent, ' ');
    }
  }
  return Out + HelpTail;
}

//===--- Parsing ----------------------------------------------------------===//

static StringRef nearestOption(StringRef Name) {
  StringRef Best;
  unsigned Least = static_cast<unsigned>(Name.size() / 3 + 1);
  for (const OptionRow &Row : Rows) {
    const unsigned Distance = Name.edit_distance(Row.Name, true, Least);
    if (Row.Group && Distance < Least) {
      Least = Distance;
      Best = Row.Name;
    }
  }
  return Best;
}

static Error unknownOption(StringRef Given) {
  // A beginning that several options share.
  std::string Candidates;
  StringRef Begin = Given;
  if (Begin.consume_front("--") && !Begin.empty())
    for (const OptionRow &Row : Rows)
      if (Row.Group && StringRef(Row.Name).take_front(Begin.size()) == Begin)
        Candidates +=
            (Candidates.empty() ? "--" : " or --") + std::string(Row.Name);
  if (!Candidates.empty())
    return usageError("'" + Given + "' may be " + Candidates);
  const StringRef Near = nearestOption(Given.ltrim('-').split('=').first);
  if (Near.empty())
    return usageError("there is no option '" + Given +
                      "'; see thread-stop --help");
  return usageError("there is no option '" + Given + "'; did you mean '--" +
                    Near + "'?");
}

static Error parseOptions(int Argc, char **Argv, CommandLine &Out) {
  std::vector<option> Long;
  std::string Short = "+:";
  for (size_t I = 0; I < std::size(Rows); ++I) {
    const OptionRow &Row = Rows[I];
    const int Kind = !Row.Value            ? no_argument
                     : Row.Value[0] == '[' ? optional_argument
                                           : required_argument;
    Long.push_back({Row.Name, Kind, nullptr, static_cast<int>(256 + I)});
    if (Row.Short) {
      Short += Row.Short;
      Short += Row.Value ? ":" : "";
    }
  }
  Long.push_back({nullptr, 0, nullptr, 0});
  opterr = 0;
  optind = 1;
  while (optind < Argc) {
    const char *Given = Argv[optind];
    const int Found =
        getopt_long(Argc, Argv, Short.c_str(), Long.data(), nullptr);
    if (Found == -1) {
      // A path; options may follow.
      Out.What.Paths.push_back(Argv[optind++]);
      continue;
    }
    if (Found == ':')
      return usageError(Twine("'") + Given + "' needs a value");
    const OptionRow *Row = nullptr;
    for (size_t I = 0; I < std::size(Rows); ++I)
      if (Found == static_cast<int>(256 + I) ||
          (Rows[I].Short && Found == Rows[I].Short))
        Row = &Rows[I];
    if (!Row && optopt >= 256)
      return usageError(Twine("'--") + Rows[optopt - 256].Name +
                        "' takes no value");
    if (!Row)
      return unknownOption(Given);
    if (Error E = Row->Set(Out, optarg ? optarg : ""))
      return E;
  }
  return Error::success();
}

/// The first path may be a command.
static void takeCommand(CommandLine &Out) {
  std::vector<std::string> &Paths = Out.What.Paths;
  if (Paths.empty() || Out.Do != Command::Check)
    return;
  const StringRef First = Paths.front();
  if (First == "list")
    Out.Do = Command::List;
  else if (First == "explain")
    Out.Do = Command::Explain;
  else if (First == "merge")
    Out.Do = Command::Merge;
  else if (First == "help")
    Out.Do = Command::Help;
  else if (First == "check")
    Out.Do = Command::Check;
  else
    return;
  Paths.erase(Paths.begin());
  if (Out.Do != Command::Check)
    Out.Arguments = std::move(Paths);
}

static Error checkDepfile(CommandLine &C) {
  if (C.Depfile.empty() && !C.DepfileTarget.empty())
    return usageError("--depfile-target is for --depfile=FILE");
  if (C.Depfile.empty())
    return Error::success();
  if (C.Do == Command::Merge)
    return usageError("--depfile is for a check: the parts of 'merge' are on "
                      "its command line");
  const auto File = llvm::find_if(
      C.Outputs, [](const OutputSpec &S) { return !S.isStandard(); });
  if (C.DepfileTarget.empty() && File != C.Outputs.end())
    C.DepfileTarget = File->File;
  if (C.DepfileTarget.empty())
    return usageError("--depfile needs a target: --output FORMAT=FILE, or "
                      "--depfile-target=NAME");
  return checkWritable(C.Depfile);
}

/// Options that do not go together.
static Error checkTogether(CommandLine &C) {
  if (C.WriteBaseline && C.Baseline.empty())
    return usageError("--write-baseline needs a file: --write-baseline=FILE");
  if (C.WriteBaseline && (C.HasDiff || C.Shards != 0))
    return usageError("--write-baseline is for a whole run, without --diff "
                      "and --shard");
  if (C.Fix && C.Shards != 0)
    return usageError("--fix is for a whole run, without --shard: two parts "
                      "may change one header");
  if (!C.Config.Config.empty() && !C.Config.ConfigFile.empty())
    return usageError("--config and --config-file are two ways to say one "
                      "thing: give one");
  if (C.What.HasFixedFlags && !C.What.BuildPath.empty())
    return usageError("-p names the compiler's options, and so does --: give "
                      "one");
  if (C.Do == Command::Explain && C.Arguments.empty())
    return usageError("name a check to explain; see thread-stop list");
  if (C.Do == Command::Merge && C.Arguments.empty())
    return usageError("name the reports to merge");
  if (Error E = checkDepfile(C))
    return E;
  return checkOutputs(C.Outputs);
}

Expected<CommandLine> parseCommandLine(int Argc, char **Argv) {
  CommandLine Out;
  std::vector<char *> Before;
  int I = 0;
  for (; I < Argc && StringRef(Argv[I]) != "--"; ++I)
    Before.push_back(Argv[I]);
  if (I < Argc) {
    Out.What.HasFixedFlags = true;
    Out.What.FixedFlags.assign(Argv + I + 1, Argv + Argc);
  }
  Before.push_back(nullptr);
  if (Error E =
          parseOptions(static_cast<int>(Before.size()) - 1, Before.data(), Out))
    return std::move(E);
  takeCommand(Out);
  if (Error E = checkTogether(Out))
    return std::move(E);
  if (Out.Workers == 0)
    Out.Workers = std::max(1U, std::thread::hardware_concurrency());
  return std::move(Out);
}

} // namespace thread_stop::tool
