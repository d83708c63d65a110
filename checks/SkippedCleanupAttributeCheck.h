// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef THREAD_STOP_CHECKS_SKIPPEDCLEANUPATTRIBUTECHECK_H
#define THREAD_STOP_CHECKS_SKIPPEDCLEANUPATTRIBUTECHECK_H

#include "GatedCheck.h"

namespace clang::tidy::thread_stop {

/// Finds cleanups and destructors that a cancel skips.
///
/// See docs/checks/skipped-cleanup-attribute.md.
class SkippedCleanupAttributeCheck : public GatedCheck {
public:
  SkippedCleanupAttributeCheck(StringRef Name, ClangTidyContext *Context)
      : GatedCheck(Name, Context,
                   ::thread_stop::flow::CheckKind::SkippedCleanupAttribute) {}
};

} // namespace clang::tidy::thread_stop

#endif
