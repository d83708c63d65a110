// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/CancelApi.h"

namespace thread_stop {
namespace model {

#include "cancel_api.inc"
#include "cancel_constants.inc"

llvm::ArrayRef<CancelApi> cancelApis() { return CancelApiRows; }

const CancelApi *findCancelApi(llvm::StringRef QualifiedName) {
  return findByName(cancelApis(), QualifiedName);
}

bool hasRole(llvm::StringRef QualifiedName, CancelRole Role) {
  const CancelApi *Api = findCancelApi(QualifiedName);
  return Api && Api->Role == Role;
}

bool isPrologueCall(llvm::StringRef QualifiedName) {
  const CancelApi *Api = findCancelApi(QualifiedName);
  return Api && Api->Prologue;
}

std::optional<int64_t> CancelConstant::value(Libc Library) const {
  int Value = Library == Libc::Musl ? MuslValue : GlibcValue;
  if (Value < 0)
    return std::nullopt;
  return Value;
}

llvm::ArrayRef<CancelConstant> cancelConstants() { return CancelConstantRows; }

const CancelConstant *findCancelConstant(llvm::StringRef Name) {
  return findByName(cancelConstants(), Name);
}

const CancelConstant *cancelConstantByValue(CancelSetting Setting,
                                            int64_t Value, Libc Library) {
  for (const CancelConstant &Row : CancelConstantRows)
    if (Row.Setting == Setting && Row.value(Library) == Value)
      return &Row;
  return nullptr;
}

} // namespace model
} // namespace thread_stop
