// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of TuAnalysis that finds the two halves of a pair: functions that
// switch a mode on for their caller, and those that put it back.

#include "flow/TuAnalysis.h"

#include "flow/AstWalk.h"
#include "flow/Pairs.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Stmt.h"
#include "clang/Basic/IdentifierTable.h"
#include <algorithm>
#include <map>

using namespace clang;

namespace thread_stop::flow {

static const CXXRecordDecl *recordOf(const FunctionDecl &F) {
  const auto *M = dyn_cast<CXXMethodDecl>(&F);
  return M ? M->getParent()->getCanonicalDecl() : nullptr;
}

/// A function that does nothing but one call: its effect is its purpose.
static bool isPlainWrapper(const FunctionDecl &F) {
  const auto *Body = dyn_cast<CompoundStmt>(F.getBody());
  if (!Body || Body->size() > 3)
    return false;
  unsigned Calls = 0;
  bool Plain = true;
  forEachEvaluated(Body, [&](const Stmt *S, const Stmt *) {
    Calls += isa<CallExpr>(S);
    if (const auto *B = dyn_cast<BinaryOperator>(S))
      Plain &= !B->isAssignmentOp();
    else if (const auto *U = dyn_cast<UnaryOperator>(S))
      Plain &= !U->isIncrementDecrementOp();
    Plain &= !isa<IfStmt>(S) && !isa<ForStmt>(S) && !isa<WhileStmt>(S) &&
             !isa<DoStmt>(S) && !isa<SwitchStmt>(S);
  });
  return Plain && Calls == 1;
}

/// What a saved value is kept in, if other functions can find it there: a
/// field of some object, or a global.
uintptr_t TuAnalysis::storageKey(PlaceId P) const {
  const Place &Where = Places[P];
  for (auto It = Where.Path.rbegin(); It != Where.Path.rend(); ++It)
    if (It->K == Step::Kind::Field)
      return It->Id;
  return Where.Kind == BaseKind::Global ? Where.Base : 0;
}

void TuAnalysis::collectStorage() {
  for (const std::unique_ptr<FunctionFlow> &F : Flows) {
    if (!F)
      continue;
    for (const Block &B : F->Graph.Blocks)
      for (const Fact &Each : B.Facts)
        if (const auto *M = std::get_if<SetMode>(&Each)) {
          const unsigned Bit = 1u << static_cast<unsigned>(M->Which);
          if (uintptr_t Key = storageKey(M->SaveTo))
            Storage[Key].SavedKinds |= Bit;
          if (M->Argument.K == ModeArgument::Kind::FromPlace)
            if (uintptr_t Key = storageKey(M->Argument.From))
              Storage[Key].RestoredKinds |= Bit;
        }
  }
}

bool TuAnalysis::holdsOtherKind(PlaceId P, ModeKind W) const {
  const uintptr_t Key = storageKey(P);
  auto It = Key ? Storage.find(Key) : Storage.end();
  return It != Storage.end() && It->second.SavedKinds != 0 &&
         !(It->second.SavedKinds & (1u << static_cast<unsigned>(W)));
}

/// Where the first half of a pair leaves the old value, or the second finds it.
enum class Kept : uint8_t { Nowhere, InStorage, ByCaller };

Kept TuAnalysis::keptBy(FunctionId F, ModeKind W) const {
  for (const Outcome &O : Summaries[F].Outcomes) {
    if (const Mode &M = O.Modes[static_cast<size_t>(W)];
        M.K == Mode::Kind::OfPlace)
      return storageKey(M.From) ? Kept::InStorage : Kept::ByCaller;
    for (const Saved &V : O.Saves)
      if (V.Which == W)
        return storageKey(V.Where) ? Kept::InStorage : Kept::ByCaller;
  }
  return Kept::Nowhere;
}

/// What keeps the values that `F` restores from, also by a local variable:
/// `old = saved[n]; ... pthread_setcancelstate(old, NULL)`.
std::vector<uintptr_t> TuAnalysis::restoresFrom(FunctionId F,
                                                ModeKind W) const {
  std::vector<uintptr_t> Out;
  auto Add = [&](PlaceId P) {
    if (const uintptr_t Key = P == NoPlace ? 0 : storageKey(P);
        Key && std::find(Out.begin(), Out.end(), Key) == Out.end())
      Out.push_back(Key);
  };
  bool Unknown = false;
  for (const Outcome &O : Summaries[F].Outcomes) {
    const Mode &M = O.Modes[static_cast<size_t>(W)];
    if (M.K == Mode::Kind::OfPlace)
      Add(M.From);
    Unknown |= M.K == Mode::Kind::Unknown;
  }
  if (!Unknown || !Flows[F])
    return Out;
  std::vector<PlaceId> Locals;
  for (const Block &B : Flows[F]->Graph.Blocks)
    for (const Fact &Each : B.Facts)
      if (const auto *M = std::get_if<SetMode>(&Each);
          M && M->Which == W &&
          M->Argument.K == ModeArgument::Kind::FromPlace &&
          Places[M->Argument.From].Kind == BaseKind::Local)
        Locals.push_back(M->Argument.From);
  for (const Block &B : Flows[F]->Graph.Blocks)
    for (const Fact &Each : B.Facts)
      if (const auto *C = std::get_if<CopyPlace>(&Each);
          C && !C->Adds &&
          std::find(Locals.begin(), Locals.end(), C->To) != Locals.end())
        Add(C->From);
  return Out;
}

/// Halves that only their effects show: one saves where the other restores
/// from, or both are nothing but the call.
void TuAnalysis::matchHalves(const std::vector<FunctionId> &On,
                             const std::vector<FunctionId> &Back, ModeKind W,
                             llvm::function_ref<void(FunctionId)> Mark) {
  llvm::DenseMap<uintptr_t, std::vector<FunctionId>> ByStorage;
  std::map<std::pair<const CXXRecordDecl *, Kept>, std::vector<FunctionId>>
      Plain;
  auto PlainKey = [&](FunctionId F) {
    return std::pair(recordOf(*Index[F].Decl), keptBy(F, W));
  };
  for (FunctionId G : Back) {
    for (const uintptr_t Key : restoresFrom(G, W))
      ByStorage[Key].push_back(G);
    if (isPlainWrapper(*Index[G].Decl))
      Plain[PlainKey(G)].push_back(G);
  }
  auto MarkAll = [&](FunctionId F, std::vector<FunctionId> &Others) {
    Mark(F);
    for (FunctionId G : Others)
      Mark(G);
    Others.resize(1); // the rest are marked
  };
  for (FunctionId F : On) {
    for (const Outcome &O : Summaries[F].Outcomes)
      for (const Saved &V : O.Saves)
        if (auto It = ByStorage.find(storageKey(V.Where));
            It != ByStorage.end())
          MarkAll(F, It->second);
    if (isPlainWrapper(*Index[F].Decl))
      if (auto It = Plain.find(PlainKey(F));
          It != Plain.end() && It->first.second != Kept::InStorage)
        MarkAll(F, It->second);
  }
}

namespace {
/// The roles of a function in pairs of the state and of the type.
using PairRoles = std::array<PairRole, 2>;

/// Finds the other half of a pair by its name.
class PairNames {
public:
  PairNames(const FunctionIndex &Index, const std::vector<PairRoles> &Roles,
            const IdentifierTable &Idents)
      : Index(Index), Roles(Roles), Idents(Idents) {
    for (const FunctionDecl *F : Index.declarations())
      if (F->getIdentifier())
        add(*F);
  }

  bool hasOtherHalf(const FunctionDecl *D, ModeKind W, PairEffect Mine) const {
    if (const auto *C = dyn_cast<CXXConstructorDecl>(D)) {
      const CXXDestructorDecl *Dtor = C->getParent()->getDestructor();
      return Dtor && (!Dtor->hasBody() ||
                      effectOf(*Dtor, W) == PairEffect::SwitchesBack);
    }
    // What a destructor puts back, some other member had taken away.
    if (isa<CXXDestructorDecl>(D))
      return Mine == PairEffect::SwitchesBack;
    if (!D->getIdentifier())
      return false;
    const std::vector<std::string> Partners = partnerNames(D->getName());
    return std::any_of(
        Partners.begin(), Partners.end(), [&](const std::string &Partner) {
          const auto It = Idents.find(Partner);
          return It != Idents.end() &&
                 isOtherHalf(ByName.lookup({recordOf(*D), It->second}), W,
                             Mine);
        });
  }

private:
  /// What the functions of one name in one class are.
  struct Namesakes {
    bool BodyElsewhere = false;
    std::array<bool, 2> SwitchesOn{}, SwitchesBack{};
  };

  void add(const FunctionDecl &F) {
    Namesakes &N = ByName[{recordOf(F), F.getIdentifier()}];
    N.BodyElsewhere |= !F.getDefinition();
    for (ModeKind W : {ModeKind::State, ModeKind::Type}) {
      const size_t I = static_cast<size_t>(W);
      N.SwitchesOn[I] |= effectOf(F, W) == PairEffect::SwitchesOn;
      N.SwitchesBack[I] |= effectOf(F, W) == PairEffect::SwitchesBack;
    }
  }

  /// One has the opposite effect, or its body is elsewhere.
  static bool isOtherHalf(const Namesakes &N, ModeKind W, PairEffect Mine) {
    const size_t I = static_cast<size_t>(W);
    return N.BodyElsewhere ||
           (Mine == PairEffect::SwitchesOn ? N.SwitchesBack[I]
                                           : N.SwitchesOn[I]);
  }

  PairEffect effectOf(const FunctionDecl &F, ModeKind W) const {
    const FunctionId Id = Index.idOf(&F);
    return Id == NoFunction ? PairEffect::None
                            : Roles[Id][static_cast<size_t>(W)].Effect;
  }

  const FunctionIndex &Index;
  const std::vector<PairRoles> &Roles;
  const IdentifierTable &Idents;
  llvm::DenseMap<std::pair<const CXXRecordDecl *, const IdentifierInfo *>,
                 Namesakes>
      ByName;
};
} // namespace

/// A pair may be made of pairs: a lock wrapper that also disables.
void TuAnalysis::findPairs() {
  constexpr unsigned MaxNesting = 4;
  collectStorage();
  for (unsigned Level = 0; Level < MaxNesting; ++Level)
    if (!findPairsOnce())
      return;
}

/// Leaves the mode switched on exactly where it also leaves a lock taken.
static bool leavesBoth(const Summary &S, ModeKind W) {
  return llvm::all_of(S.Outcomes, [&](const Outcome &O) {
    return O.CallFailed ||
           O.Modes[static_cast<size_t>(W)].isOn() != O.Taken.empty();
  });
}

/// Whether some caller ends what `F` has left, by a second half, and begins
/// nothing else: `command(fd, keep); ... unlock();`
static bool isEndedByCaller(FunctionId F, const FunctionIndex &Index,
                            llvm::function_ref<PairEffect(FunctionId)> HalfOf) {
  return llvm::any_of(Index[F].Callers, [&](FunctionId Caller) {
    bool Ends = false, Begins = false;
    for (FunctionId G : Index[Caller].Callees)
      if (G != F) {
        Ends |= HalfOf(G) == PairEffect::SwitchesBack;
        Begins |= HalfOf(G) == PairEffect::SwitchesOn;
      }
    return Ends && !Begins;
  });
}

/// Whether there were any that had not been found before.
bool TuAnalysis::findPairsOnce() {
  std::vector<PairRoles> Roles(Index.size());
  for (FunctionId F = 0; F < Index.size(); ++F)
    for (ModeKind W : {ModeKind::State, ModeKind::Type})
      Roles[F][static_cast<size_t>(W)] = pairRole(Summaries[F], W, Places);
  const PairNames Names(Index, Roles, Ctx.Idents);

  std::vector<FunctionId> Marked;
  auto Mark = [&](FunctionId F) {
    if (!Summaries[F].HalfOfPair)
      Marked.push_back(F);
    Summaries[F].HalfOfPair = true;
  };
  for (FunctionId F = 0; F < Index.size(); ++F)
    if (Apis.of(*Index[F].Decl).DeclaredPair)
      Mark(F);
  for (ModeKind W : {ModeKind::State, ModeKind::Type}) {
    std::vector<FunctionId> On, Back;
    for (FunctionId F = 0; F < Index.size(); ++F) {
      if (!Index[F].ReachesMode || ownsThread(F))
        continue;
      const PairRole Mine = Roles[F][static_cast<size_t>(W)];
      if (Mine.Effect == PairEffect::None)
        continue;
      // One that leaves the mode switched on by chance is no half: it uses a
      // pair, or forgets its own restore on one path. A trylock is no such.
      const bool SwitchesOn = Mine.Effect == PairEffect::SwitchesOn;
      const bool LeavesToCaller =
          Mine.WithLock ||
          (SwitchesOn && Mine.Conditional && leavesBoth(Summaries[F], W) &&
           isEndedByCaller(F, Index, [&](FunctionId G) {
             return Summaries[G].HalfOfPair
                        ? Roles[G][static_cast<size_t>(W)].Effect
                        : PairEffect::None;
           }));
      if (SwitchesOn && Mine.Conditional && !LeavesToCaller &&
          ((!Index[F].SetsMode && !isa<CXXConstructorDecl>(Index[F].Decl)) ||
           Summaries[F].RestoresItself[static_cast<size_t>(W)]))
        continue;
      (SwitchesOn ? On : Back).push_back(F);
      Summaries[F].Excused |= restoredAsOtherKind(F, W);
      if (Mine.HandsOver || Names.hasOtherHalf(Index[F].Decl, W, Mine.Effect))
        Mark(F);
    }
    matchHalves(On, Back, W, Mark);
  }
  solveCallersOf(Marked);
  return !Marked.empty();
}

/// Solves a component again; whether its callers see something new.
bool TuAnalysis::solveAgain(const std::vector<FunctionId> &C) {
  std::vector<Summary> Before;
  for (FunctionId F : C)
    Before.push_back(Summaries[F]);
  solveComponent(C);
  for (size_t I = 0; I < C.size(); ++I)
    if (!(Summaries[C[I]] == Before[I]))
      return true;
  return false;
}

/// Solves again what was solved before `Changed` were known for what they are,
/// and the callers of all that this changes.
void TuAnalysis::solveCallersOf(const std::vector<FunctionId> &Changed) {
  std::vector<uint8_t> Stale(Index.size());
  auto MarkCallers = [&](FunctionId F) {
    for (FunctionId Caller : Index[F].Callers)
      Stale[Caller] = 1;
  };
  for (FunctionId F : Changed)
    MarkCallers(F);
  // Callees come first.
  for (const std::vector<FunctionId> &C : Index.components())
    if (isFollowed(C) &&
        std::any_of(C.begin(), C.end(),
                    [&](FunctionId F) { return Stale[F] != 0; }) &&
        solveAgain(C))
      std::for_each(C.begin(), C.end(), MarkCallers);
}

/// What `F` saves is given back to the wrong function elsewhere; that is to be
/// repaired there.
bool TuAnalysis::restoredAsOtherKind(FunctionId F, ModeKind W) const {
  const unsigned Other = 2u >> static_cast<unsigned>(W);
  for (const Outcome &O : Summaries[F].Outcomes)
    for (const Saved &V : O.Saves)
      if (V.Which == W)
        if (auto It = Storage.find(storageKey(V.Where)); It != Storage.end())
          if (It->second.RestoredKinds == Other)
            return true;
  return false;
}

} // namespace thread_stop::flow
