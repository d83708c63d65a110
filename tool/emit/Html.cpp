// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One page: what was found and how much, the filters, each finding with its
// path, the pages of the checks. The script adds the filters and the arrows;
// all else is there without it.

#include "CheckInfo.h"
#include "emit/Emit.h"
#include "emit/HtmlPath.h"
#include "emit/HtmlText.h"
#include "emit/Utf8.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/SHA256.h"
#include <map>

namespace thread_stop::tool {

static constexpr char Style[] =
#include "emit/HtmlStyle.inc"
    ;

static constexpr char Script[] =
#include "emit/HtmlScript.inc"
    ;

using Tally = std::map<std::string, unsigned>;

static std::string plural(size_t Count, llvm::StringRef Word) {
  return std::to_string(Count) + " " + Word.str() + (Count == 1 ? "" : "s");
}

static llvm::StringRef idOf(llvm::StringRef Check) {
  const CheckInfo *Info = findCheck(Check);
  return Info ? Info->Id : Check;
}

// --- Head -------------------------------------------------------------------

/// Nothing but our own script runs in the page, whatever a source says.
static std::string scriptHash() {
  llvm::SHA256 Hash;
  Hash.update(llvm::StringRef(Script));
  const auto Sum = Hash.final();
  return llvm::encodeBase64(Sum);
}

static void printHead(const Report &R, llvm::raw_ostream &OS) {
  OS << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
        "\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
        "'none'; style-src 'unsafe-inline'; script-src 'sha256-"
     << scriptHash()
     << "'\">\n<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n<meta name=\"generator\" content=\"thread-stop "
     << html(R.Version)
     << "\">\n<title>thread-stop: " << plural(R.Findings.size(), "finding")
     << "</title>\n<style>" << Style << "</style>\n</head>\n";
}

static void printStat(size_t Number, llvm::StringRef Word,
                      llvm::StringRef Class, llvm::raw_ostream &OS) {
  OS << "<li" << (Class.empty() ? "" : " class=\"") << Class
     << (Class.empty() ? "" : "\"") << "><b>" << Number << "</b> " << Word
     << "</li>\n";
}

static void printTop(const Report &R, const Tally &Checks, const Tally &Files,
                     llvm::raw_ostream &OS) {
  const Counts &C = R.Totals;
  OS << "<header class=\"top\"><h1>thread-stop <small>" << html(R.Version)
     << "</small></h1>\n<ul class=\"stats\">\n";
  printStat(R.Findings.size(), R.Findings.size() == 1 ? "finding" : "findings",
            R.Findings.empty() ? "good" : "bad", OS);
  printStat(Checks.size(), Checks.size() == 1 ? "check" : "checks", "", OS);
  printStat(Files.size(), Files.size() == 1 ? "file" : "files", "", OS);
  if (C.Files)
    printStat(C.Files, "asked for", "more", OS);
  if (C.Baselined)
    printStat(C.Baselined, "in the baseline", "more", OS);
  if (C.Fixed)
    printStat(C.Fixed, "fixed", "more", OS);
  if (!R.Failures.empty())
    printStat(R.Failures.size(), "not analysed", "bad", OS);
  OS << "</ul>\n<p class=\"root\">" << html(R.Root) << "</p></header>\n";
  if (R.Interrupted)
    OS << "<p class=\"banner\">The run was interrupted: "
       << plural(C.NotReached, "file") << " not reached.</p>\n";
}

// --- Filters ----------------------------------------------------------------

static void printChoices(llvm::StringRef Key, llvm::StringRef Title,
                         const Tally &Choices, llvm::raw_ostream &OS) {
  OS << "<fieldset><legend>" << Title << "</legend><div class=\"choices\">\n";
  for (const auto &[Name, Count] : Choices)
    OS << "<label title=\"" << html(Name)
       << "\"><input type=\"checkbox\" name=" << '"' << Key << "\" value=\""
       << html(Name) << "\"><span>"
       << (Name.empty() ? "(no file)"
                        : html(Key == "check" ? idOf(Name) : Name))
       << "</span><b>" << Count << "</b></label>\n";
  OS << "</div></fieldset>\n";
}

static void printFilters(const Tally &Checks, const Tally &Files,
                         llvm::raw_ostream &OS) {
  OS << "<form class=\"filter\" role=\"search\">\n<input type=\"search\" "
        "name=\"q\" placeholder=\"Filter by text\" aria-label=\"Filter by "
        "text\" autocomplete=\"off\">\n";
  printChoices("check", "Checks", Checks, OS);
  printChoices("file", "Files", Files, OS);
  OS << "<p class=\"shown\"><output></output><button type=\"reset\">Show "
        "all</button></p></form>\n";
}

// --- Findings ---------------------------------------------------------------

static std::string placeOf(const Location &At) {
  if (At.File.empty())
    return "the run as a whole";
  std::string Result = html(At.File);
  if (At.Line)
    Result += ":" + std::to_string(At.Line) + ":" + std::to_string(At.Column);
  return Result;
}

static void printLooseNotes(const Finding &F, llvm::raw_ostream &OS) {
  for (const Note &N : F.Notes)
    if (!N.At.Line)
      OS << "<p class=\"loose\">" << html(N.Message) << "</p>\n";
}

static void printFinding(const Finding &F, Sources &S, llvm::raw_ostream &OS) {
  const CheckInfo *Info = findCheck(F.Check);
  OS << "<article class=\"finding\" id=\"f-" << html(F.Fingerprint)
     << "\" data-check=\"" << html(F.Check) << "\" data-file=\""
     << html(F.At.File) << "\">\n<header><p class=\"meta\"><span class=\"level "
     << (F.IsError ? "error\">error" : "warning\">warning") << "</span> <a "
     << "class=\"place\" href=\"#f-" << html(F.Fingerprint) << "\">"
     << placeOf(F.At) << "</a> <a class=\"check\" href=\"#about-"
     << html(idOf(F.Check)) << "\">" << html(F.Check) << "</a></p>\n<h2>"
     << html(F.Message) << "</h2></header>\n";
  printPath(F, S, OS);
  printLooseNotes(F, OS);
  printDiff(F.Fix, "Fix <code>--fix</code>", S, OS);
  for (const Note &N : F.Notes)
    if (!N.Edits.empty())
      printDiff(N.Edits, html(N.Message) + " <code>--fix-notes</code>", S, OS);
  if (Info)
    OS << "<p class=\"hint\">" << html(Info->Summary) << " <a href=\"#about-"
       << html(Info->Id) << "\">About this check</a></p>\n";
  OS << "</article>\n";
}

static void printFailures(const Report &R, llvm::raw_ostream &OS) {
  if (R.Failures.empty())
    return;
  OS << "<section class=\"failures\"><h2>Not analysed</h2>\n";
  for (const Failure &F : R.Failures) {
    OS << "<div><p><strong>" << (F.File.empty() ? "The run" : html(F.File))
       << "</strong>: " << html(F.Reason) << "</p>\n";
    if (!F.Help.empty())
      OS << "<p class=\"help\">" << html(F.Help) << "</p>\n";
    if (!F.Details.empty()) {
      OS << "<pre>";
      for (const std::string &Line : F.Details)
        OS << html(Line) << '\n';
      OS << "</pre>\n";
    }
    OS << "</div>\n";
  }
  OS << "</section>\n";
}

static void printAbout(const Tally &Checks, llvm::raw_ostream &OS) {
  bool IsFirst = true;
  for (const auto &[Name, Count] : Checks) {
    const CheckInfo *Info = findCheck(Name);
    if (!Info)
      continue;
    if (IsFirst)
      OS << "<section class=\"about\"><h2>The checks</h2>\n";
    IsFirst = false;
    OS << "<details id=\"about-" << html(Info->Id) << "\"><summary><strong>"
       << html(Info->Name) << "</strong> <span>" << html(Info->Summary)
       << "</span></summary>\n<div class=\"page\">\n";
    // Without its title and summary, which stand above.
    const size_t Body = Info->Page.find("\n| ");
    printMarkdown(Body == llvm::StringRef::npos ? Info->Page
                                                : Info->Page.substr(Body),
                  OS);
    OS << "<p class=\"hint\">The same in a terminal: <code>thread-stop explain "
       << html(Info->Id) << "</code></p></div></details>\n";
  }
  if (!IsFirst)
    OS << "</section>\n";
}

void emitHtml(const Report &R, llvm::raw_ostream &OS) {
  Sources S(R);
  Tally Checks, Files;
  for (const Finding &F : R.Findings) {
    ++Checks[F.Check];
    ++Files[F.At.File];
  }
  printHead(R, OS);
  OS << "<body>\n";
  printTop(R, Checks, Files, OS);
  OS << "<div class=\"columns\">\n<aside>";
  if (!R.Findings.empty())
    printFilters(Checks, Files, OS);
  OS << "</aside>\n<main>\n";
  if (R.Findings.empty())
    OS << "<p class=\"empty\">"
       << (R.Failures.empty() ? "Nothing was found."
                              : "Nothing was found in what was analysed.")
       << "</p>\n";
  printFailures(R, OS);
  for (const Finding &F : R.Findings)
    printFinding(F, S, OS);
  OS << "<p class=\"empty none\" hidden>No finding matches the filter.</p>\n";
  printAbout(Checks, OS);
  OS << "</main></div>\n<script>" << Script << "</script>\n</body>\n</html>\n";
}

} // namespace thread_stop::tool
