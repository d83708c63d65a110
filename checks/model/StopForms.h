// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The waits that <thread_stop.h> has a form of: one that a stop request ends.
//
// Source: runtime/include/thread_stop.h.

#ifndef THREAD_STOP_MODEL_STOPFORMS_H
#define THREAD_STOP_MODEL_STOPFORMS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace thread_stop {
namespace model {

/// How the form says that the thread was asked to stop.
enum class StopResult {
  MinusOne,    ///< -1, and errno is ECANCELED
  ErrorNumber, ///< ECANCELED itself
  SecondsLeft, ///< the seconds not slept, and errno is ECANCELED
};

struct StopForm {
  llvm::StringRef Name; ///< the C library's function
  llvm::StringRef Form; ///< the function to call instead, same parameters
  StopResult Result;
  /// A success takes something (data, a connection, a wake-up) that is lost if
  /// the thread ends without a look at it.
  bool Takes;
};

/// All rows, sorted by name.
llvm::ArrayRef<StopForm> stopForms();
/// The row of \p Name, or null.
const StopForm *findStopForm(llvm::StringRef Name);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_STOPFORMS_H
