// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers the checks of Checks.def with clang-tidy.

#include "AsyncCancelUnsafeCallCheck.h"
#include "AsyncCancelWithLockCheck.h"
#include "CancelInNoexceptCheck.h"
#include "CancelStateNotRestoredCheck.h"
#include "CanceledCompareCheck.h"
#include "CheckThenBlockCheck.h"
#include "EintrRetryCheck.h"
#include "ExitInHandlerCheck.h"
#include "JoinUnderLockCheck.h"
#include "LeakAcrossCancellationPointCheck.h"
#include "LockAcrossCancellationPointCheck.h"
#include "MigrateCheck.h"
#include "NoCancellationPointCheck.h"
#include "NonatomicFlagCheck.h"
#include "ProcessKillingSignalCheck.h"
#include "PthreadCancelCheck.h"
#include "ReservedSignalCheck.h"
#include "RestartingHandlerCheck.h"
#include "SkippedCleanupAttributeCheck.h"
#include "StaleCleanupArgumentCheck.h"
#include "SwallowedUnwindCheck.h"
#include "SwappedCancelConstantCheck.h"
#include "UnjoinedCancelCheck.h"
#include "UnmatchedCleanupCheck.h"
#include "support/LlvmCompat.h"

namespace clang::tidy::thread_stop {
namespace {
class ThreadStopModule : public ClangTidyModule {
public:
  void addCheckFactories(ClangTidyCheckFactories &Factories) override {
#define THREAD_STOP_CHECK(Class, Id, Summary, Severity, Fix, Safety, Since)    \
  Factories.registerCheck<Class>("thread-stop-" Id);
#include "Checks.def"
#undef THREAD_STOP_CHECK
  }
};
} // namespace

static ClangTidyModuleRegistry::Add<ThreadStopModule>
    X("thread-stop-module", "Checks for stopping POSIX threads.");

} // namespace clang::tidy::thread_stop
