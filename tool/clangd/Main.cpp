// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-clangd: clangd's own main(), told where clang's headers are. The
// checks are linked in; Wrap.cpp has what clangd has to be told about them.

#include "support/LlvmCompat.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include <cstdlib>
#include <string>

namespace clang::clangd {
// In libclangdMain.a; distributions have no headers of clangd.
int clangdMain(int Argc, char *Argv[]);
} // namespace clang::clangd

/// Whether the user says where the headers are. clangd reads the variable
/// before its arguments, and an option that is given twice is an error.
static bool namesResourceDir(int Argc, char **Argv) {
  for (int I = 1; I < Argc; ++I) {
    llvm::StringRef Word = Argv[I];
    if (Word.consume_front("--") || Word.consume_front("-"))
      if (Word == "resource-dir" || Word.take_front(13) == "resource-dir=")
        return true;
  }
  const char *Flags = std::getenv("CLANGD_FLAGS");
  return Flags && llvm::StringRef(Flags).contains("-resource-dir");
}

int main(int Argc, char **Argv) {
  // clangd takes the headers to be next to the program, which they are only
  // for the distribution's own.
  std::string Option =
      "--resource-dir=" + thread_stop::compat::resourceDirectory(
                              THREAD_STOP_LLVM_ROOT "/bin/clang");
  llvm::SmallVector<char *, 16> Words(Argv, Argv + Argc);
  if (!namesResourceDir(Argc, Argv) &&
      llvm::sys::fs::is_directory(llvm::StringRef(Option).split('=').second))
    Words.insert(Words.begin() + 1, Option.data());
  Words.push_back(nullptr);
  return clang::clangd::clangdMain(Words.size() - 1, Words.data());
}
