// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GitLab's code quality report. It shows the description and the line, and
// tells new findings from old ones by the fingerprint.

#include "CheckInfo.h"
#include "emit/Emit.h"
#include "emit/Utf8.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/xxhash.h"

namespace json = llvm::json;

namespace thread_stop::tool {

static llvm::StringRef severityOf(const Finding &F) {
  if (F.IsError)
    return "blocker";
  const CheckInfo *Info = findCheck(F.Check);
  return llvm::StringSwitch<llvm::StringRef>(Info ? Info->Severity : "")
      .Case("low", "minor")
      .Case("high", "critical")
      .Default("major");
}

static void printPlace(json::OStream &J, llvm::StringRef File, unsigned Line,
                       unsigned EndLine) {
  J.attributeObject("location", [&] {
    // An entry without a path would be dropped.
    J.attribute("path", File.empty() ? "." : validUtf8(File));
    J.attributeObject("lines", [&] {
      J.attribute("begin", std::max<int64_t>(Line, 1));
      J.attribute("end", std::max<int64_t>({Line, EndLine, 1}));
    });
  });
}

static void printFinding(json::OStream &J, const Finding &F) {
  J.attribute("description", printable(F.Message));
  J.attribute("check_name", validUtf8(F.Check));
  J.attribute("fingerprint", validUtf8(F.Fingerprint));
  J.attribute("severity", severityOf(F));
  printPlace(J, F.At.File, F.At.Line, F.At.EndLine);
}

/// A file that was not analysed must not pass for one without findings.
static void printFailure(json::OStream &J, const Failure &F) {
  J.attribute("description", "not analysed: " + printable(F.Reason));
  J.attribute("check_name", "thread-stop");
  const uint64_t Hash = llvm::xxHash64(F.File + '\0' + F.Reason);
  J.attribute("fingerprint", llvm::utohexstr(Hash, /*LowerCase=*/true));
  J.attribute("severity", "blocker");
  printPlace(J, F.File, 1, 1);
}

void emitGitlab(const Report &R, llvm::raw_ostream &OS) {
  json::OStream J(OS, 1);
  J.array([&] {
    for (const Finding &F : R.Findings)
      J.object([&] { printFinding(J, F); });
    for (const Failure &F : R.Failures)
      J.object([&] { printFailure(J, F); });
  });
  OS << '\n';
}

} // namespace thread_stop::tool
