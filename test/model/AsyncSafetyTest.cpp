// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Async-cancel safety: verdicts, reasons, and which reasons are of Linux.

#include "model/AsyncSafety.h"
#include "gtest/gtest.h"

using namespace thread_stop::model;

static unsigned reasonsOf(const char *Name) {
  const AsyncSafety *Row = findAsyncSafety(Name);
  EXPECT_NE(nullptr, Row) << Name;
  return Row ? Row->Reasons : 0;
}

// The counts of the glibc 2.36 manual without what holds on Hurd or BSD only.
TEST(AsyncSafety, CountsOfTheManual) {
  unsigned Unsafe = 0, Lock = 0, Mem = 0, Corrupt = 0, Fd = 0, Init = 0;
  for (const AsyncSafety &Row : asyncSafetyTable()) {
    if (Row.Safe)
      continue;
    ++Unsafe;
    Lock += (Row.Reasons & LockReason) != 0;
    Mem += (Row.Reasons & MemReason) != 0;
    Corrupt += (Row.Reasons & CorruptReason) != 0;
    Fd += (Row.Reasons & FdReason) != 0;
    Init += (Row.Reasons & InitReason) != 0;
  }
  EXPECT_EQ(511u, Unsafe);
  EXPECT_EQ(323u, Lock);
  EXPECT_EQ(315u, Mem);
  EXPECT_EQ(283u, Corrupt);
  EXPECT_EQ(178u, Fd);
  EXPECT_EQ(9u, Init);
}

TEST(AsyncSafety, ReasonsAreBits) {
  EXPECT_EQ(LockReason | FdReason | MemReason, reasonsOf("malloc"));
  EXPECT_EQ(LockReason | CorruptReason, reasonsOf("abort"));
  EXPECT_EQ(unsigned(CorruptReason), reasonsOf("__ppc_get_timebase_freq"));
  EXPECT_EQ(unsigned(CorruptReason), reasonsOf("hsearch"));
  EXPECT_EQ(LockReason | CorruptReason | OtherReason, reasonsOf("getpass"));
}

TEST(AsyncSafety, ReasonsOfOtherSystemsAreGone) {
  EXPECT_EQ(MemReason | FdReason, reasonsOf("closedir"));
  EXPECT_FALSE(findAsyncSafety("closedir")->ElsewhereOnly);
  for (const char *Name : {"sigprocmask", "pause", "seekdir", "tcsendbreak"}) {
    EXPECT_EQ(unsigned(NoReason), reasonsOf(Name)) << Name;
    EXPECT_TRUE(findAsyncSafety(Name)->ElsewhereOnly) << Name;
    EXPECT_FALSE(isAsyncCancelSafe(Name, false)) << Name;
  }
  EXPECT_EQ(unsigned(CorruptReason), reasonsOf("semctl")) << "corrupt/linux";
  EXPECT_FALSE(findAsyncSafety("sleep")->ElsewhereOnly) << "no reason given";
}

TEST(AsyncSafety, FdOrMemAloneIsSafe) {
  for (const char *Name : {"open", "close", "accept"}) {
    EXPECT_TRUE(findAsyncSafety(Name)->Safe) << Name;
    EXPECT_EQ(unsigned(FdReason), reasonsOf(Name)) << Name;
  }
}

TEST(AsyncSafety, ThreeNamesOfPosixHoldEvenUnderStrict) {
  for (const char *Name :
       {"pthread_cancel", "pthread_setcancelstate", "pthread_setcanceltype"}) {
    EXPECT_TRUE(isPosixAsyncCancelSafe(Name)) << Name;
    EXPECT_TRUE(isAsyncCancelSafe(Name, true)) << Name;
    EXPECT_TRUE(isAsyncCancelSafe(Name, false)) << Name;
  }
  for (const char *Name : {"pthread_testcancel", "pthread_self", "malloc"})
    EXPECT_FALSE(isPosixAsyncCancelSafe(Name)) << Name;
}

TEST(AsyncSafety, StrictTrustsPosixOnly) {
  EXPECT_TRUE(isAsyncCancelSafe("abs", false));
  EXPECT_FALSE(isAsyncCancelSafe("abs", true));
  EXPECT_FALSE(isAsyncCancelSafe("printf", false));
  EXPECT_FALSE(isAsyncCancelSafe("unknown_function", false));
}

TEST(AsyncSafety, WordsForReasons) {
  EXPECT_EQ("lock, mem, fd", asyncReasonNames(reasonsOf("malloc")));
  EXPECT_EQ("", asyncReasonNames(NoReason));
  EXPECT_EQ("holds a lock of the C library",
            describeAsyncReasons(reasonsOf("malloc")).str());
  EXPECT_EQ("owns a file descriptor", describeAsyncReasons(FdReason).str());
  EXPECT_TRUE(describeAsyncReasons(NoReason).empty());
}
