// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled into the module: refuses to run in another LLVM than our own. LLVM's
// C++ interface changes with each major version, and a module in the wrong one
// may crash, or just find nothing. The loader picks the module by its file
// name; this guard catches one that was renamed, or loaded without the loader.

#include "HostVersion.h"
#include "clang/Basic/Version.h"
#include <cstdio>
#include <unistd.h>

/// Runs before every other initializer of the module, so before one of them
/// hands clang-tidy an object that it would misread.
__attribute__((constructor(101))) static void refuseOtherLlvm() {
  const std::string Host = clang::getClangFullVersion();
  if (thread_stop::majorVersion(Host.c_str()) == CLANG_VERSION_MAJOR)
    return;
  std::fprintf(stderr,
               "error: thread-stop: this module was built for LLVM %d but is "
               "loaded into LLVM %d (%s); load libthread-stop-tidy.so, which "
               "picks the right module\n",
               CLANG_VERSION_MAJOR, thread_stop::majorVersion(Host.c_str()),
               Host.c_str());
  _exit(thread_stop::WrongHostExitCode);
}
