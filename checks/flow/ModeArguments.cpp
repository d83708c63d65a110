// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/ModeArguments.h"

#include "flow/Definitions.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace thread_stop::flow {

/// A constant that the headers define as a plain macro (musl), or that passed
/// through macros of the program: the innermost known macro name.
static const model::CancelConstant *namedByMacro(SourceLocation L,
                                                 const ASTContext &Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  for (int Depth = 0; L.isMacroID() && Depth < 32; ++Depth) {
    StringRef Name = Lexer::getImmediateMacroName(L, SM, Ctx.getLangOpts());
    if (const model::CancelConstant *Row = model::findCancelConstant(Name))
      return Row;
    L = SM.getImmediateMacroCallerLoc(L);
  }
  return nullptr;
}

namespace {
class ArmCollector {
public:
  ArmCollector(const ASTContext &Ctx, IsConstant KeepsInitialiser)
      : Ctx(Ctx), KeepsInitialiser(KeepsInitialiser) {}

  ModeArms Arms;

  void add(const Expr *E, const Expr *Shown, unsigned Depth) {
    if (!E || Depth > 16 || E->isValueDependent() || E->isTypeDependent())
      return addArm({ModeArm::Kind::Unknown, nullptr, 0, Shown});
    E = E->IgnoreParenCasts();
    if (const auto *C = dyn_cast<ConditionalOperator>(E))
      return addConditional(C, Shown, Depth);
    if (const auto *D = dyn_cast<DeclRefExpr>(E))
      return addReference(D, Shown, Depth);
    if (isa<MemberExpr>(E) || isa<ArraySubscriptExpr>(E) ||
        (isa<UnaryOperator>(E) &&
         cast<UnaryOperator>(E)->getOpcode() == UO_Deref))
      return addArm({ModeArm::Kind::Variable, nullptr, 0, E});
    if (const model::CancelConstant *Row =
            isa<IntegerLiteral>(E) ? namedByMacro(E->getBeginLoc(), Ctx)
                                   : nullptr)
      return addArm({ModeArm::Kind::Named, Row, 0, Shown});
    // Sums and the like of named constants mean nothing to us.
    const bool Literal = isa<IntegerLiteral>(E) || isa<CharacterLiteral>(E) ||
                         isa<CXXBoolLiteralExpr>(E) || isNegativeLiteral(E);
    Expr::EvalResult R;
    if (Literal && E->EvaluateAsInt(R, Ctx))
      return addArm({ModeArm::Kind::Number, nullptr,
                     R.Val.getInt().getExtValue(), Shown});
    addArm({ModeArm::Kind::Unknown, nullptr, 0, Shown});
  }

private:
  static bool isNegativeLiteral(const Expr *E) {
    const auto *U = dyn_cast<UnaryOperator>(E);
    return U && (U->getOpcode() == UO_Minus || U->getOpcode() == UO_Not) &&
           isa<IntegerLiteral>(U->getSubExpr()->IgnoreParenCasts());
  }

  void addArm(ModeArm A) { Arms.push_back(A); }

  void addConditional(const ConditionalOperator *C, const Expr *Shown,
                      unsigned Depth) {
    bool Value = false;
    const Expr *Cond = C->getCond();
    if (!Cond->isValueDependent() &&
        Cond->EvaluateAsBooleanCondition(Value, Ctx))
      return add(Value ? C->getTrueExpr() : C->getFalseExpr(), Shown,
                 Depth + 1);
    add(C->getTrueExpr(), C->getTrueExpr(), Depth + 1);
    add(C->getFalseExpr(), C->getFalseExpr(), Depth + 1);
  }

  void addReference(const DeclRefExpr *D, const Expr *Shown, unsigned Depth) {
    if (const auto *Enumerator = dyn_cast<EnumConstantDecl>(D->getDecl())) {
      if (const model::CancelConstant *Row =
              model::findCancelConstant(Enumerator->getName()))
        return addArm({ModeArm::Kind::Named, Row, 0, Shown});
      if (const Expr *Init = Enumerator->getInitExpr())
        return add(Init, Shown, Depth + 1);
      return addArm({ModeArm::Kind::Number, nullptr,
                     Enumerator->getInitVal().getExtValue(), Shown});
    }
    const auto *V = dyn_cast<VarDecl>(D->getDecl());
    if (V && V->getInit() &&
        (V->getType().isConstQualified() || V->isConstexpr() ||
         KeepsInitialiser(V)) &&
        !isa<ParmVarDecl>(V)) {
      ArmCollector Behind(Ctx, KeepsInitialiser);
      Behind.add(V->getInit(), Shown, Depth + 1);
      // `const int old = critical_enter();` is a saved value, no constant.
      bool Constant = llvm::all_of(Behind.Arms, [](const ModeArm &A) {
        return A.K == ModeArm::Kind::Named || A.K == ModeArm::Kind::Number;
      });
      if (Constant) {
        for (const ModeArm &A : Behind.Arms)
          addArm(A);
        return;
      }
    }
    addArm(
        {V ? ModeArm::Kind::Variable : ModeArm::Kind::Unknown, nullptr, 0, D});
  }

  const ASTContext &Ctx;
  IsConstant KeepsInitialiser;
};
} // namespace

ModeArms modeArms(const Expr *Argument, const ASTContext &Ctx,
                  IsConstant KeepsInitialiser) {
  ArmCollector C(Ctx, KeepsInitialiser);
  C.add(Argument, Argument, 0);
  return std::move(C.Arms);
}

ModeArms reachingArms(const CallExpr &Call, const FunctionDecl &F,
                      const ASTContext &Ctx, PlaceTable &Places,
                      ApiResolver &Apis) {
  const Expr *Argument = Call.getArg(0);
  const auto *D = dyn_cast<DeclRefExpr>(Argument->IgnoreParenCasts());
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!V || isa<ParmVarDecl>(V) || !V->hasLocalStorage() ||
      !V->getType()->isIntegralOrEnumerationType())
    return {};
  ModeArms Arms;
  bool Certain = true;
  CallOracle Oracle(Apis);
  DefinitionFlow Flow(Ctx, Places, F, Oracle);
  Flow.forEach([&](const DefinitionState &S, const Stmt *Each) {
    if (Each != &Call)
      return;
    for (DefinitionId Id : Flow.valueOf(Argument, S)) {
      Certain &= Flow[Id].K == Definition::Kind::Constant;
      if (Certain)
        for (const ModeArm &A : modeArms(Flow[Id].Value, Ctx,
                                         [](const VarDecl *) { return false; }))
          Arms.push_back(A);
    }
  });
  return Certain ? Arms : ModeArms();
}

bool switchesOn(const model::CancelConstant &Row) {
  // ENABLE and DEFERRED are what a thread starts with.
  return Row.Name != "PTHREAD_CANCEL_ENABLE" &&
         Row.Name != "PTHREAD_CANCEL_DEFERRED";
}

ModeArgument modeArgument(const ModeArms &Arms, ModeKind Which,
                          llvm::function_ref<PlaceId(const Expr *)> PlaceOf) {
  ModeArgument A;
  if (Arms.size() == 1 && Arms[0].K == ModeArm::Kind::Variable) {
    A.K = ModeArgument::Kind::FromPlace;
    A.From = PlaceOf(Arms[0].Where);
    return A;
  }
  std::optional<bool> On;
  for (const ModeArm &Arm : Arms) {
    bool ThisOn = false;
    if (Arm.K == ModeArm::Kind::Named && kindOf(Arm.Row->Setting) == Which)
      ThisOn = switchesOn(*Arm.Row);
    else if (Arm.K == ModeArm::Kind::Number &&
             (Arm.Value == 0 || Arm.Value == 1))
      ThisOn = Arm.Value == 1;
    else
      return A;
    if (On && *On != ThisOn)
      return A;
    On = ThisOn;
  }
  if (On) {
    A.K = ModeArgument::Kind::Literal;
    A.On = *On;
  }
  return A;
}

} // namespace thread_stop::flow
