// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/Emit.h"

#include "Fingerprint.h"
#include "emit/Fields.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <tuple>

namespace thread_stop::tool {

std::optional<Format> parseFormat(llvm::StringRef Name) {
  for (const FormatName &F : formatNames())
    if (F.Name == Name)
      return F.Value;
  return std::nullopt;
}

llvm::ArrayRef<FormatName> formatNames() {
  static const FormatName Names[] = {
      {"text", Format::Text},     {"json", Format::Json},
      {"sarif", Format::Sarif},   {"github", Format::Github},
      {"gitlab", Format::Gitlab}, {"junit", Format::Junit},
      {"html", Format::Html},
  };
  return Names;
}

void emit(Format F, const Report &R, const TextStyle &Style,
          llvm::raw_ostream &OS) {
  switch (F) {
  case Format::Text:
    return emitText(R, Style, OS);
  case Format::Json:
    return emitJson(R, OS);
  case Format::Sarif:
    return emitSarif(R, OS);
  case Format::Github:
    return emitGithub(R, OS);
  case Format::Gitlab:
    return emitGitlab(R, OS);
  case Format::Junit:
    return emitJunit(R, OS);
  case Format::Html:
    return emitHtml(R, OS);
  }
}

llvm::Expected<Report> readReport(llvm::StringRef Text, llvm::StringRef Name) {
  // Our JSON says what it is in its first lines, SARIF may do so anywhere.
  if (Text.take_front(256).contains("\"thread-stop-report\""))
    return readJson(Text, Name);
  if (Text.contains("\"runs\""))
    return readSarif(Text, Name);
  if (Text.trim().empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "%s: the file is empty", Name.str().c_str());
  return readJson(Text, Name);
}

// --- Order ------------------------------------------------------------------

static auto placeOf(const Location &L) {
  return std::tie(L.File, L.Line, L.Column, L.EndLine, L.EndColumn);
}

/// What makes two findings the same. The notes are not part of it: two sources
/// can reach a finding in a header in different ways.
static auto keyOf(const Finding &F) {
  return std::tuple_cat(placeOf(F.At), std::tie(F.Check, F.Message));
}

/// For the choice between doubles: which file was first must not matter.
static bool notesBefore(const Finding &A, const Finding &B) {
  return std::lexicographical_compare(
      A.Notes.begin(), A.Notes.end(), B.Notes.begin(), B.Notes.end(),
      [](const Note &X, const Note &Y) {
        return std::tuple_cat(placeOf(X.At), std::tie(X.Message)) <
               std::tuple_cat(placeOf(Y.At), std::tie(Y.Message));
      });
}

static bool findingBefore(const Finding &A, const Finding &B) {
  const auto Order = [](const Finding &F) {
    return std::tie(F.At.File, F.At.Line, F.At.Column, F.Check, F.Message,
                    F.At.EndLine, F.At.EndColumn);
  };
  if (Order(A) != Order(B))
    return Order(A) < Order(B);
  return notesBefore(A, B);
}

static auto keyOf(const Failure &F) { return std::tie(F.File, F.Reason); }

void sortReport(Report &R) {
  llvm::stable_sort(R.Findings, findingBefore);
  // The first of several stays.
  for (size_t I = R.Findings.size(); I-- > 1;)
    if (keyOf(R.Findings[I]) == keyOf(R.Findings[I - 1]))
      R.Findings[I - 1].IsError |= R.Findings[I].IsError;
  R.Findings.erase(std::unique(R.Findings.begin(), R.Findings.end(),
                               [](const Finding &A, const Finding &B) {
                                 return keyOf(A) == keyOf(B);
                               }),
                   R.Findings.end());
  llvm::stable_sort(R.Failures, [](const Failure &A, const Failure &B) {
    return keyOf(A) < keyOf(B);
  });
  R.Failures.erase(std::unique(R.Failures.begin(), R.Failures.end(),
                               [](const Failure &A, const Failure &B) {
                                 return keyOf(A) == keyOf(B);
                               }),
                   R.Failures.end());
}

// --- Merging ----------------------------------------------------------------

static void addCounts(Counts &To, const Counts &From) {
  To.Files += From.Files;
  To.Analysed += From.Analysed;
  To.Irrelevant += From.Irrelevant;
  To.Cached += From.Cached;
  To.Failed += From.Failed;
  To.NotReached += From.NotReached;
  To.Baselined += From.Baselined;
  To.Unchanged += From.Unchanged;
  To.Fixed += From.Fixed;
}

Report mergeReports(std::vector<Report> Reports) {
  Report Result;
  for (Report &R : Reports) {
    if (Result.Version.empty())
      Result.Version = R.Version;
    if (Result.Root.empty())
      Result.Root = R.Root;
    Result.Interrupted |= R.Interrupted;
    addCounts(Result.Totals, R.Totals);
    llvm::append_range(Result.Findings, R.Findings);
    llvm::append_range(Result.Failures, R.Failures);
  }
  sortReport(Result);
  // Each report has numbered the equal findings of a header by itself.
  completeFingerprints(Result);
  return Result;
}

} // namespace thread_stop::tool
