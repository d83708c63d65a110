// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves which functions count as cancellable: what a cancelled thread runs,
// what reckons with being cancelled, and nothing else.

#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

class CancellableTest : public testing::Test {
protected:
  static bool can(const Snippet &S, const std::string &Name) {
    return const_cast<Snippet &>(S).tu().gate().isCancellable(S.id(Name));
  }
  static bool ofThread(const Snippet &S, const std::string &Name) {
    return const_cast<Snippet &>(S).tu().gate().isOfCancelledThread(S.id(Name));
  }
};

TEST_F(CancellableTest, WhatACancelledThreadRuns) {
  Snippet S(R"(
    void leaf(void) {}
    void callee(void) { leaf(); }
    void apart(void) {}
    void *work(void *p) { callee(); return p; }
    void *calm(void *p) { apart(); return p; }
    void f(void) {
      pthread_t t, u;
      pthread_create(&t, NULL, work, NULL);
      pthread_create(&u, NULL, calm, NULL);
      pthread_cancel(t);
    })");
  for (const char *Name : {"work", "callee", "leaf"})
    EXPECT_TRUE(can(S, Name) && ofThread(S, Name)) << Name;
  for (const char *Name : {"calm", "apart", "f"})
    EXPECT_FALSE(can(S, Name) || ofThread(S, Name)) << Name;
  EXPECT_EQ(S.tu().gate().cancelledStarts(),
            std::vector<FunctionId>{S.id("work")});
}

TEST_F(CancellableTest, OneVariableForSeveralThreadsInTurn) {
  const std::string Routines = R"(
    void *work(void *p) { return p; }
    void *calm(void *p) { return p; }
    int pthread_join(pthread_t, void **);)";
  Snippet S(Routines + R"(
    void f(void) {
      pthread_t t;
      pthread_create(&t, NULL, calm, NULL);
      pthread_join(t, NULL);
      if (pthread_create(&t, NULL, work, NULL) != 0)
        return;
      pthread_cancel(t);
    })");
  EXPECT_TRUE(can(S, "work"));
  EXPECT_FALSE(can(S, "calm"));
  // One of the two, it is not known which.
  Snippet Either(Routines + R"(
    void f(int c) {
      pthread_t t;
      if (c)
        pthread_create(&t, NULL, calm, NULL);
      else
        pthread_create(&t, NULL, work, NULL);
      pthread_cancel(t);
    })");
  EXPECT_TRUE(can(Either, "work"));
  EXPECT_TRUE(can(Either, "calm"));
  // Elements of an array are one handle.
  Snippet Array(Routines + R"(
    void f(void) {
      pthread_t t[2];
      pthread_create(&t[0], NULL, calm, NULL);
      pthread_create(&t[1], NULL, work, NULL);
      pthread_cancel(t[0]);
    })");
  EXPECT_TRUE(can(Array, "calm"));
}

TEST_F(CancellableTest, ACancelThatFitsNoCreationMayHitAny) {
  Snippet S(R"(
    pthread_t lookup(int);
    void other(void) {}
    void *work(void *p) { return p; }
    void f(pthread_t *t) { pthread_create(t, NULL, work, NULL); }
    void g(void) { pthread_cancel(lookup(3)); })");
  EXPECT_TRUE(can(S, "work"));
  EXPECT_FALSE(can(S, "other"));
}

TEST_F(CancellableTest, ARoutineWhoseAddressIsTaken) {
  Snippet S(R"(
    struct task { void *(*run)(void *); };
    void *work(void *p) { return p; }
    void *unused(void *p) { return p; }
    struct task t = {work};
    void f(pthread_t h) { pthread_cancel(h); })");
  EXPECT_TRUE(can(S, "work"));
  EXPECT_FALSE(can(S, "unused"));
}

TEST_F(CancellableTest, NobodyCancels) {
  Snippet S(R"(
    void *work(void *p) { return p; }
    void f(void) { pthread_t t; pthread_create(&t, NULL, work, NULL); })");
  EXPECT_FALSE(can(S, "work"));
  EXPECT_TRUE(S.tu().gate().cancelledStarts().empty());
}

TEST_F(CancellableTest, CancellingOneselfCancelsNoOther) {
  Snippet S(R"(
    pthread_t pthread_self(void);
    void *work(void *p) { pthread_cancel(pthread_self()); return p; }
    void *calm(void *p) { return p; }
    void f(void) {
      pthread_t t;
      pthread_create(&t, NULL, work, NULL);
      pthread_create(&t, NULL, calm, NULL);
    })");
  EXPECT_FALSE(can(S, "calm"));
}

TEST_F(CancellableTest, WhatReckonsWithBeingCancelled) {
  Snippet S(R"(
    void pthread_testcancel(void);
    void tests(void) { pthread_testcancel(); }
    void sets(void) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); }
    void caller(void) { tests(); sets(); })");
  EXPECT_TRUE(can(S, "tests"));
  EXPECT_TRUE(can(S, "sets"));
  EXPECT_FALSE(can(S, "caller"));
  EXPECT_FALSE(ofThread(S, "tests"));
}

TEST_F(CancellableTest, AnOptionSaysItOfOneCheck) {
  Options O;
  O.Gated[static_cast<size_t>(CheckKind::LockAcrossPoint)].AssumeCancellable =
      true;
  Snippet S("void f(void) {}", Language::C, O);
  EXPECT_TRUE(S.tu().isCancellable(S.id("f"), CheckKind::LockAcrossPoint));
  EXPECT_FALSE(S.tu().isCancellable(S.id("f"), CheckKind::LeakAcrossPoint));
  EXPECT_FALSE(can(S, "f"));
}

TEST_F(CancellableTest, RecursionEnds) {
  Snippet S(R"(
    void b(int);
    void a(int n) { if (n) b(n - 1); }
    void b(int n) { a(n); }
    void *work(void *p) { a(3); return p; }
    void f(void) {
      pthread_t t;
      pthread_create(&t, NULL, work, NULL);
      pthread_cancel(t);
    })");
  EXPECT_TRUE(can(S, "a") && can(S, "b"));
}

} // namespace
} // namespace thread_stop::flow
