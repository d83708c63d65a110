// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The code that some threads run, seen from their start routines: where they
// wait with cancellation enabled, and what keeps them from being migrated.

#ifndef THREAD_STOP_CHECKS_FLOW_MIGRATE_THREADCODE_H
#define THREAD_STOP_CHECKS_FLOW_MIGRATE_THREADCODE_H

#include "flow/TuAnalysis.h"
#include "flow/migrate/FailurePaths.h"
#include "model/StopForms.h"
#include "llvm/ADT/DenseSet.h"
#include <map>
#include <set>
#include <string>

namespace thread_stop::flow {

/// Why something cannot be migrated, and where.
struct Obstacle {
  clang::SourceLocation Loc;
  std::string Text;
};

/// A call in which a thread can be told to stop.
struct StopCall {
  enum class Kind : uint8_t {
    Wait,   ///< becomes its thread_stop_ form
    Test,   ///< pthread_testcancel
    Helper, ///< a function of the thread that returns early on a stop
  };
  Kind K = Kind::Wait;
  FunctionId Inside = NoFunction;
  const clang::CallExpr *Call = nullptr;
  const model::StopForm *Form = nullptr;
  FailedCall Failed;
  FailurePaths Paths;
  /// A test of the flag has to be put after it.
  bool NeedsTest = false;
  /// Right after it: what follows must not be done.
  bool AtOnce = false;
  /// Instead of that, at the beginning of each round of these loops: what is
  /// given back after a failure is given back first.
  std::vector<const clang::Stmt *> Rounds;
};

/// The state of cancellation, as a set.
enum Cancelability : unsigned {
  Enabled = 1,
  Disabled = 2,
  NotKnown = 4,
};

class ThreadCode {
public:
  /// `Starts`: start routines with a body here.
  ThreadCode(TuAnalysis &A, std::vector<FunctionId> Starts);

  const std::vector<FunctionId> &functions() const { return Functions; }
  const std::vector<FunctionId> &starts() const { return Starts; }
  std::vector<StopCall> &stops() { return Stops; }
  const std::vector<Obstacle> &obstacles() const { return Obstacles; }
  /// Endless loops that pass no wait: each needs a test of the flag.
  const std::vector<std::pair<FunctionId, const clang::Stmt *>> &loops() const {
    return Loops;
  }
  /// Calls that a request does not end, should they wait: the first that opens
  /// something, and the first that prints.
  const std::map<bool, const clang::CallExpr *> &unended() const {
    return Unended;
  }
  bool isStart(FunctionId F) const { return llvm::is_contained(Starts, F); }
  /// Whether a thread may be told to stop in this call, or inside of it.
  bool isStop(const clang::CallExpr *C) const { return StopCalls.count(C); }

private:
  void findContexts();
  void scan(FunctionId F);
  void scanCall(FunctionId F, const clang::CallExpr *C, unsigned Modes);
  void scanCallee(FunctionId F, const clang::CallExpr *C,
                  const clang::FunctionDecl &Callee, unsigned Modes);
  bool waitsElsewhere(const clang::CallExpr *C,
                      const clang::FunctionDecl &Callee, std::string &Why);
  void addDestructors(clang::QualType T, std::set<const clang::Type *> &Seen,
                      std::set<FunctionId> &Run);
  void addScopeEnds(FunctionId F, std::set<const clang::Type *> &Seen,
                    std::set<FunctionId> &Run);
  void checkHandlers();
  void checkTypes();
  void decideTests();
  void decideTestsOf(const std::vector<FunctionId> &Component);
  void decideTests(FunctionId F);
  void decideTest(StopCall &S, const FunctionFlow &Flow);
  void addCallsOf(FunctionId F, std::optional<int64_t> Returned);
  bool exits(FunctionId F) const;
  void breakCycles();
  void breakCycle(StopCall &First,
                  const std::map<const clang::CallExpr *, StopCall *> &Of);
  void findLoops(FunctionId F);
  void checkJumps(FunctionId F,
                  const llvm::DenseSet<const clang::CFGBlock *> &Stop);
  bool containsStop(FunctionId F) const;
  void obstacle(const clang::Stmt *S, std::string Text);
  /// Calls `Visit(call, states)` for each call that control can reach.
  void forEachCall(
      FunctionId F,
      llvm::function_ref<void(const clang::CallExpr *, unsigned)> Visit);
  unsigned modesAtBlock(FunctionId F, const clang::CFGBlock &B, size_t Before);

  TuAnalysis &A;
  const std::vector<FunctionId> Starts;
  std::vector<FunctionId> Functions;
  std::map<FunctionId, unsigned> Entry;
  std::vector<StopCall> Stops;
  llvm::DenseSet<const clang::CallExpr *> StopCalls;
  /// Calls of waits that have no form but end by themselves.
  llvm::DenseSet<const clang::CallExpr *> TimedCalls;
  /// Cancellation points that have no form and do not wait for an event.
  llvm::DenseSet<const clang::CallExpr *> PassedPoints;
  std::map<bool, const clang::CallExpr *> Unended;
  std::set<FunctionId> WithStop;
  /// Functions that may end the thread.
  std::set<FunctionId> Exiting;
  /// Functions that return when a wait at their end has failed, and leave it
  /// to their callers to end the thread.
  std::set<FunctionId> Silent, MoreSilent;
  bool HasHandlers = false;
  std::vector<Obstacle> Obstacles;
  std::vector<std::pair<FunctionId, const clang::Stmt *>> Loops;
};

} // namespace thread_stop::flow

#endif
