// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that pthread_cleanup_push and _pop are recognised in every form in
// which the C libraries write them, with handler, argument and execute flag,
// and that regions become pushes, pops and runs of their handlers. The macros
// are those of glibc and musl, reduced to what shapes the AST.

#include "flow/AstWalk.h"
#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

const char *const GlibcC = R"(
typedef struct { int b; } __pthread_unwind_buf_t;
int __sigsetjmp_cancel(void *, int);
void __pthread_register_cancel(__pthread_unwind_buf_t *);
void __pthread_unregister_cancel(__pthread_unwind_buf_t *);
void __pthread_unwind_next(__pthread_unwind_buf_t *)
    __attribute__((noreturn));
#define pthread_cleanup_push(routine, arg) \
  do { \
    __pthread_unwind_buf_t __cancel_buf; \
    void (*__cancel_routine)(void *) = (routine); \
    void *__cancel_arg = (arg); \
    int __not_first_call = \
        __sigsetjmp_cancel((void *)&__cancel_buf.b, 0); \
    if (__builtin_expect(__not_first_call, 0)) { \
      __cancel_routine(__cancel_arg); \
      __pthread_unwind_next(&__cancel_buf); \
    } \
    __pthread_register_cancel(&__cancel_buf); \
    do {
#define pthread_cleanup_pop(execute) \
      do { } while (0); \
    } while (0); \
    __pthread_unregister_cancel(&__cancel_buf); \
    if (execute) \
      __cancel_routine(__cancel_arg); \
  } while (0)
)";

const char *const GlibcFrame = R"(
struct __pthread_cleanup_frame {
  void (*__cancel_routine)(void *);
  void *__cancel_arg;
  int __do_it;
  int __cancel_type;
};
static inline void
__pthread_cleanup_routine(struct __pthread_cleanup_frame *f) {
  if (f->__do_it)
    f->__cancel_routine(f->__cancel_arg);
}
#define pthread_cleanup_push(routine, arg) \
  do { \
    struct __pthread_cleanup_frame __clframe \
        __attribute__((__cleanup__(__pthread_cleanup_routine))) = { \
            .__cancel_routine = (routine), \
            .__cancel_arg = (arg), \
            .__do_it = 1 };
#define pthread_cleanup_pop(execute) \
    __clframe.__do_it = (execute); \
  } while (0)
)";

const char *const GlibcClass = R"(
class __pthread_cleanup_class {
  void (*__cancel_routine)(void *);
  void *__cancel_arg;
  int __do_it;
public:
  __pthread_cleanup_class(void (*fct)(void *), void *arg)
      : __cancel_routine(fct), __cancel_arg(arg), __do_it(1) {}
  ~__pthread_cleanup_class() {
    if (__do_it)
      __cancel_routine(__cancel_arg);
  }
  void __setdoit(int newval) { __do_it = newval; }
};
#define pthread_cleanup_push(routine, arg) \
  do { \
    __pthread_cleanup_class __clframe(routine, arg)
#define pthread_cleanup_pop(execute) \
    __clframe.__setdoit(execute); \
  } while (0)
)";

const char *const Musl = R"(
struct __ptcb { void (*f)(void *); void *x; struct __ptcb *next; };
#ifdef __cplusplus
extern "C" {
#endif
void _pthread_cleanup_push(struct __ptcb *, void (*)(void *), void *);
void _pthread_cleanup_pop(struct __ptcb *, int);
#ifdef __cplusplus
}
#endif
#define pthread_cleanup_push(f, x) \
  do { struct __ptcb __cb; _pthread_cleanup_push(&__cb, f, x);
#define pthread_cleanup_pop(r) _pthread_cleanup_pop(&__cb, (r)); } while (0)
)";

struct Library {
  const char *Name;
  const char *Macros;
  CleanupForm Form;
  Language Lang;
};

const Library Libraries[] = {
    {"glibc_c", GlibcC, CleanupForm::GlibcC, Language::C},
    {"glibc_c_exceptions", GlibcFrame, CleanupForm::GlibcFrame, Language::C},
    {"glibc_cxx", GlibcClass, CleanupForm::GlibcClass, Language::Cxx},
    {"musl_c", Musl, CleanupForm::Musl, Language::C},
    {"musl_cxx", Musl, CleanupForm::Musl, Language::Cxx},
};

class CleanupRegionsTest : public testing::TestWithParam<Library> {
protected:
  std::string code(const std::string &Text) const {
    // The macros come from a system header; the handlers are the user's.
    return "# 1 \"/mock/cleanup.h\" 3\n" + std::string(GetParam().Macros) +
           "\n# 1 \"" +
           (GetParam().Lang == Language::C ? "input.c" : "input.cpp") + "\"\n" +
           "pthread_mutex_t m;\n"
           "void other(void);\n"
           "static void unlocks(void *p) {"
           " pthread_mutex_unlock((pthread_mutex_t *)p); }\n"
           "static void nothing(void *p) {}\n" +
           Text;
  }
  std::unique_ptr<Snippet> parse(const std::string &Text) const {
    return std::make_unique<Snippet>(code(Text), GetParam().Lang);
  }
  static bool names(const clang::Expr *E, llvm::StringRef Name) {
    bool Found = false;
    forEachEvaluated(E, [&](const clang::Stmt *S, const clang::Stmt *) {
      if (const auto *D = llvm::dyn_cast<clang::DeclRefExpr>(S))
        Found |= D->getDecl()->getNameAsString() == Name;
    });
    return Found;
  }
};

TEST_P(CleanupRegionsTest, IsRecognised) {
  auto S = parse("void f(void) { pthread_cleanup_push(unlocks, &m); other();"
                 " pthread_cleanup_pop(1); }");
  const FunctionFlow &F = S->flow("f");
  ASSERT_EQ(F.Regions.size(), 1u);
  const CleanupRegion &R = F.Regions[0];
  EXPECT_EQ(R.Form, GetParam().Form);
  ASSERT_NE(R.Handler, nullptr);
  EXPECT_TRUE(names(R.Handler, "unlocks"));
  ASSERT_NE(R.Argument, nullptr);
  EXPECT_TRUE(names(R.Argument, "m"));
  EXPECT_NE(R.PushAt, nullptr);
  EXPECT_NE(R.PopAt, nullptr);
  EXPECT_NE(R.Execute, nullptr);
  EXPECT_FALSE(R.Defers);
  EXPECT_FALSE(R.Restores);
  EXPECT_TRUE(S->info("f").HasRegion);
  ASSERT_EQ(F.Handlers.size(), 1u);
  EXPECT_EQ(F.Handlers[0].Function, S->id("unlocks"));
}

TEST_P(CleanupRegionsTest, ExecuteFlag) {
  auto S = parse(R"(
    void f(int c) {
      pthread_cleanup_push(nothing, 0);
      pthread_cleanup_push(nothing, 0);
      pthread_cleanup_push(nothing, 0);
      other();
      pthread_cleanup_pop(0);
      pthread_cleanup_pop(1);
      pthread_cleanup_pop(c);
    })");
  std::vector<PopHandler> Pops;
  for (const PopHandler &P : S->facts<PopHandler>("f"))
    if (Pops.empty() || Pops.back().Region != P.Region)
      Pops.push_back(P); // the C++ form pops once more in the destructor
  ASSERT_EQ(Pops.size(), 3u);
  EXPECT_EQ(Pops[0].Execute, false);
  EXPECT_EQ(Pops[1].Execute, true);
  EXPECT_EQ(Pops[2].Execute, std::nullopt);
  // Nested: the innermost region, the last in the list, is popped first.
  EXPECT_EQ(Pops[0].Region, 2u);
  EXPECT_EQ(Pops[2].Region, 0u);
}

TEST_P(CleanupRegionsTest, BalancedInEveryWay) {
  auto S = parse(R"(
    void f(int c) {
      int i;
      for (i = 0; i < c; ++i) {
        pthread_cleanup_push(nothing, 0);
        other();
        pthread_cleanup_pop(1);
      }
      if (c) {
        pthread_cleanup_push(nothing, 0);
        if (c > 2) other();
        pthread_cleanup_pop(0);
      }
    })");
  StateSet Exit = S->atExit("f");
  EXPECT_FALSE(Exit.States.empty());
  for (const PathState &P : Exit.States)
    EXPECT_TRUE(P.Cleanup.empty());
}

TEST_P(CleanupRegionsTest, TheHandlerRunsAtThePop) {
  auto S = parse(R"(
    void runs(void) {
      pthread_mutex_lock(&m);
      pthread_cleanup_push(unlocks, &m);
      other();
      pthread_cleanup_pop(1);
    }
    void skips(void) {
      pthread_mutex_lock(&m);
      pthread_cleanup_push(unlocks, &m);
      other();
      pthread_cleanup_pop(0);
    })");
  EXPECT_FALSE(S->leavesLocked("runs"));
  EXPECT_TRUE(S->leavesLocked("skips"));
}

TEST_P(CleanupRegionsTest, PushedInside) {
  auto S = parse(R"(
    void f(void) {
      pthread_cleanup_push(nothing, 0);
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
      pthread_cleanup_pop(0);
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    })");
  std::vector<size_t> Pushed;
  S->tu().forEachFact(S->flow("f"), isAnyOf<SetMode>,
                      [&](const StateSet &At, const Fact &) {
                        Pushed.push_back(At.States[0].Cleanup.size());
                      });
  std::sort(Pushed.begin(), Pushed.end());
  EXPECT_EQ(Pushed, (std::vector<size_t>{0, 1}));
}

TEST_P(CleanupRegionsTest, OrdinaryLoopsAreNone) {
  auto S = parse("#define TWICE(x) do { int __cb = 0; x; x; (void)__cb; }"
                 " while (0)\n"
                 "void f(void) { do { other(); } while (0); TWICE(other());"
                 " pthread_setcancelstate(1, NULL); }");
  EXPECT_TRUE(S->flow("f").Regions.empty());
  EXPECT_FALSE(S->info("f").HasRegion);
}

INSTANTIATE_TEST_SUITE_P(Libraries, CleanupRegionsTest,
                         testing::ValuesIn(Libraries),
                         [](const testing::TestParamInfo<Library> &I) {
                           return I.param.Name;
                         });

} // namespace
} // namespace thread_stop::flow
