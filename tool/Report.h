// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a run found, as plain data: what the analysis fills, the cache and
// `merge` read back, and each format prints. Nothing here knows clang.

#ifndef THREAD_STOP_TOOL_REPORT_H
#define THREAD_STOP_TOOL_REPORT_H

#include <string>
#include <vector>

namespace thread_stop::tool {

/// A range of one line or more in a file. Lines and columns begin at 1 and
/// columns count bytes; the end is exclusive, and equal to the beginning for a
/// single place. A location without a file has Line 0.
struct Location {
  /// Relative to Report::Root, with '/', if the file is below it; else
  /// absolute.
  std::string File;
  unsigned Line = 0, Column = 0;
  unsigned EndLine = 0, EndColumn = 0;
  unsigned Offset = 0, Length = 0; ///< in bytes
  /// The text of Line, without its end. May be empty in what was read back.
  std::string Snippet;
};

/// Replaces At by Text; an insertion if At.Length is 0.
struct Edit {
  Location At;
  std::string Text;
};

/// A step on the way to a finding, or advice. Its edits are an alternative
/// that --fix-notes applies and --fix does not.
struct Note {
  Location At;
  std::string Message;
  std::vector<Edit> Edits;
};

struct Finding {
  std::string Check;    ///< the full name, thread-stop-...
  bool IsError = false; ///< named in WarningsAsErrors
  Location At;
  std::string Message;
  std::vector<Note> Notes; ///< in the order of the path
  std::vector<Edit> Fix;   ///< all of it, or nothing
  /// Stays the same when lines above it come or go: 16 hex digits. Unique in a
  /// report.
  std::string Fingerprint;
};

/// A file that could not be analysed, or not all of it.
struct Failure {
  std::string File;   ///< as in Location; empty: the run as a whole
  std::string Reason; ///< one line: what went wrong
  std::string Help;   ///< one line: what to do about it, or empty
  std::vector<std::string> Details; ///< the compiler's errors, one line each
};

struct Counts {
  unsigned Files = 0;      ///< asked for
  unsigned Analysed = 0;   ///< parsed in this run
  unsigned Irrelevant = 0; ///< mention no name that a check needs
  unsigned Cached = 0;     ///< results of an earlier run
  unsigned Failed = 0;
  unsigned NotReached = 0; ///< left when the run was interrupted
  unsigned Baselined = 0;  ///< findings that the baseline has
  unsigned Unchanged = 0;  ///< findings on lines that --diff leaves out
  unsigned Fixed = 0;      ///< findings that a fix has removed
};

struct Report {
  std::string Version;
  std::string Root; ///< the working directory, absolute
  /// Sorted by file, line, column, check and message.
  std::vector<Finding> Findings;
  std::vector<Failure> Failures; ///< sorted by file
  Counts Totals;
  bool Interrupted = false;
  /// Which part of the files this is, of --shard I/N; 0: all of them.
  unsigned Shard = 0, Shards = 0;
};

} // namespace thread_stop::tool

#endif
