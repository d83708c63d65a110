// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What holds for every table: as many rows as its file, strictly sorted, each
// row found under its own name, nothing found under a name that is not there.

#include "TsvFile.h"
#include "model/AsyncSafety.h"
#include "model/CancelApi.h"
#include "model/CancellationPoints.h"
#include "model/LockApi.h"
#include "model/ResourceApi.h"
#include "model/SignalApi.h"
#include "gtest/gtest.h"

using namespace thread_stop::model;

template <typename RowT, typename FindT>
static void checkTable(const char *File, const char *KeyColumn,
                       llvm::ArrayRef<RowT> Table, FindT Find) {
  SCOPED_TRACE(File);
  std::vector<TsvRow> Rows = readTsv(File);
  ASSERT_FALSE(Rows.empty());
  ASSERT_EQ(Rows.size(), Table.size());
  for (size_t I = 0; I < Rows.size(); ++I) {
    EXPECT_EQ(Rows[I][KeyColumn], Table[I].Name.str());
    EXPECT_EQ(&Table[I], Find(Table[I].Name)) << Table[I].Name.str();
    if (I > 0) {
      EXPECT_TRUE(Table[I - 1].Name < Table[I].Name) << Table[I].Name.str();
    }
    std::string Longer = Table[I].Name.str() + "_not_there";
    EXPECT_EQ(nullptr, Find(Longer)) << Longer;
  }
  EXPECT_EQ(nullptr, Find(""));
  EXPECT_EQ(nullptr, Find("~"));
}

TEST(TableInvariants, CancellationPoints) {
  checkTable("cancellation_points", "function", cancellationPoints(),
             findCancellationPoint);
  EXPECT_EQ(357u, cancellationPoints().size());
}

TEST(TableInvariants, AsyncSafety) {
  checkTable("ac_safety", "function", asyncSafetyTable(), findAsyncSafety);
  EXPECT_EQ(1704u, asyncSafetyTable().size());
}

TEST(TableInvariants, Locks) {
  checkTable("locks", "function", lockApis(), findLockApi);
}

TEST(TableInvariants, LockGuards) {
  checkTable("lock_guards", "class", lockGuards(), findLockGuard);
}

TEST(TableInvariants, Signals) {
  checkTable("signal_api", "function", signalApis(), findSignalApi);
  checkTable("waits", "function", waits(), findWait);
  checkTable("descriptors", "function", descriptorMakers(),
             findDescriptorMaker);
  checkTable("wakers", "function", wakers(), findWaker);
  for (const SignalNumber &Row : signalNumbers())
    EXPECT_EQ(&Row, findSignal(int64_t(Row.Value))) << Row.Name.str();
  EXPECT_EQ(nullptr, findSignal(int64_t(32)));
}

/// A wait that has no end has `indefinite` in the other table.
TEST(TableInvariants, WaitsBlock) {
  for (const Wait &Row : waits()) {
    const CancellationPoint *Point = findCancellationPoint(Row.Name);
    if (Point && Row.Kind != WaitKind::Sleep &&
        Row.Form != WaitTimeout::Finite && Row.Kind != WaitKind::Join) {
      EXPECT_EQ(PointBlocking::Indefinite, Point->Blocking) << Row.Name.str();
    }
  }
}

TEST(TableInvariants, Resources) {
  checkTable("resources", "function", resourceAcquires(), findAcquire);
  checkTable("releases", "function", resourceReleases(), findRelease);
  EXPECT_EQ(readTsv("keepers").size(), resourceKeepers().size());
}

TEST(TableInvariants, CancelApi) {
  checkTable("cancel_api", "function", cancelApis(), findCancelApi);
}

TEST(TableInvariants, CancelConstants) {
  checkTable("cancel_constants", "constant", cancelConstants(),
             findCancelConstant);
}

TEST(TableInvariants, PointArgumentsAreGroupedByFunction) {
  EXPECT_EQ(readTsv("point_arguments").size(), pointArguments().size());
  size_t Found = 0;
  for (const CancellationPoint &Point : cancellationPoints()) {
    llvm::ArrayRef<PointArgument> Rows = pointArguments(Point.Name);
    Found += Rows.size();
    for (const PointArgument &Row : Rows) {
      EXPECT_EQ(Point.Name.str(), Row.Name.str());
      EXPECT_EQ(Rows.front().Index, Row.Index);
    }
  }
  EXPECT_EQ(pointArguments().size(), Found);
}

TEST(TableInvariants, EveryRuleReachedItsRow) {
  size_t Ruled = 0;
  for (const CancellationPoint &Point : cancellationPoints())
    Ruled += Point.Rule != PointRule::Table;
  EXPECT_EQ(readTsv("point_rules").size(), Ruled);
}

// Each cell in words, so that a column mixed up with another shows.
TEST(TableInvariants, CellsOfCancellationPointsSurvive) {
  const std::map<std::string, PointStatus> Status = {
      {"required", PointStatus::Required},
      {"optional", PointStatus::Optional},
      {"never", PointStatus::Never}};
  const std::map<std::string, Tri> Acts = {
      {"yes", Tri::Yes}, {"no", Tri::No}, {"-", Tri::NotRun}};
  const std::map<std::string, PointDecl> Decl = {
      {"may-throw", PointDecl::MayThrow},
      {"nothrow", PointDecl::Nothrow},
      {"undeclared", PointDecl::Undeclared}};
  const std::map<std::string, PointBlocking> Blocking = {
      {"indefinite", PointBlocking::Indefinite},
      {"timed", PointBlocking::Timed},
      {"-", PointBlocking::None}};
  for (TsvRow &Row : readTsv("cancellation_points")) {
    SCOPED_TRACE(Row["function"]);
    const CancellationPoint *Point = findCancellationPoint(Row["function"]);
    ASSERT_NE(nullptr, Point);
    EXPECT_EQ(Status.at(Row["status"]), Point->Status);
    EXPECT_EQ(Acts.at(Row["glibc236_acts"]), Point->GlibcActs);
    EXPECT_EQ(Acts.at(Row["musl123_acts"]), Point->MuslActs);
    EXPECT_EQ(Decl.at(Row["glibc236_decl"]), Point->GlibcDecl);
    EXPECT_EQ(Blocking.at(Row["blocking"]), Point->Blocking);
    EXPECT_EQ(Row["allocates"], Point->Allocates.str());
  }
}

TEST(ListContains, MatchesWholeItemsOnly) {
  EXPECT_TRUE(listContains("a,bc,d", "a"));
  EXPECT_TRUE(listContains("a,bc,d", "bc"));
  EXPECT_TRUE(listContains("a,bc,d", "d"));
  EXPECT_FALSE(listContains("a,bc,d", "b"));
  EXPECT_FALSE(listContains("a,bc,d", "c"));
  EXPECT_FALSE(listContains("a,bc,d", "a,bc"));
  EXPECT_FALSE(listContains("a,bc,d", ""));
  EXPECT_FALSE(listContains("", "a"));
}
