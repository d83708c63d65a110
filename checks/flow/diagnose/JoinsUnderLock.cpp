// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-join-under-lock.

#include "flow/AstWalk.h"
#include "flow/CancelAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include <algorithm>
#include <map>
#include <set>

using namespace clang;

namespace thread_stop::flow {

namespace {
/// A lock call of the joined thread.
struct Taken {
  PlaceId Lock = NoPlace;
  bool Shared = false;
  SourceLocation At;
};

/// Calls with which two threads wait for each other.
struct Meetings {
  bool Barrier = false, Waits = false, Posts = false;

  /// Those in `Body`, as far as they come before `End` if that is valid.
  void add(TuAnalysis &A, const Stmt *Body, SourceLocation End = {}) {
    const SourceManager &SM = A.context().getSourceManager();
    forEachEvaluated(Body, [&](const Stmt *S, const Stmt *) {
      const auto *C = dyn_cast<CallExpr>(S);
      const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
      if (!F || !F->getIdentifier() || !A.apis().of(*F).OfCLibrary ||
          (End.isValid() &&
           !SM.isBeforeInTranslationUnit(C->getBeginLoc(), End)))
        return;
      const llvm::StringRef Name = F->getName();
      Barrier |= Name == "pthread_barrier_wait";
      Waits |= Name == "sem_wait";
      Posts |= Name == "sem_post";
    });
  }
};

/// A join in a function or in what it calls, in the function's own places.
struct JoinInside {
  const Stmt *Call = nullptr;
  /// The call of this function that leads to it, if any.
  SiteId At = NoSite;
  PlaceId Handle = NoPlace;

  bool operator==(const JoinInside &O) const {
    return Call == O.Call && At == O.At && Handle == O.Handle;
  }
};

/// The joins that a call of each function comes to with what its caller holds.
class JoinsInside {
public:
  explicit JoinsInside(TuAnalysis &A) : A(A) {}

  /// What one fact of `F` comes to.
  std::vector<JoinInside> of(const FunctionFlow &F, const Fact &Each,
                             unsigned Depth = 0) {
    if (const auto *Op = std::get_if<ThreadOp>(&Each))
      return Op->Deed == ThreadDeed::Join
                 ? std::vector<JoinInside>{{F.Sites[Op->Site].S, Op->Site,
                                            Op->Handle}}
                 : std::vector<JoinInside>{};
    if (const auto *P = std::get_if<JoinObject>(&Each))
      return {{F.Sites[P->Site].S, P->Site, P->Object}};
    const auto *C = std::get_if<CallFunction>(&Each);
    std::vector<JoinInside> Out;
    if (!C || C->Callee == NoFunction || Depth == MaxDepth ||
        !A.index()[C->Callee].ReachesThreads || givesBack(C->Callee))
      return Out;
    for (const JoinInside &J : in(C->Callee, Depth + 1))
      Out.push_back({J.Call, C->Site,
                     J.Handle == NoPlace
                         ? NoPlace
                         : valueInCaller(A.places(), J.Handle, *C)});
    return Out;
  }

private:
  static constexpr unsigned MaxDepth = 4;
  /// More joins in one function are not told apart.
  static constexpr size_t MaxJoins = 32;

  /// A lock of the caller's: it may not be held at the join any more.
  bool givesBack(FunctionId F) const {
    const Summary &S = A.summaryOf(F);
    return !S.Known ||
           std::any_of(S.Outcomes.begin(), S.Outcomes.end(),
                       [](const Outcome &O) { return !O.GivenBack.empty(); });
  }

  std::vector<JoinInside> in(FunctionId Id, unsigned Depth) {
    const auto [It, New] = Known.try_emplace(Id);
    const FunctionFlow *F = New ? A.flow(Id) : nullptr;
    if (!F || !F->Valid)
      return It->second;
    std::vector<JoinInside> Out;
    for (const Block &B : F->Graph.Blocks)
      for (const Fact &Each : B.Facts)
        for (const JoinInside &J : of(*F, Each, Depth))
          if (Out.size() < MaxJoins &&
              std::find(Out.begin(), Out.end(), J) == Out.end())
            Out.push_back(J);
    return Known[Id] = Out;
  }

  TuAnalysis &A;
  std::map<FunctionId, std::vector<JoinInside>> Known;
};

class JoinDiagnoser {
public:
  JoinDiagnoser(TuAnalysis &A, const FunctionFlow &F, const Threads &All,
                JoinsInside &Inside, std::vector<Finding> &Out)
      : A(A), F(F), All(All), Inside(Inside), Report(A, F), Text(A.context()),
        Out(Out) {}

  void run(const std::vector<ThreadUse> &Joins) {
    A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
      if (S.Overflow || S.States.empty() || S.States[0].Held.empty())
        return;
      for (const JoinInside &J : Inside.of(F, Each))
        for (const ThreadUse &U : Joins)
          if (U.Call == J.Call)
            check(S, J.At, U, J.Handle);
    });
  }

private:
  /// Nothing is held, or there is no thread to join, for want of success.
  static bool isFailure(const PathState &P, PlaceId Handle) {
    const HandleState *H = Handle == NoPlace ? nullptr : P.handle(Handle);
    return P.LockFailed || (H && H->Last == ThreadDeed::Create);
  }

  static bool isHeld(const StateSet &S, PlaceId Lock, PlaceId Handle) {
    return std::all_of(S.States.begin(), S.States.end(), [&](const auto &P) {
      const HeldLock *L = P.held(Lock);
      return isFailure(P, Handle) || (L && !L->Escaped);
    });
  }

  /// A condition wait in this function gives the lock up meanwhile: the thread
  /// may have had its turn.
  bool waitsWith(PlaceId Lock) const {
    for (const Block &B : F.Graph.Blocks)
      for (const Fact &Each : B.Facts)
        if (const auto *P = std::get_if<PointCall>(&Each);
            P && P->Reacquires == Lock)
          return true;
    return false;
  }

  bool isShared(SiteId By) const {
    for (const Block &B : F.Graph.Blocks)
      for (const Fact &Each : B.Facts)
        if (const auto *L = std::get_if<Acquire>(&Each); L && L->Site == By)
          return L->Shared;
    return false;
  }

  bool sameRoot(PlaceId X, PlaceId Y) const {
    const Place &P = A.places()[X], &Q = A.places()[Y];
    return P.Kind == Q.Kind && P.Base == Q.Base && P.Index == Q.Index;
  }

  static std::vector<uintptr_t> fieldsOf(const Place &P) {
    std::vector<uintptr_t> Out;
    for (const Step &S : P.Path)
      if (S.K == Step::Kind::Field)
        Out.push_back(S.Id);
    return Out;
  }

  /// The path of a member up to the object that has it, and the record that
  /// the object is of.
  static std::pair<const RecordDecl *, std::vector<Step>>
  objectOf(const Place &P) {
    for (size_t I = P.Path.size(); I-- > 0;)
      if (P.Path[I].K == Step::Kind::Field)
        if (const FieldDecl *F = PlaceBuilder::fieldOf(P.Path[I]))
          return {F->getParent(),
                  {P.Path.begin(), P.Path.begin() + static_cast<ptrdiff_t>(I)}};
    return {nullptr, {}};
  }

  /// `p->lock` and `p->next->thread`: a lock of one object, and the thread of
  /// another of the same kind.
  bool areOfTwoObjects(PlaceId Lock, PlaceId Handle) const {
    const auto [Record, Object] = objectOf(A.places()[Lock]);
    const auto [Other, Thread] = objectOf(A.places()[Handle]);
    return Record && Record == Other && Object != Thread;
  }

  /// The same lock: one variable, or the same member of the same members,
  /// reached through pointers that may meet.
  bool isSame(PlaceId Here, PlaceId There, PlaceId Handle,
              bool InCallee) const {
    if (Here == There && A.places()[Here].Kind == BaseKind::Global)
      return true;
    // A member of one object, and the thread of another.
    if (Handle == NoPlace && InCallee && !A.places()[Here].Path.empty())
      return false;
    if (Handle != NoPlace && !A.places()[Handle].Path.empty() &&
        !A.places()[Here].Path.empty() &&
        (!sameRoot(Here, Handle) || areOfTwoObjects(Here, Handle)))
      return false;
    if (Here == There)
      return true;
    const Place &P = A.places()[Here], &Q = A.places()[There];
    const std::vector<uintptr_t> Fields = fieldsOf(P);
    return !Fields.empty() && Fields == fieldsOf(Q) &&
           A.places().mayAlias(Here, There);
  }

  /// The lock calls that the thread may wait in.
  std::vector<Taken> locksOf(const ThreadUse &U) const {
    std::vector<Taken> Out;
    for (FunctionId Start : All.startsOf(U))
      for (FunctionId G : Threads::reachable(A.index(), Start)) {
        const FunctionFlow *Flow = A.index()[G].UsesLocks ? A.flow(G) : nullptr;
        if (!Flow || !Flow->Valid)
          continue;
        for (const Block &B : Flow->Graph.Blocks)
          for (const Fact &Each : B.Facts)
            if (const auto *M = std::get_if<SetMode>(&Each);
                M && M->Which == ModeKind::Type && M->Argument.On)
              return {}; // a cancel may end the wait
            else if (const auto *L = std::get_if<Acquire>(&Each);
                     L && !L->Adopted && !L->MayFail)
              Out.push_back(
                  {L->Lock, L->Shared, Text.fileLoc(Flow->Sites[L->Site].Loc)});
      }
    return Out;
  }

  /// Whether both wait at a barrier, or one for what the other posts: the
  /// thread may be through with its lock before it is taken here.
  bool meets(const ThreadUse &U, SiteId Locked) const {
    Meetings Here, There;
    if (Locked == NoSite)
      return false;
    Here.add(A, F.Decl->getBody(), F.Sites[Locked].Loc);
    if (!Here.Barrier && !Here.Waits)
      return false;
    for (FunctionId Start : All.startsOf(U))
      for (FunctionId G : Threads::reachable(A.index(), Start))
        There.add(A, A.index()[G].Decl->getBody());
    return (Here.Barrier && There.Barrier) || (Here.Waits && There.Posts);
  }

  void check(const StateSet &S, SiteId At, const ThreadUse &U, PlaceId Handle) {
    const PathState *First = nullptr;
    for (const PathState &P : S.States)
      if (!isFailure(P, Handle))
        First = &P;
    if (!First || First->Held.empty())
      return;
    const bool Strict = A.options().StrictJoin;
    const std::vector<Taken> Wanted =
        Strict ? std::vector<Taken>() : locksOf(U);
    for (const HeldLock &L : First->Held) {
      if (!isHeld(S, L.Lock, Handle))
        continue;
      // Readers do not wait for each other.
      auto Hit =
          std::find_if(Wanted.begin(), Wanted.end(), [&](const Taken &T) {
            return isSame(L.Lock, T.Lock, Handle, U.Call != F.Sites[At].S) &&
                   !(T.Shared && isShared(L.By));
          });
      if ((!Strict && Hit == Wanted.end()) || waitsWith(L.Lock) ||
          (!Strict && meets(U, L.By)))
        continue;
      Finding New = Report.finding(
          CheckKind::JoinUnderLock, At,
          Strict ? "a thread is joined while a lock is held: if it wants that "
                   "lock, neither goes on"
                 : "the joined thread takes a lock that is held here: neither "
                   "goes on");
      if (L.By != NoSite)
        Report.note(New, L.By, "the lock is taken here");
      if (U.Call != F.Sites[At].S)
        Report.note(New, Text.fileLoc(U.Call->getBeginLoc()),
                    "the thread is joined here");
      if (!Strict)
        Report.note(New, Hit->At, "the thread waits for it here");
      Out.push_back(std::move(New));
      return;
    }
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  const Threads &All;
  JoinsInside &Inside;
  const Reporter Report;
  const support::SourceText Text;
  std::vector<Finding> &Out;
};
} // namespace

/// Until the thread has ended, whenever that is.
static bool waits(const model::CancelApi &Row) {
  const llvm::StringRef Name = Row.Name;
  return Name.find("try") == llvm::StringRef::npos &&
         Name.find("timed") == llvm::StringRef::npos &&
         Name.find("clock") == llvm::StringRef::npos;
}

void diagnoseJoinsUnderLock(TuAnalysis &A, std::vector<Finding> &Out) {
  const Threads *All = A.gate().threads();
  if (!All || A.isBroken())
    return;
  std::vector<ThreadUse> Joins;
  std::set<FunctionId> Where;
  for (const std::vector<ThreadUse> *Uses : {&All->uses(), &All->objectUses()})
    for (const ThreadUse &U : *Uses)
      if (U.Role == model::CancelRole::Join && U.Inside != NoFunction &&
          waits(*U.Row)) {
        Joins.push_back(U);
        Where.insert(U.Inside);
      }
  // What calls these may hold a lock meanwhile.
  std::vector<FunctionId> Callers(Where.begin(), Where.end());
  while (!Callers.empty()) {
    const FunctionId F = Callers.back();
    Callers.pop_back();
    for (FunctionId By : A.index()[F].Callers)
      if (Where.insert(By).second)
        Callers.push_back(By);
  }
  JoinsInside Inside(A);
  for (FunctionId F : Where)
    if (const FunctionFlow *Flow = A.flow(F); Flow && Flow->Valid &&
                                              A.index()[F].Followed &&
                                              A.index()[F].ReachesEffect)
      JoinDiagnoser(A, *Flow, *All, Inside, Out).run(Joins);
}

} // namespace thread_stop::flow
