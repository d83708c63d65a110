// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that come in pairs: one disables cancellation for its caller, the
// other restores it.

#ifndef THREAD_STOP_CHECKS_FLOW_PAIRS_H
#define THREAD_STOP_CHECKS_FLOW_PAIRS_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace thread_stop::flow {

/// The names that the other half of `Name` could have: "cancel_disable" gives
/// "cancel_enable", "section_enter" gives "section_leave" and "section_exit".
/// Empty if no word of the name is one of a pair.
std::vector<std::string> partnerNames(llvm::StringRef Name);

} // namespace thread_stop::flow

#endif
