// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/SignalApi.h"

namespace thread_stop {
namespace model {

#include "descriptors.inc"
#include "signal_api.inc"
#include "signals.inc"
#include "waits.inc"
#include "wakers.inc"

llvm::ArrayRef<SignalNumber> signalNumbers() { return SignalNumberRows; }

const SignalNumber *findSignal(llvm::StringRef Name) {
  return findByName(signalNumbers(), Name);
}

const SignalNumber *findSignal(int64_t Value) {
  for (const SignalNumber &Row : SignalNumberRows)
    if (Row.Value == Value)
      return &Row;
  return nullptr;
}

llvm::ArrayRef<SignalApi> signalApis() { return SignalApiRows; }

const SignalApi *findSignalApi(llvm::StringRef Name) {
  return findByName(signalApis(), Name);
}

llvm::ArrayRef<Wait> waits() { return WaitRows; }

const Wait *findWait(llvm::StringRef Name) { return findByName(waits(), Name); }

llvm::ArrayRef<DescriptorMaker> descriptorMakers() {
  return DescriptorMakerRows;
}

const DescriptorMaker *findDescriptorMaker(llvm::StringRef Name) {
  return findByName(descriptorMakers(), Name);
}

llvm::ArrayRef<Waker> wakers() { return WakerRows; }

const Waker *findWaker(llvm::StringRef Name) {
  return findByName(wakers(), Name);
}

} // namespace model
} // namespace thread_stop
