// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a thread got as its argument, where the handle is kept in that very
// object: `pthread_create(&c->thread, NULL, run, c)`. So whoever reaches the
// thread by a handle `x->thread` elsewhere, has its data: `*x`.

#ifndef THREAD_STOP_CHECKS_FLOW_DIAGNOSE_THREADDATA_H
#define THREAD_STOP_CHECKS_FLOW_DIAGNOSE_THREADDATA_H

#include "flow/TuAnalysis.h"

#include <map>
#include <optional>

namespace thread_stop::flow {

class ThreadData {
public:
  ThreadData(TuAnalysis &A, const Threads &All) : A(A), All(All) {}

  /// What is taken from under a thread.
  struct Taken {
    PlaceId Object = NoPlace;
    std::vector<uintptr_t> Fields; ///< on from `Object`
    const clang::Stmt *At = nullptr;
    const clang::Expr *Argument = nullptr;
  };

  /// Does each thread that the request in `F` may mean have `What`: the object
  /// that holds the handle, or a part that its code names? `Handle` is the
  /// place that `F` keeps it in.
  bool has(const ThreadUse &Request, PlaceId Handle, const FunctionFlow &F,
           const Taken &What);

private:
  bool has(const ThreadCreate &C, PlaceId Handle, const Taken &What);
  const VariableUse &useIn(FunctionId F);
  std::optional<std::vector<Step>> wayToHandle(const ThreadCreate &C);
  PlaceId original(const ThreadUse &Request, PlaceId Handle,
                   const FunctionFlow &F);
  bool uses(FunctionId Start, const std::vector<uintptr_t> &Fields);
  bool waits(const clang::Stmt *S, bool Within);
  bool asksThread(const clang::Expr *Condition, FunctionId Start);
  bool mayWait(const FunctionFlow &F, const clang::Stmt *From,
               const clang::Stmt *To, FunctionId Start);

  TuAnalysis &A;
  const Threads &All;
  std::map<FunctionId, VariableUse> Uses;
  /// The members that a thread's code names, by its start routine.
  std::map<FunctionId, llvm::DenseSet<uintptr_t>> Named;
};

} // namespace thread_stop::flow

#endif
