// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Storage locations as the flow analysis names them: a base (variable,
// parameter, object, return value) and a path of dereferences, fields and
// indices. Places are interned per translation unit, so that equal places have
// equal ids in every function and in every summary.

#ifndef THREAD_STOP_CHECKS_FLOW_PLACE_H
#define THREAD_STOP_CHECKS_FLOW_PLACE_H

#include "llvm/ADT/DenseMap.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace thread_stop::flow {

/// Index into a PlaceTable. 0 is "no place": an unknown or absent location.
using PlaceId = uint32_t;
constexpr PlaceId NoPlace = 0;

/// What a place starts from.
enum class BaseKind : uint8_t {
  Local,      ///< a variable with automatic storage of one function
  Param,      ///< a parameter; `Index` is its position
  Global,     ///< a variable with static or thread storage
  This,       ///< the implicit object of a member function
  Return,     ///< what a function returns
  Value,      ///< the result of one call
  Expression, ///< any other expression, named by its structure
};

/// One step from a place to a part of it.
struct Step {
  enum class Kind : uint8_t { Deref, Field, ConstIndex, VarIndex };
  Kind K = Kind::Deref;
  /// Field and VarIndex: the declaration's identity; ConstIndex: the index.
  uintptr_t Id = 0;

  friend bool operator==(const Step &A, const Step &B) {
    return A.K == B.K && A.Id == B.Id;
  }
};

/// A location. `Base` is an opaque identity: the flow library compares it and
/// never looks behind it.
struct Place {
  BaseKind Kind = BaseKind::Local;
  unsigned Index = 0;
  uintptr_t Base = 0;
  std::vector<Step> Path;
  /// Expression places: the variables that the expression reads.
  std::vector<uintptr_t> Reads;

  /// Reached through a pointer, so that others can reach it as well.
  bool isBehindPointer() const {
    for (const Step &S : Path)
      if (S.K == Step::Kind::Deref)
        return true;
    return false;
  }
};

/// `*out` for a parameter: where a function leaves something for its caller.
inline bool isHandedOut(const Place &P) {
  return P.Kind == BaseKind::Param && P.Path.size() == 1 &&
         P.Path[0].K == Step::Kind::Deref;
}

/// What a call hands to one parameter: a value that some place holds, or the
/// address of a place.
struct Binding {
  PlaceId Target = NoPlace;
  bool IsAddress = false;
};

/// Interns places. Ids are dense and stable; nothing is ever removed.
class PlaceTable {
public:
  PlaceTable();

  PlaceId intern(Place P);
  const Place &operator[](PlaceId Id) const { return Places[Id]; }

  /// `Of` followed by one more step; NoPlace stays NoPlace.
  PlaceId extend(PlaceId Of, Step S);

  /// The place that `Inner`, rooted at a parameter or object of a callee,
  /// names in the caller that passes `B` there. NoPlace where it names none.
  PlaceId rebase(PlaceId Inner, const Binding &B);

  /// Whether writing to the variable `Base` may change what `Id` denotes or
  /// holds.
  bool readsVariable(PlaceId Id, uintptr_t Base) const;

  /// Whether `Id` is `Of` or a part of it.
  bool isWithin(PlaceId Id, PlaceId Of) const;

  /// Whether two different places might still be the same storage because a
  /// pointer or an unknown index is involved.
  bool mayAlias(PlaceId A, PlaceId B) const;

private:
  /// Kind, index and base of a place without a path.
  using Root = std::pair<std::pair<unsigned, unsigned>, uintptr_t>;
  /// A place's owner, and the kind and identity of its last step.
  using Part = std::pair<std::pair<PlaceId, unsigned>, uintptr_t>;

  PlaceId add(Place P);

  std::vector<Place> Places;
  // A tree, so that a look-up costs one small key whatever the path's length.
  llvm::DenseMap<Root, PlaceId> Roots;
  llvm::DenseMap<Part, PlaceId> Parts;
};

} // namespace thread_stop::flow

#endif
