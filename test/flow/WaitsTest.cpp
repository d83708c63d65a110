// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves which calls have no end of their own with the arguments they get.

#include "flow/Waits.h"
#include "flow/AstWalk.h"
#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

const char *const MockWaits = R"(
typedef long ssize_t;
struct pollfd { int fd; };
ssize_t recv(int, void *, unsigned long, int);
ssize_t read(int, void *, unsigned long);
int poll(struct pollfd *, unsigned long, int);
int select(int, void *, void *, void *, void *);
int open(const char *, int, ...);
int fcntl(int, int, ...);
int pthread_kill(pthread_t, int);
#define O_NONBLOCK 2048
#define F_SETFL 4
)";

/// Whether the wait in `f` has no end.
bool endless(const std::string &Code) {
  Snippet S(MockWaits + Code);
  const Waits W(S.tu());
  bool Found = false, Endless = false;
  forEachEvaluated(S.info("f").Decl->getBody(),
                   [&](const clang::Stmt *Each, const clang::Stmt *) {
                     const auto *C = llvm::dyn_cast<clang::CallExpr>(Each);
                     if (C && W.rowOf(*C)) {
                       Found = true;
                       Endless |= W.isEndless(*C, nullptr);
                     }
                   });
  EXPECT_TRUE(Found) << Code;
  return Endless;
}

TEST(WaitsTest, Timeouts) {
  EXPECT_TRUE(endless("void f(struct pollfd *p) { poll(p, 1, -1); }"));
  EXPECT_FALSE(endless("void f(struct pollfd *p) { poll(p, 1, 100); }"));
  EXPECT_FALSE(endless("void f(struct pollfd *p, int t) { poll(p, 1, t); }"));
  EXPECT_TRUE(endless("void f(void *s) { select(1, s, NULL, NULL, NULL); }"));
  EXPECT_FALSE(endless("void f(void *s, void *t) { select(1, s, 0, 0, t); }"));
}

TEST(WaitsTest, Flags) {
  EXPECT_TRUE(endless("void f(int d, char *c) { recv(d, c, 1, 0); }"));
  EXPECT_FALSE(endless("void f(int d, char *c) { recv(d, c, 1, 64); }"));
  EXPECT_FALSE(endless("void f(int d, char *c, int x) { recv(d, c, 1, x); }"));
}

TEST(WaitsTest, Descriptors) {
  EXPECT_TRUE(endless("void f(int d, char *c) { read(d, c, 1); }"));
  EXPECT_FALSE(endless("void f(char *c) { int d = open(c, 0);\n"
                       "  read(d, c, 1); }"));
  EXPECT_TRUE(endless("void f(char *c) { int d = open(\"/dev/tty\", 0);\n"
                      "  read(d, c, 1); }"));
  EXPECT_FALSE(endless("void f(int d, char *c) { fcntl(d, F_SETFL, O_NONBLOCK);"
                       "  read(d, c, 1); }"));
}

TEST(WaitsTest, AHelperSwitchesWhatItsCallersGive) {
  const std::string Helper = "void set(int d) { fcntl(d, F_SETFL, O_NONBLOCK);"
                             "}\n";
  EXPECT_FALSE(endless(Helper + "void f(int d, char *c) { set(d);\n"
                                "  read(d, c, 1); }"));
  EXPECT_TRUE(endless(Helper + "void f(int d, int e, char *c) { set(e);\n"
                               "  read(d, c, 1); }"));
}

} // namespace
} // namespace thread_stop::flow
