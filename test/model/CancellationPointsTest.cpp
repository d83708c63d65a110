// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which calls are cancellation points under which policy and library.

#include "model/CancellationPoints.h"
#include "model/LockApi.h"
#include "gtest/gtest.h"

using namespace thread_stop::model;

static const PointPolicy Default;
static const PointPolicy Strict(true, "");

static bool onGlibc(llvm::StringRef Name, const PointPolicy &Policy = Default) {
  return isCancellationPoint(Name, Libc::Glibc, Policy);
}
static bool onMusl(llvm::StringRef Name, const PointPolicy &Policy = Default) {
  return isCancellationPoint(Name, Libc::Musl, Policy);
}

// ---- the rule over whole tables ----

TEST(CancellationPoints, EveryRequiredRowIsAPoint) {
  for (const CancellationPoint &Point : cancellationPoints()) {
    if (Point.Status != PointStatus::Required ||
        pointArgumentIndex(Point.Name) != NoArgument)
      continue;
    SCOPED_TRACE(Point.Name.str());
    EXPECT_TRUE(onGlibc(Point.Name, Strict));
    EXPECT_TRUE(onMusl(Point.Name, Strict));
    EXPECT_EQ(Point.Family != PointFamily::Close, onGlibc(Point.Name));
  }
}

TEST(CancellationPoints, EveryConditionalRowIsAPointForSomeCommand) {
  for (const PointArgument &Row : pointArguments()) {
    SCOPED_TRACE(Row.Constant.str());
    EXPECT_FALSE(onGlibc(Row.Name));
    EXPECT_TRUE(isCancellationPoint(Row.Name, Libc::Glibc, Default, Row.Value));
  }
}

// Not even if a user names it: no option makes mutex_lock react to a cancel.
TEST(CancellationPoints, NeverRowsAreNoPointsWhateverTheUserSays) {
  for (const CancellationPoint &Point : cancellationPoints()) {
    if (Point.Status != PointStatus::Never && Point.Rule != PointRule::Never)
      continue;
    SCOPED_TRACE(Point.Name.str());
    PointPolicy Named(true, Point.Name);
    ASSERT_TRUE(Named.names(Point.Name));
    for (Libc Library : {Libc::Glibc, Libc::Musl}) {
      EXPECT_FALSE(isCancellationPoint(Point.Name, Library, Named));
      EXPECT_FALSE(mayBeCancellationPoint(Point.Name, Library, Named));
    }
  }
}

TEST(CancellationPoints, NoLockOrUnlockIsAPoint) {
  for (const LockApi &Lock : lockApis()) {
    if (Lock.Op == LockOp::Wait)
      continue;
    EXPECT_FALSE(onGlibc(Lock.Name, Strict)) << Lock.Name.str();
    EXPECT_FALSE(onMusl(Lock.Name, Strict)) << Lock.Name.str();
  }
}

TEST(CancellationPoints, OptionalRowsFollowTheirColumn) {
  for (const CancellationPoint &Point : cancellationPoints()) {
    if (Point.Status != PointStatus::Optional || Point.Rule != PointRule::Table)
      continue;
    SCOPED_TRACE(Point.Name.str());
    EXPECT_EQ(Point.GlibcActs == Tri::Yes, onGlibc(Point.Name));
    EXPECT_EQ(onGlibc(Point.Name), onGlibc(Point.Name, Strict));
    Tri Musl = Point.MuslActs == Tri::NotRun ? Point.GlibcActs : Point.MuslActs;
    EXPECT_EQ(Musl == Tri::Yes, onMusl(Point.Name));
  }
}

TEST(CancellationPoints, WhateverIsAPointMayBeOne) {
  for (const CancellationPoint &Point : cancellationPoints())
    for (Libc Library : {Libc::Glibc, Libc::Musl})
      if (isCancellationPoint(Point.Name, Library, Strict)) {
        EXPECT_TRUE(mayBeCancellationPoint(Point.Name, Library, Default))
            << Point.Name.str();
      }
}

// ---- single functions ----

TEST(CancellationPoints, LocksAndOtherDeafWaitsAreNone) {
  for (const char *Name :
       {"pthread_mutex_lock", "pthread_mutex_timedlock",
        "pthread_rwlock_rdlock", "pthread_rwlock_wrlock", "pthread_spin_lock",
        "mtx_lock", "sem_post", "flock", "ioctl", "semop", "sendfile",
        "syscall", "pthread_once", "pthread_barrier_wait",
        "pthread_setcancelstate", "malloc"})
    EXPECT_FALSE(onGlibc(Name, Strict)) << Name;
}

TEST(CancellationPoints, WaitsAre) {
  for (const char *Name :
       {"pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_clockwait",
        "cnd_wait", "sem_wait", "sem_clockwait", "read", "poll", "ppoll",
        "accept4", "nanosleep", "sigwait", "pthread_testcancel", "pthread_join",
        "thrd_join", "thrd_sleep"}) {
    EXPECT_TRUE(onGlibc(Name)) << Name;
    EXPECT_TRUE(onMusl(Name)) << Name;
  }
}

TEST(CancellationPoints, LinuxExtrasThatActCount) {
  for (const char *Name : {"epoll_wait", "recvmmsg", "getrandom", "usleep",
                           "system", "mkstemp", "preadv"}) {
    EXPECT_TRUE(onGlibc(Name)) << Name;
    EXPECT_TRUE(onMusl(Name)) << Name;
  }
}

TEST(CancellationPoints, GlibcOnly) {
  for (const char *Name : {"wait3", "wait4", "getaddrinfo", "syslog", "splice",
                           "getpwuid_r", "wordexp", "dprintf"}) {
    EXPECT_TRUE(onGlibc(Name)) << Name;
    EXPECT_FALSE(onMusl(Name)) << Name;
  }
}

TEST(CancellationPoints, MuslOnly) {
  for (const char *Name : {"opendir", "closedir", "scandir", "glob"}) {
    EXPECT_FALSE(onGlibc(Name)) << Name;
    EXPECT_TRUE(onMusl(Name)) << Name;
  }
}

TEST(CancellationPoints, RowsThatWereNotRunDoNotCount) {
  for (const char *Name : {"open64", "epoll_pwait2", "preadv2", "strerror",
                           "vdprintf", "sigpause"})
    EXPECT_FALSE(onGlibc(Name)) << Name;
}

TEST(CancellationPoints, CloseCountsOnlyUnderStrict) {
  EXPECT_FALSE(onGlibc("close"));
  EXPECT_TRUE(onGlibc("close", Strict));
  EXPECT_FALSE(onMusl("close"));
  EXPECT_TRUE(onMusl("close", Strict));
}

TEST(CancellationPoints, StdioCountsOnlyUnderStrictAndNeverOnMusl) {
  for (const char *Name :
       {"printf", "fprintf", "puts", "fputs", "fflush", "fgets", "fread",
        "fwrite", "getline", "fopen", "tmpfile", "perror", "putwchar"}) {
    EXPECT_FALSE(onGlibc(Name)) << Name;
    EXPECT_TRUE(onGlibc(Name, Strict)) << Name;
    EXPECT_FALSE(onMusl(Name, Strict)) << Name;
  }
  for (const char *Name : {"fclose", "ungetc", "ftell"})
    EXPECT_FALSE(onGlibc(Name, Strict)) << Name;
  EXPECT_FALSE(onGlibc("snprintf", Strict)) << "formats only";
}

TEST(CancellationPoints, FcntlOnlyWhereItWaitsForALock) {
  EXPECT_EQ(1, pointArgumentIndex("fcntl"));
  EXPECT_EQ(1, pointArgumentIndex("lockf"));
  EXPECT_EQ(NoArgument, pointArgumentIndex("read"));
  const int64_t GetFl = 3, SetLk = 6, SetLkW = 7, OfdSetLkW = 38;
  for (Libc Library : {Libc::Glibc, Libc::Musl}) {
    EXPECT_FALSE(isCancellationPoint("fcntl", Library, Default, GetFl));
    EXPECT_FALSE(isCancellationPoint("fcntl", Library, Default, SetLk));
    EXPECT_TRUE(isCancellationPoint("fcntl", Library, Default, SetLkW));
    EXPECT_FALSE(isCancellationPoint("fcntl", Library, Default));
    EXPECT_FALSE(isCancellationPoint("lockf", Library, Default, 0));
    EXPECT_TRUE(isCancellationPoint("lockf", Library, Default, 1));
  }
  EXPECT_TRUE(isCancellationPoint("fcntl", Libc::Glibc, Default, OfdSetLkW));
  EXPECT_FALSE(isCancellationPoint("fcntl", Libc::Musl, Default, OfdSetLkW));
}

TEST(CancellationPoints, UnknownNamesAreNone) {
  EXPECT_FALSE(onGlibc("my_wait", Strict));
  EXPECT_FALSE(onGlibc("std::thread::join", Strict));
  EXPECT_FALSE(onGlibc("ns::read", Strict));
}

// ---- names from the option ----

TEST(PointPolicy, NamesOfTheUserCount) {
  PointPolicy Named(false, " my_wait ;ns::Queue::pop,;fflush");
  EXPECT_TRUE(onGlibc("my_wait", Named));
  EXPECT_TRUE(onMusl("ns::Queue::pop", Named));
  EXPECT_TRUE(onMusl("fflush", Named));
  EXPECT_FALSE(onGlibc("pop", Named));
  EXPECT_FALSE(onGlibc("", Named));
  EXPECT_FALSE(Default.names("my_wait"));
}

TEST(PointPolicy, NamedConditionalCallNeedsNoArgument) {
  PointPolicy Named(false, "fcntl");
  EXPECT_TRUE(onGlibc("fcntl", Named));
  EXPECT_TRUE(isCancellationPoint("fcntl", Libc::Glibc, Named, 3));
}

// ---- the opposite bias ----

TEST(MayBePoint, InDoubtYes) {
  for (const char *Name :
       {"close", "printf", "fclose", "open64", "fcntl", "pthread_timedjoin_np"})
    EXPECT_TRUE(mayBeCancellationPoint(Name, Libc::Glibc, Default)) << Name;
}

TEST(MayBePoint, NoWhereItIsKnown) {
  for (const char *Name :
       {"stat", "unlink", "popen", "strerror_r", "asctime_r", "ioctl", "flock"})
    EXPECT_FALSE(mayBeCancellationPoint(Name, Libc::Glibc, Default)) << Name;
  EXPECT_FALSE(mayBeCancellationPoint("printf", Libc::Musl, Default));
  EXPECT_FALSE(mayBeCancellationPoint("unknown", Libc::Glibc, Default));
  EXPECT_FALSE(mayBeCancellationPoint("fcntl", Libc::Glibc, Default, 3));
}

TEST(Blocking, OnlyIndefiniteWaitsBlockForever) {
  EXPECT_TRUE(mayBlockForever("poll"));
  EXPECT_TRUE(mayBlockForever("pthread_cond_wait"));
  EXPECT_FALSE(mayBlockForever("nanosleep"));
  EXPECT_FALSE(mayBlockForever("pthread_cond_timedwait"));
  EXPECT_FALSE(mayBlockForever("close"));
  EXPECT_FALSE(mayBlockForever("unknown"));
}

TEST(Allocates, SaysWhatLeaks) {
  EXPECT_EQ("fd", findCancellationPoint("accept")->Allocates.str());
  EXPECT_EQ("FILE*", findCancellationPoint("fopen")->Allocates.str());
  EXPECT_EQ("", findCancellationPoint("read")->Allocates.str());
}
