// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resources: who hands one out, takes one back, keeps one.

#include "model/ResourceApi.h"
#include "TsvFile.h"
#include "gtest/gtest.h"

using namespace thread_stop::model;

static void expectAcquire(const char *Name, ResourceKind Kind,
                          ResourcePlace Place, int Index,
                          ResourceFailure Failure, int Consumes = NoArgument,
                          bool Certain = true) {
  SCOPED_TRACE(Name);
  const ResourceAcquire *Row = findAcquire(Name);
  ASSERT_NE(nullptr, Row);
  EXPECT_EQ(Kind, Row->Kind);
  EXPECT_EQ(Place, Row->Place);
  EXPECT_EQ(Index, Row->Index);
  EXPECT_EQ(Failure, Row->Failure);
  EXPECT_EQ(Consumes, Row->Consumes);
  EXPECT_EQ(Certain, Row->Certain);
}

TEST(ResourceApi, ResultsThatAreResources) {
  expectAcquire("malloc", ResourceKind::Memory, ResourcePlace::Return,
                NoArgument, ResourceFailure::Null);
  expectAcquire("open", ResourceKind::Descriptor, ResourcePlace::Return,
                NoArgument, ResourceFailure::Negative);
  expectAcquire("popen", ResourceKind::ProcessStream, ResourcePlace::Return,
                NoArgument, ResourceFailure::Null);
  expectAcquire("mmap", ResourceKind::Mapping, ResourcePlace::Return,
                NoArgument, ResourceFailure::MinusOne);
  expectAcquire("sem_open", ResourceKind::Semaphore, ResourcePlace::Return,
                NoArgument, ResourceFailure::Null);
}

TEST(ResourceApi, ResultsBehindArguments) {
  expectAcquire("posix_memalign", ResourceKind::Memory, ResourcePlace::Argument,
                0, ResourceFailure::NonZero);
  expectAcquire("asprintf", ResourceKind::Memory, ResourcePlace::Argument, 0,
                ResourceFailure::Negative);
  expectAcquire("getaddrinfo", ResourceKind::AddressList,
                ResourcePlace::Argument, 3, ResourceFailure::NonZero);
  expectAcquire("timer_create", ResourceKind::Timer, ResourcePlace::Argument, 2,
                ResourceFailure::Negative);
  expectAcquire("pipe2", ResourceKind::Descriptor, ResourcePlace::Array, 0,
                ResourceFailure::Negative);
  expectAcquire("socketpair", ResourceKind::Descriptor, ResourcePlace::Array, 3,
                ResourceFailure::Negative);
}

TEST(ResourceApi, ResourcesThatPassIntoOthers) {
  expectAcquire("fdopen", ResourceKind::Stream, ResourcePlace::Return,
                NoArgument, ResourceFailure::Null, 0);
  expectAcquire("fdopendir", ResourceKind::Directory, ResourcePlace::Return,
                NoArgument, ResourceFailure::Null, 0);
  expectAcquire("realloc", ResourceKind::Memory, ResourcePlace::Return,
                NoArgument, ResourceFailure::Null, 0);
  expectAcquire("newlocale", ResourceKind::Locale, ResourcePlace::Return,
                NoArgument, ResourceFailure::Null, 2);
}

TEST(ResourceApi, SomeDependOnTheirArguments) {
  for (const char *Name :
       {"getline", "getdelim", "getcwd", "realpath", "signalfd"})
    EXPECT_FALSE(findAcquire(Name)->Certain) << Name;
  for (const char *Name : {"dup2", "dup3", "freopen", "openpty", "alloca",
                           "strdupa", "scandir", "fcntl", "fork"})
    EXPECT_EQ(nullptr, findAcquire(Name)) << Name;
}

// What is handed out can be given back, or a check would see it owned for ever.
TEST(ResourceApi, EveryKindHasItsRelease) {
  for (unsigned I = 0; I < NumResourceKinds; ++I) {
    ResourceKind Kind = static_cast<ResourceKind>(I);
    SCOPED_TRACE(resourceName(Kind).str());
    const ResourceRelease *Release = findRelease(releaseNameFor(Kind));
    ASSERT_NE(nullptr, Release);
    EXPECT_TRUE(Release->releases(Kind));
    EXPECT_FALSE(Release->OnSuccess);
    bool Acquired = false;
    for (const ResourceAcquire &Row : resourceAcquires())
      Acquired |= Row.Kind == Kind;
    EXPECT_TRUE(Acquired);
    for (unsigned J = 0; J < I; ++J)
      EXPECT_NE(resourceName(Kind), resourceName(static_cast<ResourceKind>(J)));
  }
}

// A release that depends on success needs to know what success is; a resource
// that is passed on is released by the same call.
TEST(ResourceApi, PassingOnIsReleasingOnSuccess) {
  for (const ResourceRelease &Row : resourceReleases())
    if (Row.OnSuccess) {
      const ResourceAcquire *Acquire = findAcquire(Row.Name);
      ASSERT_NE(nullptr, Acquire) << Row.Name.str();
      EXPECT_EQ(Row.Index, Acquire->Consumes) << Row.Name.str();
    }
  for (const ResourceAcquire &Row : resourceAcquires())
    if (Row.Consumes != NoArgument) {
      const ResourceRelease *Release = findRelease(Row.Name);
      ASSERT_NE(nullptr, Release) << Row.Name.str();
      EXPECT_TRUE(Release->OnSuccess) << Row.Name.str();
    }
}

TEST(ResourceApi, PlaceAndIndexAgree) {
  for (const ResourceAcquire &Row : resourceAcquires()) {
    SCOPED_TRACE(Row.Name.str());
    EXPECT_EQ(Row.Place == ResourcePlace::Return, Row.Index == NoArgument);
  }
}

TEST(ResourceApi, Releases) {
  EXPECT_TRUE(findRelease("fclose")->releases(ResourceKind::Stream));
  EXPECT_TRUE(findRelease("fclose")->releases(ResourceKind::ProcessStream));
  EXPECT_FALSE(findRelease("fclose")->releases(ResourceKind::Descriptor));
  EXPECT_FALSE(findRelease("pclose")->releases(ResourceKind::Stream));
  EXPECT_TRUE(findRelease("realloc")->OnSuccess);
  EXPECT_FALSE(findRelease("close")->OnSuccess);
  EXPECT_EQ(2, findRelease("newlocale")->Index);
  EXPECT_EQ(nullptr, findRelease("closefrom"));
}

TEST(ResourceApi, Failure) {
  EXPECT_TRUE(findAcquire("malloc")->failed(0));
  EXPECT_FALSE(findAcquire("malloc")->failed(-1));
  EXPECT_TRUE(findAcquire("open")->failed(-1));
  EXPECT_FALSE(findAcquire("open")->failed(0)) << "0 is a descriptor";
  EXPECT_TRUE(findAcquire("mmap")->failed(-1));
  EXPECT_FALSE(findAcquire("mmap")->failed(0));
  EXPECT_TRUE(findAcquire("posix_memalign")->failed(12));
  EXPECT_FALSE(findAcquire("posix_memalign")->failed(0));
}

TEST(ResourceApi, Keepers) {
  EXPECT_TRUE(isKeeper("putenv", 0));
  EXPECT_TRUE(isKeeper("setvbuf", 1));
  EXPECT_FALSE(isKeeper("setvbuf", 0));
  EXPECT_TRUE(isKeeper("pthread_create", 3));
  EXPECT_TRUE(isKeeper("lio_listio", 1));
  EXPECT_TRUE(isKeeper("lio_listio", 3));
  EXPECT_FALSE(isKeeper("lio_listio", 2));
  EXPECT_TRUE(isKeeper("makecontext", 5)) << "all of them";
  EXPECT_FALSE(isKeeper("read", 1));
  EXPECT_FALSE(isKeeper("setenv", 1)) << "copies";
  EXPECT_FALSE(isKeeper("epoll_ctl", 2)) << "the descriptor stays ours";
  EXPECT_FALSE(isKeeper("dlsym", 0)) << "a row that keeps nothing";
  EXPECT_FALSE(isKeeper("dlsym", NoArgument));
  EXPECT_FALSE(isKeeper("", 0));
  for (const ResourceKeeper &Row : resourceKeepers())
    if (Row.Index >= 0) {
      EXPECT_TRUE(isKeeper(Row.Name, Row.Index)) << Row.Name.str();
    }
}

TEST(ResourceApi, KnownFunctions) {
  for (const char *Name :
       {"memcpy", "read", "dlsym", "pipe2", "freeifaddrs", "pthread_join",
        "strlen", "epoll_ctl", "setsockopt", "pthread_mutex_lock"})
    EXPECT_TRUE(isKnownFunction(Name)) << Name;
  EXPECT_FALSE(isKnownFunction("sqlite3_bind_text"));
  EXPECT_FALSE(isKnownFunction("archive_note"));
  for (const TsvRow &Row : readTsv("keepers"))
    EXPECT_TRUE(isKnownFunction(Row.at("function")));
}
