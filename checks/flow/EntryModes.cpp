// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Who calls a function, and in which state: what its entry can be taken to be.

#include "flow/TuAnalysis.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <iterator>

namespace thread_stop::flow {

bool TuAnalysis::ownsThread(FunctionId F) const {
  return Index[F].IsStartRoutine || Index[F].IsMain || Index[F].MayOwnThread;
}

bool TuAnalysis::isEnabled(const PathState &S, FunctionId F) const {
  const Mode &State = S.mode(ModeKind::State);
  return State.isOff() || (State.isEntry() && !Entries[F].AlwaysDisabled);
}

std::optional<bool> TuAnalysis::entryMode(FunctionId F, ModeKind W) const {
  return Entries[F].Mode[static_cast<size_t>(W)];
}

bool TuAnalysis::isPrologueOf(FunctionId F) const {
  return Entries[F].InPrologue;
}

namespace {

/// What the calls give their callee: nothing seen, one value, or several.
struct Joined {
  bool Seen = false, Unknown = false, Value = false;

  void add(std::optional<bool> V) {
    Unknown |= !V || (Seen && Value != *V);
    Seen = true;
    Value = V.value_or(false);
  }
  void lose() { Seen = Unknown = true; }
  friend bool operator==(const Joined &A, const Joined &B) {
    return A.Seen == B.Seen && A.Unknown == B.Unknown && A.Value == B.Value;
  }
};

struct CallSites {
  std::array<Joined, 2> Modes;
  bool Seen = false;
  bool Prologue = true;
  /// Of the calls that a cancel can come into: any, and any that is not known
  /// to be made with cancellation disabled.
  bool Hit = false, HitOpen = false;

  friend bool operator==(const CallSites &A, const CallSites &B) {
    return A.Modes == B.Modes && A.Seen == B.Seen && A.Prologue == B.Prologue &&
           A.Hit == B.Hit && A.HitOpen == B.HitOpen;
  }
};

} // namespace

/// Goes through the components from the callers down. Within one, a function
/// counts as a caller once its own entry is known, and again whenever that
/// changes; what is known of an entry only ever shrinks.
class TuAnalysis::EntryModes {
public:
  explicit EntryModes(TuAnalysis &A) : A(A), Calls(A.Index.size()) {
    Assumed = llvm::any_of(A.Opts.Gated, [](const GatedOptions &G) {
      return G.AssumeCancellable;
    });
  }

  void run() {
    const auto &Components = A.Index.components();
    for (auto C = Components.rbegin(); C != Components.rend(); ++C)
      enter(*C);
  }

private:
  void enter(const std::vector<FunctionId> &C);
  bool isEnteredFirst(FunctionId F) const;
  EntryInfo entryOf(FunctionId F) const;
  void addCallsOf(FunctionId F);
  void addCall(FunctionId From, const StateSet &S, FunctionId To);
  bool canBeHit(FunctionId From, FunctionId To) const;

  TuAnalysis &A;
  std::vector<CallSites> Calls;
  bool Assumed = false;
};

/// Whether something that is not a function of its component enters `F`.
bool TuAnalysis::EntryModes::isEnteredFirst(FunctionId F) const {
  const FunctionInfo &I = A.Index[F];
  return Calls[F].Seen || A.ownsThread(F) || I.MayBeThreadBody ||
         I.AddressTaken || I.Decl->isExternallyVisible();
}

void TuAnalysis::EntryModes::enter(const std::vector<FunctionId> &C) {
  const llvm::DenseSet<FunctionId> Members(C.begin(), C.end());
  std::vector<FunctionId> Work;
  llvm::copy_if(C, std::back_inserter(Work), [&](FunctionId F) {
    return C.size() == 1 || isEnteredFirst(F);
  });
  llvm::DenseSet<FunctionId> Waiting(Work.begin(), Work.end());
  while (!Work.empty()) {
    const FunctionId F = Work.back();
    Work.pop_back();
    Waiting.erase(F);
    A.Entries[F] = entryOf(F);
    llvm::SmallVector<std::pair<FunctionId, CallSites>, 4> Before;
    for (FunctionId To : A.Index[F].Callees)
      if (Members.count(To))
        Before.push_back({To, Calls[To]});
    addCallsOf(F);
    for (const auto &[To, Old] : Before)
      if (!(Calls[To] == Old) && Waiting.insert(To).second)
        Work.push_back(To);
  }
}

auto TuAnalysis::EntryModes::entryOf(FunctionId F) const -> EntryInfo {
  EntryInfo E;
  const FunctionInfo &I = A.Index[F];
  const CallSites &Sites = Calls[F];
  if (A.ownsThread(F)) {
    E.Mode = {false, false};
    E.InPrologue = true;
  } else if (I.MayBeThreadBody) {
    E.InPrologue = true;
  } else if (Sites.Seen) {
    E.InPrologue = Sites.Prologue;
    E.AlwaysDisabled = Sites.Hit && !Sites.HitOpen;
    // Other files may call it in another state.
    if (!I.Decl->isExternallyVisible() && !I.AddressTaken)
      for (size_t W = 0; W < 2; ++W)
        if (const Joined &J = Sites.Modes[W]; J.Seen && !J.Unknown)
          E.Mode[W] = J.Value;
  }
  return E;
}

/// Of a function that only a cancelled thread makes worth a look, the calls
/// that no such thread makes say nothing.
bool TuAnalysis::EntryModes::canBeHit(FunctionId From, FunctionId To) const {
  return Assumed || A.Gate.isCancellable(From) ||
         !A.Gate.isOfCancelledThread(To);
}

void TuAnalysis::EntryModes::addCall(FunctionId From, const StateSet &S,
                                     FunctionId To) {
  const EntryInfo &Own = A.Entries[From];
  CallSites &At = Calls[To];
  At.Seen = true;
  const bool Hit = canBeHit(From, To);
  for (const PathState &P : S.States) {
    At.Prologue &= P.Prologue && Own.InPrologue;
    for (size_t W = 0; W < 2; ++W) {
      const Mode &M = P.Modes[W];
      At.Modes[W].add(M.isEntry()              ? Own.Mode[W]
                      : M.K == Mode::Kind::Set ? std::optional<bool>(M.On)
                                               : std::nullopt);
    }
    const Mode &State = P.mode(ModeKind::State);
    At.Hit |= Hit;
    At.HitOpen |= Hit && !State.isOn() &&
                  !(State.isEntry() &&
                    (Own.AlwaysDisabled ||
                     Own.Mode[static_cast<size_t>(ModeKind::State)] == true));
  }
  if (S.Overflow) {
    At.Modes[0].lose();
    At.Modes[1].lose();
    At.HitOpen |= Hit;
  }
}

void TuAnalysis::EntryModes::addCallsOf(FunctionId F) {
  if (!A.Index[F].Followed)
    return;
  const FunctionFlow *Flow = A.Flows[F].get();
  if (!Flow || !Flow->Valid || !Flow->Solved.Converged) {
    for (FunctionId To : A.Index[F].Callees) {
      CallSites &At = Calls[To];
      At.Modes[0].lose();
      At.Modes[1].lose();
      At.Prologue = false;
      At.HitOpen |= canBeHit(F, To);
    }
    return;
  }
  auto IsCall = [](const Fact &Each) {
    const auto *Call = std::get_if<CallFunction>(&Each);
    return Call && Call->Callee != NoFunction;
  };
  A.forEachFact(*Flow, IsCall, [&](const StateSet &S, const Fact &Each) {
    addCall(F, S, std::get<CallFunction>(Each).Callee);
  });
}

void TuAnalysis::findEntryModes() { EntryModes(*this).run(); }

} // namespace thread_stop::flow
