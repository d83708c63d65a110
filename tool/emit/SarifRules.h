// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rules of a SARIF log: the checks that have found something.

#ifndef THREAD_STOP_TOOL_EMIT_SARIFRULES_H
#define THREAD_STOP_TOOL_EMIT_SARIFRULES_H

#include "Report.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

class SarifRules {
public:
  explicit SarifRules(const Report &R);
  /// The index of a check that the report has a finding of.
  unsigned indexOf(const std::string &Check) const;
  void print(llvm::json::OStream &J) const;

private:
  std::vector<std::string> Checks; ///< sorted
};

} // namespace thread_stop::tool

#endif
