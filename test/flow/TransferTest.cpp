// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves what each fact does to a state: sections that save and restore, nested
// and broken ones; locks that are taken, tried, guarded and given back under
// other names; handlers; variables. Calls are in CallTransferTest.cpp.

#include "flow/TransferFixture.h"

namespace thread_stop::flow {
namespace {

//===--- State and type ---------------------------------------------------===//

class SetModeTest : public TransferFixture {};

TEST_F(SetModeTest, EntryIsTheCallers) {
  StateSet S = A.entry();
  ASSERT_EQ(S.States.size(), 1u);
  EXPECT_TRUE(S.States[0].mode(State).isEntry());
  EXPECT_TRUE(S.States[0].mode(Type).isEntry());
  EXPECT_TRUE(S.States[0].Prologue);
}

TEST_F(SetModeTest, EntryLocksAreHeld) {
  CancelAnalysis Locked(T, *this, {Second, Lock});
  StateSet S = Locked.entry();
  EXPECT_NE(S.States[0].held(Lock), nullptr);
  EXPECT_NE(S.States[0].held(Second), nullptr);
}

TEST_F(SetModeTest, DisableSavesTheCallersState) {
  PathState S = only({literal(1, true, Old)});
  EXPECT_TRUE(S.mode(State).isOwnOn());
  EXPECT_EQ(S.mode(State).Site, 1u);
  EXPECT_TRUE(S.mode(Type).isEntry());
  ASSERT_NE(S.saved(Old), nullptr);
  EXPECT_TRUE(S.saved(Old)->Held.isEntry());
  EXPECT_EQ(S.saved(Old)->By, 1u);
  EXPECT_EQ(S.saved(Old)->Which, State);
}

TEST_F(SetModeTest, SaveAndRestore) {
  for (ModeKind W : {State, Type}) {
    PathState S = only({literal(1, true, Old, W), restore(2, Old, NoPlace, W)});
    EXPECT_TRUE(S.mode(W).isEntry());
    EXPECT_TRUE(S.lost(W).empty());
  }
}

TEST_F(SetModeTest, RestoreIntoTheSameVariable) {
  // pthread_setcancelstate(old, &old)
  PathState S = only({literal(1, true, Old), restore(2, Old, Old)});
  EXPECT_TRUE(S.mode(State).isEntry());
  ASSERT_NE(S.saved(Old), nullptr);
  EXPECT_TRUE(S.saved(Old)->Held.isOn());
}

TEST_F(SetModeTest, StateAndTypeAreApart) {
  PathState S = only(
      {literal(1, true, Old), literal(2, true, Other, Type), restore(3, Old)});
  EXPECT_TRUE(S.mode(State).isEntry());
  EXPECT_TRUE(S.mode(Type).isOwnOn());
  // A saved state is no type.
  S = only({literal(1, true, Old), restore(2, Old, NoPlace, Type)});
  EXPECT_EQ(S.mode(Type), Mode::unknown());
}

TEST_F(SetModeTest, NestedSections) {
  std::vector<Fact> In{literal(1, true, Old), literal(2, true, Other)};
  PathState S = only(In);
  EXPECT_TRUE(S.saved(Other)->Held.isOwnOn());
  EXPECT_EQ(S.mode(State).Site, 2u);
  In.push_back(restore(3, Other));
  S = only(In);
  EXPECT_TRUE(S.mode(State).isOwnOn());
  EXPECT_EQ(S.mode(State).Site, 1u);
  In.push_back(restore(4, Old));
  EXPECT_TRUE(only(In).mode(State).isEntry());
  EXPECT_TRUE(only(In).lost(State).empty());
}

TEST_F(SetModeTest, CopiedSavesRestore) {
  PathState S =
      only({literal(1, true, Old), CopyPlace{Other, Old}, restore(2, Other)});
  EXPECT_TRUE(S.mode(State).isEntry());
}

TEST_F(SetModeTest, AnOverwrittenVariableRestoresNothing) {
  PathState S = only({literal(1, true, Old), Forget{Old, 0}, restore(2, Old)});
  EXPECT_EQ(S.mode(State), Mode::unknown());
  S = only({literal(1, true, Old), Forget{NoPlace, 1}, restore(2, Old)});
  EXPECT_EQ(S.mode(State), Mode::unknown());
  S = only({literal(1, true, Old), AssignConstant{Old, 1}, restore(2, Old)});
  EXPECT_TRUE(S.mode(State).isOn());
}

TEST_F(SetModeTest, ConstantsInVariables) {
  PathState S = only({AssignConstant{Old, 1}, restore(2, Old)});
  EXPECT_TRUE(S.mode(State).isOwnOn());
  EXPECT_EQ(S.mode(State).Site, 2u);
  // Neither of the two values.
  S = only({AssignConstant{Old, 7}, restore(2, Old)});
  EXPECT_EQ(S.mode(State), Mode::unknown());
}

TEST_F(SetModeTest, AParameterIsTheCallersValue) {
  PlaceId P = T.intern(param(0, 9));
  EXPECT_EQ(only({restore(1, P)}).mode(State), Mode::ofPlace(P));
  PlaceId G = T.intern(global(10));
  EXPECT_EQ(only({restore(1, G)}).mode(State), Mode::ofPlace(G));
  EXPECT_EQ(only({restore(1, Old)}).mode(State), Mode::unknown());
  EXPECT_EQ(only({restore(1, NoPlace)}).mode(State), Mode::unknown());
}

TEST_F(SetModeTest, UnknownArgument) {
  SetMode F = literal(1, true, Old);
  F.Argument.K = ModeArgument::Kind::Unknown;
  PathState S = only({F});
  EXPECT_EQ(S.mode(State), Mode::unknown());
  EXPECT_TRUE(S.saved(Old)->Held.isEntry());
}

//===--- Losses -----------------------------------------------------------===//

TEST_F(SetModeTest, EnablingLosesTheCallersState) {
  PathState S = only({literal(1, false)});
  EXPECT_TRUE(S.mode(State).isOff());
  EXPECT_EQ(S.lost(State), std::vector<SiteId>{1});
  EXPECT_TRUE(S.lostFirst(State));
}

TEST_F(SetModeTest, DeferringIsNoLoss) {
  // Deferred is what nearly everybody has; setting it is not held against a
  // function that never made it asynchronous.
  PathState S = only({literal(1, false, NoPlace, Type)});
  EXPECT_TRUE(S.lost(Type).empty());
}

TEST_F(SetModeTest, DisableThenEnableLoses) {
  for (ModeKind W : {State, Type}) {
    PathState S =
        only({literal(1, true, NoPlace, W), literal(2, false, NoPlace, W)});
    EXPECT_EQ(S.lost(W), std::vector<SiteId>{2});
    EXPECT_FALSE(S.lostFirst(W));
  }
}

TEST_F(SetModeTest, ALaterRestoreMakesGood) {
  // disable(&old); enable(); ... setcancelstate(old)
  PathState S =
      only({literal(1, true, Old), literal(2, false), restore(3, Old)});
  EXPECT_TRUE(S.mode(State).isEntry());
  EXPECT_TRUE(S.lost(State).empty());
}

TEST_F(SetModeTest, RestoringTheDisabledStateForgetsTheEnableInside) {
  // disable(&old); enable(&other); setcancelstate(other); is disabled again.
  std::vector<Fact> In{literal(1, true, Old), literal(2, false, Other)};
  EXPECT_EQ(only(In).lost(State), std::vector<SiteId>{2});
  In.push_back(restore(3, Other));
  PathState S = only(In);
  EXPECT_TRUE(S.mode(State).isOwnOn());
  EXPECT_TRUE(S.lost(State).empty());
}

TEST_F(SetModeTest, EnablingTwiceIsOneLoss) {
  PathState S = only({literal(1, true), literal(2, false), literal(3, false)});
  EXPECT_EQ(S.lost(State), std::vector<SiteId>{2});
}

//===--- Faults -----------------------------------------------------------===//

TEST_F(SetModeTest, OverwrittenSave) {
  SiteId Save = NoSite;
  EXPECT_EQ(faultIn({literal(1, true, Old)}, literal(2, true, Old), &Save),
            SetModeFault::OverwrittenSave);
  EXPECT_EQ(Save, 1u);
  // What follows says nothing more about it.
  PathState S = only({literal(1, true, Old), literal(2, true, Old)});
  EXPECT_EQ(S.mode(State), Mode::unknown());
}

TEST_F(SetModeTest, NoOverwrittenSave) {
  // Another variable, another kind, a save that is not needed any more, a call
  // that does not save.
  EXPECT_EQ(faultIn({literal(1, true, Old)}, literal(2, true, Other)),
            SetModeFault::None);
  EXPECT_EQ(faultIn({literal(1, true, Old)}, literal(2, true, Old, Type)),
            SetModeFault::None);
  EXPECT_EQ(
      faultIn({literal(1, true, Old), restore(2, Old)}, literal(3, true, Old)),
      SetModeFault::None);
  EXPECT_EQ(faultIn({literal(1, true, Old)}, literal(2, true)),
            SetModeFault::None);
  EXPECT_EQ(faultIn({}, literal(1, true, Old)), SetModeFault::None);
}

TEST_F(SetModeTest, WrongVariable) {
  // disable(&old); disable(&other); setcancelstate(other) twice.
  SiteId Save = NoSite;
  EXPECT_EQ(faultIn({literal(1, true, Old), literal(2, true, Other),
                     restore(3, Other)},
                    restore(4, Other), &Save),
            SetModeFault::WrongVariable);
  EXPECT_EQ(Save, 1u);
  // A variable that was never given anything.
  SetMode Never = restore(2, Other);
  Never.Argument.NeverSavedTo = true;
  EXPECT_EQ(faultIn({literal(1, true, Old)}, Never),
            SetModeFault::WrongVariable);
}

TEST_F(SetModeTest, NotTheWrongVariable) {
  EXPECT_EQ(faultIn({literal(1, true, Old)}, restore(2, Old)),
            SetModeFault::None);
  // It may have got a value that is not followed.
  EXPECT_EQ(faultIn({literal(1, true, Old)}, restore(2, Other)),
            SetModeFault::None);
  // Nothing is owed without a save.
  SetMode Never = restore(2, Other);
  Never.Argument.NeverSavedTo = true;
  EXPECT_EQ(faultIn({literal(1, true)}, Never), SetModeFault::None);
  EXPECT_EQ(faultIn({}, Never), SetModeFault::None);
}

//===--- Locks ------------------------------------------------------------===//

class LockTest : public TransferFixture {};

TEST_F(LockTest, AcquireAndRelease) {
  PathState S = only({acquire(1, Lock)});
  ASSERT_NE(S.held(Lock), nullptr);
  EXPECT_EQ(S.held(Lock)->By, 1u);
  S = only({acquire(1, Lock), acquire(2, Second), release(Lock)});
  EXPECT_EQ(S.held(Lock), nullptr);
  EXPECT_NE(S.held(Second), nullptr);
  EXPECT_TRUE(S.GivenBack.empty());
}

TEST_F(LockTest, TestedLock) {
  StateSet S = run({acquire(1, Lock, Rc)});
  EXPECT_EQ(S.States.size(), 2u);
  StateSet Got = where(S, Rc, Relation::EQ),
           Failed = where(S, Rc, Relation::NE);
  ASSERT_EQ(Got.States.size(), 1u);
  EXPECT_NE(Got.States[0].held(Lock), nullptr);
  EXPECT_FALSE(Got.States[0].LockFailed);
  ASSERT_EQ(Failed.States.size(), 1u);
  EXPECT_EQ(Failed.States[0].held(Lock), nullptr);
  EXPECT_TRUE(Failed.States[0].LockFailed);
}

TEST_F(LockTest, TriedLockMayFailWithoutBlame) {
  StateSet S = run({acquire(1, Lock, Rc, true)});
  StateSet Failed = where(S, Rc, Relation::NE);
  ASSERT_EQ(Failed.States.size(), 1u);
  EXPECT_EQ(Failed.States[0].held(Lock), nullptr);
  EXPECT_FALSE(Failed.States[0].LockFailed);
  // EBUSY is 16: `rc == 16` is a failure as well.
  Failed = where(S, Rc, Relation::EQ, 16);
  ASSERT_EQ(Failed.States.size(), 1u);
  EXPECT_EQ(Failed.States[0].held(Lock), nullptr);
}

TEST_F(LockTest, SuccessThatIsNotZero) {
  Acquire Try = acquire(1, Lock, Rc, true);
  Try.SuccessIsZero = false;
  StateSet S = run({Try});
  StateSet Got = where(S, Rc, Relation::NE);
  ASSERT_EQ(Got.States.size(), 1u);
  EXPECT_NE(Got.States[0].held(Lock), nullptr);
  StateSet Failed = where(S, Rc, Relation::EQ);
  ASSERT_EQ(Failed.States.size(), 1u);
  EXPECT_EQ(Failed.States[0].held(Lock), nullptr);
}

TEST_F(LockTest, TheResultTravelsWithItsVariable) {
  // rc = trylock(); if (rc) return;
  StateSet S = run({acquire(1, Lock, Rc, true), CopyPlace{Other, Rc}});
  StateSet Got = where(S, Other, Relation::EQ);
  ASSERT_EQ(Got.States.size(), 1u);
  EXPECT_NE(Got.States[0].held(Lock), nullptr);
}

TEST_F(LockTest, EachCallHasANewResult) {
  // In a loop: what the last round's call returned says nothing of this one's.
  StateSet S = where(run({acquire(1, Lock, Rc, true)}), Rc, Relation::NE);
  S = run(S, {acquire(1, Lock, Rc, true)});
  EXPECT_EQ(S.States.size(), 2u);
  EXPECT_EQ(where(S, Rc, Relation::EQ).States.size(), 1u);
}

TEST_F(LockTest, FlagsKeepPathsApart) {
  // if (lock() == 0) flag = 1; ... if (flag) unlock();
  StateSet S = run({AssignConstant{Other, 0}, acquire(1, Lock, Rc)});
  StateSet Got = where(S, Rc, Relation::EQ);
  StateSet Rest = where(S, Rc, Relation::NE);
  Got = run(Got, {AssignConstant{Other, 1}, Forget{Rc, 0}});
  Rest = run(Rest, {Forget{Rc, 0}});
  Got.join(Rest);
  EXPECT_EQ(Got.States.size(), 2u);
  StateSet Unlocks = run(where(Got, Other, Relation::NE), {release(Lock)});
  ASSERT_EQ(Unlocks.States.size(), 1u);
  EXPECT_EQ(Unlocks.States[0].held(Lock), nullptr);
  EXPECT_TRUE(Unlocks.States[0].GivenBack.empty());
  StateSet Without = where(Got, Other, Relation::EQ);
  ASSERT_EQ(Without.States.size(), 1u);
  EXPECT_EQ(Without.States[0].held(Lock), nullptr);
}

TEST_F(LockTest, Guards) {
  PathState S = only({guarded(1, Lock, Guard), acquire(2, Second)});
  EXPECT_EQ(S.held(Lock)->Owner, Guard);
  S = only({guarded(1, Lock, Guard), acquire(2, Second), endOf(Guard)});
  EXPECT_EQ(S.held(Lock), nullptr);
  EXPECT_NE(S.held(Second), nullptr);
  EXPECT_TRUE(S.GivenBack.empty());
}

TEST_F(LockTest, AGuardThatHoldsNothingGivesNothingBack) {
  PathState S = only({acquire(1, Lock), endOf(Guard)});
  EXPECT_NE(S.held(Lock), nullptr);
  // unlock() and then the end of the scope.
  S = only({guarded(1, Lock, Guard), endOf(Guard), endOf(Guard)});
  EXPECT_EQ(S.held(Lock), nullptr);
  EXPECT_TRUE(S.GivenBack.empty());
}

TEST_F(LockTest, AGuardOfSeveralLocks) {
  PathState S =
      only({guarded(1, Lock, Guard), guarded(1, Second, Guard), endOf(Guard)});
  EXPECT_TRUE(S.Held.empty());
}

TEST_F(LockTest, AnAdoptedLockGetsAnOwner) {
  PathState S = only({acquire(1, Lock), guarded(2, Lock, Guard), endOf(Guard)});
  EXPECT_TRUE(S.Held.empty());
}

TEST_F(LockTest, TheCallersLockIsGivenBack) {
  PathState S = only({release(Lock)});
  EXPECT_EQ(S.GivenBack, std::vector<PlaceId>{Lock});
  S = only({release(Second), release(Lock), release(Second)});
  EXPECT_EQ(S.GivenBack, (std::vector<PlaceId>{Lock, Second}));
}

TEST_F(LockTest, AnotherNameForTheSameLock) {
  PlaceId P = T.extend(Old, Deref);
  // lock(&m); unlock(p);  p may be &m.
  PathState S = only({acquire(1, Lock), release(P)});
  EXPECT_EQ(S.held(Lock), nullptr);
  // Another named lock is another lock.
  S = only({acquire(1, Lock), release(Second)});
  EXPECT_NE(S.held(Lock), nullptr);
  // An exact match leaves the others alone.
  S = only({acquire(1, Lock), acquire(2, P), release(P)});
  EXPECT_NE(S.held(Lock), nullptr);
}

TEST_F(LockTest, AnUnknownReleaseMayBeAny) {
  PathState S = only({acquire(1, Lock), acquire(2, Second), release(NoPlace)});
  EXPECT_TRUE(S.Held.empty());
  EXPECT_TRUE(S.GivenBack.empty());
}

//===--- Handlers ---------------------------------------------------------===//

class HandlerTest : public TransferFixture {};

TEST_F(HandlerTest, PushAndPop) {
  using Regions = std::vector<uint32_t>;
  EXPECT_EQ(only({PushHandler{0}}).Cleanup, Regions{0});
  EXPECT_EQ(only({PushHandler{0}, PushHandler{1}}).Cleanup, (Regions{0, 1}));
  EXPECT_EQ(only({PushHandler{0}, PushHandler{1}, PopHandler{1, true}}).Cleanup,
            Regions{0});
  EXPECT_EQ(only({PushHandler{0}, PushHandler{1}, PopHandler{1, {}},
                  PopHandler{0, {}}})
                .Cleanup,
            Regions{});
}

TEST_F(HandlerTest, PopTakesWhatWasLeftInside) {
  EXPECT_TRUE(only({PushHandler{0}, PushHandler{1}, PopHandler{0, {}}})
                  .Cleanup.empty());
}

TEST_F(HandlerTest, UnmatchedPop) {
  EXPECT_EQ(only({PushHandler{0}, PopHandler{7, {}}}).Cleanup,
            std::vector<uint32_t>{0});
  EXPECT_TRUE(only({PopHandler{0, {}}}).Cleanup.empty());
}

TEST_F(HandlerTest, ALoopDoesNotPileUpHandlers) {
  EXPECT_EQ(only({PushHandler{0}, PushHandler{0}}).Cleanup.size(), 1u);
}

//===--- Variables --------------------------------------------------------===//

class VariableTest : public TransferFixture {};

TEST_F(VariableTest, Constants) {
  for (int64_t V : {-5, 0, 3}) {
    PathState S = only({AssignConstant{Old, 9}, AssignConstant{Old, V}});
    ASSERT_NE(S.known(Old), nullptr);
    EXPECT_EQ(S.known(Old)->Value, V);
    EXPECT_EQ(S.known(Old)->Signs, Knowledge::signOf(V));
  }
  EXPECT_TRUE(only({AssignConstant{NoPlace, 1}}).Known.empty());
}

TEST_F(VariableTest, CopiesAreOfTheMoment) {
  PathState S = only(
      {AssignConstant{Old, 3}, CopyPlace{Other, Old}, AssignConstant{Old, 4}});
  EXPECT_EQ(S.known(Other)->Value, 3);
  EXPECT_EQ(S.known(Old)->Value, 4);
  // A copy of something unknown is unknown.
  S = only({AssignConstant{Other, 3}, CopyPlace{Other, Old}});
  EXPECT_EQ(S.known(Other), nullptr);
  S = only({AssignConstant{Other, 3}, CopyPlace{Other, NoPlace}});
  EXPECT_EQ(S.known(Other), nullptr);
}

TEST_F(VariableTest, SelfAssignment) {
  PathState S = only({AssignConstant{Old, 3}, CopyPlace{Old, Old}});
  ASSERT_NE(S.known(Old), nullptr);
  EXPECT_EQ(S.known(Old)->Value, 3);
}

TEST_F(VariableTest, ForgettingAPlaceForgetsItsParts) {
  PlaceId Part = T.extend(Old, field(7));
  PathState S = only({AssignConstant{Part, 1}, AssignConstant{Old, 2},
                      AssignConstant{Other, 3}, Forget{Old, 0}});
  EXPECT_EQ(S.known(Part), nullptr);
  EXPECT_EQ(S.known(Old), nullptr);
  EXPECT_NE(S.known(Other), nullptr);
  S = only({AssignConstant{Old, 2}, AssignConstant{Part, 1}, Forget{Part, 0}});
  EXPECT_NE(S.known(Old), nullptr);
}

TEST_F(VariableTest, ForgettingAVariableForgetsWhatReadsIt) {
  PlaceId Pointee = T.extend(Old, Deref);
  PlaceId Element = T.extend(Lock, atVariable(1));
  PathState S = only({AssignConstant{Pointee, 1}, AssignConstant{Element, 1},
                      AssignConstant{Other, 1}, Forget{NoPlace, 1}});
  EXPECT_EQ(S.known(Pointee), nullptr);
  EXPECT_EQ(S.known(Element), nullptr);
  EXPECT_NE(S.known(Other), nullptr);
}

TEST_F(VariableTest, LeavingThePrologue) {
  EXPECT_FALSE(only({LeavePrologue{}}).Prologue);
  EXPECT_TRUE(only({Return{1}, literal(1, true)}).Prologue);
}

TEST_F(VariableTest, AnImpossibleEdge) {
  StateSet S = run({AssignConstant{Old, 0}});
  EXPECT_FALSE(A.assume(S, {Old, Relation::NE, 0}));
  EXPECT_TRUE(S.States.empty());
}

} // namespace
} // namespace thread_stop::flow
