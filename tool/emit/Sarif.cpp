// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SARIF 2.1.0. What SARIF has no place for, or says in another unit, is in
// property bags, so that readSarif gets the report back as it was:
//   run          counts, interrupted, shard, shards
//   region       column, endColumn, if they are others in bytes; line: the text
//                of the line, if it is not the snippet of the context region
//   related location  fix: the edits of a note
//   notification  help, details
// A note is in relatedLocations, which GitHub shows, and if it has a place
// also on the code flow, which ends at the finding.

#include "emit/Emit.h"
#include "emit/Fields.h"
#include "emit/SarifRules.h"
#include "emit/Sources.h"
#include "emit/Uri.h"
#include "emit/Utf8.h"

namespace json = llvm::json;

namespace thread_stop::tool {

namespace {
class SarifWriter {
public:
  SarifWriter(const Report &R, llvm::raw_ostream &OS)
      : R(R), Rules(R), Lines(R), J(OS, 1) {}
  void write();

private:
  void run();
  void tool();
  void invocation();
  void failure(const Failure &F);
  void result(const Finding &F);
  void related(const Finding &F);
  void flow(const Finding &F);
  void fix(llvm::ArrayRef<Edit> Edits);
  void replacement(const Edit &E);
  void artifact(llvm::StringRef Key, llvm::StringRef File);
  void physical(const Location &L);
  void region(const Location &L);
  void regionBody(const Location &L);
  void exact(const Location &L, bool InContext);
  void message(llvm::StringRef Text);
  void number(llvm::StringRef Key, unsigned Value);
  unsigned endColumn(const Location &L);

  const Report &R;
  SarifRules Rules;
  Sources Lines;
  json::OStream J;
};
} // namespace

void SarifWriter::number(llvm::StringRef Key, unsigned Value) {
  J.attribute(Key, static_cast<int64_t>(Value));
}

void SarifWriter::message(llvm::StringRef Text) {
  J.attributeObject("message", [&] { putText(J, "text", Text); });
}

// --- Places -----------------------------------------------------------------

void SarifWriter::artifact(llvm::StringRef Key, llvm::StringRef File) {
  J.attributeObject(Key, [&] {
    J.attribute("uri", uriOf(File));
    if (File.take_front(1) != "/")
      J.attribute("uriBaseId", "SRCROOT");
  });
}

/// 0 if the text of the last line is not known.
unsigned SarifWriter::endColumn(const Location &L) {
  if (L.EndLine <= L.Line)
    return utf16Column(L.Snippet, L.EndColumn);
  const std::string *Last = Lines.line(L.File, L.EndLine);
  return Last ? utf16Column(*Last, L.EndColumn) : 0;
}

static bool isPartOfLine(const Location &L) {
  return !L.Snippet.empty() && L.EndLine == L.Line &&
         (L.Column > 1 || L.EndColumn <= L.Snippet.size());
}

void SarifWriter::exact(const Location &L, bool InContext) {
  const bool NeedsLine = !InContext || !json::isUTF8(L.Snippet);
  const unsigned Column = utf16Column(L.Snippet, L.Column);
  const bool NeedsColumns = Column != L.Column || endColumn(L) != L.EndColumn;
  const bool NeedsEnd = L.EndLine < L.Line;
  if (!NeedsLine && !NeedsColumns && !NeedsEnd)
    return;
  J.attributeObject("properties", [&] {
    if (NeedsColumns) {
      number("column", L.Column);
      number("endColumn", L.EndColumn);
    }
    if (NeedsEnd)
      number("endLine", L.EndLine);
    if (NeedsLine)
      putText(J, "line", L.Snippet);
  });
}

void SarifWriter::regionBody(const Location &L) {
  number("startLine", L.Line);
  number("startColumn", utf16Column(L.Snippet, L.Column));
  number("endLine", std::max(L.EndLine, L.Line));
  // Without it a region ends with its line.
  if (const unsigned End = endColumn(L))
    number("endColumn", End);
  number("byteOffset", L.Offset);
  number("byteLength", L.Length);
  const llvm::StringRef Text =
      llvm::StringRef(L.Snippet).substr(L.Column ? L.Column - 1 : 0, L.Length);
  if (L.EndLine == L.Line && !Text.empty())
    J.attributeObject("snippet", [&] { J.attribute("text", validUtf8(Text)); });
}

void SarifWriter::region(const Location &L) {
  J.attributeObject("region", [&] {
    regionBody(L);
    exact(L, isPartOfLine(L));
  });
  if (isPartOfLine(L))
    J.attributeObject("contextRegion", [&] {
      number("startLine", L.Line);
      number("endLine", L.Line);
      J.attributeObject("snippet",
                        [&] { J.attribute("text", validUtf8(L.Snippet)); });
    });
}

void SarifWriter::physical(const Location &L) {
  J.attributeObject("physicalLocation", [&] {
    artifact("artifactLocation", L.File);
    if (L.Line)
      region(L);
  });
}

// --- Results ----------------------------------------------------------------

void SarifWriter::replacement(const Edit &E) {
  J.attributeObject("deletedRegion", [&] {
    regionBody(E.At);
    exact(E.At, /*InContext=*/false);
  });
  if (!E.Text.empty())
    J.attributeObject("insertedContent", [&] { putText(J, "text", E.Text); });
}

/// One change for all edits of a file: their regions are those of the file
/// before any of them.
void SarifWriter::fix(llvm::ArrayRef<Edit> Edits) {
  J.attributeArray("artifactChanges", [&] {
    while (!Edits.empty()) {
      const std::string &File = Edits.front().At.File;
      const auto Own =
          Edits.take_while([&](const Edit &E) { return E.At.File == File; });
      J.object([&] {
        artifact("artifactLocation", File);
        J.attributeArray("replacements", [&] {
          for (const Edit &E : Own)
            J.object([&] { replacement(E); });
        });
      });
      Edits = Edits.drop_front(Own.size());
    }
  });
}

void SarifWriter::related(const Finding &F) {
  if (F.Notes.empty())
    return;
  J.attributeArray("relatedLocations", [&] {
    int64_t Id = 0;
    for (const Note &N : F.Notes)
      J.object([&] {
        J.attribute("id", ++Id);
        message(N.Message);
        if (!N.At.File.empty())
          physical(N.At);
        if (!N.Edits.empty())
          J.attributeObject("properties", [&] {
            J.attributeObject("fix", [&] { fix(N.Edits); });
          });
      });
  });
}

void SarifWriter::flow(const Finding &F) {
  const auto Step = [&](const Location &At, llvm::StringRef Text,
                        llvm::StringRef Importance) {
    J.object([&] {
      J.attributeObject("location", [&] {
        message(Text);
        physical(At);
      });
      J.attribute("importance", Importance);
    });
  };
  const auto HasPlace = [](const Note &N) { return N.At.Line != 0; };
  if (!F.At.Line || llvm::none_of(F.Notes, HasPlace))
    return;
  J.attributeArray("codeFlows", [&] {
    J.object([&] {
      J.attributeArray("threadFlows", [&] {
        J.object([&] {
          J.attributeArray("locations", [&] {
            for (const Note &N : F.Notes)
              if (HasPlace(N))
                Step(N.At, N.Message, "important");
            Step(F.At, F.Message, "essential");
          });
        });
      });
    });
  });
}

void SarifWriter::result(const Finding &F) {
  J.attribute("ruleId", validUtf8(F.Check));
  number("ruleIndex", Rules.indexOf(F.Check));
  J.attribute("level", F.IsError ? "error" : "warning");
  message(F.Message);
  J.attributeArray("locations", [&] {
    if (!F.At.File.empty())
      J.object([&] { physical(F.At); });
  });
  if (!F.Fingerprint.empty())
    J.attributeObject("partialFingerprints", [&] {
      J.attribute("threadStop/v1", validUtf8(F.Fingerprint));
    });
  flow(F);
  related(F);
  if (!F.Fix.empty())
    J.attributeArray("fixes", [&] {
      J.object([&] {
        J.attributeObject("description",
                          [&] { J.attribute("text", "What --fix does."); });
        fix(F.Fix);
      });
    });
}

// --- The run ----------------------------------------------------------------

void SarifWriter::failure(const Failure &F) {
  J.attribute("level", "error");
  message(F.Reason);
  if (!F.File.empty())
    J.attributeArray("locations", [&] {
      J.object([&] {
        J.attributeObject("physicalLocation",
                          [&] { artifact("artifactLocation", F.File); });
      });
    });
  J.attributeObject("properties", [&] {
    putText(J, "help", F.Help);
    J.attributeArray("details", [&] {
      for (const std::string &Line : F.Details)
        J.value(validUtf8(Line));
    });
  });
}

void SarifWriter::invocation() {
  J.attribute("executionSuccessful", R.Failures.empty() && !R.Interrupted);
  if (R.Failures.empty())
    return;
  J.attributeArray("toolExecutionNotifications", [&] {
    for (const Failure &F : R.Failures)
      J.object([&] { failure(F); });
  });
}

void SarifWriter::tool() {
  J.attributeObject("driver", [&] {
    J.attribute("name", "thread-stop");
    J.attribute("fullName", "thread-stop, checks for the stopping of threads");
    putText(J, "semanticVersion", R.Version);
    J.attributeArray("rules", [&] { Rules.print(J); });
  });
}

void SarifWriter::run() {
  J.attributeObject("tool", [&] { tool(); });
  J.attributeArray("invocations", [&] { J.object([&] { invocation(); }); });
  J.attributeObject("originalUriBaseIds", [&] {
    J.attributeObject("SRCROOT", [&] {
      if (!R.Root.empty())
        J.attribute("uri", uriOf(R.Root) + (R.Root == "/" ? "" : "/"));
      J.attributeObject("description", [&] {
        J.attribute("text", "The working directory of the run.");
      });
    });
  });
  J.attribute("columnKind", "utf16CodeUnits");
  J.attributeArray("results", [&] {
    for (const Finding &F : R.Findings)
      J.object([&] { result(F); });
  });
  J.attributeObject("properties", [&] {
    J.attribute("interrupted", R.Interrupted);
    if (R.Shards) {
      number("shard", R.Shard);
      number("shards", R.Shards);
    }
    putCounts(J, R.Totals);
  });
}

void SarifWriter::write() {
  J.object([&] {
    J.attribute("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    J.attribute("version", "2.1.0");
    J.attributeArray("runs", [&] { J.object([&] { run(); }); });
  });
}

void emitSarif(const Report &R, llvm::raw_ostream &OS) {
  SarifWriter(R, OS).write();
  OS << '\n';
}

} // namespace thread_stop::tool
