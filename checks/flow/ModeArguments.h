// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first argument of pthread_setcancelstate and pthread_setcanceltype: which
// constant stands there, however it is spelled.

#ifndef THREAD_STOP_CHECKS_FLOW_MODEARGUMENTS_H
#define THREAD_STOP_CHECKS_FLOW_MODEARGUMENTS_H

#include "flow/Api.h"
#include "flow/Facts.h"
#include "model/CancelApi.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace thread_stop::flow {

/// One value that the argument can have.
struct ModeArm {
  enum class Kind : uint8_t {
    Named,    ///< a PTHREAD_CANCEL_* constant, `Row`
    Number,   ///< a plain number, `Value`
    Variable, ///< what a variable holds, `Where`
    Unknown,
  };
  Kind K = Kind::Unknown;
  const model::CancelConstant *Row = nullptr;
  int64_t Value = 0;
  const clang::Expr *Where = nullptr; ///< the arm itself
};

using ModeArms = llvm::SmallVector<ModeArm, 2>;

/// Whether a variable keeps its initialiser for ever.
using IsConstant = llvm::function_ref<bool(const clang::VarDecl *)>;

/// All arms of `Argument`: both sides of a conditional, the value behind a
/// const variable, macro or enumerator of the program.
ModeArms modeArms(const clang::Expr *Argument, const clang::ASTContext &Ctx,
                  IsConstant KeepsInitialiser);

/// What the argument of `Call`, a local variable of `F`, may hold there, where
/// that is one of some constants; else nothing.
ModeArms reachingArms(const clang::CallExpr &Call, const clang::FunctionDecl &F,
                      const clang::ASTContext &Ctx, PlaceTable &Places,
                      ApiResolver &Apis);

/// "On" in the sense of ModeKind for a constant of the right kind.
bool switchesOn(const model::CancelConstant &Row);

/// The argument as the flow analysis sees it. `PlaceOf` names variables.
ModeArgument
modeArgument(const ModeArms &Arms, ModeKind Which,
             llvm::function_ref<PlaceId(const clang::Expr *)> PlaceOf);

inline ModeKind kindOf(model::CancelSetting S) {
  return S == model::CancelSetting::State ? ModeKind::State : ModeKind::Type;
}

/// A constant of the other kind.
inline bool isSwapped(const ModeArm &A, ModeKind Which) {
  return A.K == ModeArm::Kind::Named && kindOf(A.Row->Setting) != Which;
}

} // namespace thread_stop::flow

#endif
