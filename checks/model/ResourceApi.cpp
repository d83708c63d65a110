// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/ResourceApi.h"
#include "model/AsyncSafety.h"
#include "model/CancelApi.h"
#include "model/CancellationPoints.h"
#include "model/LockApi.h"

namespace thread_stop {
namespace model {

#include "keepers.inc"
#include "releases.inc"
#include "resources.inc"

namespace {
struct KindText {
  llvm::StringLiteral Name, Release;
};
} // namespace

// In the order of ResourceKind.
static constexpr KindText KindTexts[] = {
    {"memory", "free"},
    {"file descriptor", "close"},
    {"stream", "fclose"},
    {"stream of a process", "pclose"},
    {"directory stream", "closedir"},
    {"mapping", "munmap"},
    {"shared memory segment", "shmdt"},
    {"timer", "timer_delete"},
    {"address list", "freeaddrinfo"},
    {"library handle", "dlclose"},
    {"semaphore", "sem_close"},
    {"message queue", "mq_close"},
    {"list of interface names", "if_freenameindex"},
    {"list of interface addresses", "freeifaddrs"},
    {"mount table", "endmntent"},
    {"conversion descriptor", "iconv_close"},
    {"message catalog", "catclose"},
    {"locale", "freelocale"},
    {"file hierarchy", "fts_close"},
    {"regular expression", "regfree"},
};
static_assert(sizeof(KindTexts) / sizeof(KindTexts[0]) == NumResourceKinds,
              "one text for each kind");

llvm::ArrayRef<ResourceAcquire> resourceAcquires() {
  return ResourceAcquireRows;
}

llvm::ArrayRef<ResourceRelease> resourceReleases() {
  return ResourceReleaseRows;
}

llvm::ArrayRef<ResourceKeeper> resourceKeepers() { return ResourceKeeperRows; }

const ResourceAcquire *findAcquire(llvm::StringRef Name) {
  return findByName(resourceAcquires(), Name);
}

const ResourceRelease *findRelease(llvm::StringRef Name) {
  return findByName(resourceReleases(), Name);
}

bool ResourceAcquire::failed(int64_t Result) const {
  switch (Failure) {
  case ResourceFailure::Null:
    return Result == 0;
  case ResourceFailure::Negative:
    return Result < 0;
  case ResourceFailure::MinusOne:
    return Result == -1;
  case ResourceFailure::NonZero:
    return Result != 0;
  }
  return false;
}

bool isKeeper(llvm::StringRef Name, int Arg) {
  // Several rows may have the name; findByName gives the first of them.
  const ResourceKeeper *Row = findByName(resourceKeepers(), Name);
  if (!Row)
    return false;
  const ResourceKeeper *End = resourceKeepers().end();
  for (; Row != End && Row->Name == Name; ++Row)
    if (Arg >= 0 && (Row->Index == Arg || Row->Index == AllArguments))
      return true;
  return false;
}

bool isKnownFunction(llvm::StringRef Name) {
  return findByName(resourceKeepers(), Name) || findAcquire(Name) ||
         findRelease(Name) || findAsyncSafety(Name) ||
         findCancellationPoint(Name) || findLockApi(Name) ||
         findCancelApi(Name);
}

llvm::StringRef resourceName(ResourceKind Kind) {
  return KindTexts[static_cast<unsigned>(Kind)].Name;
}

llvm::StringRef releaseNameFor(ResourceKind Kind) {
  return KindTexts[static_cast<unsigned>(Kind)].Release;
}

} // namespace model
} // namespace thread_stop
