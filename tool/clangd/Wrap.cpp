// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands in clangd's way. The linker's --wrap sends calls of a function
// here, as __wrap_<name>, and calls of __real_<name> to the function itself. It
// only sees calls from another object file, so not all functions can be
// replaced; see CMakeLists.txt for the list.

#include "support/LlvmCompat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>
#include <optional>
#include <string>

using clang::tidy::ClangTidyOptions;
using llvm::StringRef;
using thread_stop::compat::ClangdTidyProvider;
using thread_stop::compat::makeTidyProvider;

namespace clang::clangd {
// As clangd declares them: only references to them pass through here.
struct PublishDiagnosticsParams;
struct CodeAction;
class SymbolIndex {
public:
  virtual ~SymbolIndex();
};

namespace remote {
std::unique_ptr<SymbolIndex> getClient(StringRef Address, StringRef Root);
} // namespace remote
} // namespace clang::clangd

using clang::clangd::CodeAction;
using clang::clangd::PublishDiagnosticsParams;

static constexpr llvm::StringLiteral Prefix = "thread-stop-";

#define WRAPPED(Type, Name, Parameters, Symbol)                                \
  Type Name Parameters __asm__("__wrap_" Symbol);                              \
  Type real##Name Parameters __asm__("__real_" Symbol)

WRAPPED(std::optional<bool>, IsFast, (StringRef Check),
        "_ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE");
WRAPPED(ClangdTidyProvider, DefaultChecks, (),
        "_ZN5clang6clangd20provideDefaultChecksEv");
WRAPPED(llvm::json::Value, PublishToJson, (const PublishDiagnosticsParams &),
        "_ZN5clang6clangd6toJSONERKNS0_24PublishDiagnosticsParamsE");
WRAPPED(llvm::json::Value, ActionToJson, (const CodeAction &),
        "_ZN5clang6clangd6toJSONERKNS0_10CodeActionE");

//===--- Which checks run -------------------------------------------------===//

/// clangd runs no check whose time it does not know. bench/clangd/ measures
/// that of ours.
std::optional<bool> IsFast(StringRef Check) {
  if (Check.take_front(Prefix.size()) == Prefix)
    return true;
  return realIsFast(Check);
}

/// Whether a list takes checks away and adds none.
static bool onlyRemoves(StringRef Checks) {
  llvm::SmallVector<StringRef, 8> Globs;
  Checks.split(Globs, ',', -1, false);
  return llvm::all_of(Globs, [](StringRef Glob) {
    return Glob.trim().empty() || Glob.trim().front() == '-';
  });
}

/// Comes after .clang-tidy and .clangd. clangd replaces its defaults by what
/// they say, which for a `Remove` alone would leave nothing: the user who turns
/// one of our checks off wants to keep the others.
ClangdTidyProvider DefaultChecks() {
  return makeTidyProvider(
      realDefaultChecks(), [](ClangTidyOptions &Options, bool HadChecks) {
        const std::string Set = Options.Checks ? *Options.Checks : "";
        if (!HadChecks)
          Options.Checks = Set + ",thread-stop-*";
        else if (onlyRemoves(Set))
          Options.Checks = "thread-stop-*," + Set;
      });
}

//===--- Links to our pages -----------------------------------------------===//

/// The page of a check, or nothing. Where it is, is known from where the
/// program is: bin/ and share/ have the same parent.
static std::string pageOf(StringRef Check) {
  static int Here;
  static const std::string Program =
      llvm::sys::fs::getMainExecutable("thread-stop-clangd", &Here);
  llvm::SmallString<256> Page(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(Program)));
  llvm::sys::path::append(Page, THREAD_STOP_PAGES,
                          Check.drop_front(Prefix.size()) + ".md");
  if (!llvm::sys::fs::exists(Page))
    return "";
  std::string Uri = "file://";
  for (const unsigned char C : Page.str()) {
    if (llvm::isAlnum(C) || StringRef("-._~/").contains(C)) {
      Uri += C;
      continue;
    }
    Uri += '%';
    Uri += llvm::hexdigit(C >> 4);
    Uri += llvm::hexdigit(C & 15);
  }
  return Uri;
}

/// clangd makes the link from the check's name, and takes all checks for
/// clang-tidy's own: nothing is there. Better no link than that one.
static void correctLinks(llvm::json::Value &Message) {
  llvm::json::Object *Fields = Message.getAsObject();
  llvm::json::Array *Diagnostics =
      Fields ? Fields->getArray("diagnostics") : nullptr;
  if (!Diagnostics)
    return;
  for (llvm::json::Value &Each : *Diagnostics) {
    llvm::json::Object *Diagnostic = Each.getAsObject();
    const auto Code = Diagnostic ? Diagnostic->getString("code")
                                 : decltype(Diagnostic->getString("")){};
    if (!Code || Code->take_front(Prefix.size()) != Prefix)
      continue;
    const std::string Page = pageOf(*Code);
    if (Page.empty())
      Diagnostic->erase("codeDescription");
    else
      (*Diagnostic)["codeDescription"] = llvm::json::Object{{"href", Page}};
  }
}

llvm::json::Value PublishToJson(const PublishDiagnosticsParams &Params) {
  llvm::json::Value Message = realPublishToJson(Params);
  correctLinks(Message);
  return Message;
}

llvm::json::Value ActionToJson(const CodeAction &Action) {
  llvm::json::Value Message = realActionToJson(Action);
  correctLinks(Message);
  return Message;
}

//===--- The index on another machine -------------------------------------===//

/// Would need gRPC. clangd goes on without that index if there is no client.
std::unique_ptr<clang::clangd::SymbolIndex>
clang::clangd::remote::getClient(StringRef Address, StringRef) {
  llvm::errs() << "thread-stop-clangd has no remote index: " << Address
               << " is not used\n";
  // clangd makes it buffered.
  llvm::errs().flush();
  return nullptr;
}
