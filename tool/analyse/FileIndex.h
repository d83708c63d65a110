// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one file mentions, whoever includes it and with whatever flags: names,
// includes, macros. It tells cheaply that a translation unit cannot contain
// what a check looks for. Conditions are not evaluated: what stands in any
// branch counts.

#ifndef THREAD_STOP_TOOL_ANALYSE_FILEINDEX_H
#define THREAD_STOP_TOOL_ANALYSE_FILEINDEX_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thread_stop::tool {

/// A name, hashed. Two names with one hash cost a needless parse, no more.
using NameHash = uint32_t;
NameHash hashName(llvm::StringRef Name);

struct IncludeDirective {
  std::string Name; ///< without quotes or brackets
  bool Angled = false;
  bool Next = false;  ///< #include_next
  bool Probe = false; ///< whether it is there is all that is asked for
};

/// A #define: its name, and the names in its body.
struct MacroBody {
  NameHash Name = 0;
  std::string Spelling;
  std::vector<NameHash> Mentions;
  bool Pastes = false; ///< has ##
  bool Probes = false; ///< asks whether a header is there
};

struct FileIndex {
  uint64_t Hash = 0; ///< of the text
  std::vector<IncludeDirective> Includes;
  std::vector<NameHash> Names; ///< sorted, without doubles
  std::vector<MacroBody> Macros;
  /// Some #include names its file by a macro.
  bool ComputedInclude = false;
  bool Pastes = false; ///< has ##
  /// A macro asks whether a header is there.
  bool MacroProbes = false;
  /// Has line markers, behind which a system header may be the user's again.
  bool LineMarkers = false;
  /// Imports modules: its includes are not all there is.
  bool Modules = false;

  bool mentions(NameHash N) const;
};

FileIndex indexText(llvm::StringRef Text);

/// For the cache. Null from what writeIndex has not written.
std::string writeIndex(const FileIndex &I);
std::optional<FileIndex> readIndex(llvm::StringRef Bytes);

} // namespace thread_stop::tool

#endif
