// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/DefinitionState.h"

#include <algorithm>
#include <iterator>

namespace thread_stop::flow {

static bool before(const std::pair<PlaceId, DefinitionSet> &Entry, PlaceId P) {
  return Entry.first < P;
}

const DefinitionSet *DefinitionState::find(PlaceId P) const {
  auto It = std::lower_bound(Places.begin(), Places.end(), P, before);
  return It != Places.end() && It->first == P ? &It->second : nullptr;
}

void DefinitionState::set(PlaceId P, DefinitionSet D) {
  auto It = std::lower_bound(Places.begin(), Places.end(), P, before);
  if (It != Places.end() && It->first == P)
    It->second = std::move(D);
  else
    Places.insert(It, {P, std::move(D)});
  if (Places.size() > MaxPlaces)
    Places.erase(Places.begin());
}

DefinitionSet united(const DefinitionSet &A, const DefinitionSet &B) {
  DefinitionSet Out;
  std::set_union(A.begin(), A.end(), B.begin(), B.end(),
                 std::back_inserter(Out));
  return Out;
}

bool DefinitionState::join(const DefinitionState &Other) {
  bool Changed = false;
  auto Kept = Places.begin();
  for (auto &Entry : Places) {
    const DefinitionSet *Theirs = Other.find(Entry.first);
    DefinitionSet Both =
        Theirs ? united(Entry.second, *Theirs) : DefinitionSet();
    if (Both.empty() || Both.size() > MaxDefinitions) {
      Changed = true; // unknown from now on
      continue;
    }
    Changed |= Both.size() != Entry.second.size();
    PlaceId P = Entry.first;
    *Kept++ = {P, std::move(Both)};
  }
  Places.erase(Kept, Places.end());
  return Changed;
}

} // namespace thread_stop::flow
