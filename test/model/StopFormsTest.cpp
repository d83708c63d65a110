// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that the table of thread_stop_ forms is sorted, has the right results,
// and names only functions that wait.

#include "model/StopForms.h"
#include "model/CancellationPoints.h"
#include "gtest/gtest.h"
#include <set>

namespace thread_stop {
namespace model {
namespace {

TEST(StopFormsTest, SortedAndFound) {
  llvm::StringRef Last;
  for (const StopForm &Row : stopForms()) {
    EXPECT_LT(Last, Row.Name);
    Last = Row.Name;
    EXPECT_EQ(findStopForm(Row.Name), &Row);
  }
  EXPECT_EQ(findStopForm("usleep"), nullptr);
  EXPECT_EQ(findStopForm(""), nullptr);
  EXPECT_EQ(findStopForm("zzz"), nullptr);
}

TEST(StopFormsTest, EachWaits) {
  for (const StopForm &Row : stopForms()) {
    const CancellationPoint *Point = findCancellationPoint(Row.Name);
    ASSERT_NE(Point, nullptr) << Row.Name.str();
    EXPECT_NE(Point->Blocking, PointBlocking::None) << Row.Name.str();
  }
}

TEST(StopFormsTest, Names) {
  EXPECT_EQ(findStopForm("read")->Form, "thread_stop_read");
  EXPECT_EQ(findStopForm("pthread_cond_wait")->Form, "thread_stop_cond_wait");
  std::set<llvm::StringRef> Forms;
  for (const StopForm &Row : stopForms())
    EXPECT_TRUE(Forms.insert(Row.Form).second) << Row.Form.str();
}

TEST(StopFormsTest, Results) {
  EXPECT_EQ(findStopForm("poll")->Result, StopResult::MinusOne);
  EXPECT_EQ(findStopForm("pthread_cond_timedwait")->Result,
            StopResult::ErrorNumber);
  EXPECT_EQ(findStopForm("clock_nanosleep")->Result, StopResult::ErrorNumber);
  EXPECT_EQ(findStopForm("sleep")->Result, StopResult::SecondsLeft);
}

TEST(StopFormsTest, WhatIsTaken) {
  for (const char *Name : {"read", "accept", "sem_wait", "epoll_wait"})
    EXPECT_TRUE(findStopForm(Name)->Takes) << Name;
  for (const char *Name : {"poll", "select", "sleep", "nanosleep"})
    EXPECT_FALSE(findStopForm(Name)->Takes) << Name;
}

} // namespace
} // namespace model
} // namespace thread_stop
