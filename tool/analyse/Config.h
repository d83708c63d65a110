// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What .clang-tidy files and the command line say about checks and options, as
// clang-tidy itself reads it.

#ifndef THREAD_STOP_TOOL_ANALYSE_CONFIG_H
#define THREAD_STOP_TOOL_ANALYSE_CONFIG_H

#include "clang-tidy/ClangTidyOptions.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace thread_stop::tool {

struct ConfigRequest {
  std::string Checks;     ///< --checks
  std::string Config;     ///< --config, YAML; or empty
  std::string ConfigFile; ///< --config-file; or empty
  std::string HeaderFilter;
  bool IgnoreFiles = false; ///< --no-config: no .clang-tidy is read
};

class ConfigReader {
public:
  /// Fails if the request itself is wrong.
  static llvm::Expected<std::unique_ptr<ConfigReader>>
  make(const ConfigRequest &R);
  ~ConfigReader();

  /// The options for an absolute path.
  const clang::tidy::ClangTidyOptions &optionsFor(llvm::StringRef File);
  /// The names of the checks that are on, sorted; and as a key for caches, with
  /// all options.
  struct Effective {
    clang::tidy::ClangTidyOptions Options;
    std::vector<std::string> Checks;
    std::string Text;
  };
  /// One object for all files with the same configuration.
  const Effective &effectiveFor(llvm::StringRef File);

  /// .clang-tidy files that could not be read: path and message, sorted.
  std::vector<std::pair<std::string, std::string>> errors() const;

private:
  ConfigReader();
  class Provider;
  std::unique_ptr<Provider> Files;
  std::mutex Guard;
  std::map<std::string, std::unique_ptr<Effective>> ByText;
  std::map<std::string, const Effective *> ByFolder;
};

/// Makes full names out of short ones: `pthread-cancel` is
/// `thread-stop-pthread-cancel`. A list that begins with a check to add
/// selects, one that begins with a check to leave out subtracts. Fails on a
/// name or pattern that fits no check.
llvm::Expected<std::string> normalizeChecks(llvm::StringRef List);

/// What a .clang-tidy says about our checks. One that does not speak of them
/// leaves them on.
std::string ownPart(llvm::StringRef Checks);

} // namespace thread_stop::tool

#endif
