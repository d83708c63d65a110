// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All that differs between the LLVM versions we build with. An entry says
// since when or until when it is needed and goes when the floor (14) rises.

#ifndef THREAD_STOP_CHECKS_SUPPORT_LLVMCOMPAT_H
#define THREAD_STOP_CHECKS_SUPPORT_LLVMCOMPAT_H

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/utils/IncludeInserter.h"
#include "llvm/Config/llvm-config.h"

// Until 21: the registry has a header of its own; 22 warns about it.
#if LLVM_VERSION_MAJOR < 22
#include "clang-tidy/ClangTidyModuleRegistry.h"
#endif

namespace thread_stop::compat {

/// Since 15 an inserter wants to know whether diagnostics stand alone (they do
/// in clangd).
inline clang::tidy::utils::IncludeInserter
makeIncludeInserter(bool SelfContained) {
  using clang::tidy::utils::IncludeSorter;
#if LLVM_VERSION_MAJOR < 15
  (void)SelfContained;
  return clang::tidy::utils::IncludeInserter(IncludeSorter::IS_LLVM);
#else
  return clang::tidy::utils::IncludeInserter(IncludeSorter::IS_LLVM,
                                             SelfContained);
#endif
}

/// Since 15; before, no host asked for self-contained diagnostics.
inline bool selfContained(clang::tidy::ClangTidyContext *Context) {
#if LLVM_VERSION_MAJOR < 15
  (void)Context;
  return false;
#else
  return Context->areDiagsSelfContained();
#endif
}

} // namespace thread_stop::compat

#endif
