// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves which functions are handlers of which signals, with which flags, and
// which variables are flags that a signal belongs to.

#include "flow/Signals.h"
#include "flow/Snippet.h"
#include "flow/StopFlags.h"

namespace thread_stop::flow {
namespace {

const char *const MockSignal = R"(
typedef void (*sighandler_t)(int);
typedef struct { unsigned long bits; } sigset_t;
struct sigaction { sighandler_t sa_handler; sigset_t sa_mask; int sa_flags; };
#define SA_RESTART 0x10000000
#define SIG_IGN ((sighandler_t)1)
extern int __libc_current_sigrtmin(void);
#define SIGRTMIN __libc_current_sigrtmin()
int sigaction(int, const struct sigaction *, struct sigaction *);
sighandler_t signal(int, sighandler_t);
int pthread_kill(pthread_t, int);
int sigemptyset(sigset_t *);
int sigaddset(sigset_t *, int);
int pthread_sigmask(int, const sigset_t *, sigset_t *);
void on(int sig) { }
void other(int sig) { }
)";

struct Program {
  explicit Program(const std::string &Code) : S(MockSignal + Code) {}
  Signals &signals() { return S.tu().signals(); }
  /// The only install of a function.
  const Install &install(size_t Count = 1) {
    EXPECT_EQ(signals().installs().size(), Count);
    return signals().installs().front();
  }
  Snippet S;
};

TEST(SignalsTest, ADesignatedInitialiser) {
  Program P("void f(void) { struct sigaction sa = {.sa_handler = on,\n"
            "  .sa_flags = SA_RESTART | 4}; sigaction(15, &sa, NULL); }");
  const Install &I = P.install();
  EXPECT_EQ(I.Id, P.S.id("on"));
  EXPECT_EQ(I.Restarts, Install::Restart::Yes);
  ASSERT_EQ(I.Signals.Known.size(), 1u);
  EXPECT_EQ(I.Signals.Known[0], 15);
}

TEST(SignalsTest, AssignmentsInOrder) {
  Program P("void f(void) { struct sigaction sa; sa.sa_flags = SA_RESTART;\n"
            "  sa.sa_handler = on; sa.sa_flags &= ~SA_RESTART;\n"
            "  sigaction(10, &sa, NULL); sa.sa_handler = other; }");
  EXPECT_EQ(P.install().Id, P.S.id("on"));
  EXPECT_EQ(P.install().Restarts, Install::Restart::No);
}

TEST(SignalsTest, BranchesAreJoined) {
  Program P("void f(int c) { struct sigaction sa = {.sa_handler = on};\n"
            "  if (c) sa.sa_flags = SA_RESTART; sigaction(10, &sa, NULL); }");
  EXPECT_EQ(P.install().Restarts, Install::Restart::Unknown);
}

TEST(SignalsTest, AWrapperIsSeenFromItsCallers) {
  Program P("void set(int s, sighandler_t h) { struct sigaction sa = {h};\n"
            "  sigaction(s, &sa, NULL); }\n"
            "void f(void) { set(10, on); set(12, other); }");
  ASSERT_EQ(P.signals().installs().size(), 2u);
  EXPECT_EQ(P.signals().installs()[0].Id, P.S.id("on"));
  EXPECT_TRUE(P.signals().installs()[1].Signals.has(12));
  EXPECT_EQ(P.signals().installs()[1].Inside, P.S.id("f"));
}

TEST(SignalsTest, RowsOfATable) {
  Program P("struct row { int s; sighandler_t h; };\n"
            "static const struct row rows[] = {{1, on}, {2, other}};\n"
            "void f(void) { for (int i = 0; i < 2; ++i)\n"
            "  signal(rows[i].s, rows[i].h); }");
  ASSERT_EQ(P.signals().installs().size(), 2u);
  EXPECT_EQ(P.signals().installs()[0].Id, P.S.id("on"));
  EXPECT_TRUE(P.signals().installs()[0].Signals.has(1));
  EXPECT_FALSE(P.signals().installs()[0].Signals.has(2));
}

TEST(SignalsTest, RealTimeSignals) {
  Program P("void f(void) { signal(SIGRTMIN + 3, on); }");
  ASSERT_EQ(P.install().Signals.Known.size(), 1u);
  EXPECT_EQ(signalName(P.install().Signals.Known[0]), "SIGRTMIN + 3");
}

TEST(SignalsTest, AnUnknownNumberMayBeAny) {
  Program P("void f(int s) { signal(s, on); }");
  EXPECT_TRUE(P.install().Signals.Incomplete);
  EXPECT_TRUE(P.signals().mayBeHandled(15));
}

TEST(SignalsTest, WhatASetHolds) {
  Program P("void f(void) { sigset_t s; sigemptyset(&s); sigaddset(&s, 10);\n"
            "  pthread_sigmask(0, &s, NULL); }");
  ASSERT_EQ(P.signals().masks().size(), 1u);
  const MaskCall &M = P.signals().masks()[0];
  EXPECT_EQ(M.Does, MaskCall::How::Block);
  EXPECT_EQ(M.Set.has(10), std::optional<bool>(true));
  EXPECT_EQ(M.Set.has(12), std::optional<bool>(false));
}

TEST(SignalsTest, FlagsOfHandlersAndRequesters) {
  Program P("static int quit, stop, unrelated;\n"
            "void handler(int s) { quit = 1; }\n"
            "void f(void) { signal(15, handler); unrelated = 1; }\n"
            "void g(pthread_t t) { stop = 1; pthread_kill(t, 10); }");
  EXPECT_EQ(P.S.tu().flags().linked().size(), 2u);
}

TEST(SignalsTest, ASetIsJoinedWithItself) {
  SignalSet A, B;
  A.Except = {1};
  B.Except = {1};
  A.join(B);
  EXPECT_TRUE(A.Known);
  B.Full = true;
  A.join(B);
  EXPECT_FALSE(A.Known);
}

} // namespace
} // namespace thread_stop::flow
