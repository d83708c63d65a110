// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that a handle is followed from the call that creates its thread to
// the calls that cancel it: through variables, members, arrays, copies and
// parameters; and that it is known where it gets out of sight.

#include "flow/Threads.h"
#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

using model::CancelRole;

/// The threads of a program that has the function `work`.
struct Program {
  explicit Program(const std::string &Code, Language L = Language::C)
      : S("void *work(void *arg) { return arg; }\n" + Code, L),
        T(S.tu().context(), S.index(), S.tu().apis()) {}

  /// The only cancel, and what it is linked to: what a caller gives for it.
  const ThreadUse &cancel() const {
    for (const ThreadUse &U : T.uses())
      if (U.Role == CancelRole::Cancel && !U.OfCallers)
        return U;
    ADD_FAILURE() << "no cancel";
    std::abort();
  }
  size_t created() const { return T.createsOf(cancel().Handle).size(); }
  bool escapes() const { return T.handle(cancel().Handle).Escapes.isValid(); }
  bool visible() const { return T.handle(cancel().Handle).Visible != nullptr; }

  Snippet S;
  Threads T;
};

TEST(ThreadsTest, ALocalVariable) {
  Program P("void f(void) { pthread_t t;\n"
            "  pthread_create(&t, NULL, work, NULL); pthread_cancel(t); }");
  ASSERT_EQ(P.created(), 1u);
  EXPECT_EQ(P.T.creates()[0].Start, P.S.id("work"));
  EXPECT_EQ(P.T.creates()[0].Inside, P.S.id("f"));
  EXPECT_FALSE(P.escapes());
  EXPECT_FALSE(P.visible());
}

TEST(ThreadsTest, TwoVariablesAreTwoThreads) {
  Program P("void f(void) { pthread_t a, b;\n"
            "  pthread_create(&a, NULL, work, NULL);\n"
            "  pthread_create(&b, NULL, work, NULL); pthread_cancel(b); }");
  ASSERT_EQ(P.created(), 1u);
  EXPECT_EQ(P.T.createsOf(P.cancel().Handle)[0], &P.T.creates()[1]);
}

TEST(ThreadsTest, AMemberOfAnyObject) {
  Program P(R"(
    struct worker { int x; pthread_t thread; };
    void start(struct worker *w) {
      pthread_create(&w->thread, NULL, work, w);
    }
    void stop(struct worker *all, int i) { pthread_cancel(all[i].thread); })");
  EXPECT_EQ(P.created(), 1u);
  EXPECT_FALSE(P.escapes());
}

TEST(ThreadsTest, ElementsOfAnArray) {
  Program P(R"(
    static pthread_t threads[4];
    void f(void) {
      for (int i = 0; i < 4; ++i)
        pthread_create(&threads[i], NULL, work, NULL);
      pthread_create(threads + 1, NULL, work, NULL);
      pthread_cancel(threads[2]);
    })");
  EXPECT_EQ(P.created(), 2u);
  EXPECT_FALSE(P.escapes());
  EXPECT_FALSE(P.visible());
}

TEST(ThreadsTest, CopiesAndPointers) {
  Program P(R"(
    struct worker { pthread_t thread; };
    void start(struct worker *w) {
      pthread_t t, *p = &t;
      pthread_create(p, NULL, work, NULL);
      w->thread = t;
    }
    void stop(struct worker *w) {
      pthread_t t = w->thread;
      pthread_cancel(t);
    })");
  EXPECT_EQ(P.created(), 1u);
  EXPECT_FALSE(P.escapes());
}

TEST(ThreadsTest, Parameters) {
  Program P(R"(
    static void start(pthread_t *t) { pthread_create(t, NULL, work, NULL); }
    static void stop(pthread_t t) { pthread_cancel(t); }
    void f(void) { pthread_t mine; start(&mine); stop(mine); })");
  EXPECT_EQ(P.created(), 1u);
  EXPECT_FALSE(P.escapes());
  EXPECT_FALSE(P.visible());
}

TEST(ThreadsTest, CallersAreToldApart) {
  Program P(R"(
    void *rest(void *arg) { return arg; }
    static int start(pthread_t *t, void *(*run)(void *)) {
      return pthread_create(t, NULL, run, NULL);
    }
    static void stop(pthread_t t) { pthread_cancel(t); }
    static pthread_t a, b;
    void f(void) { start(&a, work); start(&b, rest); stop(b); })");
  ASSERT_EQ(P.created(), 1u);
  EXPECT_EQ(P.T.startsOf(P.cancel()), std::vector<FunctionId>{P.S.id("rest")});
}

TEST(ThreadsTest, OtherFilesCallAFunction) {
  Program P("void stop(pthread_t t) { pthread_cancel(t); }");
  EXPECT_EQ(P.created(), 0u);
  EXPECT_TRUE(P.visible());
}

TEST(ThreadsTest, WhereAHandleGetsOutOfSight) {
  for (const char *Out :
       {"publish(&t);", "publish_value(t);", "struct s x = {t};", "return t;",
        "t = other();", "t = pthread_self();"}) {
    Program P(std::string("void publish(pthread_t *); pthread_t other(void);\n"
                          "pthread_t pthread_self(void);\n"
                          "void publish_value(pthread_t);\n"
                          "struct s { pthread_t t; };\n"
                          "pthread_t f(void) { pthread_t t;\n"
                          "  pthread_create(&t, NULL, work, NULL);\n"
                          "  pthread_cancel(t);") +
              Out + " return 0; }");
    EXPECT_EQ(P.created(), 1u) << Out;
    EXPECT_TRUE(P.escapes()) << Out;
  }
}

TEST(ThreadsTest, WhereItDoesNot) {
  for (const char *Use :
       {"if (t == 0) return;", "t = 0;", "(void)t;", "int size = sizeof(t);"}) {
    Program P(std::string("void f(void) { pthread_t t;\n"
                          "  pthread_create(&t, NULL, work, NULL);\n"
                          "  pthread_cancel(t);") +
              Use + "}");
    EXPECT_FALSE(P.escapes()) << Use;
  }
}

TEST(ThreadsTest, StartRoutines) {
  Program Unknown("void f(void *(*run)(void *)) { pthread_t t;\n"
                  "  pthread_create(&t, NULL, run, NULL); }");
  EXPECT_EQ(Unknown.T.creates()[0].Routine, nullptr);
  Program Declared("void *there(void *);\n"
                   "void f(void) { pthread_t t;\n"
                   "  pthread_create(&t, NULL, there, NULL); }");
  ASSERT_NE(Declared.T.creates()[0].Routine, nullptr);
  EXPECT_EQ(Declared.T.creates()[0].Start, NoFunction);
  Program Pointer("static void *(*const run)(void *) = work;\n"
                  "void f(void) { pthread_t t;\n"
                  "  pthread_create(&t, NULL, run, NULL); }");
  EXPECT_EQ(Pointer.T.creates()[0].Start, Pointer.S.id("work"));
  Program Lambda("void f() { pthread_t t; pthread_create(&t, NULL,\n"
                 "  [](void *p) -> void * { return p; }, NULL); }",
                 Language::Cxx);
  EXPECT_NE(Lambda.T.creates()[0].Start, NoFunction);
}

TEST(ThreadsTest, WhatAThreadRuns) {
  Program P(R"(
    void leaf(void) {}
    void loop(void) { leaf(); loop(); }
    void apart(void) {}
    void *run(void *p) { loop(); return p; })");
  const std::vector<FunctionId> Reached =
      Threads::reachable(P.S.index(), P.S.id("run"));
  EXPECT_EQ(Reached, (std::vector<FunctionId>{P.S.id("run"), P.S.id("loop"),
                                              P.S.id("leaf")}));
  EXPECT_TRUE(Threads::reachable(P.S.index(), NoFunction).empty());
}

TEST(ThreadsTest, ItsOwnHandle) {
  Program P("pthread_t pthread_self(void);\n"
            "void f(void) { pthread_cancel(pthread_self()); }");
  EXPECT_TRUE(P.cancel().Self);
  EXPECT_EQ(P.cancel().Handle, NoHandle);
}

} // namespace
} // namespace thread_stop::flow
