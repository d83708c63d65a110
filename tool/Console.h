// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What goes to the standard error: errors, progress, the summary. Findings go
// to the standard output, and are not here.

#ifndef THREAD_STOP_TOOL_CONSOLE_H
#define THREAD_STOP_TOOL_CONSOLE_H

#include "Options.h"
#include "Report.h"
#include "analyse/Runner.h"
#include "llvm/ADT/StringRef.h"

namespace thread_stop::tool {

class Console {
public:
  explicit Console(const CommandLine &C);

  void error(llvm::StringRef Message);
  void warning(llvm::StringRef Message);
  void note(llvm::StringRef Message);
  void failures(const std::vector<Failure> &All);
  void summary(const Report &R, double Seconds);
  void stats(const Report &R, const RunResult &Run,
             const std::vector<Job> &Jobs, double Seconds);

  /// A bar, if there is a terminal to draw it on.
  void progress(size_t Done, size_t Of);
  void endProgress();

  /// Whether findings are printed in colour.
  bool colorOut() const { return ColorOut; }

private:
  void tagged(const char *Color, llvm::StringRef Tag, llvm::StringRef Message);
  const char *style(const char *Code) const { return ColorErr ? Code : ""; }

  bool Quiet, Summary, ColorOut, ColorErr, ShowProgress;
  size_t Drawn = 0; ///< columns of the bar that is on the screen
};

} // namespace thread_stop::tool

#endif
