// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function, ready to be solved and diagnosed: its facts, and what the
// numbers in them stand for.

#ifndef THREAD_STOP_CHECKS_FLOW_FUNCTIONFLOW_H
#define THREAD_STOP_CHECKS_FLOW_FUNCTIONFLOW_H

#include "flow/CleanupRegions.h"
#include "flow/Facts.h"
#include "flow/PlaceBuilder.h"
#include "flow/Solver.h"
#include "flow/State.h"
#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/DenseSet.h"
#include <memory>
#include <vector>

namespace clang {
class CFG;
}

namespace thread_stop::flow {

/// What a SiteId stands for.
struct Site {
  const clang::Stmt *S = nullptr; ///< null: the function's closing brace
  clang::SourceLocation Loc;
};

/// What running a cleanup handler gives back.
struct HandlerInfo {
  FunctionId Function = NoFunction; ///< its summary tells
  Binding Argument;
  PlaceId Releases = NoPlace; ///< the handler is an unlocking API itself
  PlaceId Frees = NoPlace;    ///< ... an API that releases what this holds
  bool IsLibrary = false;     ///< some function of the C library
  bool IsDestructor = false;  ///< Argument is the object
  /// Argument is what the object with the destructor refers to.
  bool Refers = false;
  /// Code that an object was given and that its end runs: for locks, and for
  /// what Frees says.
  bool OfCode = false;
};

struct FunctionFlow {
  FunctionId Id = NoFunction;
  const clang::FunctionDecl *Decl = nullptr;
  FlowGraph Graph;
  std::vector<Site> Sites;
  std::vector<CleanupRegion> Regions;
  VariableUse Use;                   ///< only kept if there are regions
  std::vector<HandlerInfo> Handlers; ///< one per region
  /// Of the variables with a cleanup attribute or a destructor, and of the code
  /// that is given to such.
  std::vector<HandlerInfo> ScopeHandlers;
  PlaceId ReturnPlace = NoPlace;
  std::vector<PlaceId> EntryLocks;
  SiteId EndSite = NoSite;
  /// False: clang could not build a control flow graph; nothing is known.
  bool Valid = false;

  Solution<StateSet> Solved;
  /// What the graph was made from, with the same numbers of blocks; only kept
  /// with Options::Migrate.
  std::shared_ptr<const clang::CFG> Source;

  /// Whether control can reach the statement (true if nothing is known).
  bool reaches(const clang::Stmt *S) const {
    return !Valid || !Unreached.count(S);
  }
  /// In the graph, but in none of the blocks that control can reach.
  llvm::DenseSet<const clang::Stmt *> Unreached;

  SiteId addSite(const clang::Stmt *S, clang::SourceLocation L) {
    Sites.push_back({S, L});
    return static_cast<SiteId>(Sites.size() - 1);
  }
};

} // namespace thread_stop::flow

#endif
