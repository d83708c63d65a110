// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves where a function goes after a wait has failed because of a stop: out,
// round its loop, on as if nothing had happened, or out of the process.

#include "flow/migrate/FailurePaths.h"
#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

/// `f` has the body; its first call of `wait_` fails with -1 and ECANCELED.
FailurePaths follow(const std::string &Body,
                    std::optional<int64_t> Value = -1) {
  Options Opts;
  Opts.Migrate = true;
  Snippet S("int *__errno_location(void) __attribute__((const));\n"
            "#define errno (*__errno_location())\n"
            "long wait_(void); long other(void); void use(long);\n"
            "void size(unsigned long); void close_it(void);\n"
            "void *f(void *p) {" +
                Body + "}",
            Language::C, Opts);
  const FunctionFlow &Flow = S.flow("f");
  FailedCall Failed;
  Failed.Value = Value;
  Failed.Success = Value && *Value == -1;
  Failed.SetsErrno = Value && *Value == -1;
  auto Named = [](const clang::CallExpr *C, const char *Name) {
    const clang::FunctionDecl *F = C->getDirectCallee();
    return F && F->getName() == Name;
  };
  for (const clang::CFGBlock *B : *Flow.Source)
    for (const clang::CFGElement &E : *B)
      if (auto Each = E.getAs<clang::CFGStmt>())
        if (const auto *C = clang::dyn_cast<clang::CallExpr>(Each->getStmt()))
          if (Named(C, "wait_"))
            Failed.Call = C;
  if (!Failed.Call) {
    ADD_FAILURE() << "no call of wait_";
    std::abort();
  }
  FailurePaths P = followFailure(
      *Flow.Source, S.tu().context(), S.tu().apis(), Failed,
      [&](const clang::CallExpr *C) { return Named(C, "other"); });
  EXPECT_FALSE(P.Unknown) << Body;
  return P;
}

TEST(FailurePathsTest, AnErrorLeavesTheLoop) {
  for (const char *Body :
       {"for (;;) { long n = wait_(); if (n < 0) break; use(n); } return 0;",
        "long n; while ((n = wait_()) > 0) use(n); return 0;",
        "for (;;) { long n = wait_(); if (n > 0) use(n); else return 0; }",
        "for (;;) { if (wait_() == -1 && errno != 4) return 0; }",
        "for (;;) { if (wait_() < 0) { if (errno == 4 || errno == 11) continue;"
        " return 0; } }",
        "long n; do n = wait_(); while (n < 0 && errno == 4); use(n); if (n < "
        "0)"
        " return 0; return p;",
        "for (;;) { unsigned long n = wait_(); if (n == (unsigned long)-1) "
        "break; } return 0;",
        "for (;;) { int bad = wait_() < 0; if (bad) pthread_exit(0); }"}) {
    const FailurePaths P = follow(Body);
    EXPECT_FALSE(P.Untested) << Body;
    EXPECT_FALSE(P.EndsProcess) << Body;
    EXPECT_TRUE(P.Next.empty()) << Body;
  }
}

TEST(FailurePathsTest, AnErrorGoesRound) {
  for (const char *Body :
       {"for (;;) { if (wait_() < 0) continue; use(1); }",
        "for (;;) { long n = wait_(); if (n > 0) use(n); }",
        "for (;;) { if (wait_() < 0 && errno == 4) return 0; }",
        "while (wait_() != 0) use(1); return 0;"}) {
    const FailurePaths P = follow(Body);
    ASSERT_EQ(P.Next.size(), 1u) << Body;
    EXPECT_FALSE(P.Untested) << Body;
  }
}

TEST(FailurePathsTest, NobodyLooks) {
  EXPECT_TRUE(follow("for (;;) wait_();").Untested);
  EXPECT_TRUE(follow("wait_(); use(1); return 0;").Untested);
  EXPECT_TRUE(follow("long n = wait_(); use(n); return 0;").Untested);
  // The next wait comes before the test.
  EXPECT_TRUE(
      follow("long n = wait_(); other(); if (n < 0) return 0; return p;")
          .Untested);
}

TEST(FailurePathsTest, TheNextWait) {
  const FailurePaths P = follow("for (;;) { if (other() < 0) return 0;\n"
                                "  while (wait_() > 0) use(1); }");
  EXPECT_FALSE(P.Untested);
  ASSERT_EQ(P.Next.size(), 1u);
  EXPECT_EQ(P.Next[0]->getDirectCallee()->getName(), "other");
}

TEST(FailurePathsTest, TheProcessEnds) {
  EXPECT_TRUE(
      follow("for (;;) { if (wait_() < 0) exit(1); use(1); }").EndsProcess);
  EXPECT_FALSE(
      follow("for (;;) { if (wait_() == 0) exit(1); return 0; }").EndsProcess);
}

TEST(FailurePathsTest, WhatIsReturned) {
  EXPECT_EQ(follow("return (void *)wait_();").Returns.size(), 1u);
  const FailurePaths P =
      follow("long n = wait_(); if (n < 0) return (void *)-1; return p;");
  ASSERT_EQ(P.Returns.size(), 1u);
  EXPECT_EQ(P.Returned, std::optional<int64_t>(-1));
  EXPECT_FALSE(P.FallsOff);
}

TEST(FailurePathsTest, LengthsAreNotNegative) {
  EXPECT_TRUE(follow("long all = (long)p; if (wait_() != all) return 0;\n"
                     "for (;;) other();")
                  .Next.empty());
  EXPECT_TRUE(follow("long all = (long)p; if (wait_() < all) return 0;\n"
                     "for (;;) other();")
                  .Next.empty());
  EXPECT_FALSE(follow("long all = (long)p; if (wait_() >= all) return 0;\n"
                      "for (;;) other();")
                   .Next.empty());
}

TEST(FailurePathsTest, AnErrorNumber) {
  EXPECT_TRUE(
      follow("while (wait_() == 0) use(1); return 0;", Canceled).Next.empty());
  EXPECT_FALSE(follow("while (wait_() != 110) use(1); return 0;", Canceled)
                   .Next.empty());
  EXPECT_TRUE(follow("switch (wait_()) { case 0: break; case 125: return 0; }\n"
                     "for (;;) other();",
                     Canceled)
                  .Next.empty());
}

TEST(FailurePathsTest, MinusOneIsNoIndexAndNoLength) {
  for (const char *Body :
       {"char b[9]; long n = wait_(); if (n < 0) use(1); b[n] = 0; return 0;",
        "char *b = p; long n = wait_(); if (n < 0) use(1); *(b + n) = 0;"
        " return 0;",
        "char *b = p; int n = wait_(); if (n < 0) use(1); return b + n;",
        "long n = wait_(); if (n < 0) use(1); size(n); return 0;",
        "int n = wait_(); if (n < 0) use(1); size((unsigned)n); return 0;"})
    EXPECT_TRUE(follow(Body).Misused) << Body;
  for (const char *Body :
       {"char b[9]; long n = wait_(); if (n >= 0) b[n] = 0; return 0;",
        "char b[9]; long n = wait_(); use(n < 0 ? 0 : b[n]); return 0;",
        "char b[9]; long n = wait_(); if (n < 0) n = 0; b[n] = 0; return 0;",
        "long n = wait_(); if (n < 0) use(n); return 0;"})
    EXPECT_FALSE(follow(Body).Misused) << Body;
}

TEST(FailurePathsTest, WhatIsGivenBack) {
  EXPECT_TRUE(follow("if (wait_() < 0) close_it(); return 0;").Releases);
  EXPECT_FALSE(follow("if (wait_() > 0) close_it(); return 0;").Releases);
  EXPECT_FALSE(follow("if (wait_() < 0) use(1); return 0;").Releases);
}

TEST(FailurePathsTest, EffectsOnOthers) {
  EXPECT_FALSE(follow("int i = 0; wait_(); i++; return 0;").Effects);
  EXPECT_TRUE(follow("wait_(); use(1); return 0;").Effects);
  EXPECT_TRUE(follow("int *i = p; wait_(); *i = 1; return 0;").Effects);
}

TEST(FailurePathsTest, BranchesThatOnlyAFailureTakes) {
  EXPECT_EQ(follow("if (wait_() < 0) return 0; return p;").Branches.size(), 1u);
  EXPECT_EQ(follow("long n = wait_(); if (n <= 0) return 0; return p;")
                .Branches.size(),
            1u);
  // So does a success.
  EXPECT_TRUE(follow("if (wait_() != 0) return 0; return p;").Branches.empty());
}

TEST(FailurePathsTest, RoundsThatBegin) {
  EXPECT_EQ(follow("for (;;) { if (wait_() < 0) continue; }").Rounds.size(),
            1u);
  EXPECT_TRUE(
      follow("for (;;) { if (wait_() < 0) break; } return 0;").Rounds.empty());
  EXPECT_EQ(follow("for (;;) { while (wait_() > 0) use(1); }").Rounds.size(),
            1u);
}

TEST(FailurePathsTest, AnUnknownResultGoesBothWays) {
  const FailurePaths P =
      follow("while (wait_()) use(1); return 0;", std::nullopt);
  EXPECT_TRUE(P.Untested);
  EXPECT_EQ(P.Next.size(), 1u);
  EXPECT_EQ(P.Returns.size(), 1u);
}

} // namespace
} // namespace thread_stop::flow
