// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/Uri.h"

#include "llvm/ADT/StringExtras.h"

namespace thread_stop::tool {

static constexpr llvm::StringLiteral Scheme = "file://";

std::string uriOf(llvm::StringRef Path) {
  // No ':': before the first '/' it would end a scheme.
  static constexpr llvm::StringLiteral Plain = "/-._~!$&'()*+,;=@";
  std::string Result;
  if (Path.take_front(1) == "/")
    Result = Scheme.str();
  for (const char C : Path) {
    if (llvm::isAlnum(C) || Plain.contains(C)) {
      Result += C;
      continue;
    }
    const auto Byte = static_cast<unsigned char>(C);
    Result += '%';
    Result += llvm::hexdigit(Byte >> 4);
    Result += llvm::hexdigit(Byte & 15);
  }
  return Result;
}

std::string pathOf(llvm::StringRef Uri) {
  Uri.consume_front(Scheme);
  std::string Result;
  while (!Uri.empty()) {
    uint8_t Byte = 0;
    if (Uri.size() > 2 && Uri[0] == '%' &&
        llvm::tryGetHexFromNibbles(Uri[1], Uri[2], Byte)) {
      Result += static_cast<char>(Byte);
      Uri = Uri.drop_front(3);
      continue;
    }
    Result += Uri[0];
    Uri = Uri.drop_front();
  }
  return Result;
}

} // namespace thread_stop::tool
