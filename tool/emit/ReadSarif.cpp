// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/Emit.h"
#include "emit/Fields.h"
#include "emit/Uri.h"

namespace json = llvm::json;

namespace thread_stop::tool {

/// `{"text": ...}` under Key.
static bool readText(const Fields &F, llvm::StringRef Key, std::string &Out) {
  return F.with(Key, [&](const json::Value &V, json::Path P) {
    const Fields Message(V, P);
    return Message.valid() && Message.neededText("text", Out);
  });
}

static bool readFile(const Fields &F, std::string &File) {
  return F.with("artifactLocation", [&](const json::Value &V, json::Path P) {
    const Fields Artifact(V, P);
    std::string Uri;
    if (!Artifact.valid() || !Artifact.neededText("uri", Uri))
      return false;
    File = pathOf(Uri);
    return true;
  });
}

/// What SARIF says in other units, or has no place for: see Sarif.cpp.
static bool readExact(const json::Value &V, json::Path P, Location &L) {
  const Fields F(V, P);
  return F.valid() && F.number("column", L.Column) &&
         F.number("endColumn", L.EndColumn) && F.number("endLine", L.EndLine) &&
         F.text("line", L.Snippet);
}

static bool readRegion(const json::Value &V, json::Path P, Location &L) {
  const Fields F(V, P);
  return F.valid() && F.number("startLine", L.Line) &&
         F.number("startColumn", L.Column) && F.number("endLine", L.EndLine) &&
         F.number("endColumn", L.EndColumn) &&
         F.number("byteOffset", L.Offset) && F.number("byteLength", L.Length) &&
         F.with("properties", [&](const json::Value &V, json::Path P) {
           return readExact(V, P, L);
         });
}

static bool readContext(const json::Value &V, json::Path P, Location &L) {
  const Fields F(V, P);
  return F.valid() && readText(F, "snippet", L.Snippet);
}

static bool readPhysical(const json::Value &V, json::Path P, Location &L) {
  const Fields F(V, P);
  // The region comes last: it has the exact bytes of the line, if need be.
  return F.valid() && readFile(F, L.File) &&
         F.with("contextRegion",
                [&](const json::Value &V, json::Path P) {
                  return readContext(V, P, L);
                }) &&
         F.with("region", [&](const json::Value &V, json::Path P) {
           return readRegion(V, P, L);
         });
}

static bool readPlace(const Fields &F, Location &L) {
  return F.with("physicalLocation", [&](const json::Value &V, json::Path P) {
    return readPhysical(V, P, L);
  });
}

static bool readReplacement(const json::Value &V, json::Path P, Edit &E) {
  const Fields F(V, P);
  return F.valid() && readText(F, "insertedContent", E.Text) &&
         F.with("deletedRegion", [&](const json::Value &V, json::Path P) {
           return readRegion(V, P, E.At);
         });
}

static bool readFix(const json::Value &V, json::Path P,
                    std::vector<Edit> &Edits) {
  const Fields Fix(V, P);
  if (!Fix.valid())
    return false;
  return Fix.each("artifactChanges", [&](const json::Value &V, json::Path P) {
    const Fields Change(V, P);
    std::string File;
    if (!Change.valid() || !readFile(Change, File))
      return false;
    return Change.each("replacements", [&](const json::Value &V, json::Path P) {
      Edits.emplace_back();
      Edits.back().At.File = File;
      return readReplacement(V, P, Edits.back());
    });
  });
}

static bool readNote(const json::Value &V, json::Path P, Note &N) {
  const Fields F(V, P);
  return F.valid() && readText(F, "message", N.Message) && readPlace(F, N.At) &&
         F.with("properties", [&](const json::Value &V, json::Path P) {
           const Fields Bag(V, P);
           return Bag.valid() &&
                  Bag.with("fix", [&](const json::Value &V, json::Path P) {
                    return readFix(V, P, N.Edits);
                  });
         });
}

static bool readResult(const json::Value &V, json::Path P, Finding &Out) {
  const Fields F(V, P);
  std::string Level;
  if (!F.valid() || !F.neededText("ruleId", Out.Check) ||
      !F.text("level", Level) || !readText(F, "message", Out.Message))
    return false;
  Out.IsError = Level == "error";
  return F.each("locations", [&](const json::Value &V, json::Path P) {
    const Fields Place(V, P);
    return Place.valid() && readPlace(Place, Out.At);
  }) && F.with("partialFingerprints", [&](const json::Value &V, json::Path P) {
    const Fields Prints(V, P);
    return Prints.valid() && Prints.text("threadStop/v1", Out.Fingerprint);
  }) && F.each("relatedLocations", [&](const json::Value &V, json::Path P) {
    Out.Notes.emplace_back();
    return readNote(V, P, Out.Notes.back());
  }) && F.each("fixes", [&](const json::Value &V, json::Path P) {
    return readFix(V, P, Out.Fix);
  });
}

// --- The run ----------------------------------------------------------------

static bool readFailureBag(const json::Value &V, json::Path P, Failure &Out) {
  const Fields F(V, P);
  return F.valid() && F.text("help", Out.Help) &&
         F.texts("details", Out.Details);
}

static bool readFailure(const json::Value &V, json::Path P, Failure &Out) {
  const Fields F(V, P);
  return F.valid() && readText(F, "message", Out.Reason) &&
         F.each("locations",
                [&](const json::Value &V, json::Path P) {
                  const Fields Place(V, P);
                  Location L;
                  if (!Place.valid() || !readPlace(Place, L))
                    return false;
                  Out.File = L.File;
                  return true;
                }) &&
         F.with("properties", [&](const json::Value &V, json::Path P) {
           return readFailureBag(V, P, Out);
         });
}

static bool readRunBag(const json::Value &V, json::Path P, Report &R) {
  const Fields F(V, P);
  return F.valid() && F.flag("interrupted", R.Interrupted) &&
         F.number("shard", R.Shard) && F.number("shards", R.Shards) &&
         F.with("counts", [&](const json::Value &V, json::Path P) {
           return readCounts(V, P, R.Totals);
         });
}

static bool readRoot(const json::Value &V, json::Path P, Report &R) {
  const Fields Bases(V, P);
  return Bases.valid() &&
         Bases.with("SRCROOT", [&](const json::Value &V, json::Path P) {
           const Fields Base(V, P);
           std::string Uri;
           if (!Base.valid() || !Base.text("uri", Uri))
             return false;
           R.Root = pathOf(Uri);
           if (R.Root.size() > 1 && R.Root.back() == '/')
             R.Root.pop_back();
           return true;
         });
}

static bool readDriver(const json::Value &V, json::Path P, Report &R) {
  const Fields Tool(V, P);
  return Tool.valid() &&
         Tool.with("driver", [&](const json::Value &V, json::Path P) {
           const Fields Driver(V, P);
           std::string Name;
           if (!Driver.valid() || !Driver.neededText("name", Name))
             return false;
           if (Name == "thread-stop")
             return Driver.text("semanticVersion", R.Version);
           P.report("a report of another program");
           return false;
         });
}

static bool readRun(const json::Value &V, json::Path P, Report &R) {
  const Fields F(V, P);
  const auto Failures = [&](const json::Value &V, json::Path P) {
    const Fields Invocation(V, P);
    return Invocation.valid() &&
           Invocation.each("toolExecutionNotifications",
                           [&](const json::Value &V, json::Path P) {
                             R.Failures.emplace_back();
                             return readFailure(V, P, R.Failures.back());
                           });
  };
  const auto Result = [&](const json::Value &V, json::Path P) {
    R.Findings.emplace_back();
    return readResult(V, P, R.Findings.back());
  };
  const auto With = [&](auto Read) {
    return [&R, Read](const json::Value &V, json::Path P) {
      return Read(V, P, R);
    };
  };
  return F.valid() && F.with("tool", With(readDriver)) &&
         F.with("originalUriBaseIds", With(readRoot)) &&
         F.with("properties", With(readRunBag)) &&
         F.each("invocations", Failures) && F.each("results", Result);
}

static llvm::Error failed(llvm::StringRef Name, llvm::StringRef Why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s: %s",
                                 Name.str().c_str(), Why.str().c_str());
}

llvm::Expected<Report> readSarif(llvm::StringRef Text, llvm::StringRef Name) {
  llvm::Expected<json::Value> V = parseJson(Text, Name);
  if (!V)
    return V.takeError();
  json::Path::Root Root("log");
  const json::Path P(Root);
  const Fields Log(*V, P);
  std::vector<Report> Runs;
  const bool IsRead =
      Log.valid() && Log.each("runs", [&](const json::Value &V, json::Path P) {
        Runs.emplace_back();
        return readRun(V, P, Runs.back());
      });
  if (!IsRead)
    return failed(Name, llvm::toString(Root.getError()));
  if (Runs.empty())
    return failed(Name, "not a report of thread-stop: it has no run");
  return Runs.size() == 1 ? std::move(Runs.front())
                          : mergeReports(std::move(Runs));
}

} // namespace thread_stop::tool
