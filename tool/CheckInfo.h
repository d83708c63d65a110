// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known about each check: its line in Checks.def and its page.

#ifndef THREAD_STOP_TOOL_CHECKINFO_H
#define THREAD_STOP_TOOL_CHECKINFO_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace thread_stop::tool {

struct CheckInfo {
  llvm::StringRef Id;       ///< without the prefix
  llvm::StringRef Name;     ///< thread-stop-<id>
  llvm::StringRef Summary;  ///< one sentence
  llvm::StringRef Severity; ///< low, medium, high
  llvm::StringRef Fix;      ///< None, Sometimes, Always
  llvm::StringRef Safety;   ///< safe, unsafe
  llvm::StringRef Since;    ///< a version of ours
  llvm::StringRef Page;     ///< docs/checks/<id>.md, whole
};

constexpr llvm::StringLiteral CheckPrefix = "thread-stop-";

/// All checks, sorted by id.
llvm::ArrayRef<CheckInfo> allChecks();

/// By full name or by id; null if there is none.
const CheckInfo *findCheck(llvm::StringRef NameOrId);

/// The check whose name is most like `Name`, for "did you mean"; empty if none
/// is near.
llvm::StringRef nearestCheck(llvm::StringRef Name);

} // namespace thread_stop::tool

#endif
