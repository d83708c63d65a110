// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that source text becomes the right facts and edges: branches on
// results and flags, short circuit, conditionals, loops, gotos, switches,
// calls that do not return, exceptions, guards. Most tests ask which locks are
// left, for that is where a wrong edge shows.

#include "flow/WatchedBody.h"

namespace thread_stop::flow {
namespace {

/// No lock is left; what is given back may have been taken elsewhere.
void expectUnlocked(const std::string &Text, Language L = Language::C) {
  Snippet S = body(Text, L);
  EXPECT_FALSE(S.atExit("f").States.empty()) << Text;
  EXPECT_FALSE(S.leavesLocked("f")) << Text;
}

void expectLeftLocked(const std::string &Text, Language L = Language::C) {
  EXPECT_TRUE(body(Text, L).leavesLocked("f")) << Text;
}

//===--- Calls ------------------------------------------------------------===//

TEST(FactsTest, SetMode) {
  Snippet S(R"(
    struct t { int old; };
    void f(int p, struct t *s) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &s->old);
      pthread_setcanceltype(s->old, NULL);
      pthread_setcancelstate(p, 0);
      pthread_setcancelstate(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    })");
  std::vector<SetMode> F = S.facts<SetMode>("f");
  ASSERT_EQ(F.size(), 5u);
  EXPECT_EQ(F[0].Which, ModeKind::State);
  EXPECT_EQ(F[0].Argument.K, ModeArgument::Kind::Literal);
  EXPECT_TRUE(F[0].Argument.On);
  EXPECT_NE(F[0].SaveTo, NoPlace);
  EXPECT_EQ(F[1].Which, ModeKind::Type);
  EXPECT_TRUE(F[1].Argument.On);
  EXPECT_EQ(F[2].Argument.K, ModeArgument::Kind::FromPlace);
  EXPECT_EQ(F[2].Argument.From, F[1].SaveTo);
  EXPECT_EQ(F[2].SaveTo, NoPlace);
  EXPECT_EQ(F[3].Argument.K, ModeArgument::Kind::FromPlace);
  EXPECT_NE(F[3].Argument.From, F[0].SaveTo);
  // A type where a state belongs means nothing.
  EXPECT_EQ(F[4].Argument.K, ModeArgument::Kind::Unknown);
}

TEST(FactsTest, ConditionalArgument) {
  Snippet S(R"(
    void f(int c) {
      pthread_setcancelstate(c ? PTHREAD_CANCEL_DISABLE
                               : PTHREAD_CANCEL_ENABLE, NULL);
      pthread_setcancelstate(c ? 1 : PTHREAD_CANCEL_DISABLE, NULL);
    })");
  std::vector<ModeArgument::Kind> Kinds;
  for (const SetMode &F : S.facts<SetMode>("f"))
    Kinds.push_back(F.Argument.K);
  EXPECT_EQ(Kinds,
            (std::vector<ModeArgument::Kind>{ModeArgument::Kind::Either,
                                             ModeArgument::Kind::Literal}));
}

TEST(FactsTest, OwnFunctionsOfTheSameNameAreNotTheLibrarys) {
  Snippet S("int pthread_mutex_timedlock(pthread_mutex_t *m, int t) {"
            " return 0; }\n"
            "void f(pthread_mutex_t *m) { pthread_mutex_timedlock(m, 1); }");
  EXPECT_TRUE(S.facts<Acquire>("f").empty());
}

//===--- Results ----------------------------------------------------------===//

TEST(ResultTest, TestedAtOnce) {
  expectBalanced("if (" LOCK " == 0) " UNLOCK ";");
  expectBalanced("if (!" LOCK ") " UNLOCK ";");
  expectBalanced("if (" LOCK ") return 1; " UNLOCK ";");
  expectBalanced("if (" TRY " != 0) return 1; " UNLOCK ";");
  expectBalanced("if (0 == " TRY ") " UNLOCK ";");
  expectBalanced("if (__builtin_expect(" TRY " == 0, 1)) " UNLOCK ";");
  expectBalanced("while (" TRY ") other(); " UNLOCK ";");
  expectBalanced("do { other(); } while (" TRY " != 0); " UNLOCK ";");
  expectBalanced("for (; " TRY ";) other(); " UNLOCK ";");
}

TEST(ResultTest, TheWrongWayRound) {
  expectLeftLocked("if (" LOCK ") " UNLOCK ";");
  expectLeftLocked("if (" TRY " == 0) return 1;");
  expectLeftLocked("if (!" TRY ") other();");
}

TEST(ResultTest, ThroughAVariable) {
  expectBalanced("int rc = " TRY "; if (rc) return rc; " UNLOCK ";");
  expectBalanced("int rc; rc = " LOCK "; if (rc == 0) " UNLOCK ";");
  expectBalanced("int rc; if ((rc = " LOCK ") != 0) return rc; " UNLOCK ";");
  expectLeftLocked("int rc = " LOCK "; rc = c; if (!rc) " UNLOCK ";");
}

TEST(ResultTest, NotLookedAt) {
  expectBalanced(LOCK "; " UNLOCK ";");
  expectBalanced("(void)" LOCK "; " UNLOCK ";");
  expectLeftLocked(LOCK ";");
  expectLeftLocked("int rc = " LOCK ";");
}

TEST(ResultTest, Flags) {
  expectBalanced("int locked = 0; if (c) { " LOCK "; locked = 1; }"
                 "other(); if (locked) " UNLOCK ";");
  expectBalanced("int locked = 0; if (" TRY " == 0) locked = 1;"
                 "other(); if (locked == 1) " UNLOCK ";");
  expectLeftLocked("int locked = 0; if (c) { " LOCK "; locked = 1; }"
                   "if (!locked) other();");
}

TEST(ResultTest, TheSameCondition) {
  expectBalanced("if (c) " LOCK "; other(); if (c) " UNLOCK ";");
  expectBalanced("if (c & 4) " LOCK "; if (c & 4) " UNLOCK ";");
  expectLeftLocked("if (c) " LOCK "; c = d; if (c) " UNLOCK ";");
  expectLeftLocked("if (c & 4) " LOCK "; c = d; if (c & 4) " UNLOCK ";");
}

//===--- Control flow -----------------------------------------------------===//

TEST(BranchTest, ShortCircuit) {
  expectBalanced("if (c && " LOCK " == 0) " UNLOCK ";");
  expectBalanced("if (!c || " LOCK " != 0) return 1; " UNLOCK ";");
  expectUnlocked("if (c && d) " LOCK "; if (c && d) " UNLOCK ";");
  expectLeftLocked("if (c || " LOCK " == 0) return 1;");
  expectLeftLocked("if (" LOCK " == 0 && c) " UNLOCK ";");
}

TEST(BranchTest, Ternary) {
  expectUnlocked("c ? " LOCK " : 0; if (c) " UNLOCK ";");
  expectBalanced("int r = c ? 1 : 0; " LOCK "; r ? " UNLOCK " : " UNLOCK ";");
  expectLeftLocked("c ? " LOCK " : 0;");
}

TEST(BranchTest, Goto) {
  expectBalanced(LOCK "; if (c) goto out; other(); out: " UNLOCK ";");
  expectBalanced("again: " LOCK "; if (c) { " UNLOCK "; goto again; }" UNLOCK
                 ";");
  expectLeftLocked(LOCK "; if (c) goto out; " UNLOCK "; out: other();");
  // Into a loop: no single head.
  expectBalanced("if (c) goto in; while (d) { " LOCK "; " UNLOCK
                 "; in: other(); }");
}

TEST(BranchTest, Switch) {
  expectUnlocked("switch (c) { case 1: " LOCK ";"
                 "  /* falls through */ case 2: other(); }"
                 "if (c == 1) " UNLOCK ";");
  expectLeftLocked("switch (c) { case 1: " LOCK "; break; case 2: other(); }");
}

TEST(BranchTest, Loops) {
  expectBalanced("for (int i = 0; i < c; ++i) { " LOCK "; if (d) { " UNLOCK
                 "; continue; } " UNLOCK "; }");
  expectBalanced("while (c) { " LOCK "; if (d) { " UNLOCK "; break; } " UNLOCK
                 "; }");
  expectLeftLocked("while (c) { " LOCK "; if (d) break; " UNLOCK "; }");
}

TEST(BranchTest, CallsThatDoNotReturn) {
  expectBalanced(LOCK "; if (c) exit(1); " UNLOCK ";");
  expectBalanced(LOCK "; if (c) pthread_exit(0); " UNLOCK ";");
  expectBalanced(LOCK "; if (c) __builtin_unreachable(); " UNLOCK ";");
  expectBalanced(LOCK "; if (c) { for (;;) other(); } " UNLOCK ";");
  Snippet S = body("pthread_exit(0);");
  EXPECT_TRUE(S.atExit("f").States.empty());
}

TEST(BranchTest, UnreachableCode) {
  expectBalanced("if (0) " LOCK ";");
  expectBalanced("return 1; " LOCK ";");
  Snippet S("void f(void) { return; pthread_setcancelstate(1, NULL); }");
  EXPECT_TRUE(S.restores("f"));
}

TEST(BranchTest, NoReturnAttribute) {
  Snippet S(R"(
    [[noreturn]] void die();
    pthread_mutex_t m;
    void f(int c) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
      pthread_mutex_lock(&m);
      if (c) die();
      pthread_mutex_unlock(&m);
    })",
            Language::Cxx);
  EXPECT_FALSE(S.leavesLocked("f"));
}

//===--- C++ --------------------------------------------------------------===//

TEST(CxxFactsTest, Guards) {
  const Language Cxx = Language::Cxx;
  const std::string Mutex = "static std::mutex k; ";
  expectBalanced(Mutex + "std::lock_guard<std::mutex> g(k);", Cxx);
  expectBalanced(Mutex + "k.lock(); k.unlock();", Cxx);
  expectLeftLocked(Mutex + "k.lock();", Cxx);
}

TEST(CxxFactsTest, GuardsHoldInsideTheirScope) {
  Snippet S("#include <mutex>\nstd::mutex k;\n"
            "void f() { std::lock_guard<std::mutex> g(k);"
            " pthread_setcancelstate(1, nullptr); }\n"
            "void h() { std::unique_lock<std::mutex> g(k, std::defer_lock_t());"
            " pthread_setcancelstate(1, nullptr); }\n",
            Language::Cxx);
  auto heldAtCall = [&](const char *Name) {
    size_t Held = 99;
    S.tu().forEachFact(S.flow(Name), isAnyOf<SetMode>,
                       [&](const StateSet &At, const Fact &) {
                         Held = At.States[0].Held.size();
                       });
    return Held;
  };
  EXPECT_EQ(heldAtCall("f"), 1u);
  EXPECT_EQ(heldAtCall("h"), 0u);
}

TEST(CxxFactsTest, HandlersAreReached) {
  // What a try block may throw gets to its handlers.
  Snippet S(R"(
    void other();
    int f() {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      try { other(); } catch (int) { return 1; }
      pthread_setcancelstate(old, nullptr);
      return 0;
    }
    int g() {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      try { other(); } catch (...) { }
      pthread_setcancelstate(old, nullptr);
      return 0;
    })",
            Language::Cxx);
  EXPECT_FALSE(S.restores("f"));
  EXPECT_TRUE(S.restores("g"));
}

TEST(CxxFactsTest, Throw) {
  Snippet S(R"(
    void f(int c) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      if (c) throw 1;
      pthread_setcancelstate(old, nullptr);
    })",
            Language::Cxx);
  EXPECT_FALSE(S.restores("f"));
}

TEST(CxxFactsTest, ReferencesAndAliases) {
  const Language Cxx = Language::Cxx;
  expectBalanced("pthread_mutex_t &r = m; " LOCK "; pthread_mutex_unlock(&r);",
                 Cxx);
  expectBalanced("pthread_mutex_t *p = &m; pthread_mutex_lock(p); " UNLOCK ";");
  expectBalanced("static pthread_mutex_t a[4]; pthread_mutex_lock(&a[c]);"
                 "pthread_mutex_unlock(&a[c]);");
  expectBalanced("static pthread_mutex_t a[4]; pthread_mutex_lock(a);"
                 "pthread_mutex_unlock(&a[0]);");
  expectLeftLocked(LOCK "; pthread_mutex_unlock(&n);");
}

TEST(CxxFactsTest, CleanupAttribute) {
  Snippet S(R"(
    static void put(int *p) { pthread_setcancelstate(*p, NULL); }
    int f(int c) {
      __attribute__((cleanup(put))) int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      if (c) return 1;
      return 0;
    })");
  EXPECT_TRUE(S.restores("f"));
}

} // namespace
} // namespace thread_stop::flow
