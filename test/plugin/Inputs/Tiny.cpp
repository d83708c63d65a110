// The smallest module: one check, for tests of loading. Compiled with every
// LLVM from 14 to 22.

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#if __has_include("clang-tidy/ClangTidyModuleRegistry.h")
#pragma clang diagnostic ignored "-W#warnings"
#include "clang-tidy/ClangTidyModuleRegistry.h"
#endif

namespace clang::tidy::thread_stop {
namespace {

class TinyCheck : public ClangTidyCheck {
public:
  using ClangTidyCheck::ClangTidyCheck;
};

class TinyModule : public ClangTidyModule {
public:
  void addCheckFactories(ClangTidyCheckFactories &Factories) override {
    Factories.registerCheck<TinyCheck>("thread-stop-tiny");
  }
};

} // namespace
} // namespace clang::tidy::thread_stop

static clang::tidy::ClangTidyModuleRegistry::Add<
    clang::tidy::thread_stop::TinyModule>
    X("thread-stop", "One check, for tests of loading.");
