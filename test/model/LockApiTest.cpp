// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lock functions and guards.

#include "model/LockApi.h"
#include "model/CancellationPoints.h"
#include "gtest/gtest.h"

using namespace thread_stop::model;

static void expectLock(const char *Name, LockOp Op, LockKind Kind, int LockArg,
                       LockSuccess Success) {
  const LockApi *Row = findLockApi(Name);
  ASSERT_NE(nullptr, Row) << Name;
  EXPECT_EQ(Op, Row->Op) << Name;
  EXPECT_EQ(Kind, Row->Kind) << Name;
  EXPECT_EQ(LockArg, Row->LockArg) << Name;
  EXPECT_EQ(Success, Row->Success) << Name;
}

TEST(LockApi, Posix) {
  expectLock("pthread_mutex_lock", LockOp::Acquire, LockKind::Mutex, 0,
             LockSuccess::Zero);
  expectLock("pthread_mutex_trylock", LockOp::Try, LockKind::Mutex, 0,
             LockSuccess::Zero);
  expectLock("pthread_mutex_clocklock", LockOp::Timed, LockKind::Mutex, 0,
             LockSuccess::Zero);
  expectLock("pthread_mutex_unlock", LockOp::Release, LockKind::Mutex, 0,
             LockSuccess::Zero);
  expectLock("pthread_rwlock_clockrdlock", LockOp::Timed, LockKind::Read, 0,
             LockSuccess::Zero);
  expectLock("pthread_rwlock_trywrlock", LockOp::Try, LockKind::Write, 0,
             LockSuccess::Zero);
  expectLock("pthread_rwlock_unlock", LockOp::Release, LockKind::ReadWrite, 0,
             LockSuccess::Zero);
  expectLock("pthread_spin_lock", LockOp::Acquire, LockKind::Spin, 0,
             LockSuccess::Zero);
  expectLock("ftrylockfile", LockOp::Try, LockKind::Stream, 0,
             LockSuccess::Zero);
  expectLock("pthread_cond_destroy", LockOp::Destroy, LockKind::Condition, 0,
             LockSuccess::Zero);
}

TEST(LockApi, C11AndCxx) {
  expectLock("mtx_timedlock", LockOp::Timed, LockKind::C11Mutex, 0,
             LockSuccess::ThrdSuccess);
  expectLock("std::mutex::lock", LockOp::Acquire, LockKind::Mutex,
             ImplicitObject, LockSuccess::None);
  expectLock("std::recursive_timed_mutex::try_lock_until", LockOp::Timed,
             LockKind::Mutex, ImplicitObject, LockSuccess::NonZero);
  expectLock("std::shared_mutex::lock_shared", LockOp::Acquire, LockKind::Read,
             ImplicitObject, LockSuccess::None);
  expectLock("std::shared_timed_mutex::try_lock_shared_for", LockOp::Timed,
             LockKind::Read, ImplicitObject, LockSuccess::NonZero);
  expectLock("std::lock", LockOp::Acquire, LockKind::Mutex, AllArguments,
             LockSuccess::None);
  EXPECT_EQ(nullptr, findLockApi("std::mutex::try_lock_for"));
  EXPECT_EQ(nullptr, findLockApi("flock")) << "not a lock of a thread";
}

TEST(LockApi, WaitsNameTheMutexNotTheCondition) {
  for (const char *Name : {"pthread_cond_wait", "pthread_cond_timedwait",
                           "pthread_cond_clockwait"})
    expectLock(Name, LockOp::Wait, LockKind::Mutex, 1, LockSuccess::Zero);
  expectLock("cnd_wait", LockOp::Wait, LockKind::C11Mutex, 1,
             LockSuccess::ThrdSuccess);
  expectLock("std::condition_variable::wait", LockOp::Wait, LockKind::Mutex, 0,
             LockSuccess::None);
}

TEST(LockApi, EveryCWaitIsAPoint) {
  for (const LockApi &Row : lockApis())
    if (Row.Op == LockOp::Wait && Row.Form == ApiForm::Function) {
      EXPECT_TRUE(isCancellationPoint(Row.Name, Libc::Glibc, PointPolicy()))
          << Row.Name.str();
    }
}

// What can be taken can be given back, or a check would see it held for ever.
TEST(LockApi, EveryAcquiredKindHasARelease) {
  for (const LockApi &Row : lockApis()) {
    if (!Row.acquires() || Row.LockArg == AllArguments)
      continue;
    bool Found = false;
    for (const LockApi &Other : lockApis())
      Found |= Other.Op == LockOp::Release && Other.Form == Row.Form &&
               (Other.Kind == Row.Kind ||
                (Other.Kind == LockKind::ReadWrite &&
                 (Row.Kind == LockKind::Read || Row.Kind == LockKind::Write)));
    EXPECT_TRUE(Found) << Row.Name.str();
  }
}

TEST(LockApi, FormAndPositionAgree) {
  for (const LockApi &Row : lockApis()) {
    SCOPED_TRACE(Row.Name.str());
    if (Row.Form == ApiForm::Function) {
      EXPECT_NE(ImplicitObject, Row.LockArg);
    } else if (Row.Op != LockOp::Wait) {
      EXPECT_EQ(ImplicitObject, Row.LockArg);
    }
    if (Row.mayFail()) {
      EXPECT_NE(LockSuccess::None, Row.Success);
    }
  }
}

TEST(LockApi, Success) {
  EXPECT_TRUE(meansSuccess(LockSuccess::Zero, 0));
  EXPECT_FALSE(meansSuccess(LockSuccess::Zero, 16));
  EXPECT_TRUE(meansSuccess(LockSuccess::NonZero, 1));
  EXPECT_FALSE(meansSuccess(LockSuccess::NonZero, 0));
  EXPECT_TRUE(meansSuccess(LockSuccess::ThrdSuccess, 0));
  EXPECT_FALSE(meansSuccess(LockSuccess::ThrdSuccess, 1));
  EXPECT_TRUE(meansSuccess(LockSuccess::MinusOne, -1));
  EXPECT_FALSE(meansSuccess(LockSuccess::MinusOne, 0));
  EXPECT_TRUE(meansSuccess(LockSuccess::None, 5));
}

// ---- guards ----

TEST(LockGuards, ConstructorTags) {
  const LockGuard *Unique = findLockGuard("std::unique_lock");
  ASSERT_NE(nullptr, Unique);
  EXPECT_EQ(GuardStart::Held, Unique->startState(""));
  EXPECT_EQ(GuardStart::Held, Unique->startState("std::mutex"));
  EXPECT_EQ(GuardStart::NotHeld, Unique->startState("std::defer_lock_t"));
  EXPECT_EQ(GuardStart::Adopted, Unique->startState("std::adopt_lock_t"));
  EXPECT_EQ(GuardStart::Maybe, Unique->startState("std::try_to_lock_t"));
  EXPECT_EQ(GuardStart::Maybe, Unique->startState("std::chrono::duration"));
  EXPECT_EQ(GuardStart::Maybe, Unique->startState("std::chrono::time_point"));
  EXPECT_EQ(GuardStart::Maybe,
            findLockGuard("absl::MutexLockMaybe")->startState(""));
}

TEST(LockGuards, Members) {
  const LockGuard *Unique = findLockGuard("std::unique_lock");
  ASSERT_NE(nullptr, Unique);
  EXPECT_EQ(GuardEffect::Locks, Unique->memberEffect("lock"));
  EXPECT_EQ(GuardEffect::Tries, Unique->memberEffect("try_lock_for"));
  EXPECT_EQ(GuardEffect::Unlocks, Unique->memberEffect("unlock"));
  EXPECT_EQ(GuardEffect::Disowns, Unique->memberEffect("release"));
  EXPECT_EQ(GuardEffect::None, Unique->memberEffect("owns_lock"));
  EXPECT_EQ(GuardEffect::Locks,
            findLockGuard("QMutexLocker")->memberEffect("relock"));
  EXPECT_EQ(
      GuardEffect::Unlocks,
      findLockGuard("absl::ReleasableMutexLock")->memberEffect("Release"));
}

TEST(LockGuards, WhichCanLetGoEarly) {
  for (const char *Name :
       {"std::unique_lock", "std::shared_lock", "boost::unique_lock",
        "QMutexLocker", "QReadLocker", "folly::SharedMutexImpl::ReadHolder"})
    EXPECT_TRUE(findLockGuard(Name)->canUnlockEarly()) << Name;
  for (const char *Name : {"std::lock_guard", "std::scoped_lock",
                           "absl::MutexLock", "boost::lock_guard"})
    EXPECT_FALSE(findLockGuard(Name)->canUnlockEarly()) << Name;
  EXPECT_TRUE(findLockGuard("QReadLocker")->Shared);
  EXPECT_FALSE(findLockGuard("QWriteLocker")->Shared);
}
