// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names without which a check can find nothing, for those who want to know
// before they parse. They stand in the user's code, not only in a system
// header: declarations alone are nothing to report.

#ifndef THREAD_STOP_MODEL_TRIGGERS_H
#define THREAD_STOP_MODEL_TRIGGERS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <vector>

namespace thread_stop {
namespace model {

/// A file that has none of these identifiers, in itself or in the user's
/// headers that it includes, has no finding of the check \p Id
/// ("pthread-cancel"). Names that options add are not among them. A check that
/// is not known here may need any name of the tables. Sorted.
std::vector<llvm::StringRef> triggersOf(llvm::StringRef Id);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_TRIGGERS_H
