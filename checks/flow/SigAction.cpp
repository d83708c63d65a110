// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a struct sigaction holds when it is handed over.

#include "flow/History.h"
#include "flow/Signals.h"
#include "flow/TuAnalysis.h"

using namespace clang;

namespace thread_stop::flow {

using Restart = Install::Restart;

/// The same on all of Linux.
static constexpr int64_t RestartFlag = 0x10000000;

void ActionValue::join(const ActionValue &Other) {
  Handlers.add(Other.Handlers);
  if (Restarts != Other.Restarts)
    Restarts = Restart::Unknown;
  for (const Expr *E : Other.Flags)
    if (!llvm::is_contained(Flags, E))
      Flags.push_back(E);
}

static bool isNamed(const ValueDecl *D, llvm::StringRef Name) {
  return D && D->getIdentifier() && D->getName() == Name;
}

static bool isHandlerField(const ValueDecl *D) {
  return isNamed(D, "sa_handler") || isNamed(D, "sa_sigaction");
}

/// The object that `E`, a member of a struct sigaction, belongs to.
static const ValueDecl *ownerOf(const MemberExpr *M) {
  const Expr *Base = M->getBase()->IgnoreParenCasts();
  // sa_handler is a macro for a member of a nameless union.
  if (const auto *Union = dyn_cast<MemberExpr>(Base);
      Union && M->getMemberDecl()->getDeclContext()->isRecord() &&
      cast<RecordDecl>(M->getMemberDecl()->getDeclContext())->isUnion())
    return ownerOf(Union);
  return M->isArrow() ? pointeeDecl(M->getBase()) : storageDecl(Base);
}

namespace {
class ActionReader {
public:
  ActionReader(Values &Vals, const FunctionIndex &Index)
      : Vals(Vals), Index(Index) {}

  ActionValue ofExpression(const Expr *E, const Frame *In) {
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *C = dyn_cast<CompoundLiteralExpr>(E))
      E = C->getInitializer()->IgnoreImplicit();
    const auto *L = dyn_cast<InitListExpr>(E);
    if (L && !L->isSemanticForm() && L->getSemanticForm())
      L = L->getSemanticForm();
    if (L)
      return ofList(L, In);
    if (isa<ImplicitValueInitExpr>(E) || isa<CXXScalarValueInitExpr>(E) ||
        isa<CXXConstructExpr>(E))
      return zero();
    return unknown();
  }

  static ActionValue unknown() {
    ActionValue Out;
    Out.Handlers.Incomplete = true;
    return Out;
  }

  static ActionValue zero() {
    ActionValue Out;
    Out.Restarts = Restart::No;
    return Out;
  }

  void apply(ActionValue &V, const Stmt *S, const ValueDecl *Of,
             const Frame *In, unsigned Depth) {
    if (const auto *D = dyn_cast<DeclStmt>(S)) {
      for (const Decl *Each : D->decls())
        if (const auto *Var = dyn_cast<VarDecl>(Each);
            Var && Var->getCanonicalDecl() == Of &&
            !Var->getType()->isPointerType())
          V = Var->getInit() && !isDefaultConstructed(*Var)
                  ? ofExpression(Var->getInit(), In)
                  : unknown();
    } else if (const auto *B = dyn_cast<BinaryOperator>(S)) {
      applyAssignment(V, B, Of, In);
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S)) {
      if (O->getOperator() == OO_Equal && O->getNumArgs() == 2 &&
          storageDecl(O->getArg(0)) == Of)
        V = ofExpression(O->getArg(1), In);
    } else if (const auto *C = dyn_cast<CallExpr>(S)) {
      applyCall(V, C, Of, In, Depth);
    }
  }

private:
  /// `struct sigaction sa;` in C++ has an initialiser, too.
  static bool isDefaultConstructed(const VarDecl &V) {
    const auto *C = dyn_cast<CXXConstructExpr>(V.getInit()->IgnoreImplicit());
    return C && !C->requiresZeroInitialization() && !C->isListInitialization();
  }

  ActionValue ofList(const InitListExpr *L, const Frame *In) {
    ActionValue Out = zero();
    const RecordDecl *R = L->getType()->getAsRecordDecl();
    if (!R)
      return unknown();
    for (const FieldDecl *F : R->fields()) {
      const Expr *E = initializerOf(L, F);
      if (!E)
        continue;
      E = E->IgnoreImplicit();
      if (const auto *Inner = dyn_cast<InitListExpr>(E);
          Inner && F->getType()->isUnionType()) {
        if (const FieldDecl *Set = Inner->getInitializedFieldInUnion();
            isHandlerField(Set) && Inner->getNumInits() == 1)
          Out.Handlers = Vals.resolve(Inner->getInit(0), In);
      } else if (isHandlerField(F)) {
        Out.Handlers = Vals.resolve(E, In);
      } else if (isNamed(F, "sa_flags")) {
        setFlags(Out, E, In);
      }
    }
    return Out;
  }

  void setFlags(ActionValue &V, const Expr *E, const Frame *In) {
    V.Flags.clear();
    V.Restarts = Restart::Unknown;
    const ResolvedSet All = Vals.resolve(E, In);
    bool Yes = !All.Items.empty(), No = Yes;
    for (const Resolved &R : All.Items) {
      const bool Has = hasRestart(R.E);
      Yes &= Has;
      No &= !Has && Vals.integer(R.E).has_value();
    }
    if (All.Incomplete || Yes == No)
      return;
    V.Restarts = Yes ? Restart::Yes : Restart::No;
    if (Yes)
      V.Flags.push_back(E);
  }

  /// `SA_RESTART | others`, whatever the others are.
  bool hasRestart(const Expr *E) const {
    if (const std::optional<int64_t> N = Vals.integer(E))
      return (*N & RestartFlag) != 0;
    const auto *B = dyn_cast<BinaryOperator>(E->IgnoreParenImpCasts());
    return B && B->getOpcode() == BO_Or &&
           (hasRestart(B->getLHS()) || hasRestart(B->getRHS()));
  }

  void applyAssignment(ActionValue &V, const BinaryOperator *B,
                       const ValueDecl *Of, const Frame *In) {
    if (!B->isAssignmentOp())
      return;
    const Expr *To = B->getLHS()->IgnoreParenCasts();
    if (storageDecl(To) == Of && B->getOpcode() == BO_Assign &&
        B->getType()->isRecordType()) {
      V = ofExpression(B->getRHS(), In);
      return;
    }
    const auto *M = dyn_cast<MemberExpr>(To);
    if (!M || ownerOf(M) != Of)
      return;
    if (isHandlerField(M->getMemberDecl())) {
      V.Handlers = Vals.resolve(B->getRHS(), In);
    } else if (isNamed(M->getMemberDecl(), "sa_flags")) {
      if (B->getOpcode() == BO_Assign) {
        setFlags(V, B->getRHS(), In);
      } else if (B->getOpcode() == BO_OrAssign) {
        if (hasRestart(B->getRHS())) {
          V.Restarts = Restart::Yes;
          V.Flags.push_back(B->getRHS());
        } else if (!Vals.integer(B->getRHS()) && V.Restarts == Restart::No) {
          V.Restarts = Restart::Unknown;
        }
      } else if (const auto N = Vals.integer(B->getRHS());
                 N && B->getOpcode() == BO_AndAssign) {
        if (!(*N & RestartFlag)) {
          V.Restarts = Restart::No;
          V.Flags.clear();
        }
      } else {
        V.Restarts = Restart::Unknown;
      }
    }
  }

  void applyCall(ActionValue &V, const CallExpr *C, const ValueDecl *Of,
                 const Frame *In, unsigned Depth) {
    const FunctionDecl *F = Index.calleeOf(*C);
    for (unsigned I = 0; I < C->getNumArgs(); ++I) {
      const Expr *Arg = C->getArg(I);
      const QualType T = Arg->IgnoreParenImpCasts()->getType();
      if ((!T->isPointerType() && !T->isArrayType()) || pointeeDecl(Arg) != Of)
        continue;
      const llvm::StringRef Name =
          F && F->getIdentifier() ? F->getName() : llvm::StringRef();
      if (Name == "memset" || Name == "__builtin_memset" || Name == "bzero" ||
          Name == "explicit_bzero" || Name == "__builtin___memset_chk") {
        V = zero();
        continue;
      }
      if (const FunctionId Id = Index.idOf(F); Id != NoFunction && Depth < 3) {
        throughCallee(V, *C, I, Id, In, Depth);
        continue;
      }
      const ParmVarDecl *P =
          F && I < F->getNumParams() ? F->getParamDecl(I) : nullptr;
      if (!P || !P->getType()->isPointerType() ||
          !P->getType()->getPointeeType().isConstQualified())
        V = unknown();
    }
  }

  void throughCallee(ActionValue &V, const CallExpr &C, unsigned Argument,
                     FunctionId Id, const Frame *In, unsigned Depth) {
    const FunctionDecl *F = Index[Id].Decl;
    if (Argument >= F->getNumParams())
      return;
    const auto *P =
        cast<ValueDecl>(F->getParamDecl(Argument)->getCanonicalDecl());
    const Frame *Inner = Vals.enter({&C, NoFunction}, F, In);
    auto Effect = [&](ActionValue &Now, const Stmt *S) {
      apply(Now, S, P, Inner, Depth + 1);
    };
    auto Decide = [&](const Expr *E) { return Vals.truth(E, Inner); };
    History<ActionValue> H(V, Effect, Decide);
    if (std::optional<ActionValue> After = H.atEnd(F->getBody()))
      V = *After;
  }

  Values &Vals;
  const FunctionIndex &Index;
};
} // namespace

ActionValue actionAt(const Expr *Action, const Stmt *At,
                     const FunctionDecl *Inside, const Frame *In, Values &Vals,
                     const FunctionIndex &Index) {
  ActionReader Reader(Vals, Index);
  const Expr *E = Action->IgnoreParenCasts()->IgnoreImplicit();
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_AddrOf) {
    const Expr *Object = U->getSubExpr()->IgnoreParenCasts();
    if (isa<CompoundLiteralExpr>(Object))
      return Reader.ofExpression(Object, In);
    // An element of a table, or a member of one.
    if (Vals.tableOf(Object)) {
      const ResolvedSet All = Vals.resolve(Object, In);
      std::optional<ActionValue> Out;
      for (const Resolved &R : All.Items) {
        const ActionValue Each = Reader.ofExpression(R.E, R.In);
        if (Out)
          Out->join(Each);
        else
          Out = Each;
      }
      if (Out && !All.Incomplete)
        return *Out;
    }
  }
  const ValueDecl *Of = pointeeDecl(Action);
  if (!Of || !Inside)
    return ActionReader::unknown();
  ActionValue Start = ActionReader::unknown();
  if (const auto *V = dyn_cast<VarDecl>(Of); V && V->hasGlobalStorage()) {
    if (const Expr *Init = V->getAnyInitializer())
      Start = Reader.ofExpression(Init, nullptr);
    else if (!V->hasExternalStorage())
      Start = ActionReader::zero();
  }
  auto Effect = [&](ActionValue &Now, const Stmt *S) {
    Reader.apply(Now, S, Of, In, 0);
  };
  // `if (restart)` in a wrapper, with what its caller passes.
  auto Decide = [&](const Expr *E) { return Vals.truth(E, In); };
  History<ActionValue> H(Start, Effect, Decide);
  const std::optional<ActionValue> Found = H.before(Inside->getBody(), At);
  return Found ? *Found : ActionReader::unknown();
}

} // namespace thread_stop::flow
