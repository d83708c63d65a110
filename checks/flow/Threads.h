// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which thread is cancelled: from a handle given to pthread_cancel to the calls
// that created it, and from there to the code that it runs.
//
// A handle is named by the variable or record member that it is kept in. All
// elements of an array, and the same member of all objects of a record, are one
// handle: they are filled and emptied in loops, by functions that do not see
// each other's objects. Copies join handles: `w->thread = t`, `t = *p`, and an
// argument with the parameter that it becomes.

#ifndef THREAD_STOP_CHECKS_FLOW_THREADS_H
#define THREAD_STOP_CHECKS_FLOW_THREADS_H

#include "flow/FunctionIndex.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>
#include <vector>

namespace thread_stop::flow {

/// Index into Threads::handles().
using HandleId = uint32_t;
constexpr HandleId NoHandle = ~0u;

/// A call that creates a thread from a function.
struct ThreadCreate {
  const clang::CallExpr *Call = nullptr;
  FunctionId Inside = NoFunction;
  HandleId Handle = NoHandle;
  /// The function that the thread runs; null if it is not known.
  const clang::FunctionDecl *Routine = nullptr;
  /// The same, if it has a body here.
  FunctionId Start = NoFunction;
  /// Created by thread_stop_create, so that it can be asked to stop.
  bool Attached = false;
  /// The argument that says what it runs, as far as `At` tells it.
  const clang::Expr *RoutineExpr = nullptr;
  /// The thread's argument, as far as `At` tells it.
  const clang::Expr *Data = nullptr;
  /// Who has this thread created: `Call`, or the call in `Inside` of a function
  /// that hands its parameters on to `Call`.
  const clang::CallExpr *At = nullptr;
};

/// A call that does something to a thread. One that does it to a parameter
/// counts once more for each handle that callers in this file give.
struct ThreadUse {
  model::CancelRole Role = model::CancelRole::HandleUse;
  const clang::CallExpr *Call = nullptr;
  const model::CancelApi *Row = nullptr;
  FunctionId Inside = NoFunction; ///< of `Call`
  HandleId Handle = NoHandle;
  /// `Call`, or the call that gave the handle to a function's parameter.
  const clang::CallExpr *At = nullptr;
  /// The handle is a parameter that callers here give: each has its own entry.
  bool OfCallers = false;
  unsigned Depth = 0; ///< how many calls away `At` is
  /// The caller's own handle, as pthread_self() gives it.
  bool Self = false;
  /// The handle is that of a std::thread or std::jthread.
  bool OfObject = false;
  /// Then the variable, member or container that holds the object, or null.
  const clang::ValueDecl *Object = nullptr;
};

/// A set of variables and members that may hold the same handle.
struct ThreadHandle {
  std::vector<const clang::ValueDecl *> Names;
  /// Where the handle goes to code, or comes from code, that is not seen here;
  /// invalid if it does not.
  clang::SourceLocation Escapes;
  /// The same, but for functions that only give the memory for the handles,
  /// or take it back.
  clang::SourceLocation Leaves;
  /// A name of it that other files can use as well, or null.
  const clang::ValueDecl *Visible = nullptr;
};

class Values;

class Threads {
public:
  Threads(const clang::ASTContext &Ctx, const FunctionIndex &Index,
          ApiResolver &Apis);
  ~Threads();

  const std::vector<ThreadCreate> &creates() const { return Creates; }
  const std::vector<ThreadUse> &uses() const { return Uses; }
  /// join() and detach() of std::thread and std::jthread.
  const std::vector<ThreadUse> &objectUses() const { return ObjectUses; }
  /// Calls of functions that nobody sees, which get a place for a handle beside
  /// a start routine. Whether they create a thread is not known; if they do,
  /// this is its handle.
  const std::vector<ThreadCreate> &foreignCreates() const { return Foreign; }
  const ThreadHandle &handle(HandleId H) const { return Handles[H]; }
  size_t handles() const { return Handles.size(); }

  /// The creations whose handle a use may mean.
  std::vector<const ThreadCreate *> createsOf(HandleId H) const;
  /// What the thread that a use means may run, as far as it is seen here, each
  /// once. Empty: nobody knows.
  std::vector<FunctionId> startsOf(const ThreadUse &U) const;
  /// The uses of one role.
  std::vector<const ThreadUse *> usesOf(HandleId H,
                                        model::CancelRole Role) const;

  /// The handle that an expression names, or points to; NoHandle if none.
  HandleId handleOf(const clang::Expr *E) const;

  /// `Start` and what it calls here, at whatever depth; each once, callers
  /// before the functions that they alone call.
  static std::vector<FunctionId> reachable(const FunctionIndex &Index,
                                           FunctionId Start);

private:
  struct Reference;
  /// A handle that a call gives to a parameter.
  struct Link {
    const clang::ValueDecl *Given = nullptr;
    const clang::CallExpr *Call = nullptr;
    FunctionId Inside = NoFunction;
  };
  void collect(const clang::Stmt *Body, FunctionId Inside);
  void addCall(const clang::CallExpr &C, FunctionId Inside);
  void addForeign(const clang::CallExpr &C, const clang::FunctionDecl &F,
                  FunctionId Inside);
  // ThreadObjects.cpp
  void collectObjects(FunctionId Inside);
  void noteObject(const clang::ValueDecl *Holder, const clang::Expr *Value);
  const clang::ValueDecl *objectOf(const clang::Expr *E) const;
  void addMemberCall(const clang::CXXMemberCallExpr &C, FunctionId Inside);
  void classify(const Reference &R);
  void classifyArgument(const Reference &R, const clang::CallExpr &C);
  void noteFlow(const clang::Expr *To, const clang::Expr *From,
                const clang::ValueDecl *Seen, clang::SourceLocation At);
  void linkParameter(const Reference &R, const clang::ParmVarDecl *P,
                     const clang::CallExpr &C, FunctionId Callee);
  // ThreadCallers.cpp
  void joinCopiedParameters();
  void followCallers();
  void addCallersOf(size_t Use);
  void addCallersOf(const ThreadCreate &C, unsigned Depth);
  void addRoutines(const ThreadCreate &C);
  void finish();

  uint32_t node(const clang::ValueDecl *D);
  uint32_t root(uint32_t N) const;
  void join(const clang::ValueDecl *A, const clang::ValueDecl *B);
  bool isMemory(const clang::CallExpr &C);
  void escape(const clang::ValueDecl *D, clang::SourceLocation At,
              bool OnlyMemory = false);
  bool isVisibleElsewhere(const clang::ValueDecl *D) const;

  const clang::ASTContext &Ctx;
  const FunctionIndex &Index;
  ApiResolver &Apis;
  std::vector<ThreadCreate> Creates, Foreign;
  std::vector<ThreadUse> Uses, ObjectUses;
  /// By the parameter that gets the handle, and by the function called.
  llvm::DenseMap<const clang::ValueDecl *, std::vector<Link>> Links;
  std::vector<std::vector<Link>> CallSites;
  std::unique_ptr<Values> Constants; ///< made when a table is asked for
  llvm::DenseMap<const clang::ValueDecl *, std::vector<FunctionId>>
      ObjectStarts;
  /// The container that a variable of a range-based loop goes through.
  llvm::DenseMap<const clang::VarDecl *, const clang::Expr *> RangeOf;
  std::vector<ThreadHandle> Handles;
  llvm::DenseMap<const clang::ValueDecl *, uint32_t> Nodes;
  mutable std::vector<uint32_t> Parents;
  std::vector<const clang::ValueDecl *> Decls;
  std::vector<clang::SourceLocation> EscapedAt, LeftAt;
  llvm::DenseMap<uint32_t, HandleId> HandleOfRoot;
};

} // namespace thread_stop::flow

#endif
