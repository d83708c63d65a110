// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lattice of Definitions.h: places and the definitions that may have
// reached them. A larger set is higher; a place without an entry is top
// (anything). Sets have at most MaxDefinitions members and a function has
// finitely many definitions, so chains are finite.

#ifndef THREAD_STOP_CHECKS_FLOW_DEFINITIONSTATE_H
#define THREAD_STOP_CHECKS_FLOW_DEFINITIONSTATE_H

#include "flow/Place.h"
#include "llvm/ADT/SmallVector.h"
#include <utility>
#include <vector>

namespace thread_stop::flow {

using DefinitionId = uint32_t;
/// Sorted; never empty.
using DefinitionSet = llvm::SmallVector<DefinitionId, 4>;

/// Beyond this a place is unknown.
constexpr unsigned MaxDefinitions = 16;

/// Beyond this the place that was named first is forgotten.
constexpr unsigned MaxPlaces = 128;

/// The union of two sets.
DefinitionSet united(const DefinitionSet &A, const DefinitionSet &B);

/// The places of which something is known, sorted.
struct DefinitionState {
  std::vector<std::pair<PlaceId, DefinitionSet>> Places;

  const DefinitionSet *find(PlaceId P) const;
  void set(PlaceId P, DefinitionSet D);
  /// Least upper bound; true if this changed.
  bool join(const DefinitionState &Other);
};

} // namespace thread_stop::flow

#endif
