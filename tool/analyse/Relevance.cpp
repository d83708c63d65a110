// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "analyse/Relevance.h"

#include "CheckInfo.h"
#include "model/Triggers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <unordered_set>

using llvm::StringRef;

namespace thread_stop::tool {

//===--- What is needed ---------------------------------------------------===//

/// Identifiers in the value of an option: functions that the user declares.
static void addWords(StringRef Value, std::set<std::string> &To) {
  while (!Value.empty()) {
    const StringRef Word = Value.take_while([](char C) {
      // Whatever clang takes as a part of a name.
      return llvm::isAlnum(C) || C == '_' || C == '$' || (C & 0x80) != 0;
    });
    if (!Word.empty() && !llvm::isDigit(Word.front()))
      To.insert(Word.str());
    Value = Value.drop_front(std::max<size_t>(Word.size(), 1));
  }
}

NeededNames neededNames(llvm::ArrayRef<std::string> Checks,
                        const std::map<std::string, std::string> &Options) {
  NeededNames Out;
  std::set<std::string> Names;
  for (StringRef Check : Checks)
    for (StringRef Name :
         model::triggersOf(Check.drop_front(CheckPrefix.size())))
      Names.insert(Name.str());
  for (const auto &[Key, Value] : Options) {
    const StringRef Option = StringRef(Key).rsplit('.').second.empty()
                                 ? StringRef(Key)
                                 : StringRef(Key).rsplit('.').second;
    if (Option == "AssumeCancellable")
      Out.All |= Value != "false" && Value != "0";
    else
      addWords(Value, Names);
    // A name may be spelled with numbers of characters.
    Out.All |=
        StringRef(Value).contains("\\u") || StringRef(Value).contains("\\U");
  }
  Out.Names.assign(Names.begin(), Names.end());
  for (const std::string &Name : Out.Names)
    Out.Hashes.push_back(hashName(Name));
  llvm::sort(Out.Hashes);
  return Out;
}

//===--- Whether it is there ----------------------------------------------===//

namespace {
class Search {
public:
  Search(const Closure &C, const NeededNames &Needed)
      : C(C), Needed(Needed),
        Wanted(Needed.Hashes.begin(), Needed.Hashes.end()) {}

  bool run() {
    if (mentioned())
      return true;
    // Macros of system headers stand for what is in them.
    addMacros();
    if (!Added.empty() && mentioned())
      return true;
    return canBePasted();
  }

private:
  bool mentioned() const {
    for (NameHash N : C.Defined)
      if (Wanted.count(N))
        return true;
    for (const Closure::Part &P : C.Parts)
      if (P.IsUser && mentionedIn(P.File->Index.Names))
        return true;
    return false;
  }

  bool mentionedIn(const std::vector<NameHash> &Names) const {
    // The shorter list is looked up in the longer.
    if (Names.size() < Wanted.size() * 8)
      return llvm::any_of(Names,
                          [&](NameHash N) { return Wanted.count(N) != 0; });
    return llvm::any_of(Wanted, [&](NameHash N) {
      return std::binary_search(Names.begin(), Names.end(), N);
    });
  }

  /// Further names to look for: macros that stand for one.
  void addMacros() {
    for (bool Grows = true; Grows;) {
      Grows = false;
      for (const Closure::Part &P : C.Parts)
        for (const MacroBody &M : P.File->Index.Macros)
          if (!P.IsUser && !Wanted.count(M.Name) &&
              llvm::any_of(M.Mentions,
                           [&](NameHash N) { return Wanted.count(N) != 0; })) {
            Grows = Wanted.insert(M.Name).second;
            Added.push_back(M.Spelling);
          }
    }
  }

  /// Whether a needed name can be put together from identifiers of the user's
  /// code, or of macros of the system that it uses.
  bool canBePasted() const {
    bool Pastes = C.DefinesPasting;
    std::unordered_set<NameHash> Pieces(C.Defined.begin(), C.Defined.end());
    for (const Closure::Part &P : C.Parts)
      if (P.IsUser) {
        Pastes |= P.File->Index.Pastes;
        Pieces.insert(P.File->Index.Names.begin(), P.File->Index.Names.end());
      }
    for (bool Grows = true; Grows;) {
      Grows = false;
      for (const Closure::Part &P : C.Parts)
        for (const MacroBody &M : P.File->Index.Macros)
          if (!P.IsUser && Pieces.count(M.Name)) {
            Pastes |= M.Pastes;
            for (NameHash N : M.Mentions)
              Grows |= Pieces.insert(N).second;
          }
    }
    const auto IsPasted = [&](StringRef Name) {
      return isPasted(Name, Pieces);
    };
    return Pastes && (llvm::any_of(Needed.Names, IsPasted) ||
                      llvm::any_of(Added, IsPasted));
  }

  static bool isPasted(StringRef Name,
                       const std::unordered_set<NameHash> &Pieces) {
    std::vector<bool> Reached(Name.size() + 1);
    Reached[0] = true;
    for (size_t Begin = 0; Begin < Name.size(); ++Begin)
      for (size_t End = Begin + 1; Reached[Begin] && End <= Name.size(); ++End)
        if (!Reached[End]) {
          const StringRef Piece = Name.slice(Begin, End);
          // Numbers are not in the index, and letters may be part of one.
          Reached[End] = llvm::isDigit(Piece.front()) ||
                         Pieces.count(hashName(Piece)) != 0;
        }
    return Reached.back();
  }

  const Closure &C;
  const NeededNames &Needed;
  std::unordered_set<NameHash> Wanted;
  std::vector<StringRef> Added; ///< to the names that are needed
};
} // namespace

bool isRelevant(const Closure &C, const NeededNames &Needed) {
  return Needed.All || Search(C, Needed).run();
}

} // namespace thread_stop::tool
