// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Fingerprint.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/xxhash.h"

namespace thread_stop::tool {

/// Words with one blank between them: a new indentation is no new finding.
static std::string collapsed(llvm::StringRef Line) {
  std::string Result;
  for (const char C : Line.trim()) {
    if (!llvm::isSpace(C))
      Result += C;
    else if (Result.back() != ' ')
      Result += ' ';
  }
  return Result;
}

/// 0 divides the parts: it is in none of them.
static std::string contentOf(const Finding &F) {
  std::string Result = F.Check;
  for (const std::string &Part :
       {F.At.File, F.Message, collapsed(F.At.Snippet)}) {
    Result += '\0';
    Result += Part;
  }
  return Result;
}

static std::string hash(const std::string &Content, unsigned Number) {
  const std::string Numbered = Content + '\0' + std::to_string(Number);
  const std::string Hex =
      llvm::utohexstr(llvm::xxHash64(Numbered), /*LowerCase=*/true);
  return std::string(16 - Hex.size(), '0') + Hex;
}

void completeFingerprints(Report &R) {
  llvm::StringSet<> Used;
  std::vector<Finding *> Rest;
  for (Finding &F : R.Findings)
    if (F.Fingerprint.empty() || !Used.insert(F.Fingerprint).second)
      Rest.push_back(&F);
  llvm::StringMap<unsigned> Equal;
  for (Finding *F : Rest) {
    const std::string Content = contentOf(*F);
    unsigned &Number = Equal[Content];
    do
      F->Fingerprint = hash(Content, Number++);
    while (!Used.insert(F->Fingerprint).second);
  }
}

void setFingerprints(Report &R) {
  for (Finding &F : R.Findings)
    F.Fingerprint.clear();
  completeFingerprints(R);
}

} // namespace thread_stop::tool
