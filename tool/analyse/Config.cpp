// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Config.h"

#include "CheckInfo.h"
#include "clang-tidy/GlobList.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include <algorithm>

using namespace clang::tidy;
using namespace llvm;

namespace thread_stop::tool {

static Error userError(const Twine &Message) {
  return createStringError(std::errc::invalid_argument, "%s",
                           Message.str().c_str());
}

//===--- Lists of checks --------------------------------------------------===//

static SmallVector<StringRef, 16> items(StringRef List) {
  SmallVector<StringRef, 16> Parts, Out;
  List.split(Parts, ',');
  for (StringRef Part : Parts) {
    SmallVector<StringRef, 4> Lines;
    Part.split(Lines, '\n');
    for (StringRef Line : Lines) {
      Line = Line.split('#').first.trim();
      if (!Line.empty())
        Out.push_back(Line);
    }
  }
  return Out;
}

static bool fitsOne(StringRef Pattern) {
  const GlobList Globs(Pattern);
  return any_of(allChecks(),
                [&](const CheckInfo &C) { return Globs.contains(C.Name); });
}

Expected<std::string> normalizeChecks(StringRef List) {
  std::string Out;
  for (StringRef Item : items(List)) {
    const bool Negative = Item.consume_front("-");
    Item = Item.trim();
    std::string Name = Item.str();
    if (Item.take_front(CheckPrefix.size()) != CheckPrefix &&
        Item.take_front(1) != "*")
      Name = (CheckPrefix + Item).str();
    if (!fitsOne(Name)) {
      const StringRef Near = nearestCheck(Name);
      return userError("--checks: '" + Item + "' fits no check" +
                       (Near.empty() ? Twine("; see 'thread-stop list'")
                                     : "; did you mean '" + Near + "'?"));
    }
    if (Out.empty() && !Negative)
      Out = "-*";
    Out += Out.empty() ? "" : ",";
    Out += Negative ? "-" : "";
    Out += Name;
  }
  return Out;
}

std::string ownPart(StringRef Checks) {
  std::string Kept;
  bool Selects = false;
  for (StringRef Item : items(Checks)) {
    StringRef Body = Item;
    const bool Negative = Body.consume_front("-");
    if (Negative && Body.trim() == "*") {
      Kept.clear();
      Selects = false;
    } else if (Body.trim() != "*" &&
               (Body.trim().take_front(11) == "thread-stop" ||
                fitsOne(Body.trim()))) {
      Kept += "," + Item.str();
      Selects |= !Negative;
    }
  }
  return (Selects ? "-*" : "thread-stop-*") + Kept;
}

//===--- Files ------------------------------------------------------------===//

using ConfigParser = std::function<ErrorOr<ClangTidyOptions>(MemoryBufferRef)>;

namespace {
/// clang-tidy's reader of .clang-tidy files, but for what happens on errors.
/// (The constructor that takes handlers forgets the file system.)
class CheckedFileOptions : public FileOptionsProvider {
public:
  CheckedFileOptions(const ClangTidyOptions &Defaults,
                     const ClangTidyOptions &Override, ConfigParser Parse)
      : FileOptionsProvider(ClangTidyGlobalOptions(), Defaults, Override,
                            vfs::getRealFileSystem()) {
    ConfigHandlers.clear();
    ConfigHandlers.emplace_back(".clang-tidy", std::move(Parse));
  }
};
} // namespace

class ConfigReader::Provider {
public:
  ClangTidyOptions Defaults;
  std::string Checks; ///< of the command line, normalized
  std::unique_ptr<ClangTidyOptionsProvider> Inner;
  std::map<std::string, std::string> Errors;

  /// For FileOptionsProvider: a file that is wrong is noted, and stands for an
  /// empty one.
  ErrorOr<ClangTidyOptions> parse(MemoryBufferRef Text) {
    std::string Why;
    auto Note = [&](const SMDiagnostic &D) {
      if (D.getKind() == SourceMgr::DK_Error && Why.empty())
        Why = "line " + std::to_string(std::max(D.getLineNo(), 1)) + ": " +
              D.getMessage().str();
    };
    ErrorOr<ClangTidyOptions> Parsed = parseConfigurationWithDiags(Text, Note);
    if (Parsed)
      return Parsed;
    Errors[Text.getBufferIdentifier().str()] =
        Why.empty() ? Parsed.getError().message() : Why;
    return ClangTidyOptions();
  }
};

ConfigReader::ConfigReader() : Files(std::make_unique<Provider>()) {}
ConfigReader::~ConfigReader() = default;

static Expected<ClangTidyOptions> parseGiven(StringRef Text, StringRef Name) {
  std::string Why;
  auto Note = [&](const SMDiagnostic &D) {
    if (D.getKind() == SourceMgr::DK_Error && Why.empty())
      Why = "line " + std::to_string(std::max(D.getLineNo(), 1)) + ": " +
            D.getMessage().str();
  };
  ErrorOr<ClangTidyOptions> Parsed =
      parseConfigurationWithDiags(MemoryBufferRef(Text, Name), Note);
  if (!Parsed)
    return userError(Name + ": " +
                     (Why.empty() ? Parsed.getError().message() : Why));
  return *Parsed;
}

static Expected<std::string> givenText(const ConfigRequest &R) {
  if (R.ConfigFile.empty())
    return R.Config;
  auto Read = MemoryBuffer::getFile(R.ConfigFile);
  if (!Read)
    return userError(R.ConfigFile +
                     " cannot be read: " + Read.getError().message());
  return (*Read)->getBuffer().str();
}

Expected<std::unique_ptr<ConfigReader>>
ConfigReader::make(const ConfigRequest &R) {
  std::unique_ptr<ConfigReader> Out(new ConfigReader);
  Provider &P = *Out->Files;
  Expected<std::string> Checks = normalizeChecks(R.Checks);
  if (!Checks)
    return Checks.takeError();
  P.Checks = *Checks;
  P.Defaults = ClangTidyOptions::getDefaults();
  P.Defaults.Checks = "";
  ClangTidyOptions Override;
  if (!R.HeaderFilter.empty())
    Override.HeaderFilterRegex = R.HeaderFilter;

  if (!R.Config.empty() || !R.ConfigFile.empty()) {
    Expected<std::string> Text = givenText(R);
    if (!Text)
      return Text.takeError();
    Expected<ClangTidyOptions> Given = parseGiven(
        *Text, R.ConfigFile.empty() ? "--config" : StringRef(R.ConfigFile));
    if (!Given)
      return Given.takeError();
    P.Inner = std::make_unique<ConfigOptionsProvider>(
        ClangTidyGlobalOptions(), P.Defaults, *Given, Override,
        vfs::getRealFileSystem());
  } else if (R.IgnoreFiles) {
    P.Inner = std::make_unique<DefaultOptionsProvider>(
        ClangTidyGlobalOptions(), P.Defaults.merge(Override, 1));
  } else {
    P.Inner = std::make_unique<CheckedFileOptions>(
        P.Defaults, Override,
        [&P](MemoryBufferRef Text) { return P.parse(Text); });
  }
  return std::move(Out);
}

const ConfigReader::Effective &ConfigReader::effectiveFor(StringRef File) {
  std::lock_guard<std::mutex> Lock(Guard);
  const Effective *&Known = ByFolder[sys::path::parent_path(File).str()];
  if (Known)
    return *Known;
  auto New = std::make_unique<Effective>();
  New->Options = Files->Inner->getOptions(File);
  std::string Checks = ownPart(New->Options.Checks ? *New->Options.Checks : "");
  if (!Files->Checks.empty())
    Checks += "," + Files->Checks;
  New->Options.Checks = Checks;
  const GlobList Globs(Checks);
  for (const CheckInfo &C : allChecks())
    if (Globs.contains(C.Name))
      New->Checks.push_back(C.Name.str());
  New->Text = configurationAsText(New->Options);
  std::unique_ptr<Effective> &Slot = ByText[New->Text];
  if (!Slot)
    Slot = std::move(New);
  Known = Slot.get();
  return *Known;
}

const ClangTidyOptions &ConfigReader::optionsFor(StringRef File) {
  return effectiveFor(File).Options;
}

std::vector<std::pair<std::string, std::string>> ConfigReader::errors() const {
  return {Files->Errors.begin(), Files->Errors.end()};
}

} // namespace thread_stop::tool
