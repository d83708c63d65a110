// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that the index finds every function of the user's code, who calls
// whom (directly, through pointers, lambdas, templates, constructors,
// destructors, cleanup attributes), start routines, and an order with callees
// first, recursion or not.

#include "flow/Snippet.h"
#include <algorithm>

namespace thread_stop::flow {
namespace {

bool calls(const Snippet &S, const std::string &From, const std::string &To) {
  const std::vector<FunctionId> &C = S.info(From).Callees;
  return std::find(C.begin(), C.end(), S.id(To)) != C.end();
}

TEST(CallGraphTest, DirectCalls) {
  Snippet S(R"(
    void leaf(void) {}
    void middle(void) { leaf(); leaf(); }
    void top(void) { middle(); })");
  EXPECT_TRUE(calls(S, "middle", "leaf"));
  EXPECT_EQ(S.info("middle").Callees.size(), 1u);
  EXPECT_TRUE(calls(S, "top", "middle"));
  EXPECT_FALSE(calls(S, "top", "leaf"));
  EXPECT_EQ(S.info("leaf").Callers, std::vector<FunctionId>{S.id("middle")});
}

TEST(CallGraphTest, UnevaluatedCallsAreNone) {
  Snippet S("int leaf(void) { return 0; }\n"
            "int top(void) { return sizeof(leaf()); }");
  EXPECT_FALSE(calls(S, "top", "leaf"));
}

TEST(CallGraphTest, CalleesComeFirst) {
  Snippet S(R"(
    void d(void) {}
    void c(void); void b(void);
    void a(void) { b(); }
    void b(void) { c(); }
    void c(void) { b(); d(); })");
  std::vector<size_t> At(S.index().size());
  const auto &Components = S.index().components();
  for (size_t I = 0; I < Components.size(); ++I)
    for (FunctionId F : Components[I])
      At[F] = I;
  EXPECT_EQ(Components.size(), 3u);
  EXPECT_EQ(At[S.id("b")], At[S.id("c")]);
  EXPECT_LT(At[S.id("d")], At[S.id("b")]);
  EXPECT_LT(At[S.id("b")], At[S.id("a")]);
}

TEST(CallGraphTest, ALongChainOfCalls) {
  std::string Code = "void f0(void) { pthread_setcancelstate(1, NULL); }\n";
  for (int I = 1; I < 3000; ++I)
    Code += "void f" + std::to_string(I) + "(void) { f" +
            std::to_string(I - 1) + "(); }\n";
  Snippet S(Code);
  EXPECT_EQ(S.index().components().size(), 3000u);
  EXPECT_TRUE(S.info("f2999").ReachesMode);
}

TEST(CallGraphTest, ReachesAndNeeded) {
  Snippet S(R"(
    pthread_mutex_t m;
    static void locks(void) { pthread_mutex_lock(&m); }
    static void mode(void) { pthread_setcancelstate(0, NULL); locks(); }
    void top(void) { mode(); }
    void plain(void) {})");
  EXPECT_TRUE(S.info("locks").UsesLocks);
  EXPECT_TRUE(S.info("locks").ReachesEffect);
  EXPECT_FALSE(S.info("locks").ReachesMode);
  EXPECT_TRUE(S.info("locks").Needed);
  EXPECT_TRUE(S.info("mode").SetsMode);
  EXPECT_FALSE(S.info("top").SetsMode);
  EXPECT_TRUE(S.info("top").ReachesMode);
  EXPECT_FALSE(S.info("plain").ReachesEffect);
  EXPECT_FALSE(S.info("plain").Needed);
}

//===--- Pointers ---------------------------------------------------------===//

TEST(PointerTest, OneTarget) {
  Snippet S(R"(
    static void f(void) {}
    static void (*const table)(void) = f;
    static void (*later)(void);
    void init(void) { later = &f; }
    void a(void) { void (*p)(void) = f; p(); (*p)(); }
    void b(void) { table(); }
    void c(void) { later(); })");
  EXPECT_TRUE(calls(S, "a", "f"));
  EXPECT_TRUE(calls(S, "b", "f"));
  EXPECT_TRUE(calls(S, "c", "f"));
}

TEST(PointerTest, SeveralTargets) {
  Snippet S(R"(
    static void f(void) {}
    static void g(void) {}
    void two(int c) { void (*p)(void) = f; if (c) p = g; p(); }
    void given(void (*p)(void)) { p(); }
    void (*open)(void) = f;
    void external(void) { open(); })");
  for (const char *Name : {"two", "given", "external"}) {
    EXPECT_FALSE(calls(S, Name, "f")) << Name;
    EXPECT_FALSE(calls(S, Name, "g")) << Name;
  }
}

TEST(PointerTest, CancelThroughAPointer) {
  Snippet S(R"(
    void user(pthread_t t) {
      int (*stop)(pthread_t) = pthread_cancel;
      stop(t);
      (pthread_cancel)(t);
    })");
  ASSERT_EQ(S.index().ForcedStops.size(), 2u);
  EXPECT_EQ(std::count_if(S.index().ForcedStops.begin(),
                          S.index().ForcedStops.end(),
                          [](const ApiCall &C) { return C.ThroughPointer; }),
            1);
}

//===--- C++ --------------------------------------------------------------===//

TEST(CxxGraphTest, ConstructorsAndDestructors) {
  Snippet S(R"(
    void f() {}
    struct A { A() { f(); } ~A() { f(); } };
    struct B { int X; B() : X(g()) {} static int g() { return 0; } };
    void user() { A a; B b; })",
            Language::Cxx);
  EXPECT_TRUE(calls(S, "user", "A::A"));
  EXPECT_TRUE(calls(S, "user", "A::~A"));
  EXPECT_TRUE(calls(S, "B::B", "B::g"));
}

TEST(CxxGraphTest, Templates) {
  Snippet S(R"(
    void f() {}
    template <class T> void call(T) { f(); }
    template <class T> struct Box { void run() { f(); } };
    template <class T> void never(T) { f(); }
    void user() { call(1); call('c'); Box<int> b; b.run(); })",
            Language::Cxx);
  EXPECT_EQ(S.info("user").Callees.size(), 3u);
  EXPECT_GE(S.info("f").Callers.size(), 3u);
}

TEST(CxxGraphTest, Lambdas) {
  Snippet S(R"(
    void f() {}
    void user() { auto l = [] { f(); }; l(); }
    void unused() { auto l = [] { f(); }; (void)l; })",
            Language::Cxx);
  ASSERT_EQ(S.info("user").Callees.size(), 1u);
  EXPECT_TRUE(S.info("unused").Callees.empty());
  EXPECT_FALSE(calls(S, "user", "f"));
}

TEST(CxxGraphTest, NamespacesMembersAndLinkage) {
  Snippet S(R"(
    extern "C" { static void c() {} }
    namespace n { void f() { c(); } struct S { void m() { f(); } }; }
    struct pthread { static int pthread_cancel(pthread_t); };
    void no(pthread_t t) { pthread::pthread_cancel(t); })",
            Language::Cxx);
  EXPECT_TRUE(calls(S, "n::f", "c"));
  EXPECT_TRUE(calls(S, "n::S::m", "n::f"));
  EXPECT_TRUE(S.index().ForcedStops.empty());
}

TEST(CxxGraphTest, CleanupAttributeInC) {
  Snippet S(R"(
    static void put(int *p) { pthread_setcancelstate(*p, NULL); }
    void user(void) {
      __attribute__((cleanup(put))) int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    })");
  EXPECT_TRUE(calls(S, "user", "put"));
}

//===--- Start routines ---------------------------------------------------===//

TEST(StartTest, GivenToPthreadCreate) {
  Snippet S(R"(
    static void *run(void *a) { return a; }
    static void *cast(void *a) { return a; }
    static void *argument(void *a) { return a; }
    static int helper(int a) { return a; }
    void start(pthread_t *t) {
      pthread_create(t, NULL, run, (void *)argument);
      pthread_create(t, NULL, (void *(*)(void *)) & cast, NULL);
      helper(1);
    })");
  EXPECT_TRUE(S.info("run").IsStartRoutine);
  EXPECT_TRUE(S.info("cast").IsStartRoutine);
  EXPECT_FALSE(S.info("helper").IsStartRoutine);
  EXPECT_FALSE(S.info("run").AddressTaken);
  EXPECT_EQ(S.index().Creations.size(), 2u);
}

TEST(StartTest, BySignature) {
  Snippet S(R"(
    void *elsewhere(void *a) { return a; }
    static void *hidden(void *a) { return a; }
    void *called(void *a) { return a; }
    void *two(void *a, void *b) { return a; }
    void user(void) { called(NULL); hidden(NULL); })");
  EXPECT_TRUE(S.info("elsewhere").IsStartRoutine);
  EXPECT_FALSE(S.info("hidden").IsStartRoutine);
  EXPECT_FALSE(S.info("called").IsStartRoutine);
  EXPECT_FALSE(S.info("two").IsStartRoutine);
}

TEST(StartTest, DeclaredCreator) {
  Options O;
  O.ThreadCreateFunctions = {"spawn"};
  Snippet S(R"(
    void spawn(int, void (*)(int));
    static void body(int a) {}
    void start(void) { spawn(1, body); })",
            Language::C, O);
  EXPECT_TRUE(S.info("body").IsStartRoutine);
}

//===--- Broken code ------------------------------------------------------===//

TEST(BrokenTest, IsIndexedButNotSolved) {
  Snippet S(R"(
    void user(void) {
      int old
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      undeclared(old;
    }
    void whole(pthread_t t) { pthread_cancel(t); })",
            Language::C, {}, /*Broken=*/true);
  EXPECT_TRUE(S.tu().isBroken());
  EXPECT_NE(S.id("whole"), NoFunction);
}

TEST(BrokenTest, Classes) {
  Snippet S(R"(
    struct A : Missing { A() : X(1) {} Unknown X; void f() { g(*this; } };
    template <class T> struct B { B(T t) { t.lock(; } };
    void user() { A a; B<A> b(a); auto l = [&] { a. ; }; })",
            Language::Cxx, {}, /*Broken=*/true);
  EXPECT_TRUE(S.tu().isBroken());
}

} // namespace
} // namespace thread_stop::flow
