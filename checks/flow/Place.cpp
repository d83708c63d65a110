// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Place.h"

#include <algorithm>
#include <cstddef>

namespace thread_stop::flow {

/// Longer paths come from recursive data structures walked in a loop; they are
/// given up instead of growing without bound.
static constexpr size_t MaxPath = 12;

PlaceTable::PlaceTable() { Places.emplace_back(); } // NoPlace

PlaceTable::Key PlaceTable::keyOf(const Place &P) {
  Key K;
  K.reserve(3 + 2 * P.Path.size());
  K.push_back(static_cast<uintptr_t>(P.Kind));
  K.push_back(P.Index);
  K.push_back(P.Base);
  for (const Step &S : P.Path) {
    K.push_back(static_cast<uintptr_t>(S.K));
    K.push_back(S.Id);
  }
  return K;
}

size_t PlaceTable::HashKey::operator()(const Key &K) const {
  size_t Hash = K.size();
  for (uintptr_t Part : K)
    Hash = (Hash ^ (Part >> 4) ^ Part) * size_t(0x9E3779B97F4A7C15);
  return Hash ^ (Hash >> 32);
}

PlaceId PlaceTable::intern(Place P) {
  if (P.Path.size() > MaxPath)
    return NoPlace;
  auto [It, New] = Ids.try_emplace(keyOf(P), Places.size());
  if (New)
    Places.push_back(std::move(P));
  return It->second;
}

PlaceId PlaceTable::extend(PlaceId Of, Step S) {
  if (Of == NoPlace)
    return NoPlace;
  Place P = Places[Of];
  P.Path.push_back(S);
  return intern(std::move(P));
}

PlaceId PlaceTable::rebase(PlaceId Inner, const Binding &B) {
  if (Inner == NoPlace || B.Target == NoPlace)
    return NoPlace;
  const std::vector<Step> &Path = Places[Inner].Path;
  size_t First = 0;
  if (B.IsAddress) {
    // The parameter is the address of Target, so the first step undoes it.
    if (Path.empty() || Path.front().K != Step::Kind::Deref)
      return NoPlace;
    First = 1;
  }
  Place P = Places[B.Target];
  P.Path.insert(P.Path.end(), Path.begin() + First, Path.end());
  return intern(std::move(P));
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
