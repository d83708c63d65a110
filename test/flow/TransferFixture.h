// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A CancelAnalysis over hand-made facts: places, locks and summaries that tests
// name, and short ways to make facts.

#ifndef THREAD_STOP_TEST_FLOW_TRANSFERFIXTURE_H
#define THREAD_STOP_TEST_FLOW_TRANSFERFIXTURE_H

#include "flow/CancelAnalysis.h"
#include "flow/TestPlaces.h"
#include "gtest/gtest.h"
#include <map>

namespace thread_stop::flow {

class TransferFixture : public testing::Test, protected SummarySource {
protected:
  static constexpr ModeKind State = ModeKind::State, Type = ModeKind::Type;

  PlaceTable T;
  std::map<FunctionId, Summary> Summaries;
  CancelAnalysis A{T, *this, {}};

  const PlaceId Old = T.intern(local(1)), Other = T.intern(local(2));
  const PlaceId Rc = T.intern(place(BaseKind::Value, 3));
  const PlaceId Lock = T.intern(global(4)), Second = T.intern(global(5));
  const PlaceId Guard = T.intern(local(6));

  const Summary &summaryOf(FunctionId F) const override {
    return Summaries.at(F);
  }

  StateSet run(StateSet S, const std::vector<Fact> &Facts) {
    for (const Fact &F : Facts)
      A.transfer(S, F);
    return S;
  }
  StateSet run(const std::vector<Fact> &Facts) { return run(A.entry(), Facts); }
  /// The same where exactly one state is left.
  PathState only(const std::vector<Fact> &Facts) {
    StateSet S = run(Facts);
    EXPECT_EQ(S.States.size(), 1u);
    return S.States.empty() ? PathState() : S.States[0];
  }
  /// The states in which `Term` compares as given.
  StateSet where(StateSet S, PlaceId Term, Relation Rel, int64_t Value = 0) {
    A.assume(S, {Term, Rel, Value});
    return S;
  }

  static SetMode literal(SiteId Site, bool On, PlaceId Save = NoPlace,
                         ModeKind W = ModeKind::State) {
    SetMode F;
    F.Site = Site;
    F.Which = W;
    F.Argument.K = ModeArgument::Kind::Literal;
    F.Argument.On = On;
    F.SaveTo = Save;
    return F;
  }
  static SetMode restore(SiteId Site, PlaceId From, PlaceId Save = NoPlace,
                         ModeKind W = ModeKind::State) {
    SetMode F;
    F.Site = Site;
    F.Which = W;
    F.Argument.K = ModeArgument::Kind::FromPlace;
    F.Argument.From = From;
    F.SaveTo = Save;
    return F;
  }
  static Acquire acquire(SiteId Site, PlaceId L, PlaceId Result = NoPlace,
                         bool MayFail = false) {
    Acquire F;
    F.Site = Site;
    F.Lock = L;
    F.Result = Result;
    F.MayFail = MayFail;
    return F;
  }
  static Acquire guarded(SiteId Site, PlaceId L, PlaceId Owner) {
    Acquire F = acquire(Site, L);
    F.Owner = Owner;
    return F;
  }
  static Release release(PlaceId L) { return {L, NoPlace}; }
  static Release endOf(PlaceId Owner) { return {NoPlace, Owner}; }
  static CallFunction call(SiteId Site, FunctionId Callee,
                           std::vector<Binding> Arguments = {},
                           PlaceId Result = NoPlace) {
    CallFunction F;
    F.Site = Site;
    F.Callee = Callee;
    F.Arguments = std::move(Arguments);
    F.Result = Result;
    F.ResultTested = Result != NoPlace;
    return F;
  }

  SetModeFault faultIn(const std::vector<Fact> &Before, const SetMode &F,
                       SiteId *Save = nullptr) {
    return A.faultOf(only(Before), F, Save);
  }
};

} // namespace thread_stop::flow

#endif
