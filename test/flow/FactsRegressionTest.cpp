// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Regressions: each of these was wrong once.

#include "flow/WatchedBody.h"

namespace thread_stop::flow {
namespace {

TEST(ParameterTest, OverwrittenIsNotTheCallersValue) {
  Snippet S(
      "int other(void);\n"
      "void given(int s) { pthread_setcancelstate(s, NULL); }\n"
      "void own(int s) { s = other(); pthread_setcancelstate(s, NULL); }");
  EXPECT_EQ(S.summary("given").Outcomes[0].Modes[0].K, Mode::Kind::OfPlace);
  EXPECT_EQ(S.summary("own").Outcomes[0].Modes[0].K, Mode::Kind::Unknown);
}

TEST(ResultTest, TheSameComparison) {
  expectBalanced("if (c > 3) " LOCK "; if (c > 3) " UNLOCK ";");
}

TEST(BranchTest, SwitchDefault) {
  expectBalanced("switch (c) { case 1: " LOCK "; break; default: return 1; }"
                 "switch (c) { case 1: " UNLOCK "; }");
  expectBalanced("switch (" TRY ") { case 0: " UNLOCK "; break; default: ; }");
}

TEST(CxxFactsTest, ConditionsAndGuards) {
  const Language Cxx = Language::Cxx;
  const std::string Mutex = "static std::mutex k; ";
  expectBalanced(Mutex + "if (k.try_lock()) k.unlock();", Cxx);
  expectBalanced("int rc = " TRY "; if (rc) return rc; " UNLOCK ";", Cxx);
  expectBalanced("if (" TRY " == 0) " UNLOCK ";", Cxx);
  expectBalanced(Mutex + "if (c) { std::lock_guard<std::mutex> g(k);"
                         " if (d) return 1; }",
                 Cxx);
  expectBalanced(Mutex + "for (;;) { std::lock_guard<std::mutex> g(k);"
                         " if (c) break; if (d) continue; }",
                 Cxx);
  expectBalanced(Mutex + "std::unique_lock<std::mutex> g(k,"
                         " std::defer_lock_t());"
                         " g.lock(); other(); g.unlock();",
                 Cxx);
}

TEST(BranchTest, ConditionBeforeTheEndOfTheFunction) {
  // The untaken branch leads straight to the exit block.
  Snippet S("pthread_mutex_t m;\n"
            "void f(int c) { pthread_setcancelstate(1, NULL);\n"
            "  if (pthread_mutex_trylock(&m) == 0)"
            " pthread_mutex_unlock(&m); }");
  EXPECT_FALSE(S.leavesLocked("f"));
}

} // namespace
} // namespace thread_stop::flow
