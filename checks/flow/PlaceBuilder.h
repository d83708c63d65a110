// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an expression to the place it names. Looks through parentheses, casts,
// references with an initialiser, and one pointer alias step
// (`struct m *p = &s->m;`) where the pointer is never written again.

#ifndef THREAD_STOP_CHECKS_FLOW_PLACEBUILDER_H
#define THREAD_STOP_CHECKS_FLOW_PLACEBUILDER_H

#include "flow/Place.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <optional>

namespace thread_stop::flow {

/// How one function uses its variables; filled by one walk over its body.
struct VariableUse {
  llvm::DenseMap<const clang::VarDecl *, unsigned> Writes; ///< not counting
                                                           ///< initialisers
  llvm::DenseSet<const clang::VarDecl *> AddressTaken;
  /// Read by a branch condition or returned.
  llvm::DenseSet<const clang::VarDecl *> Tested;

  /// Notes what one statement does; not what those below it do.
  void add(const clang::Stmt *S);

  bool neverWritten(const clang::VarDecl *V) const {
    return !Writes.count(V) && !AddressTaken.count(V);
  }
};

/// One walk over a body.
VariableUse useOfVariables(const clang::Stmt *Body);

class PlaceBuilder {
public:
  PlaceBuilder(const clang::ASTContext &Ctx, PlaceTable &Places)
      : Ctx(Ctx), Places(Places) {}

  /// Must be set before the places of another function are asked for.
  const VariableUse *Use = nullptr;
  /// Set while a lambda is read where it is made, in this function: what it
  /// captures from there has the name that it has there.
  const clang::DeclContext *Around = nullptr;

  /// The storage that `E` designates.
  PlaceId lvalue(const clang::Expr *E, unsigned Depth = 0);
  /// The storage that the pointer `E` points to.
  PlaceId pointee(const clang::Expr *E, unsigned Depth = 0);
  /// What a call hands over when `E` is passed (`ByReference`: to a reference
  /// parameter or as the object of a member call).
  Binding binding(const clang::Expr *E, bool ByReference);

  PlaceId variable(const clang::VarDecl *V);
  PlaceId valueOf(const clang::Stmt *Call);
  PlaceId returnOf(const clang::FunctionDecl *F);
  /// The field with which a guard says whether it owns its lock.
  PlaceId ownsField(PlaceId Guard);
  /// Stands for the life of an object, not for anything in it.
  PlaceId lifeOf(PlaceId Object);
  /// An expression without side effects, named by its structure.
  PlaceId expression(const clang::Expr *E, bool AllowCalls);

  static uintptr_t identity(const clang::ValueDecl *D);
  /// The member that a step goes to; null for one that no declaration names.
  static const clang::FieldDecl *fieldOf(const Step &S);

  /// The value of a constant expression.
  std::optional<int64_t> constant(const clang::Expr *E) const;

private:
  PlaceId reference(const clang::DeclRefExpr *D, unsigned Depth);
  PlaceId subscript(const clang::ArraySubscriptExpr *A, unsigned Depth);

  const clang::ASTContext &Ctx;
  PlaceTable &Places;
};

} // namespace thread_stop::flow

#endif
