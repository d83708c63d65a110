// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/SarifRules.h"

#include "CheckInfo.h"
#include "emit/Utf8.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <algorithm>

namespace json = llvm::json;

namespace thread_stop::tool {

SarifRules::SarifRules(const Report &R) {
  for (const Finding &F : R.Findings)
    Checks.push_back(F.Check);
  llvm::sort(Checks);
  Checks.erase(std::unique(Checks.begin(), Checks.end()), Checks.end());
}

unsigned SarifRules::indexOf(const std::string &Check) const {
  return static_cast<unsigned>(
      std::lower_bound(Checks.begin(), Checks.end(), Check) - Checks.begin());
}

/// unmatched-cleanup as UnmatchedCleanup: SARIF wants an identifier here.
static std::string camelCase(llvm::StringRef Id) {
  std::string Result;
  bool Start = true;
  for (const char C : Id) {
    if (llvm::isAlnum(C))
      Result += Start ? llvm::toUpper(C) : C;
    Start = !llvm::isAlnum(C);
  }
  return Result;
}

static llvm::StringRef levelOf(const CheckInfo &Info) {
  return llvm::StringSwitch<llvm::StringRef>(Info.Severity)
      .Case("high", "error")
      .Case("low", "note")
      .Default("warning");
}

/// The page without its title, and without links between pages: they lead
/// nowhere from where the help is shown.
static std::string helpOf(llvm::StringRef Page) {
  Page = Page.split('\n').second.ltrim();
  std::string Result;
  while (!Page.empty()) {
    const size_t Open = Page.find('[');
    Result += Page.take_front(Open);
    Page = Page.substr(Open);
    const size_t Middle = Page.find("](");
    const size_t Close = Page.find(')', Middle);
    if (Page.empty() || Middle == llvm::StringRef::npos ||
        Close == llvm::StringRef::npos) {
      Result += Page;
      break;
    }
    const llvm::StringRef Text = Page.slice(1, Middle);
    const llvm::StringRef Target = Page.slice(Middle + 2, Close);
    const bool IsLink = Text.find_first_of("[\n`") == llvm::StringRef::npos;
    if (IsLink && !Target.contains("://")) {
      Result += Text;
      Page = Page.substr(Close + 1);
      continue;
    }
    Result += '[';
    Page = Page.drop_front();
  }
  return Result;
}

static void printText(json::OStream &J, llvm::StringRef Key,
                      llvm::StringRef Text) {
  J.attributeObject(Key, [&] { J.attribute("text", validUtf8(Text)); });
}

static void printKnown(json::OStream &J, const CheckInfo &Info) {
  J.attribute("name", camelCase(Info.Id));
  printText(J, "shortDescription", Info.Summary);
  printText(J, "fullDescription", Info.Summary);
  J.attributeObject("help", [&] {
    const std::string Help = helpOf(Info.Page);
    J.attribute("text", Help);
    J.attribute("markdown", Help);
  });
  J.attributeObject("defaultConfiguration",
                    [&] { J.attribute("level", levelOf(Info)); });
  J.attributeObject("properties", [&] {
    J.attribute("precision", "high");
    // GitHub's words for the levels.
    J.attribute("problem.severity", levelOf(Info) == "note"
                                        ? llvm::StringRef("recommendation")
                                        : levelOf(Info));
    J.attributeArray("tags", [&] {
      for (const char *Tag : {"concurrency", "correctness", "threads"})
        J.value(Tag);
    });
  });
}

void SarifRules::print(json::OStream &J) const {
  for (const std::string &Check : Checks)
    J.object([&] {
      J.attribute("id", validUtf8(Check));
      if (const CheckInfo *Info = findCheck(Check)) {
        printKnown(J, *Info);
        return;
      }
      // Of another version of ours, in a report that was merged.
      const std::string Text = "The check '" + validUtf8(Check) + "'.";
      J.attribute("name", camelCase(Check));
      printText(J, "shortDescription", Text);
      printText(J, "fullDescription", Text);
      printText(J, "help", Text);
    });
}

} // namespace thread_stop::tool
