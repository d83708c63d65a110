// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves what a call does by its callee's summary: modes, saves and locks in
// the caller's places, several outcomes told apart by the result, halves of
// pairs, unknown callees and those that never return. And that all transfer
// functions are monotone: less knowledge before never means more after.

#include "flow/TestStates.h"
#include "flow/TransferFixture.h"

namespace thread_stop::flow {
namespace {

constexpr FunctionId Callee = 0;

class CallTest : public TransferFixture {
protected:
  const PlaceId P0 = T.intern(param(0, 20)), P1 = T.intern(param(1, 21));
  const PlaceId Ret = T.intern(place(BaseKind::Return, 22));

  Outcome &outcome() { return Summaries[Callee].Outcomes.emplace_back(); }
};

TEST_F(CallTest, NoEffect) {
  outcome();
  PathState S =
      only({literal(1, true, Old), acquire(2, Lock), call(3, Callee)});
  EXPECT_TRUE(S.mode(State).isOwnOn());
  EXPECT_TRUE(S.saved(Old)->Held.isEntry());
  EXPECT_NE(S.held(Lock), nullptr);
}

TEST_F(CallTest, TheCalleesModeIsNotTheCallersToRestore) {
  outcome().Modes[0] = Mode::set(true, false, NoSite);
  PathState S = only({call(3, Callee)});
  EXPECT_TRUE(S.mode(State).isOn());
  EXPECT_FALSE(S.mode(State).Own);
  EXPECT_EQ(S.mode(State).Site, 3u);
  EXPECT_TRUE(S.mode(Type).isEntry());
}

TEST_F(CallTest, UnlessItIsHalfOfAPair) {
  outcome().Modes[0] = Mode::set(true, false, NoSite);
  Summaries[Callee].HalfOfPair = true;
  EXPECT_TRUE(only({call(3, Callee)}).mode(State).isOwnOn());
}

TEST_F(CallTest, TheSecondHalfEndsTheFirst) {
  outcome().Modes[0] = Mode::set(true, false, NoSite);
  Summaries[Callee].HalfOfPair = true;
  Summaries[1].HalfOfPair = true;
  Summaries[1].Outcomes.emplace_back().Modes[0] =
      Mode::set(false, false, NoSite);
  PathState S = only({call(3, Callee), call(4, 1)});
  EXPECT_TRUE(S.mode(State).isEntry());
  EXPECT_TRUE(S.lost(State).empty());
}

TEST_F(CallTest, DeclaredPair) {
  CallFunction On = call(3, NoFunction), Off = call(4, NoFunction);
  On.DeclaredPair = true;
  Off.DeclaredPair = false;
  EXPECT_TRUE(only({On}).mode(State).isOwnOn());
  EXPECT_TRUE(only({On}).mode(Type).isEntry());
  EXPECT_TRUE(only({On, Off}).mode(State).isEntry());
}

TEST_F(CallTest, SavesThroughAPointer) {
  // void enter(int *old) { disable(old); }   enter(&old); leave(old);
  Outcome &O = outcome();
  O.Modes[0] = Mode::set(true, false, NoSite);
  O.Saves.push_back({T.extend(P0, Deref), State, Mode::entry(), NoSite});
  Summaries[1].Outcomes.emplace_back().Modes[0] = Mode::ofPlace(P0);
  PathState S = only({call(3, Callee, {{Old, true}})});
  ASSERT_NE(S.saved(Old), nullptr);
  EXPECT_TRUE(S.saved(Old)->Held.isEntry());
  EXPECT_EQ(S.saved(Old)->By, 3u);
  S = only({call(3, Callee, {{Old, true}}), call(4, 1, {{Old, false}})});
  EXPECT_TRUE(S.mode(State).isEntry());
  // The wrong variable restores nothing that is known.
  S = only({call(3, Callee, {{Old, true}}), call(4, 1, {{Other, false}})});
  EXPECT_EQ(S.mode(State), Mode::unknown());
}

TEST_F(CallTest, SavesInTheResult) {
  // int enter(void) { int o; disable(&o); return o; }
  Outcome &O = outcome();
  O.Modes[0] = Mode::set(true, false, NoSite);
  O.Saves.push_back({Ret, State, Mode::entry(), NoSite});
  PathState S =
      only({call(3, Callee, {}, Rc), CopyPlace{Old, Rc}, restore(4, Old)});
  EXPECT_TRUE(S.mode(State).isEntry());
}

TEST_F(CallTest, SavesAreOfTheStateBeforeTheCall) {
  Outcome &O = outcome();
  O.Modes[0] = Mode::set(true, false, NoSite);
  O.Saves.push_back({T.extend(P0, Deref), State, Mode::entry(), NoSite});
  PathState S = only({literal(1, true, Other), call(3, Callee, {{Old, true}})});
  EXPECT_EQ(S.saved(Old)->Held.Site, 1u);
  EXPECT_TRUE(S.saved(Old)->Held.isOwnOn());
}

TEST_F(CallTest, ConstantArguments) {
  // void set(int on) { pthread_setcancelstate(on, 0); }   set(1);
  outcome().Modes[0] = Mode::ofPlace(P0);
  PathState S =
      only({AssignConstant{Other, 1}, call(3, Callee, {{Other, false}})});
  EXPECT_TRUE(S.mode(State).isOn());
  S = only({AssignConstant{Other, 0}, call(3, Callee, {{Other, false}})});
  EXPECT_TRUE(S.mode(State).isOff());
}

TEST_F(CallTest, TooFewArguments) {
  outcome().Modes[0] = Mode::ofPlace(P1);
  EXPECT_EQ(only({call(3, Callee, {{Old, false}})}).mode(State),
            Mode::unknown());
}

TEST_F(CallTest, LocksThroughParametersGlobalsAndObjects) {
  Outcome &O = outcome();
  PlaceId This = T.intern(place(BaseKind::This, 0));
  O.Taken = {T.extend(P0, Deref), T.extend(T.extend(P1, Deref), field(8)),
             T.extend(This, field(9)), Lock};
  CallFunction C = call(3, Callee, {{Old, true}, {Other, true}});
  C.Object = {Guard, true};
  PathState S = only({C});
  EXPECT_NE(S.held(Old), nullptr);
  EXPECT_NE(S.held(T.extend(Other, field(8))), nullptr);
  EXPECT_NE(S.held(Lock), nullptr);
  EXPECT_EQ(S.Held.size(), 3u + (S.held(T.extend(Guard, field(9))) != nullptr));
}

TEST_F(CallTest, LocksThatNameNothingHereAreNotHeld) {
  outcome().Taken = {T.extend(P0, Deref)};
  EXPECT_TRUE(only({call(3, Callee, {{NoPlace, true}})}).Held.empty());
}

TEST_F(CallTest, LocksGivenBack) {
  outcome().GivenBack = {T.extend(P0, Deref)};
  PathState S = only(
      {acquire(1, Lock), acquire(2, Second), call(3, Callee, {{Lock, true}})});
  EXPECT_EQ(S.held(Lock), nullptr);
  EXPECT_NE(S.held(Second), nullptr);
  // Not held here, so it is the caller's caller's.
  S = only({call(3, Callee, {{Lock, true}})});
  EXPECT_EQ(S.GivenBack, std::vector<PlaceId>{Lock});
}

TEST_F(CallTest, OutcomesAreToldApartByTheResult) {
  Outcome &Got = outcome();
  Got.Taken = {T.extend(P0, Deref)};
  Got.Returned = {NoPlace, Knowledge::Zero, 0};
  Outcome &Failed = outcome();
  Failed.Returned = {NoPlace, Knowledge::Positive, std::nullopt};
  StateSet S = run({call(3, Callee, {{Lock, true}}, Rc)});
  EXPECT_EQ(S.States.size(), 2u);
  StateSet Zero = where(S, Rc, Relation::EQ), Rest = where(S, Rc, Relation::NE);
  ASSERT_EQ(Zero.States.size(), 1u);
  EXPECT_NE(Zero.States[0].held(Lock), nullptr);
  ASSERT_EQ(Rest.States.size(), 1u);
  EXPECT_EQ(Rest.States[0].held(Lock), nullptr);
  EXPECT_TRUE(where(S, Rc, Relation::LT).States.empty());
}

TEST_F(CallTest, AFailureNobodyLooksAtDoesNotHappen) {
  Outcome &Got = outcome();
  Got.Taken = {T.extend(P0, Deref)};
  outcome().CallFailed = true;
  CallFunction C = call(3, Callee, {{Lock, true}});
  PathState S = only({C});
  EXPECT_NE(S.held(Lock), nullptr);
  C.ResultTested = true;
  EXPECT_EQ(run({C}).States.size(), 2u);
  // If nothing else can happen, it does.
  Summaries[Callee].Outcomes.erase(Summaries[Callee].Outcomes.begin());
  C.ResultTested = false;
  EXPECT_EQ(run({C}).States.size(), 1u);
}

TEST_F(CallTest, OldKnowledgeOfTheResultGoes) {
  outcome();
  PathState S = only({AssignConstant{Rc, 1}, call(3, Callee, {}, Rc)});
  EXPECT_EQ(S.known(Rc), nullptr);
}

TEST_F(CallTest, UnknownCallee) {
  Summaries[Callee].Known = false;
  PathState S = only({literal(1, true), literal(2, false), acquire(3, Lock),
                      PushHandler{0}, call(4, Callee)});
  EXPECT_EQ(S.mode(State), Mode::unknown());
  EXPECT_EQ(S.mode(Type), Mode::unknown());
  EXPECT_TRUE(S.Held.empty());
  EXPECT_TRUE(S.lost(State).empty());
  EXPECT_EQ(S.Cleanup.size(), 1u);
}

TEST_F(CallTest, ACalleeThatNeverReturns) {
  Summaries[Callee]; // no outcome
  EXPECT_TRUE(run({call(3, Callee)}).States.empty());
}

TEST_F(CallTest, Prologue) {
  outcome();
  EXPECT_TRUE(only({call(3, Callee)}).Prologue);
  Summaries[Callee].KeepsPrologue = false;
  EXPECT_FALSE(only({call(3, Callee)}).Prologue);
}

//===--- Monotone ---------------------------------------------------------===//

class MonotoneTest : public CallTest {
protected:
  RandomStates R{42};

  void SetUp() override {
    R.Variables = {Old, Other, Rc};
    R.Locks = {Lock, Second};
    R.Locks.push_back(T.extend(Old, Deref));
    R.Owners = {Guard};
    std::sort(R.Locks.begin(), R.Locks.end());

    Outcome &Got = Summaries[0].Outcomes.emplace_back();
    Got.Taken = {T.extend(P0, Deref)};
    Got.Returned = {NoPlace, Knowledge::Zero, 0};
    Got.Modes[0] = Mode::set(true, false, NoSite);
    Got.Saves.push_back({T.extend(P1, Deref), State, Mode::entry(), NoSite});
    Summaries[0].Outcomes.emplace_back().CallFailed = true;
    Outcome &Back = Summaries[1].Outcomes.emplace_back();
    Back.GivenBack = {T.extend(P0, Deref)};
    Back.Modes[0] = Mode::ofPlace(P1);
    Summaries[1].KeepsPrologue = false;
    Summaries[2].Known = false;
    Summaries[3].HalfOfPair = true;
    Summaries[3].Outcomes.emplace_back().Modes[1] =
        Mode::set(false, false, NoSite);
    Summaries[4]; // never returns
  }

  Fact fact() {
    switch (R.below(12)) {
    case 0:
      return literal(R.below(4), R.coin(), R.coin() ? R.variable() : NoPlace,
                     R.which());
    case 1:
      return restore(R.below(4), R.variable(),
                     R.coin() ? R.variable() : NoPlace, R.which());
    case 2: {
      SetMode F = literal(R.below(4), R.coin(), R.variable(), R.which());
      if (R.coin())
        F.Argument.K = ModeArgument::Kind::Unknown;
      F.Result = Rc;
      return F;
    }
    case 3:
      return acquire(R.below(3), R.lock(), R.coin() ? Rc : NoPlace, R.coin());
    case 4:
      return guarded(R.below(3), R.lock(), Guard);
    case 5:
      return R.coin() ? release(R.below(4) ? R.lock() : NoPlace) : endOf(Guard);
    case 6:
      if (R.coin())
        return PushHandler{R.below(3)};
      return PopHandler{R.below(3), {}};
    case 7:
      return AssignConstant{R.variable(), int64_t(R.below(5)) - 2};
    case 8:
      return CopyPlace{R.variable(), R.variable()};
    case 9:
      if (R.coin())
        return LeavePrologue{};
      return R.coin() ? Forget{R.variable(), 0} : Forget{NoPlace, 1};
    default: {
      CallFunction C = call(R.below(4), R.below(5),
                            {{R.lock(), true}, {R.variable(), R.coin()}},
                            R.coin() ? Rc : NoPlace);
      C.ResultTested = R.coin();
      return C;
    }
    }
  }
};

TEST_F(MonotoneTest, Transfer) {
  unsigned Grown = 0;
  for (unsigned I = 0; I < 20000; ++I) {
    StateSet Small = R.set(4), Large = Small;
    Grown += Large.join(R.set(3));
    for (PathState &S : Large.States)
      if (R.coin() && !S.Known.empty())
        S.Known.erase(S.Known.begin() + R.below(S.Known.size()));
    ASSERT_TRUE(below(Small, Large));
    const StateSet SmallBefore = Small, LargeBefore = Large;
    const Fact F = fact();
    A.transfer(Small, F);
    A.transfer(Large, F);
    ASSERT_TRUE(below(Small, Large))
        << "fact " << F.index() << "\nsmall before\n"
        << SmallBefore << "after\n"
        << Small << "large before\n"
        << LargeBefore << "after\n"
        << Large;
  }
  EXPECT_GT(Grown, 1000u);
}

TEST_F(MonotoneTest, Assume) {
  for (unsigned I = 0; I < 20000; ++I) {
    StateSet Small = R.set(4), Large = Small;
    Large.join(R.set(3));
    const Assumption F{R.variable(), static_cast<Relation>(R.below(6)),
                       int64_t(R.below(5)) - 2};
    const bool One = A.assume(Small, F), Both = A.assume(Large, F);
    ASSERT_TRUE(!One || Both);
    ASSERT_TRUE(below(Small, Large)) << Small << "not below\n" << Large;
  }
}

TEST_F(MonotoneTest, StatesStaySorted) {
  // Lookups by place rely on it.
  auto Sorted = [](const auto &V, auto Of) {
    for (size_t I = 1; I < V.size(); ++I)
      if (!(Of(V[I - 1]) < Of(V[I])))
        return false;
    return true;
  };
  for (unsigned Run = 0; Run < 500; ++Run) {
    StateSet S = A.entry();
    for (unsigned I = 0; I < 30 && !S.States.empty(); ++I) {
      A.transfer(S, fact());
      ASSERT_LE(S.States.size(), StateSet::MaxStates);
      for (const PathState &P : S.States) {
        ASSERT_TRUE(Sorted(P.Saves, [](const Saved &V) { return V.Where; }));
        ASSERT_TRUE(Sorted(P.Held, [](const HeldLock &L) { return L.Lock; }));
        ASSERT_TRUE(Sorted(P.Known, [](const Knowledge &K) { return K.Term; }));
        ASSERT_TRUE(Sorted(P.GivenBack, [](PlaceId L) { return L; }));
        ASSERT_TRUE(Sorted(P.Lost[0], [](SiteId L) { return L; }));
        for (const Knowledge &K : P.Known) {
          ASSERT_NE(K.Signs, 0);
          ASSERT_NE(K.Signs, Knowledge::Any);
          ASSERT_TRUE(!K.Value || K.Signs == Knowledge::signOf(*K.Value));
        }
      }
    }
  }
}

} // namespace
} // namespace thread_stop::flow
