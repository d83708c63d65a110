// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Pairs.h"

#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using llvm::StringRef;

namespace thread_stop::flow {

static bool isUpper(char C) { return C >= 'A' && C <= 'Z'; }
static bool isLower(char C) { return C >= 'a' && C <= 'z'; }

/// Words that open something and the words that close it.
static constexpr struct {
  llvm::StringLiteral Open, Close;
} Opposites[] = {
    {"disable", "enable"},   {"enter", "leave"},
    {"enter", "exit"},       {"begin", "end"},
    {"start", "end"},        {"start", "stop"},
    {"start", "finish"},     {"lock", "unlock"},
    {"acquire", "release"},  {"hold", "release"},
    {"block", "unblock"},    {"save", "restore"},
    {"disable", "restore"},  {"push", "pop"},
    {"open", "close"},       {"on", "off"},
    {"mask", "unmask"},      {"protect", "unprotect"},
    {"suspend", "resume"},   {"inhibit", "allow"},
    {"forbid", "allow"},     {"disallow", "allow"},
    {"deny", "permit"},      {"defer", "undefer"},
    {"get", "put"},          {"set", "reset"},
    {"set", "unset"},        {"set", "restore"},
    {"freeze", "thaw"},      {"shield", "unshield"},
    {"guard", "unguard"},    {"in", "out"},
    {"init", "fini"},        {"init", "exit"},
    {"prepare", "cleanup"},  {"setup", "cleanup"},
    {"setup", "teardown"},   {"grab", "release"},
    {"take", "release"},     {"take", "give"},
    {"attach", "detach"},    {"no", "allow"},
    {"disable", "reenable"}, {"asynchronous", "deferred"},
    {"async", "deferred"},   {"async", "sync"},
    {"before", "after"},     {"pre", "post"},
    {"trylock", "unlock"},   {"timedlock", "unlock"},
    {"rdlock", "unlock"},    {"tryrdlock", "unlock"},
    {"wrlock", "unlock"},    {"trywrlock", "unlock"},
};

/// A name's words with the characters between them: camelCase, snake_case,
/// UPPER_CASE.
static std::vector<std::pair<size_t, size_t>> words(StringRef Name) {
  std::vector<std::pair<size_t, size_t>> Out;
  size_t I = 0;
  while (I < Name.size()) {
    if (!llvm::isAlpha(Name[I])) {
      ++I;
      continue;
    }
    size_t Start = I++;
    const bool Upper =
        isUpper(Name[Start]) && I < Name.size() && isUpper(Name[I]);
    while (I < Name.size() && llvm::isAlpha(Name[I]) &&
           (Upper ? isUpper(Name[I]) : isLower(Name[I])))
      ++I;
    Out.push_back({Start, I - Start});
  }
  return Out;
}

static std::string likeCase(StringRef Model, StringRef Word) {
  if (Model.size() > 1 && isUpper(Model[0]) && isUpper(Model[1]))
    return Word.upper();
  std::string Out = Word.str();
  if (!Model.empty() && isUpper(Model[0]))
    Out[0] = llvm::toUpper(Out[0]);
  return Out;
}

static bool isLowerWord(StringRef S) {
  return std::all_of(S.begin(), S.end(), [](char C) { return isLower(C); });
}

std::vector<std::string> partnerNames(StringRef Name) {
  std::vector<std::string> Out;
  auto Replace = [&](size_t At, size_t Length, StringRef By) {
    Out.push_back((Name.take_front(At) + likeCase(Name.substr(At, Length), By) +
                   Name.drop_front(At + Length))
                      .str());
  };
  for (auto [At, Length] : words(Name)) {
    const StringRef Word = Name.substr(At, Length);
    const std::string Lowered = Word.lower();
    const StringRef Lower = Lowered;
    const bool IsGlued = isLowerWord(Word);
    if (Lower.take_front(2) == "un" && Lower.size() > 4)
      Replace(At, Length, Lower.drop_front(2));
    else if (Lower.size() > 2)
      Replace(At, Length, "un" + Lowered);
    for (const auto &[Open, Close] : Opposites) {
      if (Lower == Open)
        Replace(At, Length, Close);
      else if (Lower == Close)
        Replace(At, Length, Open);
      // `nocancel`, `cancellock`: glued words in one lower-case run.
      else if (IsGlued && Open.size() > 3 && Close.size() > 3) {
        const bool EndsOpen = Lower.take_back(Open.size()) == Open;
        const bool EndsClose = Lower.take_back(Close.size()) == Close;
        if (Lower.take_front(Open.size()) == Open)
          Replace(At, Open.size(), Close);
        else if (Lower.take_front(Close.size()) == Close)
          Replace(At, Close.size(), Open);
        if (EndsOpen && !EndsClose)
          Replace(At + Length - Open.size(), Open.size(), Close);
        else if (EndsClose)
          Replace(At + Length - Close.size(), Close.size(), Open);
      }
    }
  }
  return Out;
}

} // namespace thread_stop::flow
