// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-unjoined-cancel: requests that nobody waits for, things taken
// from under a thread that was only asked to stop, handles used after their
// thread is gone.

#include "flow/AstWalk.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"
#include "flow/diagnose/ThreadData.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"

#include <algorithm>
#include <map>
#include <set>

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

static const ValueDecl *declOf(const Expr *E) {
  E = E->IgnoreParenCasts()->IgnoreImplicit();
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && (U->getOpcode() == UO_AddrOf || U->getOpcode() == UO_Deref))
    return declOf(U->getSubExpr());
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    return cast<ValueDecl>(D->getDecl()->getCanonicalDecl());
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return M->getMemberDecl();
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return declOf(A->getBase());
  return nullptr;
}

/// `p`, `lock` for `&p->lock`: all variables and members on the way.
static std::vector<const ValueDecl *> wayOf(const Expr *E) {
  std::vector<const ValueDecl *> Out;
  forEachEvaluated(E, [&](const Stmt *S, const Stmt *) {
    if (const auto *D = dyn_cast<DeclRefExpr>(S))
      Out.push_back(cast<ValueDecl>(D->getDecl()->getCanonicalDecl()));
    else if (const auto *M = dyn_cast<MemberExpr>(S))
      Out.push_back(M->getMemberDecl());
  });
  return Out;
}

namespace {
class ThreadEndDiagnoser {
public:
  ThreadEndDiagnoser(TuAnalysis &A, const Threads &All,
                     std::vector<Finding> &Out)
      : A(A), All(All), Data(A, All), Text(A.context()), Out(Out) {
    for (FunctionId F = 0; F < A.index().size(); ++F)
      HasMain |= A.index()[F].IsMain;
  }

  void run() {
    findUnjoined();
    std::set<FunctionId> Where;
    for (const ThreadUse &U : All.uses())
      if (U.Inside != NoFunction)
        Where.insert(U.Inside);
    for (FunctionId F : Where)
      if (const FunctionFlow *Flow = A.flow(F);
          Flow && Flow->Valid && A.index()[F].Followed)
        walk(*Flow);
  }

private:
  //--- Requests that nobody waits for

  static const Expr *argument(const CallExpr &C, int I) {
    return I >= 0 && static_cast<unsigned>(I) < C.getNumArgs() ? C.getArg(I)
                                                               : nullptr;
  }

  /// Created joinable, as far as this file shows.
  bool isJoinable(const ThreadCreate &C) const {
    const FunctionDecl *F = A.index().calleeOf(*C.Call);
    const model::CancelApi *Row = F ? A.apis().of(*F).Cancel : nullptr;
    const Expr *Attributes = Row ? argument(*C.Call, Row->Attributes) : nullptr;
    if (!Attributes ||
        Attributes->isNullPointerConstant(const_cast<ASTContext &>(A.context()),
                                          Expr::NPC_ValueDependentIsNotNull))
      return true;
    const ValueDecl *D = declOf(Attributes);
    // Attributes that others fill in may say anything.
    const auto *V = dyn_cast_or_null<VarDecl>(D);
    if (!V || isa<ParmVarDecl>(V) || V->getType()->isPointerType() ||
        !V->hasLocalStorage())
      return false;
    return !SetsDetached.count(D);
  }

  /// The attribute objects for which some detach state is set.
  void findDetachedAttributes() {
    std::set<FunctionId> Creators;
    for (const ThreadCreate &C : All.creates())
      if (C.Inside != NoFunction)
        Creators.insert(C.Inside);
    for (FunctionId F : Creators)
      forEachEvaluated(A.index()[F].Decl->getBody(),
                       [&](const Stmt *S, const Stmt *) {
                         const auto *Call = dyn_cast<CallExpr>(S);
                         if (!Call || !mayDetach(*Call))
                           return;
                         for (const Expr *Each : Call->arguments())
                           if (const ValueDecl *D = declOf(Each))
                             SetsDetached.insert(D);
                       });
  }

  /// pthread_attr_setdetachstate, unless to joinable, and functions that
  /// nobody sees.
  bool mayDetach(const CallExpr &C) const {
    const FunctionDecl *F = A.index().calleeOf(C);
    if (!F)
      return true;
    const Api &Row = A.apis().of(*F);
    if (Row.is(CancelRole::Create) || Row.ThreadCreate)
      return false;
    if (Row.is(CancelRole::AttrDetach)) {
      const Expr *State = argument(C, Row.Cancel->Argument);
      Expr::EvalResult R;
      return !State || !State->EvaluateAsInt(R, A.context()) ||
             R.Val.getInt() != 0; // PTHREAD_CREATE_JOINABLE
    }
    return !Row.OfCLibrary;
  }

  /// A variable with external linkage, in a file that is no whole program.
  bool isNamedElsewhere(const ThreadHandle &H) const {
    return !HasMain &&
           std::any_of(H.Names.begin(), H.Names.end(), [](const auto *D) {
             const auto *V = dyn_cast<VarDecl>(D);
             return V && V->isExternallyVisible();
           });
  }

  bool isWaitedFor(HandleId H) const {
    return !All.usesOf(H, CancelRole::Join).empty() ||
           !All.usesOf(H, CancelRole::Detach).empty();
  }

  /// pthread_detach(pthread_self()) in what the thread runs.
  bool detachesItself(const ThreadCreate &C) const {
    for (const ThreadUse &U : All.uses())
      if (U.Role == CancelRole::Detach && U.Self && C.Start != NoFunction) {
        const std::vector<FunctionId> Runs =
            Threads::reachable(A.index(), C.Start);
        if (std::find(Runs.begin(), Runs.end(), U.Inside) != Runs.end())
          return true;
      }
    return false;
  }

  bool areJoinable(const std::vector<const ThreadCreate *> &Creates) const {
    return std::all_of(Creates.begin(), Creates.end(),
                       [&](const ThreadCreate *C) {
                         return isJoinable(*C) && !detachesItself(*C);
                       });
  }

  void findUnjoined() {
    findDetachedAttributes();
    std::set<HandleId> Done;
    for (const ThreadUse &U : All.uses()) {
      if ((U.Role != CancelRole::Cancel && U.Role != CancelRole::StopRequest) ||
          U.Self || U.Handle == NoHandle || Done.count(U.Handle))
        continue;
      const ThreadHandle &H = All.handle(U.Handle);
      const std::vector<const ThreadCreate *> Creates = All.createsOf(U.Handle);
      if (Creates.empty() || H.Escapes.isValid() || H.Visible ||
          isNamedElsewhere(H) || isWaitedFor(U.Handle))
        continue;
      if (!areJoinable(Creates))
        continue;
      const FunctionFlow *F = A.flow(U.Inside);
      if (!A.apis().isUserCode(U.Call->getBeginLoc()) ||
          (F && !F->reaches(U.Call)) || A.gate().isLast(*U.Call))
        continue;
      Done.insert(U.Handle);
      Finding New;
      New.Check = CheckKind::UnjoinedCancel;
      New.Loc = Text.fileLoc(U.Call->getBeginLoc());
      New.Message = "thread asked to stop but never joined or detached: it may "
                    "run on and is never released";
      New.Notes.push_back({Text.fileLoc(Creates[0]->Call->getBeginLoc()),
                           "the thread is created here",
                           {},
                           false});
      Out.push_back(std::move(New));
    }
  }

  //--- Paths

  void walk(const FunctionFlow &F) {
    const Reporter Report(A, F);
    A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
      if (S.Overflow || S.States.empty())
        return;
      if (const auto *Op = std::get_if<ThreadOp>(&Each))
        checkUse(S, *Op, Report, F);
      else if (const auto *D = std::get_if<Destroy>(&Each))
        checkDestroy(S, *D, F, Report);
    });
  }

  /// The last deed to `Handle` on all paths, if it is the same.
  static const HandleState *common(const StateSet &S, PlaceId Handle) {
    const HandleState *First = nullptr;
    for (const PathState &P : S.States) {
      const HandleState *H = P.handle(Handle);
      if (!H || (First && H->Last != First->Last))
        return nullptr;
      First = H;
    }
    return First;
  }

  /// Is the handle of the request at `By` kept in one variable only, of threads
  /// that have to be joined, and does nothing that `F` calls do so?
  bool isOnlyJoinedHere(const FunctionFlow &F, SiteId By) const {
    const auto Request =
        std::find_if(All.uses().begin(), All.uses().end(),
                     [&](const ThreadUse &U) { return U.At == F.Sites[By].S; });
    if (Request == All.uses().end() || Request->Handle == NoHandle)
      return false;
    const ThreadHandle &H = All.handle(Request->Handle);
    if (H.Names.size() != 1 || H.Escapes.isValid() ||
        !areJoinable(All.createsOf(Request->Handle)))
      return false;
    std::set<FunctionId> Joining;
    for (CancelRole R : {CancelRole::Join, CancelRole::Detach})
      for (const ThreadUse *Each : All.usesOf(Request->Handle, R))
        Joining.insert(Each->Inside);
    for (const Block &B : F.Graph.Blocks)
      for (const Fact &Each : B.Facts)
        if (const auto *C = std::get_if<CallFunction>(&Each))
          for (FunctionId G : Threads::reachable(A.index(), C->Callee))
            if (Joining.count(G))
              return false;
    return true;
  }

  void checkOverwritten(const HandleState &H, const ThreadOp &Create,
                        const Reporter &Report, const FunctionFlow &F) {
    if (H.Last != ThreadDeed::Request || !isOnlyJoinedHere(F, H.By))
      return;
    Finding New =
        Report.finding(CheckKind::UnjoinedCancel, H.By,
                       "thread asked to stop but not joined before its handle "
                       "is overwritten: it may run on and is never released");
    Report.note(New, Create.Site, "another thread gets the handle here");
    Out.push_back(std::move(New));
  }

  void checkUse(const StateSet &S, const ThreadOp &Op, const Reporter &Report,
                const FunctionFlow &F) {
    if (Op.Handle == NoPlace)
      return;
    const HandleState *H = common(S, Op.Handle);
    if (H && Op.Deed == ThreadDeed::Create)
      return checkOverwritten(*H, Op, Report, F);
    if (!H || (H->Last != ThreadDeed::Join && H->Last != ThreadDeed::Detach) ||
        H->By == Op.Site)
      return;
    const bool Joined = H->Last == ThreadDeed::Join;
    Finding New =
        Report.finding(CheckKind::UnjoinedCancel, Op.Site,
                       std::string("handle used after its thread was ") +
                           (Joined ? "joined" : "detached") +
                           ": it may be invalid or another thread's");
    Report.note(New, H->By, Joined ? "joined here" : "detached here");
    Out.push_back(std::move(New));
  }

  /// Does the thread behind `Create` get, or use, what `Victim` names, or the
  /// members `Fields` of it?
  bool concerns(const ThreadCreate &Create, const Expr *Victim, bool IsLock,
                llvm::ArrayRef<uintptr_t> Fields) {
    const ValueDecl *Given = Create.Data ? declOf(Create.Data) : nullptr;
    const std::vector<const ValueDecl *> Way = wayOf(Victim);
    if (Given && (std::find(Way.begin(), Way.end(), Given) != Way.end() ||
                  llvm::is_contained(Fields, PlaceBuilder::identity(Given))))
      return true;
    const ValueDecl *D = declOf(Victim);
    const auto *V = dyn_cast_or_null<VarDecl>(D);
    if (!IsLock || !V || !V->hasGlobalStorage() || Create.Start == NoFunction)
      return false;
    bool Uses = false;
    for (FunctionId G : Threads::reachable(A.index(), Create.Start))
      forEachEvaluated(A.index()[G].Decl->getBody(),
                       [&](const Stmt *S, const Stmt *) {
                         if (const auto *R = dyn_cast<DeclRefExpr>(S))
                           Uses |= R->getDecl()->getCanonicalDecl() == V;
                       });
    return Uses;
  }

  //--- Things taken from under a thread

  /// What a function does to the object behind one of its parameters.
  struct Undone {
    bool IsLock = false;
    std::vector<uintptr_t> Fields; ///< the way to what is released
    bool operator==(const Undone &O) const {
      return IsLock == O.IsLock && Fields == O.Fields;
    }
  };

  static std::vector<uintptr_t> fieldsOf(const Place &P) {
    std::vector<uintptr_t> Out;
    for (const Step &S : P.Path)
      if (S.K == Step::Kind::Field)
        Out.push_back(S.Id);
    return Out;
  }

  /// What the fact undoes of the object behind parameter `I`.
  std::vector<Undone> undoneBy(const Destroy &D, unsigned I, unsigned Depth) {
    if (D.Object == NoPlace || A.places()[D.Object].Kind != BaseKind::Param ||
        A.places()[D.Object].Index != I)
      return {};
    const std::vector<uintptr_t> Way = fieldsOf(A.places()[D.Object]);
    if (D.Callee == NoFunction)
      return {{D.IsLock, Way}};
    std::vector<Undone> Out = undoneIn(D.Callee, D.Parameter, Depth + 1);
    for (Undone &U : Out)
      U.Fields.insert(U.Fields.begin(), Way.begin(), Way.end());
    return Out;
  }

  /// Whether the function can be left without coming through a block of
  /// `Through`, but where the parameter at `P` is null.
  static bool canAvoid(const FlowGraph &G, const std::vector<uint8_t> &Through,
                       PlaceId P) {
    std::vector<uint8_t> Seen(G.Blocks.size());
    std::vector<uint32_t> Stack{G.Entry};
    while (!Stack.empty()) {
      const uint32_t At = Stack.back();
      Stack.pop_back();
      if (Seen[At] || Through[At])
        continue;
      Seen[At] = 1;
      auto NotNull = [P](const Assumption &Proves) {
        return Proves.Term != P || Proves.Rel != Relation::EQ ||
               Proves.Value != 0;
      };
      const Block &B = G.Blocks[At];
      if (B.LeavesFunction &&
          (B.ExitProves.empty() || llvm::any_of(B.ExitProves, NotNull)))
        return true;
      for (const Edge &E : B.Edges)
        if (NotNull(E.Proves))
          Stack.push_back(E.To);
    }
    return false;
  }

  /// What is certainly undone by a call of `Id` that gets a pointer as its
  /// parameter `I`.
  const std::vector<Undone> &undoneIn(FunctionId Id, unsigned I,
                                      unsigned Depth) {
    const auto [It, New] = Known.try_emplace({Id, I});
    const FunctionFlow *F = New && Depth < 4 ? A.flow(Id) : nullptr;
    if (!F || !F->Valid || I >= F->Decl->getNumParams())
      return It->second;
    Place Root;
    Root.Kind = BaseKind::Param;
    Root.Index = I;
    Root.Base = PlaceBuilder::identity(F->Decl->getParamDecl(I));
    const PlaceId P = A.places().intern(std::move(Root));
    std::vector<Undone> Found;
    std::vector<std::vector<uint8_t>> Where;
    for (uint32_t B = 0; B < F->Graph.Blocks.size(); ++B)
      for (const Fact &Each : F->Graph.Blocks[B].Facts) {
        if (writesTo(Each, P, A.places()))
          return Known[{Id, I}];
        if (const auto *D = std::get_if<Destroy>(&Each))
          for (Undone &U : undoneBy(*D, I, Depth)) {
            const size_t N =
                std::find(Found.begin(), Found.end(), U) - Found.begin();
            if (N == Found.size()) {
              Found.push_back(U);
              Where.emplace_back(F->Graph.Blocks.size());
            }
            Where[N][B] = 1;
          }
      }
    std::vector<Undone> Out;
    for (size_t N = 0; N < Found.size(); ++N)
      if (!canAvoid(F->Graph, Where[N], P))
        Out.push_back(Found[N]);
    return Known[{Id, I}] = std::move(Out);
  }

  void checkDestroy(const StateSet &S, const Destroy &D, const FunctionFlow &F,
                    const Reporter &Report) {
    const auto *Victim = dyn_cast_or_null<Expr>(F.Sites[D.What].S);
    if (!Victim || std::all_of(S.States.begin(), S.States.end(),
                               [](const auto &P) { return P.Handles.empty(); }))
      return;
    if (D.Callee == NoFunction)
      return checkUndone(S, D, F, Report, *Victim, {D.IsLock, {}});
    for (const Undone &U : undoneIn(D.Callee, D.Parameter, 0))
      checkUndone(S, D, F, Report, *Victim, U);
  }

  void checkUndone(const StateSet &S, const Destroy &D, const FunctionFlow &F,
                   const Reporter &Report, const Expr &Victim,
                   const Undone &What) {
    for (const HandleState &H : S.States[0].Handles) {
      const HandleState *Same = common(S, H.Where);
      if (!Same || Same->Last != ThreadDeed::Request || H.By == NoSite)
        continue;
      for (const ThreadUse &U : All.uses()) {
        if (U.At != F.Sites[H.By].S)
          continue;
        const bool IsOfData = Data.has(
            U, H.Where, F, {D.Object, What.Fields, F.Sites[D.Site].S, &Victim});
        for (const ThreadCreate *C : All.createsOf(U.Handle))
          if (IsOfData || concerns(*C, &Victim, What.IsLock, What.Fields)) {
            Finding New = Report.finding(
                CheckKind::UnjoinedCancel, D.Site,
                What.IsLock
                    ? "destroyed while the thread that was asked to stop "
                      "may still use it: join it first"
                    : "released while the thread that was asked to stop "
                      "may still use it: join it first");
            Report.note(New, H.By, "the thread is only asked to stop here");
            Report.note(New, Text.fileLoc(C->Call->getBeginLoc()),
                        "it was given to the thread here");
            Out.push_back(std::move(New));
            return;
          }
      }
    }
  }

  TuAnalysis &A;
  const Threads &All;
  ThreadData Data;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  bool HasMain = false;
  std::set<const ValueDecl *> SetsDetached;
  /// See undoneIn.
  std::map<std::pair<FunctionId, unsigned>, std::vector<Undone>> Known;
};
} // namespace

void diagnoseThreadEnds(TuAnalysis &A, std::vector<Finding> &Out) {
  if (const Threads *All = A.gate().threads(); All && !A.isBroken())
    ThreadEndDiagnoser(A, *All, Out).run();
}

} // namespace thread_stop::flow
