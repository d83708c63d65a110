// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/Emit.h"
#include "emit/Fields.h"

namespace json = llvm::json;

namespace thread_stop::tool {

/// The newest format that is read. One is added to it when a reader of the old
/// one would misunderstand the new one.
static constexpr unsigned FormatVersion = 1;

static bool readLocation(const json::Value &V, json::Path P, Location &L) {
  const Fields F(V, P);
  return F.valid() && F.neededText("file", L.File) &&
         F.number("line", L.Line) && F.number("column", L.Column) &&
         F.number("endLine", L.EndLine) && F.number("endColumn", L.EndColumn) &&
         F.number("offset", L.Offset) && F.number("length", L.Length) &&
         F.text("snippet", L.Snippet);
}

static bool readLocationOf(const Fields &F, Location &L) {
  return F.with("location", [&](const json::Value &V, json::Path P) {
    return readLocation(V, P, L);
  });
}

static bool readEdits(const Fields &F, llvm::StringRef Key,
                      std::vector<Edit> &Edits) {
  return F.each(Key, [&](const json::Value &V, json::Path P) {
    const Fields Field(V, P);
    Edits.emplace_back();
    return Field.valid() && readLocationOf(Field, Edits.back().At) &&
           Field.neededText("text", Edits.back().Text);
  });
}

static bool readNote(const json::Value &V, json::Path P, Note &N) {
  const Fields F(V, P);
  return F.valid() && F.neededText("message", N.Message) &&
         readLocationOf(F, N.At) && readEdits(F, "edits", N.Edits);
}

static bool readFinding(const json::Value &V, json::Path P, Finding &Out) {
  const Fields F(V, P);
  std::string Severity;
  if (!F.valid() || !F.neededText("check", Out.Check) ||
      !F.neededText("message", Out.Message) || !F.text("severity", Severity) ||
      !F.text("fingerprint", Out.Fingerprint) || !readLocationOf(F, Out.At) ||
      !readEdits(F, "fix", Out.Fix))
    return false;
  Out.IsError = Severity == "error";
  return F.each("notes", [&](const json::Value &V, json::Path P) {
    Out.Notes.emplace_back();
    return readNote(V, P, Out.Notes.back());
  });
}

static bool readFailure(const json::Value &V, json::Path P, Failure &Out) {
  const Fields F(V, P);
  return F.valid() && F.text("file", Out.File) &&
         F.neededText("reason", Out.Reason) && F.text("help", Out.Help) &&
         F.texts("details", Out.Details);
}

static bool readAll(const json::Value &V, json::Path P, Report &R) {
  const Fields F(V, P);
  return F.valid() && F.text("version", R.Version) && F.text("root", R.Root) &&
         F.flag("interrupted", R.Interrupted) && F.number("shard", R.Shard) &&
         F.number("shards", R.Shards) &&
         F.with("counts",
                [&](const json::Value &V, json::Path P) {
                  return readCounts(V, P, R.Totals);
                }) &&
         F.each("findings",
                [&](const json::Value &V, json::Path P) {
                  R.Findings.emplace_back();
                  return readFinding(V, P, R.Findings.back());
                }) &&
         F.each("failures", [&](const json::Value &V, json::Path P) {
           R.Failures.emplace_back();
           return readFailure(V, P, R.Failures.back());
         });
}

static llvm::Error failed(llvm::StringRef Name, llvm::StringRef Why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s: %s",
                                 Name.str().c_str(), Why.str().c_str());
}

llvm::Expected<Report> readJson(llvm::StringRef Text, llvm::StringRef Name) {
  llvm::Expected<json::Value> V = parseJson(Text, Name);
  if (!V)
    return V.takeError();
  const json::Object *O = V->getAsObject();
  if (!O || !O->getString("format") ||
      *O->getString("format") != "thread-stop-report")
    return failed(Name, "not a report of thread-stop");
  auto Version = O->getInteger("formatVersion");
  if (!Version || *Version > FormatVersion)
    return failed(Name, "a report of a newer thread-stop; merge with that");
  Report R;
  json::Path::Root Root("report");
  if (!readAll(*V, Root, R))
    return failed(Name, llvm::toString(Root.getError()));
  return R;
}

} // namespace thread_stop::tool
