// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Analyzer.h"

#include "analyse/Converter.h"
#include "analyse/Database.h"
#include "clang-tidy/ClangTidy.h"
#include "clang-tidy/ClangTidyDiagnosticConsumer.h"
#include "support/LlvmCompat.h"
#include "clang/AST/DeclGroup.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using llvm::StringRef;

namespace thread_stop::tool {

namespace {
/// The options of one file, for clang-tidy.
class FixedOptions : public tidy::ClangTidyOptionsProvider {
public:
  explicit FixedOptions(const tidy::ClangTidyOptions &Options)
      : Options(Options) {}
  const tidy::ClangTidyGlobalOptions &getGlobalOptions() override {
    return Global;
  }
  std::vector<OptionsSource> getRawOptions(StringRef) override {
    return {{Options, "thread-stop"}};
  }

private:
  const tidy::ClangTidyOptions &Options;
  tidy::ClangTidyGlobalOptions Global;
};

/// What became of the parse.
struct Outcome {
  bool Ended = false; ///< false: clang could not even begin
  bool Broken = false;
  bool Stopped = false;
};

/// Sees what the checks see, and before them.
class Supervisor : public ASTConsumer {
public:
  Supervisor(CompilerInstance &CI, bool SkipBodies,
             llvm::function_ref<bool()> Stop, Outcome &Out)
      : CI(CI), SkipBodies(SkipBodies), Stop(Stop), Out(Out) {}

  bool HandleTopLevelDecl(DeclGroupRef) override {
    Out.Stopped |= Stop();
    return !Out.Stopped;
  }

  /// The checks never enter system headers; what the bodies there say matters
  /// to nobody. Where the type or value of a function hangs on its body, clang
  /// does not ask.
  bool shouldSkipFunctionBody(Decl *D) override {
    return SkipBodies &&
           CI.getSourceManager().isInSystemHeader(D->getLocation());
  }

  void HandleTranslationUnit(ASTContext &) override {
    Out.Broken = CI.getDiagnostics().hasUncompilableErrorOccurred();
  }

private:
  CompilerInstance &CI;
  const bool SkipBodies;
  llvm::function_ref<bool()> Stop;
  Outcome &Out;
};

class Action : public ASTFrontendAction {
public:
  Action(tidy::ClangTidyASTConsumerFactory &Checks, bool SkipBodies,
         llvm::function_ref<bool()> Stop, Outcome &Out)
      : Checks(Checks), SkipBodies(SkipBodies), Stop(Stop), Out(Out) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI,
                                                 StringRef File) override {
    CI.getFrontendOpts().SkipFunctionBodies = true;
    std::vector<std::unique_ptr<ASTConsumer>> All;
    All.push_back(std::make_unique<Supervisor>(CI, SkipBodies, Stop, Out));
    All.push_back(Checks.createASTConsumer(CI, File));
    return std::make_unique<MultiplexConsumer>(std::move(All));
  }

  /// Not called if what the command reads beforehand cannot be loaded: a
  /// precompiled header, a module.
  void EndSourceFileAction() override {
    Out.Ended = true;
    Out.Broken |=
        getCompilerInstance().getDiagnostics().hasUncompilableErrorOccurred();
  }

private:
  tidy::ClangTidyASTConsumerFactory &Checks;
  const bool SkipBodies;
  llvm::function_ref<bool()> Stop;
  Outcome &Out;
};

class ActionFactory : public tooling::FrontendActionFactory {
public:
  ActionFactory(tidy::ClangTidyASTConsumerFactory &Checks, bool SkipBodies,
                llvm::function_ref<bool()> Stop, Outcome &Out)
      : Checks(Checks), SkipBodies(SkipBodies), Stop(Stop), Out(Out) {}
  std::unique_ptr<FrontendAction> create() override {
    return std::make_unique<Action>(Checks, SkipBodies, Stop, Out);
  }

private:
  tidy::ClangTidyASTConsumerFactory &Checks;
  const bool SkipBodies;
  llvm::function_ref<bool()> Stop;
  Outcome &Out;
};
} // namespace

static std::vector<tidy::ClangTidyError>
run(const Job &J, const Flags &F, const ConfigReader::Effective &Config,
    llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> View,
    const AnalyzeOptions &O, llvm::function_ref<bool()> Stop, Outcome &Out) {
  tidy::ClangTidyContext Context(
      std::make_unique<FixedOptions>(Config.Options));
  Context.setCurrentBuildDirectory(J.Directory);
  tidy::ClangTidyDiagnosticConsumer Consumer(
      Context, nullptr, /*RemoveIncompatibleErrors=*/true, O.FixNotes);
  compat::Diagnostics Diags(Consumer);
  compat::setDiagnostics(Context, Diags);
  tidy::ClangTidyASTConsumerFactory Checks(Context);
  ActionFactory Factory(Checks, !O.ParseSystemBodies, Stop, Out);

  llvm::IntrusiveRefCntPtr<FileManager> Manager(
      new FileManager(FileSystemOptions(), std::move(View)));
  Factory.runInvocation(invocationFor(F, J), Manager.get(),
                        std::make_shared<PCHContainerOperations>(), &Consumer);
  return Consumer.take();
}

/// The main file's name changes the result, the order of the rest does not.
static void sortRead(std::vector<std::string> &Read, const Job &J,
                     SourceFiles &Files) {
  for (std::string &Path : Read)
    Path = Files.plainPath(Path);
  llvm::sort(Read);
  Read.erase(std::unique(Read.begin(), Read.end()), Read.end());
  llvm::erase_if(Read, [&](const std::string &P) { return P == J.File; });
}

UnitResult analyze(const Job &J, const Flags &F,
                   const ConfigReader::Effective &Config, SourceFiles &Files,
                   const AnalyzeOptions &O, llvm::function_ref<bool()> Stop) {
  UnitResult Out;
  if (!F.Invocation) {
    Out.Failures.push_back(
        {displayPath(J.File, O.Root), "its command cannot be understood",
         "see the errors, and the compilation database", F.Errors});
    return Out;
  }
  Outcome How;
  std::vector<tidy::ClangTidyError> Errors =
      run(J, F, Config, Files.view(J.Directory, &Out.Read), O, Stop, How);
  Out.Complete = !How.Stopped;
  if (!Out.Complete)
    return Out;
  sortRead(Out.Read, J, Files);
  Converter(Files, O.Root, J).convert(Errors, How.Broken || !How.Ended, Out);
  return Out;
}

} // namespace thread_stop::tool
