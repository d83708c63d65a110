// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/UnitRunner.h"

#include "analyse/Preprocess.h"
#include "emit/Emit.h"
#include "clang/Basic/Version.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SHA1.h"
#include "llvm/Support/xxhash.h"

using llvm::StringRef;

namespace thread_stop::tool {

struct UnitRunner::Question {
  const Job &J;
  const ConfigReader::Effective &Config;
  const Flags &F;
};

//===--- Keys and values of the cache -------------------------------------===//

static std::string digest(StringRef Text) {
  const auto Hash = llvm::SHA1::hash(
      {reinterpret_cast<const uint8_t *>(Text.data()), Text.size()});
  return std::string(Hash.begin(), Hash.end());
}

static void append(std::string &To, StringRef Part) {
  To += std::to_string(Part.size());
  To += ':';
  To += Part;
}

std::string UnitRunner::keyOf(const Question &Q, const Closure &C) const {
  std::string Text;
  append(Text, Cache::ourselves());
  append(Text, Q.J.File);
  append(Text, Q.J.Directory);
  append(Text, Q.Config.Text);
  append(Text, O.Analyze.Root);
  append(Text, std::to_string(Q.F.Hash));
  append(Text, std::to_string(C.Hash));
  append(Text, O.Analyze.FixNotes ? "notes" : "");
  append(Text, O.Analyze.ParseSystemBodies ? "bodies" : "");
  return digest(Text);
}

static std::string write(const UnitResult &R) {
  Report Of;
  Of.Findings = R.Findings;
  Of.Failures = R.Failures;
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  emitJson(Of, OS);
  OS.flush();
  return Text;
}

static bool read(StringRef Text, UnitResult &Out) {
  llvm::Expected<Report> Of = readJson(Text, "cache");
  if (!Of) {
    llvm::consumeError(Of.takeError());
    return false;
  }
  Out.Findings = std::move(Of->Findings);
  Out.Failures = std::move(Of->Failures);
  return true;
}

/// The parts of a closure that the preprocessor has found, and their hash.
static std::string writeParts(const Closure &C) {
  std::string Out = std::to_string(C.Hash) + "\n";
  for (const Closure::Part &P : C.Parts)
    Out += (P.IsUser ? "u" : "s") + P.File->Path + "\n";
  for (const std::string &Path : C.Absent)
    Out += "-" + Path + "\n";
  return Out;
}

/// Nothing if any of the files has changed since, or come.
static std::optional<Closure> readParts(StringRef Text, IndexTable &Table) {
  auto [Hash, Rest] = Text.split('\n');
  Closure Out;
  while (!Rest.empty()) {
    StringRef Line;
    std::tie(Line, Rest) = Rest.split('\n');
    if (Line.empty())
      return std::nullopt;
    if (Line.front() == '-') {
      if (!Table.files().lookup(Line.drop_front()).Error)
        return std::nullopt;
      Out.Absent.push_back(Line.drop_front().str());
      continue;
    }
    const IndexedFile *File = Table.find(Line.drop_front().str());
    if (!File)
      return std::nullopt;
    Out.Parts.push_back({File, Line.front() == 'u'});
  }
  setHash(Out);
  if (Hash != std::to_string(Out.Hash))
    return std::nullopt;
  return Out;
}

//===--- Deciding ---------------------------------------------------------===//

const NeededNames &UnitRunner::needed(const ConfigReader::Effective &E) {
  std::lock_guard<std::mutex> Lock(Guard);
  auto [It, New] = Needed.try_emplace(&E);
  if (New) {
    std::map<std::string, std::string> Options;
    for (const auto &Option : E.Options.CheckOptions)
      Options[Option.getKey().str()] = std::string(Option.getValue().Value);
    It->second = neededNames(E.Checks, Options);
  }
  return It->second;
}

/// What the preprocessor says of it, in this run or an earlier one.
std::optional<Closure> UnitRunner::exact(const Question &Q,
                                         const Closure &About) {
  const std::string Key = "parts" + keyOf(Q, About);
  if (Kept)
    if (std::optional<std::string> Known = Kept->result(Key))
      if (std::optional<Closure> C = readParts(*Known, Table))
        return C;
  std::optional<Closure> C;
  llvm::CrashRecoveryContext Recovery;
  // The parser will say that it crashed.
  if (!Recovery.RunSafely([&] { C = preprocess(Q.J, Q.F, Table); }))
    return std::nullopt;
  if (C && Kept)
    Kept->addResult(Key, writeParts(*C));
  return C;
}

/// Whether the unit has to be parsed, or its result looked up by `C`.
bool UnitRunner::isWanted(const Question &Q, Closure &C, bool &CanKeep) {
  if (C.IsOpaque) {
    CanKeep = false;
    return true;
  }
  const NeededNames &Names = needed(Q.Config);
  const bool Mentions = O.ParseAll || isRelevant(C, Names);
  // What is missing may be in a branch that is not taken; if it is not, the
  // parser will say so.
  if (!C.IsOpen && (Mentions || !C.HasMissing))
    return Mentions;
  std::optional<Closure> Exact = exact(Q, C);
  if (!Exact) {
    CanKeep = !C.IsOpen;
    return true;
  }
  Exact->Defined = std::move(C.Defined);
  Exact->DefinesPasting = C.DefinesPasting;
  // A header that is only asked for is no part of what is exact.
  Exact->Hash = Exact->Hash * 31 + C.Hash;
  C = std::move(*Exact);
  return O.ParseAll || isRelevant(C, Names);
}

void UnitRunner::noteDropped(const Flags &F) {
  if (F.Dropped.empty())
    return;
  std::lock_guard<std::mutex> Lock(Guard);
  Dropped.insert(F.Dropped.begin(), F.Dropped.end());
}

/// Whether what was parsed is what the index speaks of: a file may have changed
/// between the two.
bool UnitRunner::isAsIndexed(const Job &J, const UnitResult &R) {
  const auto IsSame = [&](const std::string &Path) {
    const IndexedFile *File = Table.find(Path);
    const llvm::MemoryBuffer *Text = File ? File->Content->text() : nullptr;
    return Text && llvm::xxHash64(Text->getBuffer()) == File->Index.Hash;
  };
  return IsSame(J.File) && llvm::all_of(R.Read, IsSame);
}

static bool hasAnyOf(const Closure &C,
                     const std::set<llvm::sys::fs::UniqueID> &Files) {
  return llvm::any_of(C.Parts, [&](const Closure::Part &P) {
    return Files.count(P.File->Content->status().getUniqueID()) != 0;
  });
}

/// Also of what turns out not to concern us: if it changes, it may.
void UnitRunner::noteInputs(const Closure &C, Unit &Out) const {
  if (O.NoteInputs)
    for (const Closure::Part &P : C.Parts)
      Out.Inputs.push_back(P.File->Path);
}

void UnitRunner::run(const Job &J, Unit &Out, llvm::function_ref<bool()> Stop) {
  const ConfigReader::Effective &E = Config.effectiveFor(J.File);
  const std::vector<std::string> None;
  const std::shared_ptr<const Flags> F = Reader.read(
      J, E.Options.ExtraArgsBefore ? *E.Options.ExtraArgsBefore : None,
      E.Options.ExtraArgs ? *E.Options.ExtraArgs : None);
  noteDropped(*F);
  Out.State = UnitState::Irrelevant;
  if (E.Checks.empty())
    return;
  const Question Q{J, E, *F};
  bool CanKeep = F->Invocation != nullptr;
  Closure C;
  if (F->Invocation) {
    C = Includes.closureOf(J, *F);
    if (C.IsEmpty) {
      std::error_code Why;
      if (FileContent *Content = Files.find(J.File))
        Content->text(&Why);
      Out.State = UnitState::Analysed;
      Out.Result.Failures.push_back(
          {displayPath(J.File, O.Analyze.Root),
           "cannot be read" + (Why ? ": " + Why.message() : ""),
           "check the path and its permissions",
           {}});
      return;
    }
    const bool IsWanted = isWanted(Q, C, CanKeep);
    noteInputs(C, Out);
    if (O.Only && !C.IsOpaque && !C.IsOpen && !hasAnyOf(C, *O.Only)) {
      Out.State = UnitState::Unchanged;
      return;
    }
    if (!IsWanted)
      return;
  }
  const std::string Key =
      CanKeep && Kept && !O.ParseAll ? keyOf(Q, C) : std::string();
  if (!Key.empty())
    if (std::optional<std::string> Known = Kept->result(Key))
      if (read(*Known, Out.Result)) {
        Out.State = UnitState::Cached;
        return;
      }
  if (Stop()) {
    Out.State = UnitState::NotReached;
    return;
  }

  llvm::CrashRecoveryContext Recovery;
  UnitResult Result;
  if (!Recovery.RunSafely(
          [&] { Result = analyze(J, *F, E, Files, O.Analyze, Stop); })) {
    // What it had built is lost, and its memory with it.
    Result.Findings.clear();
    Result.Failures = {{displayPath(J.File, O.Analyze.Root),
                        "clang crashed while it parsed or analysed it",
                        "if clang compiles it, please report this",
                        {}}};
    Result.Complete = true;
    CanKeep = false;
  }
  Out.State = Result.Complete ? UnitState::Analysed : UnitState::NotReached;
  Out.Result = std::move(Result);
  if (O.NoteInputs)
    Out.Inputs.insert(Out.Inputs.end(), Out.Result.Read.begin(),
                      Out.Result.Read.end());
  if (Out.Result.Complete && CanKeep && !Key.empty() &&
      isAsIndexed(J, Out.Result))
    Kept->addResult(Key, write(Out.Result));
}

} // namespace thread_stop::tool
