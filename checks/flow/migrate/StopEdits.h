// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text of a migration: calls get another name, and where a function does
// not leave by itself when a wait has failed, it is told to.

#ifndef THREAD_STOP_CHECKS_FLOW_MIGRATE_STOPEDITS_H
#define THREAD_STOP_CHECKS_FLOW_MIGRATE_STOPEDITS_H

#include "flow/Finding.h"
#include "flow/migrate/ThreadCode.h"
#include "support/SourceText.h"
#include "llvm/ADT/MapVector.h"
#include <set>

namespace thread_stop::flow {

class StopEdits {
public:
  /// `KeepResult`: somebody asks whether the thread's result is
  /// PTHREAD_CANCELED.
  StopEdits(TuAnalysis &A, ThreadCode &Code, bool KeepResult)
      : A(A), Code(Code), KeepResult(KeepResult), Text(A.context()) {}

  /// Each returns false if there is no place for the edit that keeps the
  /// meaning of the code around it.
  bool rename(const clang::CallExpr *C, llvm::StringRef Name);
  bool stop(StopCall &S);
  bool loop(FunctionId F, const clang::Stmt *Loop);
  bool returns(const StopCall &S);

  std::vector<Edit> take();

private:
  using Parents = llvm::DenseMap<const clang::Stmt *, const clang::Stmt *>;
  const Parents &parents(FunctionId F);
  const clang::Stmt *parent(FunctionId F, const clang::Stmt *S) {
    return parents(F).lookup(S);
  }

  bool testAfterCall(const StopCall &S);
  bool testAfterCondition(const StopCall &S, const clang::Stmt *Holder,
                          const clang::Stmt *Child);
  bool testAfter(FunctionId F, const clang::Stmt *S,
                 const std::string &Failed = "");
  bool testOfCall(const StopCall &S);
  bool leavesNext(FunctionId F, const clang::Stmt *S);
  std::string failedVariable(const StopCall &S, const clang::Stmt *Holder);
  bool testAtStart(FunctionId F, const clang::Stmt *Branch);
  bool replaceTest(const StopCall &S);
  bool wrap(FunctionId F, const clang::Stmt *S, const std::string &Before,
            const std::string &After);
  struct Wrap {
    FunctionId F;
    std::string Before, After;
  };
  void finishWrap(const clang::Stmt *S, const Wrap &W);
  bool replaceEmpty(FunctionId F, const clang::Stmt *S);

  bool inBlock(FunctionId F, const clang::Stmt *S);
  std::string wayOut(FunctionId F, const clang::Stmt *At);
  std::string test(FunctionId F, const clang::Stmt *At,
                   const std::string &Indent, const std::string &Failed = "");
  enum class Rest : uint8_t { Leaves, Releases, More };
  Rest after(FunctionId F, const clang::Stmt *Loop);
  bool returnsAfter(FunctionId F, const clang::Stmt *Loop);
  std::string block(FunctionId F, const clang::Stmt *At,
                    clang::SourceLocation Head);
  std::string nullText(FunctionId F);
  std::string lineEnd(clang::SourceLocation L, const std::string &Indent) const;
  std::string unit(FunctionId F);
  clang::SourceLocation endOf(const clang::Stmt *S) const;
  clang::SourceLocation endOfLine(clang::SourceLocation L) const;
  bool insert(clang::SourceLocation L, std::string What);
  /// False if an earlier edit has put a test there.
  bool isNew(const clang::Stmt *S, char Where) {
    return Placed.insert({S, Where}).second;
  }

  TuAnalysis &A;
  ThreadCode &Code;
  const bool KeepResult;
  support::SourceText Text;
  std::map<FunctionId, Parents> Known;
  std::set<std::pair<const clang::Stmt *, char>> Placed;
  llvm::MapVector<const clang::Stmt *, Wrap> Wraps;
  std::vector<Edit> Edits;
};

} // namespace thread_stop::flow

#endif
