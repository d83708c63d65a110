// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Short ways to write places and steps in tests.

#ifndef THREAD_STOP_TEST_FLOW_TESTPLACES_H
#define THREAD_STOP_TEST_FLOW_TESTPLACES_H

#include "flow/Place.h"

namespace thread_stop::flow {

inline Place place(BaseKind Kind, uintptr_t Base, unsigned Index = 0) {
  Place P;
  P.Kind = Kind;
  P.Base = Base;
  P.Index = Index;
  return P;
}
inline Place local(uintptr_t Base) { return place(BaseKind::Local, Base); }
inline Place global(uintptr_t Base) { return place(BaseKind::Global, Base); }
inline Place param(unsigned Index, uintptr_t Base) {
  return place(BaseKind::Param, Base, Index);
}

constexpr Step Deref{Step::Kind::Deref, 0};
constexpr Step field(uintptr_t Id) { return {Step::Kind::Field, Id}; }
constexpr Step at(uintptr_t Index) { return {Step::Kind::ConstIndex, Index}; }
constexpr Step atVariable(uintptr_t Base) {
  return {Step::Kind::VarIndex, Base};
}

} // namespace thread_stop::flow

#endif
