// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function for each output format, each in a file of its own, and the two
// that read reports back.

#ifndef THREAD_STOP_TOOL_EMIT_EMIT_H
#define THREAD_STOP_TOOL_EMIT_EMIT_H

#include "Report.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

namespace thread_stop::tool {

enum class Format { Text, Json, Sarif, Github, Gitlab, Junit, Html };

/// By its name on the command line.
std::optional<Format> parseFormat(llvm::StringRef Name);

struct FormatName {
  llvm::StringRef Name;
  Format Value;
};

/// All formats, as the help lists them.
llvm::ArrayRef<FormatName> formatNames();

struct TextStyle {
  bool Color = false;
  /// No code frames and no notes, one line a finding.
  bool Brief = false;
};

/// Findings as clang prints them, with a code frame. Failures and the summary
/// are not part of it: they go to the standard error.
void emitText(const Report &R, const TextStyle &Style, llvm::raw_ostream &OS);
/// Everything in a Report; `readJson` gives the same Report back.
void emitJson(const Report &R, llvm::raw_ostream &OS);
/// SARIF 2.1.0.
void emitSarif(const Report &R, llvm::raw_ostream &OS);
/// Workflow commands of GitHub Actions.
void emitGithub(const Report &R, llvm::raw_ostream &OS);
/// GitLab's code quality report.
void emitGitlab(const Report &R, llvm::raw_ostream &OS);
void emitJunit(const Report &R, llvm::raw_ostream &OS);
/// One page that needs no other file. Reads the sources below R.Root; where
/// one is not there, or has changed, it makes do with the snippets.
void emitHtml(const Report &R, llvm::raw_ostream &OS);

void emit(Format F, const Report &R, const TextStyle &Style,
          llvm::raw_ostream &OS);

/// `Name` is for the message, which says what is wrong and where.
llvm::Expected<Report> readJson(llvm::StringRef Text, llvm::StringRef Name);
/// Reads what emitSarif has written, without loss.
llvm::Expected<Report> readSarif(llvm::StringRef Text, llvm::StringRef Name);
/// Either of them, by its content.
llvm::Expected<Report> readReport(llvm::StringRef Text, llvm::StringRef Name);

/// Puts reports together, of shards above all: findings and failures that are
/// in several of them once, sorted; counts added.
Report mergeReports(std::vector<Report> Reports);

/// Findings and failures in their order, without doubles.
void sortReport(Report &R);

} // namespace thread_stop::tool

#endif
