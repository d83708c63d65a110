// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a compile command to what clang makes of it. Commands that differ in
// nothing but the file share the work of the driver.

#ifndef THREAD_STOP_TOOL_ANALYSE_FLAGS_H
#define THREAD_STOP_TOOL_ANALYSE_FLAGS_H

#include "analyse/SourceFiles.h"
#include "clang/Frontend/CompilerInvocation.h"
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace thread_stop::tool {

/// A translation unit to look at.
struct Job {
  std::string File;                 ///< absolute
  std::string Directory;            ///< absolute: the command runs there
  std::vector<std::string> Command; ///< argv; as the database has it
  std::string SpelledFile;          ///< as the command names it
  bool Guessed = false;             ///< no database speaks of the file
};

/// What the driver has made of a command.
struct Flags {
  /// Null: then Errors says why.
  std::shared_ptr<const clang::CompilerInvocation> Invocation;
  std::vector<std::string> Errors;
  std::vector<std::string> Dropped; ///< options that clang does not have
  /// The same for two commands that mean the same.
  uint64_t Hash = 0;
};

class FlagsReader {
public:
  explicit FlagsReader(SourceFiles &Files) : Files(Files) {}

  /// `Extra` and `ExtraBefore`: from .clang-tidy.
  std::shared_ptr<const Flags> read(const Job &J,
                                    llvm::ArrayRef<std::string> ExtraBefore,
                                    llvm::ArrayRef<std::string> Extra);

  /// Where clang's own headers are.
  static const std::string &resourceDirectory();

private:
  std::shared_ptr<Flags> make(const Job &J, std::vector<std::string> Command);

  SourceFiles &Files;
  std::mutex Guard;
  std::map<std::string, std::shared_ptr<const Flags>> Known;
};

/// What others share may only be read through a copy.
std::shared_ptr<clang::CompilerInvocation> copyOf(const Flags &F);
/// A copy for one file.
std::shared_ptr<clang::CompilerInvocation> invocationFor(const Flags &F,
                                                         const Job &J);

} // namespace thread_stop::tool

#endif
