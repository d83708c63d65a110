// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-migrate: threads that are created, run and cancelled in this
// file, and the edits that make them threads that are asked to stop. All edits
// of a thread are one fix: a thread of which one half is migrated hangs.

#include "flow/AstWalk.h"
#include "flow/Threads.h"
#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/migrate/StopEdits.h"
#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

/// So many reasons are shown; the first is in the message.
static constexpr size_t MaxReasons = 4;

namespace {
/// Threads that have to be migrated together or not at all.
struct Unit {
  std::vector<const ThreadCreate *> Creates;
  std::vector<const ThreadUse *> Cancels;
  std::vector<FunctionId> Starts;
  std::vector<Obstacle> Obstacles;
  bool KeepResult = false;
};

class MigrationDiagnoser {
public:
  MigrationDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), T(A.context(), A.index(), A.apis()), Text(A.context()), Out(Out) {
  }

  void run();

private:
  Unit unitOf(HandleId H);
  void addCreate(Unit &U, const ThreadCreate &C);
  void checkHandle(Unit &U, HandleId H);
  bool resultIsUsed(const ThreadUse &Join);
  void unlinked(const ThreadUse &Cancel);
  struct Reach;
  void merge(std::vector<Unit> &Units);
  void report(Unit &U);
  bool edit(Unit &U, ThreadCode &Code, Finding &F);
  bool resultOfCallIsUsed(const ThreadUse &Use);
  void addCaveats(const Unit &U, const ThreadCode &Code, Finding &F);
  void refuse(const Unit &U);
  void refuse(const ThreadUse &Cancel, llvm::ArrayRef<Obstacle> Why);

  TuAnalysis &A;
  Threads T;
  support::SourceText Text;
  std::vector<Finding> &Out;
};
} // namespace

//===--- Which threads ----------------------------------------------------===//

void MigrationDiagnoser::addCreate(Unit &U, const ThreadCreate &C) {
  const SourceLocation At = C.Call->getBeginLoc();
  const FunctionDecl *Creator = A.index().calleeOf(*C.Call);
  const std::string Name = Creator ? plainQualifiedName(*Creator) : "";
  U.Creates.push_back(&C);
  if (Name != "pthread_create" && !C.Attached)
    U.Obstacles.push_back(
        {At, "'" + Name + "' has no form for threads that are asked to stop"});
  else if (!C.Routine)
    U.Obstacles.push_back({At, "what this thread runs is not known"});
  else if (C.Start == NoFunction)
    U.Obstacles.push_back({At, "'" + plainQualifiedName(*C.Routine) +
                                   "' is defined in another file"});
  else if (!llvm::is_contained(U.Starts, C.Start))
    U.Starts.push_back(C.Start);
}

bool MigrationDiagnoser::resultIsUsed(const ThreadUse &Join) {
  const int At = Join.Row->Result;
  PlaceBuilder Builder(A.context(), A.places());
  return At >= 0 && static_cast<unsigned>(At) < Join.Call->getNumArgs() &&
         Builder.constant(Join.Call->getArg(At)) != std::optional<int64_t>(0);
}

/// Whether the call is more than a statement.
bool MigrationDiagnoser::resultOfCallIsUsed(const ThreadUse &Use) {
  const FunctionId F = Use.Inside;
  const Stmt *Body = F == NoFunction ? nullptr : A.index()[F].Decl->getBody();
  bool Used = false;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *Parent) {
    if (S != Use.Call || !Parent)
      return;
    const auto *Cast = dyn_cast<CastExpr>(Parent);
    const auto *If = dyn_cast<IfStmt>(Parent);
    Used |= (isa<Expr>(Parent) && !isa<FullExpr>(Parent) &&
             !(Cast && Cast->getCastKind() == CK_ToVoid)) ||
            isa<DeclStmt>(Parent) || isa<ReturnStmt>(Parent) ||
            isa<SwitchStmt>(Parent) || (If && If->getCond() == S);
  });
  return Used;
}

void MigrationDiagnoser::checkHandle(Unit &U, HandleId H) {
  const ThreadHandle &Handle = T.handle(H);
  if (U.Creates.empty())
    U.Obstacles.push_back({U.Cancels.front()->Call->getBeginLoc(),
                           "the thread is not created in this file"});
  if (Handle.Visible)
    U.Obstacles.push_back(
        {Handle.Visible->getLocation(),
         "other files can use '" + Handle.Visible->getNameAsString() + "'"});
  if (Handle.Leaves.isValid())
    U.Obstacles.push_back(
        {Handle.Leaves, "the handle goes out of sight, or comes from there"});
}

Unit MigrationDiagnoser::unitOf(HandleId H) {
  Unit U;
  for (const ThreadUse *C : T.usesOf(H, CancelRole::Cancel))
    if (!C->Self && !C->OfCallers &&
        A.apis().isUserCode(C->Call->getBeginLoc()))
      U.Cancels.push_back(C);
  if (U.Cancels.empty())
    return U;
  for (const ThreadCreate *C : T.createsOf(H))
    addCreate(U, *C);
  checkHandle(U, H);
  for (const ThreadUse *J : T.usesOf(H, CancelRole::Join))
    U.KeepResult |= resultIsUsed(*J);
  return U;
}

/// A cancel of something that is no variable.
void MigrationDiagnoser::unlinked(const ThreadUse &Cancel) {
  if (Cancel.Self || Cancel.Handle != NoHandle ||
      Cancel.Role != CancelRole::Cancel ||
      !A.apis().isUserCode(Cancel.Call->getBeginLoc()))
    return;
  refuse(Cancel, {{Cancel.Call->getBeginLoc(),
                   Cancel.OfObject ? "make the object a 'thread_stop::thread'"
                                   : "which thread this is cannot be told"}});
}

/// What a unit's threads run, and where they wait.
struct MigrationDiagnoser::Reach {
  std::set<FunctionId> Runs, Waits;

  bool meets(const Reach &Other) const {
    auto Meet = [](const std::set<FunctionId> &L,
                   const std::set<FunctionId> &R) {
      return std::any_of(L.begin(), L.end(),
                         [&](FunctionId F) { return R.count(F) != 0; });
    };
    return Meet(Waits, Other.Runs) || Meet(Other.Waits, Runs);
  }
};

template <class T> static void append(T &To, const T &From) {
  To.insert(To.end(), From.begin(), From.end());
}

/// Threads that share a function with waits share their fate: they become one
/// unit, or, if one is to stay as it is, all do.
void MigrationDiagnoser::merge(std::vector<Unit> &Units) {
  std::vector<Reach> Of;
  for (Unit &U : Units) {
    ThreadCode Code(A, U.Starts);
    Of.emplace_back();
    Of.back().Runs.insert(Code.functions().begin(), Code.functions().end());
    for (const StopCall &S : Code.stops())
      Of.back().Waits.insert(S.Inside);
    if (U.Obstacles.empty())
      U.Obstacles = Code.obstacles();
  }
  for (size_t I = 0; I < Units.size(); ++I)
    for (size_t J = I + 1; J < Units.size();) {
      Unit &To = Units[I], &From = Units[J];
      if (!To.Obstacles.empty() || !From.Obstacles.empty() ||
          !Of[I].meets(Of[J])) {
        ++J;
        continue;
      }
      append(To.Creates, From.Creates);
      append(To.Cancels, From.Cancels);
      for (FunctionId F : From.Starts)
        if (!llvm::is_contained(To.Starts, F))
          To.Starts.push_back(F);
      To.KeepResult |= From.KeepResult;
      Of[I].Runs.insert(Of[J].Runs.begin(), Of[J].Runs.end());
      Of[I].Waits.insert(Of[J].Waits.begin(), Of[J].Waits.end());
      Units.erase(Units.begin() + static_cast<ptrdiff_t>(J));
      Of.erase(Of.begin() + static_cast<ptrdiff_t>(J));
      J = I + 1; // it may meet those before, now
    }
  for (size_t Round = 0; Round < Units.size(); ++Round)
    for (size_t I = 0; I < Units.size(); ++I)
      for (size_t J = 0; J < Units.size() && Units[I].Obstacles.empty(); ++J)
        if (!Units[J].Obstacles.empty() && Of[I].meets(Of[J]))
          Units[I].Obstacles.push_back(
              {Units[J].Cancels.front()->Call->getBeginLoc(),
               "another thread that runs the same code is not"});
}

void MigrationDiagnoser::run() {
  std::vector<Unit> Units;
  for (HandleId H = 0; H < T.handles(); ++H)
    if (Unit U = unitOf(H); !U.Cancels.empty())
      Units.push_back(std::move(U));
  for (const ThreadUse &U : T.uses())
    unlinked(U);
  merge(Units);
  for (Unit &U : Units)
    report(U);
}

//===--- Findings ---------------------------------------------------------===//

void MigrationDiagnoser::refuse(const ThreadUse &Cancel,
                                llvm::ArrayRef<Obstacle> Why) {
  Finding F;
  F.Check = CheckKind::Migrate;
  F.Loc = Text.fileLoc(Cancel.Call->getBeginLoc());
  F.Message = "this thread is not migrated: " + Why.front().Text;
  for (size_t I = 0; I < Why.size() && I < MaxReasons; ++I) {
    const SourceLocation At = Text.fileLoc(Why[I].Loc);
    if (At == F.Loc && I == 0)
      continue; // said already
    F.Notes.push_back({At, Why[I].Text, {}, false});
  }
  Out.push_back(std::move(F));
}

void MigrationDiagnoser::refuse(const Unit &U) {
  for (const ThreadUse *C : U.Cancels)
    refuse(*C, U.Obstacles);
}

/// All edits of the threads; false, with a reason, if one is not possible.
bool MigrationDiagnoser::edit(Unit &U, ThreadCode &Code, Finding &F) {
  StopEdits Edits(A, Code, U.KeepResult);
  auto Fail = [&](SourceLocation At, const char *Why) {
    U.Obstacles.push_back({At, Why});
    return false;
  };
  for (const ThreadCreate *C : U.Creates)
    if (!C->Attached && !Edits.rename(C->Call, "thread_stop_create"))
      return Fail(C->Call->getBeginLoc(), "this call cannot be rewritten");
  for (const ThreadUse *C : U.Cancels)
    if (!Edits.rename(C->Call, "thread_stop_request"))
      return Fail(C->Call->getBeginLoc(), "this call cannot be rewritten");
  for (StopCall &S : Code.stops())
    if (!Edits.stop(S) || !Edits.returns(S))
      return Fail(S.Call->getBeginLoc(),
                  "there is no place for a test after this call");
  for (const auto &[Inside, Loop] : Code.loops())
    if (!Edits.loop(Inside, Loop))
      return Fail(Loop->getBeginLoc(),
                  "there is no place for a test in this loop");
  F.Fix = Edits.take();
  F.FixHeader = "thread_stop.h";
  return true;
}

static std::string nameOf(const FunctionDecl &F) {
  const auto *M = dyn_cast<CXXMethodDecl>(&F);
  return M && M->getParent()->isLambda()
             ? "this thread"
             : "thread '" + plainQualifiedName(F) + "'";
}

void MigrationDiagnoser::report(Unit &U) {
  if (!U.Obstacles.empty())
    return refuse(U);
  ThreadCode Code(A, U.Starts);
  U.Obstacles = Code.obstacles();
  Finding F;
  if (!U.Obstacles.empty() || !edit(U, Code, F))
    return refuse(U);
  const ThreadCreate &First = *U.Creates.front();
  F.Check = CheckKind::Migrate;
  F.Loc = Text.fileLoc(First.Call->getBeginLoc());
  F.Message = nameOf(*First.Routine) +
              " can be asked to stop instead of being cancelled";
  for (size_t I = 1; I < U.Creates.size(); ++I)
    F.Notes.push_back({Text.fileLoc(U.Creates[I]->Call->getBeginLoc()),
                       "together with the thread created here",
                       {},
                       false});
  for (const ThreadUse *C : U.Cancels)
    F.Notes.push_back({Text.fileLoc(C->Call->getBeginLoc()),
                       "the request takes the place of this cancel",
                       {},
                       false});
  addCaveats(U, Code, F);
  Out.push_back(std::move(F));
}

/// What the migrated thread does not do as the cancelled one did.
void MigrationDiagnoser::addCaveats(const Unit &U, const ThreadCode &Code,
                                    Finding &F) {
  auto Note = [&](const Stmt *S, std::string Says) {
    F.Notes.push_back(
        {Text.fileLoc(S->getBeginLoc()), std::move(Says), {}, false});
  };
  for (const ThreadUse *C : U.Cancels)
    if (resultOfCallIsUsed(*C))
      Note(C->Call, "the result is ESRCH, not 0, once the thread has ended");
  for (const auto &Each : Code.unended())
    Note(Each.second,
         "a request does not end '" +
             plainQualifiedName(*A.index().calleeOf(*Each.second)) +
             "', should it wait");
}

void diagnoseMigration(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.options().Migrate && !A.isBroken())
    MigrationDiagnoser(A, Out).run();
}

} // namespace thread_stop::flow
