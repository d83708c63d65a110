// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Definitions.h: what statements do to a state, and the fixpoint.

#include "flow/AstWalk.h"
#include "flow/CleanupRegions.h"
#include "flow/Definitions.h"
#include "clang/AST/DeclCXX.h"

#include <algorithm>
#include <set>

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned VisitsPerBlock = 40;
/// clang builds the graph of `a && b && ...` recursively.
static constexpr unsigned MaxLogicalDepth = 5000;

//===--- Transfer ---------------------------------------------------------===//

bool DefinitionFlow::isEscaped(PlaceId P) const {
  const Place &Where = Places[P];
  return !Escaped.empty() && !Where.isBehindPointer() &&
         Escaped.count(Where.Base) != 0;
}

/// A local variable that has not escaped: no pointer leads there.
static bool isOwnVariable(const Place &P) {
  return (P.Kind == BaseKind::Local || P.Kind == BaseKind::Param) &&
         !P.isBehindPointer();
}

/// Whether `Id` is stored inside `Of`: reached by fields, not by a pointer.
bool DefinitionFlow::isPartOf(PlaceId Id, PlaceId Of) const {
  if (!Places.isWithin(Id, Of))
    return false;
  const std::vector<Step> &Path = Places[Id].Path;
  return std::none_of(Path.begin() + static_cast<long>(Places[Of].Path.size()),
                      Path.end(),
                      [](const Step &S) { return S.K == Step::Kind::Deref; });
}

void DefinitionFlow::store(DefinitionState &S, const PlaceWrite &W) const {
  DefinitionSet Value = W.Value;
  if (W.Weak)
    Value = united(Value, valueOfPlace(W.To, S));
  const Place &To = Places[W.To];
  auto Overwritten = [&](const std::pair<PlaceId, DefinitionSet> &Entry) {
    const PlaceId P = Entry.first;
    if (P == W.To)
      return true;
    if (To.Path.empty() && Places.readsVariable(P, To.Base))
      return true;
    if (Places.isWithin(P, W.To) || isPartOf(W.To, P))
      return true;
    return !W.Exact && !isOwnVariable(Places[P]) && !isOwnVariable(To) &&
           Places.mayAlias(P, W.To);
  };
  S.Places.erase(std::remove_if(S.Places.begin(), S.Places.end(), Overwritten),
                 S.Places.end());
  const bool Known = Value.size() <= MaxDefinitions && !isEscaped(W.To) &&
                     !(Value.size() == 1 && Value[0] == 0);
  if (Known)
    S.set(W.To, std::move(Value));
}

/// A function of the program, or of a library that nobody knows, may write
/// whatever others can reach.
void DefinitionFlow::forgetBehind(DefinitionState &S, const Stmt *Call) {
  if (const auto *C = dyn_cast<CXXConstructExpr>(Call)) {
    if (Oracle.isLibrary(*C->getConstructor()))
      return;
  } else if (const auto *C = dyn_cast<CallExpr>(Call)) {
    if (Oracle.isLibraryCall(*C) || Oracle.joinedInto(*C) ||
        Oracle.returnsJoined(*C))
      return;
  }
  auto Reachable = [&](const std::pair<PlaceId, DefinitionSet> &Entry) {
    const Place &P = Places[Entry.first];
    return P.isBehindPointer() || P.Kind == BaseKind::Global ||
           P.Kind == BaseKind::This;
  };
  S.Places.erase(std::remove_if(S.Places.begin(), S.Places.end(), Reachable),
                 S.Places.end());
}

void DefinitionFlow::transfer(DefinitionState &S, const Stmt *Each) {
  const llvm::SmallVector<PlaceWrite, 2> Written = writesOf(Each, S);
  if (isa<CallExpr>(Each) || isa<CXXConstructExpr>(Each))
    forgetBehind(S, Each);
  for (const PlaceWrite &W : Written)
    store(S, W);
}

//===--- Solving ----------------------------------------------------------===//

using ParentMap = llvm::DenseMap<const Stmt *, const Stmt *>;

/// Whether `&v` below `Parent` goes nowhere but into a call, a part, or an
/// alias that the places see through.
static bool isPassingAddress(const Stmt *Parent, const ParentMap &Parents,
                             const VariableUse &Use) {
  const Stmt *User = Parent;
  while (User && (isa<ParenExpr>(User) || isa<CastExpr>(User) ||
                  isa<FullExpr>(User) || isa<MaterializeTemporaryExpr>(User)))
    User = Parents.lookup(User);
  if (!User)
    return false;
  if (isa<CallExpr>(User) || isa<MemberExpr>(User))
    return true;
  if (const auto *U = dyn_cast<UnaryOperator>(User))
    return U->getOpcode() == UO_Deref;
  const bool InObject = isa<InitListExpr>(User) || isa<CXXConstructExpr>(User);
  while (User && isa<Expr>(User) && InObject)
    User = Parents.lookup(User);
  const auto *D = dyn_cast_or_null<DeclStmt>(User);
  // A push keeps the address in a variable of its own.
  return D && llvm::all_of(D->decls(), [&](const Decl *Each) {
           const auto *V = dyn_cast<VarDecl>(Each);
           return V &&
                  ((Use.neverWritten(V) && !InObject) || isCleanupMarker(*V));
         });
}

void DefinitionFlow::escape(const Expr *E) {
  const PlaceId P = placeOf(E);
  if (P != NoPlace && !Places[P].isBehindPointer())
    Escaped.insert(Places[P].Base);
}

/// A constructor may keep what it gets by reference.
void DefinitionFlow::escapeReferences(const CXXConstructExpr *C) {
  const CXXConstructorDecl *Ctor = C->getConstructor();
  for (unsigned I = 0; I < C->getNumArgs() && I < Ctor->getNumParams(); ++I) {
    const QualType T = Ctor->getParamDecl(I)->getType();
    if (T->isLValueReferenceType() && !T->getPointeeType().isConstQualified())
      escape(C->getArg(I));
  }
}

/// Variables whose address is taken for anything but a call, or that a lambda,
/// a reference or an asm statement can write. False: the body is too deep.
bool DefinitionFlow::findEscapes(const Stmt *Body) {
  ParentMap Parents;
  llvm::DenseMap<const Stmt *, unsigned> Depth; // of nested && and ||
  bool TooDeep = false;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *Parent) {
    if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->isLogicalOp()) {
      const unsigned Here = Depth[S] = Depth.lookup(Parent) + 1;
      TooDeep |= Here > MaxLogicalDepth;
    }
    if (isa<Expr>(S) || isa<DeclStmt>(S))
      Parents[S] = Parent;
    if (const auto *L = dyn_cast<LambdaExpr>(S)) {
      for (const LambdaCapture &C : L->captures())
        if (C.capturesVariable() && C.getCaptureKind() == LCK_ByRef)
          Escaped.insert(
              PlaceBuilder::identity(cast<VarDecl>(C.getCapturedVar())));
    } else if (const auto *A = dyn_cast<GCCAsmStmt>(S)) {
      for (unsigned I = 0; I < A->getNumOutputs(); ++I)
        escape(A->getOutputExpr(I));
    } else if (const auto *C = dyn_cast<CXXConstructExpr>(S)) {
      escapeReferences(C);
    } else if (const auto *U = dyn_cast<UnaryOperator>(S)) {
      if (U->getOpcode() == UO_AddrOf &&
          !isPassingAddress(Parent, Parents, Use))
        escape(U->getSubExpr());
    }
  });
  return !TooDeep;
}

static bool isTracked(const Stmt *S) {
  return isa<CallExpr>(S) || isa<CXXConstructExpr>(S) || isa<DeclStmt>(S) ||
         isa<BinaryOperator>(S) || isa<UnaryOperator>(S) ||
         isa<ReturnStmt>(S) || isa<CXXDeleteExpr>(S);
}

DefinitionFlow::DefinitionFlow(const ASTContext &Ctx, PlaceTable &Places,
                               const FunctionDecl &F, CallOracle &Oracle)
    : Ctx(Ctx), Function(F), Places(Places), Oracle(Oracle),
      Builder(Ctx, Places) {
  Table.push_back({});
  const Stmt *Body = F.getBody();
  if (!Body || F.isDependentContext())
    return;
  Use = useOfVariables(Body);
  Builder.Use = &Use;
  if (!findEscapes(Body))
    return;
  CFG::BuildOptions Options;
  Options.PruneTriviallyFalseEdges = true;
  Options.AddEHEdges =
      Ctx.getLangOpts().CPlusPlus && Ctx.getLangOpts().CXXExceptions;
  for (Stmt::StmtClass Class :
       {Stmt::CallExprClass, Stmt::CXXMemberCallExprClass,
        Stmt::CXXOperatorCallExprClass, Stmt::CXXConstructExprClass,
        Stmt::CXXTemporaryObjectExprClass, Stmt::BinaryOperatorClass,
        Stmt::CompoundAssignOperatorClass, Stmt::UnaryOperatorClass,
        Stmt::CXXDeleteExprClass})
    Options.setAlwaysAdd(Class);
  Cfg = CFG::buildCFG(&F, const_cast<Stmt *>(Body),
                      const_cast<ASTContext *>(&Ctx), Options);
  Valid = Cfg && solve();
}

DefinitionFlow::~DefinitionFlow() = default;

DefinitionState DefinitionFlow::entryState() {
  DefinitionState S;
  for (const ParmVarDecl *P : Function.parameters()) {
    if (!P->getType()->isScalarType())
      continue;
    Definition D;
    D.K = Definition::Kind::Parameter;
    D.Number = P->getFunctionScopeIndex();
    D.Loc = P->getLocation();
    if (const PlaceId At = Builder.variable(P); !isEscaped(At))
      S.set(At, {intern(P, D)});
  }
  return S;
}

/// A worklist in block order: ids fall from the entry on.
bool DefinitionFlow::solve() {
  const unsigned N = Cfg->getNumBlockIDs();
  AtEntry.resize(N);
  AtEntry[Cfg->getEntry().getBlockID()] = entryState();
  std::vector<const CFGBlock *> Blocks(N);
  for (const CFGBlock *B : *Cfg)
    Blocks[B->getBlockID()] = B;
  std::set<unsigned, std::greater<>> Work{Cfg->getEntry().getBlockID()};
  for (unsigned Visits = 0; !Work.empty(); ++Visits) {
    if (Visits > VisitsPerBlock * N + 200)
      return false;
    const CFGBlock *B = Blocks[*Work.begin()];
    Work.erase(Work.begin());
    DefinitionState S = *AtEntry[B->getBlockID()];
    for (const CFGElement &E : *B)
      if (auto Each = E.getAs<CFGStmt>(); Each && isTracked(Each->getStmt()))
        transfer(S, Each->getStmt());
    for (const CFGBlock *To : B->succs()) {
      if (!To)
        continue;
      std::optional<DefinitionState> &Target = AtEntry[To->getBlockID()];
      const bool Changed = !Target || Target->join(S);
      if (!Target)
        Target = S;
      if (Changed)
        Work.insert(To->getBlockID());
    }
  }
  return true;
}

void DefinitionFlow::forEach(
    llvm::function_ref<void(const DefinitionState &, const Stmt *)> Visit) {
  if (!Valid)
    return;
  for (auto It = Cfg->rbegin(); It != Cfg->rend(); ++It) {
    const CFGBlock &B = **It;
    if (!AtEntry[B.getBlockID()])
      continue;
    DefinitionState S = *AtEntry[B.getBlockID()];
    for (const CFGElement &E : B) {
      auto Each = E.getAs<CFGStmt>();
      if (!Each || !isTracked(Each->getStmt()))
        continue;
      Visit(S, Each->getStmt());
      transfer(S, Each->getStmt());
    }
    if (const auto *Switch =
            dyn_cast_or_null<SwitchStmt>(B.getTerminatorStmt()))
      Visit(S, Switch);
  }
}

} // namespace thread_stop::flow
