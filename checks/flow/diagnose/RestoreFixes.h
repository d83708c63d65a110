// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fixes for thread-stop-cancel-state-not-restored. Each returns no edits where
// it cannot be sure that the result compiles and restores on every path.

#ifndef THREAD_STOP_CHECKS_FLOW_DIAGNOSE_RESTOREFIXES_H
#define THREAD_STOP_CHECKS_FLOW_DIAGNOSE_RESTOREFIXES_H

#include "flow/TuAnalysis.h"
#include "support/SourceText.h"
#include <array>
#include <map>
#include <set>

namespace thread_stop::flow {

class RestoreFixes {
public:
  RestoreFixes(TuAnalysis &A, const FunctionFlow &F)
      : A(A), F(F), Text(A.context()) {}

  /// At `Site`, give the variable that `Save` saved to.
  std::vector<Edit> useSavedOf(SiteId Site, SiteId Save);
  /// At `Close`, restore what `Open` saved instead of a literal. If it saved
  /// nothing, let it, and change all of `Closers` with it: half of that would
  /// not do.
  std::vector<Edit> restoreInstead(const std::set<SiteId> &Closers,
                                   SiteId Close, SiteId Open, ModeKind W);
  /// Let `Site` save the old value and restore it before every way out.
  std::vector<Edit> saveAndRestore(SiteId Site, ModeKind W);
  /// Restore what `Site` saved before these ways out; if it saved nothing, let
  /// it.
  std::vector<Edit> restoreBefore(const std::set<SiteId> &Exits, SiteId Site,
                                  ModeKind W);

private:
  const clang::CallExpr *call(SiteId S) const;
  /// The variable (or field) whose address is the call's second argument.
  std::string savedVariable(const clang::CallExpr &C);
  /// Edits that make `C` save to a new variable, and its name.
  std::optional<std::vector<Edit>> declareSave(const clang::CallExpr &C,
                                               const clang::Stmt *Upto,
                                               ModeKind W,
                                               std::string &Variable);
  /// Appends to `Edits`; false if it cannot be done.
  bool restoreAt(SiteId Exit, const std::string &Variable, ModeKind W,
                 std::vector<Edit> &Edits);
  const std::map<SiteId, std::vector<StateSet>> &exits();
  /// What is so on all ways to a call that sets a mode.
  struct Before {
    /// The calls whose saved value is still where they put it.
    std::set<SiteId> Saves;
    /// The calls that set the modes.
    std::array<SiteId, 2> SetBy{NoSite, NoSite};
    bool Seen = false;
  };
  const Before &before(SiteId S);
  /// Do all of `States` still have what `Save` saved?
  static bool keepSave(const StateSet &States, SiteId Save);
  bool isVisible(const clang::CallExpr &Saving, const clang::Stmt *Use);
  bool isStatement(const clang::Stmt *S) const;
  const clang::Stmt *parent(const clang::Stmt *S);
  const clang::Stmt *blockOf(const clang::VarDecl *V);
  /// Fills the next three, once: there may be many fixes for one function.
  void scan();
  void note(const clang::NamedDecl *D);
  /// No other declaration of the function hides it.
  bool isOnlyOneOfItsName(const clang::VarDecl *V);
  bool nameIsFree(const std::string &Name);
  /// A name for a new variable that nothing in the function means.
  std::string freeName(ModeKind W);
  std::optional<std::vector<Edit>>
  declareForAll(const clang::CallExpr &C, ModeKind W, std::string &Variable);
  std::vector<Edit> restoreAtAll(const std::set<SiteId> &WaysOut,
                                 const std::string &Variable, ModeKind W,
                                 std::vector<Edit> Edits);
  /// Whether on all of these ways out, what `Site` set is still to be undone.
  bool isOwed(const std::set<SiteId> &WaysOut, SiteId Site, ModeKind W);

  TuAnalysis &A;
  const FunctionFlow &F;
  support::SourceText Text;
  llvm::DenseMap<const clang::Stmt *, const clang::Stmt *> Parents;
  llvm::DenseMap<const clang::Decl *, const clang::Stmt *> Blocks;
  /// That the function uses.
  llvm::DenseSet<const clang::IdentifierInfo *> Names;
  /// How often the body declares the name.
  llvm::DenseMap<const clang::IdentifierInfo *, unsigned> Declarations;
  std::map<SiteId, Before> SetCalls;
  /// Names that fixes have declared.
  std::set<std::string> Given;
  std::set<SiteId> Declared;
  std::optional<std::map<SiteId, std::vector<StateSet>>> Exits;
};

} // namespace thread_stop::flow

#endif
