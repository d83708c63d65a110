// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Console.h"

#include "analyse/Database.h"
#include "emit/Utf8.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <set>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace llvm;

namespace thread_stop::tool {

static constexpr char Bold[] = "\033[1m";
static constexpr char Red[] = "\033[1;31m";
static constexpr char Yellow[] = "\033[1;33m";
static constexpr char Cyan[] = "\033[1;36m";
static constexpr char Plain[] = "\033[0m";

/// A terminal that can do more than to print.
static bool isCapable(int Handle) {
  const char *Terminal = std::getenv("TERM");
  return isatty(Handle) && !(Terminal && StringRef(Terminal) == "dumb");
}

static bool isSet(const char *Variable) {
  const char *Value = std::getenv(Variable);
  return Value && *Value;
}

/// NO_COLOR, if set and not empty, stands for "never" (https://no-color.org);
/// CLICOLOR_FORCE, which build systems set that read our output, for "always".
static bool wantsColor(When W, int Handle) {
  if (W != When::Auto)
    return W == When::Always;
  if (isSet("NO_COLOR"))
    return false;
  return isCapable(Handle) || (isSet("CLICOLOR_FORCE") &&
                               StringRef(std::getenv("CLICOLOR_FORCE")) != "0");
}

Console::Console(const CommandLine &C)
    : Quiet(C.Quiet), Summary(C.Summary && !C.Quiet),
      ColorOut(wantsColor(C.Color, STDOUT_FILENO)),
      ColorErr(wantsColor(C.Color, STDERR_FILENO)),
      ShowProgress(
          C.Progress == When::Always ||
          (C.Progress == When::Auto && isCapable(STDERR_FILENO) && !C.Quiet)) {}

void Console::tagged(const char *Color, StringRef Tag, StringRef Message) {
  endProgress();
  errs() << "thread-stop: " << style(Color) << Tag << style(Plain) << ": "
         << printable(Message) << '\n';
}

void Console::error(StringRef M) { tagged(Red, "error", M); }
void Console::warning(StringRef M) { tagged(Yellow, "warning", M); }
void Console::note(StringRef M) {
  if (!Quiet)
    tagged(Cyan, "note", M);
}

void Console::failures(const std::vector<Failure> &All) {
  for (size_t I = 0; I < All.size(); ++I) {
    const Failure &F = All[I];
    error((F.File.empty() ? Twine(F.Reason) : F.File + ": " + F.Reason).str());
    for (const std::string &Detail : F.Details)
      errs() << "    " << printable(Detail) << '\n';
    // What helps against several in a row is said once.
    if (!F.Help.empty() && (I + 1 == All.size() || All[I + 1].Help != F.Help))
      errs() << "  " << style(Cyan) << "= help" << style(Plain) << ": "
             << printable(F.Help) << '\n';
  }
}

static std::string counted(size_t N, StringRef One) {
  return std::to_string(N) + " " + One.str() + (N == 1 ? "" : "s");
}

void Console::summary(const Report &R, double Seconds) {
  endProgress();
  if (!Summary)
    return;
  std::set<StringRef> Files;
  size_t Fixable = 0;
  for (const Finding &F : R.Findings) {
    Files.insert(F.At.File);
    Fixable += !F.Fix.empty();
  }
  const Counts &T = R.Totals;
  std::string Text = R.Findings.empty()
                         ? "no findings"
                         : counted(R.Findings.size(), "finding") + " in " +
                               counted(Files.size(), "file");
  if (Fixable != 0)
    Text += ", " + std::to_string(Fixable) + " with a fix (--fix)";
  if (T.Fixed != 0)
    Text += "; " + std::to_string(T.Fixed) + " fixed";
  if (T.Baselined != 0)
    Text += "; " + std::to_string(T.Baselined) + " in the baseline";
  if (T.Unchanged != 0)
    Text += "; " + std::to_string(T.Unchanged) + " on lines that are not new";
  std::string Units = counted(T.Files, "file") + ": " +
                      std::to_string(T.Analysed) + " analysed";
  if (T.Cached != 0)
    Units += ", " + std::to_string(T.Cached) + " from the cache";
  if (T.Irrelevant != 0)
    Units += ", " + std::to_string(T.Irrelevant) + " not concerned";
  if (T.Failed != 0)
    Units += ", " + std::to_string(T.Failed) + " with errors";
  if (T.NotReached != 0)
    Units += ", " + std::to_string(T.NotReached) + " left";
  errs() << "thread-stop: " << style(Bold) << Text << style(Plain) << " ("
         << Units << "; " << format("%.1f", Seconds) << " s)\n";
}

void Console::stats(const Report &R, const RunResult &Run,
                    const std::vector<Job> &Jobs, double Seconds) {
  endProgress();
  double Parsing = 0, Rest = 0;
  std::vector<size_t> Slowest;
  for (size_t I = 0; I < Run.Units.size(); ++I) {
    const Unit &U = Run.Units[I];
    (U.State == UnitState::Analysed ? Parsing : Rest) += U.Seconds;
    if (U.State == UnitState::Analysed)
      Slowest.push_back(I);
  }
  llvm::stable_sort(Slowest, [&](size_t A, size_t B) {
    return Run.Units[A].Seconds > Run.Units[B].Seconds;
  });
  rusage Use;
  getrusage(RUSAGE_SELF, &Use);
  auto Row = [](StringRef Name, const std::string &Value) {
    errs() << "  " << left_justify(Name, 34) << Value << '\n';
  };
  auto Time = [](double S) {
    std::string Out;
    raw_string_ostream(Out) << format("%.3f s", S);
    return Out;
  };
  errs() << "thread-stop: statistics\n";
  Row("files", std::to_string(R.Totals.Files));
  Row("  parsed and analysed", std::to_string(R.Totals.Analysed));
  Row("  from the cache", std::to_string(R.Totals.Cached));
  Row("  not concerned", std::to_string(R.Totals.Irrelevant));
  Row("CPU of parsing and analysis", Time(Parsing));
  Row("CPU of index, cache, preprocessor", Time(Rest));
  Row("time in all", Time(Seconds));
  Row("most memory", std::to_string(Use.ru_maxrss / 1024) + " MiB");
  for (size_t I = 0; I < std::min<size_t>(5, Slowest.size()); ++I)
    Row(I == 0 ? "slowest files" : "",
        Time(Run.Units[Slowest[I]].Seconds) + "  " +
            displayPath(Jobs[Slowest[I]].File, R.Root));
}

//===--- The bar ----------------------------------------------------------===//

static size_t terminalWidth() {
  winsize Size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &Size) == 0 && Size.ws_col > 0)
    return Size.ws_col;
  return 80;
}

void Console::progress(size_t Done, size_t Of) {
  if (!ShowProgress || Of == 0)
    return;
  const std::string Count =
      " " + std::to_string(Done) + "/" + std::to_string(Of) + " files";
  // A line that is too long goes on in the next, and cannot be erased.
  constexpr size_t Around = 17, Least = 5;
  const size_t Room = terminalWidth() - 1;
  std::string Line;
  if (Room >= Around + Count.size() + Least) {
    const size_t Width = std::min<size_t>(30, Room - Around - Count.size());
    const size_t Full = Width * Done / Of;
    Line = "    Checking [" + std::string(Full, '=');
    if (Full < Width)
      Line += ">" + std::string(Width - Full - 1, ' ');
    Line += "]";
  }
  Line = (Line + Count).substr(0, Room);
  errs() << '\r' << Line;
  errs().flush();
  Drawn = Line.size();
}

void Console::endProgress() {
  if (Drawn == 0)
    return;
  errs() << '\r' << std::string(Drawn, ' ') << '\r';
  Drawn = 0;
}

} // namespace thread_stop::tool
