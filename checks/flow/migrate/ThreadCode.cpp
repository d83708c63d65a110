// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/migrate/ThreadCode.h"

#include "flow/AstWalk.h"
#include "flow/Threads.h"
#include "model/AsyncSafety.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

ThreadCode::ThreadCode(TuAnalysis &A, std::vector<FunctionId> Starts)
    : A(A), Starts(std::move(Starts)) {
  findContexts();
  for (FunctionId F : Functions)
    scan(F);
  checkTypes();
  checkHandlers();
  if (!Obstacles.empty())
    return;
  decideTests();
  for (FunctionId F : Functions)
    findLoops(F);
}

void ThreadCode::obstacle(const Stmt *S, std::string Text) {
  Obstacles.push_back({S->getBeginLoc(), std::move(Text)});
}

//===--- States -----------------------------------------------------------===//

static unsigned bits(const Mode &M, unsigned Entry) {
  if (M.isEntry())
    return Entry;
  if (M.isOn())
    return Disabled;
  return M.isOff() ? Enabled : NotKnown;
}

/// The statement of a fact that may change the state.
static const Stmt *changer(const FunctionFlow &Flow, const Fact &Each) {
  SiteId At = NoSite;
  if (const auto *Set = std::get_if<SetMode>(&Each))
    At = Set->Site;
  else if (const auto *Call = std::get_if<CallFunction>(&Each))
    At = Call->Site;
  return At < Flow.Sites.size() ? Flow.Sites[At].S : nullptr;
}

/// The states before element `Before` of a block.
unsigned ThreadCode::modesAtBlock(FunctionId F, const CFGBlock &B,
                                  size_t Before) {
  const unsigned In = Entry[F];
  if (!A.index()[F].ReachesMode)
    return In;
  const FunctionFlow &Flow = *A.flow(F);
  const uint32_t Id = B.getBlockID();
  if (!Flow.Solved.Converged || Id >= Flow.Solved.AtEntry.size())
    return NotKnown;
  if (!Flow.Solved.AtEntry[Id])
    return 0; // not reached
  llvm::DenseSet<const Stmt *> Later;
  for (size_t I = Before; I < B.size(); ++I)
    if (auto S = B[I].getAs<CFGStmt>())
      Later.insert(S->getStmt());
  CancelAnalysis Analysis(A.places(), A, Flow.EntryLocks);
  StateSet States = *Flow.Solved.AtEntry[Id];
  for (const Fact &Each : Flow.Graph.Blocks[Id].Facts) {
    const Stmt *Changes = changer(Flow, Each);
    if (Changes && Later.count(Changes))
      break;
    Analysis.transfer(States, Each);
  }
  unsigned Out = States.Overflow ? unsigned(NotKnown) : 0u;
  for (const PathState &P : States.States)
    Out |= bits(P.Modes[static_cast<size_t>(ModeKind::State)], In);
  return Out;
}

void ThreadCode::forEachCall(
    FunctionId F, llvm::function_ref<void(const CallExpr *, unsigned)> Visit) {
  const FunctionFlow *Flow = A.flow(F);
  if (!Flow || !Flow->Valid || !Flow->Source)
    return;
  const SourceManager &SM = A.context().getSourceManager();
  for (const CFGBlock *B : reachableBlocks(*Flow->Source))
    for (size_t I = 0; I < B->size(); ++I) {
      auto S = (*B)[I].getAs<CFGStmt>();
      const auto *C = S ? dyn_cast<CallExpr>(S->getStmt()) : nullptr;
      // What the cleanup macros call is none of the thread's own calls.
      if (C && !SM.isInSystemHeader(SM.getSpellingLoc(C->getBeginLoc())))
        if (const unsigned Modes = modesAtBlock(F, *B, I))
          Visit(C, Modes);
    }
}

/// Which functions the threads run, and in which states they are entered.
void ThreadCode::findContexts() {
  std::vector<FunctionId> Open;
  auto Add = [&](FunctionId F, unsigned Modes) {
    unsigned &Known = Entry[F];
    if (!Known)
      Functions.push_back(F);
    if ((Known | Modes) != Known) {
      Known |= Modes;
      Open.push_back(F);
    }
  };
  for (FunctionId F : Starts)
    Add(F, Enabled);
  while (!Open.empty()) {
    const FunctionId F = Open.back();
    Open.pop_back();
    std::set<FunctionId> Called;
    forEachCall(F, [&](const CallExpr *C, unsigned Modes) {
      const FunctionDecl *Callee = A.index().calleeOf(*C);
      const FunctionId To = Callee ? A.index().idOf(Callee) : NoFunction;
      if (To != NoFunction) {
        Called.insert(To);
        Add(To, Modes);
      }
    });
    // Constructors; destructors run when the thread is on its way out, like
    // handlers.
    for (FunctionId To : A.index()[F].Callees)
      if (!Called.count(To) && isa<CXXConstructorDecl>(A.index()[To].Decl))
        Add(To, Entry[F]);
  }
}

//===--- Calls ------------------------------------------------------------===//

void ThreadCode::scan(FunctionId F) {
  const FunctionFlow *Flow = A.flow(F);
  if (!Flow || !Flow->Valid || !Flow->Source) {
    Obstacles.push_back({A.index()[F].Decl->getLocation(),
                         "the flow of this function is not known"});
    return;
  }
  if (Flow->Decl->isTemplateInstantiation())
    Obstacles.push_back(
        {Flow->Decl->getLocation(), "the thread runs a template"});
  forEachCall(
      F, [&](const CallExpr *C, unsigned Modes) { scanCall(F, C, Modes); });
}

void ThreadCode::scanCall(FunctionId F, const CallExpr *C, unsigned Modes) {
  const FunctionDecl *Callee = A.index().calleeOf(*C);
  if (!Callee) {
    if (Modes != Disabled)
      obstacle(C, "what this calls is not known, and may wait");
    return;
  }
  const auto *M = dyn_cast<CXXMethodDecl>(Callee);
  const auto *Member = dyn_cast<MemberExpr>(C->getCallee()->IgnoreParens());
  if (M && M->isVirtual() && Member && !Member->hasQualifier() &&
      !M->hasAttr<FinalAttr>() && !M->getParent()->hasAttr<FinalAttr>()) {
    if (Modes != Disabled)
      obstacle(C, "what this virtual function does is not known");
    return;
  }
  if (A.index().idOf(Callee) == NoFunction)
    scanCallee(F, C, *Callee, Modes);
}

static FailedCall failureOf(const CallExpr *C, const model::StopForm &Form) {
  FailedCall Failed;
  Failed.Call = C;
  Failed.SetsErrno = Form.Result != model::StopResult::ErrorNumber;
  if (Form.Result == model::StopResult::MinusOne)
    Failed.Value = -1;
  else if (Form.Result == model::StopResult::ErrorNumber)
    Failed.Value = Canceled;
  Failed.Success = Form.Result == model::StopResult::MinusOne &&
                   Form.Name != llvm::StringRef("connect") &&
                   Form.Name != llvm::StringRef("nanosleep") &&
                   Form.Name != llvm::StringRef("sem_wait");
  return Failed;
}

void ThreadCode::scanCallee(FunctionId F, const CallExpr *C,
                            const FunctionDecl &Callee, unsigned Modes) {
  const Api &Known = A.apis().of(Callee);
  const std::string Name = plainQualifiedName(Callee);
  const model::StopForm *Form =
      Known.Point && Callee.isExternC() ? model::findStopForm(Name) : nullptr;
  const bool IsTest = Known.is(CancelRole::TestCancel);
  if (Modes == Disabled)
    return; // the thread must not stop here, and did not before
  if (Form || IsTest) {
    if (Modes != Enabled) {
      obstacle(C, "cancellation may be enabled or disabled in this call");
      return;
    }
    if (C->getBeginLoc().isMacroID() ||
        C->getCallee()->getBeginLoc().isMacroID()) {
      obstacle(C, "this call stands in a macro");
      return;
    }
    const SourceManager &SM = A.context().getSourceManager();
    if (!SM.isInMainFile(C->getBeginLoc())) {
      obstacle(C, "this call stands in a header");
      return;
    }
    StopCall S;
    S.K = IsTest ? StopCall::Kind::Test : StopCall::Kind::Wait;
    S.Inside = F;
    S.Call = C;
    S.Form = Form;
    if (Form)
      S.Failed = failureOf(C, *Form);
    Stops.push_back(std::move(S));
    StopCalls.insert(C);
    return;
  }
  std::string Why;
  if (waitsElsewhere(C, Callee, Why))
    obstacle(C, Why);
}

/// stdio that waits for input is a point, although the table cannot say how
/// long it waits: that is up to the file.
static bool readsInput(llvm::StringRef Name) {
  static const llvm::StringRef Names[] = {
      "fgetc",   "fgets",    "fgetwc",  "fgetws",   "fread",   "fscanf",
      "fwscanf", "getc",     "getchar", "getdelim", "getline", "gets",
      "getwc",   "getwchar", "scanf",   "wscanf",   "pclose",  "wait3"};
  return llvm::is_contained(Names, Name);
}

/// A wait of C++'s library, which no request ends.
static bool isStandardWait(llvm::StringRef Name) {
  static const llvm::StringRef Names[] = {"std::condition_variable::wait",
                                          "std::condition_variable_any::wait",
                                          "std::future::get",
                                          "std::future::wait",
                                          "std::shared_future::get",
                                          "std::shared_future::wait",
                                          "std::thread::join",
                                          "std::jthread::join",
                                          "std::getline",
                                          "std::basic_istream::read",
                                          "std::basic_istream::get",
                                          "std::basic_istream::getline",
                                          "std::basic_istream::operator>>",
                                          "std::operator>>"};
  return llvm::is_contained(Names, Name);
}

/// A wait that is left as it is, since it nearly never lasts: on a FIFO that
/// nobody has opened, or a full pipe behind a stream.
static bool mayStillWait(const model::CancellationPoint &P, const CallExpr &C) {
  if (P.Family == model::PointFamily::Stdio)
    return P.Rule != model::PointRule::Inert &&
           P.Rule != model::PointRule::Never;
  return P.Blocking == model::PointBlocking::Indefinite &&
         (P.Name == "open" || P.Name == "openat") && C.getNumArgs() > 0;
}

static bool isNothrow(const FunctionDecl &F) {
  if (F.hasAttr<NoThrowAttr>() || F.hasAttr<ConstAttr>() ||
      F.hasAttr<PureAttr>())
    return true;
  const auto *P = F.getType()->getAs<FunctionProtoType>();
  return P && P->isNothrow();
}

/// May the call wait until somebody else acts? Remembers those that wait for
/// some time only.
bool ThreadCode::waitsElsewhere(const CallExpr *C, const FunctionDecl &Callee,
                                std::string &Why) {
  const Api &Known = A.apis().of(Callee);
  const std::string Name = plainQualifiedName(Callee);
  for (const std::string &Named : A.options().NonBlockingFunctions)
    if (Named == Name)
      return false;
  const bool User = A.apis().isUserCode(Callee.getLocation());
  if (Callee.isInStdNamespace() || Name.rfind("std::", 0) == 0) {
    Why = "'" + Name +
          "' may wait for ever, and has no form that a request "
          "ends";
    return isStandardWait(Name);
  }
  if (const model::CancellationPoint *P = Known.Point) {
    if (P->Blocking == model::PointBlocking::Timed) {
      TimedCalls.insert(C);
      return false;
    }
    PassedPoints.insert(C);
    bool Waits = readsInput(Name);
    if (P->Blocking == model::PointBlocking::Indefinite) {
      std::optional<int64_t> Argument;
      const int At = model::pointArgumentIndex(Name);
      PlaceBuilder Builder(A.context(), A.places());
      if (At >= 0 && static_cast<unsigned>(At) < C->getNumArgs())
        Argument = Builder.constant(C->getArg(At));
      // open() waits for a FIFO only, and mostly opens something else.
      Waits |= Name != "open" && Name != "openat" &&
               model::mayBeCancellationPoint(Name, model::Libc::Glibc,
                                             model::PointPolicy(), Argument);
    }
    Why = "'" + Name +
          "' may wait for ever, and has no form that a request "
          "ends";
    if (!Waits && mayStillWait(*P, *C))
      Unended.try_emplace(P->Blocking == model::PointBlocking::Indefinite, C);
    return Waits;
  }
  if (Known.Cancel || Known.Lock || Callee.getBuiltinID() ||
      isNothrow(Callee) || model::findAsyncSafety(Name) ||
      Callee.isReservedGlobalPlacementOperator())
    return false;
  if (!User && Callee.isOverloadedOperator())
    return false; // operator new and delete
  Why = "what '" + Name + "' does is not known here: it may wait";
  return true;
}

//===--- What else keeps a thread as it is --------------------------------===//

void ThreadCode::checkTypes() {
  PlaceBuilder Builder(A.context(), A.places());
  for (const ApiCall &C : A.index().ModeCalls) {
    const auto *Call = dyn_cast<CallExpr>(C.Call);
    if (!Call || !Entry.count(C.Inside) ||
        !A.apis().of(*C.Callee).is(CancelRole::SetType) ||
        Call->getNumArgs() == 0)
      continue;
    if (Builder.constant(Call->getArg(0)) == std::optional<int64_t>(1))
      obstacle(Call, "the thread can be cancelled at any instruction");
  }
}

/// The destructors of a type, of its members, bases and elements.
void ThreadCode::addDestructors(QualType T, std::set<const Type *> &Seen,
                                std::set<FunctionId> &Run) {
  T = A.context().getBaseElementType(T.getNonReferenceType());
  if (T->isPointerType())
    return;
  const CXXRecordDecl *R = T->getAsCXXRecordDecl();
  if (!R || !R->hasDefinition() ||
      !Seen.insert(T.getCanonicalType().getTypePtr()).second)
    return;
  if (const CXXDestructorDecl *D = R->getDestructor())
    for (FunctionId Each :
         Threads::reachable(A.index(), A.index().idOf(D->getDefinition())))
      Run.insert(Each);
  for (const FieldDecl *Field : R->fields())
    addDestructors(Field->getType(), Seen, Run);
  for (const CXXBaseSpecifier &Base : R->bases())
    addDestructors(Base.getType(), Seen, Run);
  if (const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(R))
    for (const TemplateArgument &Given : S->getTemplateArgs().asArray())
      if (Given.getKind() == TemplateArgument::Type)
        addDestructors(Given.getAsType(), Seen, Run);
}

/// What runs at the end of the scopes of a function.
void ThreadCode::addScopeEnds(FunctionId F, std::set<const Type *> &Seen,
                              std::set<FunctionId> &Run) {
  auto Look = [&](const Stmt *S, const Stmt *) {
    if (const auto *New = dyn_cast<CXXNewExpr>(S))
      addDestructors(New->getAllocatedType(), Seen, Run);
    const auto *Declares = dyn_cast<DeclStmt>(S);
    if (!Declares)
      return;
    for (const Decl *Each : Declares->decls())
      if (const auto *V = dyn_cast<VarDecl>(Each)) {
        addDestructors(V->getType(), Seen, Run);
        if (const auto *Cleanup = V->getAttr<CleanupAttr>())
          for (FunctionId To : Threads::reachable(
                   A.index(), A.index().idOf(Cleanup->getFunctionDecl())))
            Run.insert(To);
      }
  };
  forEachEvaluated(A.index()[F].Decl->getBody(), Look);
}

/// After a stop every wait fails at once: one that a handler or a destructor
/// shares with the thread's own code would, too.
void ThreadCode::checkHandlers() {
  std::set<FunctionId> Run, AtScopeEnd;
  std::set<const Type *> Seen;
  for (FunctionId F : Functions) {
    addScopeEnds(F, Seen, AtScopeEnd);
    if (const FunctionFlow *Flow = A.flow(F))
      for (const CleanupRegion &R : Flow->Regions)
        if (const FunctionDecl *H =
                R.Handler ? A.index().functionOf(R.Handler) : nullptr)
          for (FunctionId Each :
               Threads::reachable(A.index(), A.index().idOf(H)))
            Run.insert(Each);
  }
  for (const StopCall &S : Stops)
    if (Run.count(S.Inside) || AtScopeEnd.count(S.Inside)) {
      obstacle(S.Call, Run.count(S.Inside)
                           ? "a cleanup handler makes this call, too"
                           : "a destructor makes this call, too");
      return;
    }
}

} // namespace thread_stop::flow
