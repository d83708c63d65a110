// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a joined thread may answer.

#include "flow/Joins.h"
#include "Snippet.h"

using namespace thread_stop::flow;
using clang::CallExpr;

/// The answers of the thread that the only pthread_join of the code joins.
static Answers answers(const std::string &Routine, const std::string &Argument,
                       const std::string &More = "") {
  Snippet S("int pthread_join(pthread_t, void **);\n"
            "void *malloc(unsigned long);\n"
            "void *any(void);\nint number(void);\n"
            "struct job { int n; void *p; };\n" +
            Routine + More +
            "void test(struct job *j, int n) {"
            "  pthread_t t; void *r;"
            "  pthread_create(&t, 0, routine, " +
            Argument + "); pthread_join(t, &r); }");
  JoinIndex Joins(S.tu());
  for (const ApiCall &J : S.index().Joins)
    return Joins.answersOf(Joins.joinOf(*llvm::cast<CallExpr>(J.Call)).Handle);
  ADD_FAILURE() << "no join";
  return {};
}

static unsigned bits(const std::string &Body, const std::string &Argument = "j",
                     const std::string &Before = "") {
  const Answers A = answers(
      Before + "static void *routine(void *arg) {" + Body + "}\n", Argument);
  EXPECT_TRUE(A.Known);
  return A.Bits;
}

TEST(Joins, Constants) {
  EXPECT_EQ(Answers::Null, bits("return 0;"));
  EXPECT_EQ(Answers::MinusOne, bits("return (void *)-1;"));
  EXPECT_EQ(Answers::Number, bits("return (void *)7;"));
  EXPECT_EQ(Answers::Negative, bits("return (void *)-5L;"));
  EXPECT_EQ(Answers::Null | Answers::Number,
            bits("return (void *)(long)(number() == 3);"));
  EXPECT_EQ(0u, bits("for (;;) number(); return 0;")) << "never reached";
}

TEST(Joins, Pointers) {
  EXPECT_EQ(Answers::Pointer, bits("return arg;"));
  EXPECT_EQ(Answers::Pointer, bits("struct job *j = arg; return &j->n;"));
  EXPECT_EQ(Answers::Pointer, bits("return \"text\";"));
  EXPECT_EQ(Answers::Null, bits("return arg;", "0"));
  EXPECT_EQ(Answers::Number, bits("return arg;", "(void *)5"));
  EXPECT_EQ(Answers::Any, bits("return arg;", "(void *)(long)n"));
}

TEST(Joins, WhatNobodyKnows) {
  EXPECT_EQ(Answers::Any, bits("return (void *)(long)number();"));
  EXPECT_EQ(Answers::Any, bits("return any();"));
  EXPECT_EQ(Answers::Any, bits("struct job *j = arg; return j->p;"));
  EXPECT_EQ(Answers::Any,
            bits("void *r; pthread_t t; pthread_join(t, &r); return r;"));
  EXPECT_EQ(Answers::Any, bits("int n = 0; while (number()) n--; "
                               "return (void *)(long)n;") &
                              Answers::Any);
}

TEST(Joins, ThroughCallees) {
  EXPECT_EQ(Answers::MinusOne | Answers::Null,
            bits("if (number()) pthread_exit((void *)-1); return 0;"));
  EXPECT_EQ(Answers::MinusOne | Answers::Null,
            bits("leave(); return 0;", "j",
                 "static void leave(void) { pthread_exit((void *)-1); }\n"));
  EXPECT_EQ(Answers::Number,
            bits("return helper();", "j",
                 "static void *helper(void) { return (void *)2; }\n"));
  EXPECT_EQ(Answers::Any, bits("return helper(arg);", "j",
                               "static void *helper(void *p) { return p; }\n"))
      << "a helper's argument is not followed back";
}

TEST(Joins, UnknownRoutine) {
  EXPECT_FALSE(answers("void *routine(void *);\n", "j").Known);
}

TEST(Joins, OnlyTheThreadsOfThatHandle) {
  const std::string Two = R"(
static void *other(void *arg) { return (void *)-1; }
static pthread_t elsewhere;
void start(void) { pthread_create(&elsewhere, 0, other, 0); }
)";
  EXPECT_EQ(Answers::Null, answers("static void *routine(void *arg) "
                                   "{ return 0; }\n",
                                   "j", Two)
                               .Bits);
}

TEST(Joins, RecursionEnds) {
  EXPECT_NE(0u, bits("return arg ? routine(0) : (void *)1;", "j",
                     "static void *routine(void *);\n"));
}
