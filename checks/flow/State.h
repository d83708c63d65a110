// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lattice of the cancellation analysis.
//
// A StateSet is a set of PathStates: what can be true when control reaches a
// point, one element per distinguishable past. Two pasts are merged when they
// agree on everything but what is known of variables, and then only the common
// knowledge is kept (property simulation, as in ESP). So `if (x) lock(); ... if
// (x) unlock();` stays exact while the number of states stays small.
//
//   bottom  the empty set (unreached)
//   order   inclusion, and less knowledge of variables is higher
//   top     one state with unknown modes and no facts (`Overflow`), taken when
//           more than MaxStates pasts would have to be kept apart
//   height  finite: modes, saves and locks come from the function's sites

#ifndef THREAD_STOP_CHECKS_FLOW_STATE_H
#define THREAD_STOP_CHECKS_FLOW_STATE_H

#include "flow/Facts.h"

#include "llvm/ADT/SmallVector.h"
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace thread_stop::flow {

/// A cancellation state or type, by where it comes from.
struct Mode {
  enum class Kind : uint8_t {
    Entry,   ///< what the caller had
    Set,     ///< `On`, set at `Site`
    OfPlace, ///< what `From` held when the function was entered
    Unknown,
  };
  Kind K = Kind::Entry;
  bool On = false;
  /// Set by this function (or by the first half of a pair that it calls), so
  /// that it has to put the old value back.
  bool Own = false;
  /// Switched on over a known "off" that was no loss: switching off by a
  /// literal puts back what was there.
  bool OverOff = false;
  /// Set by a constructor, so that unwinding puts it back.
  bool Scoped = false;
  SiteId Site = NoSite;
  PlaceId From = NoPlace;

  static Mode entry() { return {}; }
  static Mode unknown() {
    return {Kind::Unknown, false, false, false, false, NoSite, NoPlace};
  }
  static Mode set(bool On, bool Own, SiteId Site) {
    return {Kind::Set, On, Own, false, false, Site, NoPlace};
  }
  static Mode ofPlace(PlaceId P) {
    return {Kind::OfPlace, false, false, false, false, NoSite, P};
  }
  bool isEntry() const { return K == Kind::Entry; }
  bool isOn() const { return K == Kind::Set && On; }
  bool isOff() const { return K == Kind::Set && !On; }
  bool isOwnOn() const { return isOn() && Own; }

  friend bool operator==(const Mode &A, const Mode &B) {
    return A.K == B.K && A.On == B.On && A.Own == B.Own &&
           A.OverOff == B.OverOff && A.Scoped == B.Scoped && A.Site == B.Site &&
           A.From == B.From;
  }
};

/// A place that holds an old state or type.
struct Saved {
  PlaceId Where = NoPlace;
  ModeKind Which = ModeKind::State;
  Mode Held;
  SiteId By = NoSite; ///< the call that saved it

  friend bool operator==(const Saved &A, const Saved &B) {
    return A.Where == B.Where && A.Which == B.Which && A.Held == B.Held &&
           A.By == B.By;
  }
};

struct HeldLock {
  PlaceId Lock = NoPlace;
  PlaceId Owner = NoPlace;
  SiteId By = NoSite;
  /// Its object went to an unknown function since the last pop.
  bool Escaped = false;

  friend bool operator==(const HeldLock &A, const HeldLock &B) {
    return A.Lock == B.Lock && A.Owner == B.Owner && A.By == B.By &&
           A.Escaped == B.Escaped;
  }
};

/// The kind of a "resource" that is a local object whose end of scope matters.
constexpr uint8_t ScopedObject = 0xFF;

/// A place that holds a resource which nobody else knows. All places with the
/// same `By` hold the same one.
struct Owned {
  PlaceId Where = NoPlace;
  SiteId By = NoSite;       ///< the call that acquired it
  uint8_t Kind = 0;         ///< model::ResourceKind
  uint8_t FailureSigns = 0; ///< of a value that is no resource

  friend bool operator==(const Owned &A, const Owned &B) {
    return A.Where == B.Where && A.By == B.By && A.Kind == B.Kind &&
           A.FailureSigns == B.FailureSigns;
  }
};

/// What has been done to the thread whose handle a place holds.
struct HandleState {
  PlaceId Where = NoPlace;
  /// Request, Join or Detach; Create: that has failed.
  ThreadDeed Last = ThreadDeed::Use;
  SiteId By = NoSite;

  friend bool operator==(const HandleState &A, const HandleState &B) {
    return A.Where == B.Where && A.Last == B.Last && A.By == B.By;
  }
};

/// What is known of a scalar: its possible signs, and its value if just one.
struct Knowledge {
  static constexpr uint8_t Negative = 1, Zero = 2, Positive = 4, Any = 7;
  PlaceId Term = NoPlace;
  uint8_t Signs = Any;
  std::optional<int64_t> Value;

  static uint8_t signOf(int64_t V) {
    return V < 0 ? Negative : V == 0 ? Zero : Positive;
  }
  friend bool operator==(const Knowledge &A, const Knowledge &B) {
    return A.Term == B.Term && A.Signs == B.Signs && A.Value == B.Value;
  }
};

/// One past that leads to a point. All vectors are sorted by their place, but
/// for `Cleanup`, which is a stack.
struct PathState {
  /// More saves, locks or known variables are not kept at once: knowing less
  /// is always right, and a state is copied for every block.
  static constexpr size_t MaxRemembered = 48;
  /// The same for calls in `Lost`; each of them is a finding.
  static constexpr size_t MaxLost = 1024;

  std::array<Mode, 2> Modes;
  std::vector<Saved> Saves;
  std::vector<HeldLock> Held;
  /// Sorted by place, then by call.
  std::vector<Owned> Resources;
  std::vector<HandleState> Handles;
  /// Locks of the caller that were given back here; only NoPlace: any lock.
  std::vector<PlaceId> GivenBack;
  /// Cleanup regions that are pushed and not popped.
  std::vector<uint32_t> Cleanup;
  /// Calls that switched off by a literal what had to be put back, and whose
  /// loss no later restore has made good.
  std::array<std::vector<SiteId>, 2> Lost;
  /// The first of these had not been preceded by a switching on.
  std::array<bool, 2> LostFirst{};
  /// What branches on a saved value have shown of the entry mode.
  std::array<std::optional<bool>, 2> EntryOn;
  /// A plain lock, or a call that sets a mode, was assumed to have failed.
  bool LockFailed = false;
  bool ModeFailed = false;
  /// Nothing that may block or do anything has been called so far.
  bool Prologue = true;

  /// Not part of a past's identity; see StateSet.
  std::vector<Knowledge> Known;

  Mode &mode(ModeKind W) { return Modes[static_cast<size_t>(W)]; }
  const Mode &mode(ModeKind W) const { return Modes[static_cast<size_t>(W)]; }
  std::vector<SiteId> &lost(ModeKind W) { return Lost[static_cast<size_t>(W)]; }
  const std::vector<SiteId> &lost(ModeKind W) const {
    return Lost[static_cast<size_t>(W)];
  }
  std::optional<bool> &entryOn(ModeKind W) {
    return EntryOn[static_cast<size_t>(W)];
  }
  bool &lostFirst(ModeKind W) { return LostFirst[static_cast<size_t>(W)]; }

  bool samePast(const PathState &O) const;

  const Saved *saved(PlaceId Where) const;
  void save(const Saved &S);
  void dropSave(PlaceId Where);

  const HeldLock *held(PlaceId Lock) const;
  void hold(const HeldLock &L);
  /// Adds to `GivenBack`; NoPlace: any lock.
  void giveBack(PlaceId Lock);
  bool givesBackAny() const {
    return !GivenBack.empty() && GivenBack[0] == NoPlace;
  }
  /// Notes in `Lost` that the call at `By` switched off by a literal.
  void lose(ModeKind W, SiteId By);

  const HandleState *handle(PlaceId Where) const;
  void setHandle(const HandleState &H);
  void dropHandle(PlaceId Where);

  void own(const Owned &R);
  /// Nobody's business any more: the resource that `Where` holds.
  void disown(PlaceId Where);
  /// What `Where` is known to hold means that the call failed: there is none.
  void disownFailed(PlaceId Where);
  /// The resource acquired at `By` exists, as far as its values are known.
  bool mayOwn(SiteId By) const;

  const Knowledge *known(PlaceId Term) const;
  /// Narrows what is known of `Term`; false if that is impossible here.
  bool learn(const Assumption &A);
  void setKnown(const Knowledge &K);
  void dropKnown(PlaceId Term);

  std::string dump() const;
};

/// See the head of this file.
class StateSet {
public:
  static constexpr size_t MaxStates = 32;

  /// Nearly always one.
  llvm::SmallVector<PathState, 1> States;
  bool Overflow = false;

  StateSet() = default;
  explicit StateSet(PathState Only) { States.push_back(std::move(Only)); }

  bool join(const StateSet &Other);
  /// Adds one past, merging it with an equal one.
  bool add(const PathState &S);
  /// Merges pasts that a transfer has made equal, and applies the limit.
  void normalize();

private:
  void collapse();
};

} // namespace thread_stop::flow

#endif
