// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Definitions.h"

#include "flow/AstWalk.h"
#include "model/ResourceApi.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

static constexpr unsigned MaxDepth = 24;
static constexpr unsigned MaxConstantSize = 64;

const Expr *withoutCasts(const Expr *E) {
  for (unsigned I = 0; E && I < MaxDepth; ++I) {
    const Expr *Before = E;
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (E == Before)
      break;
  }
  return E;
}

bool isSpelledAs(SourceLocation L, StringRef Name, const ASTContext &Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  for (unsigned Depth = 0; L.isMacroID() && Depth < 32; ++Depth) {
    // A token of an argument is spelled outside the macro that gets it.
    if (SM.isMacroArgExpansion(L)) {
      L = SM.getImmediateSpellingLoc(L);
      continue;
    }
    if (Lexer::getImmediateMacroName(L, SM, Ctx.getLangOpts()) == Name)
      return true;
    L = SM.getImmediateMacroCallerLoc(L);
  }
  return false;
}

bool CallOracle::isLibraryCall(const CallExpr &C) const {
  const FunctionDecl *F = C.getDirectCallee();
  if (!F || !F->getDeclName().isIdentifier())
    return false;
  if (F->getBuiltinID() != 0 && !F->hasBody())
    return true;
  // The library's own helpers (`__sigsetjmp`) are in no table.
  return isLibrary(*F) && (F->getName().take_front(2) == "__" ||
                           model::isKnownFunction(F->getName()));
}

bool CallOracle::isLibrary(const FunctionDecl &F) const {
  return !Apis.isUserCode(F.getLocation());
}

//===--- Places -----------------------------------------------------------===//

PlaceId DefinitionFlow::wholeArray(PlaceId P, bool *IsElement) {
  if (P == NoPlace)
    return P;
  Place Whole = Places[P];
  auto IsIndex = [](const Step &S) {
    return S.K == Step::Kind::ConstIndex || S.K == Step::Kind::VarIndex;
  };
  const size_t Steps = Whole.Path.size();
  Whole.Path.erase(
      std::remove_if(Whole.Path.begin(), Whole.Path.end(), IsIndex),
      Whole.Path.end());
  if (Whole.Path.size() == Steps)
    return P;
  if (IsElement)
    *IsElement = true;
  return Places.intern(std::move(Whole));
}

PlaceId DefinitionFlow::placeOf(const Expr *E, bool *IsElement) {
  E = withoutCasts(E);
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E)) {
    // results[i + 1]: the builder names only simple indices.
    if (IsElement)
      *IsElement = true;
    return wholeArray(pointee(A->getBase(), IsElement), IsElement);
  }
  return wholeArray(Builder.lvalue(E), IsElement);
}

PlaceId DefinitionFlow::pointee(const Expr *Pointer, bool *IsElement) {
  const Expr *E = withoutCasts(Pointer);
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_AddrOf)
    return placeOf(U->getSubExpr(), IsElement);
  // results + i
  if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isAdditiveOp()) {
    if (IsElement)
      *IsElement = true;
    return pointee(B->getLHS(), IsElement);
  }
  return wholeArray(Builder.pointee(E), IsElement);
}

//===--- Definitions ------------------------------------------------------===//

DefinitionId DefinitionFlow::intern(const void *Key, Definition D) {
  auto [It, New] =
      Ids.try_emplace({Key, static_cast<unsigned>(D.K)}, Table.size());
  if (New)
    Table.push_back(D);
  return It->second;
}

DefinitionSet DefinitionFlow::defined(const Expr *E, Definition::Kind K) {
  Definition D;
  D.K = K;
  D.Value = E;
  D.Loc = E->getBeginLoc();
  return {intern(E, D)};
}

/// Whether a number could be folded: a short expression without variables.
/// Those are followed instead; their initialiser tells how a number was
/// spelled.
static bool isFoldable(const Expr *E) {
  unsigned Size = 0;
  bool Reads = false;
  forEachEvaluated(E, [&](const Stmt *S, const Stmt *) {
    const auto *D = dyn_cast<DeclRefExpr>(S);
    Reads |= D && isa<VarDecl>(D->getDecl());
    ++Size;
  });
  return !Reads && Size <= MaxConstantSize;
}

/// A number that is written out: literals and what compilers fold. All ones of
/// whatever width count as -1.
std::optional<Definition> DefinitionFlow::constant(const Expr *E) const {
  const Expr *S = withoutCasts(E);
  if (S->isValueDependent() || S->isTypeDependent())
    return std::nullopt;
  Definition D;
  D.K = Definition::Kind::Constant;
  D.Value = S;
  D.Loc = E->getBeginLoc();
  if (isa<CXXNullPtrLiteralExpr>(S) || isa<GNUNullExpr>(S))
    return D;
  Expr::EvalResult R;
  if (!S->getType()->isIntegralOrEnumerationType() || !isFoldable(S) ||
      !S->EvaluateAsInt(R, Ctx))
    return std::nullopt;
  const llvm::APSInt &V = R.Val.getInt();
  if (V.getBitWidth() >= 32 && V.isAllOnes())
    D.Number = -1;
  else if (V.getActiveBits() > 63 && V.isUnsigned())
    return std::nullopt;
  else
    D.Number = V.getExtValue();
  D.IsCanceled = isSpelledAs(S->getBeginLoc(), "PTHREAD_CANCELED", Ctx);
  return D;
}

DefinitionSet DefinitionFlow::valueOfPlace(PlaceId P,
                                           const DefinitionState &S) const {
  if (P == NoPlace || isEscaped(P))
    return {0};
  if (const DefinitionSet *D = S.find(P))
    return *D;
  // A part of something that is not set as a whole.
  const Place &Part = Places[P];
  for (const auto &[Whole, D] : S.Places)
    if (Places[Whole].Path.size() < Part.Path.size() && isPartOf(P, Whole) &&
        D.size() == 1 && Table[D[0]].K == Definition::Kind::Uninitialized)
      return D;
  return {0};
}

DefinitionSet DefinitionFlow::valueOf(const Expr *E, const DefinitionState &S,
                                      unsigned Depth) {
  if (Depth > MaxDepth || E->isTypeDependent() || E->isValueDependent())
    return {0};
  if (std::optional<Definition> C = constant(E))
    return {intern(C->Value, *C)};
  E = withoutCasts(E);
  if (const auto *C = dyn_cast<AbstractConditionalOperator>(E))
    return united(valueOf(C->getTrueExpr(), S, Depth + 1),
                  valueOf(C->getFalseExpr(), S, Depth + 1));
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (B->getOpcode() == BO_Assign || B->isCommaOp())
      return valueOf(B->getRHS(), S, Depth + 1);
  }
  if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
    // A constant of the program: `static void *const gone = (void *)-1;`.
    const auto *V = dyn_cast<VarDecl>(D->getDecl());
    if (V && V->hasGlobalStorage() && V->getInit() &&
        V->getType().isConstQualified())
      return valueOf(V->getInit(), S, Depth + 1);
  }
  if (const auto *C = dyn_cast<CallExpr>(E); C && Oracle.returnsJoined(*C))
    return defined(E, Definition::Kind::Joined);
  const auto *U = dyn_cast<UnaryOperator>(E);
  if (isa<DeclRefExpr>(E) || isa<MemberExpr>(E) || isa<ArraySubscriptExpr>(E) ||
      (U && U->getOpcode() == UO_Deref) || isa<CXXOperatorCallExpr>(E)) {
    // An array or function stands for its address.
    if (E->getType()->isArrayType() || E->getType()->isFunctionType())
      return defined(E, Definition::Kind::Expression);
    return valueOfPlace(placeOf(E), S);
  }
  return defined(E, Definition::Kind::Expression);
}

//===--- What statements write --------------------------------------------===//

void DefinitionFlow::addWrite(Writes &Out, const Expr *To,
                              DefinitionSet Value) {
  bool IsElement = false;
  const PlaceId P = placeOf(To, &IsElement);
  if (P != NoPlace)
    Out.push_back({P, std::move(Value), IsElement});
}

/// `struct request r = {.fd = -1};`
void DefinitionFlow::addFields(Writes &Out, PlaceId Object,
                               const InitListExpr *List,
                               const DefinitionState &Before) {
  if (!List->isSemanticForm() && List->getSemanticForm())
    List = List->getSemanticForm();
  const RecordDecl *R = List->getType()->getAsRecordDecl();
  if (!R || R->isUnion())
    return;
  unsigned N = 0;
  for (const FieldDecl *Field : R->fields()) {
    if (Field->isBitField() && !Field->getDeclName())
      continue;
    if (N >= List->getNumInits())
      return;
    const Expr *Init = List->getInit(N++);
    if (!Init)
      continue;
    const PlaceId P = Places.extend(
        Object, {Step::Kind::Field, PlaceBuilder::identity(Field)});
    if (const auto *Inner = dyn_cast<InitListExpr>(Init)) {
      addFields(Out, P, Inner, Before);
    } else if (isa<ImplicitValueInitExpr>(Init)) {
      Definition Zero;
      Zero.K = Definition::Kind::Constant;
      Zero.Loc = List->getBeginLoc();
      Out.push_back({P, {intern(Init, Zero)}, false});
    } else {
      Out.push_back({P, valueOf(Init, Before), false});
    }
  }
}

void DefinitionFlow::addDeclaration(Writes &Out, const VarDecl *V,
                                    const DefinitionState &Before) {
  if (!V->hasLocalStorage() || V->getType()->isReferenceType())
    return;
  const PlaceId P = Builder.variable(V);
  const Expr *Init = V->getInit();
  Definition None;
  None.K = Definition::Kind::Uninitialized;
  None.Loc = V->getLocation();
  if (!Init) {
    Out.push_back({P, {intern(V, None)}, false});
    return;
  }
  const auto *Elements = dyn_cast<InitListExpr>(withoutCasts(Init));
  if (Elements && V->getType()->isArrayType()) {
    Definition Zero;
    Zero.K = Definition::Kind::Constant;
    Zero.Loc = V->getLocation();
    DefinitionSet All{intern(Init, Zero)};
    for (unsigned I = 0; I < Elements->getNumInits(); ++I)
      All = united(All, valueOf(Elements->getInit(I), Before));
    Out.push_back({P, std::move(All), false});
    return;
  }
  const bool IsScalar = V->getType()->isScalarType();
  Out.push_back(
      {P, IsScalar ? valueOf(Init, Before) : DefinitionSet{0}, false});
  if (Elements)
    addFields(Out, P, Elements, Before);
}

/// The first parameter type that takes argument `I`, or null.
static const ParmVarDecl *parameterOf(const CallExpr *C, unsigned I) {
  const FunctionDecl *F = C->getDirectCallee();
  if (!F)
    return nullptr;
  // The object of a member operator is an argument without a parameter.
  if (isa<CXXOperatorCallExpr>(C) && isa<CXXMethodDecl>(F)) {
    if (I == 0)
      return nullptr;
    --I;
  }
  return I < F->getNumParams() ? F->getParamDecl(I) : nullptr;
}

static bool isZeroFill(const CallExpr *C, const ASTContext &Ctx) {
  const FunctionDecl *F = C->getDirectCallee();
  if (!F || !F->getDeclName().isIdentifier())
    return false;
  const StringRef Name = F->getName();
  if (Name == "bzero" || Name == "explicit_bzero")
    return true;
  Expr::EvalResult R;
  return (Name == "memset" || Name == "__builtin_memset") &&
         C->getNumArgs() == 3 && !C->getArg(1)->isValueDependent() &&
         C->getArg(1)->EvaluateAsInt(R, Ctx) && R.Val.getInt() == 0;
}

void DefinitionFlow::addCall(Writes &Out, const CallExpr *C,
                             const DefinitionState &Before) {
  // musl's push keeps the address of what the handler is to look at.
  const FunctionDecl *F = C->getDirectCallee();
  if (F && F->getDeclName().isIdentifier() &&
      F->getName() == "_pthread_cleanup_push")
    return;
  const Expr *Into = Oracle.joinedInto(*C);
  const bool Exact = Oracle.isLibraryCall(*C);
  for (unsigned I = 0; I < C->getNumArgs(); ++I) {
    const Expr *Argument = C->getArg(I);
    const ParmVarDecl *Parameter = parameterOf(C, I);
    const bool ByReference =
        Parameter && Parameter->getType()->isLValueReferenceType();
    bool IsElement = false;
    PlaceId P = NoPlace;
    if (ByReference) {
      if (!Parameter->getType()->getPointeeType().isConstQualified())
        P = placeOf(Argument, &IsElement);
    } else if (Argument->getType()->isPointerType()) {
      if (!Argument->getType()->getPointeeType().isConstQualified())
        P = pointee(Argument, &IsElement);
    }
    if (P == NoPlace)
      continue;
    if (Argument == Into) {
      // The join may fail: a marker set before is still there then. Null is
      // what everybody initialises with.
      DefinitionSet Value = defined(C, Definition::Kind::Joined);
      for (DefinitionId D : valueOfPlace(P, Before))
        if (Table[D].K == Definition::Kind::Constant && Table[D].Number != 0)
          Value = united(Value, {D});
      // Of an array, the element that is looked at later is the one joined.
      Out.push_back({P, std::move(Value), false, Exact});
    } else if (I == 0 && isZeroFill(C, Ctx)) {
      Definition Zero;
      Zero.K = Definition::Kind::Constant;
      Zero.Loc = C->getBeginLoc();
      Out.push_back({P, {intern(C, Zero)}, IsElement, Exact});
    } else {
      Out.push_back(
          {P, defined(C, Definition::Kind::ByAddress), IsElement, Exact});
    }
  }
}

llvm::SmallVector<PlaceWrite, 2>
DefinitionFlow::writesOf(const Stmt *S, const DefinitionState &Before) {
  llvm::SmallVector<PlaceWrite, 2> Out;
  if (const auto *D = dyn_cast<DeclStmt>(S)) {
    for (const Decl *Each : D->decls())
      if (const auto *V = dyn_cast<VarDecl>(Each))
        addDeclaration(Out, V, Before);
  } else if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    if (B->getOpcode() == BO_Assign)
      addWrite(Out, B->getLHS(),
               B->getType()->isScalarType() ? valueOf(B->getRHS(), Before)
                                            : DefinitionSet{0});
    else if (B->isAssignmentOp())
      addWrite(Out, B->getLHS(), defined(B, Definition::Kind::Expression));
  } else if (const auto *U = dyn_cast<UnaryOperator>(S)) {
    if (U->isIncrementDecrementOp())
      addWrite(Out, U->getSubExpr(), defined(U, Definition::Kind::Expression));
  } else if (const auto *C = dyn_cast<CallExpr>(S)) {
    addCall(Out, C, Before);
  }
  return Out;
}

} // namespace thread_stop::flow
