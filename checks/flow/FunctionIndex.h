// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of a translation unit that the user wrote, who calls whom, and
// which of them matter to cancellation. One walk over the user's code; system
// headers are never entered.

#ifndef THREAD_STOP_CHECKS_FLOW_FUNCTIONINDEX_H
#define THREAD_STOP_CHECKS_FLOW_FUNCTIONINDEX_H

#include "flow/Api.h"
#include "flow/Facts.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Stmt.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include <deque>
#include <vector>

namespace thread_stop::flow {

/// A call in user code that a check looks at directly.
struct ApiCall {
  const clang::Expr *Call = nullptr; ///< CallExpr or CXXConstructExpr
  const clang::FunctionDecl *Callee = nullptr;
  FunctionId Inside = NoFunction; ///< NoFunction: a global initialiser
  /// Called through a variable that can only hold this function.
  bool ThroughPointer = false;
};

struct FunctionInfo {
  const clang::FunctionDecl *Decl = nullptr; ///< the definition
  std::vector<FunctionId> Callees;           ///< unique, in source order
  std::vector<FunctionId> Callers;
  /// Functions that the body names without calling them, handlers above all.
  std::vector<FunctionId> Named;

  // What the body itself mentions.
  bool SetsMode = false;
  bool HasRegion = false; ///< a cleanup push
  bool UsesLocks = false;
  bool TestsCancel = false; ///< pthread_testcancel
  /// Joins, detaches, cancels or signals a thread.
  bool UsesThreads = false;

  // What others do with the function.
  bool AddressTaken = false; ///< other than as start routine or handler
  bool IsStarted = false;    ///< given to a function that creates threads
  bool IsStartRoutine = false;
  bool IsMain = false;
  /// Nobody here calls it by name, but somebody unseen can: through its
  /// address, as an overrider, as a lambda or functor.
  bool MayBeThreadBody = false;
  /// Its address goes where a start routine's may, but for the parameter's
  /// type.
  bool MayOwnThread = false;

  /// The body or something it calls sets state or type or pushes a handler.
  bool ReachesMode = false;
  /// The same, or uses locks.
  bool ReachesEffect = false;
  /// The body or something it calls has UsesThreads.
  bool ReachesThreads = false;
  /// Called, at whatever depth, from a function with ReachesMode.
  bool Needed = false;
  /// The gated checks look at it, or at something that calls it.
  bool Gated = false;
  /// It is solved, and calls of it are followed through its summary.
  bool Followed = false;
};

class FunctionIndex {
public:
  FunctionIndex(const clang::ASTContext &Ctx, ApiResolver &Apis)
      : Ctx(Ctx), Apis(Apis) {}

  /// Walks the traversal scope of the context (all of it for clang-tidy, the
  /// main file's declarations for clangd) and whatever is called from there.
  void build();

  const FunctionInfo &operator[](FunctionId F) const { return Functions[F]; }
  size_t size() const { return Functions.size(); }

  /// The id of a function with a body in user code, else NoFunction.
  FunctionId idOf(const clang::FunctionDecl *F) const;

  /// Callees before callers; functions that call each other stand together.
  const std::vector<std::vector<FunctionId>> &components() const {
    return Components;
  }

  /// Marks `Roots`, and what they call or name, as gated, and decides which
  /// functions are followed.
  void follow(const std::vector<FunctionId> &Roots);

  /// Calls of forced stops, and calls that set state or type.
  std::vector<ApiCall> ForcedStops;
  std::vector<ApiCall> ModeCalls;
  /// Some thread is asked to stop, by force or not.
  bool AsksThreads = false;
  /// Some mutex is made robust: its next owner is told that the last one died.
  bool MakesRobust = false;
  /// Calls that create threads.
  std::vector<ApiCall> Creations;
  /// Calls that wait for a thread's end, and calls that end one.
  std::vector<ApiCall> Joins;
  std::vector<ApiCall> ThreadExits;
  /// Calls of functions that signal_api.tsv names.
  std::vector<ApiCall> SignalCalls;

  /// Every function declaration that user code names or declares, by name; for
  /// finding the other half of a pair.
  const std::vector<const clang::FunctionDecl *> &declarations() const {
    return Declarations;
  }

  /// A forced stop among the functions that `(hard ? stop : ask)(t)` may call.
  const clang::FunctionDecl *forcedStopIn(const clang::CallExpr &C) const;
  /// The one function that a call can reach, through a variable if need be.
  const clang::FunctionDecl *calleeOf(const clang::CallExpr &C,
                                      bool *ThroughPointer = nullptr) const;

  /// The function that an expression denotes: its name, `&name`, a cast, a
  /// lambda without captures, a variable with one known value.
  const clang::FunctionDecl *onlyElement(const clang::Expr *Table) const;
  const clang::FunctionDecl *functionOf(const clang::Expr *E) const;

private:
  struct Walk;
  void visitDecl(const clang::Decl *D);
  void visitFunction(const clang::FunctionDecl *F);
  void walkPending();
  void walkBody(const clang::Stmt *Body, FunctionId Inside);
  void visitExpr(const clang::Stmt *S, FunctionId Inside);
  void visitCall(const clang::Expr *Call, const clang::FunctionDecl *Callee,
                 FunctionId Inside, bool ThroughPointer);
  void noteOnce(const clang::Expr *Call, const clang::FunctionDecl &Callee,
                FunctionId Inside);
  void noteCreation(const clang::Expr *Call, const clang::FunctionDecl &Callee);
  void noteReference(const clang::FunctionDecl *F, FunctionId Inside);
  void noteAssignment(const clang::Expr *To, const clang::Expr *Value);
  void noteVariable(const clang::VarDecl *V);
  void noteConstruction(const clang::CXXConstructExpr *C, FunctionId Inside);
  FunctionId add(const clang::FunctionDecl *Definition);
  void addCall(FunctionId From, FunctionId To);
  void findRoles();
  void findComponents();
  void propagate();

  /// What a function pointer variable or field may hold: one function, or
  /// several or unknown (null after `Many`).
  struct PointerValue {
    const clang::FunctionDecl *Only = nullptr;
    bool Many = false;
  };

  const clang::ASTContext &Ctx;
  ApiResolver &Apis;
  std::vector<FunctionInfo> Functions;
  llvm::DenseMap<const clang::FunctionDecl *, FunctionId> Ids;
  std::vector<FunctionId> Pending;
  /// All of `Callees` and all of `Named`: a function may have thousands.
  llvm::DenseSet<std::pair<FunctionId, FunctionId>> Called, Mentioned;
  std::vector<std::vector<FunctionId>> Components;
  std::vector<const clang::FunctionDecl *> Declarations;
  llvm::DenseMap<const clang::ValueDecl *, PointerValue> Pointers;
  /// Calls through variables, resolved when all assignments are known.
  std::vector<std::pair<const clang::CallExpr *, FunctionId>> Indirect;
  /// References to functions that are neither called nor started there.
  llvm::DenseMap<const clang::FunctionDecl *, unsigned> Mentions;
  llvm::DenseMap<const clang::FunctionDecl *, unsigned> Uses;
  /// References that hand a function to the C library for something else than
  /// a thread: signal handlers, cleanup handlers, TSD destructors, comparers.
  llvm::DenseMap<const clang::FunctionDecl *, unsigned> Callbacks;
  void noteCallback(const clang::Expr *E);
};

} // namespace thread_stop::flow

#endif
