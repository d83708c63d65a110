// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves where a pending cancel acts: in which calls, in which callees by their
// summaries, with which of the caller's locks still held there; and what
// protects a lock or a resource.

#include "flow/diagnose/Points.h"
#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

static const char *const Calls = R"(
    typedef unsigned long size_t;
    long read(int, void *, size_t);
    int close(int);
    void pthread_testcancel(void);
    typedef struct { int x; } pthread_cond_t;
    int pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
    void *malloc(size_t);
    void free(void *);
    void unknown(void);
    pthread_mutex_t m;
    pthread_cond_t c;
)";

/// A program in which `work` is the routine of a cancelled thread.
Snippet program(const std::string &Code, Options Opts = {}) {
  return Snippet(Calls + Code + R"(
    void stop(void) {
      pthread_t t;
      pthread_create(&t, NULL, work, NULL);
      pthread_cancel(t);
    })",
                 Language::C, std::move(Opts));
}
Snippet worker(const std::string &Body) {
  return program("void *work(void *p) {\n" + Body + "\nreturn p; }");
}

std::vector<PointHere> points(Snippet &S, PointFilter Wanted = {}) {
  std::vector<PointHere> Out;
  S.tu().forEachFact(S.flow("work"), [&](const StateSet &, const Fact &F) {
    if (std::optional<PointHere> P = pointAt(S.tu(), F, Wanted))
      Out.push_back(*P);
  });
  return Out;
}

TEST(PointsTest, Kinds) {
  Snippet S = worker("read(0, p, 1); pthread_mutex_lock(&m); close(3);"
                     "pthread_mutex_unlock(&m); unknown(); pthread_exit(p);");
  EXPECT_EQ(points(S).size(), 1u);
  EXPECT_EQ(points(S, {true, false, false}).size(), 2u);
  const std::vector<PointHere> All = points(S, {true, false, true});
  ASSERT_EQ(All.size(), 3u);
  EXPECT_FALSE(All[0].EndsThread);
  EXPECT_TRUE(All[2].EndsThread);
}

TEST(PointsTest, AConditionWaitTakesItsMutexAgain) {
  Snippet S = worker("pthread_mutex_lock(&m); pthread_cond_wait(&c, &m);"
                     "pthread_mutex_unlock(&m);");
  const std::vector<PointHere> P = points(S);
  ASSERT_EQ(P.size(), 1u);
  EXPECT_EQ(P[0].Reacquires, S.facts<Acquire>("work").at(0).Lock);
}

TEST(PointsTest, ByTheOption) {
  Options O;
  O.CancellationPoints = {"unknown"};
  Snippet S = program("void *work(void *p) { unknown(); return p; }", O);
  EXPECT_EQ(points(S).size(), 1u);
}

TEST(PointsTest, InsideACallee) {
  Snippet S = program(R"(
    void leaf(void) { read(0, 0, 0); }
    void outer(void) { leaf(); }
    void *work(void *p) { outer(); return p; })");
  const std::vector<PointHere> P = points(S);
  ASSERT_EQ(P.size(), 1u);
  EXPECT_EQ(P[0].Inside.Function, S.id("leaf"));
}

TEST(PointsTest, ACalleeThatDisablesFirstHasNone) {
  Snippet S = program(R"(
    void quiet(void) {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      read(0, 0, 0);
      pthread_setcancelstate(old, NULL);
    }
    void *work(void *p) { quiet(); return p; })");
  EXPECT_TRUE(points(S).empty());
}

TEST(PointsTest, ARecursiveCallee) {
  Snippet S = program(R"(
    void walk(int n) { if (n) walk(n - 1); else read(0, 0, 0); }
    void *work(void *p) { walk(3); return p; })");
  EXPECT_EQ(points(S).size(), 1u);
}

TEST(PointsTest, ACalleeThatUnlocksFirstIsNotBare) {
  Snippet S = program(R"(
    void pause_unlocked(pthread_mutex_t *l) {
      pthread_mutex_unlock(l);
      read(0, 0, 0);
      pthread_mutex_lock(l);
    }
    void *work(void *p) {
      pthread_mutex_lock(&m);
      pause_unlocked(&m);
      pthread_mutex_unlock(&m);
      return p;
    })");
  EXPECT_EQ(points(S).size(), 1u);
  EXPECT_TRUE(points(S, {false, true, false}).empty());
  const Summary &Sum = S.summary("pause_unlocked");
  EXPECT_TRUE(Sum.inside(InsideKind::SurePoint));
  EXPECT_FALSE(Sum.inside(InsideKind::BareSure));
}

TEST(PointsTest, WhatIsInsideIsSummed) {
  Snippet S = program(R"(
    void ends(void *p) { pthread_exit(p); }
    void locks(void) { pthread_mutex_lock(&m); pthread_mutex_unlock(&m); }
    void plain(int *x) { ++*x; }
    void *work(void *p) {
      locks(); plain(p); unknown(); ends(p); return p;
    })");
  EXPECT_TRUE(S.summary("ends").inside(InsideKind::ThreadExit));
  EXPECT_TRUE(S.summary("locks").inside(InsideKind::Lock));
  EXPECT_FALSE(S.summary("locks").inside(InsideKind::SurePoint));
  EXPECT_FALSE(S.summary("plain").inside(InsideKind::MayAct));
  EXPECT_FALSE(S.summary("plain").inside(InsideKind::AsyncUnsafe));
}

//===--- Findings ---------------------------------------------------------===//

size_t found(Snippet &S, CheckKind K) {
  size_t N = 0;
  for (const Finding &F : S.tu().findings())
    N += F.Check == K;
  return N;
}

TEST(PointsTest, ALockIsFoundWhereItIsHeldOnEveryPath) {
  Snippet Held = worker("pthread_mutex_lock(&m); read(0, p, 1);"
                        "pthread_mutex_unlock(&m);");
  EXPECT_EQ(found(Held, CheckKind::LockAcrossPoint), 1u);
  Snippet Maybe = worker("if (p) pthread_mutex_lock(&m); read(0, p, 1);"
                         "if (p) pthread_mutex_unlock(&m);");
  EXPECT_EQ(found(Maybe, CheckKind::LockAcrossPoint), 0u);
  Snippet Before = worker("read(0, p, 1); pthread_mutex_lock(&m);"
                          "pthread_mutex_unlock(&m);");
  EXPECT_EQ(found(Before, CheckKind::LockAcrossPoint), 0u);
}

TEST(PointsTest, AResourceIsFoundWhereItIsOwned) {
  Snippet Lost = worker("char *b = malloc(9); if (!b) return 0;"
                        "read(0, b, 9); free(b);");
  EXPECT_EQ(found(Lost, CheckKind::LeakAcrossPoint), 1u);
  Snippet Freed = worker("char *b = malloc(9); if (!b) return 0;"
                         "free(b); read(0, p, 9);");
  EXPECT_EQ(found(Freed, CheckKind::LeakAcrossPoint), 0u);
}

} // namespace
} // namespace thread_stop::flow
