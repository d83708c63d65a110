// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fields of JSON objects, written and read. JSON is UTF-8, names and lines
// of sources need not be: such a text is written with U+FFFD under its key,
// and exactly, in hexadecimal, under `<key>Hex`.

#ifndef THREAD_STOP_TOOL_EMIT_FIELDS_H
#define THREAD_STOP_TOOL_EMIT_FIELDS_H

#include "Report.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace thread_stop::tool {

void putText(llvm::json::OStream &J, llvm::StringRef Key, llvm::StringRef Text);

/// One object. Each function answers false, and tells the path, if the field
/// is not of its type; a field that is not there stays as it was.
class Fields {
public:
  Fields(const llvm::json::Value &V, llvm::json::Path P);

  bool valid() const { return O != nullptr; }
  bool text(llvm::StringRef Key, std::string &Out) const;
  bool number(llvm::StringRef Key, unsigned &Out) const;
  bool flag(llvm::StringRef Key, bool &Out) const;
  /// As text, and it has to be there.
  bool neededText(llvm::StringRef Key, std::string &Out) const;

  using Reader =
      llvm::function_ref<bool(const llvm::json::Value &, llvm::json::Path)>;
  /// The value of Key, if it is there.
  bool with(llvm::StringRef Key, Reader Read) const;
  /// Each element of the array Key, if it is there.
  bool each(llvm::StringRef Key, Reader Read) const;
  /// Appends each element of the array Key, if it is there.
  bool texts(llvm::StringRef Key, std::vector<std::string> &Out) const;

private:
  const llvm::json::Object *O;
  llvm::json::Path P;
};

void putCounts(llvm::json::OStream &J, const Counts &C);
bool readCounts(const llvm::json::Value &V, llvm::json::Path P, Counts &C);

/// Text as JSON; the message names Name and the line.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef Text,
                                            llvm::StringRef Name);

} // namespace thread_stop::tool

#endif
