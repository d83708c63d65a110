// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/AsyncSafety.h"
#include "model/CancelApi.h"

namespace thread_stop {
namespace model {

#include "ac_safety.inc"

llvm::ArrayRef<AsyncSafety> asyncSafetyTable() { return AsyncSafetyRows; }

const AsyncSafety *findAsyncSafety(llvm::StringRef Name) {
  return findByName(asyncSafetyTable(), Name);
}

bool isPosixAsyncCancelSafe(llvm::StringRef Name) {
  const CancelApi *Api = findCancelApi(Name);
  return Api && Api->AsyncSafe;
}

bool isAsyncCancelSafe(llvm::StringRef Name, bool Strict) {
  if (isPosixAsyncCancelSafe(Name))
    return true;
  const AsyncSafety *Row = findAsyncSafety(Name);
  return !Strict && Row && Row->Safe;
}

namespace {
struct ReasonWords {
  AsyncReason Reason;
  llvm::StringRef Name;
  llvm::StringRef Description;
};
} // namespace

// Worst first: what stops other threads, what breaks them, what is only lost.
static constexpr ReasonWords Words[] = {
    {LockReason, "lock", "holds a lock of the C library"},
    {CorruptReason, "corrupt", "has changed its data only in part"},
    {InitReason, "init", "initialises itself"},
    {MemReason, "mem", "owns memory"},
    {FdReason, "fd", "owns a file descriptor"},
    {OtherReason, "other", "has changed a setting of the process"},
};

std::string asyncReasonNames(unsigned Reasons) {
  std::string Names;
  for (const ReasonWords &Row : Words) {
    if (!(Reasons & Row.Reason))
      continue;
    if (!Names.empty())
      Names += ", ";
    Names.append(Row.Name.data(), Row.Name.size());
  }
  return Names;
}

llvm::StringRef describeAsyncReasons(unsigned Reasons) {
  for (const ReasonWords &Row : Words)
    if (Reasons & Row.Reason)
      return Row.Description;
  return "";
}

} // namespace model
} // namespace thread_stop
