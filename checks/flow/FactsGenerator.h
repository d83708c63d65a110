// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only reader of the AST in the flow analysis: turns one function's
// clang::CFG into facts. FactsGenerator.cpp has the statements, CallFacts.cpp
// the calls and locks, Conditions.cpp the branches.

#ifndef THREAD_STOP_CHECKS_FLOW_FACTSGENERATOR_H
#define THREAD_STOP_CHECKS_FLOW_FACTSGENERATOR_H

#include "flow/FunctionFlow.h"
#include "flow/FunctionIndex.h"
#include "flow/ModeArguments.h"
#include "flow/PlaceBuilder.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"

namespace thread_stop::flow {

/// What makes a variable: a constructor call or a list of values, through
/// casts, temporaries and copies that are elided. Null if there is none.
const clang::Expr *makerOf(const clang::VarDecl *V);
/// The values in `T{a, b}`, or in `T(a, b)` without a constructor.
llvm::SmallVector<const clang::Expr *, 8> aggregateInits(const clang::Expr *E);

class FactsGenerator {
public:
  FactsGenerator(const clang::ASTContext &Ctx, const FunctionIndex &Index,
                 ApiResolver &Apis, PlaceTable &Places)
      : Ctx(Ctx), Index(Index), Apis(Apis), Places(Places),
        Builder(Ctx, Places), Library(Apis.library()) {}

  /// Only what POSIX names is async-cancel-safe.
  bool StrictAsync = false;

  FunctionFlow generate(FunctionId F);

  /// Keep the graphs of clang, see FunctionFlow::Source.
  bool KeepSource = false;

private:
  // FactsGenerator.cpp
  void scanBody(const clang::Stmt *Body);
  void findMentions(const clang::Stmt *Root);
  bool buildGraph();
  void addBlock(const clang::CFGBlock &B);
  void addStatement(const clang::Stmt *S);
  void addDeclaration(const clang::DeclStmt *D);
  void addVariable(const clang::VarDecl *V);
  const clang::CXXRecordDecl *objectClass(const clang::VarDecl *V) const;
  bool mentionsSave(const clang::Expr *E) const;
  void addInitializer(const clang::CXXCtorInitializer *I);
  void addAssignment(const clang::Expr *To, const clang::Expr *From);
  bool armOf(const clang::Expr *E, AssignEither::Arm &To);
  bool addEither(PlaceId To, const clang::ConditionalOperator &Q);
  void addStore(PlaceId To, const clang::Expr *From);
  void addScopeEnd(const clang::VarDecl *V);
  void addReturn(const clang::ReturnStmt *R);
  bool addRegionStatement(const clang::Stmt *S);
  void addPop(uint32_t Region);
  void markBackEdges(const std::vector<uint32_t> &Order);
  void findUnreached(const clang::CFG &Cfg, const std::vector<uint32_t> &Order);
  SiteId site(const clang::Stmt *S);

  // CallFacts.cpp
  void addCall(const clang::CallExpr *C);
  void addEitherMode(SetMode &F, const ModeArms &Arms,
                     const clang::Expr &Argument);
  bool addModeCall(const clang::CallExpr *C, const Api &A);
  bool addLockCall(const clang::CallExpr *C, const clang::FunctionDecl &F,
                   const Api &A);
  llvm::SmallVector<PlaceId, 2> locksOf(const clang::CallExpr *C,
                                        const clang::FunctionDecl &F,
                                        const model::LockApi &L);
  bool addAttributeLocks(const clang::CallExpr *C,
                         const clang::FunctionDecl &F);
  bool addGuardMember(const clang::CallExpr *C, const clang::FunctionDecl &F);
  bool addGuard(const clang::VarDecl *V);
  bool addScopedCapability(const clang::VarDecl *V);
  void addTranslationUnitCall(const clang::Expr *C,
                              const clang::FunctionDecl &F, Binding Object);
  void addUnknownCall(const clang::CallExpr *C, bool Benign);
  HandlerInfo handlerOf(const CleanupRegion &R);
  HandlerInfo handlerOf(const clang::FunctionDecl &F, Binding Argument,
                        PlaceId Value, PlaceId Pointee);
  void addScopeHandler(const clang::VarDecl *V);
  void addReferences(const clang::VarDecl *V, const HandlerInfo &Destructor);
  void addGivenCode(const clang::VarDecl *V);
  void addCaptures(const clang::LambdaExpr &L);
  void addCode(HandlerInfo H);
  void addGivenFunction(const clang::FunctionDecl &F,
                        llvm::ArrayRef<PlaceId> Objects);
  void addGivenBody(const clang::FunctionDecl &F,
                    llvm::ArrayRef<PlaceId> Objects);
  void addCallInside(const clang::CallExpr &C, std::vector<HandlerInfo> &Out,
                     std::vector<PlaceId> &Taken);
  void addHandlerRun(const HandlerInfo &Handler, SiteId At);
  std::vector<Binding> bindings(llvm::ArrayRef<const clang::Expr *> Arguments,
                                const clang::FunctionDecl &F);
  Binding objectOf(const clang::CallExpr *C);
  bool resultIsTested(const clang::Expr *C) const;
  bool isDiscarded(const clang::Expr *C) const;
  void addAcquire(const clang::Expr *C, PlaceId Lock, PlaceId Owner,
                  bool MayFail, bool SuccessIsZero);
  std::vector<PlaceId>
  attributeLocks(llvm::iterator_range<clang::Expr **> Arguments,
                 const clang::Expr *Call, const clang::FunctionDecl &F);
  void addEntryLocks();

  // PointFacts.cpp
  void addPoint(const clang::CallExpr *C, const clang::FunctionDecl *F);
  void classifyRow(PointCall &P, const clang::CallExpr &C, const Api &A) const;
  void classifyLibrary(PointCall &P, const clang::CallExpr &C,
                       const clang::FunctionDecl &F, const Api &A) const;
  bool isDeafWait(const clang::CallExpr &C, const clang::FunctionDecl &F,
                  const Api &A) const;
  PlaceId waitMutex(const clang::CallExpr &C, const Api &A);

  void addDestroy(const clang::Expr *Call, const clang::FunctionDecl *F);
  void addDestroyingCall(const clang::CallExpr &C,
                         const clang::FunctionDecl &F);
  void addThreadOp(const clang::CallExpr *C, const Api &A);

  // ResourceFacts.cpp
  void addResourceCall(const clang::CallExpr *C, const clang::FunctionDecl *F);
  bool addAcquisition(const clang::CallExpr *C, const clang::FunctionDecl &F,
                      const Api &A);
  void addObtain(const clang::CallExpr *C, PlaceId Where, uint8_t Kind,
                 model::ResourceFailure Failure, bool IsResult);
  bool addRelease(const clang::CallExpr *C, const Api &A);
  bool isAllocator(const clang::FunctionDecl &F) const;
  bool losesScopeEnd(const clang::VarDecl *V) const;
  void addScopedObject(const clang::VarDecl *V);
  void addConstruction(const clang::CXXConstructExpr *K);
  void addNewObject(const clang::CXXNewExpr *N);
  void addAggregate(PlaceId Object, const clang::Expr *Init, bool Whole);
  void addKeepingExpression(const clang::Stmt *S);
  void valuesIn(const clang::Expr *Root, llvm::SmallVectorImpl<PlaceId> &Out);
  void addressedIn(const clang::Expr *E, llvm::SmallVectorImpl<PlaceId> &Out);
  void copyValues(PlaceId To, const clang::Expr *E);
  void disownValues(const clang::Expr *E);

  // Conditions.cpp
  void addEdges(const clang::CFGBlock &B);
  void proveEquality(Edge &E, const Assumption &A);
  void proveUnequal(Edge &E, const Assumption &A);
  void proveCase(Edge &E, const clang::SwitchStmt &Switch,
                 const clang::Stmt *Label);
  Assumption assumption(const clang::Expr *Condition, bool Holds);

  const clang::ASTContext &Ctx;
  const FunctionIndex &Index;
  ApiResolver &Apis;
  PlaceTable &Places;
  PlaceBuilder Builder;
  const model::Libc Library;

  // Of the function at hand.
  FunctionFlow Flow;
  Block *Now = nullptr;
  llvm::DenseMap<const clang::Stmt *, const clang::Stmt *> CallParents;
  llvm::DenseMap<const clang::Stmt *, uint32_t> PushAt, PopAt;
  llvm::DenseMap<const clang::VarDecl *, uint32_t> RegionOf; ///< by marker
  /// The locks of a guard variable, for its later lock() and unlock().
  llvm::DenseMap<const clang::VarDecl *, std::vector<PlaceId>> GuardLocks;
  /// Calls whose result a branch can test, because facts speak of it.
  llvm::DenseSet<const clang::Stmt *> ValueCalls;
  /// Variables whose address is given to pthread_setcancelstate or -type.
  llvm::DenseSet<const clang::VarDecl *> SaveTargets;
  /// What has one of them in it.
  llvm::DenseSet<const clang::Stmt *> MentionsSave;
  bool TooDeep = false;     ///< clang's graph builder would not survive it
  bool NeedsScopes = false; ///< has variables with a cleanup attribute
};

} // namespace thread_stop::flow

#endif
