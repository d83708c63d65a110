// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Source text that is parsed and analysed in a test. No real header is read:
// <pthread.h> and <mutex> are small mocks in system folders, so that a test
// means the same on every machine.

#ifndef THREAD_STOP_TEST_FLOW_SNIPPET_H
#define THREAD_STOP_TEST_FLOW_SNIPPET_H

#include "flow/TuAnalysis.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"
#include "gtest/gtest.h"
#include <memory>
#include <string>
#include <vector>

namespace thread_stop::flow {

inline const char *const MockPthread = R"(
#ifdef __cplusplus
extern "C" {
#endif
#define NULL 0
typedef unsigned long pthread_t;
typedef struct { int x; } pthread_mutex_t;
typedef struct { int x; } pthread_attr_t;
enum { PTHREAD_CANCEL_ENABLE, PTHREAD_CANCEL_DISABLE };
enum { PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS };
int pthread_setcancelstate(int, int *);
int pthread_setcanceltype(int, int *);
int pthread_cancel(pthread_t);
int pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                   void *);
int pthread_mutex_lock(pthread_mutex_t *);
int pthread_mutex_trylock(pthread_mutex_t *);
int pthread_mutex_unlock(pthread_mutex_t *);
void pthread_exit(void *) __attribute__((noreturn));
void exit(int) __attribute__((noreturn));
#ifdef __cplusplus
}
#endif
)";

inline const char *const MockMutex = R"(
namespace std {
struct mutex { void lock(); void unlock(); bool try_lock(); };
struct defer_lock_t {};
struct adopt_lock_t {};
struct try_to_lock_t {};
template <class M> struct lock_guard {
  explicit lock_guard(M &);
  lock_guard(M &, adopt_lock_t);
  ~lock_guard();
};
template <class M> struct unique_lock {
  explicit unique_lock(M &);
  unique_lock(M &, defer_lock_t);
  unique_lock(M &, try_to_lock_t);
  ~unique_lock();
  void lock();
  void unlock();
  bool owns_lock() const;
  explicit operator bool() const;
};
}
)";

enum class Language { C, Cxx };

class Snippet {
public:
  /// `Broken`: the text must not compile; otherwise it must.
  explicit Snippet(const std::string &Code, Language L = Language::C,
                   Options Opts = {}, bool Broken = false) {
    const bool C = L == Language::C;
    std::vector<std::string> Arguments{"-nostdinc", "-isystem/mock", "-w",
                                       C ? "-std=gnu11" : "-std=c++17",
                                       C ? "-fblocks" : "-fexceptions"};
    if (!C)
      Arguments.push_back("-fcxx-exceptions");
    const clang::tooling::FileContentMappings Files{
        {"/mock/pthread.h", MockPthread}, {"/mock/mutex", MockMutex}};
    Unit = clang::tooling::buildASTFromCodeWithArgs(
        "#include <pthread.h>\n" + Code, Arguments, C ? "input.c" : "input.cpp",
        "test", std::make_shared<clang::PCHContainerOperations>(),
        clang::tooling::getClangStripDependencyFileAdjuster(), Files,
        Broken ? &Ignore : nullptr);
    if (!Unit) {
      ADD_FAILURE() << "no AST";
      std::abort();
    }
    EXPECT_EQ(Unit->getDiagnostics().hasErrorOccurred(), Broken) << Code;
    Tu = std::make_unique<TuAnalysis>(Unit->getASTContext(), std::move(Opts),
                                      CleanupExpansions());
    Tu->findings();
  }

  TuAnalysis &tu() { return *Tu; }
  const FunctionIndex &index() const { return Tu->index(); }

  /// The function of that name, `Class::name` for members.
  FunctionId id(const std::string &Name) const {
    for (FunctionId F = 0; F < index().size(); ++F)
      if (index()[F].Decl->getQualifiedNameAsString() == Name)
        return F;
    return NoFunction;
  }
  const FunctionInfo &info(const std::string &Name) const {
    FunctionId F = id(Name);
    if (F == NoFunction) {
      ADD_FAILURE() << "no function " << Name;
      std::abort();
    }
    return index()[F];
  }
  const Summary &summary(const std::string &Name) const {
    EXPECT_NE(id(Name), NoFunction) << Name;
    return Tu->summaryOf(id(Name));
  }
  const FunctionFlow &flow(const std::string &Name) {
    const FunctionFlow *F = Tu->flow(id(Name));
    if (!F) {
      ADD_FAILURE() << "no flow of " << Name;
      std::abort();
    }
    return *F;
  }
  std::optional<bool> entry(const std::string &Name, ModeKind W) const {
    return Tu->entryMode(id(Name), W);
  }

  /// All facts of one kind, in the order of the blocks.
  template <class T> std::vector<T> facts(const std::string &Function) {
    std::vector<T> Out;
    for (uint32_t B : reversePostorder(flow(Function).Graph))
      for (const Fact &F : flow(Function).Graph.Blocks[B].Facts)
        if (const auto *Each = std::get_if<T>(&F))
          Out.push_back(*Each);
    return Out;
  }

  /// The states in which a function is left, over all its exits.
  StateSet atExit(const std::string &Function) {
    StateSet All;
    Tu->forEachExit(flow(Function),
                    [&](const StateSet &S, SiteId) { All.join(S); });
    return All;
  }

  /// Whether some state at an exit holds a lock.
  bool leavesLocked(const std::string &Function) {
    for (const PathState &S : atExit(Function).States)
      if (!S.Held.empty())
        return true;
    return false;
  }
  /// Whether all states at the exits have the caller's cancellation state.
  bool restores(const std::string &Function, ModeKind W = ModeKind::State) {
    const StateSet All = atExit(Function);
    for (const PathState &S : All.States)
      if (!S.mode(W).isEntry() || !S.Lost[static_cast<size_t>(W)].empty())
        return false;
    return !All.States.empty();
  }

private:
  clang::IgnoringDiagConsumer Ignore;
  std::unique_ptr<clang::ASTUnit> Unit;
  std::unique_ptr<TuAnalysis> Tu;
};

} // namespace thread_stop::flow

#endif
