// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Regressions: each of these was wrong once.

#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

/// Parses a function `f` that may use two mutexes and is watched, because it
/// sets the cancellation state as well.
Snippet body(const std::string &Text, Language L = Language::C) {
  return Snippet("#ifdef __cplusplus\n#include <mutex>\n#endif\n"
                 "pthread_mutex_t m, n;\n"
                 "void other(void);\n"
                 "int f(int c, int d) {\n"
                 "pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);\n" +
                     Text + "\nreturn 0; }\n",
                 L);
}

#define LOCK "pthread_mutex_lock(&m)"
#define TRY "pthread_mutex_trylock(&m)"
#define UNLOCK "pthread_mutex_unlock(&m)"

/// No lock is left, and none is given back that was not taken.
void expectBalanced(const std::string &Text, Language L = Language::C) {
  Snippet S = body(Text, L);
  StateSet Exit = S.atExit("f");
  EXPECT_FALSE(Exit.States.empty()) << Text;
  for (const PathState &P : Exit.States)
    EXPECT_TRUE(P.Held.empty() && P.GivenBack.empty()) << Text;
}

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

TEST(SummaryTest, WrappersThreeDeep) {
  Snippet S(R"(
    static void one(int *old) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, old);
    }
    static void two(int *old) { one(old); }
    static void three(int *old) { two(old); }
    static void back(int old) { pthread_setcancelstate(old, NULL); }
    static void back2(int old) { back(old); }
    void user(void) { int old; three(&old); back2(old); }
    void forgets(void) { int old; three(&old); })");
  for (const char *Name : {"one", "two", "three"}) {
    const Summary &Each = S.summary(Name);
    ASSERT_EQ(Each.Outcomes.size(), 1u) << Name;
    EXPECT_TRUE(Each.Outcomes[0].Modes[0].isOn()) << Name;
    ASSERT_EQ(Each.Outcomes[0].Saves.size(), 1u) << Name;
    EXPECT_TRUE(Each.Outcomes[0].Saves[0].Held.isEntry()) << Name;
  }
  EXPECT_EQ(S.summary("back2").Outcomes[0].Modes[0].K, Mode::Kind::OfPlace);
  EXPECT_TRUE(S.restores("user"));
  EXPECT_TRUE(S.summary("user").isIdentity());
  EXPECT_FALSE(S.restores("forgets"));
}

} // namespace
} // namespace thread_stop::flow
