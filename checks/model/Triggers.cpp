// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/Triggers.h"

#include "model/CancelApi.h"
#include "model/SignalApi.h"
#include <algorithm>

namespace thread_stop {
namespace model {

/// They speak of threads that are cancelled or reckon with it, or end
/// themselves; nothing else begins the analysis. See flow/Cancellable.cpp.
static constexpr llvm::StringLiteral OfCancellation[] = {
    "async-cancel-unsafe-call",
    "async-cancel-with-lock",
    "cancel-in-noexcept",
    "cancel-state-not-restored",
    "leak-across-cancellation-point",
    "lock-across-cancellation-point",
    "migrate",
    "no-cancellation-point",
    "pthread-cancel",
    "skipped-cleanup-attribute",
    "stale-cleanup-argument",
    "swallowed-unwind",
    "swapped-cancel-constant",
    "unmatched-cleanup",
};

static bool isOfCancellation(CancelRole Role) {
  switch (Role) {
  case CancelRole::SetState:
  case CancelRole::SetType:
  case CancelRole::TestCancel:
  case CancelRole::Cancel:
  case CancelRole::StopRequest:
  case CancelRole::ForcedStop:
  case CancelRole::CleanupPush:
  case CancelRole::CleanupPop:
  case CancelRole::ExitThread:
    return true;
  default:
    return false;
  }
}

static bool isOfThreads(CancelRole Role) {
  switch (Role) {
  case CancelRole::Signal:
  case CancelRole::Create:
  case CancelRole::Join:
  case CancelRole::Detach:
  case CancelRole::AttrDetach:
    return true;
  default:
    return isOfCancellation(Role);
  }
}

/// The identifier of the name that no use of it can do without. Not the class
/// of a method: a header of the system may have another name for it.
static llvm::StringRef identifierOf(const CancelApi &Row) {
  const llvm::StringRef Last = Row.Name.rsplit("::").second;
  return Last.empty() ? Row.Name : Last;
}

std::vector<llvm::StringRef> triggersOf(llvm::StringRef Id) {
  const bool CancellationOnly =
      std::find(std::begin(OfCancellation), std::end(OfCancellation), Id) !=
      std::end(OfCancellation);
  std::vector<llvm::StringRef> Out;
  for (const CancelApi &Row : cancelApis())
    if (CancellationOnly ? isOfCancellation(Row.Role) : isOfThreads(Row.Role))
      Out.push_back(identifierOf(Row));
  for (const CancelConstant &Row : cancelConstants())
    Out.push_back(Row.Name);
  if (!CancellationOnly) {
    for (const SignalApi &Row : signalApis())
      Out.push_back(Row.Name);
    for (llvm::StringRef Name : {"SIGRTMIN", "SIGRTMAX", "__SIGRTMIN"})
      Out.push_back(Name);
  }
  std::sort(Out.begin(), Out.end());
  Out.erase(std::unique(Out.begin(), Out.end()), Out.end());
  return Out;
}

} // namespace model
} // namespace thread_stop
