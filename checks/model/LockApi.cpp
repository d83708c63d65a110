// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/LockApi.h"

namespace thread_stop {
namespace model {

#include "lock_guards.inc"
#include "locks.inc"

llvm::ArrayRef<LockApi> lockApis() { return LockApiRows; }

const LockApi *findLockApi(llvm::StringRef QualifiedName) {
  return findByName(lockApis(), QualifiedName);
}

bool meansSuccess(LockSuccess Success, int64_t Value) {
  switch (Success) {
  case LockSuccess::None:
    return true;
  case LockSuccess::Zero:
  case LockSuccess::ThrdSuccess:
    return Value == 0;
  case LockSuccess::NonZero:
    return Value != 0;
  case LockSuccess::MinusOne:
    return Value == -1;
  }
  return true;
}

llvm::ArrayRef<LockGuard> lockGuards() { return LockGuardRows; }

const LockGuard *findLockGuard(llvm::StringRef QualifiedClass) {
  return findByName(lockGuards(), QualifiedClass);
}

GuardStart LockGuard::startState(llvm::StringRef TagType) const {
  if (MaybeTags == "*" || listContains(MaybeTags, TagType))
    return GuardStart::Maybe;
  if (listContains(DeferTags, TagType))
    return GuardStart::NotHeld;
  if (listContains(AdoptTags, TagType))
    return GuardStart::Adopted;
  return GuardStart::Held;
}

GuardEffect LockGuard::memberEffect(llvm::StringRef Member) const {
  if (listContains(LockMembers, Member))
    return GuardEffect::Locks;
  if (listContains(TryMembers, Member))
    return GuardEffect::Tries;
  if (listContains(UnlockMembers, Member))
    return GuardEffect::Unlocks;
  if (listContains(DisownMembers, Member))
    return GuardEffect::Disowns;
  return GuardEffect::None;
}

} // namespace model
} // namespace thread_stop
