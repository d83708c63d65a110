// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the values of variables come from. Each snippet calls `probe(x)`; the
// test asks for the definitions of `x` there.

#include "flow/Definitions.h"
#include "Snippet.h"
#include "flow/Joins.h"
#include <algorithm>

using namespace thread_stop::flow;
using clang::CallExpr;
using clang::FunctionDecl;
using clang::Stmt;
using Kind = Definition::Kind;

static const char *const Prelude = R"(
int pthread_join(pthread_t, void **);
void probe(void *);
void probe_int(long);
void *any(void);
void fill(void **);
struct box { void *p; struct box *next; long n; };
void open_box(struct box *);
#define PTHREAD_CANCELED ((void *)-1)
)";

namespace {
class Probe {
public:
  explicit Probe(const std::string &Body, const std::string &Before = "",
                 Language L = Language::C)
      : S(Prelude + Before + "void test(int c, void *arg, void **out) {" +
              Body + "}",
          L),
        Joins(S.tu()),
        Flow(S.tu().context(), S.tu().places(), *S.info("test").Decl, Joins) {
    EXPECT_TRUE(Flow.isValid());
    Flow.forEach([&](const DefinitionState &State, const Stmt *Each) {
      const auto *C = llvm::dyn_cast<CallExpr>(Each);
      const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
      if (!F || (F->getName() != "probe" && F->getName() != "probe_int"))
        return;
      Found = Flow.valueOf(C->getArg(0), State);
      ++Probes;
    });
    EXPECT_EQ(1u, Probes);
  }

  /// Sorted, each once.
  std::vector<Kind> kinds() {
    std::vector<Kind> Out;
    for (DefinitionId D : Found)
      Out.push_back(Flow[D].K);
    std::sort(Out.begin(), Out.end());
    Out.erase(std::unique(Out.begin(), Out.end()), Out.end());
    return Out;
  }
  bool is(Kind K) { return kinds() == std::vector<Kind>{K}; }
  bool isNumber(int64_t N) {
    return Found.size() == 1 && Flow[Found[0]].isNumber(N);
  }
  bool isCanceled() { return Found.size() == 1 && Flow[Found[0]].IsCanceled; }

private:
  Snippet S;
  JoinIndex Joins;
  DefinitionFlow Flow;
  DefinitionSet Found;
  unsigned Probes = 0;
};
} // namespace

TEST(Definitions, Declarations) {
  EXPECT_TRUE(Probe("void *p; probe(p);").is(Kind::Uninitialized));
  EXPECT_TRUE(Probe("void *p = 0; probe(p);").isNumber(0));
  EXPECT_TRUE(Probe("void *p = (void *)-1; probe(p);").isNumber(-1));
  EXPECT_TRUE(Probe("void *p = any(); probe(p);").is(Kind::Expression));
  EXPECT_TRUE(Probe("probe(arg);").is(Kind::Parameter));
  EXPECT_TRUE(Probe("void *p = arg; probe(p);").is(Kind::Parameter));
  EXPECT_TRUE(Probe("probe(*out);").is(Kind::Unknown));
}

TEST(Definitions, NumbersOfAllOnes) {
  for (const char *Number :
       {"-1", "-1L", "~0UL", "0xffffffff", "0xffffffffffffffffUL"})
    EXPECT_TRUE(
        Probe("probe((void *)" + std::string(Number) + ");").isNumber(-1))
        << Number;
  EXPECT_FALSE(Probe("probe((void *)0xffff);").isNumber(-1));
  EXPECT_FALSE(Probe("probe((void *)0x7fffffff);").isNumber(-1));
}

TEST(Definitions, SpellingOfPthreadCanceled) {
  EXPECT_TRUE(Probe("probe(PTHREAD_CANCELED);").isCanceled());
  EXPECT_TRUE(Probe("probe_int((long)PTHREAD_CANCELED);").isCanceled());
  EXPECT_TRUE(Probe("const long g = (long)PTHREAD_CANCELED; probe_int(g);")
                  .isCanceled());
  EXPECT_TRUE(
      Probe("probe(GONE);", "#define GONE PTHREAD_CANCELED\n").isCanceled());
  EXPECT_TRUE(Probe("probe(SAME(PTHREAD_CANCELED));", "#define SAME(x) (x)\n")
                  .isCanceled());
  EXPECT_TRUE(
      Probe("probe(gone);", "static void *const gone = PTHREAD_CANCELED;\n")
          .isCanceled());
  EXPECT_FALSE(
      Probe("probe(GONE);", "#define GONE ((void *)-1)\n").isCanceled());
}

TEST(Definitions, Paths) {
  EXPECT_EQ((std::vector<Kind>{Kind::Constant, Kind::Expression}),
            Probe("void *p = 0; if (c) p = any(); probe(p);").kinds());
  EXPECT_TRUE(
      Probe("void *p = 0; if (c) p = any(); p = 0; probe(p);").isNumber(0));
  EXPECT_EQ((std::vector<Kind>{Kind::Uninitialized, Kind::Expression}),
            Probe("void *p; for (int i = 0; i < c; i++) p = any(); probe(p);")
                .kinds());
  EXPECT_EQ((std::vector<Kind>{Kind::Parameter, Kind::Constant}),
            Probe("void *p = c ? arg : 0; probe(p);").kinds());
  EXPECT_TRUE(
      Probe("void *p = any(); if (0) p = 0; probe(p);").is(Kind::Expression))
      << "that branch is never taken";
}

TEST(Definitions, Operators) {
  EXPECT_TRUE(Probe("long n = 0; n++; probe_int(n);").is(Kind::Expression));
  EXPECT_TRUE(Probe("long n = 0; n += 2; probe_int(n);").is(Kind::Expression));
  EXPECT_TRUE(Probe("long n, m; n = m = 0; probe_int(n);").isNumber(0));
  EXPECT_TRUE(Probe("void *p = 0; probe((c, p));").isNumber(0));
}

TEST(Definitions, Fields) {
  EXPECT_TRUE(Probe("struct box b; probe(b.p);").is(Kind::Uninitialized));
  EXPECT_TRUE(Probe("struct box b = {0}; probe(b.p);").isNumber(0));
  EXPECT_TRUE(Probe("struct box b = {.n = -1}; probe_int(b.n);").isNumber(-1));
  EXPECT_TRUE(Probe("struct box b = {0}; b.n = 7; probe(b.p);").isNumber(0));
  EXPECT_TRUE(Probe("struct box b = {0}, d = {arg}; b = d; probe(b.p);")
                  .is(Kind::Unknown));
  EXPECT_TRUE(Probe("struct box *b = arg; b->p = 0; probe(b->p);").isNumber(0));
  EXPECT_TRUE(Probe("struct box *b = arg; b->p = 0; b = any(); probe(b->p);")
                  .is(Kind::Unknown))
      << "another object";
}

TEST(Definitions, WritingThroughAPointerKeepsThePointer) {
  EXPECT_TRUE(Probe("long *p = arg; --*p; probe(arg);").is(Kind::Parameter));
  EXPECT_TRUE(Probe("void *p = 0; *out = arg; probe(p);").isNumber(0))
      << "nobody has the address of p";
}

TEST(Definitions, Calls) {
  EXPECT_TRUE(Probe("void *p = 0; fill(&p); probe(p);").is(Kind::ByAddress));
  EXPECT_TRUE(Probe("void *p = 0; any(); probe(p);").isNumber(0));
  EXPECT_TRUE(Probe("struct box *b = arg; b->p = 0; open_box(b); probe(b->p);")
                  .is(Kind::Unknown));
  EXPECT_TRUE(Probe("global = 0; any(); probe(global);", "void *global;\n")
                  .is(Kind::Unknown));
  EXPECT_TRUE(Probe("void *p = any(); __builtin_memset(&p, 0, sizeof p); "
                    "probe(p);")
                  .isNumber(0));
}

TEST(Definitions, Escapes) {
  EXPECT_TRUE(Probe("void *p = 0; void **q[1] = {&p}; fill(*q); probe(p);")
                  .is(Kind::Unknown));
  EXPECT_TRUE(Probe("void *p = 0; void **q = &p; *q = arg; probe(p);")
                  .is(Kind::Parameter))
      << "an alias that is seen through";
  EXPECT_TRUE(Probe("void *p = 0; auto f = [&] { p = any(); }; f(); probe(p);",
                    "", Language::Cxx)
                  .is(Kind::Unknown));
}

TEST(Definitions, Arrays) {
  EXPECT_EQ((std::vector<Kind>{Kind::Constant, Kind::Expression}),
            Probe("void *a[4] = {0}; a[c] = any(); probe(a[c + 1]);").kinds())
      << "an element stands for all";
  EXPECT_TRUE(Probe("void *a[4]; probe(a[0]);").is(Kind::Uninitialized));
}

TEST(Definitions, Joins) {
  EXPECT_TRUE(
      Probe("void *r; pthread_join(1, &r); probe(r);").is(Kind::Joined));
  EXPECT_TRUE(
      Probe("void *r = 0; pthread_join(1, &r); probe(r);").is(Kind::Joined));
  EXPECT_EQ(
      (std::vector<Kind>{Kind::Constant, Kind::Joined}),
      Probe("void *r = (void *)-1; pthread_join(1, &r); probe(r);").kinds())
      << "a mark that is still there if the join fails";
  EXPECT_TRUE(Probe("void *a[2]; pthread_join(1, &a[c]); probe(a[0]);")
                  .is(Kind::Joined));
  EXPECT_TRUE(Probe("long n; pthread_join(1, (void **)&n); probe_int(n);")
                  .is(Kind::Joined));
  EXPECT_TRUE(Probe("pthread_join(1, out); probe(*out);").is(Kind::Joined));
  EXPECT_TRUE(Probe("probe(wait_for());", R"(
static void *wait_for(void) { void *r = 0; pthread_join(1, &r); return r; }
)")
                  .is(Kind::Joined));
  EXPECT_TRUE(Probe("void *r; wait_for(&r); probe(r);", R"(
static int wait_for(void **r) { return pthread_join(1, r); }
)")
                  .is(Kind::Joined));
}

TEST(Definitions, ManyDefinitionsAreUnknown) {
  std::string Body = "void *p = 0;";
  for (int I = 1; I < 40; ++I)
    Body += "if (c == " + std::to_string(I) + ") p = (void *)" +
            std::to_string(I) + ";";
  EXPECT_TRUE(Probe(Body + "probe(p);").is(Kind::Unknown));
}

TEST(Definitions, GotosConverge) {
  EXPECT_EQ((std::vector<Kind>{Kind::Constant, Kind::Expression}),
            Probe(R"(
  void *p = 0, *q = 0;
again:
  if (c-- > 3) { q = p; p = any(); goto again; }
  if (c-- > 0) { p = q; goto again; }
  probe(p);
)")
                .kinds());
}
