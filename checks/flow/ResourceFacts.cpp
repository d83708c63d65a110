// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resources: which call gives one, and where its value goes from there. What
// is not understood counts as given away.

#include "flow/FactsGenerator.h"

#include "flow/AstWalk.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace thread_stop::flow {

using model::ResourceFailure;
using model::ResourcePlace;

static uint8_t failureSigns(ResourceFailure F) {
  switch (F) {
  case ResourceFailure::Null:
    return Knowledge::Zero;
  case ResourceFailure::Negative:
  case ResourceFailure::MinusOne:
    return Knowledge::Negative;
  case ResourceFailure::NonZero:
    return Knowledge::Negative | Knowledge::Positive;
  }
  return 0;
}

/// Functions of the C library that return their first argument.
static bool returnsFirst(const CallExpr &C) {
  const FunctionDecl *F = C.getDirectCallee();
  return F && F->isExternC() && F->getIdentifier() && C.getNumArgs() > 0 &&
         llvm::StringSwitch<bool>(F->getName())
             .Cases("strcpy", "strncpy", "strcat", "strncat", true)
             .Cases("memcpy", "memmove", "memset", true)
             .Default(false);
}

static bool isDeref(const Expr *E) {
  const auto *U = dyn_cast<UnaryOperator>(E);
  return U && U->getOpcode() == UO_Deref;
}

/// The places whose value becomes part of the value of `E`.
void FactsGenerator::valuesIn(const Expr *Root,
                              llvm::SmallVectorImpl<PlaceId> &Out) {
  llvm::SmallVector<const Expr *, 8> Stack{Root};
  for (unsigned Steps = 0; !Stack.empty() && Steps < 256; ++Steps) {
    const Expr *E = Stack.pop_back_val();
    if (!E)
      continue;
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E)) {
      Stack.push_back(M->getSubExpr());
    } else if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E)) {
      Stack.push_back(B->getSubExpr());
    } else if (const auto *C = dyn_cast<AbstractConditionalOperator>(E)) {
      Stack.push_back(C->getTrueExpr());
      Stack.push_back(C->getFalseExpr());
    } else if (const auto *B = dyn_cast<BinaryOperator>(E)) {
      if (B->isAssignmentOp() || B->isCommaOp())
        Stack.push_back(B->isCommaOp() ? B->getRHS() : B->getLHS());
      else if (B->isAdditiveOp() && B->getType()->isPointerType()) {
        Stack.push_back(B->getLHS());
        Stack.push_back(B->getRHS());
      }
    } else if (const auto *L = dyn_cast<InitListExpr>(E)) {
      for (const Expr *I : L->inits())
        Stack.push_back(I);
    } else if (const auto *L = dyn_cast<CompoundLiteralExpr>(E)) {
      Stack.push_back(L->getInitializer());
    } else if (const auto *U = dyn_cast<UnaryOperator>(E);
               U && U->getOpcode() == UO_AddrOf) {
      addressedIn(U->getSubExpr(), Out);
    } else if (isa<DeclRefExpr>(E) || isa<MemberExpr>(E) ||
               isa<ArraySubscriptExpr>(E) || isDeref(E)) {
      if (PlaceId P = Builder.lvalue(E); P != NoPlace)
        Out.push_back(P);
    } else if (isa<CallExpr>(E) && ValueCalls.count(E)) {
      Out.push_back(Builder.valueOf(E));
    } else if (const auto *C = dyn_cast<CallExpr>(E); C && returnsFirst(*C)) {
      Stack.push_back(C->getArg(0));
    }
  }
}

/// `&p->a[i]`: the pointer that the address is made from.
void FactsGenerator::addressedIn(const Expr *E,
                                 llvm::SmallVectorImpl<PlaceId> &Out) {
  for (unsigned Depth = 0; E && Depth < 32; ++Depth) {
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *M = dyn_cast<MemberExpr>(E)) {
      if (M->isArrow()) {
        valuesIn(M->getBase(), Out);
        return;
      }
      E = M->getBase();
    } else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E)) {
      if (!A->getBase()->IgnoreParenImpCasts()->getType()->isArrayType()) {
        valuesIn(A->getBase(), Out);
        return;
      }
      E = A->getBase();
    } else if (const auto *U = dyn_cast<UnaryOperator>(E);
               U && U->getOpcode() == UO_Deref) {
      valuesIn(U->getSubExpr(), Out);
      return;
    } else {
      return;
    }
  }
}

void FactsGenerator::copyValues(PlaceId To, const Expr *E) {
  llvm::SmallVector<PlaceId, 8> Values;
  valuesIn(E, Values);
  for (PlaceId P : Values) {
    CopyPlace C{To, P};
    C.Adds = true;
    Now->Facts.push_back(C);
  }
}

void FactsGenerator::disownValues(const Expr *E) {
  llvm::SmallVector<PlaceId, 8> Values;
  valuesIn(E, Values);
  for (PlaceId P : Values)
    Now->Facts.push_back(Disown{P, false, false});
  // A whole object by value or by address: with all that is stored in it.
  const Expr *S = E->IgnoreParenCasts()->IgnoreImplicit();
  const auto *U = dyn_cast<UnaryOperator>(S);
  PlaceId Object = NoPlace;
  if (U && U->getOpcode() == UO_AddrOf)
    Object = Builder.lvalue(U->getSubExpr());
  else if (S->getType()->isRecordType() || S->getType()->isArrayType())
    Object = Builder.lvalue(S);
  if (Object != NoPlace)
    Now->Facts.push_back(Disown{Object, true, false});
}

/// __attribute__((ownership_takes(...))), or ownership_holds, for a parameter.
static bool takesOwnership(const FunctionDecl *F, unsigned I) {
  if (!F)
    return false;
  for (const auto *O : F->specific_attrs<OwnershipAttr>())
    if (O->isTakes() || O->isHolds())
      for (const ParamIdx &P : O->args())
        if (P.getASTIndex() == I)
          return true;
  return false;
}

/// Can a callee that nobody sees keep, or release, what it gets here?
static bool mayKeep(const FunctionDecl *F, unsigned I) {
  if (!F || I >= F->getNumParams())
    return true;
  QualType T = F->getParamDecl(I)->getType().getNonReferenceType();
  if (T->isPointerType())
    return !T->getPointeeType().isConstQualified();
  return !T->isFloatingType() && !T->isBooleanType();
}

void FactsGenerator::addObtain(const CallExpr *C, PlaceId Where, uint8_t Kind,
                               ResourceFailure Failure, bool IsResult) {
  if (Where == NoPlace)
    return;
  Obtain O;
  O.Site = site(C);
  O.Where = Where;
  O.Kind = Kind;
  O.FailureSigns = IsResult ? failureSigns(Failure) : 0;
  if (!IsResult) {
    O.Result = Builder.valueOf(C);
    O.ResultFailure = failureSigns(Failure);
    ValueCalls.insert(C);
  }
  Now->Facts.push_back(O);
}

bool FactsGenerator::addAcquisition(const CallExpr *C, const FunctionDecl &F,
                                    const Api &A) {
  if (A.DeclaredResource == 1 || (!A.Obtains && isAllocator(F))) {
    ValueCalls.insert(C);
    addObtain(C, Builder.valueOf(C),
              static_cast<uint8_t>(model::ResourceKind::Memory),
              C->getType()->isPointerType() ? ResourceFailure::Null
                                            : ResourceFailure::Negative,
              true);
    return true;
  }
  const model::ResourceAcquire *R = A.Obtains;
  if (!R || !R->Certain)
    return false;
  const auto Kind = static_cast<uint8_t>(R->Kind);
  if (R->Consumes >= 0 && static_cast<unsigned>(R->Consumes) < C->getNumArgs())
    disownValues(C->getArg(R->Consumes));
  if (R->Place == ResourcePlace::Return) {
    ValueCalls.insert(C);
    addObtain(C, Builder.valueOf(C), Kind, R->Failure, true);
    return true;
  }
  if (R->Index < 0 || static_cast<unsigned>(R->Index) >= C->getNumArgs())
    return true;
  const PlaceId To = Builder.pointee(C->getArg(R->Index));
  // Of the two ends of a pipe the first stands for both.
  addObtain(C, To, Kind, R->Failure, false);
  return true;
}

bool FactsGenerator::isAllocator(const FunctionDecl &F) const {
  if (const auto *O = F.getAttr<OwnershipAttr>())
    return O->isReturns();
  return false;
}

bool FactsGenerator::addRelease(const CallExpr *C, const Api &A) {
  int I = -1;
  if (A.Releases)
    I = A.Releases->Index;
  else if (A.DeclaredResource == 2)
    I = 0;
  if (I < 0 || static_cast<unsigned>(I) >= C->getNumArgs())
    return false;
  llvm::SmallVector<PlaceId, 4> Values;
  valuesIn(C->getArg(I), Values);
  for (PlaceId P : Values)
    Now->Facts.push_back(Disown{P, false, true});
  return true;
}

void FactsGenerator::addResourceCall(const CallExpr *C, const FunctionDecl *F) {
  if (!Index[Flow.Id].Gated)
    return;
  const Api *A = F ? &Apis.of(*F) : nullptr;
  if (F && addRelease(C, *A) && !A->Obtains)
    return;
  if (F && addAcquisition(C, *F, *A))
    return;
  const FunctionId Id = F ? Index.idOf(F) : NoFunction;
  if (Id != NoFunction && Index[Id].Followed)
    return; // its summary tells
  const bool Library = A && A->OfCLibrary;
  const unsigned Shift =
      isa<CXXOperatorCallExpr>(C) && isa_and_nonnull<CXXMethodDecl>(F) ? 1 : 0;
  // A method that nobody sees may keep the object that it is called on.
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(C); M && !Library) {
    const CXXMethodDecl *D = M->getMethodDecl();
    if (!D || !D->isConst())
      disownValues(M->getImplicitObjectArgument());
  }
  for (unsigned I = 0; I < C->getNumArgs(); ++I) {
    const bool Keeps = Library
                           ? model::isKeeper(F->getName(), static_cast<int>(I))
                           : I < Shift || mayKeep(F, I - Shift) ||
                                 takesOwnership(F, I - Shift);
    if (Keeps)
      disownValues(C->getArg(I));
  }
}

/// Something is to run when `V` goes out of scope, and a cancel skips it.
bool FactsGenerator::losesScopeEnd(const VarDecl *V) const {
  const LangOptions &L = Ctx.getLangOpts();
  if (L.CPlusPlus ? L.CXXExceptions : L.Exceptions)
    return false;
  if (!Index[Flow.Id].Gated || Library != model::Libc::Glibc ||
      !V->hasLocalStorage())
    return false;
  if (V->hasAttr<CleanupAttr>())
    return true;
  const CXXRecordDecl *R = objectClass(V);
  return R && !V->getType()->isReferenceType() && R->hasDefinition() &&
         !R->hasTrivialDestructor() && !isCleanupMarker(*V);
}

void FactsGenerator::addScopedObject(const VarDecl *V) {
  Obtain O;
  O.Site = Flow.addSite(nullptr, V->getLocation());
  O.Where = Builder.lifeOf(Builder.variable(V));
  O.Kind = ScopedObject;
  Now->Facts.push_back(O);
}

void FactsGenerator::addConstruction(const CXXConstructExpr *K) {
  const CXXConstructorDecl *D = K->getConstructor();
  const FunctionId Id = Index.idOf(D->getDefinition());
  if (Id == NoFunction || !Index[Id].Followed) {
    for (const Expr *A : K->arguments())
      disownValues(A);
    return;
  }
  if (K->getNumArgs() == 0)
    return;
  Construct Made;
  Made.Call.Site = site(K);
  Made.Call.Callee = Id;
  for (unsigned I = 0; I < K->getNumArgs(); ++I)
    Made.Call.Arguments.push_back(Builder.binding(
        K->getArg(I), I < D->getNumParams() &&
                          D->getParamDecl(I)->getType()->isReferenceType()));
  Now->Facts.push_back(std::move(Made));
}

llvm::SmallVector<const Expr *, 8> aggregateInits(const Expr *E) {
  llvm::SmallVector<const Expr *, 8> Out;
  // T(a, b) for an aggregate has a class of its own since LLVM 16.
  if (!E || (!isa<InitListExpr>(E) &&
             llvm::StringRef(E->getStmtClassName()) != "CXXParenListInitExpr"))
    return Out;
  for (const Stmt *Child : E->children())
    if (const auto *Each = dyn_cast_or_null<Expr>(Child))
      Out.push_back(Each);
  return Out;
}

/// `new T{a, b}`: what is in the object is found where that is found.
void FactsGenerator::addNewObject(const CXXNewExpr *N) {
  const Expr *Init = N->getInitializer();
  if (!Init || isa<CXXConstructExpr>(Init))
    return;
  disownValues(Init);
  for (const Expr *Each : aggregateInits(Init))
    disownValues(Each);
}

/// A class without a constructor: each member gets its value.
void FactsGenerator::addAggregate(PlaceId Object, const Expr *Init,
                                  bool Whole) {
  const llvm::SmallVector<const Expr *, 8> Inits = aggregateInits(Init);
  auto AddPart = [&](Step S, const Expr *Each) {
    const PlaceId Part = Places.extend(Object, S);
    if (Ctx.getBaseElementType(Each->getType())->isRecordType())
      addAggregate(Part, Each->IgnoreImplicit(), false);
    else
      copyValues(Part, Each);
  };
  if (Init->getType()->isArrayType())
    for (uintptr_t I = 0; I < Inits.size(); ++I)
      AddPart({Step::Kind::ConstIndex, I}, Inits[I]);
  const CXXRecordDecl *R = Init->getType()->getAsCXXRecordDecl();
  if (Inits.empty() || !R || !R->hasDefinition())
    return;
  // What a destructor that nobody sees does with it is not known.
  const CXXDestructorDecl *D = R->getDestructor();
  const bool Seen = Whole && D && Index.idOf(D->getDefinition()) != NoFunction;
  if (!R->hasTrivialDestructor() && !Seen) {
    for (const Expr *Each : Inits)
      disownValues(Each);
    return;
  }
  if (R->isUnion() || R->getNumBases() != 0) {
    for (const Expr *Each : Inits)
      copyValues(Object, Each);
    return;
  }
  size_t Next = 0;
  for (const FieldDecl *F : R->fields()) {
    if (F->isBitField() && !F->getDeclName())
      continue;
    if (Next == Inits.size())
      return;
    const Expr *Each = Inits[Next++];
    if (!F->getType()->isReferenceType())
      AddPart({Step::Kind::Field, PlaceBuilder::identity(F)}, Each);
  }
}

/// Objects that are built from a value, and code that captures it, keep it.
void FactsGenerator::addKeepingExpression(const Stmt *S) {
  if (!Index[Flow.Id].Gated)
    return;
  if (const auto *K = dyn_cast<CXXConstructExpr>(S)) {
    addConstruction(K);
  } else if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    for (const LambdaCapture &Capture : L->captures())
      if (Capture.capturesVariable())
        if (const auto *V = dyn_cast<VarDecl>(Capture.getCapturedVar()))
          Now->Facts.push_back(Disown{Builder.variable(V), true, false});
  } else if (const auto *D = dyn_cast<CXXDeleteExpr>(S)) {
    llvm::SmallVector<PlaceId, 4> Values;
    valuesIn(D->getArgument(), Values);
    for (PlaceId P : Values)
      Now->Facts.push_back(Disown{P, false, true});
  } else if (const auto *N = dyn_cast<CXXNewExpr>(S)) {
    addNewObject(N);
    PointCall P;
    P.Site = site(N);
    P.AsyncUnsafe = true;
    Now->Facts.push_back(P);
    if (N->getNumPlacementArgs() == 0) {
      ValueCalls.insert(N);
      Obtain O;
      O.Site = site(N);
      O.Where = Builder.valueOf(N);
      O.Kind = static_cast<uint8_t>(model::ResourceKind::Memory);
      O.FailureSigns = Knowledge::Zero;
      Now->Facts.push_back(O);
    }
  }
}

} // namespace thread_stop::flow
