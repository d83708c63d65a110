// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading a version string.

#ifndef THREAD_STOP_LOADER_HOSTVERSION_H
#define THREAD_STOP_LOADER_HOSTVERSION_H

#include <cstdlib>
#include <cstring>

namespace thread_stop {

/// The exit status of clang-tidy when the plugin refuses to work in it. Not 1,
/// which clang-tidy uses for findings, and not 0: clang-tidy itself would
/// ignore a plugin that fails to load and report success.
constexpr int WrongHostExitCode = 3;

/// The major version in a string like "Debian clang-tidy version 22.1.8 (..)",
/// 0 if there is none.
inline int majorVersion(const char *Text) {
  static const char Marker[] = "version ";
  const char *Found = Text ? std::strstr(Text, Marker) : nullptr;
  return Found ? std::atoi(Found + sizeof(Marker) - 1) : 0;
}

} // namespace thread_stop

#endif // THREAD_STOP_LOADER_HOSTVERSION_H
