// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/Utf8.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Unicode.h"

namespace thread_stop::tool {

/// As compilers count; a frame begins at a multiple of it, too.
static constexpr unsigned TabStop = 8;

std::string validUtf8(llvm::StringRef Text) {
  return llvm::json::isUTF8(Text) ? Text.str() : llvm::json::fixUTF8(Text);
}

unsigned characterLength(llvm::StringRef Text) {
  if (Text.empty())
    return 0;
  const auto *Begin = reinterpret_cast<const llvm::UTF8 *>(Text.data());
  const unsigned Length = llvm::getNumBytesForUTF8(*Begin);
  const bool Legal =
      Length <= Text.size() && llvm::isLegalUTF8Sequence(Begin, Begin + Length);
  return Legal ? Length : 1;
}

static bool isControl(unsigned char C) { return C < 0x20 || C == 0x7f; }

std::string printable(llvm::StringRef Text) {
  std::string Result = validUtf8(Text);
  for (char &C : Result)
    if (isControl(C))
      C = ' ';
  return Result;
}

unsigned utf16Column(llvm::StringRef Line, unsigned ByteColumn) {
  if (ByteColumn == 0)
    return 1;
  llvm::StringRef Before = Line.take_front(ByteColumn - 1);
  // A column past the end of the line: as many units as bytes.
  unsigned Column = ByteColumn - static_cast<unsigned>(Before.size());
  while (!Before.empty()) {
    const unsigned Length = characterLength(Before);
    Column += Length == 4 ? 2 : 1;
    Before = Before.drop_front(Length);
  }
  return Column;
}

/// A character that would not show, or would move the cursor.
static std::string spelledOut(llvm::StringRef Character) {
  if (Character.size() == 1) {
    const auto Byte = static_cast<unsigned char>(Character[0]);
    const std::string Hex = llvm::utohexstr(Byte);
    return Byte < 0x80 ? "<U+" + std::string(4 - Hex.size(), '0') + Hex + ">"
                       : "<" + Hex + ">";
  }
  const auto *Begin = reinterpret_cast<const llvm::UTF8 *>(Character.data());
  llvm::UTF32 Code = 0;
  llvm::convertUTF8Sequence(&Begin, Begin + Character.size(), &Code,
                            llvm::strictConversion);
  std::string Hex = llvm::utohexstr(Code);
  if (Hex.size() < 4)
    Hex.insert(0, 4 - Hex.size(), '0');
  return "<U+" + Hex + ">";
}

std::vector<Cell> cellsOf(llvm::StringRef Line) {
  std::vector<Cell> Result;
  unsigned Screen = 0, Offset = 0;
  while (Offset < Line.size()) {
    const llvm::StringRef Rest = Line.drop_front(Offset);
    const unsigned Length = characterLength(Rest);
    const llvm::StringRef Character = Rest.take_front(Length);
    Cell C{Character.str(), Offset, 1};
    const int Width = llvm::sys::unicode::columnWidthUTF8(Character);
    if (Character == "\t") {
      C.Width = TabStop - Screen % TabStop;
      C.Text.assign(C.Width, ' ');
    } else if (Width >= 0) {
      C.Width = static_cast<unsigned>(Width);
    } else {
      C.Text = spelledOut(Character);
      C.Width = static_cast<unsigned>(C.Text.size());
    }
    Screen += C.Width;
    Offset += Length;
    Result.push_back(std::move(C));
  }
  return Result;
}

} // namespace thread_stop::tool
