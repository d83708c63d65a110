// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All that differs between the LLVM versions we build with. An entry says
// since when or until when it is needed and goes when the floor (14) rises.

#ifndef THREAD_STOP_CHECKS_SUPPORT_LLVMCOMPAT_H
#define THREAD_STOP_CHECKS_SUPPORT_LLVMCOMPAT_H

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/utils/IncludeInserter.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/DiagnosticOptions.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Frontend/Utils.h"
#include "llvm/ADT/FunctionExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Config/llvm-config.h"
#include <memory>

// In 22 they have moved.
#if LLVM_VERSION_MAJOR < 22
#include "clang/Driver/Driver.h"
#else
#include "clang/Driver/CreateInvocationFromArgs.h"
#include "clang/Options/OptionUtils.h"
#endif

// Until 21: the registry has a header of its own; 22 warns about it.
#if LLVM_VERSION_MAJOR < 22
#include "clang-tidy/ClangTidyModuleRegistry.h"
#endif

// Until 16 vfs::FileSystem::getRealPath was const.
#if LLVM_VERSION_MAJOR < 17
#define THREAD_STOP_REAL_PATH_CONST const
#else
#define THREAD_STOP_REAL_PATH_CONST
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

/// Since 22 an engine only refers to its options; the pair keeps both.
struct Diagnostics {
  explicit Diagnostics(clang::DiagnosticConsumer &To) {
#if LLVM_VERSION_MAJOR < 22
    Engine = new clang::DiagnosticsEngine(new clang::DiagnosticIDs,
                                          new clang::DiagnosticOptions, &To,
                                          /*ShouldOwnClient=*/false);
#else
    Options = std::make_unique<clang::DiagnosticOptions>();
    Engine = llvm::makeIntrusiveRefCnt<clang::DiagnosticsEngine>(
        llvm::makeIntrusiveRefCnt<clang::DiagnosticIDs>(), *Options, &To,
        /*ShouldOwnClient=*/false);
#endif
  }
  std::unique_ptr<clang::DiagnosticOptions> Options;
  llvm::IntrusiveRefCntPtr<clang::DiagnosticsEngine> Engine;
};

/// Since 22 the context takes the options along. `D` has to stay.
inline void setDiagnostics(clang::tidy::ClangTidyContext &Context,
                           Diagnostics &D) {
#if LLVM_VERSION_MAJOR < 22
  Context.setDiagnosticsEngine(D.Engine.get());
#else
  Context.setDiagnosticsEngine(std::make_unique<clang::DiagnosticOptions>(),
                               D.Engine.get());
#endif
}

/// What the driver makes of a command line; the best it can after errors,
/// which `D` is told. Until 14 under another name.
inline std::unique_ptr<clang::CompilerInvocation>
createInvocation(llvm::ArrayRef<const char *> Args, Diagnostics &D,
                 llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files) {
#if LLVM_VERSION_MAJOR < 15
  return clang::createInvocationFromCommandLine(Args, D.Engine,
                                                std::move(Files), true);
#else
  clang::CreateInvocationOptions Options;
  Options.Diags = D.Engine;
  Options.VFS = std::move(Files);
  Options.RecoverOnError = true;
  return clang::createInvocation(Args, Options);
#endif
}

/// Until 17 a pointer.
inline const clang::LangOptions &
languageOf(const clang::CompilerInvocation &I) {
#if LLVM_VERSION_MAJOR < 18
  return *I.getLangOpts();
#else
  return I.getLangOpts();
#endif
}

/// Where the headers of the clang are that is, or would be, at `Program`.
inline std::string resourceDirectory(llvm::StringRef Program) {
#if LLVM_VERSION_MAJOR < 22
  return clang::driver::Driver::GetResourcesPath(Program);
#else
  return clang::GetResourcesPath(Program);
#endif
}

/// What the driver has made of a command, as options of the compiler proper.
inline std::vector<std::string>
compilerArguments(const clang::CompilerInvocation &I) {
  std::vector<std::string> Out;
#if LLVM_VERSION_MAJOR < 16
  llvm::BumpPtrAllocator Memory;
  llvm::StringSaver Saver(Memory);
  llvm::SmallVector<const char *, 64> Args;
  I.generateCC1CommandLine(
      Args, [&](const llvm::Twine &Arg) { return Saver.save(Arg).data(); });
  Out.assign(Args.begin(), Args.end());
#else
  Out = I.getCC1CommandLine();
#endif
  return Out;
}

inline void setRawStrings(clang::LangOptions &Lang, bool On) {
#if LLVM_VERSION_MAJOR < 19
  Lang.CPlusPlus11 = On;
#else
  Lang.RawStringLiterals = On;
#endif
}

/// What clangd asks for options. Until 21 what provides the default checks is
/// only referred to, and has to stay.
#if LLVM_VERSION_MAJOR < 22
using ClangdTidyProvider =
    llvm::function_ref<void(clang::tidy::ClangTidyOptions &, llvm::StringRef)>;
#else
using ClangdTidyProvider = llvm::unique_function<void(
    clang::tidy::ClangTidyOptions &, llvm::StringRef) const>;
#endif

/// `First`, then `Then`, which is told whether `First` found checks chosen.
template <class Function>
ClangdTidyProvider makeTidyProvider(ClangdTidyProvider First, Function Then) {
  auto Both = [First = std::move(First),
               Then](clang::tidy::ClangTidyOptions &Options,
                     llvm::StringRef File) {
    const bool HadChecks = Options.Checks && !Options.Checks->empty();
    First(Options, File);
    Then(Options, HadChecks);
  };
#if LLVM_VERSION_MAJOR < 22
  static const auto Kept = std::move(Both);
  return Kept;
#else
  return Both;
#endif
}

} // namespace thread_stop::compat

#endif
