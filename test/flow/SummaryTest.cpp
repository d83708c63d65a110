// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves over source text that effects reach the caller: through wrappers of
// any depth, recursion, pointers, lambdas, templates, constructors and
// destructors; that the two halves of a pair are found; and in which state
// functions are entered.

#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

constexpr ModeKind State = ModeKind::State, Type = ModeKind::Type;

//===--- Wrappers ---------------------------------------------------------===//

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
  for (const char *Name : {"back", "back2"})
    EXPECT_EQ(S.summary(Name).Outcomes[0].Modes[0].K, Mode::Kind::OfPlace);
  EXPECT_TRUE(S.restores("user"));
  EXPECT_TRUE(S.summary("user").isIdentity());
  EXPECT_FALSE(S.restores("forgets"));
}

TEST(SummaryTest, TheResultCarriesTheSave) {
  Snippet S(R"(
    static int enter(void) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      return old;
    }
    void user(void) {
      int saved = enter();
      pthread_setcancelstate(saved, NULL);
    })");
  EXPECT_TRUE(S.restores("user"));
}

TEST(SummaryTest, LockWrapperWithAResult) {
  Snippet S(R"(
    static int my_lock(pthread_mutex_t *m) { return pthread_mutex_lock(m); }
    static int my_try(pthread_mutex_t *m) { return pthread_mutex_trylock(m); }
    static int deeper(pthread_mutex_t *m) { return my_try(m); }
    static void my_unlock(pthread_mutex_t *m) { pthread_mutex_unlock(m); }
    pthread_mutex_t g;
    void good(void) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      if (deeper(&g) == 0)
        my_unlock(&g);
      my_lock(&g);
      my_unlock(&g);
      pthread_setcancelstate(old, NULL);
    }
    void bad(void) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      if (deeper(&g) != 0)
        my_unlock(&g);
      pthread_setcancelstate(old, NULL);
    })");
  EXPECT_EQ(S.summary("deeper").Outcomes.size(), 2u);
  EXPECT_NE(S.summary("deeper").inside(InsideKind::Lock).Function, NoFunction);
  EXPECT_FALSE(S.leavesLocked("good"));
  EXPECT_TRUE(S.leavesLocked("bad"));
}

TEST(SummaryTest, NeverReturns) {
  Snippet S(R"(
    static void die(void) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
      for (;;) ;
    }
    static void quit(void) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
      exit(1);
    }
    void user(int c) {
      if (c) die();
      if (c) quit();
    })");
  EXPECT_TRUE(S.summary("die").neverReturns());
  EXPECT_TRUE(S.summary("quit").neverReturns());
  EXPECT_TRUE(S.restores("user"));
}

//===--- Recursion --------------------------------------------------------===//

TEST(RecursionTest, DirectWithoutNetEffect) {
  Snippet S(R"(
    void walk(int n) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      if (n) walk(n - 1);
      pthread_setcancelstate(old, NULL);
    })");
  EXPECT_TRUE(S.summary("walk").Known);
  EXPECT_TRUE(S.summary("walk").isIdentity());
}

TEST(RecursionTest, DirectWithEffect) {
  Snippet S(R"(
    void walk(int n) {
      if (n) { walk(n - 1); return; }
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    })");
  const Summary &W = S.summary("walk");
  ASSERT_TRUE(W.Known);
  ASSERT_EQ(W.Outcomes.size(), 1u);
  EXPECT_TRUE(W.Outcomes[0].Modes[0].isOn());
}

TEST(RecursionTest, Mutual) {
  Snippet S(R"(
    void odd(int n);
    void even(int n) { if (n) odd(n - 1); }
    void odd(int n) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      if (n) even(n - 1);
      pthread_setcancelstate(old, NULL);
    })");
  EXPECT_TRUE(S.summary("odd").isIdentity());
  EXPECT_TRUE(S.summary("even").isIdentity());
}

TEST(RecursionTest, WithoutAnEnd) {
  Snippet S(R"(
    void b(void);
    void a(void) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
      b();
    }
    void b(void) { a(); }
    void user(int c) { if (c) a(); })");
  EXPECT_TRUE(S.summary("a").neverReturns());
  EXPECT_TRUE(S.restores("user"));
}

TEST(RecursionTest, ManyFunctionsInOneCycleEnd) {
  std::string Code;
  for (int I = 0; I < 30; ++I)
    Code += "void f" + std::to_string(I) + "(int);\n";
  for (int I = 0; I < 30; ++I)
    Code += "void f" + std::to_string(I) +
            "(int n) { int old; pthread_setcancelstate(n, &old); if (n) f" +
            std::to_string((I + 1) % 30) + "(n); if (n > 3) f" +
            std::to_string((I + 7) % 30) + "(old); }\n";
  Snippet S(Code);
  EXPECT_NE(S.id("f29"), NoFunction); // it came to an end
}

//===--- Pairs ------------------------------------------------------------===//

TEST(PairTest, ByName) {
  Snippet S(R"(
    void cancel_disable(void) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    }
    void cancel_enable(void) {
      pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    }
    void user(void) { cancel_disable(); cancel_enable(); }
    void forgets(void) { cancel_disable(); })");
  EXPECT_TRUE(S.summary("cancel_disable").HalfOfPair);
  EXPECT_TRUE(S.summary("cancel_enable").HalfOfPair);
  EXPECT_TRUE(S.restores("user"));
  StateSet E = S.atExit("forgets");
  ASSERT_EQ(E.States.size(), 1u);
  EXPECT_TRUE(E.States[0].mode(State).isOwnOn());
}

TEST(PairTest, TheOtherHalfIsElsewhere) {
  Snippet S(R"(
    void section_leave(void);
    void section_enter(void) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    })");
  EXPECT_TRUE(S.summary("section_enter").HalfOfPair);
}

TEST(PairTest, ByStorage) {
  Snippet S(R"(
    static int kept;
    void alpha(int c) {
      if (c) c = 2;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &kept);
    }
    void omega(int c) {
      if (c) c = 2;
      pthread_setcancelstate(kept, NULL);
    })");
  EXPECT_TRUE(S.summary("alpha").HalfOfPair);
  EXPECT_TRUE(S.summary("omega").HalfOfPair);
}

TEST(PairTest, NoPair) {
  Snippet S(R"(
    void work(int c) {
      if (c) c = 2;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    })");
  EXPECT_FALSE(S.summary("work").HalfOfPair);
}

TEST(PairTest, ConstructorAndDestructor) {
  Snippet S(R"(
    struct Section {
      int Old;
      Section() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old); }
      ~Section() { pthread_setcancelstate(Old, NULL); }
    };
    void g();
    void user(int c) { Section s; if (c) return; g(); })",
            Language::Cxx);
  EXPECT_TRUE(S.summary("Section::Section").HalfOfPair);
  EXPECT_TRUE(S.summary("Section::~Section").HalfOfPair);
  EXPECT_TRUE(S.restores("user"));
}

TEST(PairTest, DeclaredByOption) {
  Options O;
  O.DisableFunctions = {{"lib_quiet", "lib_loud"}};
  Snippet S(R"(
    void lib_quiet(void);
    void lib_loud(void);
    void user(void) { lib_quiet(); lib_loud(); }
    void forgets(void) { lib_quiet(); })",
            Language::C, O);
  EXPECT_TRUE(S.restores("user"));
  EXPECT_FALSE(S.restores("forgets"));
}

//===--- Indirection ------------------------------------------------------===//

TEST(IndirectTest, PointerWithOneTarget) {
  Snippet S(R"(
    static void off(void) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    }
    void user(void) { void (*p)(void) = off; p(); })");
  EXPECT_TRUE(S.summary("user").Outcomes[0].Modes[0].isOn());
}

TEST(IndirectTest, Lambda) {
  Snippet S(R"(
    void user() {
      auto quiet = [] {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
      };
      quiet();
    })",
            Language::Cxx);
  EXPECT_TRUE(S.summary("user").Outcomes[0].Modes[0].isOn());
}

TEST(IndirectTest, Template) {
  Snippet S(R"(
    template <class T> void quiet(T *old) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, old);
    }
    void user() {
      int old;
      quiet(&old);
      pthread_setcancelstate(old, nullptr);
    })",
            Language::Cxx);
  EXPECT_TRUE(S.restores("user"));
}

//===--- Entry modes ------------------------------------------------------===//

TEST(EntryTest, AStartRoutineIsEnabledAndDeferred) {
  Snippet S(R"(
    static void *run(void *a) {
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
      return a;
    }
    void start(pthread_t *t) { pthread_create(t, NULL, run, NULL); })");
  EXPECT_EQ(S.entry("run", State), false);
  EXPECT_EQ(S.entry("run", Type), false);
  EXPECT_TRUE(S.tu().ownsThread(S.id("run")));
  EXPECT_TRUE(S.tu().isPrologueOf(S.id("run")));
}

TEST(EntryTest, AllCallersDisable) {
  Snippet S(R"(
    static void inner(void) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      pthread_setcancelstate(old, NULL);
    }
    void one(void) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      inner();
      pthread_setcancelstate(old, NULL);
    })");
  EXPECT_EQ(S.entry("inner", State), true);
  EXPECT_EQ(S.entry("inner", Type), std::nullopt);
}

TEST(EntryTest, CallersDiffer) {
  Snippet S(R"(
    static void inner(void) {
      pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    }
    void one(void) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      inner();
      pthread_setcancelstate(old, NULL);
    }
    int main(void) { inner(); })");
  EXPECT_EQ(S.entry("inner", State), std::nullopt);
  EXPECT_EQ(S.entry("main", State), false);
}

TEST(EntryTest, OtherFilesMayCall) {
  Snippet S(R"(
    void inner(void) { pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL); }
    int main(void) { inner(); })");
  EXPECT_EQ(S.entry("inner", State), std::nullopt);
}

} // namespace
} // namespace thread_stop::flow
