// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Flags.h"

#include "support/LlvmCompat.h"
#include "clang/Frontend/FrontendOptions.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <algorithm>

using namespace clang;
using llvm::StringRef;

namespace thread_stop::tool {

/// How often options that clang refuses are taken out.
static constexpr unsigned MaxRounds = 8;

namespace {
/// Keeps the text of errors.
class ErrorList : public DiagnosticConsumer {
public:
  void HandleDiagnostic(DiagnosticsEngine::Level Level,
                        const Diagnostic &Info) override {
    if (Level < DiagnosticsEngine::Error)
      return;
    llvm::SmallString<128> Text;
    Info.FormatDiagnostic(Text);
    Messages.push_back(Text.str().str());
  }
  std::vector<std::string> Messages;
};
} // namespace

const std::string &FlagsReader::resourceDirectory() {
  static const std::string Path =
      compat::resourceDirectory(THREAD_STOP_LLVM_ROOT "/bin/clang");
  return Path;
}

/// What a tool has no use for: outputs, dependencies, plugins of clang.
static std::vector<std::string> forTool(const Job &J,
                                        std::vector<std::string> Command) {
  using namespace tooling;
  const ArgumentsAdjuster Adjuster =
      combineAdjusters(combineAdjusters(getClangStripOutputAdjuster(),
                                        getClangStripDependencyFileAdjuster()),
                       combineAdjusters(getClangSyntaxOnlyAdjuster(),
                                        getStripPluginsAdjuster()));
  Command = Adjuster(Command, J.SpelledFile);
  llvm::erase_if(Command, [](const std::string &Arg) {
    return StringRef(Arg).take_front(9) == "-fplugin=" ||
           StringRef(Arg).take_front(13) == "-fplugin-arg-";
  });
  return Command;
}

/// Takes out the arguments that an error quotes. True if there were any.
static bool dropQuoted(StringRef Message, const Job &J,
                       std::vector<std::string> &Command,
                       std::vector<std::string> &Dropped) {
  bool Found = false;
  while (true) {
    const size_t Begin = Message.find('\'');
    if (Begin == StringRef::npos)
      return Found;
    const size_t End = Message.find('\'', Begin + 1);
    if (End == StringRef::npos)
      return Found;
    const StringRef Quoted = Message.slice(Begin + 1, End);
    Message = Message.drop_front(End + 1);
    auto IsIt = [&](const std::string &Arg) {
      return &Arg != &Command.front() && Quoted == Arg &&
             Quoted != J.SpelledFile && Quoted.take_front(1) == "-";
    };
    if (llvm::none_of(Command, IsIt))
      continue;
    Dropped.push_back(Quoted.str());
    Command.erase(std::remove_if(Command.begin() + 1, Command.end(), IsIt),
                  Command.end());
    Found = true;
  }
}

/// What would run programs, write files, or load what is none of our business.
static void disarm(CompilerInvocation &Invocation) {
  FrontendOptions &Front = Invocation.getFrontendOpts();
  Front.Plugins.clear();
  Front.AddPluginActions.clear();
  Front.OutputFile.clear();
  Front.DisableFree = false;
  // Nor counts errors on the standard error.
  Invocation.getDiagnosticOpts().ShowCarets = false;
  // The compiler's own warnings are not shown, and some cost a graph of each
  // function.
  Invocation.getDiagnosticOpts().IgnoreWarnings = true;
  Invocation.getCodeGenOpts().DisableFree = false;
  Invocation.getDependencyOutputOpts() = DependencyOutputOptions();
  Invocation.getPreprocessorOpts().SetUpStaticAnalyzer = true;
}

/// CMake names a precompiled header and, after it, the header that it was made
/// from; and until LLVM 15 or so the driver itself takes gcc's that lies beside
/// a header. The header says it all: what was made of it may not be there yet,
/// or be for another compiler.
static void preferHeader(CompilerInvocation &Invocation,
                         const std::vector<std::string> &Command) {
  PreprocessorOptions &PP = Invocation.getPreprocessorOpts();
  const StringRef Made(PP.ImplicitPCHInclude);
  const bool IsMade = Made.size() > 4 && (Made.take_back(4) == ".pch" ||
                                          Made.take_back(4) == ".gch");
  if (!IsMade)
    return;
  const std::string Header = Made.drop_back(4).str();
  bool IsNamed = llvm::is_contained(PP.Includes, Header);
  for (size_t I = 1; I < Command.size() && !IsNamed; ++I)
    if (Command[I - 1] == "-include" && Command[I] == Header) {
      PP.Includes.insert(PP.Includes.begin(), Header);
      IsNamed = true;
    }
  if (IsNamed)
    PP.ImplicitPCHInclude.clear();
}

std::shared_ptr<Flags> FlagsReader::make(const Job &J,
                                         std::vector<std::string> Command) {
  auto Out = std::make_shared<Flags>();
  Command.push_back("-resource-dir=" + resourceDirectory());
  for (unsigned Round = 0; Round < MaxRounds; ++Round) {
    std::vector<const char *> Args;
    for (const std::string &Arg : Command)
      Args.push_back(Arg.c_str());
    ErrorList Errors;
    compat::Diagnostics Diags(Errors);
    std::unique_ptr<CompilerInvocation> Made =
        compat::createInvocation(Args, Diags, Files.view(J.Directory));
    if (Made && Made->getFrontendOpts().Inputs.size() != 1) {
      Errors.Messages.push_back("the command compiles no file");
      Made.reset();
    }
    if (Made) {
      disarm(*Made);
      preferHeader(*Made, Command);
    }
    Out->Invocation = std::move(Made);
    Out->Errors = Errors.Messages;
    bool Dropped = false;
    for (const std::string &Message : Errors.Messages)
      Dropped |= dropQuoted(Message, J, Command, Out->Dropped);
    if (!Dropped)
      break;
  }
  if (!Out->Invocation && Out->Errors.empty())
    Out->Errors.push_back("the command compiles no file");
  return Out;
}

/// Whether the next word of the command is the option's, and can be a file.
static bool takesValue(StringRef Option) {
  static const llvm::StringSet<> Options = {
      "-include",     "--include",    "-imacros",
      "--imacros",    "-include-pch", "-I",
      "-iquote",      "-isystem",     "-idirafter",
      "-isysroot",    "--sysroot",    "-iprefix",
      "-iwithprefix", "-cxx-isystem", "-iwithprefixbefore",
      "-F",           "-iframework",  "-ivfsoverlay",
      "-D",           "-U",           "-x",
      "-o",           "-MF",          "-MT",
      "-MQ",          "-MJ",          "-T",
      "-u",           "-L",           "-l",
      "-A",           "--param",      "-target",
      "-arch",        "-Xclang",      "-Xpreprocessor",
      "-Xassembler",  "-Xlinker",     "-aux-info",
      "-dumpbase",    "-specs",       "-wrapper",
      "-B",           "--config"};
  return Options.count(Option) != 0;
}

/// Whether the file's name stands in the command once, and as what is to be
/// compiled.
static bool namesFileOnce(const Job &J,
                          const std::vector<std::string> &Command) {
  unsigned Count = 0;
  for (size_t I = 1; I < Command.size(); ++I) {
    if (Command[I] != J.SpelledFile)
      continue;
    if (takesValue(Command[I - 1]))
      return false;
    ++Count;
  }
  return Count == 1;
}

/// The same for all commands that differ in the file only. What decides the
/// language stays: the extension.
static std::string keyOf(const Job &J,
                         const std::vector<std::string> &Command) {
  std::string Key = J.Directory;
  const bool IsAlone = namesFileOnce(J, Command);
  for (const std::string &Arg : Command) {
    Key += '\0';
    if (IsAlone && Arg == J.SpelledFile) {
      Key += '\1';
      Key += llvm::sys::path::extension(Arg);
    } else {
      Key += Arg;
    }
  }
  return Key;
}

/// Not of the command alone: the driver also reads files and the environment.
static uint64_t hashOf(StringRef Key, const Job &J, const Flags &F) {
  std::string Text = Key.str();
  if (F.Invocation)
    for (const std::string &Arg : compat::compilerArguments(*F.Invocation)) {
      // The file is that of the first command which had this key.
      const bool IsName = Arg == J.SpelledFile ||
                          Arg == llvm::sys::path::filename(J.SpelledFile);
      Text += '\0';
      Text += IsName ? StringRef() : StringRef(Arg);
    }
  return llvm::xxHash64(Text);
}

std::shared_ptr<const Flags>
FlagsReader::read(const Job &J, llvm::ArrayRef<std::string> ExtraBefore,
                  llvm::ArrayRef<std::string> Extra) {
  std::vector<std::string> Command = J.Command;
  if (Command.empty()) {
    auto Out = std::make_shared<Flags>();
    Out->Errors.push_back("the command is empty");
    return Out;
  }
  Command.insert(Command.begin() + 1, ExtraBefore.begin(), ExtraBefore.end());
  Command.insert(Command.end(), Extra.begin(), Extra.end());
  Command = forTool(J, std::move(Command));
  const std::string Key = keyOf(J, Command);
  {
    std::lock_guard<std::mutex> Lock(Guard);
    auto It = Known.find(Key);
    if (It != Known.end())
      return It->second;
  }
  std::shared_ptr<Flags> New = make(J, std::move(Command));
  New->Hash = hashOf(Key, J, *New);
  std::lock_guard<std::mutex> Lock(Guard);
  return Known.try_emplace(Key, std::move(New)).first->second;
}

std::shared_ptr<CompilerInvocation> copyOf(const Flags &F) {
  // Until 18 the copy counts references to the original's options, and not in
  // a way that threads can share: one of them would free what others use.
  static std::mutex Guard;
  std::lock_guard<std::mutex> Lock(Guard);
  return std::make_shared<CompilerInvocation>(*F.Invocation);
}

std::shared_ptr<CompilerInvocation> invocationFor(const Flags &F,
                                                  const Job &J) {
  std::shared_ptr<CompilerInvocation> Copy = copyOf(F);
  FrontendInputFile &Input = Copy->getFrontendOpts().Inputs.front();
  Input = FrontendInputFile(J.SpelledFile, Input.getKind());
  return Copy;
}

} // namespace thread_stop::tool
