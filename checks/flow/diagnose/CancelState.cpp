// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-cancel-state-not-restored: what a function leaves behind of the
// cancellation state and type it was called with.

#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/RestoreFixes.h"
#include "support/SourceText.h"
#include "clang/AST/ExprCXX.h"

#include <algorithm>
#include <map>
#include <set>

using namespace clang;

namespace thread_stop::flow {

namespace {
/// The wording for the two kinds.
struct Words {
  const char *LiteralClose, *Foreign, *Left, *On, *WayOut;
};

constexpr Words WordsOf[2] = {
    {"cancellation is enabled outright, not restored: a caller that disabled "
     "it loses that",
     "cancellation is enabled here, not by who disabled it: the caller can be "
     "cancelled",
     "cancellation stays disabled after this function: a later cancel never "
     "acts",
     "cancellation is disabled here", "this way out leaves it disabled"},
    {"the type is set to deferred outright, not restored: the caller's type "
     "is lost",
     "",
     "asynchronous cancellation stays on after this function: the caller "
     "may die anywhere",
     "asynchronous cancellation is switched on here",
     "this way out leaves it asynchronous"}};

class CancelStateDiagnoser {
public:
  CancelStateDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                       std::vector<Finding> &Out)
      : A(A), F(F), Out(Out), Text(A.context()), Fixes(A, F) {}

  void run() {
    const auto Wanted = isAnyOf<SetMode>;
    A.forEachFact(F, Wanted, [&](const StateSet &S, const Fact &Each) {
      if (!S.Overflow)
        checkCall(S, std::get<SetMode>(Each));
    });
    if (!ownsState())
      A.forEachExit(F, [&](const StateSet &S, SiteId At) {
        if (!S.Overflow)
          checkExit(S, At);
      });
    for (ModeKind W : {ModeKind::State, ModeKind::Type}) {
      if (isSetter(W))
        continue;
      reportLost(W);
      reportLeft(W);
    }
  }

private:
  /// What the thread's own function leaves behind ends with the thread; the
  /// first half of a pair leaves it to the other half.
  bool ownsState() const {
    return A.ownsThread(F.Id) || A.summaryOf(F.Id).HalfOfPair ||
           A.summaryOf(F.Id).Excused;
  }

  /// `if (on) ENABLE else DISABLE`, and nothing else: what its caller says.
  bool isSetter(ModeKind W) const {
    const size_t I = static_cast<size_t>(W);
    return Ends[I].On && Ends[I].Off && !Ends[I].Other &&
           A.summaryOf(F.Id).KeepsPrologue;
  }

  SourceLocation loc(SiteId S) const { return Text.fileLoc(F.Sites[S].Loc); }

  Finding start(SiteId At, std::string Message) const {
    Finding New;
    New.Check = CheckKind::CancelStateNotRestored;
    New.Loc = loc(At);
    New.Message = std::move(Message);
    return New;
  }

  void note(Finding &To, SiteId At, std::string Message) const {
    if (At != NoSite)
      To.Notes.push_back({loc(At), std::move(Message), {}, false});
  }

  /// The faults that one call shows by itself.
  void checkCall(const StateSet &S, const SetMode &M) {
    const CancelAnalysis Analysis(A.places(), A, F.EntryLocks);
    for (const PathState &P : S.States) {
      // Why a call failed is not known, so nor is what the rest is for.
      if (P.ModeFailed)
        continue;
      SiteId Save = NoSite;
      const SetModeFault Fault = Analysis.faultOf(P, M, &Save);
      if (Fault == SetModeFault::None)
        continue;
      const bool IsState = M.Which == ModeKind::State;
      const std::string What = IsState ? "state" : "type";
      if (Fault == SetModeFault::OverwrittenSave) {
        Finding New = start(M.Site, "the saved cancellation " + What +
                                        " is overwritten before it is "
                                        "restored: the caller's is lost");
        note(New, Save, "the caller's " + What + " is saved here");
        Out.push_back(std::move(New));
      } else {
        Finding New =
            start(M.Site, "the wrong variable is restored: the caller's "
                          "cancellation " +
                              What + " is in another one");
        note(New, Save, "the caller's " + What + " is saved here");
        New.Fix = Fixes.useSavedOf(M.Site, Save);
        Out.push_back(std::move(New));
      }
      break;
    }
    for (const PathState &P : S.States) {
      if (!P.Prologue)
        AfterPrologue.insert(M.Site);
      // Given to the other function: another check's finding.
      if (const Saved *V = M.Argument.K == ModeArgument::Kind::FromPlace
                               ? P.saved(M.Argument.From)
                               : nullptr;
          V && V->Which != M.Which)
        Misplaced.insert(V->By);
    }
    // Which DISABLE a literal ENABLE closes, for the note and the fix.
    if (M.Argument.K == ModeArgument::Kind::Literal && !M.Argument.On)
      for (const PathState &P : S.States)
        if (P.mode(M.Which).isOwnOn()) {
          Opened[M.Site].insert(P.mode(M.Which).Site);
          Closed[P.mode(M.Which).Site].insert(M.Site);
        }
  }

  void checkExit(const StateSet &S, SiteId At) {
    for (const PathState &P : S.States)
      for (ModeKind W : {ModeKind::State, ModeKind::Type}) {
        if (P.ModeFailed)
          continue;
        const size_t I = static_cast<size_t>(W);
        const std::optional<bool> Entry =
            P.EntryOn[I] ? P.EntryOn[I] : A.entryMode(F.Id, W);
        const Mode &M = P.mode(W);
        (M.isOn()    ? Ends[I].On
         : M.isOff() ? Ends[I].Off
                     : Ends[I].Other) = true;
        const bool SameAsEntry =
            Entry && M.K == Mode::Kind::Set && *Entry == M.On;
        // Enabled already for every caller, or disabled again as it was: the
        // window between is for callers that have disabled.
        const bool IsWindow = P.LostFirst[I] && M.isOwnOn();
        if (Entry != false && !SameAsEntry && !IsWindow)
          for (SiteId Site : P.lost(W))
            Lost[I].insert(Site);
        const bool Follows = P.LostFirst[I] && Entry != false;
        if (M.isOwnOn() && !SameAsEntry && !Follows &&
            !startsThread(M.Site, W) && !isUnwound(M.Site, At))
          Left[I][M.Site].insert(At);
      }
  }

  /// A set-up function that threads call before anything else may set the
  /// thread's state for good.
  bool startsThread(SiteId At, ModeKind W) const {
    return A.isPrologueOf(F.Id) && !AfterPrologue.count(At) &&
           !A.summaryOf(F.Id).RestoresItself[static_cast<size_t>(W)];
  }

  /// A throw runs the destructor of a local object, which puts it back.
  bool isUnwound(SiteId By, SiteId Exit) const {
    return isa_and_nonnull<CXXThrowExpr>(F.Sites[Exit].S) &&
           isa_and_nonnull<CXXConstructExpr>(F.Sites[By].S);
  }

  void reportLost(ModeKind W) {
    const size_t I = static_cast<size_t>(W);
    for (SiteId Site : Lost[I]) {
      if (A.isPrologueOf(F.Id) && !AfterPrologue.count(Site))
        continue;
      auto Opener = Opened.find(Site);
      if (Opener == Opened.end()) {
        Finding New = start(Site, WordsOf[I].Foreign);
        New.Fix = Fixes.saveAndRestore(Site, W);
        Out.push_back(std::move(New));
        continue;
      }
      Finding New = start(Site, WordsOf[I].LiteralClose);
      const SiteId By = *Opener->second.begin();
      note(New, By, WordsOf[I].On);
      if (Opener->second.size() == 1)
        New.Fix = Fixes.restoreInstead(closersOf(By, I), Site, By, W);
      Out.push_back(std::move(New));
    }
  }

  /// All literals that close what one call opened, and lose something.
  const std::set<SiteId> &closersOf(SiteId By, size_t I) {
    auto [It, New] = LosingClosers[I].try_emplace(By);
    if (New)
      for (SiteId Site : Closed[By])
        if (Lost[I].count(Site))
          It->second.insert(Site);
    return It->second;
  }

  void reportLeft(ModeKind W) {
    const size_t I = static_cast<size_t>(W);
    for (const auto &[Site, Exits] : Left[I]) {
      if (Misplaced.count(Site))
        continue;
      Finding New = start(Site, WordsOf[I].Left);
      for (SiteId Exit : Exits)
        note(New, Exit, WordsOf[I].WayOut);
      New.Fix = Fixes.restoreBefore(Exits, Site, W);
      Out.push_back(std::move(New));
    }
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  std::vector<Finding> &Out;
  support::SourceText Text;
  RestoreFixes Fixes;
  /// Calls whose loss reaches an exit.
  std::set<SiteId> Lost[2];
  /// From a call to the exits that its effect reaches.
  std::map<SiteId, std::set<SiteId>> Left[2];
  /// From literals to what they close, and back.
  std::map<SiteId, std::set<SiteId>> Opened, Closed, LosingClosers[2];
  /// Calls whose saved value goes to the function for the other kind.
  std::set<SiteId> Misplaced;
  /// How the function leaves each mode, over all ways out.
  struct {
    bool On = false, Off = false, Other = false;
  } Ends[2];
  /// Calls that something may have blocked before.
  std::set<SiteId> AfterPrologue;
};
} // namespace

void diagnoseCancelState(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken())
    return;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (A.index()[F].ReachesMode)
      if (const FunctionFlow *Flow = A.flow(F))
        CancelStateDiagnoser(A, *Flow, Out).run();
}

} // namespace thread_stop::flow
