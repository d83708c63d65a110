// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Baseline.h"

#include "Output.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

namespace thread_stop::tool {

static constexpr llvm::StringLiteral Head = "# thread-stop baseline ";
static constexpr llvm::StringLiteral Tail = "# end";
static constexpr unsigned FormatVersion = 1;
static constexpr size_t FingerprintLength = 16;

// --- Lines ------------------------------------------------------------------

/// A name or message may have any character; a line has one end. The blank
/// after ':' divides, and a name may have that, too.
static std::string escaped(llvm::StringRef Text, bool IsName) {
  std::string Result;
  for (size_t I = 0; I < Text.size(); ++I) {
    const char C = Text[I];
    if (C == '\\')
      Result += "\\\\";
    else if (C == '\n')
      Result += "\\n";
    else if (C == '\r')
      Result += "\\r";
    else if (IsName && C == ' ' && I && Text[I - 1] == ':')
      Result += "\\s";
    else
      Result += C;
  }
  return Result;
}

static std::string unescaped(llvm::StringRef Text) {
  std::string Result;
  for (size_t I = 0; I < Text.size(); ++I) {
    if (Text[I] != '\\' || I + 1 == Text.size()) {
      Result += Text[I];
      continue;
    }
    const char C = Text[++I];
    Result += C == 'n' ? '\n' : C == 'r' ? '\r' : C == 's' ? ' ' : C;
  }
  return Result;
}

static bool parseEntry(llvm::StringRef Line, BaselineEntry &Entry) {
  llvm::StringRef Fingerprint, Check, File, Message;
  std::tie(Fingerprint, Line) = Line.split(' ');
  std::tie(Check, Line) = Line.split(' ');
  std::tie(File, Message) = Line.split(": ");
  if (Fingerprint.size() != FingerprintLength ||
      !llvm::all_of(Fingerprint, [](char C) { return llvm::isHexDigit(C); }) ||
      Check.empty() || Message.empty())
    return false;
  Entry = {Fingerprint.lower(), Check.str(), unescaped(File),
           unescaped(Message)};
  return true;
}

// --- Reading ----------------------------------------------------------------

static llvm::Error failed(const llvm::Twine &What) {
  return llvm::make_error<llvm::StringError>(What,
                                             llvm::inconvertibleErrorCode());
}

static llvm::Error checkHead(llvm::StringRef Line, llvm::StringRef Path) {
  if (!Line.consume_front(Head))
    return failed(Path + ":1: not a baseline of thread-stop; "
                         "write one with --write-baseline");
  unsigned Version = 0;
  if (Line.trim().getAsInteger(10, Version) || Version == 0)
    return failed(Path + ":1: the version of the baseline is not a number; "
                         "write it anew with --write-baseline");
  if (Version > FormatVersion)
    return failed(Path + ":1: a baseline of a newer thread-stop (format " +
                  llvm::Twine(Version) +
                  "); use that, or write it anew with --write-baseline");
  return llvm::Error::success();
}

static llvm::Expected<Baseline> parse(llvm::StringRef Rest,
                                      llvm::StringRef Path) {
  Baseline Result;
  unsigned Number = 0;
  bool IsWhole = false;
  while (!Rest.empty()) {
    llvm::StringRef Line;
    std::tie(Line, Rest) = Rest.split('\n');
    Line.consume_back("\r");
    if (++Number == 1) {
      if (llvm::Error E = checkHead(Line, Path))
        return E;
      continue;
    }
    IsWhole |= Line == Tail;
    if (Line.trim().empty() || Line.take_front(1) == "#")
      continue;
    Result.Entries.emplace_back();
    if (!parseEntry(Line, Result.Entries.back()))
      return failed(Path + ":" + llvm::Twine(Number) +
                    ": not '<fingerprint> <check> <file>: <message>'; "
                    "mend or delete this line, or use --write-baseline");
  }
  if (Number == 0)
    return failed(Path + ":1: the file is empty; write a baseline with "
                         "--write-baseline");
  if (!IsWhole)
    return failed(Path + ":" + llvm::Twine(Number) +
                  ": cut off: there is no '# end'; take the file from version "
                  "control, or write it anew with --write-baseline");
  return Result;
}

llvm::Expected<Baseline> readBaseline(llvm::StringRef Path) {
  auto Buffer = llvm::MemoryBuffer::getFile(Path);
  if (Buffer)
    return parse((*Buffer)->getBuffer(), Path);
  const std::error_code Code = Buffer.getError();
  return failed(Path + ": cannot read the baseline: " + Code.message() +
                (Code == std::errc::no_such_file_or_directory
                     ? "; write one with --write-baseline"
                     : ""));
}

// --- Writing and use --------------------------------------------------------

llvm::Error writeBaseline(llvm::StringRef Path, const Report &R,
                          llvm::ArrayRef<BaselineEntry> Also) {
  std::vector<std::pair<std::string, std::string>> Lines; // by what follows
  auto Add = [&](const std::string &Fingerprint, const std::string &Check,
                 const std::string &File, const std::string &Message) {
    const std::string Place =
        escaped(File, true) + ": " + escaped(Message, false);
    Lines.emplace_back(Place + '\0' + Check + '\0' + Fingerprint,
                       Fingerprint + " " + Check + " " + Place);
  };
  for (const Finding &F : R.Findings)
    Add(F.Fingerprint, F.Check, F.At.File, F.Message);
  for (const BaselineEntry &E : Also)
    Add(E.Fingerprint, E.Check, E.File, E.Message);
  llvm::sort(Lines);
  Lines.erase(std::unique(Lines.begin(), Lines.end()), Lines.end());
  return writeAtomically(Path, [&](llvm::raw_ostream &OS) {
    OS << Head << FormatVersion << '\n'
       << "# Findings that are known. Written by --write-baseline; lines may "
          "be deleted.\n";
    for (const auto &Line : Lines)
      OS << Line.second << '\n';
    OS << Tail << '\n';
  });
}

unsigned applyBaseline(Report &R, const Baseline &B,
                       llvm::function_ref<bool(llvm::StringRef)> WasAnalysed) {
  llvm::StringSet<> Known, Used;
  for (const BaselineEntry &Entry : B.Entries)
    Known.insert(Entry.Fingerprint);
  llvm::erase_if(R.Findings, [&](const Finding &F) {
    if (!Known.count(F.Fingerprint))
      return false;
    Used.insert(F.Fingerprint);
    ++R.Totals.Baselined;
    return true;
  });
  return static_cast<unsigned>(
      llvm::count_if(B.Entries, [&](const BaselineEntry &Entry) {
        return !Used.count(Entry.Fingerprint) &&
               (!WasAnalysed || WasAnalysed(Entry.File));
      }));
}

} // namespace thread_stop::tool
