// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cancellation functions, thread life, prologue calls and constants.

#include "model/CancelApi.h"
#include "gtest/gtest.h"

using namespace thread_stop::model;

TEST(CancelApi, StateAndType) {
  for (const char *Name : {"pthread_setcancelstate", "pthread_setcanceltype"}) {
    const CancelApi *Row = findCancelApi(Name);
    ASSERT_NE(nullptr, Row) << Name;
    EXPECT_EQ(0, Row->Argument) << Name;
    EXPECT_EQ(1, Row->Result) << Name;
  }
  EXPECT_TRUE(hasRole("pthread_setcancelstate", CancelRole::SetState));
  EXPECT_TRUE(hasRole("pthread_setcanceltype", CancelRole::SetType));
  EXPECT_TRUE(hasRole("pthread_testcancel", CancelRole::TestCancel));
  EXPECT_TRUE(hasRole("pthread_cancel", CancelRole::Cancel));
  EXPECT_FALSE(hasRole("ns::pthread_cancel", CancelRole::Cancel));
}

TEST(CancelApi, Creators) {
  const CancelApi *Row = findCancelApi("pthread_create");
  ASSERT_NE(nullptr, Row);
  EXPECT_EQ(0, Row->Handle);
  EXPECT_EQ(1, Row->Attributes);
  EXPECT_EQ(2, Row->Routine);
  EXPECT_EQ(3, Row->Argument);

  Row = findCancelApi("thrd_create");
  ASSERT_NE(nullptr, Row);
  EXPECT_EQ(1, Row->Routine);
  EXPECT_EQ(2, Row->Argument);
  EXPECT_EQ(NoArgument, Row->Attributes);

  Row = findCancelApi("std::jthread");
  ASSERT_NE(nullptr, Row);
  EXPECT_EQ(ApiForm::Constructor, Row->Form);
  EXPECT_EQ(ImplicitObject, Row->Handle);
  EXPECT_EQ(0, Row->Routine);

  unsigned Creators = 0;
  for (const CancelApi &Api : cancelApis())
    Creators += Api.Role == CancelRole::Create;
  EXPECT_EQ(5u, Creators) << "start routines are defined by these five";
}

// A role without its position would make a check read the wrong argument.
TEST(CancelApi, RolesHaveTheirPositions) {
  for (const CancelApi &Row : cancelApis()) {
    SCOPED_TRACE(Row.Name.str());
    switch (Row.Role) {
    case CancelRole::Create:
      EXPECT_NE(NoArgument, Row.Routine);
      EXPECT_NE(NoArgument, Row.Argument);
      EXPECT_NE(NoArgument, Row.Handle);
      break;
    case CancelRole::Signal:
      EXPECT_NE(NoArgument, Row.Argument);
      EXPECT_NE(NoArgument, Row.Handle);
      break;
    case CancelRole::Cancel:
    case CancelRole::StopRequest:
    case CancelRole::ForcedStop:
    case CancelRole::Join:
    case CancelRole::Detach:
    case CancelRole::HandleGet:
    case CancelRole::HandleUse:
      EXPECT_NE(NoArgument, Row.Handle);
      break;
    case CancelRole::SetState:
    case CancelRole::SetType:
      EXPECT_NE(NoArgument, Row.Argument);
      EXPECT_NE(NoArgument, Row.Result);
      break;
    default:
      break;
    }
    if (Row.Form == ApiForm::Method && Row.Handle != NoArgument) {
      EXPECT_EQ(ImplicitObject, Row.Handle);
    }
  }
}

TEST(CancelApi, CleanupOfBothLibraries) {
  for (const char *Name :
       {"pthread_cleanup_push", "pthread_cleanup_push_defer_np",
        "_pthread_cleanup_push", "__pthread_cleanup_class",
        "__pthread_cleanup_frame", "__pthread_register_cancel"})
    EXPECT_TRUE(hasRole(Name, CancelRole::CleanupPush)) << Name;
  for (const char *Name :
       {"pthread_cleanup_pop", "pthread_cleanup_pop_restore_np",
        "_pthread_cleanup_pop", "__pthread_unregister_cancel"})
    EXPECT_TRUE(hasRole(Name, CancelRole::CleanupPop)) << Name;
  const CancelApi *Musl = findCancelApi("_pthread_cleanup_push");
  EXPECT_EQ(ApiOrigin::Musl, Musl->Origin);
  EXPECT_EQ(1, Musl->Routine);
  EXPECT_EQ(2, Musl->Argument);
  EXPECT_EQ(ApiForm::Macro, findCancelApi("pthread_cleanup_push")->Form);
}

TEST(CancelApi, WaysOut) {
  for (const char *Name :
       {"exit", "_exit", "_Exit", "quick_exit", "abort", "std::terminate"})
    EXPECT_TRUE(hasRole(Name, CancelRole::ExitProcess)) << Name;
  for (const char *Name : {"pthread_exit", "thrd_exit"})
    EXPECT_TRUE(hasRole(Name, CancelRole::ExitThread)) << Name;
  for (const char *Name :
       {"longjmp", "_longjmp", "siglongjmp", "__longjmp_chk"})
    EXPECT_TRUE(hasRole(Name, CancelRole::Jump)) << Name;
}

TEST(CancelApi, JoinAndDetach) {
  for (const char *Name : {"pthread_join", "pthread_tryjoin_np", "thrd_join",
                           "thread_stop_join", "std::thread::join"})
    EXPECT_TRUE(hasRole(Name, CancelRole::Join)) << Name;
  for (const char *Name :
       {"pthread_detach", "thrd_detach", "std::jthread::detach"})
    EXPECT_TRUE(hasRole(Name, CancelRole::Detach)) << Name;
  EXPECT_EQ(1, findCancelApi("pthread_join")->Result);
}

TEST(CancelApi, PrologueNeitherBlocksNorIsAPoint) {
  for (const char *Name :
       {"pthread_self", "pthread_sigmask", "sigemptyset", "sigfillset",
        "sigaddset", "prctl", "pthread_setname_np", "sched_setscheduler",
        "gettid", "signal", "pthread_setcanceltype"})
    EXPECT_TRUE(isPrologueCall(Name)) << Name;
  for (const char *Name : {"read", "pthread_mutex_lock", "pthread_join",
                           "printf", "pthread_testcancel"})
    EXPECT_FALSE(isPrologueCall(Name)) << Name;
  PointPolicy Strict(true, "");
  for (const CancelApi &Row : cancelApis())
    if (Row.Prologue) {
      EXPECT_FALSE(isCancellationPoint(Row.Name, Libc::Glibc, Strict))
          << Row.Name.str();
      EXPECT_FALSE(mayBlockForever(Row.Name)) << Row.Name.str();
    }
}

TEST(CancelConstants, ValuesOfBothLibraries) {
  auto Value = [](const char *Name, Libc Library) {
    return findCancelConstant(Name)->value(Library);
  };
  for (Libc Library : {Libc::Glibc, Libc::Musl}) {
    EXPECT_EQ(0, Value("PTHREAD_CANCEL_ENABLE", Library));
    EXPECT_EQ(1, Value("PTHREAD_CANCEL_DISABLE", Library));
    EXPECT_EQ(0, Value("PTHREAD_CANCEL_DEFERRED", Library));
    EXPECT_EQ(1, Value("PTHREAD_CANCEL_ASYNCHRONOUS", Library));
  }
  EXPECT_EQ(2, Value("PTHREAD_CANCEL_MASKED", Libc::Musl));
  EXPECT_EQ(std::nullopt, Value("PTHREAD_CANCEL_MASKED", Libc::Glibc));
}

TEST(CancelConstants, ByValue) {
  auto Name = [](CancelSetting Setting, int64_t Value, Libc Library) {
    const CancelConstant *Row = cancelConstantByValue(Setting, Value, Library);
    return Row ? Row->Name.str() : "";
  };
  EXPECT_EQ("PTHREAD_CANCEL_ASYNCHRONOUS",
            Name(CancelSetting::Type, 1, Libc::Glibc));
  EXPECT_EQ("PTHREAD_CANCEL_DISABLE",
            Name(CancelSetting::State, 1, Libc::Glibc));
  EXPECT_EQ("PTHREAD_CANCEL_MASKED", Name(CancelSetting::State, 2, Libc::Musl));
  EXPECT_EQ("", Name(CancelSetting::State, 2, Libc::Glibc));
  EXPECT_EQ("", Name(CancelSetting::Type, -1, Libc::Glibc));
}
