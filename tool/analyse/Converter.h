// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From clang-tidy's errors, which know offsets and the build folder, to
// findings with lines and paths that mean the same everywhere.

#ifndef THREAD_STOP_TOOL_ANALYSE_CONVERTER_H
#define THREAD_STOP_TOOL_ANALYSE_CONVERTER_H

#include "analyse/Analyzer.h"
#include "clang-tidy/ClangTidyDiagnosticConsumer.h"
#include <map>
#include <vector>

namespace thread_stop::tool {

class Converter {
public:
  Converter(SourceFiles &Files, llvm::StringRef Root, const Job &J)
      : Files(Files), Root(Root.str()), J(J) {}

  /// `Broken`: the compiler's errors have kept the checks from their work.
  void convert(const std::vector<clang::tidy::ClangTidyError> &Errors,
               bool Broken, UnitResult &Out);

private:
  Location locate(llvm::StringRef Path, unsigned Offset, unsigned Length);
  Location locateToken(const clang::tooling::DiagnosticMessage &M);
  std::vector<Edit> edits(const clang::tooling::DiagnosticMessage &M);
  Finding finding(const clang::tidy::ClangTidyError &E);
  std::string oneLine(const clang::tidy::ClangTidyError &E);
  const std::vector<size_t> &lineStarts(const FileContent &Of,
                                        llvm::StringRef Text);

  SourceFiles &Files;
  const std::string Root;
  const Job &J;
  /// Where the lines begin in the files that had findings.
  std::map<const FileContent *, std::vector<size_t>> Lines;
};

} // namespace thread_stop::tool

#endif
