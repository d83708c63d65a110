// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function as far as stopping by flag and signal goes: where it tests a
// stop flag, where it waits, where it goes when a wait was interrupted.

#ifndef THREAD_STOP_CHECKS_FLOW_STOPPATHS_H
#define THREAD_STOP_CHECKS_FLOW_STOPPATHS_H

#include "flow/StopFlags.h"
#include "flow/Waits.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <optional>
#include <utility>

namespace clang {
class CFG;
}

namespace thread_stop::flow {

struct PathEvent {
  /// MayPoll: of another file, and given what a poll fills.
  enum class Kind { Wait, Call, Unblock, MayPoll };
  Kind K = Kind::Call;
  const clang::CallExpr *Call = nullptr;
  FunctionId Callee = NoFunction;   ///< Call
  const model::Wait *Row = nullptr; ///< Wait
  const MaskCall *Mask = nullptr;   ///< Unblock
};

struct PathBlock {
  std::vector<PathEvent> Events;
  std::vector<uint32_t> Next; ///< NoBlock: never taken
  std::optional<FlagTest> Test;
  /// The comparison of errno with EINTR, and which way leads on if it holds.
  const clang::Expr *Eintr = nullptr;
  uint32_t WhenInterrupted = 0;
  /// Of an operand of `&&` or `||`: which way leads to the next operand.
  std::optional<uint32_t> ToOperand;
};
constexpr uint32_t NoBlock = ~0u;

struct PathPoint {
  uint32_t Block = NoBlock;
  size_t Event = 0;
};

class StopPaths {
public:
  StopPaths(TuAnalysis &A, const StopFlags &Flags, const Waits &Known,
            FunctionId F);

  bool isValid() const { return !Blocks.empty(); }
  FunctionId function() const { return F; }
  const std::vector<PathBlock> &blocks() const { return Blocks; }
  uint32_t entry() const { return Entry; }

  /// The way that is taken when the flag says stop, and the other one.
  uint32_t stopWay(uint32_t Block) const;
  uint32_t goWay(uint32_t Block) const;

  /// What `Visit` sees of the events after a point, in order, until it answers
  /// false, or the flag is tested again.
  using Visitor = llvm::function_ref<bool(const PathEvent &, PathPoint)>;
  void follow(PathPoint From, const StopFlag *Flag, Visitor Visit) const;

  /// Whether `To` can be reached from the block without passing `Without`.
  bool reaches(uint32_t From, uint32_t To, uint32_t Without) const;

  /// Whether two ways come together before the function's end, with something
  /// left to do.
  bool meetAgain(uint32_t X, uint32_t Y) const;

  /// The innermost loop around a statement, or null.
  const clang::Stmt *loopAround(const clang::Stmt *S) const;
  bool isWithin(const clang::Stmt *S, const clang::Stmt *Outer) const;
  const clang::Stmt *parentOf(const clang::Stmt *S) const {
    return Parents.lookup(S);
  }

  /// Whether each way to the event comes from a poll, select or the like, so
  /// that it finds something to read. `Polls` says so of calls.
  bool isAfterPoll(PathPoint At,
                   llvm::function_ref<bool(FunctionId)> Polls) const;

  /// The EINTR comparison after which the wait is made again without a test
  /// of the flag, or null.
  const clang::Expr *retryOf(PathPoint Wait, const StopFlag *Flag) const;

private:
  bool isMadeAgain(uint32_t From, PathPoint Wait, const StopFlag &Flag) const;
  bool areSetTogether(const StopFlag &X, const StopFlag &Y) const;
  /// A test of the flag, or of another that tells of the same signal.
  bool looksAt(const PathBlock &B, const StopFlag &Flag) const;
  /// Whether there is a way from `From` to the event that passes no poll.
  bool comesTo(PathPoint At, PathPoint From, bool Ready,
               llvm::function_ref<bool(FunctionId)> Polls) const;
  void addElement(PathBlock &B, const clang::Stmt *S);
  void addCondition(PathBlock &B, const clang::Stmt *Condition);
  void splitJoined(const clang::CFG &Graph);
  bool isErrno(const clang::Expr *E) const;
  std::vector<uint8_t> reachedFrom(uint32_t From, uint32_t Without) const;

  TuAnalysis &A;
  const StopFlags &Flags;
  const Waits &Known;
  FunctionId F;
  std::vector<PathBlock> Blocks;
  mutable std::map<std::pair<const StopFlag *, const StopFlag *>, bool>
      SetTogether;
  uint32_t Entry = 0;
  llvm::DenseMap<const clang::Stmt *, const clang::Stmt *> Parents;
};

} // namespace thread_stop::flow

#endif
