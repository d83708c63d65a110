// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that the names of the two halves of a pair lead to each other, in all
// usual spellings, and that a name without such a word leads nowhere.

#include "flow/Pairs.h"
#include "gtest/gtest.h"
#include <algorithm>

namespace thread_stop::flow {
namespace {

bool contains(const std::vector<std::string> &Names, const std::string &Name) {
  return std::find(Names.begin(), Names.end(), Name) != Names.end();
}

testing::AssertionResult arePartners(const std::string &A,
                                     const std::string &B) {
  if (!contains(partnerNames(A), B))
    return testing::AssertionFailure() << A << " does not lead to " << B;
  if (!contains(partnerNames(B), A))
    return testing::AssertionFailure() << B << " does not lead to " << A;
  return testing::AssertionSuccess();
}

TEST(PairsTest, SnakeCase) {
  EXPECT_TRUE(arePartners("cancel_disable", "cancel_enable"));
  EXPECT_TRUE(arePartners("disable_cancel", "enable_cancel"));
  EXPECT_TRUE(arePartners("section_enter", "section_leave"));
  EXPECT_TRUE(arePartners("section_enter", "section_exit"));
  EXPECT_TRUE(arePartners("my_lib_begin_critical", "my_lib_end_critical"));
  EXPECT_TRUE(arePartners("_cancel_block", "_cancel_unblock"));
}

TEST(PairsTest, CamelCase) {
  EXPECT_TRUE(arePartners("disableCancel", "enableCancel"));
  EXPECT_TRUE(arePartners("DisableCancel", "EnableCancel"));
  EXPECT_TRUE(arePartners("cancelDisable", "cancelEnable"));
  EXPECT_TRUE(arePartners("CancelLock", "CancelUnlock"));
}

TEST(PairsTest, UpperCase) {
  EXPECT_TRUE(arePartners("CANCEL_DISABLE", "CANCEL_ENABLE"));
  EXPECT_TRUE(arePartners("SECTION_ENTER", "SECTION_LEAVE"));
}

TEST(PairsTest, WordsBesideDigits) {
  EXPECT_TRUE(arePartners("enter2", "leave2"));
  EXPECT_TRUE(arePartners("v1_lock", "v1_unlock"));
}

TEST(PairsTest, GluedWords) {
  EXPECT_TRUE(arePartners("canceldisable", "cancelenable"));
  EXPECT_TRUE(arePartners("cancellock", "cancelunlock"));
}

TEST(PairsTest, OneWord) {
  EXPECT_TRUE(arePartners("enter", "leave"));
  EXPECT_TRUE(arePartners("lock", "unlock"));
  EXPECT_TRUE(arePartners("begin", "end"));
}

TEST(PairsTest, EachWordThatHasAnOpposite) {
  std::vector<std::string> Names = partnerNames("start_save");
  EXPECT_TRUE(contains(Names, "end_save"));
  EXPECT_TRUE(contains(Names, "stop_save"));
  EXPECT_TRUE(contains(Names, "finish_save"));
  EXPECT_TRUE(contains(Names, "start_restore"));
}

/// Any word can be undone with "un"; `Name` must have no other opposite.
static bool hasNoOtherOpposite(const char *Name) {
  for (const std::string &Other : partnerNames(Name))
    if (Other.find("un") == std::string::npos)
      return false;
  return true;
}

TEST(PairsTest, NoPair) {
  EXPECT_TRUE(partnerNames("").empty());
  EXPECT_TRUE(partnerNames("_").empty());
  EXPECT_TRUE(partnerNames("42").empty());
  EXPECT_TRUE(hasNoOtherOpposite("worker"));
  EXPECT_TRUE(hasNoOtherOpposite("compute_sum"));
}

TEST(PairsTest, WordsInsideWordsDoNotCount) {
  // "end" in "send", "on" in "condition", "in" in "print", "put" in "input".
  EXPECT_TRUE(hasNoOtherOpposite("send_message"));
  EXPECT_TRUE(hasNoOtherOpposite("condition"));
  EXPECT_TRUE(hasNoOtherOpposite("print"));
  EXPECT_TRUE(hasNoOtherOpposite("input"));
}

TEST(PairsTest, AnythingCanBeUndone) {
  EXPECT_TRUE(contains(partnerNames("hold"), "unhold"));
  EXPECT_TRUE(contains(partnerNames("unfreeze_all"), "freeze_all"));
}

TEST(PairsTest, NeverItself) {
  for (const char *Name :
       {"lock", "unlock", "enter_exit", "begin_end", "set_reset", "push_pop",
        "no_allow", "before_after", "in_out", "LOCK", "cancellock"})
    EXPECT_FALSE(contains(partnerNames(Name), Name)) << Name;
}

TEST(PairsTest, UnlockIsNoLock) {
  // "unlock" ends in "lock", but is a closing word: no "ununlock".
  for (const std::string &Name : partnerNames("cancelunlock"))
    EXPECT_EQ(Name.find("unun"), std::string::npos) << Name;
  for (const std::string &Name : partnerNames("cancelunblock"))
    EXPECT_EQ(Name.find("unun"), std::string::npos) << Name;
}

} // namespace
} // namespace thread_stop::flow
