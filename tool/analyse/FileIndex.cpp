// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/FileIndex.h"

#include "support/LlvmCompat.h"
#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"
#include "clang/Lex/LiteralSupport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/xxhash.h"
#include <algorithm>
#include <unordered_set>

using namespace clang;
using llvm::StringRef;

namespace thread_stop::tool {

NameHash hashName(StringRef Name) {
  return static_cast<NameHash>(llvm::xxHash64(Name));
}

bool FileIndex::mentions(NameHash N) const {
  return std::binary_search(Names.begin(), Names.end(), N);
}

//===--- Reading a file ---------------------------------------------------===//

namespace {
/// One pass of clang's raw lexer. Comments and strings mention nothing.
class Indexer {
public:
  /// `SkipsText`: what follows #error is not read.
  Indexer(StringRef Text, const LangOptions &Lang, bool SkipsText = true)
      : SkipsText(SkipsText),
        Lex(SourceLocation(), Lang, Text.begin(), Text.begin(), Text.end()) {
    Out.Hash = llvm::xxHash64(Text);
  }

  FileIndex run() {
    while (next())
      if (T.is(tok::hash) && T.isAtStartOfLine())
        directive();
      else
        visit(nullptr);
    Out.Names.assign(Seen.begin(), Seen.end());
    llvm::sort(Out.Names);
    return std::move(Out);
  }

private:
  bool next() {
    Lex.LexFromRawLexer(T);
    return T.isNot(tok::eof);
  }

  /// In a directive, whose end is a token.
  bool nextInLine() { return next() && T.isNot(tok::eod); }

  void directive() {
    Lex.setParsingPreprocessorDirective(true);
    if (!nextInLine())
      return;
    Out.LineMarkers |= T.is(tok::numeric_constant);
    if (T.is(tok::raw_identifier)) {
      const StringRef Name = spelling();
      if (Name == "include" || Name == "include_next" || Name == "import")
        include(Name == "include_next", /*Probe=*/false);
      else if (Name == "embed")
        // Looked for elsewhere, and with parameters: the preprocessor knows.
        Out.ComputedInclude = true;
      else if (Name == "define")
        define();
      else if (Name == "error" || Name == "warning")
        return skipLine();
      else if (Name == "pragma" && nextInLine()) {
        // What follows is no code: a comment may seem to begin there.
        if (T.is(tok::raw_identifier) && spelling() == "mark")
          return skipLine();
        visit(nullptr);
      }
    }
    while (T.isNot(tok::eod) && nextInLine())
      if (T.is(tok::l_paren) && (Probes || ProbesNext))
        include(ProbesNext, /*Probe=*/true);
      else
        visit(nullptr);
  }

  void skipLine() {
    if (!SkipsText) {
      while (nextInLine())
        visit(nullptr);
      return;
    }
    llvm::SmallString<128> Rest;
    Lex.ReadToEndOfLine(&Rest);
    SkipsComment |= Rest.str().contains("/*");
  }

  void include(bool Next, bool Probe) {
    Lex.LexIncludeFilename(T);
    if (T.is(tok::eod) || T.is(tok::eof))
      return;
    // A name that goes on in the next line is no name for us.
    Out.ComputedInclude |= T.needsCleaning();
    const StringRef Spelled(T.getLiteralData() ? T.getLiteralData() : "",
                            T.getLiteralData() ? T.getLength() : 0);
    const bool Angled =
        T.is(tok::header_name) && Spelled.size() > 2 && Spelled.front() == '<';
    const bool Quoted = Spelled.size() > 2 && Spelled.front() == '"';
    if (Angled || Quoted)
      Out.Includes.push_back(
          {Spelled.drop_front().drop_back().str(), Angled, Next, Probe});
    else
      Out.ComputedInclude = true;
    // The name of a macro counts.
    visit(nullptr);
  }

  void define() {
    if (!nextInLine() || T.isNot(tok::raw_identifier))
      return;
    MacroBody Macro;
    Macro.Spelling = spelling().str();
    Macro.Name = hashName(Macro.Spelling);
    Seen.insert(Macro.Name);
    while (nextInLine())
      visit(&Macro);
    if (!Macro.Mentions.empty())
      Out.Macros.push_back(std::move(Macro));
  }

  void visit(MacroBody *Macro) {
    Probes = ProbesNext = false;
    if (T.is(tok::hashhash)) {
      Out.Pastes = true;
      if (Macro)
        Macro->Pastes = true;
    }
    if (T.hasUDSuffix())
      visitSuffix(Macro);
    if (T.isNot(tok::raw_identifier))
      return;
    const bool First = T.isAtStartOfLine() || AfterExport;
    const StringRef Name = spelling();
    const NameHash H = hashName(Name);
    AfterExport = T.isAtStartOfLine() && Name == "export";
    Seen.insert(H);
    Probes = Name == "__has_include";
    ProbesNext = Name == "__has_include_next";
    // Looked for elsewhere, and with parameters.
    Out.ComputedInclude |= Name == "__has_embed";
    if (Macro && (Probes || ProbesNext))
      Macro->Probes = Out.MacroProbes = true;
    if (Macro)
      Macro->Mentions.push_back(H);
    else if (First && (Name == "import" || Name == "module"))
      Out.Modules = true;
  }

  /// C does not know such suffixes: there it is the next token.
  void visitSuffix(MacroBody *Macro) {
    if (!T.isLiteral() || !T.getLiteralData())
      return;
    const StringRef Literal(T.getLiteralData(), T.getLength());
    const NameHash H =
        hashName(Literal.substr(Literal.find_last_of("\"'") + 1));
    Seen.insert(H);
    if (Macro)
      Macro->Mentions.push_back(H);
  }

  /// The name as the compiler knows it.
  StringRef spelling() {
    const StringRef Joined = joined();
    // Most have no backslash at all, and that is found out faster.
    if (!Joined.contains('\\') ||
        (!Joined.contains("\\u") && !Joined.contains("\\U")))
      return Joined;
    Expanded.clear();
    expandUCNs(Expanded, Joined);
    return Expanded;
  }

  StringRef joined() {
    const StringRef Raw = T.getRawIdentifier();
    if (!T.needsCleaning())
      return Raw;
    // It goes on in the next line.
    Clean.clear();
    for (size_t I = 0; I < Raw.size(); ++I) {
      size_t End = I;
      // A backslash, or the trigraph for it.
      const size_t Length = Raw[I] == '\\' ? 1
                            : Raw.substr(I, 3) == "?"
                                                  "?/"
                                ? 3
                                : 0;
      if (Length != 0)
        End = Raw.find_first_not_of(" \t\r\v\f", I + Length);
      if (End != I && End != StringRef::npos && Raw[End] == '\n')
        I = End;
      else
        Clean.push_back(Raw[I]);
    }
    return StringRef(Clean.data(), Clean.size());
  }

public:
  /// A text that was skipped may be a comment that begins.
  bool SkipsComment = false;

private:
  const bool SkipsText;
  Lexer Lex;
  Token T;
  FileIndex Out;
  /// The last token was __has_include, or __has_include_next.
  bool Probes = false, ProbesNext = false;
  bool AfterExport = false;
  std::unordered_set<NameHash> Seen;
  llvm::SmallString<64> Clean, Expanded;
};
} // namespace

/// Adds what another reading of the same text has found.
static void addReading(FileIndex &To, FileIndex More) {
  for (IncludeDirective &D : More.Includes)
    if (llvm::none_of(To.Includes, [&](const IncludeDirective &Known) {
          return Known.Name == D.Name && Known.Angled == D.Angled &&
                 Known.Next == D.Next && Known.Probe == D.Probe;
        }))
      To.Includes.push_back(std::move(D));
  std::vector<NameHash> Names;
  std::set_union(To.Names.begin(), To.Names.end(), More.Names.begin(),
                 More.Names.end(), std::back_inserter(Names));
  To.Names = std::move(Names);
  std::move(More.Macros.begin(), More.Macros.end(),
            std::back_inserter(To.Macros));
  To.ComputedInclude |= More.ComputedInclude;
  To.Pastes |= More.Pastes;
  To.MacroProbes |= More.MacroProbes;
  To.LineMarkers |= More.LineMarkers;
  To.Modules |= More.Modules;
}

FileIndex indexText(StringRef Text) {
  static const LangOptions Usual = [] {
    LangOptions L;
    L.CPlusPlus = L.CPlusPlus11 = L.CPlusPlus14 = L.CPlusPlus17 = true;
    L.LineComment = L.Digraphs = true;
    compat::setRawStrings(L, true);
    return L;
  }();
  // The few texts that some language reads otherwise are read once more: no
  // name may hide in what is a string or a comment for others.
  const bool HasTrigraphs = Text.contains('?') && (Text.contains("?"
                                                                 "?/") ||
                                                   Text.contains("?"
                                                                 "?="));
  const bool Odd[] = {Text.contains("R\""), Text.contains("//*"), HasTrigraphs};
  std::optional<FileIndex> Out;
  bool SkipsComment = false;
  for (const bool SkipsText : {true, false})
    for (unsigned Reading = 0; Reading < 8; ++Reading) {
      bool IsPossible = SkipsText || SkipsComment;
      for (unsigned I = 0; I < 3; ++I)
        IsPossible &= Odd[I] || !(Reading >> I & 1);
      if (!IsPossible)
        continue;
      LangOptions L = Usual;
      if (Reading & 1)
        compat::setRawStrings(L, false);
      if (Reading & 2)
        L.LineComment = false;
      if (Reading & 4)
        L.Trigraphs = true;
      Indexer Reader(Text, L, SkipsText);
      FileIndex More = Reader.run();
      SkipsComment |= Reader.SkipsComment;
      if (Out)
        addReading(*Out, std::move(More));
      else
        Out = std::move(More);
    }
  return std::move(*Out);
}

//===--- For the cache ----------------------------------------------------===//

static void put(std::string &To, uint64_t Value, unsigned Bytes) {
  for (unsigned I = 0; I < Bytes; ++I)
    To.push_back(static_cast<char>(Value >> (8 * I)));
}

static void putNames(std::string &To, const std::vector<NameHash> &Names) {
  put(To, Names.size(), 4);
  for (NameHash N : Names)
    put(To, N, 4);
}

std::string writeIndex(const FileIndex &I) {
  std::string Out;
  put(Out, I.Hash, 8);
  put(Out,
      I.ComputedInclude | I.Pastes << 1 | I.Modules << 2 | I.MacroProbes << 3 |
          I.LineMarkers << 4,
      1);
  put(Out, I.Includes.size(), 4);
  for (const IncludeDirective &D : I.Includes) {
    put(Out, D.Angled | D.Next << 1 | D.Probe << 2, 1);
    put(Out, D.Name.size(), 4);
    Out += D.Name;
  }
  putNames(Out, I.Names);
  put(Out, I.Macros.size(), 4);
  for (const MacroBody &M : I.Macros) {
    put(Out, M.Name, 4);
    put(Out, M.Pastes | M.Probes << 1, 1);
    put(Out, M.Spelling.size(), 4);
    Out += M.Spelling;
    putNames(Out, M.Mentions);
  }
  return Out;
}

namespace {
/// Reads what put() wrote; IsBad once something is missing.
struct ByteReader {
  StringRef Bytes;
  bool IsBad = false;

  uint64_t number(unsigned Count) {
    uint64_t Value = 0;
    const StringRef Of = text(Count);
    for (size_t I = 0; I < Of.size(); ++I)
      Value |= static_cast<uint64_t>(static_cast<unsigned char>(Of[I]))
               << (8 * I);
    return Value;
  }
  StringRef text(size_t Count) {
    if (Bytes.size() < Count) {
      IsBad = true;
      Bytes = StringRef();
      return StringRef();
    }
    const StringRef Of = Bytes.take_front(Count);
    Bytes = Bytes.drop_front(Count);
    return Of;
  }
  /// A count of things that take at least `Each` bytes.
  size_t count(size_t Each) {
    const uint64_t N = number(4);
    IsBad |= N * Each > Bytes.size();
    return IsBad ? 0 : N;
  }
  std::vector<NameHash> names() {
    std::vector<NameHash> Out(count(4));
    for (NameHash &N : Out)
      N = static_cast<NameHash>(number(4));
    return Out;
  }
};
} // namespace

std::optional<FileIndex> readIndex(StringRef Bytes) {
  ByteReader In{Bytes};
  FileIndex I;
  I.Hash = In.number(8);
  const uint64_t Flags = In.number(1);
  I.ComputedInclude = Flags & 1;
  I.Pastes = Flags & 2;
  I.Modules = Flags & 4;
  I.MacroProbes = Flags & 8;
  I.LineMarkers = Flags & 16;
  I.Includes.resize(In.count(5));
  for (IncludeDirective &D : I.Includes) {
    const uint64_t Kind = In.number(1);
    D.Angled = Kind & 1;
    D.Next = Kind & 2;
    D.Probe = Kind & 4;
    D.Name = In.text(In.number(4)).str();
  }
  I.Names = In.names();
  I.Macros.resize(In.count(9));
  for (MacroBody &M : I.Macros) {
    M.Name = static_cast<NameHash>(In.number(4));
    const uint64_t Has = In.number(1);
    M.Pastes = Has & 1;
    M.Probes = Has & 2;
    M.Spelling = In.text(In.number(4)).str();
    M.Mentions = In.names();
  }
  if (In.IsBad || !In.Bytes.empty())
    return std::nullopt;
  return I;
}

} // namespace thread_stop::tool
