// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Place.h"

#include <algorithm>
#include <cstddef>

namespace thread_stop::flow {

/// Longer paths come from recursive data structures walked in a loop; they are
/// given up instead of growing without bound.
static constexpr size_t MaxPath = 12;

PlaceTable::PlaceTable() { Places.emplace_back(); } // NoPlace

PlaceId PlaceTable::add(Place P) {
  Places.push_back(std::move(P));
  return static_cast<PlaceId>(Places.size() - 1);
}

PlaceId PlaceTable::intern(Place P) {
  const std::vector<Step> Path = std::move(P.Path);
  if (Path.size() > MaxPath)
    return NoPlace;
  P.Path.clear();
  auto [It, New] = Roots.try_emplace(
      Root{{static_cast<unsigned>(P.Kind), P.Index}, P.Base}, NoPlace);
  if (New)
    It->second = add(std::move(P));
  PlaceId Id = It->second;
  for (const Step &S : Path)
    Id = extend(Id, S);
  return Id;
}

PlaceId PlaceTable::extend(PlaceId Of, Step S) {
  if (Of == NoPlace || Places[Of].Path.size() >= MaxPath)
    return NoPlace;
  auto [It, New] =
      Parts.try_emplace(Part{{Of, static_cast<unsigned>(S.K)}, S.Id}, NoPlace);
  if (New) {
    Place P = Places[Of];
    P.Path.push_back(S);
    It->second = add(std::move(P));
  }
  return It->second;
}

PlaceId PlaceTable::rebase(PlaceId Inner, const Binding &B) {
  if (Inner == NoPlace || B.Target == NoPlace)
    return NoPlace;
  size_t First = 0;
  if (B.IsAddress) {
    // The parameter is the address of Target, so the first step undoes it.
    const std::vector<Step> &Path = Places[Inner].Path;
    if (Path.empty() || Path.front().K != Step::Kind::Deref)
      return NoPlace;
    First = 1;
  }
  PlaceId Id = B.Target;
  // Not by reference: a new place may move the table.
  for (size_t I = First; I < Places[Inner].Path.size(); ++I)
    Id = extend(Id, Places[Inner].Path[I]);
  return Id;
}

bool PlaceTable::readsVariable(PlaceId Id, uintptr_t Base) const {
  const Place &P = Places[Id];
  if (P.Base == Base && P.Kind != BaseKind::Expression)
    return true;
  if (std::find(P.Reads.begin(), P.Reads.end(), Base) != P.Reads.end())
    return true;
  return std::any_of(P.Path.begin(), P.Path.end(), [&](const Step &S) {
    return S.K == Step::Kind::VarIndex && S.Id == Base;
  });
}

bool PlaceTable::isWithin(PlaceId Id, PlaceId Of) const {
  if (Id == NoPlace || Of == NoPlace)
    return false;
  const Place &A = Places[Id], &B = Places[Of];
  return A.Kind == B.Kind && A.Base == B.Base && A.Index == B.Index &&
         A.Path.size() >= B.Path.size() &&
         std::equal(B.Path.begin(), B.Path.end(), A.Path.begin());
}

/// Whether the storage is named directly, with no pointer on the way.
static bool isDirect(const Place &P) {
  if (P.Kind == BaseKind::Expression || P.Kind == BaseKind::Value)
    return false;
  return std::all_of(P.Path.begin(), P.Path.end(), [](const Step &S) {
    return S.K == Step::Kind::Field || S.K == Step::Kind::ConstIndex;
  });
}

bool PlaceTable::mayAlias(PlaceId A, PlaceId B) const {
  if (A == NoPlace || B == NoPlace || A == B)
    return true;
  const Place &PA = Places[A], &PB = Places[B];
  if (isDirect(PA) && isDirect(PB))
    return false;
  // Pointers to different fields do not meet; the same field of two objects
  // may be one object, and so may a bare pointer and anything.
  auto lastField = [](const Place &P) -> uintptr_t {
    for (auto It = P.Path.rbegin(); It != P.Path.rend(); ++It)
      if (It->K == Step::Kind::Field)
        return It->Id;
      else if (It->K == Step::Kind::Deref)
        return 0;
    return 0;
  };
  uintptr_t FA = lastField(PA), FB = lastField(PB);
  return FA == 0 || FB == 0 || FA == FB;
}

} // namespace thread_stop::flow
