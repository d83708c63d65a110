// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all API tables share: argument positions, the form of a name, lookup.
//
// The tables are constant data, written into generated/*.inc by
// cmake/scripts/gen_model.py from data/*.tsv, sorted by name in byte order.
// Looking a name up is a binary search: no allocation, no static constructor,
// safe to call from any thread.
//
// Names are spelt as a user would write them in full, inline namespaces left
// out: "pthread_mutex_lock", "std::mutex::lock" (never
// "std::__1::mutex::lock"), and without template arguments. A row for a plain C
// name means the function of that name with C linkage or in the global
// namespace; the caller has to make sure that a declaration is that one and not
// a user's own.

#ifndef THREAD_STOP_MODEL_APITABLE_H
#define THREAD_STOP_MODEL_APITABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>

namespace thread_stop {
namespace model {

/// Argument positions count from 0, in the order they are written at the call
/// (the object of a method call is not counted). Negative values:
enum ArgumentPosition : int {
  ImplicitObject = -1, ///< the object a method is called on or constructs
  NoArgument = -2,     ///< the call has no such argument
  AllArguments = -3,   ///< every argument, as in std::lock(a, b, c)
};

/// What kind of entity a row's name stands for.
enum class ApiForm {
  Function,    ///< a function at namespace scope
  Method,      ///< a non-static member function, named "class::member"
  Constructor, ///< any constructor of the class the row names
  Class,       ///< an object of the class: constructor and destructor together
  Macro,       ///< a macro; the name never reaches the AST
};

/// Does it happen: measured yes, measured no, or never tried.
enum class Tri { No, Yes, NotRun };

/// The row of \p Table whose Name is \p Name, or null. \p Table is sorted.
template <typename RowT>
const RowT *findByName(llvm::ArrayRef<RowT> Table, llvm::StringRef Name) {
  const RowT *Row =
      std::lower_bound(Table.begin(), Table.end(), Name,
                       [](const RowT &Left, llvm::StringRef Right) {
                         return Left.Name < Right;
                       });
  return Row != Table.end() && Row->Name == Name ? Row : nullptr;
}

/// Is \p Item one of the comma-separated items of \p List? Cells with several
/// values keep this form so that the tables stay constant data.
inline bool listContains(llvm::StringRef List, llvm::StringRef Item) {
  while (!List.empty()) {
    const char *Comma = std::find(List.begin(), List.end(), ',');
    size_t Length = static_cast<size_t>(Comma - List.begin());
    if (List.take_front(Length) == Item)
      return true;
    List = List.drop_front(std::min(Length + 1, List.size()));
  }
  return false;
}

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_APITABLE_H
