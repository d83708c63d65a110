// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Our own format, for scripts and for `merge`. docs/formats.md has its fields.
//
//   {"format": "thread-stop-report", "formatVersion": 1, "version", "root",
//    "interrupted", "shard", "shards", "counts": {...},
//    "findings": [{"check", "severity", "message", "fingerprint", "location",
//                  "notes": [{"message", "location", "edits"}],
//                  "fix": [{"location", "text"}]}],
//    "failures": [{"file", "reason", "help", "details"}]}

#include "emit/Emit.h"
#include "emit/Fields.h"
#include "emit/Utf8.h"

namespace json = llvm::json;

namespace thread_stop::tool {

static void putNumber(json::OStream &J, llvm::StringRef Key, unsigned Value) {
  J.attribute(Key, static_cast<int64_t>(Value));
}

static void putLocation(json::OStream &J, const Location &L) {
  if (L.File.empty() && !L.Line)
    return;
  J.attributeObject("location", [&] {
    putText(J, "file", L.File);
    putNumber(J, "line", L.Line);
    putNumber(J, "column", L.Column);
    putNumber(J, "endLine", L.EndLine);
    putNumber(J, "endColumn", L.EndColumn);
    putNumber(J, "offset", L.Offset);
    putNumber(J, "length", L.Length);
    putText(J, "snippet", L.Snippet);
  });
}

static void putEdits(json::OStream &J, llvm::StringRef Key,
                     const std::vector<Edit> &Edits) {
  if (Edits.empty())
    return;
  J.attributeArray(Key, [&] {
    for (const Edit &E : Edits)
      J.object([&] {
        putLocation(J, E.At);
        putText(J, "text", E.Text);
      });
  });
}

static void putFinding(json::OStream &J, const Finding &F) {
  putText(J, "check", F.Check);
  J.attribute("severity", F.IsError ? "error" : "warning");
  putText(J, "message", F.Message);
  putText(J, "fingerprint", F.Fingerprint);
  putLocation(J, F.At);
  J.attributeArray("notes", [&] {
    for (const Note &N : F.Notes)
      J.object([&] {
        putText(J, "message", N.Message);
        putLocation(J, N.At);
        putEdits(J, "edits", N.Edits);
      });
  });
  putEdits(J, "fix", F.Fix);
}

static void putFailure(json::OStream &J, const Failure &F) {
  putText(J, "file", F.File);
  putText(J, "reason", F.Reason);
  putText(J, "help", F.Help);
  J.attributeArray("details", [&] {
    for (const std::string &Line : F.Details)
      J.value(validUtf8(Line));
  });
}

void emitJson(const Report &R, llvm::raw_ostream &OS) {
  json::OStream J(OS, 1);
  J.object([&] {
    J.attribute("format", "thread-stop-report");
    putNumber(J, "formatVersion", 1);
    putText(J, "version", R.Version);
    putText(J, "root", R.Root);
    J.attribute("interrupted", R.Interrupted);
    if (R.Shards) {
      putNumber(J, "shard", R.Shard);
      putNumber(J, "shards", R.Shards);
    }
    putCounts(J, R.Totals);
    J.attributeArray("findings", [&] {
      for (const Finding &F : R.Findings)
        J.object([&] { putFinding(J, F); });
    });
    J.attributeArray("failures", [&] {
      for (const Failure &F : R.Failures)
        J.object([&] { putFailure(J, F); });
    });
  });
  OS << '\n';
}

} // namespace thread_stop::tool
